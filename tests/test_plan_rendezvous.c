/* test_plan_rendezvous -- capacity 0 in a plan: who serves it, how threads wait, and what is said
 * of all that cannot be. */
#include <criterion/criterion.h>

#include "harness/plan.h"

static const char *impls[3];
static const char *const throughput[] = { "throughput" };
static struct qb_config config;
static struct qb_registry registry;
static struct qb_topology topology;
static struct qb_plan plan;
static struct qb_error error;

static void set(struct qb_number_list *list, size_t count, uint64_t first, uint64_t second)
{
	list->count = count;
	list->values[0] = first;
	list->values[1] = second;
}

static void begin(void)
{
	memset(&config, 0, sizeof(config));
	cr_assert_eq(qb_registry_open(&registry, &error), 0, "%s", error.text);
	cr_assert_eq(qb_topology_load("synthetic:l3:1 core:4 pu:1", &topology, &error), 0, "%s",
	             error.text);
	impls[0] = "futex-channel";
	impls[1] = "mutex";
	config.impls = impls;
	config.impl_count = 1;
	config.workloads = throughput;
	config.workload_count = 1;
	set(&config.producers, 1, 1, 0);
	set(&config.consumers, 1, 1, 0);
	set(&config.batches, 1, 1, 0);
	set(&config.message_sizes, 1, 8, 0);
	set(&config.capacities, 1, 0, 0);
	config.proof = true;
	config.protocol.runs = 1;
}

static void end(void)
{
	qb_plan_finish(&plan);
	qb_topology_finish(&topology);
	qb_registry_finish(&registry);
}

static int make(void)
{
	qb_plan_finish(&plan);
	return qb_plan_make(&config, &registry, &topology, &plan, &error);
}

static void made(size_t count, size_t served)
{
	cr_assert_eq(make(), 0, "%s", error.text);
	cr_assert_eq(plan.count, count, "%zu cases", plan.count);
	cr_assert_eq(plan.served_count, served, "%zu served", plan.served_count);
}

static void refused(const char *sentence)
{
	cr_expect_lt(make(), 0);
	cr_expect_str_eq(error.text, sentence);
}

TestSuite(plan_rendezvous, .init = begin, .fini = end);

Test(plan_rendezvous, blocks_unless_told_otherwise)
{
	set(&config.capacities, 2, 0, 16);
	made(2, 2);
	cr_expect_eq(plan.cases[0].wait, QB_WAIT_BLOCK);
	cr_expect_str_eq(plan.cases[0].key, "throughput/futex-channel/p1c1/b1/m8/q0/block/auto");
	cr_expect_str_eq(plan.cases[1].key, "throughput/futex-channel/p1c1/b1/m8/q16/spin/auto");
	set(&config.producers, 1, 9, 0);
	made(2, 2);
	cr_expect_eq(plan.cases[0].wait, QB_WAIT_BLOCK);
	cr_expect_eq(plan.cases[1].wait, QB_WAIT_YIELD);
	config.wait = QB_WAIT_BLOCK;
	set(&config.producers, 1, 1, 0);
	made(2, 2);
}

Test(plan_rendezvous, refuses_to_wait_in_any_other_way)
{
	config.wait = QB_WAIT_SPIN;
	refused("capacity 0 needs --wait=block: threads that spin never meet");
	config.wait = QB_WAIT_YIELD;
	refused("capacity 0 needs --wait=block: threads that yield never meet");
	impls[0] = "mutex"; /* which queue could is no help yet */
	refused("capacity 0 needs --wait=block: threads that yield never meet");
	set(&config.capacities, 2, 0, 16);
	made(2, 1);
	cr_expect_str_eq(plan.cases[0].skip_reason,
	                 "capacity 0 needs --wait=block: threads that yield never meet");
}

Test(plan_rendezvous, moves_one_message_at_a_time)
{
	set(&config.batches, 2, 1, 4);
	made(2, 1);
	cr_expect_str_eq(plan.cases[1].skip_reason,
	                 "capacity 0 moves one message at a time: it needs --batch=1");
	set(&config.batches, 1, 4, 0);
	refused("capacity 0 moves one message at a time: it needs --batch=1");
	config.api = QB_API_SINGLE;
	refused("capacity 0 moves one message at a time: it needs --batch=1");
	set(&config.batches, 1, 1, 0);
	made(1, 1);
	config.api = QB_API_ZEROCOPY;
	refused("capacity 0 moves one message at a time: it needs --api=single");
}

Test(plan_rendezvous, names_who_could_beside_each_queue_that_cannot)
{
	static const char sentence[] = "'mutex' does not serve capacity 0; try ";

	config.impl_count = 2;
	set(&config.capacities, 2, 0, 16);
	made(4, 3);
	cr_expect(strncmp(plan.cases[2].skip_reason, sentence, strlen(sentence)) == 0, "%s",
	          plan.cases[2].skip_reason);
	cr_expect(strstr(plan.cases[2].skip_reason, "futex-channel"));
	impls[0] = "mutex";
	config.impl_count = 1;
	set(&config.capacities, 1, 0, 0);
	cr_expect_lt(make(), 0);
	cr_expect(strncmp(error.text, sentence, strlen(sentence)) == 0, "%s", error.text);
	cr_expect_null(strstr(strstr(error.text, "; try") + 1, "; try"), "%s", error.text);
}

Test(plan_rendezvous, names_nobody_where_the_placement_is_impossible)
{
	static const char *const pins[] = { "cross-llc", "auto" };

	config.impl_count = 2;
	config.pins = pins;
	config.pin_count = 2;
	made(4, 1);
	cr_expect_str_eq(plan.cases[2].skip_reason, "'mutex' does not serve capacity 0");
	cr_expect(strstr(plan.cases[3].skip_reason, "; try "), "%s", plan.cases[3].skip_reason);
}

/* Whatever is asked for: no queue is created for capacity 0 that does not say that it serves it. */
Test(plan_rendezvous, plans_capacity_0_for_no_other_queue)
{
	size_t able = 0;

	for (size_t index = 0; index < registry.count; index++)
		able += (registry.entries[index].queue->traits & QB_RENDEZVOUS) != 0;
	impls[0] = "all";
	made(registry.count, able);
	for (size_t index = 0; index < plan.count; index++)
		cr_expect_eq(plan.cases[index].skip_reason[0] == 0,
		             (plan.cases[index].traits & QB_RENDEZVOUS) != 0, "%s",
		             plan.cases[index].key);
}
