/* compare.h -- pure: judges comparisons, and holds two result documents against each other. */
#ifndef QB_COMPARE_H
#define QB_COMPARE_H

#include "harness/comparison.h"

/* How recordings are compared and what fails; thresholds by metric name. */
struct qb_compare_request {
	const struct qb_document *base, *fresh;
	enum qb_policy policy;
	double thresholds[3]; /* shares by metric: throughput, latency, memory; 0: the default */
	bool force;           /* compare in spite of differences */
	double recording_sd;  /* between recordings, of logs; NaN: assumed by machine */
	bool normalize;       /* by the control: -EINVAL where that cannot be */
};

/* Judges a paired comparison from the runs both sides have so far (ok ones, in order), at
 * comparison->rules.  -ENOMEM. */
int qb_compare_judge_pairs(struct qb_comparison *comparison, struct qb_error *error);

/* Two recordings: cases matched by key, protocol and fingerprint compared. */
int qb_compare_recordings(const struct qb_compare_request *request,
                          struct qb_comparison_document *ret_document, struct qb_error *error);

/* Shapes, second opinions, advice, counts, geometric mean and the exit code, once all comparisons
 * of the document have their runs; `cap`: pairs that may be measured, 0 for recordings. */
int qb_compare_settle(struct qb_comparison_document *document, unsigned cap,
                      struct qb_error *error);

/* By how much recordings differ when nothing changed, as they are judged: where they are normalized
 * that includes what is not known of the drift. */
struct qb_recording_term qb_compare_term(const struct qb_comparison_document *document);

/* Values of the ok runs of a side, in order; freed by the caller, NULL: out of memory. */
double *qb_compare_values(const struct qb_comparison *comparison, enum qb_side_name side,
                          size_t *ret_count);

/* The threshold of a metric: the request's, or the default. */
struct qb_threshold qb_compare_threshold(const double *thresholds, const char *metric);

#endif
