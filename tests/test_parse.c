/* test_parse -- arguments as people write them, and every way to get them wrong. */
#include <criterion/criterion.h>

#include "cmd/parse.h"

static const struct qb_parse_limits counts = { 1, 1000000000000u, 1000 };
static const struct qb_parse_limits bytes = { 1, 1u << 30, 1024 };
static struct qb_parse_mistake mistake;

static uint64_t number(const char *text, const struct qb_parse_limits *limits)
{
	uint64_t value = 0;

	cr_assert_eq(qb_parse_number(text, limits, &value, &mistake), 0, "'%s': %s", text,
	             mistake.text);
	return value;
}

static void no_number(const char *text, size_t offset, const char *sentence)
{
	uint64_t value = 77;

	cr_assert_eq(qb_parse_number(text, &counts, &value, &mistake), -EINVAL, "'%s'", text);
	cr_expect_eq(mistake.offset, offset, "'%s': %zu", text, mistake.offset);
	cr_expect_str_eq(mistake.text, sentence);
	cr_expect_eq(value, 77);
}

Test(parse, reads_numbers_with_and_without_a_suffix)
{
	cr_expect_eq(number("1", &counts), 1);
	cr_expect_eq(number("10M", &counts), 10000000);
	cr_expect_eq(number("64k", &counts), 64000);
	cr_expect_eq(number("64K", &bytes), 65536);
	cr_expect_eq(number("64k", &bytes), 65536);
	cr_expect_eq(number("1G", &bytes), 1u << 30);
	cr_expect_eq(number("64Ki", &counts), 65536);
	cr_expect_eq(number("007", &counts), 7);
	cr_expect_eq(number("1T", &counts), 1000000000000u);
}

Test(parse, refuses_what_is_no_number_and_says_where)
{
	no_number("", 0, "a number is missing at the end");
	no_number("4x", 1, "unexpected 'x' at character 2");
	no_number("x", 0, "unexpected 'x' at character 1");
	no_number("-1", 0, "a number is negative at character 1");
	no_number("0", 0, "0 is less than 1");
	no_number(" 4", 0, "unexpected ' ' at character 1");
	no_number("4 ", 1, "unexpected ' ' at character 2");
	no_number("+4", 0, "unexpected '+' at character 1");
	no_number("1e3", 1, "unexpected 'e' at character 2");
	no_number("0x10", 0, "0 is less than 1");
	no_number("1.5", 1, "unexpected '.' at character 2");
	no_number("10kk", 3, "unexpected 'k' at character 4");
	no_number("4\n", 1, "unexpected byte 0x0a at character 2");
	no_number("\xff", 0, "unexpected byte 0xff at character 1");
	no_number("1000000000000000000000000000000", 0,
	          "1000000000000000000000000000000 is more than 1000000000000");
	no_number("18446744073709551616", 0, "18446744073709551616 is more than 1000000000000");
	no_number("99999999999T", 0, "99999999999T is more than 1000000000000");
}

static void list(const char *text, size_t count, const uint64_t *values)
{
	struct qb_number_list result = { .count = 0 };

	cr_assert_eq(qb_parse_list(text, &counts, &result, &mistake), 0, "'%s': %s", text,
	             mistake.text);
	cr_assert_eq(result.count, count, "'%s': %zu", text, result.count);
	for (size_t index = 0; index < count; index++)
		cr_expect_eq(result.values[index], values[index], "'%s'[%zu]", text, index);
}

static void no_list(const char *text, size_t offset, const char *sentence)
{
	struct qb_number_list result = { .count = 42 };

	cr_assert_eq(qb_parse_list(text, &counts, &result, &mistake), -EINVAL, "'%s'", text);
	cr_expect_eq(mistake.offset, offset, "'%s': %zu", text, mistake.offset);
	cr_expect_str_eq(mistake.text, sentence);
	cr_expect_eq(result.count, 42);
}

Test(parse, reads_lists_and_ranges_in_the_order_written)
{
	list("1", 1, (uint64_t[]){ 1 });
	list("1,2,4-8", 7, (uint64_t[]){ 1, 2, 4, 5, 6, 7, 8 });
	list("64,1", 2, (uint64_t[]){ 64, 1 });
	list("3-3", 1, (uint64_t[]){ 3 });
	list("1k,1M", 2, (uint64_t[]){ 1000, 1000000 });
}

Test(parse, refuses_bad_lists_and_says_where)
{
	no_list("", 0, "a number is missing at the end");
	no_list("1,", 2, "a number is missing at the end");
	no_list(",1", 0, "a number is missing at character 1");
	no_list("1,,2", 2, "a number is missing at character 3");
	no_list("1,2,x", 4, "unexpected 'x' at character 5");
	no_list("1;2", 1, "unexpected ';' at character 2");
	no_list("1,2,1", 4, "1 is in the list twice");
	no_list("1-4,3", 4, "3 is in the list twice");
	no_list("8-4", 0, "the range 8-4 runs backwards");
	no_list("1-", 2, "a number is missing at the end");
	no_list("1--2", 2, "a number is negative at character 3");
	no_list("1,-2", 2, "a number is negative at character 3");
	no_list("0-4", 0, "0 is less than 1");
	no_list("1-1000000", 0, "the list has more than 256 numbers");
	no_list("1-256,300", 6, "the list has more than 256 numbers");
	no_list("1-2-3", 3, "unexpected '-' at character 4");
}

static uint64_t duration(const char *text)
{
	uint64_t ns = 0;

	cr_assert_eq(qb_parse_duration(text, 1000, 86400000000000u, &ns, &mistake), 0, "'%s': %s",
	             text, mistake.text);
	return ns;
}

static void no_duration(const char *text, size_t offset, const char *sentence)
{
	uint64_t ns = 77;

	cr_assert_eq(qb_parse_duration(text, 1000, 86400000000000u, &ns, &mistake), -EINVAL, "'%s'",
	             text);
	cr_expect_eq(mistake.offset, offset, "'%s': %zu", text, mistake.offset);
	cr_expect_str_eq(mistake.text, sentence);
	cr_expect_eq(ns, 77);
}

Test(parse, reads_times_in_every_unit)
{
	cr_expect_eq(duration("0.3"), 300000000);
	cr_expect_eq(duration("2s"), 2000000000);
	cr_expect_eq(duration("500ms"), 500000000);
	cr_expect_eq(duration("50us"), 50000);
	cr_expect_eq(duration("5000ns"), 5000);
	cr_expect_eq(duration("1.5min"), 90000000000);
	cr_expect_eq(duration("1h"), 3600000000000);
	cr_expect_eq(duration(".5"), 500000000);
	cr_expect_eq(duration("1."), 1000000000);
}

Test(parse, refuses_bad_times_and_says_where)
{
	no_duration("", 0, "a number is missing at the end");
	no_duration("s", 0, "unexpected 's' at character 1");
	no_duration(".", 0, "unexpected '.' at character 1");
	no_duration("-1", 0, "a number is negative at character 1");
	no_duration("0", 0, "less than 1e-06 s");
	no_duration("2x", 1, "'x' is no unit of time (ns, us, ms, s, min, h)");
	no_duration("1e3", 1, "'e3' is no unit of time (ns, us, ms, s, min, h)");
	no_duration("1.2.3", 3, "'.3' is no unit of time (ns, us, ms, s, min, h)");
	no_duration("inf", 0, "unexpected 'i' at character 1");
	no_duration("nan", 0, "unexpected 'n' at character 1");
	no_duration("1000000000000000000000000000000", 0, "more than 86400 s");
}

Test(parse, reads_percentages_as_shares)
{
	double share = 0;

	cr_assert_eq(qb_parse_percent("5%", &share, &mistake), 0);
	cr_expect_float_eq(share, 0.05, 1e-12);
	cr_assert_eq(qb_parse_percent("0.5", &share, &mistake), 0);
	cr_expect_float_eq(share, 0.005, 1e-12);
	cr_expect_eq(qb_parse_percent("0%", &share, &mistake), -EINVAL);
	cr_expect_eq(qb_parse_percent("101", &share, &mistake), -EINVAL);
	cr_expect_eq(qb_parse_percent("5%%", &share, &mistake), -EINVAL);
	cr_expect_eq(mistake.offset, 2);
	cr_expect_eq(qb_parse_percent("%", &share, &mistake), -EINVAL);
}

Test(parse, reads_shards)
{
	unsigned index = 0, count = 0;

	cr_assert_eq(qb_parse_shard("2/8", &index, &count, &mistake), 0);
	cr_expect_eq(index, 2);
	cr_expect_eq(count, 8);
	cr_expect_eq(qb_parse_shard("9/8", &index, &count, &mistake), -EINVAL);
	cr_expect_str_eq(mistake.text, "there is no part 9 of 8");
	cr_expect_eq(qb_parse_shard("2", &index, &count, &mistake), -EINVAL);
	cr_expect_str_eq(mistake.text, "written as I/N, such as 2/8");
	cr_expect_eq(qb_parse_shard("0/2", &index, &count, &mistake), -EINVAL);
	cr_expect_eq(qb_parse_shard("1/2/3", &index, &count, &mistake), -EINVAL);
	cr_expect_eq(qb_parse_shard("", &index, &count, &mistake), -EINVAL);
	cr_expect_eq(index, 2);
}
