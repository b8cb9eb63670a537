/* review.h -- pure: every reason to doubt a result, as warnings with what to do. */
#ifndef QB_REVIEW_H
#define QB_REVIEW_H

#include "harness/result.h"

/* Raises the warnings that hold now and withdraws those of its own that no longer do.  -ENOMEM. */
int qb_review_warn(struct qb_result *result, const struct qb_protocol *protocol);

#endif
