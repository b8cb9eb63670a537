/* columns.h -- THE list of columns that every tabular format prints: one row per case and metric.
 * Columns are known by their key; new ones go to the end, none is ever renamed. */
#ifndef QB_COLUMNS_H
#define QB_COLUMNS_H

#include "harness/result.h"

#define QB_CELL_SIZE (16 * 1024) /* holds the placement of QB_WORKERS_MAX threads */

struct qb_row {
	const struct qb_result *result;
	const struct qb_metric *metric; /* NULL: nothing was measured */
};

enum qb_cell_kind { QB_CELL_EMPTY, QB_CELL_TEXT, QB_CELL_COUNT, QB_CELL_NUMBER, QB_CELL_FLAG };

struct qb_cell {
	enum qb_cell_kind kind;
	uint64_t count; /* also 0 or 1 of a flag */
	double number;  /* finite */
	char text[QB_CELL_SIZE];
};

struct qb_column {
	const char *key;   /* "message_size" */
	const char *title; /* "message" */
	const char *unit;  /* of units.h; NULL: plain digits; QB_COLUMN_METRIC: the metric's own */
	const char *tag; /* a parameter's place in a short name: "p" of "p4"; NULL: no parameter */
	void (*get)(const struct qb_row *row, struct qb_cell *ret_cell);
};

#define QB_COLUMN_METRIC "metric"

#define QB_COLUMNS_MAX 64

/* The table, ended by a NULL key. */
extern const struct qb_column qb_columns[];

void qb_columns_get(const struct qb_column *column, const struct qb_row *row,
                    struct qb_cell *ret_cell);

/* The cell for machines: exact digits, "true", "" when empty.  Both write into `text`. */
void qb_columns_exact(const struct qb_cell *cell, char *text, size_t size);
/* The cell for people: three digits and a unit, "yes", "-" when empty. */
void qb_columns_print(const struct qb_column *column, const struct qb_row *row,
                      const struct qb_cell *cell, char *text, size_t size);

/* Calls `each` for every row of the document, in its order; stops at the first that is not 0. */
int qb_columns_each_row(const struct qb_document *document,
                        int (*each)(const struct qb_row *row, void *context), void *context);

/* Where the queue's memory is: "default", "local", "interleave", or the node's number. */
void qb_columns_numa(const struct qb_case *c, char *text, size_t size);

/* "P0@0 P1@1 C0@2" (cpu "-": that thread is not pinned), at most `thread_max` threads; "" if
 * no thread is pinned or the case never ran. */
void qb_columns_placement(const struct qb_result *result, unsigned thread_max, char *text,
                          size_t size);

#endif
