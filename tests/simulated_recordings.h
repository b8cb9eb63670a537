/* simulated_recordings.h -- simulated result files, compared as files are. */
#ifndef QB_TESTS_SIMULATED_RECORDINGS_H
#define QB_TESTS_SIMULATED_RECORDINGS_H

#include <math.h>
#include <stdlib.h>

#include "harness/verdict.h"
#include "tests/noise.h"

#define RECORDED 20 /* runs of a recording */

/* Recordings 3 % apart, runs 2 %. */
static void record(double *ret_values, uint64_t *state)
{
	const double offset = 0.03 * noise_normal(state);

	for (unsigned i = 0; i < RECORDED; i++)
		ret_values[i] = 1e7 * exp(offset + 0.02 * noise_normal(state));
}

/* What `compare` finds at its levels: -1 a regression, 1 an improvement, 0 neither. */
static int judge_recordings(const struct qb_side *base, const struct qb_side *fresh,
                            const struct qb_recording_term *term)
{
	const struct qb_rules rules = { .higher_is_better = true,
		                        .threshold = { 0.05, 0.05 },
		                        .levels = { 0.01, 0.01 } };
	struct qb_judgement judgement = { 0 };

	if (qb_verdict_recordings(&rules, base, fresh, term, &judgement) != 0)
		abort();
	return (judgement.verdict == QB_VERDICT_IMPROVEMENT) -
	       (judgement.verdict == QB_VERDICT_REGRESSION);
}

static unsigned count_false_files(const struct qb_recording_term *term, uint64_t seed)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 500; i++) {
		double base[RECORDED], fresh[RECORDED];
		const struct qb_side sides[] = { { base, RECORDED }, { fresh, RECORDED } };

		record(base, &seed);
		record(fresh, &seed);
		wrong += judge_recordings(&sides[0], &sides[1], term) != 0;
	}
	return wrong;
}

/* A base of five recordings: what their spread tells is a guess, and must still hold. */
static unsigned count_false_history(uint64_t seed)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 500; i++) {
		double base[5 * RECORDED], fresh[RECORDED], logs[RECORDED];
		const struct qb_side sides[] = { { base, 5 * RECORDED }, { fresh, RECORDED } };
		struct qb_recording recordings[5];
		struct qb_recording_term term;

		for (unsigned k = 0; k < 5; k++) {
			record(base + k * RECORDED, &seed);
			for (unsigned r = 0; r < RECORDED; r++)
				logs[r] = log(base[k * RECORDED + r]);
			recordings[k] = qb_recording_of_logs(logs, RECORDED);
		}
		record(fresh, &seed);
		term = qb_recording_estimate(recordings, 5, true);
		wrong += judge_recordings(&sides[0], &sides[1], &term) != 0;
	}
	return wrong;
}

#endif
