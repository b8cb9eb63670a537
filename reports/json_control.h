/* json_control.h -- how fast the machine itself was, read back. */
#ifndef QB_JSON_CONTROL_H
#define QB_JSON_CONTROL_H

#include "reports/json_place.h"

/* Reads the member `control` of a document; files of earlier versions have none. */
void qb_json_control_read(struct qb_json_reader *r, const struct qb_json_place *root,
                          struct qb_control *control);

#endif
