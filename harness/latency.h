/* latency.h -- pure: what a timed run recorded -> its record; the records of a case -> its metrics.
 */
#ifndef QB_LATENCY_H
#define QB_LATENCY_H

#include "harness/result.h"

/* Of a run with samples->latency.timed.  NULL: out of memory. */
struct qb_latency_record *qb_latency_record_make(const struct qb_samples *samples);
void qb_latency_record_free(struct qb_latency_record *record);

/* "latency" (response) or "transit"; "p99.9" or "max", up to QB_LATENCIES. */
const char *qb_latency_kind_name(enum qb_latency_kind kind);
const char *qb_latency_name(unsigned index);

/* Runs that were timed, and those of them that were saturated. */
unsigned qb_latency_count_runs(const struct qb_result *result, unsigned *ret_saturated);

/* True if that is most of them: then no latency of the case is told. */
bool qb_latency_is_saturated(const struct qb_result *result);

/* Makes latency_p50 ... transit_max of the runs added so far, each with values or a reason; may be
 * called again.  -ENOMEM. */
int qb_latency_settle(struct qb_result *result);

#endif
