/* json_text.h -- a JSON file as text, refused before any parser sees it if it is built to exhaust
 * memory: too long, too deep, too many values. */
#ifndef QB_JSON_TEXT_H
#define QB_JSON_TEXT_H

#include <stdio.h>

#include <qbench.h>

#define QB_JSON_TEXT_MAX   ((size_t)256 << 20) /* bytes: hundreds of thousands of runs */
#define QB_JSON_VALUES_MAX ((size_t)16 << 20)
#define QB_JSON_DEPTH_MAX  32 /* our own documents need 6 */

struct qb_json_text {
	char *bytes; /* owned */
	size_t size;
};

/* Reads `stream` to its end; `name` is what sentences call it.  -errno with *error filled. */
int qb_json_text_read(FILE *stream, const char *name, struct qb_json_text *ret_text,
                      struct qb_error *error);
void qb_json_text_finish(struct qb_json_text *text);

/* `name` or its end, if it is too long for a sentence. */
const char *qb_json_text_name(const char *name);

#endif
