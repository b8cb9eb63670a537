/* verdict -- three zones on an exact Hodges-Lehmann interval of the log ratio.
 *
 * Two levels: a false "no change" costs one missed loss, a false "regression" costs everyone's
 * trust, so the latter is judged at a level divided by the number of comparisons. */
#include "harness/verdict.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/contrast.h"

#define UNEQUAL_RATIO 1.25 /* of run counts, beyond which rank intervals alone are too narrow */
#define ROUNDING      1e-9 /* a loss of exactly the threshold is not below it */

const char *qb_verdict_name(enum qb_verdict verdict)
{
	static const char *const names[QB_VERDICT_COUNT] = { "no-change", "improvement",
		                                             "inconclusive", "regression",
		                                             "invalid" };

	assert((unsigned)verdict < QB_VERDICT_COUNT);
	return names[verdict];
}

const char *qb_verdict_severity_name(enum qb_severity severity)
{
	static const char *const names[QB_SEVERITY_COUNT] = { "none", "minor", "alert", "high" };

	assert((unsigned)severity < QB_SEVERITY_COUNT);
	return names[severity];
}

struct qb_threshold qb_verdict_threshold(const char *metric)
{
	static const struct {
		const char *word;
		double share;
	} rows[] = { { "throughput", 0.05 }, { "latency", 0.10 }, { "memory", 0.15 } };
	const size_t length = strcspn(metric, "_");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].word) == length && strncmp(metric, rows[i].word, length) == 0)
			return (struct qb_threshold){ rows[i].share, rows[i].share };
	return (struct qb_threshold){ 0.10, 0.10 };
}

double qb_verdict_regression_bound(const struct qb_rules *rules)
{
	const double share = rules->threshold.regression;

	return rules->higher_is_better ? -log1p(-share) : log1p(share);
}

double qb_verdict_improvement_bound(const struct qb_rules *rules)
{
	const double share = rules->threshold.improvement;

	return rules->higher_is_better ? log1p(share) : -log1p(-share);
}

double qb_verdict_delta(double base, double fresh, bool higher_is_better)
{
	return higher_is_better ? log(base) - log(fresh) : log(fresh) - log(base);
}

double qb_verdict_percent(double delta, bool higher_is_better)
{
	return 100 * expm1(higher_is_better ? -delta : delta) + 0.0; /* never -0 */
}

/* Where no change of the threshold's size is possible, there is none. */
static bool rules_out_change(const struct qb_rules *rules, const struct qb_interval *interval)
{
	return interval->high < qb_verdict_regression_bound(rules) &&
	       interval->low > -qb_verdict_improvement_bound(rules);
}

static enum qb_verdict judge_point(const struct qb_rules *rules, double estimate)
{
	if (estimate >= qb_verdict_regression_bound(rules))
		return QB_VERDICT_REGRESSION;
	if (estimate <= -qb_verdict_improvement_bound(rules))
		return QB_VERDICT_IMPROVEMENT;
	return QB_VERDICT_NO_CHANGE;
}

static enum qb_verdict judge(const struct qb_rules *rules, const struct qb_judgement *j)
{
	const double worse = qb_verdict_regression_bound(rules);
	const double better = qb_verdict_improvement_bound(rules);
	const bool strict = rules->policy == QB_POLICY_STRICT;

	if (rules->policy == QB_POLICY_POINT)
		return judge_point(rules, j->change.estimate);
	if (rules_out_change(rules, &j->no_change))
		return QB_VERDICT_NO_CHANGE;
	if (strict ? j->change.low >= worse : j->change.low > 0 && j->change.high >= worse)
		return QB_VERDICT_REGRESSION;
	if (strict ? j->change.high <= -better : j->change.high < 0 && j->change.low <= -better)
		return QB_VERDICT_IMPROVEMENT;
	return QB_VERDICT_INCONCLUSIVE;
}

static enum qb_severity classify(const struct qb_rules *rules, double delta)
{
	const double loss =
		fabs(qb_verdict_percent(delta, rules->higher_is_better)) / 100 + ROUNDING;

	return loss >= 4 * rules->threshold.regression   ? QB_SEVERITY_HIGH
	       : loss >= 2 * rules->threshold.regression ? QB_SEVERITY_ALERT
	                                                 : QB_SEVERITY_MINOR;
}

/* Verdict, severity and percentages from the three intervals. */
static void conclude(const struct qb_rules *rules, struct qb_judgement *j)
{
	const bool higher = rules->higher_is_better;
	const double ends[] = { qb_verdict_percent(j->ci95.low, higher),
		                qb_verdict_percent(j->ci95.high, higher) };

	j->verdict = judge(rules, j);
	j->change_pct = qb_verdict_percent(j->change.estimate, higher);
	j->ci95_pct[0] = fmin(ends[0], ends[1]);
	j->ci95_pct[1] = fmax(ends[0], ends[1]);
	j->detectable = j->verdict == QB_VERDICT_NO_CHANGE && (j->ci95.low > 0 || j->ci95.high < 0);
	if (j->verdict == QB_VERDICT_IMPROVEMENT)
		j->at_least_pct = fabs(qb_verdict_percent(fmin(j->change.high, 0), higher));
	if (j->verdict != QB_VERDICT_REGRESSION)
		return;
	j->at_least_pct = fabs(qb_verdict_percent(fmax(j->change.low, 0), higher));
	j->severity = classify(rules, j->change.estimate);
	j->severity_confirmed = classify(rules, fmax(j->change.low, 0));
}

struct qb_judgement qb_verdict_pairs(const struct qb_rules *rules, const double *deltas, size_t n)
{
	struct qb_judgement j = { .verdict = QB_VERDICT_INVALID,
		                  .base_count = n,
		                  .fresh_count = n };

	if (n == 0)
		return j;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(deltas[i]))
			return j;
	j.no_change = qb_stats_signed_rank(deltas, n, rules->levels.no_change);
	j.change = qb_stats_signed_rank(deltas, n, rules->levels.change);
	j.ci95 = qb_stats_signed_rank(deltas, n, 0.05);
	conclude(rules, &j);
	return j;
}

/* Logs, turned so that more is worse.  NULL: out of memory, or `*valid` is false. */
static double *take_losses(const struct qb_side *side, bool higher_is_better, bool *valid)
{
	double *losses = malloc((side->count + 1) * sizeof(*losses));

	if (side->count == 0)
		*valid = false;
	for (size_t i = 0; losses && i < side->count; i++) {
		if (!(side->values[i] > 0) || !isfinite(side->values[i]))
			*valid = false;
		losses[i] = higher_is_better ? -log(side->values[i]) : log(side->values[i]);
	}
	return losses;
}

/* Two recordings as judged from: logs, and what they may differ by when nothing changed. */
struct contest {
	const double *base, *fresh;
	size_t base_count, fresh_count;
	const struct qb_recording_term *term;
};

static struct qb_interval contest_interval(const struct contest *c, double alpha)
{
	const double few =
		(double)(c->base_count < c->fresh_count ? c->base_count : c->fresh_count);
	const double many = (double)(c->base_count + c->fresh_count) - few;
	struct qb_interval interval =
		qb_stats_shift(c->base, c->base_count, c->fresh, c->fresh_count, alpha);

	if (many > UNEQUAL_RATIO * few) {
		const struct qb_interval welch =
			qb_contrast_welch(c->base, c->base_count, c->fresh, c->fresh_count, alpha);

		interval.low = fmin(interval.low, welch.low);
		interval.high = fmax(interval.high, welch.high);
		interval.exists &= welch.exists;
	}
	return qb_recording_widen(&interval, c->term, alpha);
}

int qb_verdict_recordings(const struct qb_rules *rules, const struct qb_side *base,
                          const struct qb_side *fresh, const struct qb_recording_term *term,
                          struct qb_judgement *ret_judgement)
{
	struct qb_judgement j = { .verdict = QB_VERDICT_INVALID,
		                  .base_count = base->count,
		                  .fresh_count = fresh->count };
	bool valid = true;
	double *base_losses = take_losses(base, rules->higher_is_better, &valid);
	double *fresh_losses = take_losses(fresh, rules->higher_is_better, &valid);
	const struct contest contest = { base_losses, fresh_losses, base->count, fresh->count,
		                         term };
	const int rc = base_losses && fresh_losses ? 0 : -ENOMEM;

	if (rc == 0 && valid) {
		j.no_change = contest_interval(&contest, rules->levels.no_change);
		j.change = contest_interval(&contest, rules->levels.change);
		j.ci95 = contest_interval(&contest, 0.05);
		conclude(rules, &j);
	}
	free(base_losses);
	free(fresh_losses);
	if (rc == 0)
		*ret_judgement = j;
	return rc;
}

bool qb_verdict_means_disagree(const struct qb_judgement *judgement, const struct qb_side *base,
                               const struct qb_side *fresh, bool higher_is_better)
{
	const double delta =
		qb_verdict_delta(qb_stats_mean(base->values, base->count),
	                         qb_stats_mean(fresh->values, fresh->count), higher_is_better);

	return judgement->ci95.exists &&
	       (delta < judgement->ci95.low || delta > judgement->ci95.high);
}
