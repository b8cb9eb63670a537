/* comparison_text -- a comparison for people: a block per comparison, an overview, the outcome.
 *
 * The outcome comes last, because that is what stands above the prompt. */
#include "reports/comparison_report.h"

#include <math.h>

#include "harness/contrast.h"
#include "reports/comparison_words.h"
#include "reports/layout.h"
#include "reports/units.h"

#define TEXT_SIZE QB_COMPARISON_WORDS_SIZE

static enum qb_layout_tone tone_of(enum qb_verdict verdict)
{
	static const enum qb_layout_tone tones[QB_VERDICT_COUNT] = {
		[QB_VERDICT_NO_CHANGE] = QB_TONE_GOOD,    [QB_VERDICT_IMPROVEMENT] = QB_TONE_GOOD,
		[QB_VERDICT_INCONCLUSIVE] = QB_TONE_WARN, [QB_VERDICT_REGRESSION] = QB_TONE_BAD,
		[QB_VERDICT_INVALID] = QB_TONE_BAD,
	};

	return tones[verdict];
}

/* A figure or an interval is not broken at its blanks. */
static void glue(char *text)
{
	for (char *c = text; *c; c++) {
		const bool before_percent = c[0] == ' ' && c[1] == '%';
		const bool within_ci = c[0] == ' ' && (strncmp(c, " CI ", 4) == 0 ||
		                                       (c >= text + 3 && !memcmp(c - 3, " CI", 3)));

		if (before_percent || within_ci)
			*c = QB_LAYOUT_GLUE;
	}
}

static void say_head(const struct qb_layout *out, const struct qb_comparison_document *document)
{
	const struct qb_machine *machine = &document->machine;
	const struct qb_tool *tool = &document->tool;
	char cpus[32] = "";

	qb_layout_say(out, NULL, QB_TONE_TITLE, "%s %s%s%s%s%s%s", tool->name, tool->version,
	              tool->commit[0] ? " (" : "", tool->commit, tool->commit[0] ? ")" : "",
	              document->created[0] ? ", " : "", document->created);
	qb_layout_say(out, "base", QB_TONE_PLAIN, "%s", document->base_name);
	qb_layout_say(out, "new", QB_TONE_PLAIN, "%s", document->fresh_name);
	if (machine->logical_cpus > 0)
		snprintf(cpus, sizeof(cpus), ", %u CPU%s", machine->logical_cpus,
		         machine->logical_cpus == 1 ? "" : "s");
	if (machine->cpu[0])
		qb_layout_say(out, "machine", QB_TONE_PLAIN, "%s%s%s%s%s%s", machine->cpu,
		              machine->hypervisor[0] ? ", guest of " : "", machine->hypervisor,
		              cpus, machine->allowed_cpus[0] ? ", usable: " : "",
		              machine->allowed_cpus);
}

static void say_rules(const struct qb_layout *out, const struct qb_comparison_document *document)
{
	static const char *const policies[QB_POLICY_COUNT] = {
		[QB_POLICY_GUARD] = "a loss of the threshold must not pass (policy guard)",
		[QB_POLICY_STRICT] = "only what surely exceeds the threshold counts (policy "
				     "strict)",
		[QB_POLICY_POINT] = "estimates alone decide (policy point): at the threshold a "
				    "coin toss, however many runs",
	};
	const bool turns = strcmp(document->mode, "interleaved") == 0;
	char text[TEXT_SIZE];

	if (turns)
		qb_layout_say(out, "measured", QB_TONE_PLAIN,
		              "in turn, in pairs of fresh processes%s%s; seed %llu",
		              document->profile[0] ? ", profile " : "", document->profile,
		              (unsigned long long)document->seed);
	else
		qb_layout_say(out, "recordings", QB_TONE_PLAIN, "%s",
		              qb_comparison_words_recording(document, text, sizeof(text)));
	if (!turns)
		qb_layout_say(out, "drift", document->drift.moved ? QB_TONE_BAD : QB_TONE_PLAIN,
		              "%s", qb_comparison_words_drift(document, text, sizeof(text)));
	if (document->levels.no_change > 0 && document->family > 1)
		qb_layout_say(out, "rules", QB_TONE_PLAIN,
		              "%s; no change is decided on intervals of %.4g %%, a change on "
		              "%.5g %%, since %u comparisons share the risk of a false alarm",
		              policies[document->policy], 100 * (1 - document->levels.no_change),
		              100 * (1 - document->levels.change), document->family);
	else if (document->levels.no_change > 0)
		qb_layout_say(out, "rules", QB_TONE_PLAIN, "%s; decided on intervals of %.4g %%",
		              policies[document->policy], 100 * (1 - document->levels.no_change));
}

static void say_warnings(const struct qb_layout *out, const char *label,
                         const struct qb_warning *warnings, size_t count)
{
	for (size_t index = 0; index < count; index++)
		qb_layout_say(out, index ? "" : label, QB_TONE_WARN, "%s", warnings[index].text);
}

static void say_side(const struct qb_layout *out, const struct qb_comparison *comparison,
                     enum qb_side_name side)
{
	char figure[TEXT_SIZE], modes[TEXT_SIZE], outliers[TEXT_SIZE], disturbed[64] = "";
	const unsigned count = comparison->shapes[side].disturbed_count;

	if (comparison->shapes[side].n == 0)
		return;
	if (count > 0)
		snprintf(disturbed, sizeof(disturbed), ", %u run%s disturbed", count,
		         count == 1 ? "" : "s");
	qb_comparison_words_modes(comparison, side, modes, sizeof(modes));
	qb_comparison_words_outliers(comparison, side, outliers, sizeof(outliers));
	qb_layout_say(out, side == QB_SIDE_BASE ? "base" : "new", QB_TONE_PLAIN, "%s%s%s%s%s%s",
	              qb_comparison_words_side(comparison, side, figure, sizeof(figure)), disturbed,
	              outliers[0] ? ", " : "", outliers, modes[0] ? "; " : "", modes);
}

/* Second opinions: told where they say something else than the verdict. */
static void say_doubts(const struct qb_layout *out, const struct qb_comparison *comparison)
{
	if (comparison->depends_on_disturbed)
		qb_layout_say(out, "sensitivity", QB_TONE_WARN,
		              "the verdict depends on disturbed runs: without %s it would differ",
		              comparison->paired ? "their pairs" : "them");
	if (comparison->means_disagree)
		qb_layout_say(out, "shape", QB_TONE_WARN,
		              "the ratio of means lies outside the interval: the sides differ in "
		              "how their runs are spread, not only in how fast they are");
	if (comparison->shapes[QB_SIDE_BASE].modes.two &&
	    comparison->shapes[QB_SIDE_FRESH].modes.two && comparison->mode_shares_p < 0.05)
		qb_layout_say(
			out, "modes", QB_TONE_WARN,
			"mode shares differ, p = %.2g: runs are in one mode more often on one "
			"side",
			comparison->mode_shares_p);
}

static void say_comparison(const struct qb_layout *out, const struct qb_comparison *comparison)
{
	const enum qb_verdict verdict = comparison->judgement.verdict;
	char text[sizeof(comparison->reason) + TEXT_SIZE];

	qb_layout_say(out, NULL, QB_TONE_TITLE, "%s: %s%s", comparison->key, comparison->metric,
	              comparison->gated ? "" : " (advisory)");
	qb_comparison_words_verdict(comparison, text, sizeof(text));
	glue(text);
	qb_layout_say(out, "verdict", tone_of(verdict), "%s", text);
	say_side(out, comparison, QB_SIDE_BASE);
	say_side(out, comparison, QB_SIDE_FRESH);
	if (verdict != QB_VERDICT_INVALID)
		qb_layout_say(out, "effect", QB_TONE_PLAIN,
		              "threshold %.3g %%, Cliff's delta %.2f (%s)",
		              100 * comparison->rules.threshold.regression, comparison->cliff,
		              qb_contrast_cliff_size(comparison->cliff));
	say_doubts(out, comparison);
	if (comparison->advice_text[0])
		qb_layout_say(out, "advice", QB_TONE_WARN, "%s", comparison->advice_text);
	fputc('\n', out->stream);
}

static void say_requirements(const struct qb_layout *out,
                             const struct qb_comparison_document *document)
{
	char text[TEXT_SIZE];

	for (size_t index = 0; index < document->requirement_count; index++) {
		const struct qb_requirement_result *requirement = &document->requirements[index];

		qb_layout_say(out, NULL, QB_TONE_TITLE, "required: %s", requirement->text);
		if (requirement->key[0])
			qb_layout_say(out, "case", QB_TONE_PLAIN, "%s", requirement->key);
		qb_layout_say(out, "verdict", tone_of(requirement->verdict), "%s",
		              qb_comparison_words_requirement(requirement, text, sizeof(text)));
		fputc('\n', out->stream);
	}
}

static void say_alone(const struct qb_layout *out, const char *label,
                      char (*const keys)[QB_KEY_SIZE], size_t count)
{
	for (size_t index = 0; index < count; index++)
		qb_layout_say(out, index ? "" : label, QB_TONE_WARN, "%s", keys[index]);
}

/* Comes first in the overview. */
static int compare_badness(const void *a, const void *b)
{
	static const int ranks[QB_VERDICT_COUNT] = {
		[QB_VERDICT_INVALID] = 0,      [QB_VERDICT_REGRESSION] = 1,
		[QB_VERDICT_INCONCLUSIVE] = 2, [QB_VERDICT_NO_CHANGE] = 3,
		[QB_VERDICT_IMPROVEMENT] = 4,
	};
	const struct qb_comparison *left = *(const struct qb_comparison *const *)a;
	const struct qb_comparison *right = *(const struct qb_comparison *const *)b;
	const int rank = ranks[left->judgement.verdict] - ranks[right->judgement.verdict];
	const double worse = right->judgement.change.estimate - left->judgement.change.estimate;

	if (rank != 0)
		return rank;
	if (worse != 0)
		return worse > 0 ? 1 : -1;
	return left < right ? -1 : left > right;
}

static void say_row(const struct qb_layout *out, const struct qb_comparison *comparison)
{
	const struct qb_judgement *j = &comparison->judgement;
	char name[48], change[32], interval[64];

	snprintf(name, sizeof(name), "%s%s%s", qb_comparison_words_name(j->verdict),
	         j->severity != QB_SEVERITY_NONE ? " " : "",
	         j->severity != QB_SEVERITY_NONE ? qb_verdict_severity_name(j->severity) : "");
	qb_layout_line(out, tone_of(j->verdict), "  %-16s %9s  %-16s  %s%s", name,
	               qb_comparison_words_change(comparison, change, sizeof(change)),
	               qb_comparison_words_interval(comparison, interval, sizeof(interval)),
	               comparison->metric, comparison->gated ? "" : " (advisory)");
	qb_layout_say(out, "", QB_TONE_PLAIN, "%s", comparison->key);
}

static int say_overview(const struct qb_layout *out, const struct qb_comparison_document *document)
{
	const size_t count = document->comparison_count;
	const struct qb_comparison **order;

	if (count < 2)
		return 0;
	order = calloc(count, sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t index = 0; index < count; index++)
		order[index] = &document->comparisons[index];
	qsort(order, count, sizeof(*order), compare_badness);
	qb_layout_say(out, NULL, QB_TONE_TITLE, "All comparisons, worst first");
	qb_layout_line(out, QB_TONE_LABEL, "  %-16s %9s  %-16s  %s", "verdict", "change", "95 % CI",
	               "metric, case");
	for (size_t index = 0; index < count; index++)
		say_row(out, order[index]);
	free(order);
	fputc('\n', out->stream);
	return 0;
}

static void say_outcome(const struct qb_layout *out, const struct qb_comparison_document *document)
{
	const bool good = document->exit_code == 0;
	char counts[TEXT_SIZE], ratio[96] = "";

	if (isfinite(document->ratio_gmean))
		snprintf(ratio, sizeof(ratio), "; geometric mean of new/base %.3f (more is better)",
		         document->ratio_gmean);
	qb_layout_say(out, NULL, QB_TONE_PLAIN, "%s%s",
	              qb_comparison_words_counts(document, counts, sizeof(counts)), ratio);
	qb_layout_say(out, NULL,
	              good                       ? QB_TONE_GOOD
	              : document->exit_code == 3 ? QB_TONE_WARN
	                                         : QB_TONE_BAD,
	              "%s (exit status %d)", qb_comparison_words_outcome(document),
	              document->exit_code);
}

int qb_comparison_text_write(const struct qb_comparison_document *document,
                             const struct qb_report_style *style, FILE *stream)
{
	struct qb_layout out;
	int failure;

	qb_layout_begin(&out, style, stream);
	say_head(&out, document);
	say_rules(&out, document);
	say_warnings(&out, document->forced ? "forced" : "differs", document->differences,
	             document->difference_count);
	say_warnings(&out, "warning", document->machine.warnings, document->machine.warning_count);
	say_warnings(&out, "warning", document->warnings, document->warning_count);
	if (document->interrupted)
		qb_layout_say(&out, "warning", QB_TONE_WARN,
		              "interrupted: verdicts are those of the runs so far");
	fputc('\n', stream);
	for (size_t index = 0; index < document->comparison_count; index++)
		say_comparison(&out, &document->comparisons[index]);
	say_requirements(&out, document);
	say_alone(&out, "missing", document->missing, document->missing_count);
	say_alone(&out, "only new", document->added, document->added_count);
	if (document->missing_count + document->added_count > 0)
		fputc('\n', stream);
	failure = say_overview(&out, document);
	say_outcome(&out, document);
	return failure;
}
