/* trend_report.h -- a history in, bytes out. */
#ifndef QB_TREND_REPORT_H
#define QB_TREND_REPORT_H

#include "harness/history.h"
#include "reports/report.h"

struct qb_trend_format {
	const char *name; /* "json" */
	const char *summary;
	/* Writes the whole history, which is settled.  0 or -errno; write errors of `stream` are
	 * the caller's to ask. */
	int (*write)(const struct qb_history *history, const struct qb_report_style *style,
	             FILE *stream);
};

/* The formats, one file each; style may be NULL where a format has none. */
int qb_trend_text_write(const struct qb_history *history, const struct qb_report_style *style,
                        FILE *stream);
int qb_trend_json_write(const struct qb_history *history, const struct qb_report_style *style,
                        FILE *stream);
int qb_trend_csv_write(const struct qb_history *history, const struct qb_report_style *style,
                       FILE *stream);

/* By name; NULL if none. */
const struct qb_trend_format *qb_trend_format_by_name(const char *name);

/* The level that a point lies on: the median between two changes. */
double qb_trend_level(const struct qb_history_series *series, size_t point);

/* The change that begins at this point; NULL if none. */
const struct qb_history_change *qb_trend_change_at(const struct qb_history_series *series,
                                                   size_t point);

#endif
