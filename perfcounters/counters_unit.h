/* counters_unit.h -- one group of the kernel: opened together, scheduled together, read at once. */
#ifndef QB_COUNTERS_UNIT_H
#define QB_COUNTERS_UNIT_H

#include "perfcounters/absence.h"
#include "perfcounters/counters_system.h"

#define QB_UNIT_MEMBERS_MAX 5 /* {cycles, instructions} and three more */

/* Whom and where to count. */
struct qb_unit_place {
	pid_t pid; /* 0: the calling thread; -1: everything on `cpu` */
	int cpu;   /* -1: wherever it runs */
};

struct qb_unit_member {
	struct qb_event_code code;
	bool user_only; /* some PMUs cannot tell the kernel apart and refuse */
};

struct qb_counters_unit {
	unsigned count;
	int leader;                   /* index of the first member that opened; -1: none did */
	int fd[QB_UNIT_MEMBERS_MAX];  /* -1: not open */
	int err[QB_UNIT_MEMBERS_MAX]; /* why not: an errno */
	uint64_t id[QB_UNIT_MEMBERS_MAX];
};

struct qb_unit_reading {
	int err; /* of read(); ENODATA: the group is in the error state */
	uint64_t enabled_ns, running_ns;
	uint64_t value[QB_UNIT_MEMBERS_MAX];
	bool seen[QB_UNIT_MEMBERS_MAX];
};

/* Opens one event.  Returns its descriptor or -errno. */
int qb_counters_unit_open_one(const struct qb_counters_system *system,
                              const struct qb_unit_member *member, struct qb_unit_place place,
                              int group_fd);

/* Opens the members as one group, stopped.  A member that is refused leaves a hole, and the first
 * that is not refused leads.  Returns how many opened. */
unsigned qb_counters_unit_open(const struct qb_counters_system *system,
                               const struct qb_unit_member *members, unsigned count,
                               struct qb_unit_place place, struct qb_counters_unit *ret_unit);

int qb_counters_unit_enable(const struct qb_counters_system *system,
                            const struct qb_counters_unit *unit);

/* One read() for the whole group; values are matched by id, never by position, because a refused
 * member shifts all behind it.  Any thread may call it. */
void qb_counters_unit_read(const struct qb_counters_system *system,
                           const struct qb_counters_unit *unit,
                           struct qb_unit_reading *ret_reading);

void qb_counters_unit_close(const struct qb_counters_system *system, struct qb_counters_unit *unit);

#endif
