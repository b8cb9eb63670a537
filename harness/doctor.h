/* doctor.h -- everything on this machine that may disturb a measurement: found, weighed, and with
 * the command that mends it.  Reads only. */
#ifndef QB_DOCTOR_H
#define QB_DOCTOR_H

#include "harness/limits.h"
#include "harness/result.h"
#include "harness/topology.h"
#include "harness/vitals.h"

/* The worse, the higher.  UNKNOWN is no OK: what cannot be seen may be anything. */
enum qb_health { QB_HEALTH_OK, QB_HEALTH_NOTE, QB_HEALTH_UNKNOWN, QB_HEALTH_WARNING };

struct qb_finding {
	const char *code;
	enum qb_health health;
	char text[384];     /* what was seen, or that it was not */
	const char *effect; /* on a measurement; NULL: none */
	char mend[256];     /* a command, or what else helps; "": nothing to do */
};

/* What the checks look at. */
struct qb_doctor_facts {
	const char *root; /* "" or a folder that stands for / (tests) */
	const struct qb_machine *machine;
	const struct qb_topology *topology;
	const struct qb_tool *tool;
	const struct qb_vitals *before, *after;   /* a while apart, nothing of ours running */
	const struct qb_limits *offsets;          /* of the CPUs' tick counters; clock_offsets.h */
	const struct qb_counters *counters;       /* as planned here */
	bool energy_known;                        /* counts, and moved meanwhile */
	const struct qb_counters_why *energy_why; /* unless known */
};

struct qb_doctor_check {
	const char *code, *effect;
	enum qb_health (*look)(const struct qb_doctor_facts *facts, struct qb_finding *finding);
};

/* The tables, each ended by a NULL code. */
extern const struct qb_doctor_check qb_doctor_machine[], qb_doctor_settings[], qb_doctor_load[];

#define QB_DOCTOR_MAX 64

/* Runs every check; returns how many findings there are, the worst first, else in the order of the
 * tables. */
size_t qb_doctor_examine(const struct qb_doctor_facts *facts,
                         struct qb_finding ret_findings[QB_DOCTOR_MAX]);

const char *qb_doctor_health_name(enum qb_health health); /* "ok", "note", "unknown", "warning" */

/* For checks: fills the text, or the mend, and returns the health. */
__attribute__((format(printf, 3, 4))) enum qb_health
qb_doctor_say(struct qb_finding *finding, enum qb_health health, const char *format, ...);
__attribute__((format(printf, 2, 3))) void qb_doctor_mend(struct qb_finding *finding,
                                                          const char *format, ...);

#endif
