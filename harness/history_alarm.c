/* history_alarm -- what of a settled history is recent, and what that is as an exit code.
 *
 * Recent is counted in results, not in points: a case that is no longer measured gets no more
 * points, and would raise an alarm for ever. */
#include <string.h>

#include "harness/history.h"

static bool is_recent(const struct qb_history *history, size_t file)
{
	size_t since = 0;

	for (size_t i = file; i < history->file_count; i++)
		since += !history->files[i].reason[0];
	return since <= QB_HISTORY_RECENT;
}

/* A queue that breaks gets no more points either, and must not pass for one that is steady. */
static void find_missing(const struct qb_history *history, struct qb_history_series *series)
{
	size_t newest = series->points[series->point_count - 1].file;

	for (size_t i = 0; i < history->failure_count; i++) {
		const struct qb_history_failure *failure = &history->failures[i];
		const bool all = !failure->metric[0];

		if (failure->file <= newest || !is_recent(history, failure->file) ||
		    strcmp(failure->key, series->key) != 0 ||
		    (!all && strcmp(failure->metric, series->metric) != 0))
			continue;
		newest = failure->file;
		series->missing = failure;
	}
}

/* How severe it is that a series ends without a figure; 0: it does not. */
static int missing_code(const struct qb_history_series *series)
{
	if (!series->gated || !series->missing)
		return 0;
	return series->missing->status == QB_STATUS_INCORRECT ? 5 : 4;
}

void qb_history_conclude(struct qb_history *history)
{
	int alarm = 0;

	for (size_t s = 0; s < history->series_count; s++) {
		struct qb_history_series *series = &history->series[s];

		find_missing(history, series);
		if (missing_code(series) > alarm)
			alarm = missing_code(series);
		for (size_t i = 0; i < series->change_count; i++) {
			struct qb_history_change *change = &series->changes[i];

			change->recent = is_recent(history, series->points[change->at].file);
			if (!series->gated)
				continue;
			history->regressions += change->regression;
			history->improvements += !change->regression;
			if (change->regression && change->recent && alarm == 0)
				alarm = 1;
		}
	}
	history->comparable &= history->series_count > 0;
	history->exit_code = !history->comparable ? 4 : history->alarm ? alarm : 0;
}
