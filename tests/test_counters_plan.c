/* test_counters_plan -- what is found, proven and packed into groups. */
#include <criterion/criterion.h>

#include "tests/fake_plan.h"

TestSuite(counters_plan, .init = fake_setup, .fini = fake_teardown);

Test(counters_plan, proves_and_packs_a_whole_xeon)
{
	fake_xeon();
	make_plan(QB_COUNTERS_USER, 4);
	cr_assert_eq(find(QB_EVENT_TRANSFERS_RFO)->why.code, QB_ABSENCE_NONE);
	cr_expect_eq(find(QB_EVENT_TRANSFERS_RFO)->on[0].member.code.config1, 0x10003c0002);
	cr_expect_str_eq(find(QB_EVENT_TRANSFERS_RFO)->source, "raw 0x12a");
	cr_expect(find(QB_EVENT_TRANSFERS_RFO)->on[0].member.user_only);
	cr_expect_geq(plan.group_count, 3);
	for (unsigned i = 0; i < plan.group_count; i++) {
		const struct qb_counters_group *group = &plan.groups[i];

		cr_expect(group->count >= 3 && group->count <= 5);
		cr_expect_eq(plan.events[group->events[0]].semantic, QB_EVENT_CYCLES);
		cr_expect_eq(plan.events[group->events[1]].semantic, QB_EVENT_INSTRUCTIONS);
	}
}

Test(counters_plan, shrinks_groups_until_they_are_scheduled)
{
	fake_xeon();
	fake.slots = 3;
	make_plan(QB_COUNTERS_USER, 1);
	cr_expect_eq(find(QB_EVENT_TRANSFERS_LOAD)->why.code, QB_ABSENCE_NONE);
	cr_expect_eq(find(QB_EVENT_LLC_STALLS)->why.code, QB_ABSENCE_NONE);
	for (unsigned i = 0; i < plan.group_count; i++)
		cr_expect_eq(plan.groups[i].count, 3);
}

Test(counters_plan, directs_events_of_a_hybrid_to_each_core_type)
{
	fake_hybrid();
	make_plan(QB_COUNTERS_USER, 1);
	cr_assert_eq(plan.machine.pmu_count, 2);
	cr_expect_str_eq(plan.machine.pmus[0].name, "cpu_atom");
	cr_expect_eq(plan.machine.pmus[0].march, QB_MARCH_ADL_E);
	cr_expect_eq(plan.machine.pmus[1].march, QB_MARCH_ADL_P);
	cr_expect_eq(find(QB_EVENT_INSTRUCTIONS)->on[0].member.code.type, 10);
	cr_expect_eq(find(QB_EVENT_INSTRUCTIONS)->on[1].member.code.type, 4);
	/* Without a row of its own, the small core counts by the extended generic event. */
	cr_expect_eq(find(QB_EVENT_LLC_MISSES)->on[0].member.code.config, 10ull << 32 | 3);
	cr_expect_eq(find(QB_EVENT_LOCKED_LOADS)->on[0].why.code, QB_ABSENCE_WRONG_CORE_TYPE);
	cr_expect(find(QB_EVENT_LOCKED_LOADS)->on[1].available);
	cr_expect_eq(fake.affinity[0], UINT64_MAX, "the planning thread stays bound");
}

Test(counters_plan, counts_the_kernel_where_it_is_allowed)
{
	fake_xeon();
	make_plan(QB_COUNTERS_ALL, 1);
	cr_expect_eq(plan.scope, QB_COUNTERS_ALL);
	cr_expect_not(find(QB_EVENT_CYCLES)->on[0].member.user_only);
}

Test(counters_plan, survives_interrupted_calls)
{
	fake_xeon();
	fake.interrupt = 3;
	make_plan(QB_COUNTERS_USER, 1);
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NONE);
	cr_expect_eq(find(QB_EVENT_LLC_STALLS)->why.code, QB_ABSENCE_NONE);
}

Test(counters_plan, raises_the_limit_of_descriptors_when_it_is_too_low)
{
	fake_xeon();
	fake.limit = (struct rlimit){ 128, 4096 };
	make_plan(QB_COUNTERS_USER, 100);
	cr_expect_geq(fake.limit.rlim_cur, 600);
	cr_expect_eq(find(QB_EVENT_CYCLES)->why.code, QB_ABSENCE_NONE);
}

static int plan_events(const char *const *events, size_t count, struct qb_counters_why *why)
{
	const struct qb_counters_request request = { .events = events,
		                                     .event_count = count,
		                                     .thread_count = 1 };

	return qb_counters_plan(&fake_system, &request, &plan, why);
}

Test(counters_plan, takes_the_users_own_events_raw_or_named)
{
	static const char *const events[] = { "mine=r1a2b", "llc-misses", "nothing::AT_ALL:c=1" };
	struct qb_counters_why why;

	fake_xeon();
	cr_assert_eq(plan_events(events, 3, &why), 0);
	cr_assert_eq(plan.event_count, 5);
	cr_expect_str_eq(plan.events[2].name, "mine");
	cr_expect_eq(plan.events[2].on[0].member.code.config, 0x1a2b);
	cr_expect_eq(plan.events[3].semantic, QB_EVENT_LLC_MISSES);
	cr_expect_str_eq(plan.events[4].name, "nothing::AT_ALL:c=1");
	cr_expect_eq(plan.events[4].why.code, QB_ABSENCE_EVENT_MISSING);
	cr_expect_str_eq(plan.events[4].why.text, "nothing::AT_ALL:c=1: libpfm4 knows no event "
	                                          "'nothing::AT_ALL:c=1' for this machine");
}

Test(counters_plan, refuses_requests_that_make_no_sense)
{
	static const char *const unnamed[] = { "=r11" }, *const empty[] = { "x=" };
	static const char *const twice[] = { "x=r11", "x=r12" };
	struct qb_counters_why why;

	fake_xeon();
	cr_expect_eq(plan_events(unnamed, 1, &why), -EINVAL);
	cr_expect_str_eq(why.text, "'=r11' names no event");
	cr_expect_eq(plan_events(empty, 1, &why), -EINVAL);
	cr_expect_eq(plan_events(twice, 2, &why), -EINVAL);
	cr_expect_str_eq(why.text, "two events named 'x'");
}
