/* verdict.h -- pure: is one side worse than the other?  Regression, improvement, no change, or too
 * little known to say.
 *
 * Everything is decided on delta: the loss of the new side in log units, positive is worse,
 * whichever direction the metric has.  A change counts when it may be as large as the threshold;
 * no change is claimed only where a change of that size is ruled out (Schuirmann 1987). */
#ifndef QB_VERDICT_H
#define QB_VERDICT_H

#include "harness/recording.h"
#include "harness/stats.h"

enum qb_verdict {
	QB_VERDICT_NO_CHANGE,
	QB_VERDICT_IMPROVEMENT,
	QB_VERDICT_INCONCLUSIVE,
	QB_VERDICT_REGRESSION,
	QB_VERDICT_INVALID,
	QB_VERDICT_COUNT
};

enum qb_severity {
	QB_SEVERITY_NONE,
	QB_SEVERITY_MINOR,
	QB_SEVERITY_ALERT, /* from twice the threshold */
	QB_SEVERITY_HIGH,  /* from four times the threshold */
	QB_SEVERITY_COUNT
};

enum qb_policy {
	QB_POLICY_GUARD,  /* do not let a loss of the threshold pass */
	QB_POLICY_STRICT, /* fail only what is proven to exceed the threshold */
	QB_POLICY_POINT,  /* compare the estimate: a coin toss at the threshold, at any n */
	QB_POLICY_COUNT
};

/* As shares: 0.05 is 5 %. */
struct qb_threshold {
	double regression, improvement;
};

/* Two-sided levels of the intervals that the two claims rest on; change <= no_change. */
struct qb_levels {
	double no_change, change;
};

struct qb_rules {
	bool higher_is_better;
	struct qb_threshold threshold;
	struct qb_levels levels;
	enum qb_policy policy;
};

struct qb_judgement {
	enum qb_verdict verdict;
	enum qb_severity severity;                  /* of the estimate; none unless a regression */
	enum qb_severity severity_confirmed;        /* of what is certain */
	bool detectable;                            /* no change, yet a small one is there (95 %) */
	struct qb_interval no_change, change, ci95; /* of delta, at the levels and at 95 % */
	double change_pct, ci95_pct[2]; /* of the metric, signed as a reader expects; may be inf */
	double at_least_pct; /* size of a regression or improvement that is certain; else 0 */
	size_t base_count, fresh_count;
};

const char *qb_verdict_name(enum qb_verdict verdict);            /* "no-change" ... */
const char *qb_verdict_severity_name(enum qb_severity severity); /* "minor" ...; "none" */

/* Defaults: throughput 5 %, latency 10 %, memory 15 %, by the metric's name or its first word
 * (`latency_p99`); 10 % for what is not known. */
struct qb_threshold qb_verdict_threshold(const char *metric);

/* ln of what a threshold share does to the value: both > 0. */
double qb_verdict_regression_bound(const struct qb_rules *rules);
double qb_verdict_improvement_bound(const struct qb_rules *rules);

double qb_verdict_delta(double base, double fresh, bool higher_is_better);
double qb_verdict_percent(double delta, bool higher_is_better); /* of the metric's value */

/* From n deltas of adjacent pairs of runs.  Invalid where one is not finite, or n is 0. */
struct qb_judgement qb_verdict_pairs(const struct qb_rules *rules, const double *deltas, size_t n);

/* The values of one side, one per run. */
struct qb_side {
	const double *values;
	size_t count;
};

/* From two recordings made at different times.  Invalid where a value is not finite or not above 0,
 * or a side is empty.  -ENOMEM. */
int qb_verdict_recordings(const struct qb_rules *rules, const struct qb_side *base,
                          const struct qb_side *fresh, const struct qb_recording_term *term,
                          struct qb_judgement *ret_judgement);

/* The ratio of means lies outside the 95 % interval: the sides differ in shape, e.g. in how often
 * they run in which mode. */
bool qb_verdict_means_disagree(const struct qb_judgement *judgement, const struct qb_side *base,
                               const struct qb_side *fresh, bool higher_is_better);

#endif
