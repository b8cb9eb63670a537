/* qbench_histogram.h -- how often each latency was seen: within 0.1 %, in memory that is bounded.
 *
 * Log-linear, in the layout of HdrHistogram: values below 2048 have a counter each; every doubling
 * above has 1024, so that a counter stands for values that differ by less than 1/1024.  Recording
 * is a shift and an increment, for measured loops; the rest is the harness's. */
#ifndef QBENCH_HISTOGRAM_H
#define QBENCH_HISTOGRAM_H

#include "qbench_message.h"

#define QB_HISTOGRAM_MAX      INT64_C(60000000000) /* ns: a minute; longer is counted apart */
#define QB_HISTOGRAM_BITS     11                   /* 2048 > 2 * 10^3: three digits */
#define QB_HISTOGRAM_BUCKETS  26                   /* 2048 << 25 is the first one above a minute */
#define QB_HISTOGRAM_COUNTERS ((QB_HISTOGRAM_BUCKETS + 1) << (QB_HISTOGRAM_BITS - 1))

/* All 0 is an empty one. */
struct qb_histogram {
	uint64_t max;            /* exact */
	uint64_t overflow_count; /* values above QB_HISTOGRAM_MAX, which no counter has */
	uint64_t negative_count; /* likewise those below 0 */
	uint64_t counts[QB_HISTOGRAM_COUNTERS];
};

QB_COLD void qb_histogram_record_outside(struct qb_histogram *histogram, int64_t value)
{
	if (value < 0)
		histogram->negative_count++;
	else
		histogram->overflow_count++;
}

/* The counter of a value from 0 to QB_HISTOGRAM_MAX. */
QB_TEMPLATE unsigned qb_histogram_index(uint64_t value)
{
	const unsigned bucket = (unsigned)(64 - QB_HISTOGRAM_BITS) -
	                        (unsigned)__builtin_clzll(value | ((1u << QB_HISTOGRAM_BITS) - 1));

	return (bucket << (QB_HISTOGRAM_BITS - 1)) + (unsigned)(value >> bucket);
}

/* One value, in ns. */
QB_TEMPLATE void qb_histogram_record(struct qb_histogram *histogram, int64_t value)
{
	if (qb_unlikely((uint64_t)value > (uint64_t)QB_HISTOGRAM_MAX)) {
		qb_histogram_record_outside(histogram, value);
		return;
	}
	histogram->counts[qb_histogram_index((uint64_t)value)]++;
	if ((uint64_t)value > histogram->max)
		histogram->max = (uint64_t)value;
}

#endif
