/* check_histogram -- a million known values in a histogram, against the same values sorted.
 *
 *   build/release/check_histogram     one line for each claim; exits 1 if one does not hold
 *
 * With HdrHistogram_c's headers here, that it reads what is written; else that is skipped. */
#include <math.h>
#include <stdio.h>

#include "harness/histogram.h"
#include "harness/random.h"

#ifdef QB_HAVE_HDR
#include <hdr/hdr_histogram.h>
#include <hdr/hdr_histogram_log.h>
#endif

#define VALUES 1000000u

static uint64_t values[VALUES];
static struct qb_histogram histogram, decoded;
static unsigned passed_count, failed_count;

static void report(const char *what, const char *of, bool holds)
{
	printf("%s  %s: %s\n", holds ? "ok  " : "FAIL", of, what);
	passed_count += holds;
	failed_count += !holds;
}

static double draw(uint64_t *state)
{
	return ((double)(qb_random_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static uint64_t draw_uniform(uint64_t *state) { return (uint64_t)(draw(state) * 1e6); }
static uint64_t draw_exponential(uint64_t *state) { return (uint64_t)(-log(draw(state)) * 300); }

/* Pareto, shape 1.1: from half a microsecond to the end of the range. */
static uint64_t draw_heavy(uint64_t *state)
{
	const double value = 500 * pow(draw(state), -1 / 1.1);

	return value < (double)QB_HISTOGRAM_MAX ? (uint64_t)value : (uint64_t)QB_HISTOGRAM_MAX;
}

/* A fast path, and one in a hundred that waits for 100 ms. */
static uint64_t draw_stalled(uint64_t *state)
{
	return (uint64_t)(draw(state) < 0.01 ? 1e8 * draw(state) : 150 + 40 * draw(state));
}

/* Over all of the range alike. */
static uint64_t draw_logarithmic(uint64_t *state)
{
	return (uint64_t)exp(draw(state) * log((double)QB_HISTOGRAM_MAX));
}

static uint64_t draw_constant(uint64_t *state)
{
	(void)state;
	return 123456789;
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Each that may be published: within a thousandth of the value of that rank. */
static bool quantiles_hold(void)
{
	static const unsigned parts[] = { 1,    100,  1000, 2500, 5000, 7500,
		                          9000, 9500, 9900, 9950, 9990, 9999 };
	bool hold = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const uint64_t rank =
			((uint64_t)VALUES * parts[i] + QB_QUANTILE_WHOLE - 1) / QB_QUANTILE_WHOLE;
		const uint64_t exact = values[rank - 1];
		uint64_t told = 0;

		hold &= qb_histogram_quantile(&histogram, parts[i], &told);
		hold &= fabs((double)told - (double)exact) <= (double)exact / 1000;
	}
	return hold;
}

/* Every counter holds just the values that it stands for. */
static bool counts_hold(void)
{
	size_t at = 0;
	bool hold = true;

	while (at < VALUES) {
		const unsigned index = qb_histogram_index(values[at]);
		size_t end = at;

		while (end < VALUES && qb_histogram_index(values[end]) == index)
			end++;
		hold &= histogram.counts[index] == end - at;
		at = end;
	}
	return hold && qb_histogram_count(&histogram) == VALUES && histogram.overflow_count == 0 &&
	       histogram.negative_count == 0;
}

#ifdef QB_HAVE_HDR
/* By the library's own reader: the same counts, the same quantiles. */
static void check_library(const char *of, char *text)
{
	static const unsigned parts[] = { 5000, 9000, 9900, 9990 };
	struct hdr_histogram *read = NULL;
	bool holds = hdr_log_decode(&read, text, strlen(text)) == 0;

	holds = holds && read->total_count == VALUES &&
	        read->counts_len == (int32_t)QB_HISTOGRAM_COUNTERS;
	for (unsigned i = 0; holds && i < QB_HISTOGRAM_COUNTERS; i++)
		holds = (uint64_t)read->counts[i] == histogram.counts[i];
	for (size_t i = 0; holds && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const double percent = 100.0 * parts[i] / QB_QUANTILE_WHOLE;
		uint64_t own = 0;

		holds = qb_histogram_quantile(&histogram, parts[i], &own);
		holds = holds && (uint64_t)hdr_value_at_percentile(read, percent) ==
		                         qb_histogram_equivalent(own);
	}
	report("HdrHistogram_c reads the same from its text", of, holds);
	free(read);
}
#else
static void check_library(const char *of, const char *text) { (void)of, (void)text; }
#endif

static void check(const char *of, uint64_t (*draw_one)(uint64_t *))
{
	uint64_t state = 10;
	struct qb_error error;
	char *text;

	memset(&histogram, 0, sizeof(histogram));
	for (unsigned i = 0; i < VALUES; i++) {
		values[i] = draw_one(&state);
		qb_histogram_record(&histogram, (int64_t)values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), compare);
	report("counts are exact", of, counts_hold());
	report("quantiles are within 0.1 %, the maximum is exact", of,
	       quantiles_hold() && histogram.max == values[VALUES - 1]);
	text = qb_histogram_encode(&histogram);
	report("its text is read back as it was", of,
	       text && qb_histogram_decode(text, &decoded, &error) == 0 &&
	               memcmp(decoded.counts, histogram.counts, sizeof(decoded.counts)) == 0);
	if (text)
		check_library(of, text);
	free(text);
}

int main(void)
{
	puts("\nA10 a million known values against sorting");
	check("uniform", draw_uniform);
	check("exponential", draw_exponential);
	check("heavy tail", draw_heavy);
	check("stalled", draw_stalled);
	check("logarithmic", draw_logarithmic);
	check("constant", draw_constant);
#ifndef QB_HAVE_HDR
	puts("skipped: HdrHistogram_c reads the texts: no <hdr/hdr_histogram.h> here; the unit "
	     "tests hold one against bytes that were made by hand");
#endif
	printf("\n%u passed, %u failed\n", passed_count, failed_count);
	return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
