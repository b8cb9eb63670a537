/* json_case.h -- what was asked for: the parameters of one case, read back. */
#ifndef QB_JSON_CASE_H
#define QB_JSON_CASE_H

#include "reports/json_place.h"

/* Reads the members of a result that describe its case. */
void qb_json_case_read(struct qb_json_reader *r, const struct qb_json_place *at, struct qb_case *c);

#endif
