/* json_members.h -- the plain members of an object, as json_fields.c lists them, through a writer
 * that keeps no tree. */
#ifndef QB_JSON_MEMBERS_H
#define QB_JSON_MEMBERS_H

#include "reports/json_fields.h"
#include "reports/json_writer.h"

void qb_json_members_write(struct qb_json_writer *writer, const struct qb_json_field *fields,
                           const void *base);

/* "warnings": [{"code", "text"}, ...] under any key. */
void qb_json_members_write_warnings(struct qb_json_writer *writer, const char *key,
                                    const struct qb_warning *warnings, size_t count);

#endif
