/* topology.c -- what the machine looks like, as plain arrays
 *
 * The only user of hwloc.  What the planner needs are sets of CPUs that share something, so every
 * CPU gets a number per level, counted over the CPUs that this process may use: a package with no
 * usable CPU is not there.  hwloc knows what the control group allows, but not what taskset left
 * us, so the affinity mask is asked for as well.
 */
#include "harness/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cgroup.h"

#define SYNTHETIC "synthetic:"

/* Dense numbers for objects, in order of their first appearance. */
struct numbering {
	hwloc_obj_t *objects;
	unsigned count;
};

static unsigned number_of(struct numbering *numbering, hwloc_obj_t object)
{
	/* Neighbors mostly share their objects: the newest number is the likeliest. */
	for (unsigned i = numbering->count; i-- > 0;) {
		if (numbering->objects[i] == object)
			return i;
	}
	numbering->objects[numbering->count] = object;
	return numbering->count++;
}

static int set_source(hwloc_topology_t hw, const char *source, struct qb_error *error)
{
	const size_t prefix = strlen(SYNTHETIC);

	if (!source)
		return 0;
	if (strncmp(source, SYNTHETIC, prefix) == 0) {
		if (hwloc_topology_set_synthetic(hw, source + prefix) != 0)
			return qb_error_set(error, EINVAL,
			                    "topology '%s' is not what hwloc takes as a synthetic "
			                    "one, such as 'synthetic:package:2 l3:2 core:4 pu:2'",
			                    source);
		return 0;
	}
	if (access(source, R_OK) != 0)
		return qb_error_set(error, errno, "cannot read topology '%s': %s", source,
		                    strerror(errno));
	if (hwloc_topology_set_xml(hw, source) != 0)
		return qb_error_set(error, EINVAL, "topology '%s' is not an hwloc XML file",
		                    source);
	return 0;
}

static int open_hwloc(const char *source, hwloc_topology_t *ret_hw, struct qb_error *error)
{
	hwloc_topology_t hw;
	int r;

	if (hwloc_topology_init(&hw) != 0)
		return qb_error_set(error, ENOMEM, "cannot start hwloc: out of memory");
	r = set_source(hw, source, error);
	if (r == 0 && hwloc_topology_load(hw) != 0)
		r = qb_error_set(error, EINVAL, "cannot load topology '%s': %s",
		                 source ? source : "this machine",
		                 source ? "it is not a file that this version of hwloc reads"
		                        : strerror(errno));
	if (r == 0)
		*ret_hw = hw;
	else
		hwloc_topology_destroy(hw);
	return r;
}

/* Allowed AND, on this machine, in our affinity mask. */
static hwloc_bitmap_t usable_cpus(hwloc_topology_t hw, bool this_machine)
{
	hwloc_bitmap_t usable = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(hw));
	hwloc_bitmap_t bound = hwloc_bitmap_alloc();

	if (usable)
		hwloc_bitmap_and(usable, usable, hwloc_topology_get_topology_cpuset(hw));
	if (usable && bound && this_machine &&
	    hwloc_get_cpubind(hw, bound, HWLOC_CPUBIND_THREAD) == 0)
		hwloc_bitmap_and(usable, usable, bound);
	hwloc_bitmap_free(bound);
	return usable;
}

static hwloc_obj_t ancestor(hwloc_topology_t hw, hwloc_obj_type_t type, hwloc_obj_t pu)
{
	return hwloc_get_ancestor_obj_by_type(hw, type, pu);
}

static hwloc_obj_t core_of(hwloc_topology_t hw, hwloc_obj_t pu)
{
	const hwloc_obj_t core = ancestor(hw, HWLOC_OBJ_CORE, pu);

	return core ? core : pu;
}

static hwloc_obj_t package_of(hwloc_topology_t hw, hwloc_obj_t pu)
{
	const hwloc_obj_t package = ancestor(hw, HWLOC_OBJ_PACKAGE, pu);

	return package ? package : hwloc_get_root_obj(hw);
}

/* NUMA nodes hang beside the tree, as memory children, below memory-side caches at times. */
static hwloc_obj_t node_of(hwloc_topology_t hw, hwloc_obj_t pu)
{
	hwloc_obj_t node = NULL;

	for (hwloc_obj_t up = pu; up && !node; up = up->parent)
		node = up->memory_first_child;
	while (node && node->type != HWLOC_OBJ_NUMANODE)
		node = node->memory_first_child;
	return node ? node : hwloc_get_root_obj(hw);
}

static hwloc_obj_t cluster_of(hwloc_obj_t pu)
{
	hwloc_obj_t up = pu->parent;

	while (up &&
	       !(up->type == HWLOC_OBJ_GROUP && up->subtype && strcmp(up->subtype, "Cluster") == 0))
		up = up->parent;
	return up;
}

/* Guests on Arm often see no L3 at all, and some cores have none where others do: what then comes
 * nearest to "these share a cache". */
static hwloc_obj_t llc_of(hwloc_topology_t hw, hwloc_obj_t pu, const char **ret_name)
{
	const hwloc_obj_t l3 = ancestor(hw, HWLOC_OBJ_L3CACHE, pu);
	const hwloc_obj_t l2 = ancestor(hw, HWLOC_OBJ_L2CACHE, pu);
	const hwloc_obj_t die = ancestor(hw, HWLOC_OBJ_DIE, pu);

	*ret_name = "L3";
	if (l3)
		return l3;
	*ret_name = "L2";
	if (l2 && !hwloc_bitmap_isincluded(l2->cpuset, core_of(hw, pu)->cpuset))
		return l2;
	*ret_name = "cluster";
	if (cluster_of(pu))
		return cluster_of(pu);
	*ret_name = die ? "die" : "package";
	return die ? die : package_of(hw, pu);
}

/* One kind as hwloc tells it apart. */
struct kind {
	int efficiency;         /* -1: hwloc cannot rank them */
	const char *type;       /* "IntelAtom"; NULL if not known */
	unsigned long capacity; /* of Linux, 1024 the largest; 0: not known */
};

static struct kind describe_kind(hwloc_topology_t hw, unsigned index, hwloc_bitmap_t cpus)
{
	struct kind kind = { .efficiency = -1 };
	struct hwloc_info_s *infos = NULL;
	unsigned info_count = 0;

	if (hwloc_cpukinds_get_info(hw, index, cpus, &kind.efficiency, &info_count, &infos, 0) != 0)
		return kind;
	for (unsigned i = 0; i < info_count; i++) {
		if (strcmp(infos[i].name, "CoreType") == 0)
			kind.type = infos[i].value;
		else if (strcmp(infos[i].name, "LinuxCapacity") == 0)
			kind.capacity = strtoul(infos[i].value, NULL, 10);
	}
	return kind;
}

/* Favored cores and rounded capacities split what is one kind to us: only another type of core or
 * a fifth more capacity makes two. */
static bool is_better_kind(const struct kind *a, const struct kind *b)
{
	if (a->efficiency < 0 || b->efficiency < 0)
		return false;
	if (a->type && b->type && strcmp(a->type, b->type) != 0)
		return true;
	return a->capacity > 0 && b->capacity * 5 >= a->capacity * 6;
}

/* Fills ret_kinds[hwloc's kind], all in ascending order of efficiency; returns how many are left.
 */
static unsigned merge_kinds(hwloc_topology_t hw, hwloc_const_bitmap_t usable, unsigned *ret_kinds,
                            unsigned hw_kind_count)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
	struct kind first = { .efficiency = -1 };
	unsigned count = 0;

	for (unsigned i = 0; i < hw_kind_count; i++) {
		const struct kind kind = describe_kind(hw, i, cpus);

		ret_kinds[i] = count > 0 ? count - 1 : 0;
		if (!hwloc_bitmap_intersects(cpus, usable))
			continue;
		if (count == 0 || is_better_kind(&first, &kind)) {
			first = kind;
			ret_kinds[i] = count++;
		}
	}
	hwloc_bitmap_free(cpus);
	return count > 0 ? count : 1;
}

static void set_kinds(hwloc_topology_t hw, hwloc_const_bitmap_t usable,
                      struct qb_topology *topology)
{
	const int hw_kind_count = hwloc_cpukinds_get_nr(hw, 0);
	unsigned *kinds;

	topology->kind_count = 1;
	if (hw_kind_count <= 1)
		return;
	kinds = calloc((size_t)hw_kind_count, sizeof(*kinds));
	if (!kinds)
		return; /* then they are one kind, as on most machines */
	topology->kind_count = merge_kinds(hw, usable, kinds, (unsigned)hw_kind_count);
	for (size_t i = 0; i < topology->pu_count; i++) {
		const hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(hw, topology->pus[i].os);
		const int kind = hwloc_cpukinds_get_by_cpuset(hw, pu->cpuset, 0);

		topology->pus[i].kind = kind >= 0 ? kinds[kind] : 0;
	}
	topology->hybrid = topology->kind_count > 1;
	free(kinds);
}

/* objects: room for four numberings. */
static void set_pus(hwloc_topology_t hw, hwloc_const_bitmap_t usable, hwloc_obj_t *objects,
                    struct qb_topology *topology)
{
	const size_t room = topology->pu_count;
	struct numbering core = { .objects = objects }, llc = { .objects = objects + room };
	struct numbering numa = { .objects = objects + 2 * room };
	struct numbering package = { .objects = objects + 3 * room };
	const char *llc_name;
	struct qb_pu *pu = topology->pus;

	for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(hw, HWLOC_OBJ_PU, o));) {
		if (!hwloc_bitmap_isset(usable, o->os_index))
			continue;
		pu->os = o->os_index;
		pu->logical = (unsigned)(pu - topology->pus);
		pu->core = number_of(&core, core_of(hw, o));
		pu->llc = number_of(&llc, llc_of(hw, o, &llc_name));
		pu->numa = number_of(&numa, node_of(hw, o));
		pu->package = number_of(&package, package_of(hw, o));
		/* The threads of a core are neighbors in hwloc's order. */
		pu->smt = pu > topology->pus && pu[-1].core == pu->core ? pu[-1].smt + 1 : 0;
		topology->smt |= pu->smt > 0;
		if (pu == topology->pus)
			snprintf(topology->llc_name, sizeof(topology->llc_name), "%s", llc_name);
		pu++;
	}
	topology->core_count = core.count;
	topology->llc_count = llc.count;
	topology->numa_count = numa.count;
	topology->package_count = package.count;
}

static void describe(hwloc_const_bitmap_t usable, struct qb_topology *topology)
{
	char nodes[32] = "", llcs[32] = "";
	const unsigned cores = topology->core_count, packages = topology->package_count;

	hwloc_bitmap_list_snprintf(topology->cpu_list, sizeof(topology->cpu_list), usable);
	if (topology->numa_count > 1)
		snprintf(nodes, sizeof(nodes), ", %u NUMA nodes", topology->numa_count);
	if (strcmp(topology->llc_name, "package") != 0)
		snprintf(llcs, sizeof(llcs), ", %u %s", topology->llc_count, topology->llc_name);
	snprintf(topology->description, sizeof(topology->description),
	         "CPU%s %.40s%s: %u package%s%s%s, %u core%s, %sSMT%s",
	         topology->pu_count == 1 ? "" : "s", topology->cpu_list,
	         strlen(topology->cpu_list) > 40 ? "..." : "", packages, packages == 1 ? "" : "s",
	         nodes, llcs, cores, cores == 1 ? "" : "s", topology->smt ? "" : "no ",
	         topology->hybrid ? ", hybrid" : "");
}

static int fill(hwloc_topology_t hw, hwloc_const_bitmap_t usable, struct qb_topology *topology,
                struct qb_error *error)
{
	const int count = hwloc_bitmap_weight(usable);
	hwloc_obj_t *objects;

	if (count <= 0)
		return qb_error_set(error, EINVAL, "the topology has no CPU that may be used");
	topology->pu_count = (size_t)count;
	topology->pus = calloc(topology->pu_count, sizeof(*topology->pus));
	objects = calloc(4 * topology->pu_count, sizeof(hwloc_obj_t));
	if (!topology->pus || !objects) {
		free(objects);
		qb_topology_finish(topology);
		return qb_error_set(error, ENOMEM, "cannot hold %d CPUs: out of memory", count);
	}
	set_pus(hw, usable, objects, topology);
	free(objects);
	set_kinds(hw, usable, topology);
	describe(usable, topology);
	return 0;
}

int qb_topology_load(const char *source, struct qb_topology *ret_topology, struct qb_error *error)
{
	struct qb_topology topology = { .this_machine = false };
	hwloc_topology_t hw = NULL;
	hwloc_bitmap_t usable;
	int r = open_hwloc(source, &hw, error);

	if (r != 0)
		return r;
	/* hwloc also obeys HWLOC_SYNTHETIC and the like, so a NULL source does not settle it. */
	topology.this_machine = !source && hwloc_topology_is_thissystem(hw);
	if (topology.this_machine)
		topology.cpu_quota = qb_cgroup_cpu_quota("");
	usable = usable_cpus(hw, topology.this_machine);
	if (usable)
		r = fill(hw, usable, &topology, error);
	else
		r = qb_error_set(error, ENOMEM, "cannot hold a set of CPUs: out of memory");
	if (r == 0)
		*ret_topology = topology;
	hwloc_bitmap_free(usable);
	hwloc_topology_destroy(hw);
	return r;
}

void qb_topology_finish(struct qb_topology *topology)
{
	free(topology->pus);
	*topology = (struct qb_topology){ .pus = NULL };
}
