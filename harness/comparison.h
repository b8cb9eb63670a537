/* comparison.h -- plain data: what a comparison of two sides found; all that its reports see.
 * Filled by duel.c (runs measured in turn) or compare.c (two recordings). */
#ifndef QB_COMPARISON_H
#define QB_COMPARISON_H

#include "harness/advice.h"
#include "harness/diagnosis.h"
#include "harness/drift.h"
#include "harness/gate.h"
#include "harness/result.h"
#include "harness/verdict.h"

enum qb_side_name { QB_SIDE_BASE, QB_SIDE_FRESH, QB_SIDE_COUNT };

/* One run of one side, kept raw. */
struct qb_side_run {
	enum qb_status status;
	char reason[512];
	double value; /* of the metric; NaN unless ok */
	bool disturbed;
	unsigned order; /* among all runs of the invocation */
	uint64_t seed;
	int64_t start_unix_ms;
};

/* What one side's values look like; they stay in the verdict whatever this says. */
struct qb_side_shape {
	unsigned n;
	double median, mean, robust_sd, cv, min, max; /* robust_sd: 1.4826 MAD */
	struct qb_outliers outliers;                  /* of the logs */
	struct qb_modes modes;                        /* of the logs */
	unsigned disturbed_count;
};

/* One metric of one case. */
struct qb_comparison {
	char key[QB_KEY_SIZE];
	char metric[QB_NAME_SIZE], unit[16];
	bool gated;
	bool paired; /* runs were measured in turn */
	struct qb_rules rules;
	struct qb_judgement judgement;
	struct qb_advice advice;
	char advice_text[384];
	char reason[1024];         /* invalid: why */
	enum qb_side_name culprit; /* invalid: the side that could not be measured */
	enum qb_status side_status[QB_SIDE_COUNT];
	struct qb_side_shape shapes[QB_SIDE_COUNT];
	size_t run_count[QB_SIDE_COUNT];
	struct qb_side_run *runs[QB_SIDE_COUNT]; /* owned; paired: run i of both is pair i */
	double cliff;                            /* shape-free effect size, of base over fresh */
	bool means_disagree;                     /* the ratio of means lies outside the interval */
	double mode_shares_p;      /* both sides in two modes: p of equal shares; else 1 */
	bool depends_on_disturbed; /* without the disturbed pairs the verdict would differ */
	double seconds_per_unit;   /* of a pair, or of a run per side; 0: not known */
};

/* A minimum stated without a baseline: 'spsc: throughput >= 100M'. */
struct qb_requirement_result {
	char text[160];
	char key[QB_KEY_SIZE];   /* of the case it was held against; "" if none matched */
	enum qb_verdict verdict; /* no-change: met; regression: not met */
	double value, limit;     /* value: Hodges-Lehmann estimate over runs; NaN: not measured */
	bool has_interval;
	double interval[2]; /* 99 %, over runs */
	char unit[16];
	unsigned n;
	char reason[256];
};

struct qb_comparison_document {
	struct qb_tool tool;
	char created[32];
	size_t command_count;
	const char *const *command; /* borrowed */
	char base_name[256], fresh_name[256];
	char mode[16];    /* "interleaved" or "recordings" */
	char profile[16]; /* "" for recordings */
	enum qb_policy policy;
	enum qb_severity fail_on;
	enum qb_inconclusive inconclusive;
	unsigned family; /* gated comparisons that share the false-alarm budget */
	struct qb_levels levels;
	uint64_t seed;
	struct qb_machine machine; /* of the fresh side */
	struct qb_protocol protocol;
	size_t difference_count;            /* of machine and protocol: why not comparable */
	struct qb_warning *differences;     /* owned */
	bool forced;                        /* compared in spite of them */
	struct qb_recording_term recording; /* recordings only */
	struct qb_drift drift;              /* likewise */
	bool normalized;                    /* values of the new side: as if nothing had drifted */
	size_t missing_count, added_count;
	char (*missing)[QB_KEY_SIZE], (*added)[QB_KEY_SIZE]; /* owned: cases of one side alone */
	size_t comparison_count;
	struct qb_comparison *comparisons; /* owned */
	size_t requirement_count;
	struct qb_requirement_result *requirements; /* owned */
	size_t warning_count;
	struct qb_warning warnings[16];
	unsigned counts[QB_VERDICT_COUNT]; /* of gated comparisons */
	double ratio_gmean; /* geometric mean of fresh / base over cases, better > 1; NaN if none */
	bool interrupted;
	int exit_code;
};

void qb_comparison_finish(struct qb_comparison_document *document);

#endif
