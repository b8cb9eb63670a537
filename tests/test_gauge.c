/* test_gauge -- the interval as the live line draws it. */
#include <criterion/criterion.h>

#include "cmd/gauge.h"

static const struct qb_rules rules = { .higher_is_better = true, .threshold = { 0.05, 0.05 } };

static struct qb_judgement known(double low, double high)
{
	return (struct qb_judgement){ .base_count = 12,
		                      .no_change = { .estimate = (low + high) / 2,
		                                     .low = low,
		                                     .high = high,
		                                     .exists = true } };
}

static void expect(double low, double high, const char *drawn)
{
	const struct qb_judgement judgement = known(low, high);
	char text[QB_GAUGE_SIZE];

	cr_expect_str_eq(qb_gauge_draw(&judgement, &rules, text, sizeof(text)), drawn,
	                 "%g to %g: '%s'", low, high, text);
}

Test(gauge, draws_losses_on_the_left_and_both_thresholds)
{
	expect(-0.01, 0.01, "[          |   (o)   |          ]");
	expect(0.06, 0.10, "[     (=o=)|         |          ]");
	expect(-0.10, -0.06, "[          |         |(=o=)     ]");
}

Test(gauge, shows_where_an_interval_goes_on_outside)
{
	expect(-1, 1, "[<=========|====o====|=========>]");
	expect(0.5, 0.9, "[)         |         |          ]");
}

Test(gauge, shrinks_with_the_interval)
{
	size_t last = QB_GAUGE_SIZE;

	for (double half = 0.12; half > 0.01; half -= 0.01) {
		const struct qb_judgement judgement = known(-half, half);
		char text[QB_GAUGE_SIZE];
		size_t filled = 0;

		qb_gauge_draw(&judgement, &rules, text, sizeof(text));
		for (const char *c = text; *c; c++)
			filled += *c == '=';
		cr_expect_leq(filled, last, "at %g", half);
		last = filled;
	}
}

Test(gauge, is_empty_while_there_is_no_interval)
{
	struct qb_judgement judgement = known(-0.01, 0.01);
	char text[QB_GAUGE_SIZE];

	judgement.no_change.exists = false;
	cr_expect_str_eq(qb_gauge_draw(&judgement, &rules, text, sizeof(text)), "");
}
