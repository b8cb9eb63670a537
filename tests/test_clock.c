/* test_clock -- the clocks agree with each other, and a disagreement is seen. */
#include <criterion/criterion.h>

#include "harness/clock.h"

Test(clock, readings_rise_together)
{
	struct qb_instant a, b;

	qb_clock_read(&a);
	qb_clock_sleep_until(a.monotonic_ns + 2000000);
	qb_clock_read(&b);
	cr_expect_geq(b.monotonic_ns, a.monotonic_ns + 2000000);
	cr_expect_gt(b.raw_ns, a.raw_ns);
	if (qb_clock_ticks_invariant())
		cr_expect_gt(b.ticks, a.ticks);
}

Test(clock, counter_that_changes_its_rate_is_seen)
{
	const struct qb_instant a = { 0, 0, 1000 };
	const struct qb_instant b = { 100000000, 100000000, 1000 + 200000000 };
	struct qb_instant c = { 400000000, 400000000, 1000 + 800000000 };
	long ppm = -1;

	cr_assert(qb_clock_disagreement(&a, &b, &c, &ppm));
	cr_expect_eq(ppm, 0);
	c.ticks += 600000; /* 0.1 % of the window */
	cr_assert(qb_clock_disagreement(&a, &b, &c, &ppm));
	cr_expect_leq(labs(ppm - 1000), 1);
}

Test(clock, says_nothing_over_spans_too_short_to_tell)
{
	const struct qb_instant a = { 0, 0, 1000 };
	const struct qb_instant b = { 1000000, 1000000, 3000 };
	const struct qb_instant c = { 400000000, 400000000, 900000 };
	long ppm;

	cr_expect_not(qb_clock_disagreement(&a, &b, &c, &ppm));
}
