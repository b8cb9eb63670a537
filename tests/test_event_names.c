/* test_event_names -- every name in our table, encoded by libpfm4, against the encodings that we
 * carry for builds and CPUs without it.  Needs no PMU: the tables are opened for any CPU. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "perfcounters/event_names.h"
#include "perfcounters/semantic_events.h"

static void need_library(void)
{
	if (!qb_event_names_available())
		cr_skip("built without libpfm4");
}

#if defined(__x86_64__)
static void expect(const char *name, uint64_t config, uint64_t config1)
{
	struct qb_event_code code = { 0 };

	cr_expect_eq(qb_event_names_encode(name, &code), 0, "%s is not known", name);
	cr_expect_eq(code.type, 4, "%s: type %u", name, code.type);
	cr_expect_eq(code.config, config, "%s: config 0x%llx", name,
	             (unsigned long long)code.config);
	cr_expect_eq(code.config1, config1, "%s: config1 0x%llx", name,
	             (unsigned long long)code.config1);
}

Test(event_names, carries_the_encodings_of_the_vendors_lists)
{
	need_library();
	expect("skx::MEM_LOAD_L3_HIT_RETIRED:XSNP_HITM", 0x4d2, 0);
	expect("spr::MEM_LOAD_L3_HIT_RETIRED:XSNP_FWD", 0x4d2, 0);
	expect("icx::MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM", 0x4d3, 0);
	expect("skl::OFFCORE_RESPONSE_0:DMND_RFO:L3_HIT:SNP_HITM", 0x1b7, 0x10001c0002);
	expect("clx::OFFCORE_RESPONSE_0:DMND_RFO:L3_HIT:SNP_HITM", 0x1b7, 0x10003c0002);
	expect("icl::OCR:DEMAND_RFO_L3_HIT_SNOOP_HITM", 0x1b7, 0x10003c0002);
	expect("spr::OCR:DEMAND_RFO_L3_HIT_SNOOP_HITM", 0x12a, 0x10003c0002);
	expect("spr::INST_RETIRED:ANY_P", 0xc0, 0);
	expect("amd64_fam19h_zen3::DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:EXT_CACHE_LCL", 0x443, 0);
	expect("amd64_fam19h_zen4::DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:FAR_CACHE_NEAR_FAR", 0x1043,
	       0);
}

/* Encodes one row through each table that the installed libpfm4 has; returns how many. */
static unsigned check_row(enum qb_event event, enum qb_march march)
{
	struct qb_event_code code;
	const char *name = qb_semantic_events_row(event, march, &code);
	char full[128];
	unsigned count = 0;

	if (!name)
		return 0;
	for (const char *const *table = qb_semantic_events_tables(march); *table; table++) {
		if (!qb_event_names_has_table(*table))
			continue;
		snprintf(full, sizeof(full), "%s::%s", *table, name);
		expect(full, code.config, code.config1);
		count++;
	}
	return count;
}

Test(event_names, knows_every_name_of_our_table_with_our_encoding)
{
	unsigned count = 0;

	need_library();
	for (int event = 0; event < QB_EVENT_COUNT; event++)
		for (int march = QB_MARCH_SKL; march <= QB_MARCH_ZEN5; march++)
			count += check_row((enum qb_event)event, (enum qb_march)march);
	cr_assert_geq(count, 90, "only %u names were there to be checked", count);
}

Test(event_names, looks_a_bare_name_up_in_this_machines_tables_only)
{
	struct qb_event_code code;

	need_library();
	if (strncmp(qb_event_names_cpu(), "amd64", 5) == 0)
		cr_expect_eq(qb_event_names_encode("MACHINE_CLEARS:MEMORY_ORDERING", &code),
		             -ENOENT);
	else
		cr_expect_eq(qb_event_names_encode("CYCLES_NOT_IN_HALT", &code), -ENOENT);
}
#endif

Test(event_names, encodes_the_kernels_generic_events)
{
	struct qb_event_code code;

	need_library();
	cr_assert_eq(qb_event_names_encode("perf::INSTRUCTIONS", &code), 0);
	cr_expect_eq(code.type, 0);
	cr_expect_eq(code.config, 1);
	cr_assert_eq(qb_event_names_encode("PAGE-FAULTS", &code), 0);
	cr_expect_eq(code.type, 1);
	cr_expect_eq(code.config, 2);
}

Test(event_names, leaves_the_code_alone_when_the_name_is_unknown)
{
	struct qb_event_code code = { .config = 77 };

	need_library();
	cr_expect_eq(qb_event_names_encode("NO_SUCH_EVENT", &code), -ENOENT);
	cr_expect_eq(qb_event_names_encode("perf::CYCLES:NO_SUCH_MASK", &code), -ENOENT);
	cr_expect_eq(code.config, 77);
}

Test(event_names, leaves_the_environment_as_it_was)
{
	need_library();
	cr_expect_null(getenv("LIBPFM_ENCODE_INACTIVE"));
}

static void count_event(void *context, const char *table, const char *event)
{
	unsigned *count = context;

	*count += strcmp(table, "perf") == 0 && event[0] != '\0';
}

Test(event_names, lists_the_events_of_this_machine)
{
	unsigned count = 0;

	need_library();
	qb_event_names_each(count_event, &count);
	cr_expect_gt(count, 20);
}

Test(semantic_events, tell_microarchitectures_by_family_and_model)
{
	const struct qb_cpu_identity emr = { QB_VENDOR_INTEL, 6, 207, 0, 0 };
	const struct qb_cpu_identity cascade = { QB_VENDOR_INTEL, 6, 0x55, 7, 0 };
	const struct qb_cpu_identity raptor = { QB_VENDOR_INTEL, 6, 0xb7, 1, 0 };
	const struct qb_cpu_identity genoa = { QB_VENDOR_AMD, 0x19, 0x11, 1, 0 };
	const struct qb_cpu_identity milan = { QB_VENDOR_AMD, 0x19, 0x01, 1, 0 };
	const struct qb_cpu_identity graviton2 = { QB_VENDOR_ARM, 0x41, 0, 0, 0xd0c };
	const struct qb_cpu_identity others = { QB_VENDOR_ARM, 0x51, 0, 0, 0xd0c };
	const struct qb_cpu_identity nothing = { 0 };

	cr_expect_eq(qb_semantic_events_march(&emr, "cpu"), QB_MARCH_EMR);
	cr_expect_eq(qb_semantic_events_march(&cascade, "cpu"), QB_MARCH_CLX);
	cr_expect_eq(qb_semantic_events_march(&raptor, "cpu_core"), QB_MARCH_ADL_P);
	cr_expect_eq(qb_semantic_events_march(&raptor, "cpu_atom"), QB_MARCH_ADL_E);
	cr_expect_eq(qb_semantic_events_march(&genoa, "cpu"), QB_MARCH_ZEN4);
	cr_expect_eq(qb_semantic_events_march(&milan, "cpu"), QB_MARCH_ZEN3);
	cr_expect_eq(qb_semantic_events_march(&graviton2, "armv8_pmuv3"), QB_MARCH_ARM_N1);
	cr_expect_eq(qb_semantic_events_march(&others, "armv8_pmuv3"), QB_MARCH_ARM_OTHER);
	cr_expect_eq(qb_semantic_events_march(&nothing, "cpu"), QB_MARCH_UNKNOWN);
}

Test(semantic_events, fall_back_from_native_table_to_neighbor_to_code_to_generic)
{
	struct qb_event_candidate way[QB_CANDIDATES_MAX];

	cr_assert_eq(qb_semantic_events_candidates(QB_EVENT_CYCLES, QB_MARCH_EMR, way), 4);
	cr_expect_str_eq(way[0].name, "emr::CPU_CLK_UNHALTED:THREAD_P");
	cr_expect_str_eq(way[1].name, "spr::CPU_CLK_UNHALTED:THREAD_P");
	cr_expect_str_eq(way[2].name, "");
	cr_expect_eq(way[2].code.config, 0x3c);
	cr_expect(way[3].generic && !way[2].generic);
}

Test(semantic_events, offer_no_line_transfers_where_the_vendor_counts_none)
{
	struct qb_event_candidate way[QB_CANDIDATES_MAX];

	cr_expect_eq(qb_semantic_events_candidates(QB_EVENT_TRANSFERS_LOAD, QB_MARCH_ZEN4, way), 0);
	cr_expect_eq(qb_semantic_events_candidates(QB_EVENT_TRANSFERS_RFO, QB_MARCH_UNKNOWN, way),
	             0);
	cr_expect_eq(qb_semantic_events_candidates(QB_EVENT_CYCLES, QB_MARCH_UNKNOWN, way), 1);
}

Test(semantic_events, are_found_by_their_names)
{
	for (int event = 0; event < QB_EVENT_COUNT; event++)
		cr_expect_eq(qb_semantic_events_find(qb_semantic_events_name((enum qb_event)event)),
		             event);
	cr_expect_eq(qb_semantic_events_find("cycle"), -1);
}
