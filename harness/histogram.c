/* histogram -- sums and quantiles of recorded latencies.
 *
 * A quantile is told as HdrHistogram's tools tell it, as the largest value of its counter, so that
 * both say the same of one recording. */
#include "harness/histogram.h"

#include <assert.h>

void qb_histogram_add(struct qb_histogram *sum, const struct qb_histogram *one)
{
	for (size_t i = 0; i < QB_HISTOGRAM_COUNTERS; i++)
		sum->counts[i] += one->counts[i];
	sum->overflow_count += one->overflow_count;
	sum->negative_count += one->negative_count;
	if (one->max > sum->max)
		sum->max = one->max;
}

uint64_t qb_histogram_count(const struct qb_histogram *histogram)
{
	uint64_t count = 0;

	for (size_t i = 0; i < QB_HISTOGRAM_COUNTERS; i++)
		count += histogram->counts[i];
	return count;
}

uint64_t qb_histogram_count_above(const struct qb_histogram *histogram, uint64_t value)
{
	uint64_t count = 0;

	if (value > (uint64_t)QB_HISTOGRAM_MAX)
		return 0;
	for (size_t i = qb_histogram_index(value) + 1; i < QB_HISTOGRAM_COUNTERS; i++)
		count += histogram->counts[i];
	return count;
}

/* Above the first 2048 each bucket's lower half is the one before. */
uint64_t qb_histogram_last_value(size_t index)
{
	const size_t half = (size_t)1 << (QB_HISTOGRAM_BITS - 1);
	const size_t bucket = index < 2 * half ? 0 : index / half - 1;
	const uint64_t sub = index - bucket * half;

	return ((sub + 1) << bucket) - 1;
}

uint64_t qb_histogram_equivalent(uint64_t value)
{
	return qb_histogram_last_value(qb_histogram_index(value));
}

uint64_t qb_histogram_needed(unsigned part)
{
	const uint64_t beyond = QB_QUANTILE_WHOLE - part;

	assert(part < QB_QUANTILE_WHOLE);
	return (QB_QUANTILE_BEYOND_MIN * (uint64_t)QB_QUANTILE_WHOLE + beyond - 1) / beyond;
}

bool qb_histogram_quantile(const struct qb_histogram *histogram, unsigned part, uint64_t *ret_value)
{
	const uint64_t count = qb_histogram_count(histogram);
	const uint64_t rank = (count * part + QB_QUANTILE_WHOLE - 1) / QB_QUANTILE_WHOLE;
	uint64_t seen = 0;

	if (count < qb_histogram_needed(part))
		return false;
	for (size_t i = 0; i < QB_HISTOGRAM_COUNTERS; i++) {
		seen += histogram->counts[i];
		if (seen < rank || seen == 0)
			continue;
		*ret_value = qb_histogram_last_value(i);
		if (*ret_value > histogram->max)
			*ret_value = histogram->max;
		return true;
	}
	return false;
}
