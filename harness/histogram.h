/* histogram.h -- pure: what a histogram of latencies says, and its text for files.  Recording is
 * harness/api/qbench_histogram.h's. */
#ifndef QB_HISTOGRAM_READ_H
#define QB_HISTOGRAM_READ_H

#include <qbench.h>

#define QB_QUANTILE_WHOLE 10000 /* quantiles are given as parts of it: 9990 is p99.9 */

/* Values beyond a quantile without which it is chance. */
#define QB_QUANTILE_BEYOND_MIN 100

void qb_histogram_add(struct qb_histogram *sum, const struct qb_histogram *one);

/* Values that have a counter. */
uint64_t qb_histogram_count(const struct qb_histogram *histogram);

/* Of those, the ones above `value`, as exactly as the counters tell. */
uint64_t qb_histogram_count_above(const struct qb_histogram *histogram, uint64_t value);

/* The largest value that the counter at `index` stands for, which its values are told as; and that
 * of the counter of `value`. */
uint64_t qb_histogram_last_value(size_t index);
uint64_t qb_histogram_equivalent(uint64_t value);

/* How many values a quantile of `part` / QB_QUANTILE_WHOLE needs, part < QB_QUANTILE_WHOLE. */
uint64_t qb_histogram_needed(unsigned part);

/* The smallest recorded value that at least `part` / QB_QUANTILE_WHOLE of all do not exceed, told
 * as its counter is, but never above the largest value seen.  False: too few values to tell. */
bool qb_histogram_quantile(const struct qb_histogram *histogram, unsigned part,
                           uint64_t *ret_value);

/* As HdrHistogram writes it into logs: its format V2, in base64; NULL: out of memory.  The caller
 * frees it.  What has no counter is not in it. */
char *qb_histogram_encode(const struct qb_histogram *histogram);

/* The other way, `max` as its counter is told.  -EINVAL and a sentence for what is no histogram of
 * this layout, or compressed by another program. */
int qb_histogram_decode(const char *text, struct qb_histogram *ret_histogram,
                        struct qb_error *error);

#endif
