/* listing_counters -- each counter with what it means here: its source, or why there is none. */
#include "cmd/listing_counters.h"

#include <string.h>

#define LABEL_MAX 12 /* columns that the layout's label column holds */

static const char *meaning_of(const struct qb_counters_event *event)
{
	return event->semantic < 0 ? "the user's own"
	                           : qb_semantic_events_meaning((enum qb_event)event->semantic);
}

/* The reason, if all of them are missing for the same one; else NULL. */
static const char *common_reason(const struct qb_counters *counters)
{
	for (unsigned i = 0; i < counters->event_count; i++)
		if (counters->events[i].why.code == QB_ABSENCE_NONE ||
		    strcmp(counters->events[i].why.text, counters->events[0].why.text) != 0)
			return NULL;
	return counters->event_count ? counters->events[0].why.text : NULL;
}

static void write_event(const struct qb_layout *layout, const struct qb_counters_event *event,
                        bool with_reason)
{
	const char *label = event->name;

	if (qb_layout_columns(label) >= LABEL_MAX) {
		qb_layout_line(layout, QB_TONE_LABEL, "  %s", label);
		label = "";
	}
	if (!with_reason)
		qb_layout_say(layout, label, QB_TONE_PLAIN, "%s", meaning_of(event));
	else if (event->why.code == QB_ABSENCE_NONE)
		qb_layout_say(layout, label, QB_TONE_PLAIN, "%s; counted by %s", meaning_of(event),
		              event->source);
	else
		qb_layout_say(layout, label, QB_TONE_PLAIN, "%s; not here: %s", meaning_of(event),
		              event->why.text);
}

void qb_listing_counters_text(const struct qb_layout *layout, const struct qb_counters *counters)
{
	const char *reason = common_reason(counters);

	qb_layout_line(layout, QB_TONE_TITLE, "Hardware counters (--counters, --event)");
	if (reason)
		qb_layout_say(layout, NULL, QB_TONE_PLAIN, "  None of them counts here: %s",
		              reason);
	for (unsigned i = 0; i < counters->note_count; i++)
		qb_layout_say(layout, NULL, QB_TONE_PLAIN, "  %s", counters->notes[i].text);
	for (unsigned i = 0; i < counters->event_count; i++)
		write_event(layout, &counters->events[i], reason == NULL);
}

void qb_listing_counters_json(struct qb_json_writer *json, const struct qb_counters *counters)
{
	qb_json_writer_open_list(json, "counters");
	for (unsigned i = 0; i < counters->event_count; i++) {
		const struct qb_counters_event *event = &counters->events[i];
		const bool possible = event->why.code == QB_ABSENCE_NONE;

		qb_json_writer_open_object(json, NULL);
		qb_json_writer_text(json, "name", event->name);
		qb_json_writer_text(json, "summary", meaning_of(event));
		qb_json_writer_flag(json, "possible", possible);
		qb_json_writer_text_or_null(json, "source", possible ? event->source : NULL);
		qb_json_writer_text_or_null(json, "code",
		                            possible ? NULL : qb_absence_name(event->why.code));
		qb_json_writer_text_or_null(json, "reason", possible ? NULL : event->why.text);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}
