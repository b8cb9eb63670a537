/* trend_text -- a history for people: a line for each series, its changes below, the outcome last.
 *
 * A change is told with the files that it lies between, since that is where to look; and with what
 * the control did meanwhile, since that tells the machine from the queue. */
#include <math.h>

#include "reports/layout.h"
#include "reports/sparkline.h"
#include "reports/trend_report.h"
#include "reports/units.h"

#define LABEL_COLUMNS 14u
#define LISTED_MAX    5       /* failures; the rest are counted */
#define DATE          "%.10s" /* of "2024-05-06T07:08:09Z" */
#define NOISIER       1.25    /* less is chance */
#define CONTROL_SPAN  0.1     /* least height of its line, in logs */

/* A figure or an interval is not broken at its blanks. */
static char *glue(char *text)
{
	for (char *c = text; *c; c++)
		if (*c == ' ')
			*c = QB_LAYOUT_GLUE;
	return text;
}

static void say_left_out(const struct qb_layout *out, const struct qb_history *history)
{
	for (size_t i = 0; i < history->file_count; i++) {
		const struct qb_history_file *file = &history->files[i];
		size_t before = 0, same = 0;

		if (!file->reason[0])
			continue;
		for (size_t k = 0; k < history->file_count; k++) {
			same += strcmp(history->files[k].reason, file->reason) == 0;
			before += k < i && strcmp(history->files[k].reason, file->reason) == 0;
		}
		if (before > 0)
			continue;
		if (same > 1)
			qb_layout_say(out, "left out", QB_TONE_WARN, "%zu results, '%s' first: %s",
			              same, file->path, file->reason);
		else
			qb_layout_say(out, "left out", QB_TONE_WARN, "'%s': %s", file->path,
			              file->reason);
	}
}

static void say_line(const struct qb_layout *out, const char *label, const double *logs, size_t n,
                     double span_min)
{
	const size_t columns = qb_sparkline_columns(n, out->style.width - LABEL_COLUMNS);
	char line[3 * QB_SPARKLINE_MAX + 1];

	qb_layout_say(out, label, QB_TONE_PLAIN, "%s",
	              qb_sparkline_draw(line, logs, n, columns, span_min, out->style.utf8));
}

/* How fast the machine itself was; nothing if fewer than two files tell. */
static void say_control(const struct qb_layout *out, const struct qb_history *history)
{
	double *logs = calloc(history->file_count + 1, sizeof(*logs));
	char figure[QB_UNITS_SIZE];
	size_t n = 0;

	for (size_t i = 0; logs && i < history->file_count; i++)
		if (!history->files[i].reason[0] && isfinite(history->files[i].control))
			logs[n++] = log(history->files[i].control);
	if (n > 1) {
		say_line(out, "control", logs, n, CONTROL_SPAN);
		qb_layout_say(
			out, "", QB_TONE_PLAIN, "%s in the middle: how fast the machine was%s",
			qb_layout_figure(figure, sizeof(figure), "round-trips/s",
		                         exp(qb_stats_median(logs, n))),
			history->normalized ? "; figures are as if it had always been so" : "");
	}
	free(logs);
}

static void say_head(const struct qb_layout *out, const struct qb_history *history)
{
	const struct qb_history_file *first = NULL, *last = NULL;

	for (size_t i = 0; i < history->file_count; i++) {
		if (history->files[i].reason[0])
			continue;
		last = &history->files[i];
		first = first ? first : last;
	}
	if (!first || strncmp(first->created, last->created, strlen("2024-05-06")) == 0)
		qb_layout_say(out, NULL, QB_TONE_TITLE, "Trend of %zu result%s%s" DATE,
		              history->used_count, history->used_count == 1 ? "" : "s",
		              first ? ", " : "", first ? first->created : "");
	else
		qb_layout_say(out, NULL, QB_TONE_TITLE, "Trend of %zu results, " DATE " to " DATE,
		              history->used_count, first->created, last->created);
	say_left_out(out, history);
	say_control(out, history);
}

/* Arrows below the line, where the value rose or fell. */
static void say_marks(const struct qb_layout *out, const struct qb_history_series *series)
{
	const size_t n = series->point_count;
	const size_t columns = qb_sparkline_columns(n, out->style.width - LABEL_COLUMNS);
	char marks[QB_SPARKLINE_MAX + 1] = "";
	size_t length = 0;

	for (size_t i = 0; i < series->change_count; i++) {
		const size_t column = qb_sparkline_column(series->changes[i].at, n, columns);

		while (length < column)
			marks[length++] = QB_LAYOUT_GLUE;
		marks[column] = series->changes[i].change_pct > 0 ? '^' : 'v';
		length = column + 1;
	}
	marks[length] = '\0';
	if (length > 0)
		qb_layout_say(out, "", QB_TONE_PLAIN, "%s", marks);
}

/* Whether the control moved the same way by half as much or more. */
static bool control_moved(const struct qb_history_series *series,
                          const struct qb_history_change *change)
{
	const double own = series->higher_is_better ? change->change_pct : -change->change_pct;

	return own * change->control_change_pct > 0 &&
	       fabs(change->control_change_pct) >= fabs(own) / 2;
}

static void say_change(const struct qb_layout *out, const struct qb_history *history,
                       const struct qb_history_series *series,
                       const struct qb_history_change *change)
{
	const struct qb_history_file *before =
		&history->files[series->points[change->earliest - 1].file];
	const struct qb_history_file *at = &history->files[series->points[change->at].file];
	const struct qb_history_file *after = &history->files[series->points[change->latest].file];
	const bool commits = before->commit[0] && strcmp(before->commit, after->commit) != 0;
	char from[QB_UNITS_SIZE], to[QB_UNITS_SIZE], size[32], low[32], high[32];
	char interval[128], chance[32];

	snprintf(interval, sizeof(interval), "%.30s %% (95 %% CI %.30s..%.30s)",
	         qb_units_change(size, sizeof(size), change->change_pct),
	         qb_units_change(low, sizeof(low), change->ci95_pct[0]),
	         qb_units_change(high, sizeof(high), change->ci95_pct[1]));
	snprintf(chance, sizeof(chance), "p < %g", change->p);
	qb_layout_say(out, change->regression ? "REGRESSION" : "IMPROVEMENT",
	              change->regression ? QB_TONE_BAD : QB_TONE_GOOD, "%s, from %s to %s, %s",
	              glue(interval),
	              qb_layout_figure(from, sizeof(from), series->unit, change->before),
	              qb_layout_figure(to, sizeof(to), series->unit, change->after), glue(chance));
	qb_layout_say(out, "", QB_TONE_PLAIN,
	              "after '%s' (" DATE "), by '%s' (" DATE ") at the latest, most likely in "
	              "'%s'; %zu of %zu points ago%s%s%s%s",
	              before->path, before->created, after->path, after->created, at->path,
	              series->point_count - change->at, series->point_count,
	              commits ? "; commits " : "", commits ? before->commit : "",
	              commits ? ".." : "", commits ? after->commit : "");
	if (isfinite(change->control_change_pct) && !history->normalized)
		qb_layout_say(out, "", control_moved(series, change) ? QB_TONE_WARN : QB_TONE_PLAIN,
		              "control %s %% there%s",
		              qb_units_change(size, sizeof(size), change->control_change_pct),
		              control_moved(series, change)
		                      ? ": the machine changed as well; --normalize=control takes "
		                        "that out"
		                      : "");
}

static void say_level(const struct qb_layout *out, const struct qb_history_series *series)
{
	const size_t n = series->point_count;
	char figure[QB_UNITS_SIZE];

	qb_layout_figure(figure, sizeof(figure), series->unit, series->level);
	if (!series->judged)
		qb_layout_say(out, "too few", QB_TONE_WARN,
		              "%s; nothing is said of %zu point%s: it takes %d, and %d to tell a "
		              "change from chance",
		              figure, n, n == 1 ? "" : "s", QB_CHANGE_POINTS_MIN,
		              QB_CHANGE_POINTS_CERTAIN);
	else if (series->change_count > 0)
		qb_layout_say(out, "level", QB_TONE_PLAIN, "%s since then, %zu points", figure,
		              n - series->changes[series->change_count - 1].at);
	else if (n < QB_CHANGE_POINTS_CERTAIN)
		qb_layout_say(out, "no change", QB_TONE_PLAIN,
		              "%s; of %zu points none could be told from chance, it takes %d",
		              figure, n, QB_CHANGE_POINTS_CERTAIN);
	else
		qb_layout_say(out, "no change", QB_TONE_GOOD, "%s, %zu points", figure, n);
}

/* A control that goes to and fro by itself adds its own noise to every figure. */
static void say_doubts(const struct qb_layout *out, const struct qb_history *history,
                       const struct qb_history_series *series)
{
	if (series->scatter > NOISIER * series->scatter_before)
		qb_layout_say(out, "warning", QB_TONE_WARN,
		              "normalized points scatter more, by %.1f %% where it was %.1f %%: "
		              "the control says little of this figure; leave --normalize out",
		              100 * series->scatter, 100 * series->scatter_before);
	if (series->drifting)
		qb_layout_say(out, "warning", QB_TONE_WARN,
		              "drifting environment: change points are unreliable "
		              "(autocorrelation %.2f); %s",
		              series->autocorrelation,
		              history->normalized ? "'qbench ab' decides between two commits"
		                                  : "try --normalize=control, or 'qbench ab' "
		                                    "between two commits");
}

static void say_series(const struct qb_layout *out, const struct qb_history *history,
                       const struct qb_history_series *series)
{
	double *logs = calloc(series->point_count + 1, sizeof(*logs));

	fputc('\n', out->stream);
	qb_layout_say(out, NULL, QB_TONE_TITLE, "%s: %s%s", series->key, series->metric,
	              series->gated ? "" : " (advisory)");
	for (size_t i = 0; logs && i < series->point_count; i++)
		logs[i] = log(series->points[i].value);
	if (logs)
		say_line(out, "history", logs, series->point_count, 2 * series->threshold);
	free(logs);
	say_marks(out, series);
	for (size_t i = 0; i < series->change_count; i++)
		say_change(out, history, series, &series->changes[i]);
	say_level(out, series);
	if (series->missing)
		qb_layout_say(out, "NO FIGURE", series->gated ? QB_TONE_BAD : QB_TONE_WARN,
		              "in the newest, '%s' (" DATE "): %s",
		              history->files[series->missing->file].path,
		              history->files[series->missing->file].created,
		              series->missing->reason);
	say_doubts(out, history, series);
}

static void say_failures(const struct qb_layout *out, const struct qb_history *history)
{
	for (size_t i = 0; i < history->failure_count && i < LISTED_MAX; i++)
		qb_layout_say(out, "no figure", QB_TONE_WARN, "%s in '%s': %s",
		              history->failures[i].key,
		              history->files[history->failures[i].file].path,
		              history->failures[i].reason);
	if (history->failure_count > LISTED_MAX)
		qb_layout_say(out, "", QB_TONE_WARN, "and %zu more",
		              history->failure_count - LISTED_MAX);
}

static void say_outcome(const struct qb_layout *out, const struct qb_history *history,
                        size_t hidden)
{
	const unsigned regressions = history->regressions, improvements = history->improvements;

	fputc('\n', out->stream);
	say_failures(out, history);
	if (hidden > 0)
		qb_layout_say(out, "not shown", QB_TONE_PLAIN,
		              "%zu advisory series without a change", hidden);
	if (!history->comparable)
		qb_layout_say(out, NULL, QB_TONE_BAD, "%s (exit status %d)",
		              history->series_count > 0
		                      ? "No other result can stand beside the newest"
		                      : "No result has a figure",
		              history->exit_code);
	else
		qb_layout_say(out, NULL, QB_TONE_TITLE,
		              "%u regression%s, %u improvement%s (exit status %d)", regressions,
		              regressions == 1 ? "" : "s", improvements,
		              improvements == 1 ? "" : "s", history->exit_code);
}

int qb_trend_text_write(const struct qb_history *history, const struct qb_report_style *style,
                        FILE *stream)
{
	struct qb_layout out;
	size_t hidden = 0;

	qb_layout_begin(&out, style, stream);
	say_head(&out, history);
	for (size_t i = 0; i < history->series_count; i++) {
		const struct qb_history_series *series = &history->series[i];

		if (series->gated || series->change_count > 0)
			say_series(&out, history, series);
		else
			hidden++;
	}
	say_outcome(&out, history, hidden);
	return 0;
}
