/* counter_text -- counters as lines that a person reads: many figures, few lines.
 *
 * What is missing is summed up by its reason, because one cause (no PMU, no permission) usually
 * takes all hardware counters away at once, and in all cases: it is told once, before them. */
#include "reports/counter_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE     2048
#define NAMED_MAX     3     /* missing counters that are called by their names */
#define COVERAGE_FULL 0.995 /* below: an estimate, marked by ~ */

/* Adds "name value" to a line of them. */
static void add_figure(char *line, const struct qb_counter *counter, double value)
{
	const size_t used = strlen(line);

	snprintf(line + used, LINE_SIZE - used, "%s%s%c%s%.3g", used ? ", " : "", counter->name,
	         QB_LAYOUT_GLUE, counter->coverage < COVERAGE_FULL ? "~" : "", value);
}

static bool is_sum(const struct qb_counter *counter) { return isfinite(counter->per_message); }

/* Sums that are 0: counted, and nothing of it happened. */
static void add_name(char *line, const struct qb_counter *counter)
{
	const size_t used = strlen(line);

	snprintf(line + used, LINE_SIZE - used, "%s%s", used ? ", " : "", counter->name);
}

static void say_figures(const struct qb_layout *out, const struct qb_result *result)
{
	char sums[LINE_SIZE] = "", others[LINE_SIZE] = "", zeros[LINE_SIZE] = "";
	const char *label = "counters";

	for (size_t i = 0; i < result->counter_count; i++) {
		const struct qb_counter *counter = &result->counters[i];

		if (!counter->available)
			continue;
		if (!is_sum(counter))
			add_figure(others, counter, counter->value);
		else if (counter->per_message > 0)
			add_figure(sums, counter, counter->per_message);
		else
			add_name(zeros, counter);
	}
	if (others[0])
		qb_layout_say(out, label, QB_TONE_PLAIN, "%s", others);
	if (sums[0])
		qb_layout_say(out, others[0] ? "" : label, QB_TONE_PLAIN, "per message: %s", sums);
	if (zeros[0])
		qb_layout_say(out, others[0] || sums[0] ? "" : label, QB_TONE_PLAIN, "none: %s",
		              zeros);
}

static void say_role(const struct qb_layout *out, const struct qb_result *result, int role,
                     const char *title)
{
	char line[LINE_SIZE] = "";

	for (size_t i = 0; i < result->counter_count; i++) {
		const struct qb_counter *counter = &result->counters[i];

		if (counter->available && counter->by_role && counter->role_per_message[role] > 0)
			add_figure(line, counter, counter->role_per_message[role]);
	}
	if (line[0])
		qb_layout_say(out, "", QB_TONE_PLAIN, "%s: %s", title, line);
}

/* Some sentences begin with what they are about. */
static bool names_what(const char *reason)
{
	return strncmp(reason, "hardware counters: ", 19) == 0 ||
	       strncmp(reason, "energy: ", 8) == 0;
}

/* All counters that are missing for the reason of the one at `first`. */
static void say_missing(const struct qb_layout *out, const struct qb_result *result, size_t first,
                        const char *label)
{
	const char *reason = result->counters[first].reason;
	char names[LINE_SIZE] = "";
	size_t count = 0;

	for (size_t i = first; i < result->counter_count; i++) {
		const struct qb_counter *counter = &result->counters[i];
		const size_t used = strlen(names);

		if (counter->available || strcmp(counter->reason, reason) != 0)
			continue;
		if (count++ < NAMED_MAX)
			snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
			         counter->name);
	}
	if (names_what(reason))
		qb_layout_say(out, label, QB_TONE_PLAIN, "%s", reason);
	else if (count > NAMED_MAX)
		qb_layout_say(out, label, QB_TONE_PLAIN, "%s and %zu more: %s", names,
		              count - NAMED_MAX, reason);
	else
		qb_layout_say(out, label, QB_TONE_PLAIN, "%s: %s", names, reason);
}

/* Whether one of its first `count` counters is missing for that reason. */
static bool is_missing_for(const struct qb_result *result, size_t count, const char *reason)
{
	for (size_t i = 0; i < count; i++)
		if (!result->counters[i].available &&
		    strcmp(result->counters[i].reason, reason) == 0)
			return true;
	return false;
}

/* A reason of all cases in which anything was counted is the machine's, not the case's. */
static bool is_of_all(const struct qb_document *document, const char *reason)
{
	for (size_t i = 0; i < document->result_count; i++) {
		const struct qb_result *result = &document->results[i];

		if (result->counter_count > 0 &&
		    !is_missing_for(result, result->counter_count, reason))
			return false;
	}
	return true;
}

static void say_reasons(const struct qb_layout *out, const struct qb_document *document,
                        const struct qb_result *result, bool of_all)
{
	const char *label = "not counted";

	for (size_t i = 0; i < result->counter_count; i++) {
		const struct qb_counter *counter = &result->counters[i];

		if (counter->available || is_missing_for(result, i, counter->reason) ||
		    is_of_all(document, counter->reason) != of_all)
			continue;
		say_missing(out, result, i, label);
		label = "";
	}
}

static void say_internals(const struct qb_layout *out, const struct qb_result *result)
{
	for (size_t i = 0; i < result->internal_count; i++)
		qb_layout_say(out, i ? "" : "queue's own", QB_TONE_PLAIN, "%s: %.3g per message",
		              result->internals[i].name, result->internals[i].per_message);
}

void qb_counter_text_missing(const struct qb_layout *layout, const struct qb_document *document)
{
	for (size_t i = 0; i < document->result_count; i++) {
		if (document->results[i].counter_count == 0)
			continue;
		say_reasons(layout, document, &document->results[i], true);
		return;
	}
}

void qb_counter_text_write(const struct qb_layout *layout, const struct qb_document *document,
                           const struct qb_result *result)
{
	say_figures(layout, result);
	say_role(layout, result, QB_PRODUCE, "producers, per message sent");
	say_role(layout, result, QB_CONSUME, "consumers, per message received");
	say_reasons(layout, document, result, false);
	say_internals(layout, result);
}
