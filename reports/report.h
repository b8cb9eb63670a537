/* report.h -- results in, bytes out.  A report never measures and never opens a queue. */
#ifndef QB_REPORT_H
#define QB_REPORT_H

#include <stdio.h>

#include "harness/result.h"

struct qb_report_style {
	unsigned width; /* columns of the terminal; 80 in a pipe */
	bool color;
	bool utf8;
};

struct qb_report_format {
	const char *name;      /* "json" */
	const char *extension; /* ".json": chosen by the name of the output file */
	const char *summary;
	/* Writes the whole document.  0 or -errno; write errors of `stream` are the caller's to
	 * ask. */
	int (*write)(const struct qb_document *document, const struct qb_report_style *style,
	             FILE *stream);
};

/* The formats, one file each; style may be NULL where a format has none (json, csv). */
int qb_report_text_write(const struct qb_document *document, const struct qb_report_style *style,
                         FILE *stream);
int qb_report_json_write(const struct qb_document *document, const struct qb_report_style *style,
                         FILE *stream);
int qb_report_csv_write(const struct qb_document *document, const struct qb_report_style *style,
                        FILE *stream);

int qb_report_trace_write(const struct qb_document *document, const struct qb_report_style *style,
                          FILE *stream);

/* The table, ended by a NULL name. */
extern const struct qb_report_format qb_report_formats[];

/* When what happened: no result, so not in the table, but written like one. */
extern const struct qb_report_format qb_report_trace;

/* By name, or by the ending of a path; NULL if none. */
const struct qb_report_format *qb_report_by_name(const char *name);
const struct qb_report_format *qb_report_by_path(const char *path);

#endif
