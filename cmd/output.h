/* output.h -- a result file: tried before measuring, written in one piece afterwards. */
#ifndef QB_OUTPUT_H
#define QB_OUTPUT_H

#include <limits.h>

#include "reports/report.h"

/* What a file shall hold. */
struct qb_output_content {
	/* Writes `what`.  0 or -errno; write errors of `stream` are asked for here. */
	int (*write)(const void *what, const struct qb_report_style *style, FILE *stream);
	const void *what;
};

#define QB_OUTPUT_MAX 34 /* files of one invocation */

struct qb_output_request {
	const char *path, *format;
};

struct qb_output {
	const char *path;      /* as written; borrowed */
	char target[PATH_MAX]; /* the file itself, behind links; "" if written directly */
	unsigned mode;         /* of the file to be */
	FILE *stream;          /* open already: a device, a FIFO, stdout's own file */
};

/* Finds out whether the file can be written, and leaves no trace.  What is no regular file is
 * opened now and written directly. */
int qb_output_open(const char *path, struct qb_output *ret_output, struct qb_error *error);

/* Opens all of them; none may be named twice.  *ret_opened are to be closed whatever happens. */
int qb_output_open_all(const struct qb_output_request *requests, size_t count,
                       struct qb_output *ret_outputs, size_t *ret_opened, struct qb_error *error);

/* Writes the content: beside the file, then renamed over it, so that nobody ever sees half of it
 * and a full disk leaves the former one. */
int qb_output_write(struct qb_output *output, const struct qb_output_content *content,
                    struct qb_error *error);

/* Closes what open left open; harmless after write. */
void qb_output_close(struct qb_output *output);

/* True if both are one file. */
bool qb_output_is_same(const struct qb_output *a, const struct qb_output *b);

#endif
