/* versus.h -- two sides, case by case, measured in turn: the heart of ab, and of compare where its
 * base can still be run. */
#ifndef QB_VERSUS_H
#define QB_VERSUS_H

#include "cmd/options.h"
#include "harness/comparison.h"
#include "harness/plan.h"

struct qb_versus_side {
	const char *impl; /* as a qbench on the command line would know it; NULL: by each case */
	const char *executable;     /* NULL: this process */
	const struct qb_plan *plan; /* the n-th cases of both sides meet */
};

struct qb_versus {
	const struct qb_options *options; /* gate, progress, protocol */
	struct qb_versus_side sides[QB_SIDE_COUNT];
};

/* Measures into the document: comparisons, family, levels, cases that one side cannot serve,
 * requirements, and all that qb_compare_settle adds.  -EINVAL and a sentence where no case can be
 * served by both. */
int qb_versus_run(const struct qb_versus *versus, struct qb_comparison_document *document,
                  struct qb_error *error);

#endif
