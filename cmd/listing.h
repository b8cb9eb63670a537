/* listing.h -- what there is, as text and as JSON. */
#ifndef QB_LISTING_H
#define QB_LISTING_H

#include "harness/registry.h"
#include "harness/topology.h"
#include "perfcounters/perfcounters.h"
#include "reports/report.h"

struct qb_listing {
	size_t entry_count;
	const struct qb_entry *entries; /* borrowed */
	struct qb_topology topology;
	const struct qb_counters *counters; /* borrowed */
};

void qb_listing_write_text(const struct qb_listing *listing, const struct qb_report_style *style,
                           FILE *stream);
void qb_listing_write_json(const struct qb_listing *listing, FILE *stream);

/* "spsc", "mpsc", "spmc" or "mpmc"; "total", "per-producer" or "none"; "wait-free", "lock-free" or
 * "blocking" (a stopped thread may stop others). */
const char *qb_listing_class(uint64_t traits);
const char *qb_listing_order(uint64_t traits);
const char *qb_listing_guarantee(uint64_t traits);

#endif
