/* history.h -- pure: many results of one machine in the order they were made; what changed when.
 *
 * A document is read, added and released before the next one, so that a history of years fits. */
#ifndef QB_HISTORY_H
#define QB_HISTORY_H

#include "harness/change_points.h"
#include "harness/result.h"

#define QB_HISTORY_RECENT 20 /* results that count, within which a regression is an alarm */

/* What of a file decides whether its figures can stand beside others. */
struct qb_history_facts {
	char cpu[128], kernel[128], hypervisor[32], governor[32], clocksource[32];
	char allowed_cpus[256], compiler[64], flags[256], protocol[128];
};

struct qb_history_file {
	char path[512];
	char created[32], commit[48];
	uint64_t content; /* equal: the same result again */
	char fingerprint[72], protocol_hash[24];
	struct qb_history_facts facts;
	char control_name[32];
	double control;   /* median round trips per second; NaN: none */
	char reason[400]; /* why it is left out; "": it is not */
};

/* One figure of one file: the Hodges-Lehmann estimate over its runs. */
struct qb_history_point {
	size_t file;
	double value;
};

struct qb_history_change {
	size_t at; /* the first point of the new level */
	bool regression;
	double change_pct, ci95_pct[2]; /* of the value, signed as a reader expects */
	double p;                       /* by chance, at most */
	double before, after;           /* levels */
	size_t earliest, latest;        /* first points it may be at, give or take */
	bool recent;                    /* in one of the last QB_HISTORY_RECENT files that count */
	double control_change_pct;      /* of the same files' control; NaN: not known */
};

struct qb_history_failure;

/* One metric of one case. */
struct qb_history_series {
	char key[QB_KEY_SIZE], metric[QB_NAME_SIZE], unit[16];
	bool higher_is_better, gated;
	double threshold;               /* share: half of it is the least change that is told */
	double scatter, scatter_before; /* median deviation of logs; and not normalized, else NaN */
	size_t point_count, point_room;
	struct qb_history_point *points; /* owned, in order */
	double level;                    /* the last one: the median since the last change */
	bool judged;                     /* there are enough points */
	double autocorrelation;
	bool drifting;
	size_t change_count;
	struct qb_history_change *changes;        /* owned, in order */
	const struct qb_history_failure *missing; /* recent, with no point since; or NULL */
};

/* A case, or one metric of it, that has no figure in a file that counts. */
struct qb_history_failure {
	size_t file;
	enum qb_status status;
	char key[QB_KEY_SIZE], metric[QB_NAME_SIZE], reason[160]; /* metric "": all */
};

struct qb_history {
	struct qb_tool tool;
	size_t file_count, file_room;
	struct qb_history_file *files; /* owned; once settled, in order of their dates */
	size_t used_count;             /* files that are not left out */
	size_t series_count, series_room;
	struct qb_history_series *series; /* owned, in order of appearance */
	size_t failure_count, failure_room;
	struct qb_history_failure *failures; /* owned */
	bool normalized, alarm;
	bool comparable; /* not all but one file had to be left out, and something was measured */
	unsigned regressions, improvements; /* of gated series */
	int exit_code;
};

struct qb_history_request {
	double thresholds[3]; /* shares by metric: throughput, latency, memory; 0: the default */
	bool normalize;       /* by the control: files without one are left out */
	bool alarm; /* a recent regression of a gated metric ends with 1; no figure with 4, 5 */
};

/* Takes what it needs of a result.  -EINVAL: it does not tell when it was made; -ENOMEM. */
int qb_history_add(struct qb_history *history, const char *path, const struct qb_document *document,
                   struct qb_error *error);

/* Once all are added: orders them, leaves out what the newest cannot stand beside, finds what
 * changed, and fills everything else.  -ENOMEM. */
int qb_history_settle(struct qb_history *history, const struct qb_history_request *request,
                      struct qb_error *error);

/* The last step of that: what is recent, what counts, and how it ends. */
void qb_history_conclude(struct qb_history *history);

void qb_history_finish(struct qb_history *history);

#endif
