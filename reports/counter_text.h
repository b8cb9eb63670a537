/* counter_text.h -- what was counted beside a measurement, for people: compact. */
#ifndef QB_COUNTER_TEXT_H
#define QB_COUNTER_TEXT_H

#include "reports/layout.h"

/* What is missing in all cases for the same reason: a line for each reason. */
void qb_counter_text_missing(const struct qb_layout *layout, const struct qb_document *document);

/* A line of figures per message, one of other figures, one per role, and one for all counters that
 * are missing in this case for the same reason; then what the queue counted itself. */
void qb_counter_text_write(const struct qb_layout *layout, const struct qb_document *document,
                           const struct qb_result *result);

#endif
