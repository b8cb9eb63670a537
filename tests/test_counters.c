/* test_counters -- every way in which a counter can be missing, and its sentence. */
#include <criterion/criterion.h>

#include "tests/fake_plan.h"

TestSuite(counters, .init = fake_setup, .fini = fake_teardown);

static void expect_absent(enum qb_event semantic, enum qb_absence code, const char *text)
{
	const struct qb_counters_why *why = &find(semantic)->why;

	cr_expect_eq(why->code, code, "%s: %s", qb_absence_name(why->code), why->text);
	cr_expect_str_eq(why->text, text);
}

static void expect_all_absent(enum qb_absence code)
{
	cr_expect_eq(plan.group_count, 0);
	for (unsigned i = 0; i < plan.event_count; i++)
		cr_expect_eq(plan.events[i].why.code, code, "%s: %s", plan.events[i].name,
		             plan.events[i].why.text);
}

/* The same of a CPU that has a PMU, and not every event. */
static void expect_none_counts(enum qb_absence code)
{
	cr_expect_eq(plan.group_count, 0);
	for (unsigned i = 0; i < plan.event_count; i++)
		cr_expect(plan.events[i].why.code == code ||
		                  plan.events[i].why.code == QB_ABSENCE_EVENT_MISSING,
		          "%s", plan.events[i].why.text);
}

Test(counters, say_that_a_guest_has_no_pmu)
{
	fake_file("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
	                           "model\t\t: 207\nflags\t\t: fpu hypervisor\n\n");
	fake.refuse = fake_no_pmu;
	make_plan(QB_COUNTERS_USER, 1);
	expect_all_absent(QB_ABSENCE_NO_PMU);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_NO_PMU,
	              "hardware counters: none. The kernel has no CPU PMU driver active "
	              "(perf_event_open: ENOENT); this is a KVM guest without a virtual PMU. "
	              "Software counters are used.");
	cr_expect(plan.migrations);
}

Test(counters, do_not_call_bare_metal_a_guest)
{
	fake_file("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu\n\n");
	fake.refuse = fake_no_pmu;
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_NO_PMU,
	              "hardware counters: none. The kernel has no CPU PMU driver active "
	              "(perf_event_open: ENOENT). Software counters are used.");
}

/* A libpfm4 that has the table of Sapphire Rapids, and knows no CPU. */
static int encode_spr(const char *name, struct qb_event_code *ret_code)
{
	if (strncmp(name, "spr::", 5) != 0)
		return -ENOENT;
	for (int event = 0; event < QB_EVENT_COUNT; event++) {
		const char *row =
			qb_semantic_events_row((enum qb_event)event, QB_MARCH_SPR, ret_code);

		if (row && strcmp(row, name + 5) == 0)
			return 0;
	}
	return -ENOENT;
}

Test(counters, say_which_table_stands_in_for_an_unknown_cpu)
{
	fake_xeon();
	fake_system.encode = encode_spr;
	fake_system.cpu_table = fake_no_table;
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(plan.note_count, 1);
	cr_expect_eq(plan.notes[0].code, QB_ABSENCE_CPU_UNKNOWN);
	cr_expect_str_eq(plan.notes[0].text,
	                 "libpfm4 does not know family 6 model 207; cycles, instructions by table "
	                 "spr; line transfers by table spr");
	cr_expect_str_eq(find(QB_EVENT_INSTRUCTIONS)->source, "spr::INST_RETIRED:ANY_P");
}

Test(counters, find_a_bare_name_in_the_table_that_stands_in)
{
	static const char *const events[] = { "clears=MACHINE_CLEARS:MEMORY_ORDERING" };
	const struct qb_counters_request request = { .events = events, .event_count = 1 };
	struct qb_counters_why why;

	fake_xeon();
	fake_system.encode = encode_spr;
	cr_assert_eq(qb_counters_plan(&fake_system, &request, &plan, &why), 0);
	cr_expect_eq(plan.events[2].why.code, QB_ABSENCE_NONE);
	cr_expect_eq(plan.events[2].on[0].member.code.config, 0x2c3);
}

static int encode_unbuilt(const char *name, struct qb_event_code *ret_code)
{
	(void)name, (void)ret_code;
	return -ENOSYS;
}

Test(counters, count_by_built_in_codes_without_libpfm4)
{
	fake_xeon();
	fake_system.encode = encode_unbuilt;
	fake_system.cpu_table = fake_no_table;
	make_plan(QB_COUNTERS_USER, 1);
	cr_expect_eq(find(QB_EVENT_MEMORY_CLEARS)->why.code, QB_ABSENCE_NONE);
	cr_assert_eq(plan.note_count, 1);
	cr_expect_str_eq(plan.notes[0].text, "built without libpfm4: events by built-in codes");
}

static int refuse_branches(const struct perf_event_attr *attr)
{
	return attr->config == 0x22 || attr->config == PERF_COUNT_HW_BRANCH_MISSES ? ENOENT : 0;
}

static void arm_guest(void)
{
	fake_file("/proc/cpuinfo",
	          "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\n");
	fake_file("/sys/bus/event_source/devices/armv8_pmuv3/type", "8\n");
	fake_file("/sys/bus/event_source/devices/armv8_pmuv3/cpus", "0-1\n");
}

Test(counters, name_the_pmu_that_lacks_an_event)
{
	arm_guest();
	fake.refuse = refuse_branches;
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_BRANCH_MISSES, QB_ABSENCE_EVENT_MISSING,
	              "branch-misses: not offered by this PMU (armv8_pmuv3)");
	expect_absent(QB_EVENT_TRANSFERS_RFO, QB_ABSENCE_EVENT_MISSING,
	              "line-transfers-rfo: not offered by this PMU (armv8_pmuv3)");
	cr_expect_eq(find(QB_EVENT_CYCLES)->on[0].member.code.type, 8);
}

Test(counters, do_not_open_what_an_arm_pmu_does_not_publish)
{
	arm_guest();
	fake_file("/sys/bus/event_source/devices/armv8_pmuv3/events/cpu_cycles", "event=0x0011\n");
	fake_file("/sys/bus/event_source/devices/armv8_pmuv3/events/inst_retired",
	          "event=0x0008\n");
	make_plan(QB_COUNTERS_USER, 1);
	cr_expect_eq(find(QB_EVENT_INSTRUCTIONS)->why.code, QB_ABSENCE_NONE);
	cr_expect_not(find(QB_EVENT_INSTRUCTIONS)->generic);
	cr_expect(find(QB_EVENT_L1D_MISSES)->generic);
}

static int refuse_all_eacces(const struct perf_event_attr *attr)
{
	(void)attr;
	return EACCES;
}

Test(counters, name_the_setting_that_denies)
{
	fake_xeon();
	fake_file("/proc/sys/kernel/perf_event_paranoid", "3\n");
	fake.refuse = refuse_all_eacces;
	make_plan(QB_COUNTERS_USER, 1);
	expect_all_absent(QB_ABSENCE_DENIED);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_DENIED,
	              "needs CAP_PERFMON or kernel.perf_event_paranoid <= 2 (now 3)");
}

static int refuse_kernel(const struct perf_event_attr *attr)
{
	return attr->exclude_kernel ? 0 : EACCES;
}

Test(counters, fall_back_to_user_mode_and_say_so)
{
	fake_xeon();
	fake.refuse = refuse_kernel;
	make_plan(QB_COUNTERS_ALL, 1);
	cr_expect_eq(plan.scope, QB_COUNTERS_USER);
	cr_assert_eq(plan.note_count, 1);
	cr_expect_eq(plan.notes[0].code, QB_ABSENCE_DENIED);
	cr_expect_str_eq(plan.notes[0].text, "counting user mode only: paranoid is 2");
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NONE);
	cr_expect_not(plan.migrations);
}

/* The kernel checks permission before it looks for a PMU. */
static int refuse_kernel_then_pmu(const struct perf_event_attr *attr)
{
	return attr->exclude_kernel ? fake_no_pmu(attr) : EACCES;
}

Test(counters, see_the_missing_pmu_behind_a_denied_kernel)
{
	fake.refuse = refuse_kernel_then_pmu;
	make_plan(QB_COUNTERS_ALL, 1);
	expect_all_absent(QB_ABSENCE_NO_PMU);
}

static int refuse_all_eperm(const struct perf_event_attr *attr)
{
	(void)attr;
	return EPERM;
}

static int refuse_all_enosys(const struct perf_event_attr *attr)
{
	(void)attr;
	return ENOSYS;
}

Test(counters, tell_a_seccomp_filter_from_a_kernel_without_perf)
{
	static const char filter[] = "perf_event_open is blocked by a seccomp filter (container "
				     "default); add --cap-add PERFMON or a profile that allows it";

	fake_xeon();
	fake.refuse = refuse_all_enosys;
	make_plan(QB_COUNTERS_USER, 1);
	expect_all_absent(QB_ABSENCE_NO_SYSCALL);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_NO_SYSCALL, "kernel built without perf events");
	fake_file("/proc/self/status", "Name:\ttest\nSeccomp:\t2\n");
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_SECCOMP, filter);
	fake.refuse = refuse_all_eperm;
	make_plan(QB_COUNTERS_USER, 1);
	expect_all_absent(QB_ABSENCE_SECCOMP);
}

Test(counters, keep_the_leading_pair_when_nothing_else_fits)
{
	fake_xeon();
	fake.slots = 2;
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(plan.group_count, 1);
	cr_expect_eq(plan.groups[0].count, 2);
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NONE);
	expect_absent(QB_EVENT_LLC_MISSES, QB_ABSENCE_NO_SLOTS,
	              "counter group never scheduled: more events than free counters");
}

Test(counters, call_a_group_that_never_runs_absent_and_name_the_watchdog)
{
	fake_xeon();
	fake_file("/proc/sys/kernel/nmi_watchdog", "1\n");
	fake.slots = 0;
	make_plan(QB_COUNTERS_USER, 1);
	expect_none_counts(QB_ABSENCE_NO_SLOTS);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_NO_SLOTS,
	              "counter group never scheduled: more events than free counters (nmi_watchdog "
	              "holds one)");
}

Test(counters, take_an_empty_read_for_never_scheduled)
{
	fake_xeon();
	fake.error_state = true;
	make_plan(QB_COUNTERS_USER, 1);
	expect_none_counts(QB_ABSENCE_NO_SLOTS);
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NO_SLOTS);
}

static uint64_t rate_dead_l1d(const struct perf_event_attr *attr)
{
	return attr->config == 0x8d1 || attr->config == 0x2c3 ? 0 : fake_rate(attr);
}

Test(counters, catch_an_event_that_opens_and_stays_zero)
{
	fake_xeon();
	fake.rate = rate_dead_l1d;
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_L1D_MISSES, QB_ABSENCE_DEAD,
	              "opens but stays 0 in a 2 M-instruction loop: not implemented by this "
	              "(virtual) PMU");
	/* The self-test cannot provoke this one: it may be alive. */
	cr_expect_eq(find(QB_EVENT_MEMORY_CLEARS)->why.code, QB_ABSENCE_NONE);
	cr_expect_not(find(QB_EVENT_MEMORY_CLEARS)->on[0].proven);
	cr_expect(find(QB_EVENT_LLC_MISSES)->on[0].proven);
}

static uint64_t rate_nonsense(const struct perf_event_attr *attr)
{
	return attr->config == 0xc0 ? 1500000 : fake_rate(attr);
}

Test(counters, disbelieve_a_pmu_that_miscounts_the_loop)
{
	fake_xeon();
	fake.rate = rate_nonsense;
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_INSTRUCTIONS, QB_ABSENCE_IMPLAUSIBLE,
	              "counted 1500000 instructions in a loop of 2000000");
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NONE);
	cr_expect_eq(plan.events[plan.groups[0].events[1]].semantic, QB_EVENT_TRANSFERS_LOAD);
}

Test(counters, say_how_many_descriptors_are_missing)
{
	fake_xeon();
	fake.limit = (struct rlimit){ 512, 1024 };
	make_plan(QB_COUNTERS_USER, 200);
	expect_all_absent(QB_ABSENCE_FDS);
	expect_absent(QB_EVENT_CYCLES, QB_ABSENCE_FDS,
	              "needs 1264 file descriptors, limit is 512 (hard 1024)");
}

static int refuse_hitm(const struct perf_event_attr *attr)
{
	return attr->config == 0x4d2 ? EOPNOTSUPP : 0;
}

Test(counters, print_any_other_errno_as_it_is)
{
	fake_xeon();
	fake.refuse = refuse_hitm;
	make_plan(QB_COUNTERS_USER, 1);
	expect_absent(QB_EVENT_TRANSFERS_LOAD, QB_ABSENCE_OTHER,
	              "perf_event_open(type=4 config=0x4d2): errno 95 EOPNOTSUPP");
}
