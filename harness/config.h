/* config.h -- plain data: what the user asked for.  Filled by cmd/options.c, read by plan.c. */
#ifndef QB_CONFIG_H
#define QB_CONFIG_H

#include "harness/case.h"

#define QB_LIST_MAX 256

struct qb_number_list {
	size_t count;
	uint64_t values[QB_LIST_MAX];
};

struct qb_config {
	size_t impl_count;
	const char *const *impls; /* names, globs, "all", "./my.so", "./my.so:name"; borrowed */
	size_t workload_count;
	const char *const *workloads;
	struct qb_number_list producers, consumers, batches, message_sizes, capacities;
	enum qb_api api;
	enum qb_wait wait;
	size_t pin_count;
	const char *const *pins; /* policies as written */
	const char *topology;    /* NULL: this machine; plan only */
	enum qb_numa numa;
	unsigned numa_node;
	bool proof;
	uint64_t rate;                     /* of the latency workload; 0: not said */
	enum qb_arrivals arrivals;         /* NONE: not said */
	unsigned shard_index, shard_count; /* I of N, from 1; 1/1: everything */
	struct qb_protocol protocol;
};

#endif
