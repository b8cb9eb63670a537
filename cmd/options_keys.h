/* options_keys.h -- keys of options without a letter, and what options.c asks of its setters. */
#ifndef QB_OPTIONS_KEYS_H
#define QB_OPTIONS_KEYS_H

#include "cmd/options.h"

enum {
	KEY_API = 256,
	KEY_WAIT,
	KEY_PIN,
	KEY_NUMA,
	KEY_NO_PROOF,
	KEY_RATE,
	KEY_ARRIVALS,
	KEY_SHARD,
	KEY_WARMUP,
	KEY_MESSAGES,
	KEY_PRECISION,
	KEY_MAX_RUNS,
	KEY_TIMEOUT,
	KEY_SEED,
	KEY_QUIET,
	KEY_VERBOSE,
	KEY_LOG,
	KEY_COLOR,
	KEY_PROGRESS,
	KEY_TOPOLOGY, /* plan */
	KEY_NAMES,    /* list */
	KEY_COUNTERS, /* run */
	KEY_EXPLAIN,
	KEY_THRESHOLD,
	KEY_POLICY,
	KEY_FAIL_ON,
	KEY_INCONCLUSIVE,
	KEY_REQUIRE,
	KEY_PROFILE,
	KEY_PAIRS,
	KEY_MAX_PAIRS,
	KEY_MAX_TIME,
	KEY_BASE_EXEC,
	KEY_NEW_EXEC,
	KEY_FORCE,
	KEY_RECORDING_SD,
	KEY_NORMALIZE,
	KEY_SAVE_BASELINE,
	KEY_ALL_PAIRS, /* limits */
	KEY_FRESH,
	KEY_LIMITS, /* run */
	KEY_PERF_CTL,
	KEY_TRACE,
	KEY_ALARM /* trend */
};

/* Adds the names of a list with commas. */
int qb_options_add_names(struct qb_options *options, const char *name, const char *arg,
                         struct qb_names *names);

/* What holds where nothing is said. */
void qb_options_default(struct qb_options *ret_options);

/* After the last option: what excludes or needs each other, and what follows from the rest. */
int qb_options_settle(struct qb_options *options);
int qb_options_gate_settle(struct qb_options *options);

extern const struct argp_option qb_options_gate_rows[], qb_options_duel_rows[];

#endif
