/* test_topology.c -- machines that hwloc makes up, machines in files, and this one */
#include <criterion/criterion.h>
#include <errno.h>
#include <hwloc.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/topology.h"

static struct qb_topology load(const char *source)
{
	struct qb_topology topology;
	struct qb_error error = { 0 };

	cr_assert_eq(qb_topology_load(source, &topology, &error), 0, "%s", error.text);
	return topology;
}

/* ---- synthetic machines ---- */

Test(topology, sees_one_core)
{
	struct qb_topology t = load("synthetic:core:1 pu:1");

	cr_assert_eq(t.pu_count, 1);
	cr_assert_eq(t.core_count, 1);
	cr_assert_eq(t.package_count, 1);
	cr_assert_eq(t.llc_count, 1);
	cr_assert_eq(t.numa_count, 1);
	cr_assert_eq(t.kind_count, 1);
	cr_assert_not(t.smt);
	cr_assert_not(t.hybrid);
	cr_assert_not(t.this_machine);
	cr_assert_str_eq(t.cpu_list, "0");
	cr_assert_str_eq(t.description, "CPU 0: 1 package, 1 core, no SMT");
	qb_topology_finish(&t);
	cr_assert_null(t.pus);
}

Test(topology, numbers_two_packages_of_two_l3_with_smt)
{
	struct qb_topology t = load("synthetic:package:2 l3:2 core:4 pu:2");

	cr_assert_eq(t.pu_count, 32);
	cr_assert_eq(t.core_count, 16);
	cr_assert_eq(t.llc_count, 4);
	cr_assert_eq(t.package_count, 2);
	cr_assert(t.smt);
	cr_assert_str_eq(t.llc_name, "L3");
	for (unsigned i = 0; i < 32; i++) {
		cr_assert_eq(t.pus[i].os, i);
		cr_assert_eq(t.pus[i].logical, i);
		cr_assert_eq(t.pus[i].core, i / 2);
		cr_assert_eq(t.pus[i].smt, i % 2);
		cr_assert_eq(t.pus[i].llc, i / 8);
		cr_assert_eq(t.pus[i].package, i / 16);
	}
	cr_assert_str_eq(t.description, "CPUs 0-31: 2 packages, 4 L3, 16 cores, SMT");
	qb_topology_finish(&t);
}

Test(topology, keeps_the_kernels_numbers_of_smt_siblings)
{
	struct qb_topology t = load("synthetic:package:2 core:4 "
	                            "pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)");

	cr_assert_eq(t.pus[0].os, 0);
	cr_assert_eq(t.pus[1].os, 8);
	cr_assert_eq(t.pus[0].core, t.pus[1].core);
	cr_assert_eq(t.pus[1].smt, 1);
	cr_assert_eq(t.pus[2].os, 1);
	cr_assert_eq(t.pus[2].core, 1);
	qb_topology_finish(&t);
}

Test(topology, finds_the_numa_node_beside_the_tree)
{
	struct qb_topology t = load("synthetic:package:2 [numa] group:2 [numa] l3:1 core:2 pu:1");

	cr_assert_eq(t.pu_count, 8);
	cr_assert_eq(t.numa_count, 4);
	for (unsigned i = 0; i < 8; i++)
		cr_assert_eq(t.pus[i].numa, i / 2);
	qb_topology_finish(&t);

	t = load("synthetic:package:2 [numa] l3:2 core:4 pu:2");
	cr_assert_eq(t.numa_count, 2);
	cr_assert_eq(t.pus[15].numa, 0);
	cr_assert_eq(t.pus[16].numa, 1);
	cr_assert_str_eq(t.description, "CPUs 0-31: 2 packages, 2 NUMA nodes, 4 L3, 16 cores, SMT");
	qb_topology_finish(&t);
}

Test(topology, falls_back_to_shared_l2_then_die_then_package)
{
	struct qb_topology t = load("synthetic:package:1 l2:4 core:2 pu:1");

	cr_assert_str_eq(t.llc_name, "L2");
	cr_assert_eq(t.llc_count, 4);
	qb_topology_finish(&t);

	t = load("synthetic:package:2 die:2 l2:2 core:1 pu:2"); /* an L2 of one core is private */
	cr_assert_str_eq(t.llc_name, "die");
	cr_assert_eq(t.llc_count, 4);
	qb_topology_finish(&t);

	t = load("synthetic:package:2 core:2 pu:1");
	cr_assert_str_eq(t.llc_name, "package");
	cr_assert_eq(t.llc_count, 2);
	qb_topology_finish(&t);
}

Test(topology, holds_many_small_l3)
{
	struct qb_topology t = load("synthetic:package:1 [numa] l3:8 core:8 pu:2");

	cr_assert_eq(t.pu_count, 128);
	cr_assert_eq(t.llc_count, 8);
	cr_assert_eq(t.pus[16].llc, 1);
	cr_assert_eq(t.package_count, 1);
	qb_topology_finish(&t);
}

/* ---- machines in files ---- */

struct fake_kind {
	unsigned first, last; /* CPUs */
	int efficiency;
	const char *name, *value; /* of its one info */
};

/* Writes a machine of 6 cores with 2 threads and 8 with one, numbered as on such Intel parts, with
 * the given kinds of core. */
static void write_hybrid(const char *path, const struct fake_kind *kinds, size_t kind_count)
{
	hwloc_topology_t hw;
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

	hwloc_topology_init(&hw);
	cr_assert_eq(hwloc_topology_set_synthetic(hw, "package:1 l3:1 core:14 pu:2"), 0);
	cr_assert_eq(hwloc_topology_load(hw), 0);
	hwloc_bitmap_set_range(cpus, 0, 11);
	for (unsigned cpu = 12; cpu < 28; cpu += 2)
		hwloc_bitmap_set(cpus, cpu);
	cr_assert_eq(hwloc_topology_restrict(hw, cpus, 0), 0);
	for (size_t i = 0; i < kind_count; i++) {
		struct hwloc_info_s info = { (char *)(uintptr_t)kinds[i].name,
			                     (char *)(uintptr_t)kinds[i].value };

		hwloc_bitmap_zero(cpus);
		hwloc_bitmap_set_range(cpus, kinds[i].first, (int)kinds[i].last);
		cr_assert_eq(hwloc_cpukinds_register(hw, cpus, kinds[i].efficiency, 1, &info, 0),
		             0);
	}
	cr_assert_eq(hwloc_topology_export_xml(hw, path, 0), 0);
	hwloc_bitmap_free(cpus);
	hwloc_topology_destroy(hw);
}

static struct qb_topology load_hybrid(const struct fake_kind *kinds, size_t kind_count)
{
	char path[] = "/tmp/qb-topology-XXXXXX";
	const int fd = mkstemp(path);
	struct qb_topology topology;

	cr_assert(fd >= 0);
	close(fd);
	write_hybrid(path, kinds, kind_count);
	topology = load(path);
	unlink(path);
	return topology;
}

Test(topology, tells_p_cores_from_e_cores_in_a_file)
{
	const struct fake_kind kinds[] = { { 0, 11, 1, "CoreType", "IntelCore" },
		                           { 12, 27, 0, "CoreType", "IntelAtom" } };
	struct qb_topology t = load_hybrid(kinds, 2);

	cr_assert_eq(t.pu_count, 20);
	cr_assert_eq(t.core_count, 14);
	cr_assert(t.smt);
	cr_assert(t.hybrid);
	cr_assert_eq(t.kind_count, 2);
	cr_assert_not(t.this_machine);
	for (size_t i = 0; i < t.pu_count; i++)
		cr_assert_eq(t.pus[i].kind, t.pus[i].os < 12 ? 1 : 0);
	cr_assert_not_null(strstr(t.description, ", hybrid"));
	qb_topology_finish(&t);
}

Test(topology, takes_favored_cores_for_the_same_kind)
{
	const struct fake_kind kinds[] = { { 0, 3, 1, "FrequencyMaxMHz", "5300" },
		                           { 4, 27, 0, "FrequencyMaxMHz", "5100" } };
	struct qb_topology t = load_hybrid(kinds, 2);

	cr_assert_not(t.hybrid);
	cr_assert_eq(t.kind_count, 1);
	for (size_t i = 0; i < t.pu_count; i++)
		cr_assert_eq(t.pus[i].kind, 0);
	qb_topology_finish(&t);
}

Test(topology, merges_kinds_whose_capacity_differs_by_less_than_a_fifth)
{
	const struct fake_kind kinds[] = { { 0, 1, 0, "LinuxCapacity", "718" },
		                           { 2, 5, 1, "LinuxCapacity", "731" },
		                           { 6, 7, 2, "LinuxCapacity", "997" },
		                           { 8, 27, 3, "LinuxCapacity", "1024" } };
	struct qb_topology t = load_hybrid(kinds, 4);

	cr_assert(t.hybrid);
	cr_assert_eq(t.kind_count, 2);
	for (size_t i = 0; i < t.pu_count; i++)
		cr_assert_eq(t.pus[i].kind, t.pus[i].os < 6 ? 0 : 1);
	qb_topology_finish(&t);
}

/* ---- what cannot be loaded ---- */

static void refuses(const char *source, int code, const char *part)
{
	struct qb_topology topology = { .pu_count = 77 };
	struct qb_error error = { 0 };

	cr_assert_eq(qb_topology_load(source, &topology, &error), -code);
	cr_assert_eq(error.code, code);
	cr_assert_not_null(strstr(error.text, part), "%s", error.text);
	cr_assert_not_null(strstr(error.text, source), "%s", error.text);
	cr_assert_eq(topology.pu_count, 77, "left alone on failure");
}

Test(topology, refuses_what_is_no_topology)
{
	refuses("synthetic:banana:2", EINVAL, "hwloc");
	refuses("/nonexistent/machine.xml", ENOENT, "No such file");
	refuses("/proc/self/status", EINVAL, "hwloc");
	refuses("/", EINVAL, "hwloc");
}

/* ---- this machine ---- */

Test(topology, of_this_machine_is_its_affinity_mask)
{
	struct qb_topology t = load(NULL);
	cpu_set_t mask;

	cr_assert(t.this_machine);
	cr_assert_eq(sched_getaffinity(0, sizeof(mask), &mask), 0);
	cr_assert_leq(t.pu_count, (size_t)CPU_COUNT(&mask));
	for (size_t i = 0; i < t.pu_count; i++)
		cr_assert(CPU_ISSET(t.pus[i].os, &mask));
	qb_topology_finish(&t);
}

Test(topology, of_this_machine_shrinks_with_the_affinity_mask)
{
	struct qb_topology t = load(NULL);
	const unsigned last = t.pus[t.pu_count - 1].os;
	cpu_set_t mask;

	qb_topology_finish(&t);
	CPU_ZERO(&mask);
	CPU_SET(last, &mask);
	cr_assert_eq(sched_setaffinity(0, sizeof(mask), &mask), 0);
	t = load(NULL);
	cr_assert_eq(t.pu_count, 1);
	cr_assert_eq(t.pus[0].os, last);
	cr_assert_eq(t.core_count, 1);
	cr_assert_eq(t.llc_count, 1);
	cr_assert_not(t.smt);
	qb_topology_finish(&t);
}

/* ---- memory ---- */

Test(topology, binds_memory_and_sees_it_there)
{
	struct qb_error error = { 0 };
	unsigned node = 0;
	int r;

	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_DEFAULT, 0, &error), 0);
	cr_assert_eq(syscall(SYS_getcpu, NULL, &node, NULL), 0);
	r = qb_topology_bind_memory(QB_NUMA_LOCAL, 0, &error);
	if (r == -EPERM || r == -ENOSYS)
		cr_skip("this system does not let us bind memory: %s", error.text);
	cr_assert_eq(r, 0, "%s", error.text);
	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_NODE, node, &error), 0, "%s", error.text);
	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_INTERLEAVE, 0, &error), 0, "%s", error.text);
}

Test(topology, names_the_nodes_there_are_when_one_is_not)
{
	struct qb_error error = { 0 };

	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_NODE, 1000, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "NUMA node 1000"), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "it is on: "), "%s", error.text);
	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_NODE, 4000000000u, &error), -EINVAL);
}

/* From now on, the system call `number` does nothing and fails with `code`. */
static void filter_syscall(unsigned number, unsigned code)
{
	struct sock_filter code_of_filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* offsetof(struct seccomp_data, nr) */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4, code_of_filter };

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

Test(topology, says_that_binding_memory_was_refused)
{
	struct qb_error error = { 0 };

	filter_syscall(SYS_set_mempolicy, EPERM);
	cr_assert_eq(qb_topology_bind_memory(QB_NUMA_LOCAL, 0, &error), -EPERM);
	cr_assert_not_null(strstr(error.text, "Operation not permitted"), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "CAP_SYS_NICE"), "%s", error.text);
}

Test(topology, does_not_take_a_binding_that_it_cannot_see)
{
	struct qb_error error = { 0 };

	filter_syscall(SYS_move_pages, ENOSYS);
	cr_assert_lt(qb_topology_bind_memory(QB_NUMA_LOCAL, 0, &error), 0);
	cr_assert_not_null(strstr(error.text, "cannot"), "%s", error.text);
}
