/* json_writer.h -- JSON as it is said, for what is printed once and never kept as a tree: lists and
 * plans.  Commas, indentation and escapes are the writer's business. */
#ifndef QB_JSON_WRITER_H
#define QB_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define QB_JSON_WRITER_DEPTH 16

struct qb_json_writer {
	FILE *stream;
	unsigned depth;
	bool any[QB_JSON_WRITER_DEPTH]; /* something was written at this depth */
	char closing[QB_JSON_WRITER_DEPTH];
	unsigned flat_from; /* from this depth on everything stands on one line; 0: nothing does */
};

/* `key` is NULL for an element of a list and for the document itself. */
void qb_json_writer_begin(struct qb_json_writer *ret_writer, FILE *stream);
void qb_json_writer_open_object(struct qb_json_writer *writer, const char *key);
void qb_json_writer_open_list(struct qb_json_writer *writer, const char *key);
/* What is inside the container just opened stands on one line: a run, a pair of numbers. */
void qb_json_writer_flatten(struct qb_json_writer *writer);
void qb_json_writer_close(
	struct qb_json_writer *writer); /* the innermost; the last ends the line */

void qb_json_writer_text(struct qb_json_writer *writer, const char *key, const char *text);
void qb_json_writer_text_or_null(struct qb_json_writer *writer, const char *key, const char *text);
void qb_json_writer_count(struct qb_json_writer *writer, const char *key, uint64_t number);
void qb_json_writer_number(struct qb_json_writer *writer, const char *key, double number);
void qb_json_writer_flag(struct qb_json_writer *writer, const char *key, bool flag);
void qb_json_writer_null(struct qb_json_writer *writer, const char *key);

#endif
