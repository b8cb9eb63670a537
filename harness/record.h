/* record.h -- pure: the samples of one run -> its record. */
#ifndef QB_RECORD_H
#define QB_RECORD_H

#include "harness/result.h"

/* An ok run in which no message arrived becomes invalid.  The caller frees interval_messages,
 * timeline and latency.  `oversubscribed`: waiting for a CPU is no disturbance.  -ENOMEM. */
int qb_record_make(struct qb_run_record *ret_run, const struct qb_samples *samples,
                   bool oversubscribed);

/* What disturbed that run, as "other programs had 12 % of its CPUs, ..."; "" if nothing did. */
void qb_record_disturbance(const struct qb_run_record *run, bool oversubscribed, char *ret_text,
                           size_t size);

/* Wall time of a thread's loop: it ran or waited for a CPU, or slept within the window. */
double qb_record_loop_ns(const struct qb_worker_sample *worker, uint64_t window_ns);

#endif
