/* test_counters_thread -- attach, snap, diff: values stay with their events whatever fails. */
#include <criterion/criterion.h>

#include <math.h>
#include <pthread.h>

#include "tests/fake_plan.h"

TestSuite(counters_thread, .init = fake_setup, .fini = fake_teardown);

static struct qb_counters_thread thread;
static struct qb_counters_snap from, to;
static struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];

static int attach(unsigned group, int cpu, struct qb_counters_why *why)
{
	thread = (struct qb_counters_thread){ .system = &fake_system };
	return qb_counters_attach(&plan, group, cpu, &thread, why);
}

/* One step of the fake's time between two snaps, by whatever thread. */
static void measure(void)
{
	qb_counters_snap(&thread, &from);
	qb_counters_snap(&thread, &to);
	qb_counters_diff(&plan, &from, &to, values);
}

static const struct qb_counters_value *value_of(enum qb_event semantic)
{
	return &values[find(semantic) - plan.events];
}

static void expect_text(enum qb_event semantic, const char *text)
{
	struct qb_counters_why why;

	qb_counters_explain(&plan, (unsigned)(find(semantic) - plan.events), value_of(semantic),
	                    &why);
	cr_expect_str_eq(why.text, text);
}

/* Each event at a rate of its own, so that no value can pass for another's. */
static uint64_t rate_apart(const struct perf_event_attr *attr)
{
	return attr->config == 0xc0 ? 2000000 : attr->config == 0x3c ? 1000000 : attr->config;
}

static void plan_xeon(void)
{
	fake_xeon();
	fake.rate = rate_apart;
	make_plan(QB_COUNTERS_USER, 2);
}

Test(counters_thread, gives_each_event_its_own_count)
{
	struct qb_counters_why why;

	plan_xeon();
	cr_assert_eq(attach(0, 0, &why), 0);
	measure();
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->value, 1000000);
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_LOAD)->value, 0x4d2);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_LOAD)->coverage, 1.0f);
	cr_expect(value_of(QB_EVENT_TRANSFERS_LOAD)->proven);
	qb_counters_detach(&thread);
	cr_expect_eq(fake.open_count, 0);
}

Test(counters_thread, rotates_groups_and_calls_the_others_absent)
{
	struct qb_counters_why why;

	plan_xeon();
	cr_assert_eq(attach(1 + plan.group_count, 0, &why), 0);
	measure();
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	cr_expect_eq(value_of(QB_EVENT_L1D_MISSES)->value, 0x8d1);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_LOAD)->absence, QB_ABSENCE_OTHER_RUN);
	cr_expect(isnan(value_of(QB_EVENT_TRANSFERS_LOAD)->value));
	expect_text(QB_EVENT_TRANSFERS_LOAD, "counted in other runs: groups take turns");
	expect_text(QB_EVENT_FILLS_NEAR, "fills-near: not offered by this PMU (cpu)");
	qb_counters_detach(&thread);
}

static int refuse_instructions(const struct perf_event_attr *attr)
{
	return attr->config == 0xc0 ? EBUSY : 0;
}

Test(counters_thread, matches_by_id_when_a_member_is_refused)
{
	struct qb_counters_why why = { 0 };

	plan_xeon();
	fake.refuse = refuse_instructions;
	cr_assert_eq(attach(0, 0, &why), -EBUSY);
	cr_expect_str_eq(why.text, "perf_event_open(type=4 config=0xc0): errno 16 EBUSY");
	measure();
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->absence, QB_ABSENCE_OTHER);
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->value, 1000000);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_LOAD)->value, 0x4d2);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_RFO)->value, 0x12a);
	qb_counters_detach(&thread);
	cr_expect_eq(fake.open_count, 0);
}

static int refuse_cycles(const struct perf_event_attr *attr)
{
	return attr->config == 0x3c ? EBUSY : 0;
}

Test(counters_thread, finds_another_leader_when_the_first_is_refused)
{
	struct qb_counters_why why;

	plan_xeon();
	fake.refuse = refuse_cycles;
	cr_assert_eq(attach(0, 0, &why), -EBUSY);
	measure();
	cr_expect_not(value_of(QB_EVENT_CYCLES)->available);
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	cr_expect_eq(value_of(QB_EVENT_TRANSFERS_RFO)->value, 0x12a);
	qb_counters_detach(&thread);
}

static int refuse_all_emfile(const struct perf_event_attr *attr)
{
	(void)attr;
	return EMFILE;
}

Test(counters_thread, goes_on_without_counters_when_descriptors_run_out)
{
	struct qb_counters_why why;

	plan_xeon();
	fake.refuse = refuse_all_emfile;
	cr_assert_eq(attach(0, 0, &why), -EMFILE);
	cr_expect_eq(why.code, QB_ABSENCE_FDS);
	measure();
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->absence, QB_ABSENCE_FDS);
	expect_text(QB_EVENT_CYCLES, "out of file descriptors");
	qb_counters_detach(&thread);
}

Test(counters_thread, scales_a_group_that_shared_its_counters)
{
	struct qb_counters_why why;

	plan_xeon();
	cr_assert_eq(attach(0, 0, &why), 0);
	fake.share = 0.6;
	measure();
	cr_assert(value_of(QB_EVENT_INSTRUCTIONS)->available);
	cr_expect_float_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000, 1);
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->absence, QB_ABSENCE_MULTIPLEXED);
	expect_text(QB_EVENT_INSTRUCTIONS, "~ estimated from 60% of the region");
	fake.share = 0.41;
	measure();
	cr_expect_not(value_of(QB_EVENT_INSTRUCTIONS)->available);
	expect_text(QB_EVENT_INSTRUCTIONS, "counted in 41% of the region, too little to estimate "
	                                   "the rest: others use the counters too");
	qb_counters_detach(&thread);
}

Test(counters_thread, calls_a_group_absent_that_lost_its_counters)
{
	struct qb_counters_why why;

	plan_xeon();
	cr_assert_eq(attach(0, 0, &why), 0);
	fake.slots = 2;
	measure();
	cr_expect_not(value_of(QB_EVENT_CYCLES)->available);
	cr_expect(isnan(value_of(QB_EVENT_CYCLES)->value));
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->absence, QB_ABSENCE_NO_SLOTS);
	fake.error_state = true;
	measure();
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->absence, QB_ABSENCE_NO_SLOTS);
	qb_counters_detach(&thread);
}

Test(counters_thread, survives_interrupted_calls)
{
	struct qb_counters_why why;

	plan_xeon();
	fake.interrupt = 2;
	cr_assert_eq(attach(0, 0, &why), 0);
	measure();
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	qb_counters_detach(&thread);
}

static uint64_t rate_without_clears(const struct perf_event_attr *attr)
{
	return attr->config == 0x2c3 ? 0 : fake_rate(attr);
}

Test(counters_thread, doubts_a_zero_that_nothing_has_ever_moved)
{
	struct qb_counters_why why;

	fake_xeon();
	fake.rate = rate_without_clears;
	make_plan(QB_COUNTERS_USER, 1);
	for (unsigned group = 0; group < plan.group_count; group++) {
		cr_assert_eq(attach(group, 0, &why), 0);
		measure();
		if (value_of(QB_EVENT_MEMORY_CLEARS)->available)
			break;
		qb_counters_detach(&thread);
	}
	cr_assert(value_of(QB_EVENT_MEMORY_CLEARS)->available);
	cr_expect_eq(value_of(QB_EVENT_MEMORY_CLEARS)->value, 0);
	cr_expect_not(value_of(QB_EVENT_MEMORY_CLEARS)->proven);
	cr_expect(value_of(QB_EVENT_CYCLES)->proven);
}

Test(counters_thread, counts_a_pinned_thread_on_its_core_type)
{
	struct qb_counters_why why;

	fake_hybrid();
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(attach(0, 5, &why), 0);
	cr_expect_eq(thread.pmu_mask, 1);
	cr_expect_eq(fake.fds[thread.units[0].fd[0] - 100].attr.type, 10);
	qb_counters_detach(&thread);
	for (unsigned group = 0; group < plan.group_count; group++) {
		cr_assert_eq(attach(group, 5, &why), 0);
		measure();
		if (value_of(QB_EVENT_LOCKED_LOADS)->absence == QB_ABSENCE_WRONG_CORE_TYPE)
			break;
		qb_counters_detach(&thread);
	}
	cr_expect_eq(value_of(QB_EVENT_LOCKED_LOADS)->absence, QB_ABSENCE_WRONG_CORE_TYPE);
	expect_text(QB_EVENT_LOCKED_LOADS, "ran on cpu_atom; event exists on cpu_core only");
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
}

Test(counters_thread, sums_an_unpinned_thread_over_core_types)
{
	double shares[QB_CORE_PMUS_MAX];
	struct qb_counters_why why;

	fake_hybrid();
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(attach(0, -1, &why), 0);
	cr_expect_eq(thread.pmu_mask, 3);
	fake.share = 0.5; /* half of the time on each */
	measure();
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->coverage, 1.0f);
	qb_counters_shares(&from, &to, shares);
	cr_expect_float_eq(shares[0], 0.5, 1e-9);
	cr_expect_float_eq(shares[1], 0.5, 1e-9);
	qb_counters_detach(&thread);
	cr_expect_eq(fake.open_count, 0);
}

static void *snap_from_elsewhere(void *argument)
{
	(void)argument;
	measure();
	return NULL;
}

Test(counters_thread, can_be_snapped_by_any_thread)
{
	struct qb_counters_why why;
	pthread_t other;

	plan_xeon();
	cr_assert_eq(attach(0, 0, &why), 0);
	cr_assert_eq(pthread_create(&other, NULL, snap_from_elsewhere, NULL), 0);
	pthread_join(other, NULL);
	cr_expect_eq(value_of(QB_EVENT_INSTRUCTIONS)->value, 2000000);
	qb_counters_detach(&thread);
}

Test(counters_thread, keeps_the_software_side_where_nothing_else_counts)
{
	struct qb_counters_usage usage;
	struct qb_counters_why why;

	fake.refuse = fake_no_pmu;
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(plan.group_count, 0);
	cr_assert_eq(attach(3, 0, &why), 0);
	measure();
	qb_counters_usage(&from, &to, &usage);
	cr_expect_eq(value_of(QB_EVENT_CYCLES)->absence, QB_ABSENCE_NO_PMU);
	cr_expect(usage.voluntary.available && usage.minor_faults.available);
	cr_expect(usage.cpu_ns.available && usage.cpu_ns.value > 0);
	qb_counters_detach(&thread);
}

Test(counters_thread, reads_another_threads_usage_from_proc)
{
	const struct qb_thread_identity other = { .tid = 4711, .clock = CLOCK_THREAD_CPUTIME_ID };
	struct qb_thread_usage usage;

	/* A name that would mislead who counts blanks. */
	fake_file("/proc/self/task/4711/stat",
	          "4711 (evil ) 9 9) S 1 1 1 0 -1 4194304 120 0 7 0 50 25 0 0 20 0 1 0 100 0 0 "
	          "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0\n");
	fake_file("/proc/self/task/4711/status", "Name:\tx\nvoluntary_ctxt_switches:\t200\n"
	                                         "nonvoluntary_ctxt_switches:\t4\n");
	fake_file("/proc/self/task/4711/schedstat", "900000 12345 80\n");
	qb_thread_usage_read(&other, fake.root, &usage);
	cr_expect(usage.times_known && usage.switches_known && usage.delay_known);
	cr_expect_eq(usage.minor_faults, 120);
	cr_expect_eq(usage.major_faults, 7);
	cr_expect_eq(usage.user_ns, 50 * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK)));
	cr_expect_eq(usage.voluntary, 200);
	cr_expect_eq(usage.involuntary, 4);
	cr_expect_eq(usage.delay_ns, 12345);
	cr_expect_eq(usage.cpu, 3);
}

Test(counters_thread, knows_nothing_of_a_thread_that_is_gone)
{
	const struct qb_thread_identity gone = { .tid = 4712, .clock = CLOCK_THREAD_CPUTIME_ID };
	struct qb_thread_usage usage;

	qb_thread_usage_read(&gone, fake.root, &usage);
	cr_expect_not(usage.times_known || usage.switches_known || usage.delay_known);
	cr_expect_eq(usage.cpu, -1);
}
