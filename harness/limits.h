/* limits.h -- what this machine can do at most, measured: how long a cache line takes from one CPU
 * to another, how many lines can stream, what atomics, futexes and clocks cost.  A queue's result
 * is held against these.  Nothing is printed; a report renders struct qb_limits. */
#ifndef QB_LIMITS_H
#define QB_LIMITS_H

#include "harness/topology.h"

/* How far two CPUs are from each other; nearest first. */
enum qb_relation {
	QB_RELATION_SELF,    /* one CPU, measured alone */
	QB_RELATION_SMT,     /* two threads of one core */
	QB_RELATION_LLC,     /* two cores that share the last-level cache */
	QB_RELATION_PACKAGE, /* one package and NUMA node, two such caches */
	QB_RELATION_CROSS,   /* two packages or NUMA nodes */
	QB_RELATION_COUNT
};

struct qb_cpu_pair {
	int cpu_a, cpu_b; /* by the kernel's number; cpu_b is QB_CPU_NONE for one CPU alone */
	enum qb_relation relation;
};

/* One bound of one pair.  Names, units and meaning (man page):
 *   rtt_one_line, rtt_two_lines  ns    there and back; both write one line, or each its own
 *   stream_1 ... stream_512      line/s  64-byte lines from cpu_a to cpu_b through a ring of 4096,
 *                                      the index published every 1 ... 512 lines
 *   fetch_add, cas, store_fence  ns    per operation, one CPU alone
 *   *_contended                  ns    per operation of both CPUs together on one line
 *   futex_wake                   ns    with nobody asleep
 *   futex_round_trip             ns    two threads that wake each other in turn
 *   clock_ticks, clock_ticks_ordered, clock_gettime  ns  per reading
 *   clock_offset                 ns    cpu_b's tick counter minus cpu_a's lies in [min, max] */
struct qb_limit {
	char name[32];
	char unit[16];
	bool higher_is_better;
	bool measured;
	char reason[160];       /* why not measured */
	double value, min, max; /* median, lowest and highest repetition */
	unsigned n;             /* repetitions */
	struct qb_cpu_pair pair;
	int64_t measured_unix_ms; /* when */
};

struct qb_limits {
	size_t pair_count; /* including the CPUs measured alone */
	struct qb_cpu_pair *pairs;
	size_t count;
	struct qb_limit *limits; /* pair by pair, in the order above */
	uint64_t duration_ns;    /* what measuring took */
	bool interrupted;        /* pairs that were not reached are missing */
};

struct qb_limits_request {
	/* Pairs to measure; NULL: chosen from the topology, one per relation that exists here, or
	 * every pair if all_pairs. */
	const struct qb_cpu_pair *pairs;
	size_t pair_count;
	bool all_pairs;
	const char *const *names; /* only these limits; NULL: all */
	size_t name_count;
	uint64_t repetition_ns;          /* 0: 18 ms, which makes about 2.5 s a pair */
	volatile const int *interrupted; /* becomes non-zero: stop after this pair; may be NULL */
	/* Before each pair; may be NULL. */
	void (*progress)(void *context, size_t done, size_t total, const struct qb_cpu_pair *pair);
	void *context;
};

/* Measures; release with qb_limits_finish.  What cannot be measured here is listed with its
 * reason.  -ENOMEM, or -EINVAL for a topology that is not this machine's. */
int qb_limits_measure(const struct qb_topology *topology, const struct qb_limits_request *request,
                      struct qb_limits *ret_limits, struct qb_error *error);
void qb_limits_finish(struct qb_limits *limits);

/* Pure: the pairs that a request without its own list measures: the first CPU alone (and the first
 * of each further core kind; with all_pairs every CPU), then pairs, nearest relation first.  At
 * most `max` are stored; returns how many there are. */
size_t qb_limits_pairs(const struct qb_topology *topology, bool all_pairs,
                       struct qb_cpu_pair *ret_pairs, size_t max);

enum qb_relation qb_limits_relate(const struct qb_pu *a, const struct qb_pu *b);
const char *qb_limits_relation_name(enum qb_relation relation); /* "self", "smt", "llc", ... */

/* True if its repetitions differ so much that other work must have come between. */
bool qb_limits_is_disturbed(const struct qb_limit *limit);

/* The measured limit of that name between two CPUs in either order, or NULL. */
const struct qb_limit *qb_limits_find(const struct qb_limits *limits, const char *name, int cpu_a,
                                      int cpu_b);

/* Messages per second that could at most stream from one CPU to the other if the index is published
 * every `batch` messages: interpolated between the measured intervals.  With `batch` 0 the highest
 * repetition of all intervals, which no queue between these CPUs can well pass.  0 where not
 * measured. */
double qb_limits_stream(const struct qb_limits *limits, const struct qb_cpu_pair *pair,
                        size_t batch, size_t message_size);

#endif
