/* trend_json -- qbench-trend/1: every file, every point, every change, exact. */
#include <math.h>

#include "reports/json_members.h"
#include "reports/trend_report.h"

#define SCHEMA "qbench-trend/1"

static void write_file(struct qb_json_writer *json, const struct qb_history_file *file)
{
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_flatten(json);
	qb_json_writer_text(json, "path", file->path);
	qb_json_writer_text(json, "created", file->created);
	qb_json_writer_text_or_null(json, "commit", file->commit[0] ? file->commit : NULL);
	qb_json_writer_number(json, "control", file->control);
	qb_json_writer_text_or_null(json, "left_out", file->reason[0] ? file->reason : NULL);
	qb_json_writer_close(json);
}

static void write_change(struct qb_json_writer *json, const struct qb_history_series *series,
                         const struct qb_history_change *change)
{
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "direction", change->regression ? "regression" : "improvement");
	qb_json_writer_number(json, "change_pct", change->change_pct);
	qb_json_writer_open_list(json, "ci95_pct");
	qb_json_writer_flatten(json);
	qb_json_writer_number(json, NULL, change->ci95_pct[0]);
	qb_json_writer_number(json, NULL, change->ci95_pct[1]);
	qb_json_writer_close(json);
	qb_json_writer_number(json, "p", change->p);
	qb_json_writer_number(json, "before", change->before);
	qb_json_writer_number(json, "after", change->after);
	qb_json_writer_count(json, "point", change->at);
	qb_json_writer_count(json, "earliest", change->earliest);
	qb_json_writer_count(json, "latest", change->latest);
	qb_json_writer_count(json, "file", series->points[change->at].file);
	qb_json_writer_flag(json, "recent", change->recent);
	qb_json_writer_number(json, "control_change_pct", change->control_change_pct);
	qb_json_writer_close(json);
}

static void write_points(struct qb_json_writer *json, const struct qb_history_series *series)
{
	qb_json_writer_open_list(json, "points");
	for (size_t i = 0; i < series->point_count; i++) {
		qb_json_writer_open_object(json, NULL);
		qb_json_writer_flatten(json);
		qb_json_writer_count(json, "file", series->points[i].file);
		qb_json_writer_number(json, "value", series->points[i].value);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}

static void write_series(struct qb_json_writer *json, const struct qb_history_series *series)
{
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "key", series->key);
	qb_json_writer_text(json, "metric", series->metric);
	qb_json_writer_text(json, "unit", series->unit);
	qb_json_writer_text(json, "better", series->higher_is_better ? "higher" : "lower");
	qb_json_writer_flag(json, "gated", series->gated);
	qb_json_writer_number(json, "threshold_pct", 100 * series->threshold);
	qb_json_writer_count(json, "n", series->point_count);
	qb_json_writer_flag(json, "judged", series->judged);
	qb_json_writer_number(json, "level", series->level);
	qb_json_writer_number(json, "scatter", series->scatter);
	qb_json_writer_number(json, "scatter_before", series->scatter_before);
	qb_json_writer_number(json, "autocorrelation",
	                      series->judged ? series->autocorrelation : NAN);
	qb_json_writer_flag(json, "drifting", series->drifting);
	qb_json_writer_open_list(json, "changes");
	for (size_t i = 0; i < series->change_count; i++)
		write_change(json, series, &series->changes[i]);
	qb_json_writer_close(json);
	write_points(json, series);
	qb_json_writer_close(json);
}

static void write_failures(struct qb_json_writer *json, const struct qb_history *history)
{
	qb_json_writer_open_list(json, "failures");
	for (size_t i = 0; i < history->failure_count; i++) {
		const struct qb_history_failure *failure = &history->failures[i];

		qb_json_writer_open_object(json, NULL);
		qb_json_writer_flatten(json);
		qb_json_writer_count(json, "file", failure->file);
		qb_json_writer_text(json, "key", failure->key);
		qb_json_writer_text(json, "reason", failure->reason);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}

int qb_trend_json_write(const struct qb_history *history, const struct qb_report_style *style,
                        FILE *stream)
{
	struct qb_json_writer json;

	(void)style;
	qb_json_writer_begin(&json, stream);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", SCHEMA);
	qb_json_writer_open_object(&json, "tool");
	qb_json_members_write(&json, qb_json_tool, &history->tool);
	qb_json_writer_close(&json);
	qb_json_writer_open_list(&json, "files");
	for (size_t i = 0; i < history->file_count; i++)
		write_file(&json, &history->files[i]);
	qb_json_writer_close(&json);
	qb_json_writer_count(&json, "used", history->used_count);
	qb_json_writer_flag(&json, "comparable", history->comparable);
	qb_json_writer_flag(&json, "normalized", history->normalized);
	qb_json_writer_open_list(&json, "series");
	for (size_t i = 0; i < history->series_count; i++)
		write_series(&json, &history->series[i]);
	qb_json_writer_close(&json);
	write_failures(&json, history);
	qb_json_writer_open_object(&json, "summary");
	qb_json_writer_count(&json, "regressions", history->regressions);
	qb_json_writer_count(&json, "improvements", history->improvements);
	qb_json_writer_close(&json);
	qb_json_writer_flag(&json, "alarm", history->alarm);
	qb_json_writer_count(&json, "exit_code", (uint64_t)history->exit_code);
	qb_json_writer_close(&json);
	return 0;
}
