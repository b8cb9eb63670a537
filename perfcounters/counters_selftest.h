/* counters_selftest.h -- proof that a group counts, before anything that it says is believed. */
#ifndef QB_COUNTERS_SELFTEST_H
#define QB_COUNTERS_SELFTEST_H

#include "perfcounters/counters_machine.h"
#include "perfcounters/counters_unit.h"

struct qb_selftest_member {
	struct qb_unit_member member;
	int semantic; /* enum qb_event; -1: no idea what moves it */
};

struct qb_selftest_verdict {
	bool scheduled; /* the group as a whole found counters */
	struct {
		bool proven;                /* it moved */
		struct qb_counters_why why; /* code NONE, or what is wrong with this member */
	} members[QB_UNIT_MEMBERS_MAX];
};

/* Counts a loop of known length, then work that moves every event we know how to move, in the
 * calling thread. */
void qb_counters_selftest_run(const struct qb_counters_system *system,
                              const struct qb_absence_facts *facts,
                              const struct qb_selftest_member *members, unsigned count,
                              struct qb_selftest_verdict *ret_verdict);

#endif
