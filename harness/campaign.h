/* campaign.h -- all runs of all cases of a plan, in seeded random order round by round, so that a
 * drift of the machine falls on all cases alike and not on the last. */
#ifndef QB_CAMPAIGN_H
#define QB_CAMPAIGN_H

#include "harness/plan.h"
#include "harness/result.h"

struct qb_campaign_event {
	size_t run_done, run_total; /* of all cases; the total may grow under a precision */
	const struct qb_case *c;
	const struct qb_samples *samples; /* NULL: about to start */
	const struct qb_result *result;   /* of the case so far */
	uint64_t message_count;           /* live, while a run goes on */
	enum qb_stage stage;
};

struct qb_campaign_observer {
	void (*started)(void *context, const struct qb_campaign_event *event);
	void (*ticked)(void *context, const struct qb_campaign_event *event);
	void (*finished)(void *context, const struct qb_campaign_event *event);
	void *context;
	/* Before the first round of runs and after each; may be NULL. */
	void (*between_rounds)(void *context);
	void *between_context;
};

/* Measures every served case of the plan into document->results (one per case of the plan, in its
 * order).  A case whose run crashed, hung or was incorrect is not run again.  *interrupted ends it
 * early: cases without their runs become `interrupted`, the others stay whole. */
int qb_campaign_run(const struct qb_plan *plan, const struct qb_protocol *protocol,
                    const struct qb_campaign_observer *observer, volatile const int *interrupted,
                    struct qb_document *document, struct qb_error *error);

/* Exit code that the results call for: 0, 4 or 5 (130 if interrupted). */
int qb_campaign_exit_code(const struct qb_document *document);

#endif
