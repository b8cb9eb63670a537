/* test_verdict -- verdicts, severities, the term between recordings, advice. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "harness/advice.h"
#include "harness/verdict.h"

#define N 10

static const double a[N] = { 9.81, 10.12, 9.95, 10.31, 9.77, 10.05, 9.90, 10.22, 9.60, 10.01 };
static const double b[N] = { 9.31, 9.62, 9.40, 9.71, 9.22, 9.58, 9.37, 9.66, 9.05, 9.47 };
static const double c[N] = { 9.75, 10.20, 9.88, 10.25, 9.85, 9.99, 9.93, 10.30, 9.52, 10.08 };

static const struct qb_recording_term no_term = { 1, 0, true };

static struct qb_rules make_rules(double level)
{
	return (struct qb_rules){ .higher_is_better = true,
		                  .threshold = { .05, .05 },
		                  .levels = { level, level } };
}

static struct qb_judgement judge_pairs(const struct qb_rules *rules, const double *base,
                                       const double *fresh)
{
	double deltas[N];

	for (size_t i = 0; i < N; i++)
		deltas[i] = qb_verdict_delta(base[i], fresh[i], rules->higher_is_better);
	return qb_verdict_pairs(rules, deltas, N);
}

static struct qb_judgement judge_files(const struct qb_rules *rules, const double *base,
                                       const double *fresh, const struct qb_recording_term *term)
{
	const struct qb_side sides[] = { { base, N }, { fresh, N } };
	struct qb_judgement judgement;

	cr_assert_eq(qb_verdict_recordings(rules, &sides[0], &sides[1], term, &judgement), 0);
	return judgement;
}

Test(verdict, published_vectors_at_every_level)
{
	const double levels[] = { .05, .01, .002 };

	for (size_t i = 0; i < 3; i++) {
		const struct qb_rules rules = make_rules(levels[i]);

		cr_expect_eq(judge_pairs(&rules, a, b).verdict, QB_VERDICT_REGRESSION);
		cr_expect_eq(judge_pairs(&rules, a, c).verdict, QB_VERDICT_NO_CHANGE);
		cr_expect_eq(judge_files(&rules, a, b, &no_term).verdict, QB_VERDICT_REGRESSION);
		cr_expect_eq(judge_files(&rules, a, c, &no_term).verdict, QB_VERDICT_NO_CHANGE);
		cr_expect_eq(judge_pairs(&rules, b, a).verdict, QB_VERDICT_IMPROVEMENT);
	}
}

Test(verdict, numbers_are_said_in_the_metric_s_own_direction)
{
	const struct qb_rules rules = make_rules(.01);
	const struct qb_judgement j = judge_pairs(&rules, a, b);
	const struct qb_judgement better = judge_pairs(&rules, b, a);

	cr_expect_float_eq(j.change_pct, 100 * (exp(-.055456) - 1), 1e-3);
	cr_expect_float_eq(j.ci95_pct[0], 100 * (exp(-.057931) - 1), 1e-3);
	cr_expect_float_eq(j.ci95_pct[1], 100 * (exp(-.052313) - 1), 1e-3);
	cr_expect_float_eq(j.at_least_pct, 100 * (1 - exp(-.050669)), 1e-3);
	cr_expect_eq(j.severity, QB_SEVERITY_MINOR);
	cr_expect_float_eq(better.change_pct, 100 * (exp(.055456) - 1), 1e-3);
	cr_expect_float_eq(better.at_least_pct, 100 * (exp(.050669) - 1), 1e-3);
	cr_expect_eq(better.severity, QB_SEVERITY_NONE);
	cr_expect_eq(j.base_count, N);
}

Test(verdict, lower_is_better_turns_the_sign)
{
	struct qb_rules rules = make_rules(.01);

	rules.higher_is_better = false;
	cr_expect_eq(judge_pairs(&rules, b, a).verdict, QB_VERDICT_REGRESSION);
	cr_expect_gt(judge_pairs(&rules, b, a).change_pct, 5);
	cr_expect_eq(judge_files(&rules, b, a, &no_term).verdict, QB_VERDICT_REGRESSION);
	cr_expect_eq(judge_files(&rules, a, b, &no_term).verdict, QB_VERDICT_IMPROVEMENT);
	cr_expect_float_eq(qb_verdict_regression_bound(&rules), log(1.05), 1e-12);
	cr_expect_float_eq(qb_verdict_improvement_bound(&rules), -log(.95), 1e-12);
	rules.higher_is_better = true;
	cr_expect_float_eq(qb_verdict_regression_bound(&rules), -log(.95), 1e-12);
	cr_expect_float_eq(qb_verdict_improvement_bound(&rules), log(1.05), 1e-12);
}

/* Ten equal deltas have an interval of no width: each zone can be met exactly. */
static struct qb_judgement judge_exact(const struct qb_rules *rules, double delta)
{
	double deltas[N];

	for (size_t i = 0; i < N; i++)
		deltas[i] = delta;
	return qb_verdict_pairs(rules, deltas, N);
}

Test(verdict, severity_rises_at_one_two_and_four_thresholds)
{
	const struct qb_rules rules = make_rules(.01);

	cr_expect_eq(judge_exact(&rules, -log(.951)).verdict, QB_VERDICT_NO_CHANGE);
	cr_expect(judge_exact(&rules, -log(.951)).detectable, "small, but there");
	cr_expect(!judge_exact(&rules, 0).detectable);
	cr_expect_eq(judge_exact(&rules, -log(.951)).severity, QB_SEVERITY_NONE);
	cr_expect_eq(judge_exact(&rules, -log(.949)).severity, QB_SEVERITY_MINOR);
	cr_expect_eq(judge_exact(&rules, -log(.901)).severity, QB_SEVERITY_MINOR);
	cr_expect_eq(judge_exact(&rules, -log(.90)).severity, QB_SEVERITY_ALERT);
	cr_expect_eq(judge_exact(&rules, -log(.801)).severity, QB_SEVERITY_ALERT);
	cr_expect_eq(judge_exact(&rules, -log(.80)).severity, QB_SEVERITY_HIGH);
	cr_expect_eq(judge_exact(&rules, -log(.80)).severity_confirmed, QB_SEVERITY_HIGH);
}

Test(verdict, confirmed_severity_is_that_of_what_is_certain)
{
	const struct qb_rules rules = make_rules(.01);
	const double deltas[N] = { .06, .21, .22, .23, .24, .25, .26, .27, .28, .29 };
	const struct qb_judgement j = qb_verdict_pairs(&rules, deltas, N);

	cr_expect_eq(j.verdict, QB_VERDICT_REGRESSION);
	cr_expect_eq(j.severity, QB_SEVERITY_HIGH);
	cr_expect_eq(j.severity_confirmed, QB_SEVERITY_ALERT, "at least %g", j.at_least_pct);
	cr_expect_lt(j.at_least_pct, -j.change_pct);
}

Test(verdict, too_little_known_is_inconclusive)
{
	const struct qb_rules rules = make_rules(.01);
	const double wide[N] = { -.2, -.15, -.1, -.05, .01, .02, .05, .1, .15, .2 };

	cr_expect_eq(qb_verdict_pairs(&rules, wide, N).verdict, QB_VERDICT_INCONCLUSIVE);
	cr_expect_eq(qb_verdict_pairs(&rules, wide + 8, 2).verdict, QB_VERDICT_INCONCLUSIVE,
	             "no interval");
	cr_expect(isinf(qb_verdict_pairs(&rules, wide, 2).ci95_pct[1]));
}

Test(verdict, policies_differ_where_the_interval_holds_the_threshold)
{
	struct qb_rules rules = make_rules(.01);
	const double around[N] = { .03, .035, .04, .045, .05, .055, .06, .065, .07, .075 };

	cr_expect_eq(qb_verdict_pairs(&rules, around, N).verdict, QB_VERDICT_REGRESSION);
	rules.policy = QB_POLICY_STRICT;
	cr_expect_eq(qb_verdict_pairs(&rules, around, N).verdict, QB_VERDICT_INCONCLUSIVE);
	cr_expect_eq(judge_exact(&rules, .06).verdict, QB_VERDICT_REGRESSION);
	cr_expect_eq(judge_exact(&rules, -.06).verdict, QB_VERDICT_IMPROVEMENT);
	rules.policy = QB_POLICY_POINT;
	cr_expect_eq(qb_verdict_pairs(&rules, around, N).verdict, QB_VERDICT_REGRESSION);
	cr_expect_eq(qb_verdict_pairs(&rules, around, 2).verdict, QB_VERDICT_NO_CHANGE);
}

Test(verdict, impossible_values_are_invalid)
{
	const struct qb_rules rules = make_rules(.01);
	double bad[N];

	memcpy(bad, a, sizeof(bad));
	bad[3] = 0;
	cr_expect_eq(judge_files(&rules, a, bad, &no_term).verdict, QB_VERDICT_INVALID);
	bad[3] = NAN;
	cr_expect_eq(judge_files(&rules, bad, a, &no_term).verdict, QB_VERDICT_INVALID);
	bad[3] = INFINITY;
	cr_expect_eq(judge_pairs(&rules, a, bad).verdict, QB_VERDICT_INVALID);
	cr_expect_eq(qb_verdict_pairs(&rules, a, 0).verdict, QB_VERDICT_INVALID);
}

Test(verdict, metrics_have_thresholds_by_their_first_word)
{
	cr_expect_eq(qb_verdict_threshold("throughput").regression, .05);
	cr_expect_eq(qb_verdict_threshold("latency_p99").regression, .10);
	cr_expect_eq(qb_verdict_threshold("memory").improvement, .15);
	cr_expect_eq(qb_verdict_threshold("lat").regression, .10);
}

Test(verdict, unequal_counts_take_the_wider_of_two_intervals)
{
	const struct qb_rules rules = make_rules(.01);
	const struct qb_side base = { a, N }, few = { b, 6 }, most = { b, 8 };
	struct qb_judgement j;
	struct qb_interval ranks;
	double log_a[N], log_b[N];

	for (size_t i = 0; i < N; i++) {
		log_a[i] = -log(a[i]);
		log_b[i] = -log(b[i]);
	}
	ranks = qb_stats_shift(log_a, N, log_b, 6, .01);
	cr_assert_eq(qb_verdict_recordings(&rules, &base, &few, &no_term, &j), 0);
	cr_expect(j.change.low <= ranks.low && j.change.high >= ranks.high);
	cr_expect(j.change.low < ranks.low || j.change.high > ranks.high);
	ranks = qb_stats_shift(log_a, N, log_b, 8, .01);
	cr_assert_eq(qb_verdict_recordings(&rules, &base, &most, &no_term, &j), 0);
	cr_expect_float_eq(j.change.low, ranks.low, 1e-12);
}

Test(verdict, means_that_disagree_tell_of_another_shape)
{
	const struct qb_rules rules = make_rules(.05);
	const struct qb_side base = { a, N }, fresh = { c, N };
	const double spoiled[N] = { 9.75, 10.20, 9.88, 10.25, 9.85, 9.99, 9.93, 10.30, 9.52, 1.08 };
	const struct qb_side odd = { spoiled, N };
	const struct qb_judgement same = judge_files(&rules, a, c, &no_term);
	const struct qb_judgement other = judge_files(&rules, a, spoiled, &no_term);

	cr_expect(!qb_verdict_means_disagree(&same, &base, &fresh, true));
	cr_expect(qb_verdict_means_disagree(&other, &base, &odd, true));
}

Test(recording, few_recordings_have_an_assumed_spread)
{
	const struct qb_recording one = qb_recording_of_logs(a, N);
	struct qb_recording_term term = qb_recording_estimate(&one, 1, true);

	cr_expect(term.assumed);
	cr_expect_eq(term.sd, .03);
	cr_expect_float_eq(qb_recording_reach(&term, .05), 1.959964 * .03 * sqrt(2), 1e-7);
	term = qb_recording_estimate(NULL, 0, false);
	cr_expect_eq(term.sd, .01);
	cr_expect_eq(term.count, 1);
}

Test(recording, many_recordings_tell_theirs)
{
	const struct qb_recording five[] = {
		{ 1, .1 }, { 2, .1 }, { 3, .1 }, { 4, .1 }, { 5, .1 }
	};
	const struct qb_recording calm[] = { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1.1, 1 } };
	struct qb_recording_term term = qb_recording_estimate(five, 5, true);

	cr_expect(!term.assumed);
	cr_expect_float_eq(term.sd, sqrt(2.5 - .1), 1e-12);
	/* t(.01, 4) = 4.6041 */
	cr_expect_float_eq(qb_recording_reach(&term, .01), 4.60409 * term.sd * sqrt(1.2), 1e-4);
	term = qb_recording_estimate(calm, 5, true);
	cr_expect_eq(term.sd, 0);
}

Test(recording, term_widens_each_half_and_keeps_the_estimate)
{
	const struct qb_recording_term term = { 1, .03, true };
	const struct qb_interval narrow = { .01, .01 - .03, .01 + .04, true };
	const struct qb_interval wide = qb_recording_widen(&narrow, &term, .05);
	const struct qb_interval none = { .01, -INFINITY, INFINITY, false };
	const double reach = qb_recording_reach(&term, .05);

	cr_expect_eq(wide.estimate, .01);
	cr_expect_float_eq(wide.low, .01 - hypot(.03, reach), 1e-12);
	cr_expect_float_eq(wide.high, .01 + hypot(.04, reach), 1e-12);
	cr_expect(isinf(qb_recording_widen(&none, &term, .05).low));
}

Test(recording, assumed_spread_leaves_five_percent_open)
{
	const struct qb_rules rules = make_rules(.01);
	const struct qb_recording_term term = qb_recording_estimate(NULL, 0, true);
	const struct qb_judgement j = judge_files(&rules, a, b, &term);
	const struct qb_advice advice = qb_advice_make(&j, &rules, 60, &term);

	cr_expect_eq(j.verdict, QB_VERDICT_INCONCLUSIVE);
	cr_expect_eq(advice.kind, QB_ADVICE_INTERLEAVE);
}

static const double open_deltas[N] = { -.08, -.06, -.04, -.02, 0, .02, .04, .06, .08, .1 };

Test(advice, more_pairs_are_advised_by_the_square_of_the_width)
{
	const struct qb_rules rules = make_rules(.01);
	const struct qb_judgement j = qb_verdict_pairs(&rules, open_deltas, N);
	const double half = (j.no_change.high - j.no_change.low) / 2;
	const struct qb_advice advice = qb_advice_make(&j, &rules, 0, NULL);
	const struct qb_advice_words words = { "pairs", 1.5, .05, false };
	char text[256];

	cr_assert_eq(j.verdict, QB_VERDICT_INCONCLUSIVE);
	cr_expect_eq(advice.kind, QB_ADVICE_MORE);
	cr_expect_eq(advice.total, (size_t)ceil(1.1 * N * pow(half / (log(1.05) / 2), 2)));
	cr_expect_eq(advice.more, advice.total - N);
	cr_expect_float_eq(advice.smallest_pct, 100 * (exp(2 * half) - 1), 1e-9);
	qb_advice_say(&advice, &rules, &words, text, sizeof(text));
	cr_expect(strstr(text, "more pairs (about "), "%s", text);
	cr_expect(strstr(text, "to decide 5 %;"), "%s", text);
}

Test(advice, says_the_least_number_where_there_is_no_interval)
{
	struct qb_rules rules = make_rules(.002);
	const struct qb_judgement j = qb_verdict_pairs(&rules, open_deltas, 6);
	const struct qb_advice advice = qb_advice_make(&j, &rules, 60, NULL);
	const struct qb_advice runs = qb_advice_make(&j, &rules, 60, &no_term);

	cr_expect_eq(advice.kind, QB_ADVICE_MINIMUM);
	cr_expect_eq(advice.total, 10);
	cr_expect_eq(advice.more, 4);
	cr_expect_eq(runs.total, 7);
}

Test(advice, gives_up_beyond_five_times_the_cap)
{
	const struct qb_rules rules = make_rules(.01);
	double wild[N];
	struct qb_judgement j;
	struct qb_advice advice;
	char text[256];

	for (size_t i = 0; i < N; i++)
		wild[i] = open_deltas[i] * 10;
	j = qb_verdict_pairs(&rules, wild, N);
	advice = qb_advice_make(&j, &rules, 60, NULL);
	cr_expect_eq(advice.kind, QB_ADVICE_NOISY);
	cr_expect_gt(advice.threshold_pct, 20);
	qb_advice_say(&advice, &rules, &(struct qb_advice_words){ "pairs", 1, .5, true }, text,
	              sizeof(text));
	cr_expect(strstr(text, "in two modes"), "%s", text);
	cr_expect_eq(qb_advice_make(&j, &rules, 0, NULL).kind, QB_ADVICE_MORE);
}

Test(advice, is_silent_on_what_is_decided)
{
	const struct qb_rules rules = make_rules(.01);
	const struct qb_judgement j = judge_exact(&rules, 0);
	const struct qb_advice advice = qb_advice_make(&j, &rules, 60, NULL);
	char text[8] = "x";

	cr_expect_eq(advice.kind, QB_ADVICE_NONE);
	qb_advice_say(&advice, &rules, &(struct qb_advice_words){ 0 }, text, sizeof(text));
	cr_expect_str_eq(text, "");
}
