/* comparison_json -- qbench-comparison/1: everything, exact, with every run kept raw, so that any
 * verdict can be recomputed.  What is not finite is null. */
#include "reports/comparison_report.h"

#include <math.h>

#include "reports/json_members.h"

#define SCHEMA "qbench-comparison/1"

static const char *const policies[QB_POLICY_COUNT] = { "guard", "strict", "point" };
static const char *const inconclusive_words[] = { "report", "pass", "fail" };

/* JSON's integers end at 2^63 for many readers. */
static void write_seed(struct qb_json_writer *json, uint64_t seed)
{
	char digits[24];

	if (seed <= INT64_MAX) {
		qb_json_writer_count(json, "seed", seed);
		return;
	}
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)seed);
	qb_json_writer_text(json, "seed", digits);
}

/* Back from a log: no more digits than every C library agrees on. */
static double unlog(double value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.9g", exp(value));
	return strtod(digits, NULL);
}

static void write_pair(struct qb_json_writer *json, const char *key, bool known, double low,
                       double high)
{
	if (!known) {
		qb_json_writer_null(json, key);
		return;
	}
	qb_json_writer_open_list(json, key);
	qb_json_writer_flatten(json);
	qb_json_writer_number(json, NULL, low);
	qb_json_writer_number(json, NULL, high);
	qb_json_writer_close(json);
}

/* Of delta: the loss in log units, as it was judged. */
static void write_interval(struct qb_json_writer *json, const char *key, double level,
                           const struct qb_interval *interval)
{
	qb_json_writer_open_object(json, key);
	qb_json_writer_flatten(json);
	qb_json_writer_number(json, "level", 1 - level);
	qb_json_writer_number(json, "estimate", interval->estimate);
	qb_json_writer_number(json, "low", interval->exists ? interval->low : NAN);
	qb_json_writer_number(json, "high", interval->exists ? interval->high : NAN);
	qb_json_writer_close(json);
}

static void write_severity(struct qb_json_writer *json, const char *key, enum qb_severity severity)
{
	if (severity == QB_SEVERITY_NONE)
		qb_json_writer_null(json, key);
	else
		qb_json_writer_text(json, key, qb_verdict_severity_name(severity));
}

static void write_judgement(struct qb_json_writer *json, const struct qb_comparison *comparison)
{
	const struct qb_judgement *j = &comparison->judgement;
	const bool valid = j->verdict != QB_VERDICT_INVALID;

	qb_json_writer_text(json, "verdict", qb_verdict_name(j->verdict));
	qb_json_writer_number(json, "change_pct", valid ? j->change_pct : NAN);
	write_pair(json, "ci95_pct", valid && j->ci95.exists, j->ci95_pct[0], j->ci95_pct[1]);
	write_severity(json, "severity", j->severity);
	write_severity(json, "severity_confirmed", j->severity_confirmed);
	qb_json_writer_number(json, "at_least_pct", j->at_least_pct > 0 ? j->at_least_pct : NAN);
	qb_json_writer_flag(json, "detectable", j->detectable);
	qb_json_writer_open_object(json, "delta");
	if (valid) {
		write_interval(json, "no_change", comparison->rules.levels.no_change,
		               &j->no_change);
		write_interval(json, "change", comparison->rules.levels.change, &j->change);
		write_interval(json, "ci95", 0.05, &j->ci95);
	}
	qb_json_writer_close(json);
}

static void write_shape(struct qb_json_writer *json, const struct qb_side_shape *shape)
{
	const bool some = shape->n > 0;

	qb_json_writer_number(json, "median", some ? shape->median : NAN);
	qb_json_writer_number(json, "mean", some ? shape->mean : NAN);
	qb_json_writer_number(json, "robust_sd", shape->n > 1 ? shape->robust_sd : NAN);
	qb_json_writer_number(json, "cv", shape->n > 1 ? shape->cv : NAN);
	qb_json_writer_number(json, "min", some ? shape->min : NAN);
	qb_json_writer_number(json, "max", some ? shape->max : NAN);
	qb_json_writer_count(json, "disturbed", shape->disturbed_count);
	qb_json_writer_open_object(json, "outliers");
	qb_json_writer_flatten(json);
	qb_json_writer_count(json, "mild", shape->outliers.mild);
	qb_json_writer_count(json, "severe", shape->outliers.severe);
	qb_json_writer_count(json, "far", shape->outliers.far);
	qb_json_writer_close(json);
	if (!shape->modes.two) {
		qb_json_writer_null(json, "modes");
		return;
	}
	qb_json_writer_open_object(json, "modes");
	qb_json_writer_flatten(json);
	qb_json_writer_number(json, "low", unlog(shape->modes.low));
	qb_json_writer_number(json, "high", unlog(shape->modes.high));
	qb_json_writer_count(json, "low_count", shape->modes.low_count);
	qb_json_writer_number(json, "separation", shape->modes.separation);
	qb_json_writer_close(json);
}

static void write_run(struct qb_json_writer *json, const struct qb_side_run *run)
{
	char seed[24];

	snprintf(seed, sizeof(seed), "%016llx", (unsigned long long)run->seed);
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_flatten(json);
	qb_json_writer_count(json, "order", run->order);
	qb_json_writer_number(json, "value", run->value);
	qb_json_writer_text(json, "status", qb_status_name(run->status));
	qb_json_writer_text_or_null(json, "reason", run->reason);
	qb_json_writer_text(json, "seed", seed);
	qb_json_writer_flag(json, "disturbed", run->disturbed);
	qb_json_writer_count(json, "start_unix_ms",
	                     run->start_unix_ms > 0 ? (uint64_t)run->start_unix_ms : 0);
	qb_json_writer_close(json);
}

static void write_side(struct qb_json_writer *json, const struct qb_comparison *comparison,
                       enum qb_side_name side)
{
	qb_json_writer_open_object(json, side == QB_SIDE_BASE ? "base" : "new");
	qb_json_writer_text(json, "status", qb_status_name(comparison->side_status[side]));
	write_shape(json, &comparison->shapes[side]);
	qb_json_writer_open_list(json, "runs");
	for (size_t run = 0; run < comparison->run_count[side]; run++)
		write_run(json, &comparison->runs[side][run]);
	qb_json_writer_close(json);
	qb_json_writer_close(json);
}

static void write_comparison(struct qb_json_writer *json, const struct qb_comparison *comparison)
{
	const bool higher = comparison->rules.higher_is_better;
	const bool valid = comparison->judgement.verdict != QB_VERDICT_INVALID;

	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "key", comparison->key);
	qb_json_writer_text(json, "metric", comparison->metric);
	qb_json_writer_text(json, "unit", comparison->unit);
	qb_json_writer_text(json, "better", higher ? "higher" : "lower");
	qb_json_writer_flag(json, "gated", comparison->gated);
	qb_json_writer_number(json, "threshold_pct", 100 * comparison->rules.threshold.regression);
	write_judgement(json, comparison);
	qb_json_writer_count(json, "n_base", comparison->shapes[QB_SIDE_BASE].n);
	qb_json_writer_count(json, "n_new", comparison->shapes[QB_SIDE_FRESH].n);
	qb_json_writer_text_or_null(json, "advice", comparison->advice_text);
	qb_json_writer_count(json, "more_needed", comparison->advice.more);
	qb_json_writer_text_or_null(json, "reason", comparison->reason);
	qb_json_writer_flag(json, "paired", comparison->paired);
	qb_json_writer_number(json, "cliffs_delta", valid ? comparison->cliff : NAN);
	qb_json_writer_number(json, "mode_shares_p", comparison->mode_shares_p);
	qb_json_writer_flag(json, "means_disagree", comparison->means_disagree);
	qb_json_writer_flag(json, "depends_on_disturbed", comparison->depends_on_disturbed);
	write_side(json, comparison, QB_SIDE_BASE);
	write_side(json, comparison, QB_SIDE_FRESH);
	qb_json_writer_close(json);
}

static void write_keys(struct qb_json_writer *json, const char *name,
                       char (*const keys)[QB_KEY_SIZE], size_t count)
{
	qb_json_writer_open_list(json, name);
	for (size_t index = 0; index < count; index++)
		qb_json_writer_text(json, NULL, keys[index]);
	qb_json_writer_close(json);
}

static void write_requirements(struct qb_json_writer *json,
                               const struct qb_comparison_document *document)
{
	static const char *const words[QB_VERDICT_COUNT] = { "met", "met", "inconclusive",
		                                             "not-met", "invalid" };

	qb_json_writer_open_list(json, "requirements");
	for (size_t index = 0; index < document->requirement_count; index++) {
		const struct qb_requirement_result *requirement = &document->requirements[index];

		qb_json_writer_open_object(json, NULL);
		qb_json_writer_text(json, "text", requirement->text);
		qb_json_writer_text_or_null(json, "key", requirement->key);
		qb_json_writer_text(json, "verdict", words[requirement->verdict]);
		qb_json_writer_number(json, "value", requirement->value);
		qb_json_writer_number(json, "limit", requirement->limit);
		write_pair(json, "ci99", requirement->has_interval, requirement->interval[0],
		           requirement->interval[1]);
		qb_json_writer_text_or_null(json, "unit", requirement->unit);
		qb_json_writer_count(json, "n", requirement->n);
		qb_json_writer_text_or_null(json, "reason", requirement->reason);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}

static void write_origin(struct qb_json_writer *json, const struct qb_comparison_document *document)
{
	qb_json_writer_open_object(json, "tool");
	qb_json_members_write(json, qb_json_tool, &document->tool);
	qb_json_writer_close(json);
	qb_json_writer_text_or_null(json, "created", document->created);
	qb_json_writer_open_list(json, "command");
	qb_json_writer_flatten(json);
	for (size_t index = 0; index < document->command_count; index++)
		qb_json_writer_text(json, NULL, document->command[index]);
	qb_json_writer_close(json);
	write_seed(json, document->seed);
	qb_json_writer_text(json, "base", document->base_name);
	qb_json_writer_text(json, "new", document->fresh_name);
	qb_json_writer_open_object(json, "machine");
	qb_json_members_write(json, qb_json_machine, &document->machine);
	qb_json_members_write_warnings(json, "warnings", document->machine.warnings,
	                               document->machine.warning_count);
	qb_json_writer_close(json);
	qb_json_writer_open_object(json, "protocol");
	qb_json_members_write(json, qb_json_protocol, &document->protocol);
	qb_json_writer_close(json);
}

static void write_drift(struct qb_json_writer *json, const struct qb_comparison_document *document)
{
	const struct qb_drift *drift = &document->drift;

	qb_json_writer_open_object(json, "drift");
	if (!drift->known) {
		qb_json_writer_text(json, "unavailable", drift->reason);
		qb_json_writer_close(json);
		return;
	}
	qb_json_writer_number(json, "change_pct", drift->change_pct);
	write_pair(json, "ci95_pct", drift->shift.exists, drift->ci95_pct[0], drift->ci95_pct[1]);
	qb_json_writer_count(json, "n_base", drift->base_count);
	qb_json_writer_count(json, "n_new", drift->fresh_count);
	qb_json_writer_number(json, "limit_pct", 100 * QB_DRIFT_MAX);
	qb_json_writer_flag(json, "moved", drift->moved);
	qb_json_writer_flag(json, "normalized", document->normalized);
	qb_json_writer_close(json);
}

static void write_rules(struct qb_json_writer *json, const struct qb_comparison_document *document)
{
	qb_json_writer_text(json, "mode", document->mode);
	qb_json_writer_text_or_null(json, "profile", document->profile);
	qb_json_writer_text(json, "policy", policies[document->policy]);
	qb_json_writer_text(json, "fail_on", qb_verdict_severity_name(document->fail_on));
	qb_json_writer_text(json, "inconclusive", inconclusive_words[document->inconclusive]);
	qb_json_writer_count(json, "family", document->family);
	qb_json_writer_open_object(json, "levels");
	qb_json_writer_flatten(json);
	qb_json_writer_number(json, "no_change", document->levels.no_change);
	qb_json_writer_number(json, "change", document->levels.change);
	qb_json_writer_close(json);
	if (strcmp(document->mode, "recordings") != 0) {
		qb_json_writer_null(json, "recording");
		qb_json_writer_null(json, "drift");
		return;
	}
	qb_json_writer_open_object(json, "recording");
	qb_json_writer_flatten(json);
	qb_json_writer_count(json, "count", document->recording.count);
	qb_json_writer_number(json, "sd", document->recording.sd);
	qb_json_writer_flag(json, "assumed", document->recording.assumed);
	qb_json_writer_close(json);
	write_drift(json, document);
}

static void write_summary(struct qb_json_writer *json,
                          const struct qb_comparison_document *document)
{
	qb_json_writer_open_object(json, "summary");
	for (int verdict = 0; verdict < QB_VERDICT_COUNT; verdict++)
		qb_json_writer_count(json, qb_verdict_name((enum qb_verdict)verdict),
		                     document->counts[verdict]);
	qb_json_writer_number(json, "ratio_gmean", document->ratio_gmean);
	qb_json_writer_close(json);
	qb_json_writer_flag(json, "interrupted", document->interrupted);
	qb_json_writer_count(json, "exit_code", (uint64_t)document->exit_code);
}

int qb_comparison_json_write(const struct qb_comparison_document *document,
                             const struct qb_report_style *style, FILE *stream)
{
	struct qb_json_writer json;

	(void)style;
	qb_json_writer_begin(&json, stream);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", SCHEMA);
	write_origin(&json, document);
	write_rules(&json, document);
	qb_json_members_write_warnings(&json, "differences", document->differences,
	                               document->difference_count);
	qb_json_writer_flag(&json, "forced", document->forced);
	write_keys(&json, "missing", document->missing, document->missing_count);
	write_keys(&json, "added", document->added, document->added_count);
	qb_json_writer_open_list(&json, "comparisons");
	for (size_t index = 0; index < document->comparison_count; index++)
		write_comparison(&json, &document->comparisons[index]);
	qb_json_writer_close(&json);
	write_requirements(&json, document);
	qb_json_members_write_warnings(&json, "warnings", document->warnings,
	                               document->warning_count);
	write_summary(&json, document);
	qb_json_writer_close(&json);
	return 0;
}
