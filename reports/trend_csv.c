/* trend_csv -- RFC 4180: one row per point, exact digits. */
#include <math.h>

#include "reports/csv_text.h"
#include "reports/trend_report.h"
#include "reports/units.h"

static void write_number(FILE *stream, double number)
{
	char digits[QB_UNITS_SIZE] = "";

	if (isfinite(number))
		qb_units_exact(digits, sizeof(digits), number);
	qb_csv_text_write(stream, digits, false);
}

static void write_point(FILE *stream, const struct qb_history *history,
                        const struct qb_history_series *series, size_t index)
{
	const struct qb_history_point *point = &series->points[index];
	const struct qb_history_file *file = &history->files[point->file];
	const struct qb_history_change *change = qb_trend_change_at(series, index);
	const char *word = !change ? "" : change->regression ? "regression" : "improvement";

	qb_csv_text_write(stream, series->key, true);
	qb_csv_text_write(stream, series->metric, false);
	qb_csv_text_write(stream, series->unit, false);
	qb_csv_text_write(stream, series->higher_is_better ? "higher" : "lower", false);
	qb_csv_text_write(stream, series->gated ? "true" : "false", false);
	qb_csv_text_write(stream, file->path, false);
	qb_csv_text_write(stream, file->created, false);
	qb_csv_text_write(stream, file->commit, false);
	write_number(stream, point->value);
	write_number(stream, file->control);
	write_number(stream, qb_trend_level(series, index));
	qb_csv_text_write(stream, word, false);
	write_number(stream, change ? change->change_pct : NAN);
	write_number(stream, change ? change->p : NAN);
	fputs("\r\n", stream);
}

int qb_trend_csv_write(const struct qb_history *history, const struct qb_report_style *style,
                       FILE *stream)
{
	(void)style;
	fputs("key,metric,unit,better,gated,path,created,commit,value,control,level,change,"
	      "change_pct,p\r\n",
	      stream);
	for (size_t s = 0; s < history->series_count; s++)
		for (size_t i = 0; i < history->series[s].point_count; i++)
			write_point(stream, history, &history->series[s], i);
	return 0;
}
