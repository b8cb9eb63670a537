/* summary.h -- pure: the samples of a case's runs -> its result. */
#ifndef QB_SUMMARY_H
#define QB_SUMMARY_H

#include "harness/result.h"

/* Prepares a result for a case: status skipped with its reason if it cannot be served, else ok with
 * nothing measured. */
void qb_summary_begin(struct qb_result *ret_result, const struct qb_case *c);

/* Adds one run.  The status of the result is the worst of its runs; only runs that are ok count for
 * metrics, fairness and flow.  -ENOMEM. */
int qb_summary_add(struct qb_result *result, const struct qb_samples *samples);

/* Computes metrics, fairness, flow and warnings from the runs added so far; may be called again. */
int qb_summary_settle(struct qb_result *result, const struct qb_protocol *protocol);

/* Estimates over values, one per process, all > 0.  n may be 0. */
struct qb_estimate qb_summary_estimate(const double *values, unsigned n);

/* Adds a warning, once per code: a later one with the same code takes its place.  -ENOMEM. */
int qb_summary_warn(struct qb_result *result, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
