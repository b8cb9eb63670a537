/* recording.h -- pure: what two recordings made at different times differ by when nothing changed.
 *
 * A machine is another one every day: other addresses, other neighbors, other clocks.  Runs within
 * a sitting cannot know that, so an interval over them alone is too narrow between sittings. */
#ifndef QB_RECORDING_H
#define QB_RECORDING_H

#include "harness/stats.h"

#define QB_RECORDING_COUNT_MIN 5 /* from which the spread between recordings can be estimated */

struct qb_recording_term {
	unsigned count; /* recordings behind the base; at least 1 */
	double sd;      /* of the mean log value between recordings */
	bool assumed;   /* not estimated from the recordings: say so */
};

/* One recording of a cell: mean of the log values, and the variance of that mean within it. */
struct qb_recording {
	double mean, variance_of_mean;
};

struct qb_recording qb_recording_of_logs(const double *logs, size_t n); /* n >= 1 */

/* Estimated from 5 or more recordings; else assumed: 3 % on a virtual machine, 1 % on bare metal.
 */
struct qb_recording_term qb_recording_estimate(const struct qb_recording *recordings,
                                               unsigned count, bool virtual_machine);

/* By how much an interval at that level has to reach further, were it of no width itself. */
double qb_recording_reach(const struct qb_recording_term *term, double alpha);

/* The interval with both half-widths widened; the estimate stays. */
struct qb_interval qb_recording_widen(const struct qb_interval *interval,
                                      const struct qb_recording_term *term, double alpha);

#endif
