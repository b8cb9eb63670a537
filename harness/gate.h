/* gate.h -- pure: when to look at a running comparison, at which levels, and what to exit with. */
#ifndef QB_GATE_H
#define QB_GATE_H

#include "harness/verdict.h"

enum qb_profile { QB_PROFILE_QUICK, QB_PROFILE_CI, QB_PROFILE_NIGHTLY, QB_PROFILE_COUNT };

#define QB_LOOKS_MAX 16

/* The numbers of pairs at which a verdict is tried; the first that is not inconclusive stands. */
struct qb_schedule {
	unsigned count;
	unsigned looks[QB_LOOKS_MAX]; /* ascending; the last is the cap */
};

/* pair_max 0: the profile's own; else it ends the schedule early. */
struct qb_schedule qb_gate_schedule(enum qb_profile profile, unsigned pair_max);
struct qb_schedule qb_gate_fixed(unsigned pair_count); /* one look */

/* The next look after n pairs; 0: there is none. */
unsigned qb_gate_next_look(const struct qb_schedule *schedule, unsigned n);

/* Levels for that schedule when `family` gated comparisons are made in one invocation: looking
 * often, or at many, must not add up to false alarms. */
struct qb_levels qb_gate_levels(const struct qb_schedule *schedule, unsigned family);

/* Quick, ci, nightly; false: no such profile. */
bool qb_gate_find_profile(const char *name, enum qb_profile *ret_profile);
const char *qb_gate_profile_name(enum qb_profile profile);

/* What the exit code depends on. */
struct qb_tally {
	unsigned counts[QB_VERDICT_COUNT]; /* of gated comparisons */
	unsigned failing;                  /* regressions of the severity that fails */
	bool usage_error;                  /* usage, file or I/O error */
	bool incorrect;                    /* a queue lost, duplicated, reordered or corrupted */
	bool fresh_crashed;                /* the new side crashed or hung */
	bool invalid;   /* anything else that could not be measured or compared */
	bool undecided; /* a requirement that neither is surely met nor surely is not */
};

enum qb_inconclusive { QB_INCONCLUSIVE_REPORT, QB_INCONCLUSIVE_PASS, QB_INCONCLUSIVE_FAIL };

/* Adds a gated comparison; regressions below `fail_on` do not fail. */
void qb_gate_count(struct qb_tally *tally, const struct qb_judgement *judgement,
                   enum qb_severity fail_on);

/* 2, 5, 4 if the new side crashed, 1, 4, 3, 0: the first that applies. */
int qb_gate_exit_code(const struct qb_tally *tally, enum qb_inconclusive inconclusive);

#endif
