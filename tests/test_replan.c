/* test_replan -- the cases of a saved result, planned again: the same keys, or none. */
#include <criterion/criterion.h>

#include "cmd/replan.h"
#include "tests/machines.h"

static const char *const throughput[] = { "throughput" };

static struct qb_number_list list(uint64_t first, uint64_t second)
{
	return (struct qb_number_list){ .count = second ? 2 : 1, .values = { first, second } };
}

static struct qb_config config(const char *const *impls, size_t impl_count)
{
	return (struct qb_config){ .impl_count = impl_count,
		                   .impls = impls,
		                   .workload_count = 1,
		                   .workloads = throughput,
		                   .producers = list(1, 3),
		                   .consumers = list(1, 0),
		                   .batches = list(1, 64),
		                   .message_sizes = list(8, 48),
		                   .capacities = list(1024, 0),
		                   .proof = true,
		                   .shard_index = 1,
		                   .shard_count = 1,
		                   .protocol = { .runs = 3, .time_ns = 100000000 } };
}

struct stage {
	struct qb_registry registry;
	struct qb_topology topology;
	struct qb_plan plan, again;
	struct qb_document document;
	struct qb_error error;
};

/* A document of all cases of the plan, as if they had been measured. */
static struct stage measure(const struct qb_config *asked)
{
	struct stage stage = { .topology = load("synthetic:core:4 pu:2") };

	cr_assert_eq(qb_registry_open(&stage.registry, &stage.error), 0);
	cr_assert_eq(
		qb_plan_make(asked, &stage.registry, &stage.topology, &stage.plan, &stage.error), 0,
		"%s", stage.error.text);
	stage.document.protocol = asked->protocol;
	stage.document.result_count = stage.plan.count;
	stage.document.results = calloc(stage.plan.count, sizeof(*stage.document.results));
	for (size_t index = 0; index < stage.plan.count; index++) {
		struct qb_result *result = &stage.document.results[index];

		result->c = stage.plan.cases[index];
		if (result->c.skip_reason[0])
			result->status = QB_STATUS_SKIPPED;
	}
	return stage;
}

static void finish(struct stage *stage)
{
	qb_plan_finish(&stage->plan);
	qb_plan_finish(&stage->again);
	qb_document_finish(&stage->document);
	qb_topology_finish(&stage->topology);
	qb_registry_finish(&stage->registry);
}

static void expect_same_keys(const struct qb_config *asked)
{
	struct stage stage = measure(asked);
	size_t at = 0;

	cr_assert_eq(qb_replan_make(&stage.document, &stage.registry, &stage.topology, &stage.again,
	                            &stage.error),
	             0, "%s", stage.error.text);
	for (size_t index = 0; index < stage.plan.count; index++) {
		if (stage.plan.cases[index].skip_reason[0])
			continue;
		cr_assert_lt(at, stage.again.count, "%s is missing", stage.plan.cases[index].key);
		cr_expect_str_eq(stage.again.cases[at].key, stage.plan.cases[index].key);
		cr_expect_arr_eq(stage.again.cases[at].cpus, stage.plan.cases[index].cpus,
		                 4 * sizeof(int));
		cr_expect_eq(stage.again.cases[at].api, stage.plan.cases[index].api);
		at++;
	}
	cr_expect_eq(at, stage.again.count);
	cr_expect_eq(stage.again.served_count, at);
	finish(&stage);
}

Test(replan, makes_the_same_cases_of_a_sweep)
{
	static const char *const impls[] = { "mpsc", "mutex", "spsc" };
	const struct qb_config asked = config(impls, 3);

	expect_same_keys(&asked);
}

Test(replan, keeps_what_was_asked_for_by_name)
{
	static const char *const impls[] = { "mpmc", "mpsc" };
	static const char *const pins[] = { "0,2/1,3", "compact", "none", "3" };
	struct qb_config asked = config(impls, 2);

	for (size_t pin = 0; pin < 4; pin++) {
		asked.pins = &pins[pin];
		asked.pin_count = 1;
		asked.api = pin % 2 ? QB_API_SINGLE : QB_API_AUTO;
		asked.wait = pin % 2 ? QB_WAIT_YIELD : QB_WAIT_SPIN;
		asked.numa = pin % 2 ? QB_NUMA_INTERLEAVE : QB_NUMA_DEFAULT;
		asked.proof = pin % 2 == 0;
		expect_same_keys(&asked);
	}
}

Test(replan, leaves_out_what_is_not_here_any_more)
{
	static const char *const impls[] = { "mpmc", "mpsc" };
	const struct qb_config asked = config(impls, 2);
	struct stage stage = measure(&asked);
	const size_t count = stage.plan.count;

	snprintf(stage.document.results[0].c.impl, QB_NAME_SIZE, "of-another-day");
	cr_assert_eq(qb_replan_make(&stage.document, &stage.registry, &stage.topology, &stage.again,
	                            &stage.error),
	             0);
	cr_expect_eq(stage.again.count, count - 1);
	finish(&stage);
}

Test(replan, says_why_nothing_is_left)
{
	static const char *const impls[] = { "mpmc" };
	const struct qb_config asked = config(impls, 1);
	struct stage stage = measure(&asked);

	for (size_t index = 0; index < stage.document.result_count; index++)
		snprintf(stage.document.results[index].c.impl, QB_NAME_SIZE, "of-another-day");
	cr_expect_lt(qb_replan_make(&stage.document, &stage.registry, &stage.topology, &stage.again,
	                            &stage.error),
	             0);
	cr_expect(strstr(stage.error.text, "of-another-day"), "%s", stage.error.text);
	stage.document.results[0].status = QB_STATUS_SKIPPED;
	finish(&stage);
}
