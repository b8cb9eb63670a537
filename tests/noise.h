/* noise.h -- simulated throughput of runs, in logs: the shapes that measured queues have. */
#ifndef QB_TESTS_NOISE_H
#define QB_TESTS_NOISE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/random.h"

enum noise_kind { NOISE_GAUSS, NOISE_HEAVY, NOISE_BIMODAL, NOISE_DRIFT };

struct noise {
	enum noise_kind kind;
	double cv; /* of gauss; the others have theirs */
};

static double noise_uniform(uint64_t *state)
{
	return ((double)(qb_random_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double noise_normal(uint64_t *state)
{
	const double radius = sqrt(-2 * log(noise_uniform(state)));

	return radius * cos(6.283185307179586 * noise_uniform(state));
}

/* One run: ln of its value less ln of the truth. */
static double noise_draw(const struct noise *noise, uint64_t *state)
{
	switch (noise->kind) {
	case NOISE_HEAVY: /* one run in ten is slowed by 15 % on average */
		return 0.015 * noise_normal(state) +
		       (noise_uniform(state) < 0.1 ? 0.15 * log(noise_uniform(state)) : 0);
	case NOISE_BIMODAL: /* 70 to 30, 8 % apart */
		return 0.03 * noise_normal(state) - (noise_uniform(state) < 0.3 ? 0.08 : 0);
	case NOISE_DRIFT:
		return 0.02 * noise_normal(state);
	case NOISE_GAUSS:
		break;
	}
	return noise->cv * noise_normal(state);
}

/* A sitting of an interleaved comparison: runs in slots, one after the other. */
struct sitting {
	double offset, slope; /* what both sides share: the day, and its drift per slot */
	unsigned slot;
};

static struct sitting sitting_begin(const struct noise *noise, uint64_t *state)
{
	struct sitting sitting = { 0 };

	if (noise->kind != NOISE_DRIFT)
		return sitting;
	sitting.offset = 0.03 * noise_normal(state);
	sitting.slope = 0.02 * (2 * noise_uniform(state) - 1) / 120;
	return sitting;
}

static double sitting_run(struct sitting *sitting, const struct noise *noise, uint64_t *state)
{
	return sitting->offset + sitting->slope * sitting->slot++ + noise_draw(noise, state);
}

/* What error rates are counted on. */
static const struct noise_row {
	const char *name;
	struct noise noise;
	bool open; /* too noisy to decide 5 % in 60 pairs */
} noise_rows[] = { { "gauss 2 %", { NOISE_GAUSS, 0.02 }, false },
	           { "gauss 3 %", { NOISE_GAUSS, 0.03 }, false },
	           { "heavy tail", { NOISE_HEAVY, 0 }, false },
	           { "two modes 8 % apart", { NOISE_BIMODAL, 0 }, false },
	           { "gauss 12 %", { NOISE_GAUSS, 0.12 }, true },
	           { "drifting 3 %", { NOISE_DRIFT, 0 }, false } };

#endif
