/* test_ledger -- whose time it was, from a made /proc/stat and from this machine's own. */
#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "harness/clock.h"
#include "harness/ledger.h"
#include "tests/tree.h"

static struct qb_ledger read_of(const char *stat, int first_cpu)
{
	struct tree tree = tree_create();
	struct qb_case c = { .producer_count = 1, .consumer_count = 1 };
	struct qb_ledger ledger;

	c.cpus[0] = first_cpu;
	c.cpus[1] = first_cpu + 1;
	if (stat)
		tree_write(&tree, "/proc/stat", stat);
	qb_ledger_read(tree.root, &c, &ledger);
	tree_destroy(&tree);
	return ledger;
}

#define STAT                                                                                       \
	"cpu  900 0 900 9000 90 0 0 900 0 0\n"                                                     \
	"cpu0 1 2 3 1000 20 4 5 3 0 0\n"                                                           \
	"cpu1 1 2 3 100 2 4 5 1 0 0\n"                                                             \
	"cpu2 1 2 3 500 0 4 5 0 0 0\n"                                                             \
	"intr 1 2 3\n"

Test(ledger, adds_up_the_free_time_of_the_cpus_of_the_run_only)
{
	const struct qb_ledger first = read_of(STAT, 0), second = read_of(STAT, 1);

	cr_expect(first.known && second.known);
	cr_expect_eq(first.free_ticks, 1126);
	cr_expect_eq(second.free_ticks, 603);
	cr_expect_eq(first.cpu_count, 2);
}

Test(ledger, of_cpus_that_the_kernel_does_not_tell_of_is_not_known)
{
	const struct qb_ledger known = read_of(STAT, 0);
	const struct qb_ledger absent = read_of(STAT, 2), none = read_of(NULL, 0);

	cr_expect(!absent.known && !none.known);
	cr_expect(isnan(qb_ledger_foreign_share(&known, &absent)));
	cr_expect(isnan(qb_ledger_foreign_share(&none, &known)));
}

Test(ledger, gives_others_what_is_left_and_never_less_than_nothing)
{
	const struct qb_ledger from = { .known = true, .cpu_count = 4, .free_ticks = 10 };
	struct qb_ledger to = from;

	to.monotonic_ns = 100000000;
	to.own_ns = 150000000;
	to.free_ticks = 10 + 20;
	cr_expect_float_eq(qb_ledger_foreign_ns(&from, &to), 50000000, 1);
	cr_expect_float_eq(qb_ledger_foreign_share(&from, &to), 0.125, 1e-9);
	to.own_ns = 250000000;
	cr_expect_eq(qb_ledger_foreign_share(&from, &to), 0);
}

/* Whatever else runs on this machine: a CPU that it used was neither idle nor ours. */
Test(ledger, counts_the_time_of_another_process, .timeout = 60)
{
	const struct qb_case c = { .producer_count = 1, .cpus = { QB_CPU_NONE } };
	struct qb_ledger from, to;
	struct rusage used;
	double used_ns;
	pid_t pid;

	qb_ledger_read("", &c, &from);
	pid = fork();
	if (pid == 0) {
		const uint64_t until_ns = qb_clock_monotonic_ns() + 300000000;

		while (qb_clock_monotonic_ns() < until_ns)
			;
		_exit(0);
	}
	cr_assert_eq(wait4(pid, NULL, 0, &used), pid);
	qb_ledger_read("", &c, &to);
	cr_assert(to.known, "this machine has a /proc/stat");
	used_ns = (double)used.ru_utime.tv_sec * 1e9 + (double)used.ru_utime.tv_usec * 1e3;
	cr_expect_gt(used_ns, 10e6);
	cr_expect_geq(qb_ledger_foreign_ns(&from, &to),
	              used_ns - (double)to.cpu_count * QB_LEDGER_TICK_NS);
}
