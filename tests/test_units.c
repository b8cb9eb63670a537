/* test_units -- figures as people read them, and digits as machines do. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/units.h"

static const char *unit(const char *name, double value)
{
	static char text[QB_UNITS_SIZE];

	return qb_units_format(text, sizeof(text), name, value);
}

Test(units, scales_to_three_significant_digits)
{
	cr_assert_str_eq(unit(QB_UNIT_RATE, 12345678), "12.3 M msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, 950), "950 msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, 1.5e9), "1.50 G msg/s");
	cr_assert_str_eq(unit(QB_UNIT_NS, 41.23), "41.2 ns");
	cr_assert_str_eq(unit(QB_UNIT_NS, 300000000), "300 ms");
	cr_assert_str_eq(unit(QB_UNIT_SHARE, 0.9994), "99.9 %");
	cr_assert_str_eq(unit(QB_UNIT_SHARE, 0.00123), "0.123 %");
	cr_assert_str_eq(unit(QB_UNIT_BYTES, 1610612736), "1.5 GiB");
	cr_assert_str_eq(unit(QB_UNIT_BYTES, 8), "8 B");
	cr_assert_str_eq(unit(QB_UNIT_COUNT, 12345678), "12.3 M");
	cr_assert_str_eq(unit(QB_UNIT_COUNT, 7), "7");
}

Test(units, takes_the_next_step_where_rounding_would_print_1000)
{
	cr_assert_str_eq(unit(QB_UNIT_RATE, 999.96e6), "1.00 G msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, 999.4e6), "999 M msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, 9.996e6), "10.0 M msg/s");
	cr_assert_str_eq(unit(QB_UNIT_NS, 999.9), "1.00 us");
}

Test(units, copes_with_zero_signs_extremes_and_what_is_no_number)
{
	cr_assert_str_eq(unit(QB_UNIT_RATE, 0), "0 msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, -12345678), "-12.3 M msg/s");
	cr_assert_str_eq(unit(QB_UNIT_RATE, NAN), "-");
	cr_assert_str_eq(unit(QB_UNIT_RATE, INFINITY), "-");
	cr_assert_leq(strlen(unit(QB_UNIT_RATE, 1.7e308)), 20);
	cr_assert_leq(strlen(unit(QB_UNIT_RATE, 5e-324)), 20);
	cr_assert_str_eq(unit("frobs", 12345), "12.3 k frobs");
}

Test(units, prints_exact_digits_that_read_back_and_no_more)
{
	const double values[] = { 0.1,
		                  0.3,
		                  1e20,
		                  12345678,
		                  615867912.3321689,
		                  1.0 / 3,
		                  5e-324,
		                  -2.5,
		                  1.7976931348623157e308 };
	char text[QB_UNITS_SIZE];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		cr_assert_eq(strtod(qb_units_exact(text, sizeof(text), values[i]), NULL), values[i],
		             "%s", text);
	cr_assert_str_eq(qb_units_exact(text, sizeof(text), 0.3), "0.3");
	cr_assert_str_eq(qb_units_exact(text, sizeof(text), 1e20), "1e20");
	cr_assert_str_eq(qb_units_exact(text, sizeof(text), 12345678), "12345678");
}

Test(units, tell_an_age_in_words)
{
	static const struct {
		double seconds;
		const char *text;
	} ages[] = { { -3, "0 seconds" },    { 1, "1 second" },       { 119, "119 seconds" },
		     { 120, "2 minutes" },   { 7199, "119 minutes" }, { 7200, "2 hours" },
		     { 172799, "47 hours" }, { 172800, "2 days" } };
	char text[QB_UNITS_SIZE];

	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		cr_expect_str_eq(qb_units_age(text, sizeof(text), ages[i].seconds), ages[i].text);
}

Test(units, show_a_change_with_its_sign)
{
	static const struct {
		double percent;
		const char *text;
	} rows[] = { { 0.001, "+0.00" },  { -0.001, "+0.00" }, { -0.04, "-0.04" },
		     { 7.314, "+7.31" },  { -23.14, "-23.1" }, { 140.2, "+140" },
		     { -9.999, "-10.0" }, { INFINITY, "inf" }, { -INFINITY, "-inf" },
		     { NAN, "?" } };
	char text[QB_UNITS_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(qb_units_change(text, sizeof(text), rows[i].percent),
		                 rows[i].text);
}
