/* history_alarm -- what of a settled history is recent, and what that is as an exit code.
 *
 * Recent is counted in results, not in points: a case that is no longer measured gets no more
 * points, and would raise an alarm for ever. */
#include "harness/history.h"

static bool is_recent(const struct qb_history *history, size_t file)
{
	size_t since = 0;

	for (size_t i = file; i < history->file_count; i++)
		since += !history->files[i].reason[0];
	return since <= QB_HISTORY_RECENT;
}

void qb_history_conclude(struct qb_history *history)
{
	bool alarm = false;

	for (size_t s = 0; s < history->series_count; s++) {
		struct qb_history_series *series = &history->series[s];

		for (size_t i = 0; i < series->change_count; i++) {
			struct qb_history_change *change = &series->changes[i];

			change->recent = is_recent(history, series->points[change->at].file);
			if (!series->gated)
				continue;
			history->regressions += change->regression;
			history->improvements += !change->regression;
			alarm |= change->regression && change->recent;
		}
	}
	history->comparable &= history->series_count > 0;
	history->exit_code = !history->comparable ? 4 : alarm && history->alarm;
}
