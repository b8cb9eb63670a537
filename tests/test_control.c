/* test_control -- the control is measured on the same CPUs, seldom enough, and between the rounds.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <sched.h>

#include "harness/control.h"
#include "tests/machines.h"

#define MS UINT64_C(1000000)

Test(control, runs_on_two_cores_that_share_a_cache)
{
	struct qb_pu pus[16];
	const struct qb_topology topology = make_packages(pus, 16, 8);
	struct qb_cpu_pair pair;

	cr_assert(qb_control_pair(&topology, &pair));
	cr_expect_eq(pair.cpu_a, 0);
	cr_expect_eq(pair.cpu_b, 2);
	cr_expect_eq(pair.relation, QB_RELATION_LLC);
}

Test(control, runs_on_the_nearest_pair_where_no_cores_share_a_cache)
{
	struct qb_pu pus[4] = { { .os = 4 },
		                { .os = 5, .smt = 1 },
		                { .os = 6, .core = 1, .llc = 1, .package = 1 },
		                { .os = 7, .core = 1, .smt = 1, .llc = 1, .package = 1 } };
	const struct qb_topology topology = { .this_machine = true, .pu_count = 4, .pus = pus };
	struct qb_cpu_pair pair;

	cr_assert(qb_control_pair(&topology, &pair));
	cr_expect_eq(pair.relation, QB_RELATION_SMT);
	cr_expect_eq(pair.cpu_a, 4);
	cr_expect_eq(pair.cpu_b, 5);
}

Test(control, needs_two_cpus)
{
	struct qb_pu pus[1] = { { .os = 3 } };
	const struct qb_topology topology = { .this_machine = true, .pu_count = 1, .pus = pus };
	struct qb_control control = { .n = 0 };
	struct qb_control_watch watch = { .topology = &topology, .control = &control };
	struct qb_campaign_observer observer = { .context = NULL };

	qb_control_open(&watch, &observer);
	observer.between_rounds(observer.between_context);
	qb_control_close(&watch);
	cr_expect_eq(control.n, 0);
	cr_expect_str_eq(control.reason, "it needs two CPUs");
}

Test(control, takes_a_twentieth_of_the_time_at_most)
{
	cr_expect(qb_control_is_due(0, 0), "the first");
	cr_expect_not(qb_control_is_due(13 * MS, 100 * MS));
	cr_expect(qb_control_is_due(13 * MS, 400 * MS));
	cr_expect_not(qb_control_is_due(26 * MS, 400 * MS));
}

/* The first two CPUs that this process may use. */
static unsigned here(struct qb_pu pus[2])
{
	unsigned count = 0;
	cpu_set_t allowed;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed)) {
			pus[count] = (struct qb_pu){ .os = cpu, .logical = count, .core = count };
			count++;
		}
	return count;
}

static void count_call(void *context) { ++*(unsigned *)context; }

Test(control, is_measured_between_rounds_and_at_the_end)
{
	struct qb_pu pus[2];
	const struct qb_topology topology = { .this_machine = true,
		                              .pu_count = here(pus),
		                              .pus = pus };
	struct qb_control control = { .n = 0 };
	struct qb_control_watch watch = { .topology = &topology, .control = &control };
	unsigned calls = 0;
	struct qb_campaign_observer observer = { .between_rounds = count_call,
		                                 .between_context = &calls };

	if (topology.pu_count < 2)
		cr_skip("one CPU");
	qb_control_open(&watch, &observer);
	observer.between_rounds(observer.between_context);
	if (control.n == 0) /* both threads were kept from running for long */
		cr_skip("%s", control.reason);
	cr_expect_eq(control.n, 1);
	observer.between_rounds(observer.between_context);
	cr_expect_eq(control.n, 1, "so soon after the first it would be too often");
	qb_control_close(&watch);
	cr_expect_geq(control.n, 1);
	cr_expect_leq(control.n, 2, "the last");
	cr_expect_eq(calls, 2, "whoever listened before is still told");
	for (unsigned i = 0; i < control.n; i++)
		cr_expect(control.values[i] > 1e3 && control.values[i] < 1e9, "%g",
		          control.values[i]);
	cr_expect_str_eq(control.name, "ping-pong/1");
	free(control.values);
}

Test(control, is_left_out_after_an_interrupt)
{
	struct qb_pu pus[2];
	const struct qb_topology topology = { .this_machine = true,
		                              .pu_count = here(pus),
		                              .pus = pus };
	volatile int interrupted = 1;
	struct qb_control control = { .n = 0 };
	struct qb_control_watch watch = { .topology = &topology,
		                          .interrupted = &interrupted,
		                          .control = &control };
	struct qb_campaign_observer observer = { .context = NULL };

	qb_control_open(&watch, &observer);
	observer.between_rounds(observer.between_context);
	qb_control_close(&watch);
	cr_expect_eq(control.n, 0);
	cr_expect_str_eq(control.reason, "");
}
