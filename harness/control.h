/* control.h -- a workload that never changes, measured between the runs of a campaign: what moves
 * it is the machine. */
#ifndef QB_CONTROL_H
#define QB_CONTROL_H

#include "harness/campaign.h"
#include "harness/limits.h"

/* Measures while a campaign goes on.  Whoever was told of its rounds before still is, first. */
struct qb_control_watch {
	const struct qb_topology *topology; /* borrowed, as all pointers here */
	volatile const int *interrupted;
	struct qb_control *control; /* where values go: of the document */
	uint64_t start_ns, spent_ns;
	bool skipped; /* the last time it was asked, too much time had gone into it */
	void (*between_rounds)(void *context);
	void *between_context;
};

/* To be called before the campaign begins; `watch` tells topology, interrupted and control. */
void qb_control_open(struct qb_control_watch *watch, struct qb_campaign_observer *observer);
/* After the campaign: a last value, where the last round had none. */
void qb_control_close(struct qb_control_watch *watch);

/* Pure: the two CPUs it is measured on, always the same ones of a machine.  False: one CPU. */
bool qb_control_pair(const struct qb_topology *topology, struct qb_cpu_pair *ret_pair);

/* Pure: at most a twentieth of the time goes into controls, apart from the first and the last. */
bool qb_control_is_due(uint64_t spent_ns, uint64_t elapsed_ns);

#endif
