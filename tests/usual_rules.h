/* usual_rules.h -- how else two benchmarks are compared, on simulated noise.
 *
 * One recording of the base, then one of the new side, as a benchmark gives that is run, changed
 * and run again.  Every rule judges the same recordings.  Nothing here passes or fails: it is what
 * the error rates of qbench are to be read against. */
#ifndef QB_TESTS_USUAL_RULES_H
#define QB_TESTS_USUAL_RULES_H

#include "harness/contrast.h"
#include "harness/quantiles.h"
#include "tests/noise.h"

#define USUAL_RUNS 20 /* a side */

/* -1: a loss, 1: a gain, 0: neither. */
typedef int rule_fn(const double *base, const double *fresh);

static int differ_by_5_percent(double base, double fresh)
{
	return (fresh >= 1.05 * base) - (fresh <= 0.95 * base);
}

static int compare_means(const double *base, const double *fresh)
{
	return differ_by_5_percent(qb_stats_mean(base, USUAL_RUNS),
	                           qb_stats_mean(fresh, USUAL_RUNS));
}

static double find_best(const double *values)
{
	double best = values[0];

	for (unsigned i = 1; i < USUAL_RUNS; i++)
		best = fmax(best, values[i]);
	return best;
}

static int compare_best(const double *base, const double *fresh)
{
	return differ_by_5_percent(find_best(base), find_best(fresh));
}

/* p < 0.05 where the 95 % interval of the difference excludes 0. */
static int compare_welch(const double *base, const double *fresh)
{
	const struct qb_interval gain =
		qb_contrast_welch(base, USUAL_RUNS, fresh, USUAL_RUNS, 0.05);

	return (gain.low > 0) - (gain.high < 0);
}

/* Of one mean, as most tools print it: Student's. */
static double reach_of_mean(const double *values)
{
	return qb_quantiles_student(0.05, USUAL_RUNS - 1) * qb_stats_stddev(values, USUAL_RUNS) /
	       sqrt(USUAL_RUNS);
}

static int compare_intervals(const double *base, const double *fresh)
{
	const double gain = qb_stats_mean(fresh, USUAL_RUNS) - qb_stats_mean(base, USUAL_RUNS);
	const double reach = reach_of_mean(base) + reach_of_mean(fresh);

	return (gain > reach) - (gain < -reach);
}

static const struct {
	const char *name;
	rule_fn *find;
} usual_rules[] = { { "means differ by 5 % or more", compare_means },
	            { "best run differs by 5 % or more", compare_best },
	            { "Welch's t-test p < 0.05", compare_welch },
	            { "95 % intervals do not overlap", compare_intervals } };

#define USUAL_RULES (sizeof(usual_rules) / sizeof(usual_rules[0]))

/* A sitting of its own for each recording: another day, another drift. */
static void record_noise(const struct noise *noise, double loss, double *ret_values,
                         uint64_t *state)
{
	struct sitting sitting = sitting_begin(noise, state);

	for (unsigned i = 0; i < USUAL_RUNS; i++)
		ret_values[i] = 1e7 * exp(sitting_run(&sitting, noise, state) - loss);
}

/* How often each rule sees a loss, and a gain. */
struct findings {
	unsigned losses[USUAL_RULES], gains[USUAL_RULES];
};

static struct findings count_findings(const struct noise *noise, double loss, unsigned trials,
                                      uint64_t seed)
{
	struct findings findings = { 0 };

	for (unsigned i = 0; i < trials; i++) {
		double base[USUAL_RUNS], fresh[USUAL_RUNS];

		record_noise(noise, 0, base, &seed);
		record_noise(noise, loss, fresh, &seed);
		for (size_t rule = 0; rule < USUAL_RULES; rule++) {
			const int found = usual_rules[rule].find(base, fresh);

			findings.losses[rule] += found < 0;
			findings.gains[rule] += found > 0;
		}
	}
	return findings;
}

#endif
