/* test_counters_pmu -- a hardware PMU through the real kernel; skipped where there is none, run on
 * an emulated one by `make check-emu`. */
#include <criterion/criterion.h>

#include <linux/perf_event.h>
#include <pthread.h>

#include "perfcounters/perfcounters.h"

#define MILLION 1e6

static const struct qb_unit_place self = { 0, -1 };
static const struct qb_unit_member cycles = {
	.code = { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES },
	.user_only = true,
};
static const struct qb_unit_member instructions = {
	.code = { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_INSTRUCTIONS },
	.user_only = true,
};
static const struct qb_unit_member no_event = {
	.code = { .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_MAX },
	.user_only = true,
};

/* Two instructions a turn. */
static void run_loop(uint64_t turns)
{
#if defined(__x86_64__)
	__asm__ volatile("1: sub $1, %0\n\tjnz 1b" : "+r"(turns) : : "cc");
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns) : : "cc");
#else
	(void)turns;
	cr_skip("no loop of a known length on this architecture");
#endif
}

static void need(const struct qb_unit_member *member, const char *name)
{
	const int fd = qb_counters_unit_open_one(&qb_counters_system_linux, member, self, -1);

	if (fd < 0)
		cr_skip("no %s counted here: errno %d", name, -fd);
	qb_counters_system_linux.close(fd);
}

Test(counters_pmu, finds_a_member_by_its_id_behind_one_that_was_refused)
{
	const struct qb_unit_member members[] = { cycles, no_event, instructions };
	struct qb_unit_reading from, to;
	struct qb_counters_unit unit;
	double counted;

	need(&cycles, "cycles");
	need(&instructions, "instructions");
	cr_assert_eq(qb_counters_unit_open(&qb_counters_system_linux, members, 3, self, &unit), 2);
	cr_assert_eq(qb_counters_unit_enable(&qb_counters_system_linux, &unit), 0);
	qb_counters_unit_read(&qb_counters_system_linux, &unit, &from);
	run_loop(1000000);
	qb_counters_unit_read(&qb_counters_system_linux, &unit, &to);
	cr_expect_neq(unit.err[1], 0);
	cr_expect_not(to.seen[1]);
	cr_assert(to.seen[0] && to.seen[2]);
	cr_expect_gt(to.value[0], from.value[0]);
	counted = (double)(to.value[2] - from.value[2]);
	cr_expect(counted > 1.98 * MILLION && counted < 2.02 * MILLION, "%.0f", counted);
	qb_counters_unit_close(&qb_counters_system_linux, &unit);
}

struct worker {
	pthread_t id;
	uint64_t turns;
	double counted;
};

static void *count_own(void *argument)
{
	struct worker *worker = argument;
	struct qb_unit_reading from, to;
	struct qb_counters_unit unit;

	if (qb_counters_unit_open(&qb_counters_system_linux, &instructions, 1, self, &unit) != 1 ||
	    qb_counters_unit_enable(&qb_counters_system_linux, &unit) != 0)
		return NULL;
	qb_counters_unit_read(&qb_counters_system_linux, &unit, &from);
	run_loop(worker->turns);
	qb_counters_unit_read(&qb_counters_system_linux, &unit, &to);
	qb_counters_unit_close(&qb_counters_system_linux, &unit);
	worker->counted = (double)(to.value[0] - from.value[0]);
	return NULL;
}

Test(counters_pmu, counts_each_threads_own_instructions)
{
	struct worker workers[] = { { .turns = 1000000 }, { .turns = 3000000 } };

	need(&instructions, "instructions");
	for (int i = 0; i < 2; i++)
		pthread_create(&workers[i].id, NULL, count_own, &workers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(workers[i].id, NULL);
	cr_expect_float_eq(workers[0].counted, 2 * MILLION, 0.02 * MILLION, "%g",
	                   workers[0].counted);
	cr_expect_float_eq(workers[1].counted, 6 * MILLION, 0.06 * MILLION, "%g",
	                   workers[1].counted);
}
