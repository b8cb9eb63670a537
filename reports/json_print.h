/* json_print.h -- a tree of values as text that people can read too. */
#ifndef QB_JSON_PRINT_H
#define QB_JSON_PRINT_H

#include <stdio.h>

struct json_t; /* jansson's */

/* Writes the tree and a line's end.  0 or -ENOMEM. */
int qb_json_print_tree(struct json_t *root, FILE *stream);

#endif
