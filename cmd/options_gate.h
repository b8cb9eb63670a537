/* options_gate.h -- what ab and compare are told on deciding: thresholds, policy, how many pairs.
 */
#ifndef QB_OPTIONS_GATE_H
#define QB_OPTIONS_GATE_H

#include "harness/gate.h"
#include "harness/requirement.h"

#define QB_REQUIREMENT_MAX 64

struct qb_gate_options {
	enum qb_profile profile;
	unsigned pairs;       /* exactly so many; 0: as the profile says */
	unsigned pair_max;    /* 0: as the profile says */
	uint64_t time_max_ns; /* 0: no limit */
	bool profile_given;
	const char *executables[2]; /* of base and new; NULL: this qbench */
	enum qb_policy policy;
	double thresholds[3]; /* shares: throughput, latency, memory; 0: the default */
	enum qb_severity fail_on;
	enum qb_inconclusive inconclusive;
	size_t requirement_count;
	struct qb_requirement requirements[QB_REQUIREMENT_MAX];
	bool force;
	double recording_sd; /* of logs; NaN: assumed by machine */
	bool normalize;      /* by the control */
};

/* What holds where nothing is said. */
void qb_options_gate_default(struct qb_gate_options *ret_gate);

/* The looks that were asked for. */
struct qb_schedule qb_options_gate_schedule(const struct qb_gate_options *gate);

#endif
