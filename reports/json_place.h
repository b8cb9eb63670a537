/* json_place.h -- a value of a JSON file together with where it stands, so that every refusal can
 * name its place.  jansson stays inside json_place.c (and report_json.c, which writes). */
#ifndef QB_JSON_PLACE_H
#define QB_JSON_PLACE_H

#include "reports/json_fields.h"
#include "reports/json_text.h"

struct json_t; /* jansson's */

/* One reading of one file.  The first refusal sticks: it fills *error and ends every loop. */
struct qb_json_reader {
	const char *name; /* of the file, as sentences call it */
	struct qb_error *error;
	int status;
	struct json_t *root; /* owned */
};

struct qb_json_place {
	const struct qb_json_place *up; /* NULL: the document */
	const char *key;                /* NULL: an element of a list */
	size_t index;
	const struct json_t *value; /* NULL: missing */
};

/* Parses the text; *ret_root is the whole document.  -errno with a sentence. */
int qb_json_place_open(struct qb_json_reader *r, const struct qb_json_text *text,
                       struct qb_json_place *ret_root);
void qb_json_place_close(struct qb_json_reader *r);

__attribute__((format(printf, 3, 4))) void qb_json_place_refuse(struct qb_json_reader *r,
                                                                const struct qb_json_place *at,
                                                                const char *format, ...);

/* True if the value is there and of that type; else refuses it, unless it may be absent or null. */
enum qb_json_type { QB_JSON_OBJECT, QB_JSON_LIST, QB_JSON_STRING };
bool qb_json_place_expect(struct qb_json_reader *r, const struct qb_json_place *at,
                          enum qb_json_type type, bool may_be_absent);

struct qb_json_place qb_json_place_member(const struct qb_json_place *at, const char *key);
struct qb_json_place qb_json_place_element(const struct qb_json_place *at, size_t index);

/* Elements of a list, members of an object; 0 of anything else. */
size_t qb_json_place_count(const struct qb_json_place *at);
/* The n-th member of an object, in the file's order. */
struct qb_json_place qb_json_place_nth(const struct qb_json_place *at, size_t n);

bool qb_json_place_is_null(const struct qb_json_place *at);
const char *qb_json_place_text(const struct qb_json_place *at); /* NULL: no string */

/* Reads every member of a table into *base. */
void qb_json_place_fields(struct qb_json_reader *r, const struct qb_json_place *at,
                          const struct qb_json_field *fields, void *base);
/* Reads one value as if it were the member `field` of *base. */
void qb_json_place_field(struct qb_json_reader *r, const struct qb_json_place *at,
                         const struct qb_json_field *field, void *base);

/* Reads a list of objects; `base` holds that many elements of `size` bytes. */
void qb_json_place_objects(struct qb_json_reader *r, const struct qb_json_place *list,
                           const struct qb_json_field *fields, void *base, size_t size);
/* Reads a list of numbers, none of them null. */
void qb_json_place_numbers(struct qb_json_reader *r, const struct qb_json_place *list,
                           double *numbers);

/* Zeroed memory for the elements of a list (or members of an object), at most `limit` of them;
 * NULL when there are none, or after a refusal. */
void *qb_json_place_allocate(struct qb_json_reader *r, const struct qb_json_place *list,
                             size_t limit, size_t size);

#endif
