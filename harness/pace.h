/* pace.h -- the schedule of a timed run: its clock, when each message is due, and whether the queue
 * kept up with it. */
#ifndef QB_PACE_H
#define QB_PACE_H

#include "harness/samples.h"

/* A schedule for the case, its arrivals drawn from `seed`; not yet in time.  NULL and a sentence:
 * out of memory. */
struct qb_pace *qb_pace_create(const struct qb_case *c, uint64_t seed, struct qb_error *error);
void qb_pace_destroy(struct qb_pace *pace);

/* Sets the clock: by ticks if they are trusted, at their rate between a and b. */
void qb_pace_calibrate(struct qb_pace *pace, const struct qb_case *c, bool by_ticks,
                       const struct qb_instant *a, const struct qb_instant *b);

/* The clock of the loops at that instant. */
uint64_t qb_pace_at(const struct qb_pace *pace, const struct qb_instant *instant);

/* Message 0 is due in a moment.  Before the threads are released. */
void qb_pace_begin(struct qb_pace *pace);

/* What is due from a moment after `now` on, for so long, is recorded. */
void qb_pace_open(struct qb_pace *pace, const struct qb_instant *now, uint64_t time_ns);

/* Messages of one producer that are due before `at`. */
uint64_t qb_pace_due_before(const struct qb_pace *pace, unsigned producer, uint64_t at);

/* How the window of `samples` kept the schedule; sent[] messages by producer over the whole run. */
void qb_pace_judge(const struct qb_pace *pace, const uint64_t *sent, struct qb_samples *samples);

/* Median time between two readings of the clock, in ns. */
double qb_pace_timer_ns(const struct qb_pace *pace);

#endif
