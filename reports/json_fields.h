/* json_fields.h -- the plain members of every object of qbench-result/1, as data: the writer and
 * the reader walk the same tables, so that neither knows a key that the other does not. */
#ifndef QB_JSON_FIELDS_H
#define QB_JSON_FIELDS_H

#include "harness/result.h"

#define QB_JSON_SCHEMA "qbench-result/1"

enum qb_json_kind {
	QB_JSON_TEXT,    /* char[size] */
	QB_JSON_COUNT,   /* unsigned integer of `size` bytes, at most `limit` */
	QB_JSON_SIGNED,  /* signed integer of `size` bytes */
	QB_JSON_SEED,    /* uint64_t; a string of digits where JSON's integers end (2^63) */
	QB_JSON_HEX,     /* uint64_t: "9e3779b97f4a7c15" */
	QB_JSON_SECONDS, /* uint64_t nanoseconds, written in seconds */
	QB_JSON_NUMBER,  /* double; NaN is null */
	QB_JSON_FLAG,    /* bool */
	QB_JSON_WORD     /* enum, by the words of `word` */
};

#define QB_JSON_REQUIRED    1u /* a file without it, or with null, is refused */
#define QB_JSON_ABSENT_IS_0 2u /* 0 and "" mean "not known" or "none": null in the file */

struct qb_json_field {
	const char *key; /* NULL ends a table */
	enum qb_json_kind kind;
	unsigned flags;
	size_t offset, size;
	uint64_t limit;                 /* of a count; 0: what `size` holds, at most 2^63 - 1 */
	const char *(*word)(int value); /* of an enum */
	int word_count;
};

extern const struct qb_json_field qb_json_document[], qb_json_tool[], qb_json_machine[],
	qb_json_protocol[], qb_json_hash[], qb_json_warning[], qb_json_case[], qb_json_outcome[],
	qb_json_delivery[], qb_json_fault[], qb_json_metric[], qb_json_estimate[],
	qb_json_counter[], qb_json_counter_absence[], qb_json_counter_roles[], qb_json_run[],
	qb_json_latency[], qb_json_fairness[], qb_json_flow[], qb_json_bound[], qb_json_control[],
	qb_json_program[];

/* Value of a count or signed field, whatever its width. */
int64_t qb_json_signed_get(const struct qb_json_field *field, const void *base);
uint64_t qb_json_count_get(const struct qb_json_field *field, const void *base);
void qb_json_count_set(const struct qb_json_field *field, void *base, uint64_t value);

#endif
