/* machines.h -- machines that hwloc makes up, and what the planner chooses on them */
#ifndef QB_TESTS_MACHINES_H
#define QB_TESTS_MACHINES_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "harness/pinning.h"

#define ONE_CORE   "synthetic:package:1 l3:1 core:1 pu:1"
#define TWO_CORES  "synthetic:package:1 l3:1 core:2 pu:1"
#define SMT        "synthetic:package:1 l3:1 core:4 pu:2"
#define SMT4       "synthetic:package:1 l3:1 core:2 pu:4"
#define TWO_BY_TWO "synthetic:package:2 l3:2 core:4 pu:2"
#define CCX        "synthetic:package:1 [numa] l3:8 core:8 pu:2"
#define LINUX_SMT                                                                                  \
	"synthetic:package:2 l3:1 core:4 pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)"
#define FOUR_NODES "synthetic:package:2 group:2 [numa] l3:1 core:2 pu:1"
#define NO_CACHE   "synthetic:package:2 core:2 pu:1"

#define THREADS_MAX 300

struct choice {
	int r;
	int cpus[THREADS_MAX];
	struct qb_error error;
};

static inline struct choice choose(const struct qb_topology *topology, enum qb_pin policy,
                                   unsigned producers, unsigned consumers)
{
	const struct qb_pin_request request = { .policy = policy,
		                                .producer_count = producers,
		                                .consumer_count = consumers };
	struct choice choice = { .r = 0 };

	choice.r = qb_pinning_choose(topology, &request, choice.cpus, &choice.error);
	cr_assert_eq(choice.r == 0, qb_pinning_possible(topology, &request));
	return choice;
}

static inline struct qb_topology load(const char *source)
{
	struct qb_topology topology;
	struct qb_error error = { 0 };

	cr_assert_eq(qb_topology_load(source, &topology, &error), 0, "%s", error.text);
	return topology;
}

/* Cores of two threads, a last-level cache for two of them, `package_cpus` CPUs to a package. */
static inline struct qb_topology make_packages(struct qb_pu *pus, unsigned count,
                                               unsigned package_cpus)
{
	for (unsigned i = 0; i < count; i++)
		pus[i] = (struct qb_pu){ .os = i,
			                 .logical = i,
			                 .core = i / 2,
			                 .smt = i % 2,
			                 .llc = i / 4,
			                 .numa = i / package_cpus,
			                 .package = i / package_cpus };
	return (struct qb_topology){ .this_machine = true, .pu_count = count, .pus = pus };
}

/* A machine of 6 P cores with 2 threads and 8 E cores with one, as hwloc shows such Intel parts. */
static inline struct qb_topology make_hybrid(void)
{
	struct qb_topology t = { .pu_count = 20,
		                 .core_count = 14,
		                 .llc_count = 1,
		                 .package_count = 1,
		                 .numa_count = 1,
		                 .kind_count = 2,
		                 .smt = true,
		                 .hybrid = true,
		                 .llc_name = "L3",
		                 .cpu_list = "0-19" };

	t.pus = calloc(t.pu_count, sizeof(*t.pus));
	for (unsigned i = 0; i < 20; i++) {
		const bool fast = i < 12;

		t.pus[i] = (struct qb_pu){ .os = i,
			                   .logical = i,
			                   .core = fast ? i / 2 : i - 6,
			                   .smt = fast ? i % 2 : 0,
			                   .kind = fast };
	}
	return t;
}

#endif
