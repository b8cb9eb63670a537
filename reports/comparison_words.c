/* comparison_words -- what a comparison says, in the same words in every format for people.
 *
 * Every figure stands with its interval and every verdict with what it rests on, because a bare
 * "23 % slower" is what people stop believing. */
#include "reports/comparison_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/units.h"

static const char *const verdict_words[QB_VERDICT_COUNT] = { "no change", "IMPROVEMENT",
	                                                     "inconclusive", "REGRESSION",
	                                                     "INVALID" };

const char *qb_comparison_words_name(enum qb_verdict verdict) { return verdict_words[verdict]; }

char *qb_comparison_words_change(const struct qb_comparison *comparison, char *text, size_t size)
{
	char percent[32];

	if (comparison->judgement.verdict == QB_VERDICT_INVALID ||
	    comparison->judgement.base_count == 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.14s %%",
		         qb_units_change(percent, sizeof(percent),
		                         comparison->judgement.change_pct));
	return text;
}

char *qb_comparison_words_interval(const struct qb_comparison *comparison, char *text, size_t size)
{
	const struct qb_judgement *j = &comparison->judgement;
	char low[32], high[32];

	if (j->verdict == QB_VERDICT_INVALID || !j->ci95.exists)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.14s..%.14s",
		         qb_units_change(low, sizeof(low), j->ci95_pct[0]),
		         qb_units_change(high, sizeof(high), j->ci95_pct[1]));
	return text;
}

static void say_certain(const struct qb_judgement *j, char *text, size_t size)
{
	char percent[32];

	text[0] = 0;
	if (j->verdict != QB_VERDICT_REGRESSION && j->verdict != QB_VERDICT_IMPROVEMENT)
		return;
	if (j->at_least_pct > 0)
		snprintf(text, size, ", at least %s %%",
		         qb_units_change(percent, sizeof(percent),
		                         copysign(j->at_least_pct, j->change_pct)));
}

char *qb_comparison_words_verdict(const struct qb_comparison *comparison, char *text, size_t size)
{
	const struct qb_judgement *j = &comparison->judgement;
	char change[32], interval[64], certain[48];

	if (j->verdict == QB_VERDICT_INVALID) {
		snprintf(text, size, "INVALID: %.*s", (int)size - 16, comparison->reason);
		return text;
	}
	qb_comparison_words_interval(comparison, interval, sizeof(interval));
	say_certain(j, certain, sizeof(certain));
	snprintf(text, size, "%s%s%s (%s, %s%s%s)%s", verdict_words[j->verdict],
	         j->severity != QB_SEVERITY_NONE ? " " : "",
	         j->severity != QB_SEVERITY_NONE ? qb_verdict_severity_name(j->severity) : "",
	         qb_comparison_words_change(comparison, change, sizeof(change)),
	         j->ci95.exists ? "95 % CI " : "n too small for an interval",
	         j->ci95.exists ? interval : "", certain,
	         j->detectable ? ": there is a change, but below the threshold" : "");
	return text;
}

char *qb_comparison_words_side(const struct qb_comparison *comparison, enum qb_side_name side,
                               char *text, size_t size)
{
	const struct qb_side_shape *shape = &comparison->shapes[side];
	char figure[QB_UNITS_SIZE], cv[QB_UNITS_SIZE];

	if (shape->n == 0) {
		snprintf(text, size, "not measured");
		return text;
	}
	qb_units_format(figure, sizeof(figure), comparison->unit, shape->median);
	qb_units_format(cv, sizeof(cv), QB_UNIT_SHARE, shape->cv);
	if (shape->n == 1)
		snprintf(text, size, "%s (1 run)", figure);
	else
		snprintf(text, size, "%s (cv %s, %u runs)", figure, cv, shape->n);
	return text;
}

char *qb_comparison_words_modes(const struct qb_comparison *comparison, enum qb_side_name side,
                                char *text, size_t size)
{
	const struct qb_side_shape *shape = &comparison->shapes[side];
	const double share = shape->n ? (double)shape->modes.low_count / shape->n : 0;
	char low[QB_UNITS_SIZE], high[QB_UNITS_SIZE];

	text[0] = 0;
	if (!shape->modes.two)
		return text;
	qb_units_format(low, sizeof(low), comparison->unit, exp(shape->modes.low));
	qb_units_format(high, sizeof(high), comparison->unit, exp(shape->modes.high));
	snprintf(text, size, "two modes: %s (%.0f %%) and %s (%.0f %%)", low, 100 * share, high,
	         100 * (1 - share));
	return text;
}

char *qb_comparison_words_outliers(const struct qb_comparison *comparison, enum qb_side_name side,
                                   char *text, size_t size)
{
	const struct qb_outliers *outliers = &comparison->shapes[side].outliers;

	text[0] = 0;
	if (outliers->mild + outliers->severe == 0)
		return text;
	if (outliers->mild == 0 || outliers->severe == 0)
		snprintf(text, size, "%zu %s outlier%s", outliers->mild + outliers->severe,
		         outliers->mild ? "mild" : "severe",
		         outliers->mild + outliers->severe == 1 ? "" : "s");
	else
		snprintf(text, size, "%zu mild and %zu severe outlier%s", outliers->mild,
		         outliers->severe, outliers->severe == 1 ? "" : "s");
	return text;
}

char *qb_comparison_words_counts(const struct qb_comparison_document *document, char *text,
                                 size_t size)
{
	static const struct {
		enum qb_verdict verdict;
		const char *one, *many;
	} words[] = { { QB_VERDICT_REGRESSION, "regression", "regressions" },
		      { QB_VERDICT_IMPROVEMENT, "improvement", "improvements" },
		      { QB_VERDICT_NO_CHANGE, "no change", "no change" },
		      { QB_VERDICT_INCONCLUSIVE, "inconclusive", "inconclusive" },
		      { QB_VERDICT_INVALID, "invalid", "invalid" } };

	text[0] = 0;
	for (size_t index = 0; index < sizeof(words) / sizeof(words[0]); index++) {
		const unsigned count = document->counts[words[index].verdict];
		const size_t used = strlen(text);

		if (count > 0)
			snprintf(text + used, size - used, "%s%u %s", used ? ", " : "", count,
			         count == 1 ? words[index].one : words[index].many);
	}
	if (text[0] == 0)
		snprintf(text, size, "nothing was compared");
	return text;
}

char *qb_comparison_words_recording(const struct qb_comparison_document *document, char *text,
                                    size_t size)
{
	const struct qb_recording_term *term = &document->recording;

	text[0] = 0;
	if (strcmp(document->mode, "recordings") != 0)
		return text;
	if (!(term->sd > 0))
		snprintf(
			text, size,
			"taken as if they had been made at the same time (--recording-sd 0); where "
			"recordings drift by 2 or 3 %%, 20 to 50 %% of such verdicts are false");
	else if (term->assumed)
		snprintf(text, size,
		         "those of different times are taken to differ by %.2g %% (standard "
		         "deviation) when nothing changed: an assumption, --recording-sd sets it",
		         100 * term->sd);
	else
		snprintf(text, size,
		         "those of different times differ by %.2g %% (standard deviation) when "
		         "nothing changed, as %u of the base show",
		         100 * term->sd, term->count);
	return text;
}

static const char *drift_meaning(const struct qb_drift *drift)
{
	if (drift->moved)
		return "the machine itself changed by more than 10 %";
	if (drift->certain)
		return "the machine itself changed by about that";
	return drift->may_have_moved ? "too few or too different values to tell whether the "
	                               "machine itself changed"
	                             : "no sign that the machine itself changed";
}

char *qb_comparison_words_drift(const struct qb_comparison_document *document, char *text,
                                size_t size)
{
	const struct qb_drift *drift = &document->drift;
	char change[32], low[32], high[32], interval[96] = "no interval";

	text[0] = 0;
	if (strcmp(document->mode, "recordings") != 0)
		return text;
	if (!drift->known) {
		snprintf(text, size, "not known whether the machine itself changed: %s",
		         drift->reason);
		return text;
	}
	if (drift->shift.exists)
		snprintf(interval, sizeof(interval), "95 %% CI %s..%s",
		         qb_units_change(low, sizeof(low), drift->ci95_pct[0]),
		         qb_units_change(high, sizeof(high), drift->ci95_pct[1]));
	snprintf(text, size, "control %s %% (%s): %s%s",
	         qb_units_change(change, sizeof(change), drift->change_pct), interval,
	         drift_meaning(drift),
	         document->normalized ? "; new is what it would be without that" : "");
	return text;
}

char *qb_comparison_words_requirement(const struct qb_requirement_result *requirement, char *text,
                                      size_t size)
{
	static const char *const words[QB_VERDICT_COUNT] = { "met", "met", "cannot tell", "NOT MET",
		                                             "INVALID" };

	const struct qb_unit_scale scale = qb_units_scale(requirement->unit, requirement->value);
	char value[QB_UNITS_SIZE] = "", low[QB_UNITS_SIZE], high[QB_UNITS_SIZE];
	char interval[3 * QB_UNITS_SIZE] = "";

	if (isfinite(requirement->value))
		qb_units_format(value, sizeof(value), requirement->unit, requirement->value);
	if (requirement->has_interval)
		snprintf(interval, sizeof(interval), " (99 %% CI %s..%s)",
		         qb_units_number(low, sizeof(low), &scale, requirement->interval[0]),
		         qb_units_number(high, sizeof(high), &scale, requirement->interval[1]));
	snprintf(text, size, "%s%s%s%s%s%s", words[requirement->verdict], value[0] ? ": " : "",
	         value, interval, requirement->reason[0] ? (value[0] ? "; " : ": ") : "",
	         requirement->reason);
	return text;
}

const char *qb_comparison_words_outcome(const struct qb_comparison_document *document)
{
	switch (document->exit_code) {
	case 0:
		return document->counts[QB_VERDICT_INCONCLUSIVE] > 0 ||
		                       document->counts[QB_VERDICT_REGRESSION] > 0
		               ? "passed"
		               : "no regression";
	case 1:
		return document->counts[QB_VERDICT_REGRESSION] > 0 ? "regression" : "failed";
	case 3:
		return "inconclusive";
	case 5:
		return "incorrect";
	case 130:
		return "interrupted";
	default:
		return "invalid";
	}
}

bool qb_comparison_words_fails(const struct qb_comparison_document *document,
                               const struct qb_comparison *comparison)
{
	return comparison->gated && comparison->judgement.verdict == QB_VERDICT_REGRESSION &&
	       comparison->judgement.severity >= document->fail_on;
}
