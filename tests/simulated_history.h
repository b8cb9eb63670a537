/* simulated_history.h -- simulated histories of one figure, searched for changes as `trend` does.
 */
#ifndef QB_TESTS_SIMULATED_HISTORY_H
#define QB_TESTS_SIMULATED_HISTORY_H

#include <math.h>
#include <stdlib.h>

#include "harness/change_points.h"
#include "tests/noise.h"

#define HISTORY       100
#define HISTORY_STEP  60 /* where a history gets slower, if it does */
#define HISTORY_SEEN  70 /* values that are there when the step is looked for */
#define HISTORY_LOSS  (-log(0.95))
#define HISTORY_LEAST (HISTORY_LOSS / 2)

/* Logs of one figure, one per commit; `memory` is the share of each deviation that the next has, as
 * in an environment that wanders. */
static void history_make(const struct noise *noise, double memory, double loss, double *ret_logs,
                         uint64_t *state)
{
	double deviation = 0;

	for (size_t i = 0; i < HISTORY; i++) {
		deviation = memory * deviation + noise_draw(noise, state);
		ret_logs[i] = deviation - (i >= HISTORY_STEP ? loss : 0);
	}
}

static bool history_changes_between(const double *logs, size_t n, size_t from, size_t to)
{
	struct qb_change_points found;
	bool any = false;

	if (qb_change_points_find(logs, n, HISTORY_LEAST, &found) != 0)
		abort();
	for (size_t i = 0; i < found.count; i++)
		any |= found.points[i].at >= from && found.points[i].at <= to;
	qb_change_points_finish(&found);
	return any;
}

/* What many do: each value against the one before it. */
static bool history_jumps_between(const double *logs, size_t n, size_t from, size_t to)
{
	for (size_t i = from > 0 ? from : 1; i < n && i <= to; i++)
		if (fabs(logs[i] - logs[i - 1]) >= HISTORY_LOSS)
			return true;
	return false;
}

/* Of all histories that begin with the seed: in how many something is found. */
struct history_counts {
	unsigned changes, jumps;
};

static struct history_counts history_count_alarms(const struct noise *noise, double memory,
                                                  unsigned histories, uint64_t seed)
{
	struct history_counts counts = { 0 };
	double logs[HISTORY];

	for (unsigned i = 0; i < histories; i++) {
		history_make(noise, memory, 0, logs, &seed);
		counts.changes += history_changes_between(logs, HISTORY, 0, HISTORY);
		counts.jumps += history_jumps_between(logs, HISTORY, 0, HISTORY);
	}
	return counts;
}

/* The step is found, at most 5 values off, when ten values stand behind it. */
static struct history_counts history_count_found(const struct noise *noise, unsigned histories,
                                                 uint64_t seed)
{
	struct history_counts counts = { 0 };
	double logs[HISTORY];

	for (unsigned i = 0; i < histories; i++) {
		history_make(noise, 0, HISTORY_LOSS, logs, &seed);
		counts.changes += history_changes_between(logs, HISTORY_SEEN, HISTORY_STEP - 5,
		                                          HISTORY_STEP + 5);
		counts.jumps +=
			history_jumps_between(logs, HISTORY_SEEN, HISTORY_STEP, HISTORY_STEP);
	}
	return counts;
}

/* Random orders of n values whose statistic lies beyond the threshold of that level. */
static unsigned history_count_beyond(size_t n, double level, unsigned orders, uint64_t seed)
{
	const double threshold = qb_change_points_threshold(n, level);
	unsigned beyond = 0;
	double values[512];

	for (unsigned i = 0; i < orders; i++) {
		double statistic;
		size_t at;

		for (size_t v = 0; v < n; v++)
			values[v] = noise_uniform(&seed);
		if (qb_change_points_scan(values, n, &statistic, &at) != 0)
			abort();
		beyond += statistic > threshold;
	}
	return beyond;
}

#endif
