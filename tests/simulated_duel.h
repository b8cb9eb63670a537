/* simulated_duel.h -- a simulated comparison in pairs, decided as a real one is. */
#ifndef QB_TESTS_SIMULATED_DUEL_H
#define QB_TESTS_SIMULATED_DUEL_H

#include "harness/gate.h"
#include "tests/noise.h"

#define PAIRS_MAX 1024

/* A comparison in pairs, as `ab` makes it: blocks of two pairs, in order base-new-new-base or the
 * reverse by a coin. */
struct duel {
	struct qb_rules rules;
	struct noise noise;
	double loss; /* true, in logs */
	struct sitting sitting;
	double deltas[PAIRS_MAX];
	unsigned count;
	bool base_first;
};

static void duel_begin(struct duel *duel, const struct noise *noise, double loss, uint64_t *state)
{
	duel->noise = *noise;
	duel->loss = loss;
	duel->count = 0;
	duel->sitting = sitting_begin(noise, state);
	duel->rules = (struct qb_rules){ .higher_is_better = true, .threshold = { 0.05, 0.05 } };
}

static void duel_measure(struct duel *duel, unsigned until, uint64_t *state)
{
	while (duel->count < until && duel->count < PAIRS_MAX) {
		double first, second;

		duel->base_first =
			duel->count % 2 == 0 ? qb_random_below(state, 2) == 0 : !duel->base_first;
		first = sitting_run(&duel->sitting, &duel->noise, state);
		second = sitting_run(&duel->sitting, &duel->noise, state);
		duel->deltas[duel->count++] =
			(duel->base_first ? first - second : second - first) + duel->loss;
	}
}

/* Pairs are added up to each look until a verdict stands. */
static struct qb_judgement duel_decide(struct duel *duel, const struct qb_schedule *schedule,
                                       unsigned family, uint64_t *state)
{
	struct qb_judgement judgement = { .verdict = QB_VERDICT_INCONCLUSIVE };
	unsigned look;

	duel->rules.levels = qb_gate_levels(schedule, family);
	while (judgement.verdict == QB_VERDICT_INCONCLUSIVE &&
	       (look = qb_gate_next_look(schedule, duel->count)) != 0) {
		duel_measure(duel, look, state);
		judgement = qb_verdict_pairs(&duel->rules, duel->deltas, duel->count);
	}
	return judgement;
}

#endif
