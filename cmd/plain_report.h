/* plain_report.h -- what is written as text, JSON or CSV: to stdout, then to files. */
#ifndef QB_PLAIN_REPORT_H
#define QB_PLAIN_REPORT_H

#include "cmd/options.h"

/* Writes `what` in a format: "text", "json" or "csv".  0 or -errno. */
typedef int qb_plain_report_write_fn(const void *what, const char *format,
                                     const struct qb_report_style *style, FILE *stream);

struct qb_plain_report {
	const struct qb_options *options;
	size_t output_count; /* opened */
	struct qb_output outputs[QB_OUTPUT_MAX];
};

/* Checks formats, tries the files and opens the journal. */
int qb_plain_report_open(const struct qb_options *options, const char *command,
                         struct qb_plain_report *ret_report, struct qb_error *error);

/* Writes all that can be written; returns the exit code, or that of an error. */
int qb_plain_report_write(struct qb_plain_report *report, qb_plain_report_write_fn *write,
                          const void *what, int exit_code);

void qb_plain_report_close(struct qb_plain_report *report);

#endif
