/* test_counter_math -- scaling, differences, absence through every operation. */
#include <criterion/criterion.h>

#include <math.h>

#include "perfcounters/counter_math.h"

static struct qb_counters_value scale(uint64_t value, uint64_t enabled_ns, uint64_t running_ns)
{
	return qb_counter_math_scale((struct qb_counter_delta){ value, enabled_ns, running_ns });
}

Test(counter_math, keeps_a_fully_covered_count_exact)
{
	const struct qb_counters_value value = scale((1ull << 52) + 1, 1000, 1000);

	cr_assert(value.available);
	cr_expect_eq(value.value, (double)((1ull << 52) + 1));
	cr_expect_eq(value.absence, QB_ABSENCE_NONE);
	cr_expect_eq(value.coverage, 1.0f);
}

Test(counter_math, scales_a_multiplexed_count_and_marks_it)
{
	const struct qb_counters_value value = scale(600, 1000, 600);

	cr_assert(value.available);
	cr_expect_float_eq(value.value, 1000, 1e-9);
	cr_expect_float_eq(value.coverage, 0.6, 1e-6);
	cr_expect_eq(value.absence, QB_ABSENCE_MULTIPLEXED);
}

Test(counter_math, scales_beyond_64_bits_without_overflow)
{
	/* value * enabled is 2^114 here. */
	const struct qb_counters_value value = scale(1ull << 62, 1ull << 52, 3ull << 50);

	cr_expect_float_eq(value.value / ldexp(1, 62), 4.0 / 3, 1e-12);
}

Test(counter_math, drops_what_ran_for_less_than_half_of_the_time)
{
	const struct qb_counters_value value = scale(400, 1000, 400);

	cr_expect_not(value.available);
	cr_expect(isnan(value.value));
	cr_expect_eq(value.absence, QB_ABSENCE_MULTIPLEXED);
	cr_expect_float_eq(value.coverage, 0.4, 1e-6);
}

Test(counter_math, calls_a_counter_that_never_ran_absent_and_not_zero)
{
	const struct qb_counters_value value = scale(0, 1000, 0);

	cr_expect_not(value.available);
	cr_expect(isnan(value.value));
	cr_expect_eq(value.absence, QB_ABSENCE_NO_SLOTS);
}

Test(counter_math, takes_a_thread_that_slept_throughout_at_its_word)
{
	const struct qb_counters_value value = scale(0, 0, 0);

	cr_expect(value.available);
	cr_expect_eq(value.value, 0);
}

Test(counter_math, never_gives_a_negative_difference)
{
	cr_expect_eq(qb_counter_math_difference(5, 12), 7);
	cr_expect_eq(qb_counter_math_difference(12, 5), 0);
	cr_expect_eq(qb_counter_math_difference(0, UINT64_MAX), UINT64_MAX);
}

Test(counter_math, sums_to_the_weakest_coverage)
{
	const struct qb_counters_value sum =
		qb_counter_math_sum(scale(100, 10, 10), scale(60, 10, 6));

	cr_assert(sum.available);
	cr_expect_float_eq(sum.value, 200, 1e-9);
	cr_expect_float_eq(sum.coverage, 0.6, 1e-6);
	cr_expect_eq(sum.absence, QB_ABSENCE_MULTIPLEXED);
}

Test(counter_math, makes_a_sum_absent_when_one_part_is)
{
	const struct qb_counters_value present = qb_counter_math_present(7);
	const struct qb_counters_value absent = qb_counter_math_absent(QB_ABSENCE_DENIED);

	cr_expect_eq(qb_counter_math_sum(present, absent).absence, QB_ABSENCE_DENIED);
	cr_expect_eq(qb_counter_math_sum(absent, present).absence, QB_ABSENCE_DENIED);
	cr_expect_not(qb_counter_math_sum(absent, present).available);
}

static struct qb_counter_inputs example(void)
{
	struct qb_counter_inputs inputs;

	qb_counter_math_inputs_init(&inputs);
	inputs.message_count = 1000;
	inputs.events[QB_EVENT_CYCLES] = qb_counter_math_present(60000);
	inputs.events[QB_EVENT_INSTRUCTIONS] = qb_counter_math_present(27000);
	inputs.events[QB_EVENT_TRANSFERS_LOAD] = qb_counter_math_present(1200);
	inputs.events[QB_EVENT_TRANSFERS_RFO] = qb_counter_math_present(900);
	inputs.events[QB_EVENT_MEMORY_CLEARS] = qb_counter_math_present(3);
	inputs.cpu_ns = qb_counter_math_present(20000);
	inputs.user_ns = qb_counter_math_present(15000);
	inputs.system_ns = qb_counter_math_present(5000);
	inputs.switches = qb_counter_math_present(2);
	inputs.joules = qb_counter_math_present(0.005);
	return inputs;
}

static void expect(enum qb_counter_metric metric, double wanted)
{
	const struct qb_counter_inputs inputs = example();
	const struct qb_counters_value value = qb_counter_math_derive(metric, &inputs);

	cr_expect(value.available, "%s is absent", qb_counter_math_metric_name(metric));
	cr_expect_float_eq(value.value, wanted, 1e-9, "%s is %g",
	                   qb_counter_math_metric_name(metric), value.value);
}

Test(counter_math, derives_figures_per_message)
{
	expect(QB_METRIC_IPC, 0.45);
	expect(QB_METRIC_CYCLES_PER_MESSAGE, 60);
	expect(QB_METRIC_INSTRUCTIONS_PER_MESSAGE, 27);
	expect(QB_METRIC_EFFECTIVE_GHZ, 3);
	expect(QB_METRIC_TRANSFERS_PER_MESSAGE, 2.1);
	expect(QB_METRIC_CLEARS_PER_KILOMESSAGE, 3);
	expect(QB_METRIC_SWITCHES_PER_KILOMESSAGE, 2);
	expect(QB_METRIC_KERNEL_SHARE, 0.25);
	expect(QB_METRIC_JOULES_PER_MEGAMESSAGE, 5);
}

Test(counter_math, derives_nothing_from_a_missing_part)
{
	struct qb_counter_inputs inputs = example();
	struct qb_counters_value value;

	inputs.events[QB_EVENT_TRANSFERS_RFO] = qb_counter_math_absent(QB_ABSENCE_EVENT_MISSING);
	value = qb_counter_math_derive(QB_METRIC_TRANSFERS_PER_MESSAGE, &inputs);
	cr_expect_not(value.available);
	cr_expect_eq(value.absence, QB_ABSENCE_EVENT_MISSING);
	cr_expect(isnan(value.value));

	inputs.events[QB_EVENT_CYCLES] = qb_counter_math_absent(QB_ABSENCE_DENIED);
	value = qb_counter_math_derive(QB_METRIC_IPC, &inputs);
	cr_expect_eq(value.absence, QB_ABSENCE_DENIED);

	inputs.message_count = 0;
	value = qb_counter_math_derive(QB_METRIC_INSTRUCTIONS_PER_MESSAGE, &inputs);
	cr_expect_not(value.available);
}

Test(counter_math, carries_the_weaker_coverage_into_a_ratio)
{
	struct qb_counter_inputs inputs = example();
	struct qb_counters_value ipc;

	inputs.events[QB_EVENT_CYCLES] = scale(36000, 10, 6);
	ipc = qb_counter_math_derive(QB_METRIC_IPC, &inputs);
	cr_expect_float_eq(ipc.value, 0.45, 1e-9);
	cr_expect_float_eq(ipc.coverage, 0.6, 1e-6);
	cr_expect_eq(ipc.absence, QB_ABSENCE_MULTIPLEXED);
}

Test(counter_math, names_every_metric_once)
{
	for (int i = 0; i < QB_METRIC_COUNT; i++) {
		const char *name = qb_counter_math_metric_name((enum qb_counter_metric)i);

		cr_assert(name && name[0]);
		cr_assert_not_null(qb_counter_math_metric_unit((enum qb_counter_metric)i));
		for (int j = 0; j < i; j++)
			cr_expect_str_neq(name,
			                  qb_counter_math_metric_name((enum qb_counter_metric)j));
	}
}
