/* timed.h -- what a timed run does beside the others: a clock to calibrate, a schedule to set and
 * histograms to gather.  Each does nothing in other runs. */
#ifndef QB_TIMED_H
#define QB_TIMED_H

#include "harness/worker.h"

/* First of all, so that the clock has the time meanwhile to be calibrated over.  -ENOMEM. */
int qb_timed_prepare(struct qb_crew *crew, struct qb_error *error);

/* Before the threads are released: sets the clock and the first message's time. */
void qb_timed_begin(struct qb_crew *crew);

/* After the threads have stopped: into samples->latency.  -ENOMEM, with status and reason set. */
int qb_timed_settle(struct qb_crew *crew, struct qb_error *error);

#endif
