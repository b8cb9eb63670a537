/* check_clock -- holds the clocks of this machine against each other for ten seconds.
 *
 *   build/release/check_clock     prints `ok` or `FAILED` for each, with its bound; exits 1, or 77
 *
 * The tick counter must keep the rate that its first tenth of a second has, and a reading must cost
 * what a loop of readings says. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/clock.h"

#define BASELINE_NS UINT64_C(100000000)
#define SPAN_NS     UINT64_C(10000000000)
#define PPM_MAX     20
#define PAIRS       100000

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static int check_rate(void)
{
	struct qb_instant begin, middle, end;
	long ppm;

	qb_clock_read(&begin);
	qb_clock_sleep_until(qb_clock_monotonic_ns() + BASELINE_NS);
	qb_clock_read(&middle);
	qb_clock_sleep_until(qb_clock_monotonic_ns() + SPAN_NS);
	qb_clock_read(&end);
	if (!qb_clock_disagreement(&begin, &middle, &end, &ppm)) {
		printf("skipped: the tick counter does not count time here\n");
		return 77;
	}
	printf("%-6s tick counter against CLOCK_MONOTONIC_RAW over 10 s: %ld ppm (at most %d)\n",
	       labs(ppm) <= PPM_MAX ? "ok" : "FAILED", ppm, PPM_MAX);
	return labs(ppm) > PPM_MAX;
}

/* Median of pairs of readings, back to back. */
static double median_of_pairs(uint64_t *pairs)
{
	for (int pair = 0; pair < PAIRS; pair++) {
		const uint64_t first = qb_clock_monotonic_ns();

		pairs[pair] = qb_clock_monotonic_ns() - first;
	}
	qsort(pairs, PAIRS, sizeof(*pairs), compare);
	return (double)pairs[PAIRS / 2];
}

/* Best of ten loops: what is in the way only adds. */
static double best_of_loops(void)
{
	double best = 1e9;

	for (int round = 0; round < 10; round++) {
		const uint64_t first = qb_clock_monotonic_ns();
		double each;

		for (int reading = 1; reading < PAIRS; reading++)
			(void)qb_clock_monotonic_ns();
		each = (double)(qb_clock_monotonic_ns() - first) / PAIRS;
		best = each < best ? each : best;
	}
	return best;
}

static int check_cost(void)
{
	uint64_t *pairs = calloc(PAIRS, sizeof(*pairs));
	double median, loop;
	int bad;

	if (!pairs)
		return 1;
	median = median_of_pairs(pairs);
	loop = best_of_loops();
	free(pairs);
	bad = median > 2 * loop || loop > 2 * median;
	printf("%-6s a reading costs %.0f ns (median of pairs), %.1f ns in a loop (within 2 x)\n",
	       bad ? "FAILED" : "ok", median, loop);
	return bad;
}

int main(void)
{
	const int rate = check_rate(), cost = check_cost();

	return rate == 1 || cost == 1 ? 1 : rate;
}
