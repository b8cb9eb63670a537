/* compare_recordings -- two result documents, case by case and metric by metric.
 *
 * Two sittings differ although nothing changed, so the interval is widened by what recordings are
 * known, or assumed, to differ by.  Where machine or protocol differ, nothing is comparable. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "harness/compare.h"
#include "harness/workload.h"

static int add_difference(struct qb_comparison_document *document, const char *code,
                          const char *base, const char *fresh)
{
	struct qb_warning *grown =
		realloc(document->differences, (document->difference_count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	document->differences = grown;
	grown += document->difference_count++;
	snprintf(grown->code, sizeof(grown->code), "%s", code);
	snprintf(grown->text, sizeof(grown->text),
	         "%s differs: base has '%.140s', new has '%.140s'", code, base, fresh);
	return 0;
}

static int compare_words(struct qb_comparison_document *document, const char *code,
                         const char *base, const char *fresh)
{
	return strcmp(base, fresh) == 0 ? 0 : add_difference(document, code, base, fresh);
}

static int compare_numbers(struct qb_comparison_document *document, const char *code, double base,
                           double fresh)
{
	char left[32], right[32];

	snprintf(left, sizeof(left), "%.9g", base);
	snprintf(right, sizeof(right), "%.9g", fresh);
	return compare_words(document, code, left, right);
}

/* What makes figures another thing: each difference is listed, not only that there is one. */
static int compare_protocols(const struct qb_document *base, const struct qb_document *fresh,
                             struct qb_comparison_document *document)
{
	const struct qb_protocol *a = &base->protocol, *b = &fresh->protocol;
	int failure = 0;

	if (strcmp(base->protocol_hash, fresh->protocol_hash) == 0)
		return 0;
	failure |= compare_numbers(document, "measured time in s", (double)a->time_ns / 1e9,
	                           (double)b->time_ns / 1e9);
	failure |= compare_numbers(document, "warm-up in s", (double)a->warmup_ns / 1e9,
	                           (double)b->warmup_ns / 1e9);
	failure |= compare_numbers(document, "interval in s", (double)a->interval_ns / 1e9,
	                           (double)b->interval_ns / 1e9);
	failure |= compare_numbers(document, "message count", (double)a->message_count,
	                           (double)b->message_count);
	if (failure == 0 && document->difference_count == 0)
		failure = add_difference(document, "protocol", base->protocol_hash,
		                         fresh->protocol_hash);
	return failure;
}

static int compare_machines(const struct qb_document *base, const struct qb_document *fresh,
                            struct qb_comparison_document *document)
{
	const struct qb_machine *a = &base->machine, *b = &fresh->machine;
	const size_t before = document->difference_count;
	int failure = 0;

	if (strcmp(a->fingerprint, b->fingerprint) == 0)
		return 0;
	failure |= compare_words(document, "CPU", a->cpu, b->cpu);
	failure |= compare_words(document, "kernel", a->kernel, b->kernel);
	failure |= compare_words(document, "hypervisor", a->hypervisor, b->hypervisor);
	failure |= compare_words(document, "governor", a->governor, b->governor);
	failure |= compare_words(document, "clock source", a->clocksource, b->clocksource);
	failure |= compare_words(document, "usable CPUs", a->allowed_cpus, b->allowed_cpus);
	failure |= compare_words(document, "compiler", base->tool.compiler, fresh->tool.compiler);
	failure |= compare_words(document, "compiler flags", base->tool.flags, fresh->tool.flags);
	if (failure == 0 && document->difference_count == before)
		failure = add_difference(document, "machine fingerprint", a->fingerprint,
		                         b->fingerprint);
	return failure;
}

/* How much the machine itself changed; by too much is a difference like any other. */
static int compare_controls(const struct qb_document *base, const struct qb_document *fresh,
                            struct qb_comparison_document *document)
{
	const struct qb_control *a = &base->control, *b = &fresh->control;
	char before[48], after[48];
	int failure = qb_drift_find(a, b, &document->drift);

	if (failure != 0 || !document->drift.moved)
		return failure;
	snprintf(before, sizeof(before), "%.3f M round trips/s",
	         qb_stats_median(a->values, a->n) / 1e6);
	snprintf(after, sizeof(after), "%.3f M round trips/s",
	         qb_stats_median(b->values, b->n) / 1e6);
	return add_difference(document, "control", before, after);
}

static const struct qb_result *find_result(const struct qb_document *document, const char *key)
{
	for (size_t index = 0; index < document->result_count; index++) {
		if (strcmp(document->results[index].c.key, key) == 0)
			return &document->results[index];
	}
	return NULL;
}

/* Keys of `of` that `in` does not have; skipped cases have nothing to compare. */
static int list_alone(const struct qb_document *of, const struct qb_document *in,
                      char (**ret_keys)[QB_KEY_SIZE], size_t *ret_count)
{
	*ret_keys = calloc(of->result_count + 1, sizeof(**ret_keys));
	if (!*ret_keys)
		return -ENOMEM;
	for (size_t index = 0; index < of->result_count; index++) {
		const struct qb_result *result = &of->results[index];

		if (result->status != QB_STATUS_SKIPPED && !find_result(in, result->c.key))
			snprintf((*ret_keys)[(*ret_count)++], QB_KEY_SIZE, "%s", result->c.key);
	}
	return 0;
}

static const struct qb_metric *find_metric(const struct qb_result *result, const char *name)
{
	for (size_t index = 0; index < result->metric_count; index++) {
		if (strcmp(result->metrics[index].name, name) == 0)
			return &result->metrics[index];
	}
	return NULL;
}

static struct qb_comparison *add_comparison(struct qb_comparison_document *document,
                                            const char *key)
{
	struct qb_comparison *grown =
		realloc(document->comparisons, (document->comparison_count + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	document->comparisons = grown;
	grown += document->comparison_count++;
	*grown = (struct qb_comparison){ .gated = true };
	snprintf(grown->key, sizeof(grown->key), "%s", key);
	return grown;
}

/* The values of one side as runs: disturbed ones are known where the file holds a record of each.
 */
static int keep_runs(struct qb_comparison *comparison, enum qb_side_name side,
                     const struct qb_result *result, const struct qb_metric *metric)
{
	struct qb_side_run *runs = calloc(metric->n + 1, sizeof(*runs));

	if (!runs)
		return -ENOMEM;
	for (unsigned run = 0; run < metric->n; run++) {
		runs[run] = (struct qb_side_run){ .status = QB_STATUS_OK,
			                          .value = metric->values[run] };
		if (result->run_count != metric->n)
			continue;
		runs[run].disturbed = result->runs[run].disturbed;
		runs[run].order = result->runs[run].order;
		runs[run].seed = result->runs[run].seed;
		runs[run].start_unix_ms = result->runs[run].start_unix_ms;
	}
	comparison->runs[side] = runs;
	comparison->run_count[side] = metric->n;
	return 0;
}

static void invalidate(struct qb_comparison *comparison, enum qb_side_name culprit,
                       const char *reason)
{
	comparison->judgement.verdict = QB_VERDICT_INVALID;
	comparison->culprit = culprit;
	snprintf(comparison->reason, sizeof(comparison->reason), "%s: %s",
	         culprit == QB_SIDE_BASE ? "base" : "new", reason);
}

/* A case that could not be measured on one side is one invalid comparison. */
static int add_unmeasured(struct qb_comparison_document *document, const struct qb_result *base,
                          const struct qb_result *fresh)
{
	struct qb_comparison *comparison = add_comparison(document, base->c.key);
	const enum qb_side_name culprit =
		fresh->status != QB_STATUS_OK ? QB_SIDE_FRESH : QB_SIDE_BASE;
	const struct qb_result *result = culprit == QB_SIDE_FRESH ? fresh : base;
	const char *status = qb_status_name(result->status);
	char reason[512];

	if (!comparison)
		return -ENOMEM;
	snprintf(comparison->metric, sizeof(comparison->metric), "%s",
	         qb_workload_judged(base->c.workload)->metric);
	comparison->side_status[QB_SIDE_BASE] = base->status;
	comparison->side_status[QB_SIDE_FRESH] = fresh->status;
	snprintf(reason, sizeof(reason), "%s%s%.400s", status,
	         strcmp(status, result->reason) ? ": " : "",
	         strcmp(status, result->reason) ? result->reason : "");
	invalidate(comparison, culprit, reason);
	return 0;
}

static int add_metric(const struct qb_compare_request *request,
                      struct qb_comparison_document *document, const struct qb_result *base,
                      const struct qb_result *fresh, const struct qb_metric *metric)
{
	const struct qb_metric *other = find_metric(fresh, metric->name);
	struct qb_comparison *comparison;

	/* Such as shares of limits that were not measured, or quantiles of too few messages. */
	if (!metric->gated && (!other || metric->n == 0 || other->n == 0))
		return 0;
	comparison = add_comparison(document, base->c.key);
	if (!comparison)
		return -ENOMEM;
	snprintf(comparison->metric, sizeof(comparison->metric), "%s", metric->name);
	snprintf(comparison->unit, sizeof(comparison->unit), "%s", metric->unit);
	comparison->gated = metric->gated;
	comparison->rules = (struct qb_rules){ .higher_is_better = metric->higher_is_better,
		                               .threshold = qb_compare_threshold(
						       request->thresholds, metric->name),
		                               .policy = request->policy };
	if (!other) {
		invalidate(comparison, QB_SIDE_FRESH, "it has no such metric");
		return 0;
	}
	if (metric->n == 0 || other->n == 0) {
		const struct qb_metric *empty = other->n == 0 ? other : metric;

		invalidate(comparison, other->n == 0 ? QB_SIDE_FRESH : QB_SIDE_BASE,
		           empty->reason[0] ? empty->reason : "no run has a value");
		return 0;
	}
	if (keep_runs(comparison, QB_SIDE_BASE, base, metric) != 0 ||
	    keep_runs(comparison, QB_SIDE_FRESH, fresh, other) != 0)
		return -ENOMEM;
	for (size_t run = 0; document->normalized && run < other->n; run++)
		comparison->runs[QB_SIDE_FRESH][run].value *=
			qb_drift_factor(&document->drift, metric->unit);
	return 0;
}

static int match(const struct qb_compare_request *request, struct qb_comparison_document *document)
{
	for (size_t index = 0; index < request->base->result_count; index++) {
		const struct qb_result *base = &request->base->results[index];
		const struct qb_result *fresh = find_result(request->fresh, base->c.key);
		int failure = 0;

		if (!fresh ||
		    (base->status == QB_STATUS_SKIPPED && fresh->status == QB_STATUS_SKIPPED))
			continue;
		if (base->status != QB_STATUS_OK || fresh->status != QB_STATUS_OK)
			failure = add_unmeasured(document, base, fresh);
		for (size_t m = 0; m < base->metric_count && failure == 0 &&
		                   base->status == QB_STATUS_OK && fresh->status == QB_STATUS_OK;
		     m++)
			failure = add_metric(request, document, base, fresh, &base->metrics[m]);
		if (failure != 0)
			return failure;
	}
	return 0;
}

/* Values of one side in a row, as the verdict takes them. */
static double *values_of(const struct qb_comparison *comparison, enum qb_side_name side)
{
	double *values = calloc(comparison->run_count[side] + 1, sizeof(*values));

	for (size_t run = 0; values && run < comparison->run_count[side]; run++)
		values[run] = comparison->runs[side][run].value;
	return values;
}

static int judge(struct qb_comparison_document *document, struct qb_comparison *comparison)
{
	double *base = values_of(comparison, QB_SIDE_BASE);
	double *fresh = values_of(comparison, QB_SIDE_FRESH);
	const struct qb_side a = { base, comparison->run_count[QB_SIDE_BASE] };
	const struct qb_side b = { fresh, comparison->run_count[QB_SIDE_FRESH] };
	const struct qb_recording_term term = qb_compare_term(document);
	int failure = base && fresh ? 0 : -ENOMEM;

	comparison->rules.levels = document->levels;
	if (failure == 0)
		failure = qb_verdict_recordings(&comparison->rules, &a, &b, &term,
		                                &comparison->judgement);
	free(base);
	free(fresh);
	return failure;
}

static int judge_all(struct qb_comparison_document *document)
{
	const struct qb_schedule once = qb_gate_fixed(1);
	int failure = 0;

	for (size_t index = 0; index < document->comparison_count; index++)
		document->family += document->comparisons[index].gated;
	document->levels = qb_gate_levels(&once, document->family ? document->family : 1);
	for (size_t index = 0; index < document->comparison_count && failure == 0; index++) {
		struct qb_comparison *comparison = &document->comparisons[index];

		if (comparison->judgement.verdict == QB_VERDICT_INVALID)
			continue;
		if (document->difference_count > 0 && !document->forced)
			invalidate(comparison, QB_SIDE_FRESH,
			           document->drift.moved && document->difference_count == 1
			                   ? "the machine itself has changed too much"
			                   : "it was measured on another machine or in "
			                     "another way");
		else
			failure = judge(document, comparison);
	}
	return failure;
}

static struct qb_recording_term recording_term(const struct qb_compare_request *request)
{
	struct qb_recording_term term;

	if (isfinite(request->recording_sd))
		return (struct qb_recording_term){ 1, request->recording_sd, true };
	term = qb_recording_estimate(NULL, 1,
	                             request->base->machine.hypervisor[0] != 0 &&
	                                     strcmp(request->base->machine.hypervisor, "none") !=
	                                             0);
	return term;
}

static int normalize(struct qb_comparison_document *document, struct qb_error *error)
{
	const struct qb_drift *drift = &document->drift;

	if (!drift->known)
		return qb_error_set(error, EINVAL, "nothing to normalize by: %s", drift->reason);
	if (!drift->shift.exists)
		return qb_error_set(error, EINVAL,
		                    "the control has too few values to normalize by: base has %u, "
		                    "new has %u",
		                    drift->base_count, drift->fresh_count);
	document->normalized = true;
	return 0;
}

int qb_compare_recordings(const struct qb_compare_request *request,
                          struct qb_comparison_document *document, struct qb_error *error)
{
	int failure = compare_protocols(request->base, request->fresh, document);

	document->forced = request->force;
	document->policy = request->policy;
	document->machine = request->fresh->machine;
	document->protocol = request->fresh->protocol;
	document->recording = recording_term(request);
	snprintf(document->mode, sizeof(document->mode), "recordings");
	if (failure == 0)
		failure = compare_machines(request->base, request->fresh, document);
	if (failure == 0)
		failure = compare_controls(request->base, request->fresh, document);
	if (failure == 0 && request->normalize && normalize(document, error) != 0)
		return -error->code;
	if (failure == 0)
		failure = list_alone(request->base, request->fresh, &document->missing,
		                     &document->missing_count);
	if (failure == 0)
		failure = list_alone(request->fresh, request->base, &document->added,
		                     &document->added_count);
	if (failure == 0)
		failure = match(request, document);
	if (failure == 0)
		failure = judge_all(document);
	if (failure != 0)
		return qb_error_set(error, -failure, "out of memory for the comparison");
	return 0;
}
