/* fake_plan.h -- a plan made on the fake kernel of fake_perf.h. */
#ifndef QB_FAKE_PLAN_H
#define QB_FAKE_PLAN_H

#include <criterion/criterion.h>

#include "tests/fake_perf.h"

static struct qb_counters plan;

static inline void make_plan(enum qb_counters_scope scope, unsigned thread_count)
{
	const struct qb_counters_request request = { .scope = scope,
		                                     .standard = true,
		                                     .thread_count = thread_count };
	struct qb_counters_why why;

	cr_assert_eq(qb_counters_plan(&fake_system, &request, &plan, &why), 0);
	cr_expect_eq(fake.open_count, 0, "%u descriptors left open", fake.open_count);
}

static inline const struct qb_counters_event *find(enum qb_event semantic)
{
	for (unsigned i = 0; i < plan.event_count; i++)
		if (plan.events[i].semantic == (int)semantic)
			return &plan.events[i];
	cr_assert_fail("'%s' is not in the plan", qb_semantic_events_name(semantic));
	return NULL;
}

#endif
