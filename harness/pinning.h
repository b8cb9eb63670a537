/* pinning.h -- pure: topology x policy x thread counts -> one CPU per thread, or why not. */
#ifndef QB_PINNING_H
#define QB_PINNING_H

#include "harness/topology.h"

struct qb_pin_request {
	enum qb_pin policy;
	unsigned producer_count, consumer_count;
	/* QB_PIN_LIST: CPUs by the kernel's number; producers take them in turn, consumers go on
	 * behind, unless split ("0,2/1,3"), where each side has its own list. */
	const int *list;
	size_t list_count;
	size_t list_split; /* > 0: entries before it are the producers' */
};

/* Fills ret_cpus with producer_count + consumer_count CPU numbers (or QB_CPU_NONE under NONE).
 * With more threads than CPUs the CPUs are used in turn; no CPU is used twice while another is
 * idle, except where a LIST says so.  A policy that this topology cannot satisfy gives -EINVAL and
 * a sentence that says what it needs, what is here and which policies are possible.  Same input,
 * same output.
 *
 * compact       hwloc's order, siblings side by side
 * cores         one thread per core before siblings
 * scatter       round robin over packages, then NUMA nodes, LLC domains, cores, siblings
 * smt           producer i and consumer i on siblings; who finds no partner goes on behind
 * llc           all in one LLC domain, one thread per core before siblings
 * cross-...     no producer in a domain with a consumer; the nearest such domains
 * p-, e-cores   on that kind only, one thread per core before siblings
 * auto          one thread per core in one LLC domain, of P cores where there are two kinds; where
 *               cores run out, wider, then E cores, then siblings; possible everywhere */
int qb_pinning_choose(const struct qb_topology *topology, const struct qb_pin_request *request,
                      int *ret_cpus, struct qb_error *error);

/* True if the policy can be satisfied here with this many threads. */
bool qb_pinning_possible(const struct qb_topology *topology, const struct qb_pin_request *request);

/* True if two of these CPUs are the same: the threads are oversubscribed. */
bool qb_pinning_shares_cpu(const int *cpus, size_t count);

/* "auto", "cross-llc", "0,2,5", "0,2/1,3" -> policy and list (at most list_max entries);
 * the counts stay as they are.  Returns 0, or -EINVAL with a sentence that names the nearest
 * policy. */
int qb_pinning_parse(const char *text, struct qb_pin_request *ret_request, int *ret_list,
                     size_t list_max, struct qb_error *error);

#endif
