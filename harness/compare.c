/* compare -- from the runs of two sides to a verdict: in pairs, or as two recordings.
 *
 * Disturbed runs stay in the verdict, since the slower side may cause its own disturbance; what
 * the verdict would be without them is told beside it. */
#include "harness/compare.h"

#include <math.h>
#include <stdio.h>

#include "harness/contrast.h"

static int pair_deltas(const struct qb_comparison *comparison, bool disturbed_too, double *deltas,
                       size_t *ret_count)
{
	const struct qb_side_run *base = comparison->runs[QB_SIDE_BASE];
	const struct qb_side_run *fresh = comparison->runs[QB_SIDE_FRESH];
	const size_t bases = comparison->run_count[QB_SIDE_BASE];
	const size_t freshes = comparison->run_count[QB_SIDE_FRESH];
	const size_t pairs = bases < freshes ? bases : freshes;

	*ret_count = 0;
	for (size_t pair = 0; pair < pairs; pair++) {
		if (!disturbed_too && (base[pair].disturbed || fresh[pair].disturbed))
			continue;
		deltas[(*ret_count)++] = qb_verdict_delta(base[pair].value, fresh[pair].value,
		                                          comparison->rules.higher_is_better);
	}
	return *ret_count > 0 ? 0 : -ENODATA;
}

int qb_compare_judge_pairs(struct qb_comparison *comparison, struct qb_error *error)
{
	const size_t most = comparison->run_count[QB_SIDE_BASE];
	double *deltas = calloc(most + 1, sizeof(*deltas));
	size_t count;

	if (!deltas)
		return qb_error_set(error, ENOMEM, "out of memory for %zu pairs", most);
	if (pair_deltas(comparison, true, deltas, &count) == 0)
		comparison->judgement = qb_verdict_pairs(&comparison->rules, deltas, count);
	comparison->depends_on_disturbed = false;
	if (pair_deltas(comparison, false, deltas, &count) == 0 && count < most) {
		const struct qb_judgement calm =
			qb_verdict_pairs(&comparison->rules, deltas, count);

		comparison->depends_on_disturbed = calm.verdict != comparison->judgement.verdict;
	}
	free(deltas);
	return 0;
}

struct qb_threshold qb_compare_threshold(const double *thresholds, const char *metric)
{
	static const char *const names[] = { "throughput", "latency", "memory" };
	const struct qb_threshold standard = qb_verdict_threshold(metric);

	for (int index = 0; index < 3; index++) {
		if (strncmp(metric, names[index], strlen(names[index])) == 0 &&
		    thresholds[index] > 0)
			return (struct qb_threshold){ thresholds[index], thresholds[index] };
	}
	return standard;
}

double *qb_compare_values(const struct qb_comparison *comparison, enum qb_side_name side,
                          size_t *ret_count)
{
	double *values = calloc(comparison->run_count[side] + 1, sizeof(*values));

	*ret_count = 0;
	for (size_t run = 0; values && run < comparison->run_count[side]; run++) {
		if (comparison->runs[side][run].status == QB_STATUS_OK)
			values[(*ret_count)++] = comparison->runs[side][run].value;
	}
	return values;
}

static double *logs_of(const double *values, size_t count)
{
	double *logs = calloc(count + 1, sizeof(*logs));

	if (!logs)
		return NULL;
	for (size_t run = 0; run < count; run++)
		logs[run] = log(values[run]);
	return logs;
}

static struct qb_side_shape shape_of(const struct qb_comparison *comparison, enum qb_side_name side,
                                     const double *values, const double *logs, size_t n)
{
	struct qb_side_shape shape = { .n = (unsigned)n };

	for (size_t run = 0; run < comparison->run_count[side]; run++)
		shape.disturbed_count += comparison->runs[side][run].disturbed;
	if (n == 0)
		return shape;
	shape.median = qb_stats_median(values, n);
	shape.mean = qb_stats_mean(values, n);
	shape.robust_sd = 1.4826 * qb_stats_mad(values, n);
	shape.cv = shape.mean > 0 ? qb_stats_stddev(values, n) / shape.mean : 0;
	shape.min = shape.max = values[0];
	for (size_t run = 0; run < n; run++) {
		shape.min = fmin(shape.min, values[run]);
		shape.max = fmax(shape.max, values[run]);
	}
	shape.outliers = qb_diagnosis_outliers(logs, n);
	shape.modes =
		qb_diagnosis_modes(logs, n, qb_verdict_regression_bound(&comparison->rules) / 2);
	return shape;
}

/* Where both sides run in two modes: the chance that they do so equally often. */
static double mode_shares_p(const struct qb_comparison *comparison)
{
	const struct qb_side_shape *base = &comparison->shapes[QB_SIDE_BASE];
	const struct qb_side_shape *fresh = &comparison->shapes[QB_SIDE_FRESH];

	if (!base->modes.two || !fresh->modes.two)
		return 1;
	return qb_contrast_fisher_p(base->modes.low_count, base->n, fresh->modes.low_count,
	                            fresh->n);
}

struct qb_recording_term qb_compare_term(const struct qb_comparison_document *document)
{
	return document->normalized ? qb_drift_widen(&document->drift, &document->recording)
	                            : document->recording;
}

static void advise(const struct qb_comparison_document *document, struct qb_comparison *comparison,
                   unsigned cap)
{
	const struct qb_side_shape *base = &comparison->shapes[QB_SIDE_BASE];
	const struct qb_side_shape *fresh = &comparison->shapes[QB_SIDE_FRESH];
	const struct qb_recording_term term = qb_compare_term(document);
	const struct qb_advice_words words = { .unit = comparison->paired ? "pairs"
		                                                          : "runs per side",
		                               .seconds_per_unit = comparison->seconds_per_unit,
		                               .cv = fmax(base->cv, fresh->cv),
		                               .two_modes = base->modes.two || fresh->modes.two };

	comparison->advice = qb_advice_make(&comparison->judgement, &comparison->rules, cap,
	                                    comparison->paired ? NULL : &term);
	qb_advice_say(&comparison->advice, &comparison->rules, &words, comparison->advice_text,
	              sizeof(comparison->advice_text));
}

static int settle_one(const struct qb_comparison_document *document,
                      struct qb_comparison *comparison, unsigned cap, struct qb_error *error)
{
	double *values[QB_SIDE_COUNT], *logs[QB_SIDE_COUNT];
	struct qb_side sides[QB_SIDE_COUNT];
	bool memory = true;

	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		size_t n;

		values[side] = qb_compare_values(comparison, (enum qb_side_name)side, &n);
		logs[side] = values[side] ? logs_of(values[side], n) : NULL;
		memory &= logs[side] != NULL;
		if (!logs[side])
			continue;
		sides[side] = (struct qb_side){ values[side], n };
		comparison->shapes[side] =
			shape_of(comparison, (enum qb_side_name)side, values[side], logs[side], n);
	}
	if (memory && sides[0].count > 0 && sides[1].count > 0) {
		comparison->cliff = qb_contrast_cliff(sides[0].values, sides[0].count,
		                                      sides[1].values, sides[1].count);
		comparison->means_disagree =
			comparison->judgement.verdict != QB_VERDICT_INVALID &&
			qb_verdict_means_disagree(&comparison->judgement, &sides[0], &sides[1],
		                                  comparison->rules.higher_is_better);
	}
	comparison->mode_shares_p = mode_shares_p(comparison);
	if (memory)
		advise(document, comparison, cap);
	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		free(values[side]);
		free(logs[side]);
	}
	return memory ? 0 : qb_error_set(error, ENOMEM, "out of memory for the comparison");
}

static bool is_incorrect(const struct qb_comparison *comparison)
{
	return comparison->side_status[QB_SIDE_BASE] == QB_STATUS_INCORRECT ||
	       comparison->side_status[QB_SIDE_FRESH] == QB_STATUS_INCORRECT;
}

static bool fresh_broke(const struct qb_comparison *comparison)
{
	const enum qb_status status = comparison->side_status[QB_SIDE_FRESH];

	return status == QB_STATUS_CRASHED || status == QB_STATUS_TIMEOUT;
}

static struct qb_tally tally_of(const struct qb_comparison_document *document)
{
	struct qb_tally tally = { .invalid = document->difference_count > 0 && !document->forced };

	for (size_t index = 0; index < document->comparison_count; index++) {
		const struct qb_comparison *comparison = &document->comparisons[index];

		tally.incorrect |= is_incorrect(comparison);
		tally.fresh_crashed |= fresh_broke(comparison);
		if (comparison->gated)
			qb_gate_count(&tally, &comparison->judgement, document->fail_on);
	}
	for (size_t index = 0; index < document->requirement_count; index++) {
		const enum qb_verdict verdict = document->requirements[index].verdict;

		tally.failing += verdict == QB_VERDICT_REGRESSION;
		tally.invalid |= verdict == QB_VERDICT_INVALID;
		tally.undecided |= verdict == QB_VERDICT_INCONCLUSIVE;
	}
	return tally;
}

/* Of fresh over base, turned so that more is better. */
static double ratio_gmean(const struct qb_comparison_document *document)
{
	double sum = 0;
	unsigned count = 0;

	for (size_t index = 0; index < document->comparison_count; index++) {
		const struct qb_comparison *comparison = &document->comparisons[index];

		if (!comparison->gated || comparison->judgement.verdict == QB_VERDICT_INVALID ||
		    !isfinite(comparison->judgement.ci95.estimate))
			continue;
		sum -= comparison->judgement.ci95.estimate;
		count++;
	}
	return count > 0 ? exp(sum / count) : NAN;
}

int qb_compare_settle(struct qb_comparison_document *document, unsigned cap, struct qb_error *error)
{
	struct qb_tally tally;

	for (size_t index = 0; index < document->comparison_count; index++) {
		const int failure = settle_one(document, &document->comparisons[index], cap, error);

		if (failure != 0)
			return failure;
	}
	tally = tally_of(document);
	memcpy(document->counts, tally.counts, sizeof(document->counts));
	document->ratio_gmean = ratio_gmean(document);
	document->exit_code =
		document->interrupted ? 130 : qb_gate_exit_code(&tally, document->inconclusive);
	return 0;
}

void qb_comparison_finish(struct qb_comparison_document *document)
{
	for (size_t index = 0; index < document->comparison_count; index++) {
		free(document->comparisons[index].runs[QB_SIDE_BASE]);
		free(document->comparisons[index].runs[QB_SIDE_FRESH]);
	}
	free(document->comparisons);
	free(document->differences);
	free(document->missing);
	free(document->added);
	free(document->requirements);
	*document = (struct qb_comparison_document){ 0 };
}
