/* test_tally -- from hand-made counts of runs to the counters of a case. */
#include <criterion/criterion.h>
#include <math.h>

#include "harness/tally.h"
#include "tests/made_runs.h"

enum { CYCLES, INSTRUCTIONS, MISSES, EVENTS };

static struct qb_counters plan;
static struct qb_result result;
static struct qb_case one_to_one;

static void begin(void)
{
	static const enum qb_event semantics[EVENTS] = { QB_EVENT_CYCLES, QB_EVENT_INSTRUCTIONS,
		                                         QB_EVENT_LLC_MISSES };

	plan.event_count = EVENTS;
	plan.group_count = 2;
	for (int i = 0; i < EVENTS; i++) {
		plan.events[i].semantic = (int)semantics[i];
		strcpy(plan.events[i].name, qb_semantic_events_name(semantics[i]));
	}
	one_to_one = make_case(1, 1);
	qb_summary_begin(&result, &one_to_one);
}

static void end(void) { qb_result_finish(&result); }

TestSuite(tally, .init = begin, .fini = end);

/* A run of so many messages, in which nothing was counted yet. */
static struct qb_samples *make_counted(uint64_t messages)
{
	struct qb_samples *samples = make_run(&one_to_one, messages);

	samples->counts.counted = true;
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		struct qb_role_counts *counts = &samples->counts.of[role];

		counts->message_count = messages;
		for (int i = 0; i < QB_COUNTERS_EVENTS_MAX; i++)
			counts->events[i] = qb_counter_math_absent(QB_ABSENCE_OTHER_RUN);
		for (int i = 0; i < QB_USAGE_COUNT; i++)
			counts->usage[i] = qb_counter_math_absent(QB_ABSENCE_OTHER);
	}
	for (int i = 0; i < QB_ENERGY_COUNT; i++)
		samples->counts.joules[i] = qb_counter_math_absent(QB_ABSENCE_EVENT_MISSING);
	return samples;
}

static void count(struct qb_samples *samples, int event, double by_producer, double by_consumer)
{
	samples->counts.of[QB_PRODUCE].events[event] = qb_counter_math_present(by_producer);
	samples->counts.of[QB_CONSUME].events[event] = qb_counter_math_present(by_consumer);
}

static void add_counted(struct qb_samples *samples)
{
	cr_assert_eq(qb_tally_add(&result, &plan, samples), 0);
	cr_assert_eq(qb_tally_settle(&result, &plan), 0);
	free(samples);
}

static const struct qb_counter *counter(const char *name)
{
	for (size_t i = 0; i < result.counter_count; i++)
		if (strcmp(result.counters[i].name, name) == 0)
			return &result.counters[i];
	cr_assert_fail("no counter '%s'", name);
	return NULL;
}

Test(tally, is_per_message_received_and_of_each_role)
{
	struct qb_samples *samples = make_counted(1000);

	count(samples, CYCLES, 4000, 6000);
	add_counted(samples);
	cr_expect(counter("cycles")->available && counter("cycles")->by_role);
	cr_expect_float_eq(counter("cycles")->value, 10000, 1e-9);
	cr_expect_float_eq(counter("cycles")->per_message, 10, 1e-9);
	cr_expect_float_eq(counter("cycles")->role_per_message[QB_PRODUCE], 4, 1e-9);
	cr_expect_float_eq(counter("cycles")->role_per_message[QB_CONSUME], 6, 1e-9);
	cr_expect_float_eq(counter("cycles")->coverage, 1, 1e-6);
}

Test(tally, counter_whose_turn_comes_in_some_runs_is_per_message_of_these)
{
	for (int run = 0; run < 4; run++) {
		struct qb_samples *samples = make_counted(run % 2 ? 1000 : 9000);

		count(samples, CYCLES, 5000, 5000);
		if (run % 2)
			count(samples, MISSES, 100, 200);
		add_counted(samples);
	}
	cr_expect_float_eq(counter("llc-misses")->value, 600, 1e-9);
	cr_expect_float_eq(counter("llc-misses")->per_message, 0.3, 1e-9);
	cr_expect_float_eq(counter("cycles")->per_message, 2, 1e-9);
}

Test(tally, counter_whose_turn_never_came_asks_for_more_runs)
{
	struct qb_samples *samples = make_counted(1000);

	count(samples, CYCLES, 1, 1);
	add_counted(samples);
	cr_expect_not(counter("llc-misses")->available);
	cr_expect_str_eq(counter("llc-misses")->code, "other-run");
	cr_expect(strstr(counter("llc-misses")->reason, "--runs"), "%s",
	          counter("llc-misses")->reason);
}

Test(tally, absent_counter_has_the_reason_of_the_plan)
{
	qb_absence_set(&plan.events[CYCLES].why, QB_ABSENCE_NO_PMU, ENOENT, "there is no PMU");
	add_counted(make_counted(1000));
	cr_expect_not(counter("cycles")->available);
	cr_expect_str_eq(counter("cycles")->reason, "there is no PMU");
	cr_expect_str_eq(counter("cycles")->code, "no-pmu");
}

Test(tally, figure_of_several_counters_is_their_ratio)
{
	struct qb_samples *samples = make_counted(1000);

	count(samples, CYCLES, 1000, 3000);
	count(samples, INSTRUCTIONS, 1000, 1000);
	add_counted(samples);
	cr_expect_float_eq(counter("ipc")->value, 0.5, 1e-9);
	cr_expect(isnan(counter("ipc")->per_message));
}

Test(tally, figure_with_a_missing_part_is_missing_for_the_same_reason)
{
	struct qb_samples *samples = make_counted(1000);

	qb_absence_set(&plan.events[CYCLES].why, QB_ABSENCE_DENIED, EACCES, "not permitted");
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		samples->counts.of[role].events[CYCLES] = qb_counter_math_absent(QB_ABSENCE_DENIED);
	count(samples, INSTRUCTIONS, 1000, 1000);
	add_counted(samples);
	cr_expect_not(counter("ipc")->available);
	cr_expect_str_eq(counter("ipc")->reason, "not permitted");
	cr_expect_str_eq(counter("ipc")->code, "denied");
}

Test(tally, figure_has_the_reason_of_its_own_part_where_several_are_missing)
{
	struct qb_samples *samples = make_counted(1000);

	qb_absence_set(&plan.events[INSTRUCTIONS].why, QB_ABSENCE_EVENT_MISSING, ENOENT,
	               "no instructions");
	plan.events[CYCLES].semantic = QB_EVENT_LLC_MISSES; /* so that the first is no part */
	plan.events[MISSES].semantic = QB_EVENT_CYCLES;
	qb_absence_set(&plan.events[CYCLES].why, QB_ABSENCE_EVENT_MISSING, ENOENT, "no misses");
	qb_absence_set(&plan.events[MISSES].why, QB_ABSENCE_EVENT_MISSING, ENOENT, "no cycles");
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		for (int event = 0; event < EVENTS; event++)
			samples->counts.of[role].events[event] =
				qb_counter_math_absent(QB_ABSENCE_EVENT_MISSING);
	add_counted(samples);
	cr_expect_str_eq(counter("ipc")->reason, "no instructions");
	cr_expect_str_eq(counter("effective-ghz")->reason, "no cycles");
}

Test(tally, role_without_a_value_leaves_no_total)
{
	struct qb_samples *samples = make_counted(1000);

	count(samples, CYCLES, 1000, 1000);
	samples->counts.of[QB_CONSUME].events[CYCLES] = qb_counter_math_absent(QB_ABSENCE_NO_SLOTS);
	add_counted(samples);
	cr_expect_not(counter("cycles")->available);
	cr_expect_str_eq(counter("cycles")->code, "no-slots");
	cr_expect(strstr(counter("cycles")->reason, "never scheduled"), "%s",
	          counter("cycles")->reason);
}

Test(tally, counter_that_ran_too_little_says_how_little)
{
	struct qb_samples *samples = make_counted(1000);
	struct qb_counters_value little = qb_counter_math_absent(QB_ABSENCE_MULTIPLEXED);

	little.coverage = 0.25f;
	samples->counts.of[QB_PRODUCE].events[CYCLES] = little;
	samples->counts.of[QB_CONSUME].events[CYCLES] = little;
	count(samples, INSTRUCTIONS, 1000, 1000);
	add_counted(samples);
	cr_expect(strstr(counter("cycles")->reason, "in 25% of the region"), "%s",
	          counter("cycles")->reason);
	cr_expect(strstr(counter("ipc")->reason, "in 25% of the region"), "%s",
	          counter("ipc")->reason);
}

Test(tally, software_side_needs_no_hardware_counter)
{
	struct qb_samples *samples = make_counted(1000);

	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		struct qb_counters_value *usage = samples->counts.of[role].usage;

		usage[QB_USAGE_CPU] = qb_counter_math_present(50000);
		usage[QB_USAGE_USER] = qb_counter_math_present(30000);
		usage[QB_USAGE_SYSTEM] = qb_counter_math_present(10000);
	}
	add_counted(samples);
	cr_expect_float_eq(counter("cpu-ns")->per_message, 100, 1e-9);
	cr_expect_float_eq(counter("kernel-share")->value, 0.25, 1e-9);
	cr_expect_not(counter("cpu-migrations")->available);
}

Test(tally, energy_of_a_disturbed_run_is_nobodys)
{
	struct qb_samples *samples = make_counted(1000000);

	samples->counts.joules[QB_ENERGY_PACKAGE] = qb_counter_math_present(20);
	add_counted(samples);
	cr_expect_float_eq(counter("joules-per-megamessage")->value, 20, 1e-9);
	cr_expect_not(counter("energy-package-joules")->by_role);
	qb_result_finish(&result);
	qb_summary_begin(&result, &one_to_one);
	samples = make_counted(1000000);
	samples->counts.joules[QB_ENERGY_PACKAGE] = qb_counter_math_present(20);
	add(&result, make_run(&one_to_one, 1000000));
	result.runs[0].disturbed = true;
	add_counted(samples);
	cr_expect_not(counter("energy-package-joules")->available);
	cr_expect_not(counter("joules-per-megamessage")->available);
}

Test(tally, leaves_out_what_a_queue_has_scribbled_over)
{
	struct qb_samples *samples = make_counted(1000);

	count(samples, CYCLES, 1000, 1000);
	samples->counts.of[QB_CONSUME].events[MISSES].absence = 200;
	add_counted(samples);
	cr_expect_eq(result.counter_count, 0);
	samples = make_counted(1000);
	samples->counts.of[QB_PRODUCE].usage[QB_USAGE_CPU].absence = QB_ABSENCE_NONE;
	add_counted(samples);
	samples = make_counted(1000);
	memset(samples->counts.joules_why[0].text, 'x', sizeof(samples->counts.joules_why[0].text));
	add_counted(samples);
	cr_expect_eq(result.counter_count, 0);
	samples = make_counted(1000);
	count(samples, CYCLES, 1000, 1000);
	add_counted(samples);
	cr_expect_float_eq(counter("cycles")->value, 2000, 1e-9);
}

Test(tally, run_that_counted_nothing_leaves_no_counters)
{
	add_counted(make_run(&one_to_one, 1000));
	cr_expect_eq(result.counter_count, 0);
}
