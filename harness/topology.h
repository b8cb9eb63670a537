/* topology.h -- what the machine looks like, as plain arrays.  hwloc stays inside topology.c. */
#ifndef QB_TOPOLOGY_H
#define QB_TOPOLOGY_H

#include "harness/case.h"

/* One processing unit (hardware thread) that this process may use.  Everything but `os` is a
 * logical index: dense, from 0, in hwloc's order. */
struct qb_pu {
	unsigned os; /* the kernel's CPU number: what binding and output use */
	unsigned logical;
	unsigned core;
	unsigned smt;  /* which of its core's usable threads */
	unsigned llc;  /* last-level-cache domain: L3, else shared L2, cluster, die, package */
	unsigned numa; /* logical index of the closest node */
	unsigned package;
	unsigned kind; /* core kind, 0 the least efficient to run on (E) ... kind_count - 1 (P) */
};

struct qb_topology {
	bool this_machine; /* false: synthetic or from a file; plans only */
	size_t pu_count;   /* allowed AND in the initial affinity mask */
	struct qb_pu *pus; /* by logical index */
	unsigned core_count, llc_count, package_count, numa_count, kind_count;
	bool smt, hybrid;
	char llc_name[16];  /* what the first CPU's is: "L3", "L2", "cluster", "die", "package" */
	char cpu_list[256]; /* the kernel's numbers of all `pus`: "0-1" */
	char description[160]; /* "CPUs 0-1: 1 package, 1 L3, 2 cores, no SMT" */
	double cpu_quota;      /* cgroup v1 or v2 quota in CPUs; 0: none */
};

/* source NULL: this machine; "synthetic:..." as hwloc writes it; else an hwloc XML file.  Call it
 * before the process binds itself: the affinity mask found is taken for the user's wish.
 * Release with qb_topology_finish.  Returns 0 or -errno with *error filled. */
int qb_topology_load(const char *source, struct qb_topology *ret_topology, struct qb_error *error);
void qb_topology_finish(struct qb_topology *topology);

/* Binds the memory that this thread, and threads it starts, allocate from now on: LOCAL to the
 * closest node of the CPU it runs on, INTERLEAVE over all allowed nodes, NODE to the node that the
 * kernel calls `node`.  Checked, not believed: pages are touched and their node asked for.  -EPERM
 * and the like with a sentence where the system refuses. */
int qb_topology_bind_memory(enum qb_numa policy, unsigned node, struct qb_error *error);

#endif
