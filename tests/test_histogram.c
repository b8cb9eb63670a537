/* test_histogram -- latencies are counted and told within 0.1 %, in HdrHistogram's own bytes. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "harness/histogram.h"
#include "harness/random.h"

static struct qb_histogram histogram, other;

static void record(int64_t value, unsigned times)
{
	while (times-- > 0)
		qb_histogram_record(&histogram, value);
}

Test(histogram, needs_less_than_a_megabyte_for_response_and_transit)
{
	cr_expect_leq(2 * sizeof(struct qb_histogram), (size_t)1 << 20);
}

Test(histogram, has_a_counter_for_each_value_up_to_2047)
{
	for (unsigned value = 0; value < 2048; value++)
		cr_assert_eq(qb_histogram_index(value), value);
	cr_expect_eq(qb_histogram_index(2048), 2048);
	cr_expect_eq(qb_histogram_index(2049), 2048);
	cr_expect_eq(qb_histogram_index(2050), 2049);
	cr_expect_lt(qb_histogram_index((uint64_t)QB_HISTOGRAM_MAX), QB_HISTOGRAM_COUNTERS);
}

Test(histogram, tells_every_value_within_a_thousandth)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < 100000; i++) {
		const uint64_t value =
			qb_random_next(&state) % (uint64_t)QB_HISTOGRAM_MAX >> i % 36;
		const uint64_t told = qb_histogram_equivalent(value);

		cr_assert_geq(told, value);
		cr_assert_leq(told - value, value / 1000);
		cr_assert_eq(qb_histogram_index(told), qb_histogram_index(value));
		cr_assert_eq(qb_histogram_index(told + 1), qb_histogram_index(value) + 1);
	}
}

Test(histogram, counts_what_lies_outside_apart)
{
	record(-1, 2);
	record(INT64_MIN, 1);
	record(QB_HISTOGRAM_MAX, 1);
	record(QB_HISTOGRAM_MAX + 1, 3);
	record(INT64_MAX, 1);
	cr_expect_eq(histogram.negative_count, 3);
	cr_expect_eq(histogram.overflow_count, 4);
	cr_expect_eq(qb_histogram_count(&histogram), 1);
	cr_expect_eq(histogram.max, (uint64_t)QB_HISTOGRAM_MAX);
}

/* ceil(q N) values of 1 ... N do not exceed the quantile. */
Test(histogram, quantile_is_the_smallest_value_that_enough_do_not_exceed)
{
	uint64_t value = 0;

	for (int64_t i = 1; i <= 1001; i++)
		record(i, 10);
	cr_assert(qb_histogram_quantile(&histogram, 5000, &value));
	cr_expect_eq(value, 501); /* the 5005th */
	cr_assert(qb_histogram_quantile(&histogram, 9000, &value));
	cr_expect_eq(value, 901);
	cr_assert(qb_histogram_quantile(&histogram, 9900, &value));
	cr_expect_eq(value, 991); /* the 9910th, of 9909.9 */
}

Test(histogram, quantile_is_told_only_with_a_hundred_values_beyond_it)
{
	uint64_t value;

	cr_expect_eq(qb_histogram_needed(5000), 200);
	cr_expect_eq(qb_histogram_needed(9900), 10000);
	cr_expect_eq(qb_histogram_needed(9990), 100000);
	record(7, 9999);
	cr_expect_not(qb_histogram_quantile(&histogram, 9900, &value));
	record(7, 1);
	cr_expect(qb_histogram_quantile(&histogram, 9900, &value));
	cr_expect_not(qb_histogram_quantile(&histogram, 9990, &value));
}

Test(histogram, no_quantile_is_above_the_largest_value)
{
	uint64_t value = 0;

	record(1000001, 1000); /* its counter is told as 1000447 */
	cr_assert(qb_histogram_quantile(&histogram, 5000, &value));
	cr_expect_eq(value, 1000001);
}

Test(histogram, sum_is_as_if_recorded_in_one)
{
	record(5, 3);
	record(70000, 2);
	record(-5, 1);
	other = histogram;
	memset(&histogram, 0, sizeof(histogram));
	record(80000000, 4);
	record(QB_HISTOGRAM_MAX + 1, 1);
	qb_histogram_add(&histogram, &other);
	memset(&other, 0, sizeof(other));
	qb_histogram_record(&other, 70000);
	cr_expect_eq(qb_histogram_count(&histogram), 9);
	cr_expect_eq(histogram.counts[5], 3);
	cr_expect_eq(histogram.counts[qb_histogram_index(70000)], 2);
	cr_expect_eq(histogram.max, 80000000);
	cr_expect_eq(histogram.negative_count + histogram.overflow_count, 2);
	cr_expect_eq(qb_histogram_count_above(&histogram, 70000), 4);
	cr_expect_eq(qb_histogram_count_above(&histogram, 4), 9);
	cr_expect_eq(qb_histogram_count_above(&histogram, UINT64_MAX), 0);
}

/* Header, counts -1 2 -1 1 -3294 1 in zig-zag LEB128, one stored block, base64: by hand, from
 * HdrHistogram's encoding V2 and RFC 1950. */
static const char by_hand[] =
	"HISTFAAAADp4AQEvAND/HISTEwAAAAcAAAAAAAAAAwAAAAAAAAABAAAADfhHWAA/8AAAAAAAAAEEAQK7MwJt"
	"jgUd";

Test(histogram, writes_the_bytes_that_the_format_asks_for)
{
	char *text;

	record(1, 2);
	record(3, 1);
	record(5000, 1);
	text = qb_histogram_encode(&histogram);
	cr_assert(text);
	cr_expect_str_eq(text, by_hand);
	free(text);
}

Test(histogram, reads_the_bytes_that_the_format_asks_for)
{
	struct qb_error error;

	cr_assert_eq(qb_histogram_decode(by_hand, &other, &error), 0, "%s", error.text);
	cr_expect_eq(qb_histogram_count(&other), 4);
	cr_expect_eq(other.counts[1], 2);
	cr_expect_eq(other.counts[3], 1);
	cr_expect_eq(other.counts[qb_histogram_index(5000)], 1);
	cr_expect_eq(other.max, 5003);
}

static void expect_round_trip(void)
{
	char *text = qb_histogram_encode(&histogram);
	struct qb_error error;

	cr_assert(text);
	cr_assert_eq(qb_histogram_decode(text, &other, &error), 0, "%s", error.text);
	cr_expect_arr_eq(other.counts, histogram.counts, sizeof(other.counts));
	free(text);
}

Test(histogram, comes_back_from_its_text_as_it_was)
{
	expect_round_trip();                                 /* empty */
	for (unsigned i = 0; i < QB_HISTOGRAM_COUNTERS; i++) /* several stored blocks */
		histogram.counts[i] = i % 7 ? UINT64_C(1) << i % 63 : 0;
	expect_round_trip();
}

static void expect_refused(const char *text, const char *why)
{
	struct qb_error error = { 0 };

	cr_expect_eq(qb_histogram_decode(text, &other, &error), -EINVAL, "%s", text);
	cr_expect(strstr(error.text, why), "%s: %s", text, error.text);
}

Test(histogram, refuses_what_is_none)
{
	expect_refused("", "first bytes");
	expect_refused("HISTFAA", "no base64");
	expect_refused("HIST*AAA", "no base64");
	expect_refused("====", "no base64");
	expect_refused("HISTFAAAAAA=", "no beginning");
	expect_refused("HISTFAAAAAh4nQMAAAAAAQ==", "no beginning");
	/* What zlib makes of nothing. */
	expect_refused("HISTFAAAAAh4nAMAAAAAAQ==", "compressed");
}

Test(histogram, refuses_every_text_that_is_cut_or_changed)
{
	char text[sizeof(by_hand)];
	struct qb_error error;

	for (size_t at = 0; at + 1 < sizeof(by_hand); at++) {
		strcpy(text, by_hand);
		text[at] = text[at] == 'A' ? 'B' : 'A';
		cr_expect_neq(qb_histogram_decode(text, &other, &error), 0, "%s", text);
		strcpy(text, by_hand);
		text[at] = '\0';
		cr_expect_neq(qb_histogram_decode(text, &other, &error), 0, "%s", text);
	}
}
