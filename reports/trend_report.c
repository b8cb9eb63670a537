/* trend_report -- the table of formats, and what they share. */
#include "reports/trend_report.h"

#include <string.h>

static const struct qb_trend_format formats[] = {
	{ "text", "for people: a line for each series, and its changes", qb_trend_text_write },
	{ "json", "everything, exact: qbench-trend/1", qb_trend_json_write },
	{ "csv", "one row per point, exact digits", qb_trend_csv_write },
};

const struct qb_trend_format *qb_trend_format_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

double qb_trend_level(const struct qb_history_series *series, size_t point)
{
	for (size_t i = 0; i < series->change_count; i++) {
		if (point < series->changes[i].at)
			return series->changes[i].before;
	}
	return series->level;
}

const struct qb_history_change *qb_trend_change_at(const struct qb_history_series *series,
                                                   size_t point)
{
	for (size_t i = 0; i < series->change_count; i++) {
		if (series->changes[i].at == point)
			return &series->changes[i];
	}
	return NULL;
}
