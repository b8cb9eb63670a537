/* reading.h -- pure: what the figures of a result mean, in sentences. */
#ifndef QB_READING_H
#define QB_READING_H

#include "harness/result.h"

/* Fills result->readings by the rules that hold now.  Codes are stable, for machines. */
void qb_reading_settle(struct qb_result *result);

#endif
