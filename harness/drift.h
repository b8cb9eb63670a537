/* drift.h -- pure: how much the machine itself changed between two recordings, by their controls.
 */
#ifndef QB_DRIFT_H
#define QB_DRIFT_H

#include "harness/recording.h"
#include "harness/result.h"

#define QB_DRIFT_MAX 0.10 /* share; beyond it nothing is compared */

struct qb_drift {
	bool known;
	char reason[200]; /* why not */
	unsigned base_count, fresh_count;
	struct qb_interval shift;       /* of ln(new / base) of the control's speed, 95 % */
	double change_pct, ci95_pct[2]; /* of the speed: negative is slower */
	bool certain;                   /* the interval excludes that nothing changed */
	bool moved;                     /* certain, and by more than QB_DRIFT_MAX */
	bool may_have_moved;            /* a change of that size is not excluded */
};

/* -ENOMEM. */
int qb_drift_find(const struct qb_control *base, const struct qb_control *fresh,
                  struct qb_drift *ret_drift);

/* What the new side's values of that unit are to be multiplied by, to be as if the machine had not
 * changed; 1 for units that its speed says nothing of. */
double qb_drift_factor(const struct qb_drift *drift, const char *unit);

/* The term with what is not known of the drift itself added: for values multiplied by the factor.
 * The drift's interval exists. */
struct qb_recording_term qb_drift_widen(const struct qb_drift *drift,
                                        const struct qb_recording_term *term);

#endif
