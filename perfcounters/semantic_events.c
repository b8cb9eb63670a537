/* semantic_events -- the table: meaning x microarchitecture -> event.
 *
 * Names come first, so that libpfm4's corrections reach us; the encoding stands beside each, so
 * that a CPU newer than the installed libpfm4, or a build without it, counts the same.  Encodings
 * are those of the vendors' event lists (Intel perfmon, AMD PPR, Arm PMU guides). */
#include "perfcounters/semantic_events.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Types of perf_event_open(2); the kernel's header stays in the files that make system calls. */
enum { TYPE_HARDWARE = 0, TYPE_CACHE = 3, TYPE_RAW = 4 };

#define IMPLEMENTER_ARM 0x41 /* of MIDR_EL1, as /proc/cpuinfo has it */

#define M(march) (1u << QB_MARCH_##march)
#define SKYLAKES (M(SKL) | M(SKX) | M(CLX))
#define ICELAKES (M(ICL) | M(ICX))
#define GOLDENS  (M(SPR) | M(EMR) | M(GNR) | M(ADL_P))
#define INTEL    (SKYLAKES | ICELAKES | GOLDENS) /* without the small cores */
#define SERVERS  (M(SKX) | M(CLX) | M(ICX) | M(SPR) | M(EMR) | M(GNR))
#define ZENS     (M(ZEN1) | M(ZEN2) | M(ZEN3) | M(ZEN4) | M(ZEN5))
#define ARM_OLD  (M(ARM_OTHER) | M(ARM_A53) | M(ARM_A57) | M(ARM_A72))
#define ARM_NEO  (M(ARM_A76) | M(ARM_N1) | M(ARM_N2) | M(ARM_V1) | M(ARM_V2))

struct row {
	enum qb_event event;
	unsigned march_mask;
	const char *name;
	uint64_t config, config1;
};

/* clang-format off */
static const struct row rows[] = {
	{ QB_EVENT_CYCLES, INTEL | M(ADL_E), "CPU_CLK_UNHALTED:THREAD_P", 0x3c, 0 },
	{ QB_EVENT_CYCLES, ZENS, "CYCLES_NOT_IN_HALT", 0x76, 0 },
	{ QB_EVENT_CYCLES, ARM_OLD | ARM_NEO, "CPU_CYCLES", 0x11, 0 },

	/* Never bare: the default mask of INST_RETIRED is the precise-distribution counter. */
	{ QB_EVENT_INSTRUCTIONS, INTEL | M(ADL_E), "INST_RETIRED:ANY_P", 0xc0, 0 },
	{ QB_EVENT_INSTRUCTIONS, ZENS, "RETIRED_INSTRUCTIONS", 0xc0, 0 },
	{ QB_EVENT_INSTRUCTIONS, ARM_OLD | ARM_NEO, "INST_RETIRED", 0x8, 0 },

	{ QB_EVENT_TRANSFERS_LOAD, SKYLAKES | ICELAKES, "MEM_LOAD_L3_HIT_RETIRED:XSNP_HITM",
	  0x4d2, 0 },
	{ QB_EVENT_TRANSFERS_LOAD, GOLDENS, "MEM_LOAD_L3_HIT_RETIRED:XSNP_FWD", 0x4d2, 0 },

	/* A queue's stores and compare-and-swaps take lines too: loads are half of the story. */
	{ QB_EVENT_TRANSFERS_RFO, M(SKL), "OFFCORE_RESPONSE_0:DMND_RFO:L3_HIT:SNP_HITM",
	  0x1b7, 0x10001c0002 },
	{ QB_EVENT_TRANSFERS_RFO, M(SKX) | M(CLX), "OFFCORE_RESPONSE_0:DMND_RFO:L3_HIT:SNP_HITM",
	  0x1b7, 0x10003c0002 },
	{ QB_EVENT_TRANSFERS_RFO, ICELAKES, "OCR:DEMAND_RFO_L3_HIT_SNOOP_HITM",
	  0x1b7, 0x10003c0002 },
	{ QB_EVENT_TRANSFERS_RFO, GOLDENS, "OCR:DEMAND_RFO_L3_HIT_SNOOP_HITM",
	  0x12a, 0x10003c0002 },
	{ QB_EVENT_TRANSFERS_RFO, M(ADL_E), "OCR:DEMAND_RFO_L3_HIT_SNOOP_HITM",
	  0x1b7, 0x10003c0002 },

	{ QB_EVENT_TRANSFERS_REMOTE, SERVERS, "MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM", 0x4d3, 0 },
	{ QB_EVENT_TRANSFERS_REMOTE, M(ZEN2), "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_RMT_CACHE",
	  0x1043, 0 },
	{ QB_EVENT_TRANSFERS_REMOTE, M(ZEN3), "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:EXT_CACHE_RMT",
	  0x1043, 0 },
	{ QB_EVENT_TRANSFERS_REMOTE, M(ZEN4) | M(ZEN5),
	  "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:FAR_CACHE_NEAR_FAR", 0x1043, 0 },
	{ QB_EVENT_TRANSFERS_REMOTE, ARM_NEO & ~M(ARM_A76), "REMOTE_ACCESS", 0x31, 0 },

	{ QB_EVENT_L1D_MISSES, INTEL, "MEM_LOAD_RETIRED:L1_MISS", 0x8d1, 0 },
	{ QB_EVENT_L1D_MISSES, ARM_OLD | ARM_NEO, "L1D_CACHE_REFILL", 0x3, 0 },

	{ QB_EVENT_LLC_MISSES, INTEL, "MEM_LOAD_RETIRED:L3_MISS", 0x20d1, 0 },
	{ QB_EVENT_LLC_MISSES, ARM_NEO, "LL_CACHE_MISS_RD", 0x37, 0 },

	{ QB_EVENT_BRANCH_MISSES, INTEL | M(ADL_E), "BR_MISP_RETIRED:ALL_BRANCHES", 0xc5, 0 },
	{ QB_EVENT_BRANCH_MISSES, ZENS, "RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED", 0xc3, 0 },
	{ QB_EVENT_BRANCH_MISSES, ARM_NEO, "BR_MIS_PRED_RETIRED", 0x22, 0 },

	{ QB_EVENT_MEMORY_CLEARS, INTEL, "MACHINE_CLEARS:MEMORY_ORDERING", 0x2c3, 0 },
	{ QB_EVENT_LOCKED_LOADS, INTEL, "MEM_INST_RETIRED:LOCK_LOADS", 0x21d0, 0 },
	{ QB_EVENT_LLC_STALLS, INTEL, "CYCLE_ACTIVITY:STALLS_L3_MISS", 0x60006a3, 0 },
	{ QB_EVENT_RFO_MISSES, SKYLAKES | ICELAKES | M(SPR) | M(EMR), "L2_RQSTS:RFO_MISS",
	  0x2224, 0 },

	{ QB_EVENT_FILLS_NEAR, M(ZEN2), "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_CACHE",
	  0x243, 0 },
	{ QB_EVENT_FILLS_NEAR, M(ZEN3), "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:INT_CACHE", 0x243, 0 },
	{ QB_EVENT_FILLS_NEAR, M(ZEN4) | M(ZEN5), "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CCX",
	  0x243, 0 },
	{ QB_EVENT_FILLS_FAR, M(ZEN3), "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:EXT_CACHE_LCL",
	  0x443, 0 },
	{ QB_EVENT_FILLS_FAR, M(ZEN4) | M(ZEN5),
	  "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:NEAR_CACHE_NEAR_FAR", 0x443, 0 },
	{ QB_EVENT_FILLS_FAR, ARM_NEO & ~M(ARM_A76), "L1D_CACHE_REFILL_OUTER", 0x45, 0 },
	{ QB_EVENT_BUS_LOCKS, ZENS & ~M(ZEN1), "RETIRED_LOCK_INSTRUCTIONS:BUS_LOCK", 0x125, 0 },

	{ QB_EVENT_EXCLUSIVE_FAILS, ARM_NEO & ~M(ARM_A76), "STREX_FAIL_SPEC", 0x6e, 0 },
	{ QB_EVENT_BARRIERS, ARM_NEO & ~M(ARM_A76), "DMB_SPEC", 0x7e, 0 },
	{ QB_EVENT_MEMORY_STALLS, M(ARM_N2) | M(ARM_V1) | M(ARM_V2), "STALL_BACKEND_MEM",
	  0x4005, 0 },
};

static const struct {
	const char *name;
	bool exercised;
	const char *meaning;
} events[QB_EVENT_COUNT] = {
	[QB_EVENT_CYCLES] = { "cycles", true,
	  "core cycles while not halted" },
	[QB_EVENT_INSTRUCTIONS] = { "instructions", true,
	  "instructions retired" },
	[QB_EVENT_TRANSFERS_LOAD] = { "line-transfers-load", false,
	  "loads served from another core's dirty line" },
	[QB_EVENT_TRANSFERS_RFO] = { "line-transfers-rfo", false,
	  "stores and atomics served from another core's dirty line" },
	[QB_EVENT_TRANSFERS_REMOTE] = { "line-transfers-remote", false,
	  "loads served from another socket's cache" },
	[QB_EVENT_L1D_MISSES] = { "l1d-misses", true,
	  "loads that missed the first data cache" },
	[QB_EVENT_LLC_MISSES] = { "llc-misses", true,
	  "loads that missed the last cache" },
	[QB_EVENT_BRANCH_MISSES] = { "branch-misses", true,
	  "branches predicted wrongly" },
	[QB_EVENT_MEMORY_CLEARS] = { "memory-order-clears", false,
	  "pipeline clears by another core's write" },
	[QB_EVENT_LOCKED_LOADS] = { "locked-loads", true,
	  "atomic read-modify-writes" },
	[QB_EVENT_LLC_STALLS] = { "llc-stalls", true,
	  "cycles stalled on a miss of the last cache" },
	[QB_EVENT_RFO_MISSES] = { "rfo-misses", true,
	  "requests for ownership that left the core" },
	[QB_EVENT_FILLS_NEAR] = { "fills-near", false,
	  "lines from within the cluster: its L3 or a peer's cache" },
	[QB_EVENT_FILLS_FAR] = { "fills-far", false,
	  "lines from a cache outside of the cluster" },
	[QB_EVENT_BUS_LOCKS] = { "bus-locks", false,
	  "atomics that locked the bus" },
	[QB_EVENT_EXCLUSIVE_FAILS] = { "exclusive-fails", false,
	  "store-exclusives that lost" },
	[QB_EVENT_BARRIERS] = { "barriers", true,
	  "data memory barriers" },
	[QB_EVENT_MEMORY_STALLS] = { "memory-stalls", false,
	  "cycles stalled on memory" },
};

/* The kernel's generic events, whose meaning is each vendor's own. */
static const struct {
	enum qb_event event;
	const char *name;
	uint32_t type;
	uint64_t config;
} generics[] = {
	{ QB_EVENT_CYCLES, "perf::CPU-CYCLES", TYPE_HARDWARE, 0 },
	{ QB_EVENT_INSTRUCTIONS, "perf::INSTRUCTIONS", TYPE_HARDWARE, 1 },
	{ QB_EVENT_LLC_MISSES, "perf::CACHE-MISSES", TYPE_HARDWARE, 3 },
	{ QB_EVENT_BRANCH_MISSES, "perf::BRANCH-MISSES", TYPE_HARDWARE, 5 },
	{ QB_EVENT_L1D_MISSES, "perf::L1-DCACHE-LOAD-MISSES", TYPE_CACHE, 0x10000 },
};

#define TABLES(...) { __VA_ARGS__, NULL }
static const struct {
	const char *name;
	const char *tables[3];
} marches[QB_MARCH_COUNT] = {
	[QB_MARCH_UNKNOWN] = { "unknown", { NULL } },
	[QB_MARCH_SKL] = { "skylake", TABLES("skl") },
	[QB_MARCH_SKX] = { "skylake-server", TABLES("skx") },
	[QB_MARCH_CLX] = { "cascade-lake", TABLES("clx", "skx") },
	[QB_MARCH_ICL] = { "ice-lake", TABLES("icl") },
	[QB_MARCH_ICX] = { "ice-lake-server", TABLES("icx") },
	[QB_MARCH_SPR] = { "sapphire-rapids", TABLES("spr") },
	[QB_MARCH_EMR] = { "emerald-rapids", TABLES("emr", "spr") },
	[QB_MARCH_GNR] = { "granite-rapids", TABLES("gnr", "spr") },
	[QB_MARCH_ADL_P] = { "golden-cove", TABLES("adl_glc") },
	[QB_MARCH_ADL_E] = { "gracemont", TABLES("adl_grt") },
	[QB_MARCH_ZEN1] = { "zen1", TABLES("amd64_fam17h_zen1") },
	[QB_MARCH_ZEN2] = { "zen2", TABLES("amd64_fam17h_zen2") },
	[QB_MARCH_ZEN3] = { "zen3", TABLES("amd64_fam19h_zen3") },
	[QB_MARCH_ZEN4] = { "zen4", TABLES("amd64_fam19h_zen4") },
	[QB_MARCH_ZEN5] = { "zen5", TABLES("amd64_fam1ah_zen5", "amd64_fam19h_zen4") },
	[QB_MARCH_ARM_OTHER] = { "arm", { NULL } },
	[QB_MARCH_ARM_A53] = { "cortex-a53", TABLES("arm_ac53") },
	[QB_MARCH_ARM_A57] = { "cortex-a57", TABLES("arm_ac57") },
	[QB_MARCH_ARM_A72] = { "cortex-a72", TABLES("arm_ac72") },
	[QB_MARCH_ARM_A76] = { "cortex-a76", TABLES("arm_ac76") },
	[QB_MARCH_ARM_N1] = { "neoverse-n1", TABLES("arm_n1") },
	[QB_MARCH_ARM_N2] = { "neoverse-n2", TABLES("arm_n2") },
	[QB_MARCH_ARM_V1] = { "neoverse-v1", TABLES("arm_v1") },
	[QB_MARCH_ARM_V2] = { "neoverse-v2", TABLES("arm_v2") },
};
/* clang-format on */

const char *qb_semantic_events_name(enum qb_event event)
{
	assert(event < QB_EVENT_COUNT);
	return events[event].name;
}

const char *qb_semantic_events_meaning(enum qb_event event)
{
	assert(event < QB_EVENT_COUNT);
	return events[event].meaning;
}

bool qb_semantic_events_exercised(enum qb_event event)
{
	assert(event < QB_EVENT_COUNT);
	return events[event].exercised;
}

int qb_semantic_events_find(const char *name)
{
	for (int i = 0; i < QB_EVENT_COUNT; i++)
		if (strcmp(events[i].name, name) == 0)
			return i;
	return -1;
}

const char *qb_semantic_events_march_name(enum qb_march march)
{
	assert(march < QB_MARCH_COUNT);
	return marches[march].name;
}

const char *const *qb_semantic_events_tables(enum qb_march march)
{
	assert(march < QB_MARCH_COUNT);
	return marches[march].tables;
}

static enum qb_march march_of_intel(const struct qb_cpu_identity *cpu, const char *core_pmu)
{
	if (cpu->family != 6)
		return QB_MARCH_UNKNOWN;
	switch (cpu->model) {
	case 0x4e:
	case 0x5e:
	case 0x8e:
	case 0x9e:
	case 0xa5:
	case 0xa6:
		return QB_MARCH_SKL;
	case 0x55:
		return cpu->stepping < 5 ? QB_MARCH_SKX : QB_MARCH_CLX;
	case 0x7d:
	case 0x7e:
	case 0x9d:
	case 0x8c:
	case 0x8d:
	case 0xa7:
		return QB_MARCH_ICL;
	case 0x6a:
	case 0x6c:
		return QB_MARCH_ICX;
	case 0x8f:
		return QB_MARCH_SPR;
	case 0xcf:
		return QB_MARCH_EMR;
	case 0xad:
	case 0xae:
		return QB_MARCH_GNR;
	case 0x97:
	case 0x9a:
	case 0xb7:
	case 0xba:
	case 0xbf:
	case 0xaa:
	case 0xac:
		return strcmp(core_pmu, "cpu_atom") == 0 ? QB_MARCH_ADL_E : QB_MARCH_ADL_P;
	default:
		return QB_MARCH_UNKNOWN;
	}
}

static enum qb_march march_of_amd(const struct qb_cpu_identity *cpu)
{
	const unsigned model = cpu->model;

	switch (cpu->family) {
	case 0x17:
		return model < 0x30 ? QB_MARCH_ZEN1 : QB_MARCH_ZEN2;
	case 0x19:
		return (model >= 0x10 && model < 0x20) || (model >= 0x60 && model < 0x80) ||
		                       (model >= 0xa0 && model < 0xb0)
		               ? QB_MARCH_ZEN4
		               : QB_MARCH_ZEN3;
	case 0x1a:
		return QB_MARCH_ZEN5;
	default:
		return QB_MARCH_UNKNOWN;
	}
}

static enum qb_march march_of_arm(const struct qb_cpu_identity *cpu)
{
	static const struct {
		unsigned part;
		enum qb_march march;
	} parts[] = {
		{ 0xd03, QB_MARCH_ARM_A53 }, { 0xd07, QB_MARCH_ARM_A57 },
		{ 0xd08, QB_MARCH_ARM_A72 }, { 0xd0b, QB_MARCH_ARM_A76 },
		{ 0xd0c, QB_MARCH_ARM_N1 },  { 0xd49, QB_MARCH_ARM_N2 },
		{ 0xd40, QB_MARCH_ARM_V1 },  { 0xd4f, QB_MARCH_ARM_V2 },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		/* The numbers of parts are each designer's own; these are Arm's. */
		if (cpu->family == IMPLEMENTER_ARM && parts[i].part == cpu->part)
			return parts[i].march;
	return QB_MARCH_ARM_OTHER;
}

enum qb_march qb_semantic_events_march(const struct qb_cpu_identity *cpu, const char *core_pmu)
{
	switch (cpu->vendor) {
	case QB_VENDOR_INTEL:
		return march_of_intel(cpu, core_pmu);
	case QB_VENDOR_AMD:
		return march_of_amd(cpu);
	case QB_VENDOR_ARM:
		return march_of_arm(cpu);
	default:
		return QB_MARCH_UNKNOWN;
	}
}

static const struct row *find_row(enum qb_event event, enum qb_march march)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].event == event && (rows[i].march_mask & 1u << march))
			return &rows[i];
	return NULL;
}

const char *qb_semantic_events_row(enum qb_event event, enum qb_march march,
                                   struct qb_event_code *ret_code)
{
	const struct row *row = find_row(event, march);

	if (!row)
		return NULL;
	*ret_code = (struct qb_event_code){ .type = TYPE_RAW,
		                            .config = row->config,
		                            .config1 = row->config1 };
	return row->name;
}

static size_t add_generic(enum qb_event event, struct qb_event_candidate *ret)
{
	for (size_t i = 0; i < sizeof(generics) / sizeof(generics[0]); i++) {
		if (generics[i].event != event)
			continue;
		*ret = (struct qb_event_candidate){ .generic = true };
		ret->code.type = generics[i].type;
		ret->code.config = generics[i].config;
		snprintf(ret->name, sizeof(ret->name), "%s", generics[i].name);
		return 1;
	}
	return 0;
}

size_t qb_semantic_events_candidates(enum qb_event event, enum qb_march march,
                                     struct qb_event_candidate ret[QB_CANDIDATES_MAX])
{
	struct qb_event_code code;
	const char *name = qb_semantic_events_row(event, march, &code);
	size_t count = 0;

	if (!name)
		return add_generic(event, ret);
	for (const char *const *table = qb_semantic_events_tables(march); *table; table++) {
		ret[count] = (struct qb_event_candidate){ .code = code };
		snprintf(ret[count].name, sizeof(ret[count].name), "%s::%s", *table, name);
		count++;
	}
	ret[count++] = (struct qb_event_candidate){ .code = code };
	return count + add_generic(event, ret + count);
}
