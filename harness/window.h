/* window.h -- the coordinator's part of a run: when the clock is read, and when threads stop. */
#ifndef QB_WINDOW_H
#define QB_WINDOW_H

#include "harness/worker.h"

/* Before the barrier.  With a fixed count the window begins with the threads' release: a partner is
 * told now, all of them being ready. */
void qb_window_prepare(struct qb_crew *crew);

/* From the barrier's release: warm-up, then the window, sampled at every interval, into
 * mapping->samples.  With a fixed count the window is from the release to the last arrival. */
void qb_window_measure(struct qb_crew *crew);

/* Stops the producers, lets the consumers take what is inside, stops them.  A message that does
 * not come within a tenth of a second of quiet, all consumers having found it empty, never will. */
void qb_window_drain(struct qb_crew *crew);

#endif
