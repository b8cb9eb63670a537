/* absence.h -- why a counter has no value: a code for machines, a sentence for people.
 *
 * A missing counter is never 0.  It is absent, and it says why. */
#ifndef QB_ABSENCE_H
#define QB_ABSENCE_H

#include <stdbool.h>
#include <stddef.h>

enum qb_absence {
	QB_ABSENCE_NONE,            /* there is a value */
	QB_ABSENCE_NO_PMU,          /* the kernel drives no CPU PMU here */
	QB_ABSENCE_CPU_UNKNOWN,     /* a PMU, but no table of its events */
	QB_ABSENCE_EVENT_MISSING,   /* a PMU without this event */
	QB_ABSENCE_DENIED,          /* perf_event_paranoid */
	QB_ABSENCE_SECCOMP,         /* a container's system call filter */
	QB_ABSENCE_NO_SYSCALL,      /* a kernel without perf events */
	QB_ABSENCE_NO_SLOTS,        /* opened, never scheduled */
	QB_ABSENCE_MULTIPLEXED,     /* scheduled for a part of the time */
	QB_ABSENCE_DEAD,            /* opens, runs, and stays 0 */
	QB_ABSENCE_IMPLAUSIBLE,     /* miscounts a loop of known length */
	QB_ABSENCE_WRONG_CORE_TYPE, /* hybrid: exists on the other cores only */
	QB_ABSENCE_FDS,             /* out of file descriptors */
	QB_ABSENCE_NO_LIBRARY,      /* built without libpfm4 */
	QB_ABSENCE_OTHER_RUN,       /* its group is counted in other runs */
	QB_ABSENCE_INPUT,           /* derived: a part of it is absent */
	QB_ABSENCE_OTHER,
	QB_ABSENCE_COUNT
};

/* An error of this library: a code, the errno behind it (0: none), one sentence. */
struct qb_counters_why {
	enum qb_absence code;
	int err;
	char text[240];
};

/* What the sentences need to know of the machine. */
struct qb_absence_facts {
	bool core_pmu; /* the kernel drives a CPU PMU */
	int paranoid;  /* kernel.perf_event_paranoid; meaningless unless paranoid_known */
	bool paranoid_known;
	int seccomp;         /* Seccomp of /proc/self/status; 2: filtered */
	bool nmi_watchdog;   /* holds a counter */
	char hypervisor[24]; /* "KVM"; "" on bare metal */
};

/* One refused perf_event_open. */
struct qb_absence_refusal {
	int err;
	unsigned type; /* of the event's attr */
	unsigned long long config;
	const char *event; /* "branch-misses" */
	const char *pmu;   /* "armv8_pmuv3" */
};

const char *qb_absence_name(enum qb_absence code); /* "no-pmu", "denied", ... */

/* Fills *ret_why with the code, the errno and a formatted sentence; returns -err. */
int qb_absence_set(struct qb_counters_why *ret_why, enum qb_absence code, int err,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Why perf_event_open refused.  Decided in the order in which causes hide each other: a filter or a
 * missing system call first, then permission (which masks a missing PMU), then what is missing. */
void qb_absence_refused(const struct qb_absence_facts *facts,
                        const struct qb_absence_refusal *refusal, struct qb_counters_why *ret_why);

/* The group opened and was never scheduled. */
void qb_absence_unscheduled(const struct qb_absence_facts *facts, struct qb_counters_why *ret_why);

/* The sentence of a code found while measuring, where no more than the code is kept. */
void qb_absence_explain(const struct qb_absence_facts *facts, enum qb_absence code, double coverage,
                        struct qb_counters_why *ret_why);

#endif
