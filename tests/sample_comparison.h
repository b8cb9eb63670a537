/* sample_comparison.h -- one comparison made by hand with everything that its reports must cope
 * with: each verdict, text that wants escaping in every format, figures that are not finite. */
#ifndef QB_SAMPLE_COMPARISON_H
#define QB_SAMPLE_COMPARISON_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/comparison.h"

static const char *const sample_words[] = { "qbench", "ab", "spsc", "./new, \"too\".so" };

#define SAMPLE_SET(member, text) snprintf(member, sizeof(member), "%s", text)

static void sample_side(struct qb_comparison *comparison, enum qb_side_name side, double median)
{
	struct qb_side_shape *shape = &comparison->shapes[side];

	*shape = (struct qb_side_shape){ .n = 20,
		                         .median = median,
		                         .mean = median * 1.001,
		                         .robust_sd = median * 0.0125,
		                         .cv = 0.0131,
		                         .min = median * 0.97,
		                         .max = median * 1.05 };
	comparison->run_count[side] = 2;
	comparison->runs[side] = calloc(2, sizeof(struct qb_side_run));
	for (unsigned run = 0; run < 2; run++)
		comparison->runs[side][run] =
			(struct qb_side_run){ .value = median * (1 + 0.25 * run),
			                      .order = 2 * run + side,
			                      .seed = 0x9e3779b97f4a7c15u * (run + 1),
			                      .start_unix_ms = 1700000000000 + 500 * run,
			                      .disturbed = side == QB_SIDE_FRESH && run == 1 };
}

static struct qb_interval sample_interval(double estimate, double half)
{
	return (struct qb_interval){ .exists = true,
		                     .estimate = estimate,
		                     .low = estimate - half,
		                     .high = estimate + half };
}

static void sample_judge(struct qb_comparison *comparison, const char *key, enum qb_verdict verdict,
                         double change_pct)
{
	struct qb_judgement *j = &comparison->judgement;

	SAMPLE_SET(comparison->key, key);
	SAMPLE_SET(comparison->metric, "throughput");
	SAMPLE_SET(comparison->unit, "msg/s");
	comparison->gated = comparison->paired = true;
	comparison->mode_shares_p = 1;
	comparison->rules.higher_is_better = true;
	comparison->rules.threshold = (struct qb_threshold){ 0.05, 0.05 };
	comparison->rules.levels = (struct qb_levels){ 0.002, 0.0005 };
	j->verdict = verdict;
	j->change_pct = change_pct;
	j->ci95_pct[0] = change_pct - 2.875;
	j->ci95_pct[1] = change_pct + 3.25;
	j->no_change = sample_interval(-change_pct / 128, 0.03125);
	j->change = sample_interval(-change_pct / 128, 0.0625);
	j->ci95 = sample_interval(-change_pct / 128, 0.015625);
	j->base_count = j->fresh_count = 20;
	sample_side(comparison, QB_SIDE_BASE, 1e8);
	sample_side(comparison, QB_SIDE_FRESH, 1e8 + change_pct * 1e6);
	comparison->cliff = change_pct < -10 ? 0.9375 : -change_pct / 256;
	comparison->seconds_per_unit = 1.25;
}

static void sample_regression(struct qb_comparison *comparison)
{
	sample_judge(comparison, "throughput/spsc/p1c1/b1/m8/q65536/spin/auto",
	             QB_VERDICT_REGRESSION, -23.125);
	comparison->judgement.severity = QB_SEVERITY_HIGH;
	comparison->judgement.severity_confirmed = QB_SEVERITY_ALERT;
	comparison->judgement.at_least_pct = 18.1875;
	comparison->shapes[QB_SIDE_FRESH].disturbed_count = 1;
	comparison->shapes[QB_SIDE_FRESH].outliers = (struct qb_outliers){ 1, 2, 0 };
	comparison->shapes[QB_SIDE_FRESH].modes =
		(struct qb_modes){ .two = true, .low_count = 5, .separation = 7.5 };
	comparison->shapes[QB_SIDE_FRESH].modes.low = log(64e6);
	comparison->shapes[QB_SIDE_FRESH].modes.high = log(80e6);
	comparison->depends_on_disturbed = true;
	comparison->means_disagree = true;
}

static void sample_invalid(struct qb_comparison *comparison)
{
	sample_judge(comparison, "throughput/wild/p4c1/b64/m8/q65536/yield/0,1:0",
	             QB_VERDICT_INVALID, 0);
	comparison->judgement = (struct qb_judgement){ .verdict = QB_VERDICT_INVALID };
	comparison->culprit = QB_SIDE_FRESH;
	comparison->side_status[QB_SIDE_FRESH] = QB_STATUS_CRASHED;
	SAMPLE_SET(comparison->reason,
	           "new: killed by signal 11 (\033[31mSegmentation fault) at "
	           "50 %,\n<b>producer 0</b> | 'inside' \"an\" & operation\xff");
	comparison->shapes[QB_SIDE_FRESH] = (struct qb_side_shape){ 0 };
	comparison->run_count[QB_SIDE_FRESH] = 1;
	comparison->runs[QB_SIDE_FRESH][0].status = QB_STATUS_CRASHED;
	comparison->runs[QB_SIDE_FRESH][0].value = NAN;
	SAMPLE_SET(comparison->runs[QB_SIDE_FRESH][0].reason, "killed by signal 11");
}

static void sample_undecided(struct qb_comparison *comparison)
{
	sample_judge(comparison, "throughput/mpmc/p2c2/b1/m8/q1024/spin/auto",
	             QB_VERDICT_INCONCLUSIVE, -2.5);
	comparison->advice.kind = QB_ADVICE_MORE;
	comparison->advice.total = 52;
	comparison->advice.more = 32;
	SAMPLE_SET(comparison->advice_text,
	           "needs about 32 more pairs (about 40 s) to decide 5 %; with the present number "
	           "the smallest decidable change is 8.1 %");
}

static void sample_rest_of(struct qb_comparison_document *document)
{
	struct qb_comparison *faster = &document->comparisons[3];
	struct qb_comparison *latency = &document->comparisons[4];

	sample_judge(faster, "throughput/mpsc/p4c1/b64/m8/q65536/yield/auto",
	             QB_VERDICT_IMPROVEMENT, 140);
	faster->judgement.at_least_pct = 131.5;
	sample_judge(latency, "latency/spsc/p1c1/b1/m8/q1024/spin/auto", QB_VERDICT_NO_CHANGE,
	             0.40625);
	SAMPLE_SET(latency->metric, "latency_p50");
	SAMPLE_SET(latency->unit, "ns");
	latency->gated = false;
	latency->rules.higher_is_better = false;
	latency->judgement.ci95.exists = false;
	latency->judgement.detectable = true;
}

static void sample_require(struct qb_comparison_document *document)
{
	document->requirement_count = 3;
	document->requirements = calloc(3, sizeof(*document->requirements));
	document->requirements[0] = (struct qb_requirement_result){
		.text = "spsc: throughput >= 100M",
		.key = "throughput/spsc/p1c1/b1/m8/q65536/spin/auto",
		.verdict = QB_VERDICT_REGRESSION,
		.value = 76.875e6,
		.limit = 1e8,
		.has_interval = true,
		.interval = { 75.125e6, 78.25e6 },
		.unit = "msg/s",
		.n = 20
	};
	document->requirements[1] =
		(struct qb_requirement_result){ .text = "throughput >= 1M",
		                                .key = "throughput/mpmc/p2c2/b1/m8/q1024/spin/auto",
		                                .verdict = QB_VERDICT_NO_CHANGE,
		                                .value = 97.5e6,
		                                .limit = 1e6,
		                                .n = 20,
		                                .unit = "msg/s" };
	document->requirements[2] =
		(struct qb_requirement_result){ .text = "x*: latency_p99 <= 100us",
		                                .verdict = QB_VERDICT_INVALID,
		                                .value = NAN,
		                                .limit = 1e5,
		                                .reason = "no case of that name has this metric" };
}

static void sample_origin(struct qb_comparison_document *document)
{
	SAMPLE_SET(document->tool.name, "qbench");
	SAMPLE_SET(document->tool.version, "0.1.0");
	SAMPLE_SET(document->tool.commit, "5f3c2ab91d04");
	SAMPLE_SET(document->created, "2024-05-06T07:08:09Z");
	document->command = sample_words;
	document->command_count = 4;
	SAMPLE_SET(document->base_name, "spsc");
	SAMPLE_SET(document->fresh_name, "./new, \"too\".so <b> | *x*");
	SAMPLE_SET(document->mode, "interleaved");
	SAMPLE_SET(document->profile, "ci");
	document->fail_on = QB_SEVERITY_MINOR;
	document->family = 4;
	document->levels = (struct qb_levels){ 0.002, 0.0005 };
	document->seed = 0xffffffffffffffffu;
	SAMPLE_SET(document->machine.cpu, "Intel(R) Xeon(R) CPU @ 2.60GHz");
	SAMPLE_SET(document->machine.hypervisor, "kvm");
	document->machine.logical_cpus = 2;
	document->protocol = (struct qb_protocol){ .time_ns = 300000000,
		                                   .warmup_ns = 100000000,
		                                   .interval_ns = 20000000,
		                                   .timeout_ns = 10000000000,
		                                   .seed = 42 };
}

/* Release with qb_comparison_finish. */
static struct qb_comparison_document sample_comparison(void)
{
	struct qb_comparison_document document = { .comparison_count = 5 };

	sample_origin(&document);
	document.comparisons = calloc(5, sizeof(*document.comparisons));
	sample_regression(&document.comparisons[0]);
	sample_invalid(&document.comparisons[1]);
	sample_undecided(&document.comparisons[2]);
	sample_rest_of(&document);
	sample_require(&document);
	document.missing_count = document.added_count = 1;
	document.missing = calloc(1, sizeof(*document.missing));
	document.added = calloc(1, sizeof(*document.added));
	SAMPLE_SET(document.missing[0], "throughput/old/p1c1/b1/m8/q65536/spin/auto");
	SAMPLE_SET(document.added[0], "throughput/young/p1c1/b1/m8/q65536/spin/auto");
	document.warning_count = 1;
	SAMPLE_SET(document.warnings[0].code, "time");
	SAMPLE_SET(document.warnings[0].text, "--max-time ended it before every case was decided");
	for (size_t index = 0; index < 4; index++)
		document.counts[document.comparisons[index].judgement.verdict]++;
	document.ratio_gmean = 1.21875;
	document.exit_code = 4;
	return document;
}

#endif
