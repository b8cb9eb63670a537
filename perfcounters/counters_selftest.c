/* counters_selftest -- what opens need not count, and what counts need not be right.
 *
 * Three ways in which counters lie without an error: a group larger than the free counters opens
 * and never runs; an event that a virtual PMU lacks opens, runs and reads 0; a hostile PMU counts
 * nonsense.  A loop of 2 M instructions and a bit of memory traffic tell all three. */
#include "perfcounters/counters_selftest.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define LOOP_ITERATIONS   1000000
#define LOOP_INSTRUCTIONS (2.0 * LOOP_ITERATIONS)
#define FIELD_SIZE        (512 * 1024) /* beyond any first data cache */
#define LINE_SIZE         64

/* Two instructions an iteration; returns false where that cannot be promised. */
static bool run_loop(void)
{
	uint64_t left = LOOP_ITERATIONS;

#if defined(__x86_64__)
	__asm__ volatile("1: sub $1, %0\n\tjnz 1b" : "+r"(left) : : "cc");
	return true;
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(left) : : "cc");
	return true;
#else
	while (left)
		__asm__ volatile("" : "+r"(left)), left--;
	return false;
#endif
}

/* Returns when the line is in no cache.  Not by a fence of the language: gcc warns of these under
 * ThreadSanitizer, which does not understand them. */
static void flush_line(const volatile unsigned char *line)
{
#if defined(__x86_64__)
	__builtin_ia32_clflush((const void *)(uintptr_t)line);
	__builtin_ia32_mfence();
#elif defined(__aarch64__)
	__asm__ volatile("dc civac, %0\n\tdsb ish" : : "r"(line) : "memory");
#else
	(void)line;
#endif
}

static void pass_barrier(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb ish" : : : "memory");
#endif
}

/* Moves what qb_semantic_events_exercised promises: cache misses of each level, mispredictions,
 * atomics, barriers. */
static void run_exercise(void)
{
	static volatile unsigned char field[FIELD_SIZE];
	unsigned sum = 0, state = 12345;
	unsigned lock = 0;

	for (size_t i = 0; i < FIELD_SIZE; i += LINE_SIZE)
		field[i] = (unsigned char)i;
	for (size_t i = 0; i < FIELD_SIZE; i += LINE_SIZE)
		sum += field[i];
	for (size_t i = 0; i < FIELD_SIZE; i += 16 * LINE_SIZE) {
		flush_line(&field[i]);
		sum += field[i];
		flush_line(&field[i]);
		field[i] = (unsigned char)sum;
	}
	for (unsigned i = 0; i < 20000; i++) {
		state = state * 1664525 + 1013904223;
		if (state >> 31) /* a coin that no predictor learns */
			__asm__ volatile("nop");
		__atomic_fetch_add(&lock, 1, __ATOMIC_SEQ_CST);
		pass_barrier();
	}
}

/* The three readings of one self-test: before, after the loop, after the exercise. */
struct course {
	struct qb_unit_reading start, looped, end;
	bool exact;
};

static int run_course(const struct qb_counters_system *system, const struct qb_counters_unit *unit,
                      struct course *ret_course)
{
	const int rc = qb_counters_unit_enable(system, unit);

	if (rc < 0)
		return rc;
	qb_counters_unit_read(system, unit, &ret_course->start);
	ret_course->exact = run_loop();
	qb_counters_unit_read(system, unit, &ret_course->looped);
	run_exercise();
	qb_counters_unit_read(system, unit, &ret_course->end);
	return 0;
}

/* Instructions within 1 % of the loop's; more is legal where the kernel's are counted as well. */
static void judge_instructions(const struct course *course, unsigned i, bool user_only,
                               struct qb_counters_why *ret_why)
{
	const double enabled = (double)(course->looped.enabled_ns - course->start.enabled_ns);
	const double running = (double)(course->looped.running_ns - course->start.running_ns);
	const double counted = (double)(course->looped.value[i] - course->start.value[i]);
	const double most = user_only ? 1.01 : 10;

	/* A share of the loop says nothing exact about it. */
	if (!course->exact || running < 0.999 * enabled)
		return;
	if (counted < 0.99 * LOOP_INSTRUCTIONS || counted > most * LOOP_INSTRUCTIONS)
		qb_absence_set(ret_why, QB_ABSENCE_IMPLAUSIBLE, 0,
		               "counted %.0f instructions in a loop of %.0f", counted,
		               LOOP_INSTRUCTIONS);
}

static void judge_member(const struct course *course, const struct qb_selftest_member *member,
                         unsigned i, struct qb_selftest_verdict *verdict)
{
	struct qb_counters_why *why = &verdict->members[i].why;

	if (!course->end.seen[i])
		return;
	verdict->members[i].proven = course->end.value[i] > course->start.value[i];
	if (!verdict->members[i].proven && member->semantic >= 0 &&
	    qb_semantic_events_exercised((enum qb_event)member->semantic))
		qb_absence_set(why, QB_ABSENCE_DEAD, 0,
		               "opens but stays 0 in a 2 M-instruction loop: not implemented by "
		               "this (virtual) PMU");
	else if (member->semantic == QB_EVENT_INSTRUCTIONS)
		judge_instructions(course, i, member->member.user_only, why);
}

/* A member that does not fit says EINVAL; any other refusal is the member's own. */
static bool judge_opening(const struct qb_absence_facts *facts,
                          const struct qb_selftest_member *members,
                          const struct qb_counters_unit *unit, struct qb_selftest_verdict *verdict)
{
	bool fits = true;

	for (unsigned i = 0; i < unit->count; i++) {
		const struct qb_absence_refusal refusal = {
			.err = unit->err[i],
			.type = members[i].member.code.type,
			.config = members[i].member.code.config,
			.event = "event",
			.pmu = "self-test",
		};

		if (unit->err[i] == EINVAL || unit->err[i] == ENOSPC)
			fits = false;
		else if (unit->err[i])
			qb_absence_refused(facts, &refusal, &verdict->members[i].why);
	}
	return fits;
}

void qb_counters_selftest_run(const struct qb_counters_system *system,
                              const struct qb_absence_facts *facts,
                              const struct qb_selftest_member *members, unsigned count,
                              struct qb_selftest_verdict *ret_verdict)
{
	const struct qb_unit_place self = { 0, -1 };
	struct qb_unit_member plain[QB_UNIT_MEMBERS_MAX];
	struct qb_counters_unit unit;
	struct course course = { 0 };
	bool fits;

	assert(count <= QB_UNIT_MEMBERS_MAX);
	memset(ret_verdict, 0, sizeof(*ret_verdict));
	for (unsigned i = 0; i < count; i++)
		plain[i] = members[i].member;
	qb_counters_unit_open(system, plain, count, self, &unit);
	fits = judge_opening(facts, members, &unit, ret_verdict);
	if (fits && run_course(system, &unit, &course) == 0)
		/* An empty read is the error state; a group of which all were refused has none. */
		ret_verdict->scheduled =
			unit.leader < 0 ||
			(!course.end.err && course.looped.running_ns > course.start.running_ns);
	for (unsigned i = 0; i < count && ret_verdict->scheduled; i++)
		judge_member(&course, &members[i], i, ret_verdict);
	qb_counters_unit_close(system, &unit);
}
