/* test_drift -- what two controls say of the machine between them. */
#include <criterion/criterion.h>

#include <math.h>

#include "harness/drift.h"

#define COUNT 8

static const double steady[COUNT] = {
	9.0e6, 9.1e6, 9.05e6, 8.95e6, 9.02e6, 9.08e6, 8.98e6, 9.01e6
};
static const double wild[COUNT] = { 2.6e6, 9.9e6, 2.7e6, 10e6, 9.4e6, 2.6e6, 14e6, 13e6 };

/* The values times `factor`; of a control's own memory. */
static struct qb_control control(const double *values, unsigned count, double factor)
{
	struct qb_control made = { .name = "ping-pong/1", .n = count };

	made.values = malloc(count * sizeof(double));
	for (unsigned i = 0; i < count; i++)
		made.values[i] = values[i] * factor;
	return made;
}

static struct qb_drift drift_between(struct qb_control base, struct qb_control fresh)
{
	struct qb_drift drift;

	cr_assert_eq(qb_drift_find(&base, &fresh, &drift), 0);
	free(base.values);
	free(fresh.values);
	return drift;
}

static struct qb_drift drift_by(double factor)
{
	return drift_between(control(steady, COUNT, 1), control(steady, COUNT, factor));
}

Test(drift, is_none_where_nothing_changed)
{
	const struct qb_drift drift = drift_by(1);

	cr_expect(drift.known);
	cr_expect_float_eq(drift.change_pct, 0, 1e-9);
	cr_expect_not(drift.certain);
	cr_expect_not(drift.moved);
	cr_expect_not(drift.may_have_moved);
}

Test(drift, is_a_percentage_with_an_interval_around_it)
{
	const struct qb_drift drift = drift_by(0.92);

	cr_expect_float_eq(drift.change_pct, -8, 1e-6);
	cr_assert(drift.shift.exists);
	cr_expect_lt(drift.ci95_pct[0], -8);
	cr_expect_gt(drift.ci95_pct[1], -8);
	cr_expect(drift.certain);
	cr_expect_not(drift.moved, "less than 10 %%");
}

Test(drift, beyond_ten_percent_is_another_machine)
{
	cr_expect(drift_by(0.85).moved);
	cr_expect(drift_by(1.15).moved);
	cr_expect_not(drift_by(0.905).moved);
	cr_expect_not(drift_by(1.095).moved);
}

Test(drift, of_a_machine_that_goes_to_and_fro_proves_nothing)
{
	const struct qb_drift drift =
		drift_between(control(wild, COUNT, 1), control(wild, COUNT, 0.8));

	cr_expect_lt(drift.change_pct, -10);
	cr_expect_not(drift.moved);
	cr_expect(drift.may_have_moved);
}

Test(drift, of_a_few_values_proves_nothing)
{
	const struct qb_drift drift = drift_between(control(steady, 3, 1), control(steady, 3, 0.5));

	cr_expect(drift.known);
	cr_expect_not(drift.shift.exists);
	cr_expect_not(drift.moved);
	cr_expect(drift.may_have_moved);
}

Test(drift, says_which_side_has_no_control_and_why)
{
	struct qb_control alone = { .reason = "it needs two CPUs" };
	struct qb_drift drift = drift_between((struct qb_control){ 0 }, control(steady, 8, 1));

	cr_expect_not(drift.known);
	cr_expect_str_eq(drift.reason, "base has no control");
	drift = drift_between(control(steady, 8, 1), alone);
	cr_expect_str_eq(drift.reason, "new has no control: it needs two CPUs");
}

Test(drift, is_not_known_between_two_kinds_of_control)
{
	struct qb_control other = control(steady, COUNT, 1);
	struct qb_drift drift;

	snprintf(other.name, sizeof(other.name), "ping-pong/2");
	drift = drift_between(control(steady, COUNT, 1), other);
	cr_expect_not(drift.known);
	cr_expect(strstr(drift.reason, "'ping-pong/2'"), "%s", drift.reason);
}

Test(drift, is_taken_out_of_rates_and_times_alone)
{
	const struct qb_drift drift = drift_by(0.8);

	cr_expect_float_eq(qb_drift_factor(&drift, "msg/s"), 1.25, 1e-9);
	cr_expect_float_eq(qb_drift_factor(&drift, "ns"), 0.8, 1e-9);
	cr_expect_eq(qb_drift_factor(&drift, "B"), 1);
	cr_expect_eq(qb_drift_factor(&drift, "1"), 1, "a share of what drifted as well");
}

Test(drift, adds_what_is_not_known_of_it_to_the_term)
{
	const struct qb_drift drift = drift_by(0.95);
	const struct qb_recording_term term = { 1, 0.03, true }, none = { 1, 0, true };
	const struct qb_recording_term wide = qb_drift_widen(&drift, &term);
	const struct qb_recording_term own = qb_drift_widen(&drift, &none);

	cr_expect_float_eq(qb_recording_reach(&own, 0.05), (drift.shift.high - drift.shift.low) / 2,
	                   1e-9);
	cr_expect_float_eq(qb_recording_reach(&wide, 0.01),
	                   hypot(qb_recording_reach(&term, 0.01), qb_recording_reach(&own, 0.01)),
	                   1e-9);
}
