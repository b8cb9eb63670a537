/* duel.h -- two sides measured in turn, case by case, until each case can be decided.
 *
 * Runs come in pairs, pairs in blocks of two that go ABBA or BAAB by a seeded coin, so neither a
 * drift of the machine nor a period in it favors a side.  At the scheduled numbers of pairs the
 * verdict is tried; the first that is not inconclusive stands.  How a run is measured is the
 * caller's: a simulation serves as well. */
#ifndef QB_DUEL_H
#define QB_DUEL_H

#include "harness/comparison.h"

/* Measures one run of one side of a case.  Fills *ret_run whatever happens to the run; -errno only
 * where nothing could be started. */
typedef int qb_duel_measure_fn(void *context, size_t index, enum qb_side_name side, uint64_t seed,
                               struct qb_side_run *ret_run, struct qb_error *error);

struct qb_duel_request {
	size_t case_count;
	const struct qb_comparison *cases; /* key, metric, unit, gated, rules but the levels */
	struct qb_schedule schedule;
	uint64_t time_max_ns; /* no new block after this long; 0: no limit */
	uint64_t seed;
	qb_duel_measure_fn *measure;
	void (*progressed)(void *context, const struct qb_comparison *comparison,
	                   size_t decided_count); /* after each pair; may be NULL */
	void *context;                            /* of measure and progressed */
	volatile const int *interrupted;          /* may be NULL */
};

/* Fills document->comparisons (one per case, in order) with runs and judgements; levels and family
 * with it.  The rest of the document is the caller's, qb_compare_settle closes it. */
int qb_duel_run(const struct qb_duel_request *request, struct qb_comparison_document *document,
                struct qb_error *error);

#endif
