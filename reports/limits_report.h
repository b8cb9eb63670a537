/* limits_report.h -- the machine's limits in, bytes out; and one format read back. */
#ifndef QB_LIMITS_REPORT_H
#define QB_LIMITS_REPORT_H

#include "harness/limits.h"
#include "reports/report.h"

/* Limits with the machine they are of. */
struct qb_limits_document {
	struct qb_tool tool;
	char created[32]; /* ISO 8601, UTC; when each limit was measured, it says itself */
	int64_t created_unix_ms;
	bool cached; /* some of the limits were measured by an earlier invocation */
	struct qb_machine machine;
	struct qb_limits limits; /* owned */
};

struct qb_limits_format {
	const char *name; /* "json" */
	const char *summary;
	/* Writes the whole document.  0 or -errno; write errors of `stream` are the caller's to
	 * ask. */
	int (*write)(const struct qb_limits_document *document, const struct qb_report_style *style,
	             FILE *stream);
};

/* The formats, one file each; style may be NULL where a format has none. */
int qb_limits_text_write(const struct qb_limits_document *document,
                         const struct qb_report_style *style, FILE *stream);
int qb_limits_json_write(const struct qb_limits_document *document,
                         const struct qb_report_style *style, FILE *stream);
int qb_limits_csv_write(const struct qb_limits_document *document,
                        const struct qb_report_style *style, FILE *stream);

/* The table, ended by a NULL name. */
extern const struct qb_limits_format qb_limits_formats[];

/* By name; NULL if none. */
const struct qb_limits_format *qb_limits_format_by_name(const char *name);

/* Reads qbench-limits/1 back.  0, or -errno with one sentence that names the file and the place;
 * *ret_document is untouched then.  Release its limits with qb_limits_finish. */
int qb_limits_json_load(const char *path, struct qb_limits_document *ret_document,
                        struct qb_error *error);

/* What a limit is called in a table: "round trip, one line"; its own name if it has no title. */
const char *qb_limits_title(const char *name);

/* The matrix of one limit between all CPUs, colored from good to bad where the style has color. */
void qb_limits_matrix_write(const struct qb_limits *limits, const char *name,
                            const struct qb_report_style *style, FILE *stream);

#endif
