/* recording -- what two recordings differ by when nothing changed.
 *
 * The base is the mean of `count` recordings, the new side is one: a prediction interval for one
 * more recording, whose variance is sd^2 (1 + 1 / count). */
#include "harness/recording.h"

#include <assert.h>
#include <math.h>

#include "harness/quantiles.h"

#define SD_VIRTUAL 0.03
#define SD_METAL   0.01

struct qb_recording qb_recording_of_logs(const double *logs, size_t n)
{
	const double sd = qb_stats_stddev(logs, n);

	assert(n >= 1);
	return (struct qb_recording){ qb_stats_mean(logs, n), sd * sd / (double)n };
}

struct qb_recording_term qb_recording_estimate(const struct qb_recording *recordings,
                                               unsigned count, bool virtual_machine)
{
	double mean = 0, between = 0, within = 0;

	if (count < QB_RECORDING_COUNT_MIN)
		return (struct qb_recording_term){ count > 0 ? count : 1,
			                           virtual_machine ? SD_VIRTUAL : SD_METAL, true };
	for (unsigned i = 0; i < count; i++)
		mean += recordings[i].mean / count;
	for (unsigned i = 0; i < count; i++) {
		const double off = recordings[i].mean - mean;

		between += off * off / (count - 1);
		within += recordings[i].variance_of_mean / count;
	}
	return (struct qb_recording_term){ count, sqrt(fmax(0, between - within)), false };
}

double qb_recording_reach(const struct qb_recording_term *term, double alpha)
{
	/* An assumed sd is taken as known. */
	const double quantile = term->assumed ? qb_quantiles_normal(1 - alpha / 2)
	                                      : qb_quantiles_student(alpha, term->count - 1);

	assert(term->count >= 1);
	return quantile * term->sd * sqrt(1 + 1.0 / term->count);
}

struct qb_interval qb_recording_widen(const struct qb_interval *interval,
                                      const struct qb_recording_term *term, double alpha)
{
	const double reach = qb_recording_reach(term, alpha), middle = interval->estimate;
	struct qb_interval wide = *interval;

	wide.low = middle - hypot(middle - interval->low, reach);
	wide.high = middle + hypot(interval->high - middle, reach);
	return wide;
}
