/* json_bound.h -- what a result is held against and what it means, read back. */
#ifndef QB_JSON_BOUND_H
#define QB_JSON_BOUND_H

#include "reports/json_place.h"

/* Reads the members `bound` and `readings` of a result. */
void qb_json_bound_read(struct qb_json_reader *r, const struct qb_json_place *at,
                        struct qb_result *result);

#endif
