/* counting -- options -> plan of the counters; what is to be told of it once is noted. */
#include "cmd/counting.h"

#include "cmd/journal.h"

static void note(const struct qb_counters *counters)
{
	for (unsigned i = 0; i < counters->note_count; i++)
		qb_journal_note("counters: %s", counters->notes[i].text);
	for (unsigned i = 0; i < counters->event_count; i++) {
		const struct qb_counters_event *event = &counters->events[i];

		if (event->why.code == QB_ABSENCE_NONE)
			qb_journal_note("counts %s by %s%s", event->name, event->source,
			                event->generic ? " (the kernel's generic event)" : "");
		else
			qb_journal_note("does not count %s: %s", event->name, event->why.text);
	}
}

int qb_counting_plan(const struct qb_options *options, unsigned thread_count,
                     struct qb_counters **ret_counters, struct qb_error *error)
{
	const struct qb_counters_request request = {
		.scope = options->counting == QB_COUNTING_ALL ? QB_COUNTERS_ALL : QB_COUNTERS_USER,
		.standard = true,
		.events = (const char *const *)options->events.items,
		.event_count = options->events.count,
		.thread_count = thread_count,
	};
	struct qb_counters_why why;
	struct qb_counters *counters;
	int result;

	*ret_counters = NULL;
	if (options->counting == QB_COUNTING_OFF)
		return 0;
	counters = calloc(1, sizeof(*counters));
	if (!counters)
		return qb_error_set(error, ENOMEM, "out of memory for counters");
	result = qb_counters_plan(NULL, &request, counters, &why);
	if (result != 0) {
		free(counters);
		return qb_error_set(error, -result, "--event: %s", why.text);
	}
	note(counters);
	if (options->counting == QB_COUNTING_ALL && counters->scope == QB_COUNTERS_USER &&
	    counters->note_count > 0)
		qb_terminal_complain("%s", counters->notes[0].text);
	*ret_counters = counters;
	return 0;
}
