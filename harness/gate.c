/* gate -- looks, levels and the exit code of a comparison.
 *
 * Levels per look come from simulated walks of a null comparison through each schedule: at 0.01 a
 * look, 60 pairs would raise 3.4 % false alarms, at 0.002 it is 0.8 %. */
#include "harness/gate.h"

#include <assert.h>
#include <string.h>

#define LEVEL_FIXED 0.01
#define LEVEL_SHORT 0.002  /* looks up to 60 pairs */
#define LEVEL_LONG  0.0015 /* looks beyond */
#define SHORT_MAX   60

static const struct {
	const char *name;
	struct qb_schedule schedule;
} profiles[QB_PROFILE_COUNT] = {
	[QB_PROFILE_QUICK] = { "quick", { 3, { 10, 15, 20 } } },
	[QB_PROFILE_CI] = { "ci", { 6, { 10, 15, 20, 30, 40, 60 } } },
	[QB_PROFILE_NIGHTLY] = { "nightly", { 8, { 10, 15, 20, 30, 45, 70, 100, 150 } } },
};

struct qb_schedule qb_gate_schedule(enum qb_profile profile, unsigned pair_max)
{
	struct qb_schedule schedule;

	assert((unsigned)profile < QB_PROFILE_COUNT);
	schedule = profiles[profile].schedule;
	if (pair_max == 0 || pair_max >= schedule.looks[schedule.count - 1])
		return schedule;
	while (schedule.count > 1 && schedule.looks[schedule.count - 2] >= pair_max)
		schedule.count--;
	schedule.looks[schedule.count - 1] = pair_max;
	return schedule;
}

struct qb_schedule qb_gate_fixed(unsigned pair_count)
{
	assert(pair_count > 0);
	return (struct qb_schedule){ 1, { pair_count } };
}

unsigned qb_gate_next_look(const struct qb_schedule *schedule, unsigned n)
{
	for (unsigned i = 0; i < schedule->count; i++)
		if (schedule->looks[i] > n)
			return schedule->looks[i];
	return 0;
}

struct qb_levels qb_gate_levels(const struct qb_schedule *schedule, unsigned family)
{
	const unsigned cap = schedule->looks[schedule->count - 1];
	const double level = schedule->count == 1 ? LEVEL_FIXED
	                     : cap <= SHORT_MAX   ? LEVEL_SHORT
	                                          : LEVEL_LONG;

	return (struct qb_levels){ level, level / (family > 0 ? family : 1) };
}

bool qb_gate_find_profile(const char *name, enum qb_profile *ret_profile)
{
	for (unsigned i = 0; i < QB_PROFILE_COUNT; i++) {
		if (strcmp(name, profiles[i].name) == 0) {
			*ret_profile = (enum qb_profile)i;
			return true;
		}
	}
	return false;
}

const char *qb_gate_profile_name(enum qb_profile profile)
{
	assert((unsigned)profile < QB_PROFILE_COUNT);
	return profiles[profile].name;
}

void qb_gate_count(struct qb_tally *tally, const struct qb_judgement *judgement,
                   enum qb_severity fail_on)
{
	tally->counts[judgement->verdict]++;
	tally->failing +=
		judgement->verdict == QB_VERDICT_REGRESSION && judgement->severity >= fail_on;
}

int qb_gate_exit_code(const struct qb_tally *tally, enum qb_inconclusive inconclusive)
{
	if (tally->usage_error)
		return 2;
	if (tally->incorrect)
		return 5;
	if (tally->fresh_crashed)
		return 4;
	if (tally->failing > 0)
		return 1;
	if (tally->invalid || tally->counts[QB_VERDICT_INVALID] > 0)
		return 4;
	if ((tally->counts[QB_VERDICT_INCONCLUSIVE] == 0 && !tally->undecided) ||
	    inconclusive == QB_INCONCLUSIVE_PASS)
		return 0;
	return inconclusive == QB_INCONCLUSIVE_FAIL ? 1 : 3;
}
