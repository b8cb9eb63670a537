/* listing_counters.h -- which counters count here, and why the others do not. */
#ifndef QB_LISTING_COUNTERS_H
#define QB_LISTING_COUNTERS_H

#include "perfcounters/perfcounters.h"
#include "reports/json_writer.h"
#include "reports/layout.h"

void qb_listing_counters_text(const struct qb_layout *layout, const struct qb_counters *counters);
void qb_listing_counters_json(struct qb_json_writer *json, const struct qb_counters *counters);

#endif
