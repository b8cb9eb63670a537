/* pinning_policies.h -- between pinning.c and its policies. */
#ifndef QB_PINNING_POLICIES_H
#define QB_PINNING_POLICIES_H

#include "harness/pinning.h"

/* One attempt to place threads. */
struct qb_pin_draft {
	const struct qb_topology *topology;
	const struct qb_pin_request *request;
	size_t thread_count;
	int *cpus;      /* out: producers, then consumers */
	char need[160]; /* out, where impossible: "cross-package needs 2 packages" */
	/* The CPUs in line, for the policies' own use. */
	size_t spot_count;
	struct qb_pin_spot *spots;
};

/* 0, -ENOMEM, or -EINVAL with draft->need filled.  Wants topology, request and cpus. */
int qb_pinning_policies_place(struct qb_pin_draft *draft);

#endif
