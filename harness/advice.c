/* advice -- what it would take to decide what is inconclusive.
 *
 * Half-widths shrink with the square root of n, and an interval whose half-width is under half the
 * nearer threshold cannot miss both claims; a tenth more pairs than that are advised, because a
 * half-width from few pairs is itself uncertain. */
#include "harness/advice.h"

#include <math.h>
#include <stdio.h>

#define MARGIN         1.1
#define HOPELESS_RATIO 5 /* times the cap */

static double decisive_half_width(const struct qb_rules *rules)
{
	return fmin(qb_verdict_regression_bound(rules), qb_verdict_improvement_bound(rules)) / 2;
}

/* The fewest pairs, or runs per side, whose interval at that level exists. */
static size_t find_minimum(double alpha, bool pairs)
{
	size_t n = 1;

	while ((pairs ? qb_stats_signed_rank_index(n, alpha)
	              : qb_stats_mann_whitney_index(n, n, alpha)) == 0)
		n++;
	return n;
}

struct qb_advice qb_advice_make(const struct qb_judgement *judgement, const struct qb_rules *rules,
                                unsigned cap, const struct qb_recording_term *term)
{
	const size_t n = judgement->base_count < judgement->fresh_count ? judgement->base_count
	                                                                : judgement->fresh_count;
	const double half = (judgement->no_change.high - judgement->no_change.low) / 2;
	const double decisive = decisive_half_width(rules);
	struct qb_advice advice = { 0 };
	double total;

	if (judgement->verdict != QB_VERDICT_INCONCLUSIVE)
		return advice;
	if (!judgement->no_change.exists) {
		advice.kind = QB_ADVICE_MINIMUM;
		advice.total = find_minimum(rules->levels.no_change, term == NULL);
		advice.more = advice.total > n ? advice.total - n : 0;
		return advice;
	}
	advice.smallest_pct = 100 * expm1(2 * half);
	if (term && qb_recording_reach(term, rules->levels.no_change) >= decisive) {
		advice.kind = QB_ADVICE_INTERLEAVE;
		return advice;
	}
	total = ceil(MARGIN * (double)n * (half / decisive) * (half / decisive));
	advice.kind =
		cap > 0 && total > HOPELESS_RATIO * (double)cap ? QB_ADVICE_NOISY : QB_ADVICE_MORE;
	if (cap > 0)
		advice.threshold_pct = 100 * expm1(2 * half * sqrt(MARGIN * (double)n / cap));
	total = fmax(total, (double)find_minimum(rules->levels.change, term == NULL));
	advice.total = total > (double)n ? (size_t)total : n + 1;
	advice.more = advice.total - n;
	return advice;
}

/* "8.1", "120": a guess needs no more digits, and no power of ten. */
static char *say_percent(double percent, char *text, size_t size)
{
	snprintf(text, size, percent >= 99.5 ? "%.0f" : "%.2g", percent);
	return text;
}

static void say_noisy(const struct qb_advice *advice, const struct qb_rules *rules,
                      const struct qb_advice_words *words, char *text, size_t size)
{
	char cv[32], threshold[32], wider[64] = "";

	/* Nobody gates on a change that large. */
	if (advice->threshold_pct < 99.5)
		snprintf(wider, sizeof(wider), "a threshold of %s %% or more, ",
		         say_percent(advice->threshold_pct, threshold, sizeof(threshold)));
	snprintf(text, size,
	         "too noisy for %g %% here (runs differ by %s %%%s); use %sa paced workload, or "
	         "another machine",
	         100 * rules->threshold.regression, say_percent(100 * words->cv, cv, sizeof(cv)),
	         words->two_modes ? ", in two modes" : "", wider);
}

static void say_more(const struct qb_advice *advice, const struct qb_rules *rules,
                     const struct qb_advice_words *words, char *text, size_t size)
{
	char seconds[48] = "", smallest[32];

	if (words->seconds_per_unit > 0)
		snprintf(seconds, sizeof(seconds), " (about %.0f s)",
		         ceil((double)advice->more * words->seconds_per_unit));
	snprintf(text, size,
	         "needs about %zu more %s%s to decide %g %%; with the present number the smallest "
	         "decidable change is %s %%",
	         advice->more, words->unit, seconds, 100 * rules->threshold.regression,
	         say_percent(advice->smallest_pct, smallest, sizeof(smallest)));
}

void qb_advice_say(const struct qb_advice *advice, const struct qb_rules *rules,
                   const struct qb_advice_words *words, char *text, size_t size)
{
	const double threshold_pct = 100 * rules->threshold.regression;

	switch (advice->kind) {
	case QB_ADVICE_NONE:
		snprintf(text, size, "%s", "");
		break;
	case QB_ADVICE_MINIMUM:
		snprintf(text, size, "too few for any verdict: at least %zu %s are needed",
		         advice->total, words->unit);
		break;
	case QB_ADVICE_MORE:
		say_more(advice, rules, words, text, size);
		break;
	case QB_ADVICE_NOISY:
		say_noisy(advice, rules, words, text, size);
		break;
	case QB_ADVICE_INTERLEAVE:
		snprintf(text, size,
		         "recordings of different times cannot decide %g %%, however many runs "
		         "they have; "
		         "run 'qbench ab', which interleaves both sides",
		         threshold_pct);
		break;
	}
}
