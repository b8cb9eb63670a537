/* drift -- how much the machine itself changed between two recordings, by their controls.
 *
 * That it changed by more than can be compared across is claimed only where the interval agrees
 * that it changed at all: a guest that its host moves about goes to and fro by factors within
 * seconds, and a few values of that prove nothing. */
#include "harness/drift.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/quantiles.h"

#define LEVEL    0.05
#define ROUNDING 1e-9 /* a change of exactly the most that is allowed is not beyond it */

static bool is_known(const struct qb_control *control, const char *side, struct qb_drift *drift)
{
	if (control->n > 0)
		return true;
	snprintf(drift->reason, sizeof(drift->reason), "%s has no control%s%.150s", side,
	         control->reason[0] ? ": " : "", control->reason);
	return false;
}

static double *logs_of(const struct qb_control *control)
{
	double *logs = malloc(control->n * sizeof(*logs));

	for (unsigned i = 0; logs && i < control->n; i++)
		logs[i] = log(control->values[i]);
	return logs;
}

static double percent(double shift) { return 100 * expm1(shift) + 0.0; }

static bool is_beyond(double change_pct)
{
	return fabs(change_pct) > 100 * QB_DRIFT_MAX + ROUNDING;
}

int qb_drift_find(const struct qb_control *base, const struct qb_control *fresh,
                  struct qb_drift *ret_drift)
{
	struct qb_drift drift = { .base_count = base->n, .fresh_count = fresh->n };
	double *before, *after;

	if (!is_known(base, "base", &drift) || !is_known(fresh, "new", &drift)) {
		*ret_drift = drift;
		return 0;
	}
	if (strcmp(base->name, fresh->name) != 0) {
		snprintf(drift.reason, sizeof(drift.reason),
		         "the controls are two workloads: base has '%s', new has '%s'", base->name,
		         fresh->name);
		*ret_drift = drift;
		return 0;
	}
	before = logs_of(base);
	after = logs_of(fresh);
	if (before && after) {
		drift.known = true;
		drift.shift = qb_stats_shift(before, base->n, after, fresh->n, LEVEL);
		drift.change_pct = percent(drift.shift.estimate);
		drift.ci95_pct[0] = percent(drift.shift.low);
		drift.ci95_pct[1] = percent(drift.shift.high);
		drift.certain = drift.shift.exists && (drift.shift.low > 0 || drift.shift.high < 0);
		drift.moved = drift.certain && is_beyond(drift.change_pct);
		drift.may_have_moved = !drift.shift.exists || is_beyond(drift.ci95_pct[0]) ||
		                       is_beyond(drift.ci95_pct[1]);
		*ret_drift = drift;
	}
	free(before);
	free(after);
	return drift.known ? 0 : -ENOMEM;
}

double qb_drift_factor(const struct qb_drift *drift, const char *unit)
{
	if (strcmp(unit, "msg/s") == 0)
		return exp(-drift->shift.estimate);
	return strcmp(unit, "ns") == 0 ? exp(drift->shift.estimate) : 1;
}

struct qb_recording_term qb_drift_widen(const struct qb_drift *drift,
                                        const struct qb_recording_term *term)
{
	const double half = (drift->shift.high - drift->shift.low) / 2;
	const double error = half / qb_quantiles_normal(1 - LEVEL / 2);
	struct qb_recording_term wide = *term;

	/* The term's reach grows with the count of recordings, and the control's does not. */
	wide.sd = hypot(term->sd, error / sqrt(1 + 1.0 / term->count));
	return wide;
}
