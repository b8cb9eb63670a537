/* topology_memory.c -- binds memory to NUMA nodes, and looks where it went
 *
 * System calls, not hwloc: every measuring process binds anew, and would pay for a discovery of
 * the whole machine to move one mask.  A return of 0 is no proof (a container's filter may answer
 * it, a full node may be passed over), so pages are touched and the kernel asked for their nodes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/kernel_file.h"
#include "harness/topology.h"

#define NODES_MAX 1024
#define WORD_BITS (8 * sizeof(unsigned long))
#define PROBE_MAX 2048 /* pages */

/* linux/mempolicy.h is not everywhere; these are the kernel's ABI, see set_mempolicy(2). */
enum { POLICY_BIND = 2, POLICY_INTERLEAVE = 3 };

struct nodes {
	unsigned long words[NODES_MAX / WORD_BITS];
	unsigned count;
	char list[128]; /* as the kernel writes it */
};

static bool has_node(const struct nodes *nodes, unsigned long node)
{
	return node < NODES_MAX && (nodes->words[node / WORD_BITS] >> node % WORD_BITS & 1);
}

static void add_node(struct nodes *nodes, unsigned long node)
{
	if (node >= NODES_MAX || has_node(nodes, node))
		return;
	nodes->words[node / WORD_BITS] |= 1ul << node % WORD_BITS;
	nodes->count++;
}

/* "0-3,7" */
static void read_nodes(const char *list, struct nodes *nodes)
{
	char *end;

	*nodes = (struct nodes){ .count = 0 };
	while (*list >= '0' && *list <= '9') {
		const unsigned long first = strtoul(list, &end, 10);
		const unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		for (unsigned long node = first; node <= last && node < NODES_MAX; node++)
			add_node(nodes, node);
		list = *end == ',' ? end + 1 : "";
	}
}

/* Nodes with memory that this process may use; node 0 on a kernel without NUMA. */
static void find_nodes(struct nodes *ret_nodes)
{
	static const char with_memory[] = "/sys/devices/system/node/has_memory";
	struct nodes memory, allowed;
	char list[128];

	read_nodes(qb_kernel_file_line("", with_memory, list, sizeof(list)) ? list : "0", &memory);
	if (!qb_kernel_file_value("", "/proc/self/status", "Mems_allowed_list", list, sizeof(list)))
		snprintf(list, sizeof(list), "0-%d", NODES_MAX - 1);
	read_nodes(list, &allowed);
	*ret_nodes = (struct nodes){ .count = 0 };
	for (unsigned node = 0; node < NODES_MAX; node++) {
		const size_t length = strlen(ret_nodes->list);

		if (!has_node(&memory, node) || !has_node(&allowed, node))
			continue;
		add_node(ret_nodes, node);
		snprintf(ret_nodes->list + length, sizeof(ret_nodes->list) - length, "%s%u",
		         length > 0 ? "," : "", node);
	}
}

/* Touches pages and gathers the nodes that they are on. */
static int probe(size_t page_count, struct nodes *ret_found)
{
	const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	void *pages[PROBE_MAX];
	int status[PROBE_MAX];
	char *const memory = mmap(NULL, page_count * page_size, PROT_READ | PROT_WRITE,
	                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (memory == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < page_count; i++) {
		pages[i] = memory + i * page_size;
		memory[i * page_size] = 1;
	}
	if (syscall(SYS_move_pages, 0, page_count, pages, NULL, status, 0) != 0)
		r = -errno;
	*ret_found = (struct nodes){ .count = 0 };
	for (size_t i = 0; i < page_count && r == 0; i++) {
		if (status[i] >= 0)
			add_node(ret_found, (unsigned long)status[i]);
		else
			r = status[i];
	}
	munmap(memory, page_count * page_size);
	return r;
}

static int refused(int code, const char *what, struct qb_error *error)
{
	return qb_error_set(error, code, "cannot bind memory to NUMA nodes: %s: %s%s", what,
	                    strerror(code),
	                    code == EPERM ? "; a container needs CAP_SYS_NICE for it" : "");
}

/* Binds to `wanted` by a policy of the kernel, then believes only pages. */
static int bind(int policy, const struct nodes *wanted, struct qb_error *error)
{
	/* An interleave deals page by page: twice round shows every node. */
	const size_t page_count = 2 * (size_t)wanted->count;
	struct nodes found = { .count = 0 };
	int r;

	/* The kernel reads one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, policy, wanted->words, (unsigned long)NODES_MAX + 1) != 0)
		return refused(errno, "set_mempolicy", error);
	r = probe(page_count < PROBE_MAX ? page_count : PROBE_MAX, &found);
	if (r != 0)
		return refused(-r, "cannot see where pages are", error);
	if (memcmp(found.words, wanted->words, sizeof(found.words)) != 0)
		return qb_error_set(error, EIO,
		                    "the system took the binding to NUMA nodes but did not "
		                    "follow it: pages are on %u nodes, wanted %s",
		                    found.count, wanted->list);
	return 0;
}

static int bind_to_node(unsigned node, const struct nodes *nodes, struct qb_error *error)
{
	struct nodes one = { .count = 0 };

	add_node(&one, node);
	snprintf(one.list, sizeof(one.list), "%u", node);
	if (!has_node(nodes, node))
		return qb_error_set(error, EINVAL,
		                    "no memory that this process may use is on NUMA node %u; it is "
		                    "on: %s",
		                    node, nodes->list);
	return bind(POLICY_BIND, &one, error);
}

int qb_topology_bind_memory(enum qb_numa policy, unsigned node, struct qb_error *error)
{
	struct nodes nodes;
	unsigned here;

	if (policy == QB_NUMA_DEFAULT)
		return 0;
	find_nodes(&nodes);
	if (policy == QB_NUMA_INTERLEAVE)
		return bind(POLICY_INTERLEAVE, &nodes, error);
	if (policy == QB_NUMA_NODE)
		return bind_to_node(node, &nodes, error);
	if (syscall(SYS_getcpu, NULL, &here, NULL) != 0)
		return refused(errno, "getcpu", error);
	return bind_to_node(here, &nodes, error);
}
