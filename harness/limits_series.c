/* limits_series -- the same limits measured again and again between other work.
 *
 * A machine drifts while a campaign goes on, so what its queues are held against is measured in
 * short rounds between theirs.  Of a round its best repetition counts: whatever comes between only
 * makes it worse, and repetitions of milliseconds are lost whole when a thread loses its CPU.  The
 * median of the rounds stands for the sitting as the estimate over runs does for the queue; each
 * run is held against the rounds around it, because a hypervisor moves CPUs between two seconds. */
#include "harness/limits_series.h"

#include <math.h>

#include "harness/limits_stock.h"
#include "harness/stats.h"

static bool is_alike(const struct qb_limits *a, const struct qb_limits *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->limits[i].name, b->limits[i].name) != 0 ||
		    a->limits[i].pair.cpu_a != b->limits[i].pair.cpu_a ||
		    a->limits[i].pair.cpu_b != b->limits[i].pair.cpu_b)
			return false;
	return true;
}

static double best(const struct qb_limit *limit)
{
	if (!limit->measured)
		return NAN;
	return limit->higher_is_better ? limit->max : limit->min;
}

static void widen(struct qb_limit *sum, const struct qb_limit *round)
{
	if (!round->measured)
		return;
	if (!sum->measured) {
		*sum = *round;
		return;
	}
	sum->min = fmin(sum->min, round->min);
	sum->max = fmax(sum->max, round->max);
	sum->n += round->n;
	sum->measured_unix_ms = round->measured_unix_ms;
}

int qb_limits_series_add(struct qb_limits_series *series, const struct qb_limits *round)
{
	const bool first = series->round_count == 0;
	double *values;

	if (!first && !is_alike(&series->sum, round))
		return 0;
	if (first && qb_limits_stock_pick(round, round->pairs, round->pair_count, &series->sum))
		return -ENOMEM;
	values = realloc(series->values,
	                 ((series->round_count + 1) * round->count + 1) * sizeof(*values));
	if (!values) {
		if (first)
			qb_limits_finish(&series->sum);
		return -ENOMEM;
	}
	series->values = values;
	for (size_t i = 0; i < round->count; i++) {
		values[series->round_count * round->count + i] = best(&round->limits[i]);
		if (!first)
			widen(&series->sum.limits[i], &round->limits[i]);
	}
	series->round_count++;
	return 0;
}

const struct qb_limits *qb_limits_series_settle(struct qb_limits_series *series)
{
	struct qb_limits *sum = &series->sum;
	double *known = malloc((series->round_count + 1) * sizeof(*known));

	for (size_t i = 0; known && i < sum->count; i++) {
		size_t n = 0;

		for (size_t round = 0; round < series->round_count; round++)
			if (isfinite(series->values[round * sum->count + i]))
				known[n++] = series->values[round * sum->count + i];
		if (n > 0)
			sum->limits[i].value = qb_stats_median(known, (unsigned)n);
	}
	free(known);
	return sum;
}

const struct qb_limits *qb_limits_series_around(struct qb_limits_series *series, size_t run)
{
	struct qb_limits *sum = &series->sum;

	for (size_t i = 0; i < sum->count; i++) {
		double log_sum = 0;
		unsigned n = 0;

		for (size_t round = run; round < run + 2 && round < series->round_count; round++) {
			const double value = series->values[round * sum->count + i];

			if (!isfinite(value) || value <= 0)
				continue;
			log_sum += log(value);
			n++;
		}
		if (n > 0)
			sum->limits[i].value = exp(log_sum / n);
	}
	return sum;
}

void qb_limits_series_finish(struct qb_limits_series *series)
{
	qb_limits_finish(&series->sum);
	free(series->values);
	*series = (struct qb_limits_series){ .round_count = 0 };
}
