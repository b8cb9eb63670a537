/* comparison_report.h -- a comparison in, bytes out: for people, pull requests and CI systems. */
#ifndef QB_COMPARISON_REPORT_H
#define QB_COMPARISON_REPORT_H

#include "harness/comparison.h"
#include "reports/report.h"

struct qb_comparison_format {
	const char *name;      /* "json" */
	const char *extension; /* ".json": chosen by the name of the output file; "": by none */
	const char *summary;
	/* Writes the whole document.  0 or -errno; write errors of `stream` are the caller's to
	 * ask. */
	int (*write)(const struct qb_comparison_document *document,
	             const struct qb_report_style *style, FILE *stream);
};

/* The formats, one file each; style may be NULL where a format has none. */
int qb_comparison_text_write(const struct qb_comparison_document *document,
                             const struct qb_report_style *style, FILE *stream);
int qb_comparison_json_write(const struct qb_comparison_document *document,
                             const struct qb_report_style *style, FILE *stream);
int qb_comparison_csv_write(const struct qb_comparison_document *document,
                            const struct qb_report_style *style, FILE *stream);
int qb_comparison_markdown_write(const struct qb_comparison_document *document,
                                 const struct qb_report_style *style, FILE *stream);
int qb_comparison_junit_write(const struct qb_comparison_document *document,
                              const struct qb_report_style *style, FILE *stream);
int qb_comparison_github_write(const struct qb_comparison_document *document,
                               const struct qb_report_style *style, FILE *stream);

/* The table, ended by a NULL name. */
extern const struct qb_comparison_format qb_comparison_formats[];

/* By name, or by the ending of a path; NULL if none. */
const struct qb_comparison_format *qb_comparison_format_by_name(const char *name);
const struct qb_comparison_format *qb_comparison_format_by_path(const char *path);

#endif
