/* latency_text.h -- the latencies of a case, for people. */
#ifndef QB_LATENCY_TEXT_H
#define QB_LATENCY_TEXT_H

#include "reports/layout.h"

/* The rate, a line for each quantile, what reading the clock takes; nothing for other workloads. */
void qb_latency_text_write(const struct qb_layout *layout, const struct qb_result *result);

#endif
