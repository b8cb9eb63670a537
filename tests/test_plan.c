/* test_plan -- what is asked for becomes cases; hand-made queues and machines, no threads. */
#include <criterion/criterion.h>

#include "harness/plan.h"

/* ---- a registry of three hand-made queues ---- */

static bool push(void *queue, void *handle, const void *message, const size_t size)
{
	(void)queue, (void)handle, (void)message, (void)size;
	return false;
}

static bool pop(void *queue, void *handle, void *message, const size_t size)
{
	(void)queue, (void)handle, (void)message, (void)size;
	return false;
}

static void loop(struct qb_worker *worker) { (void)worker; }

static void *create(const struct qb_shape *shape, struct qb_error *error)
{
	(void)shape;
	return qb_fail(error, ENOTSUP, "never created");
}

static void destroy(void *queue) { (void)queue; }

/* clang-format off */
#define ONE      { loop, loop }
#define EIGHT    { { ONE, { NULL } } }
#define ANY_SIZE { { ONE, ONE, ONE, ONE, ONE, ONE, ONE } }

static const struct qb_single eight_single = { push, pop, EIGHT };
static const struct qb_single any_single = { push, pop, ANY_SIZE };
static const struct qb_batch any_batch = { NULL, NULL, ANY_SIZE };
static const struct qb_loops any_loops = ANY_SIZE;
static const struct qb_zerocopy any_zerocopy = { NULL, NULL, NULL, NULL, ANY_SIZE };

static const struct qb_queue batched = {
	QB_ABI, sizeof(struct qb_queue), "batched", "", QB_MPMC, create, destroy, &any_single,
	&any_batch, NULL, NULL, NULL, NULL, NULL, NULL, &any_loops
};
static const struct qb_queue many = {
	QB_ABI, sizeof(struct qb_queue), "many", "", QB_MPMC, create, destroy, &any_single,
	&any_batch, &any_zerocopy, NULL, NULL, NULL, NULL, NULL, &any_loops
};
static const struct qb_queue one = {
	QB_ABI, sizeof(struct qb_queue), "one", "", QB_SPSC, create, destroy, &eight_single,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};
static struct qb_entry entries[] = {
	{ "batched", "", &batched, NULL }, { "many", "", &many, NULL },
	{ "one", "", &one, NULL }, { "one", "/dev/null", &one, NULL },
};
/* clang-format on */

static struct qb_pu pus[64];

static struct qb_topology machine(unsigned cpu_count)
{
	struct qb_topology topology;

	memset(&topology, 0, sizeof(topology));
	for (unsigned cpu = 0; cpu < cpu_count; cpu++)
		pus[cpu] = (struct qb_pu){ .os = cpu, .logical = cpu, .core = cpu };
	topology.pu_count = cpu_count;
	topology.pus = pus;
	topology.core_count = cpu_count;
	topology.llc_count = topology.package_count = topology.numa_count = 1;
	topology.kind_count = 1;
	snprintf(topology.llc_name, sizeof(topology.llc_name), "L3");
	return topology;
}

static const char *impls[8];
static const char *const throughput[] = { "throughput" };
static struct qb_config config;
static struct qb_topology topology;
static struct qb_plan plan;
static struct qb_error error;

static void set_list(struct qb_number_list *list, size_t count, const uint64_t *values)
{
	list->count = count;
	memcpy(list->values, values, count * sizeof(*values));
}

#define SET(list, ...)                                                                             \
	set_list(&config.list, sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t),             \
	         (uint64_t[]){ __VA_ARGS__ })

static void ask(const char *first, const char *second)
{
	impls[0] = first;
	impls[1] = second;
	config.impl_count = second ? 2 : 1;
}

static void begin(void)
{
	memset(&config, 0, sizeof(config));
	memset(&plan, 0, sizeof(plan));
	error = (struct qb_error){ 0, "" };
	topology = machine(8);
	config.impls = impls;
	config.workloads = throughput;
	config.workload_count = 1;
	SET(producers, 1);
	SET(consumers, 1);
	SET(batches, 1);
	SET(message_sizes, 8);
	SET(capacities, 1024);
	config.proof = true;
	config.protocol.runs = 10;
	config.protocol.time_ns = 300000000;
	config.protocol.warmup_ns = 100000000;
	ask("many", NULL);
}

static void end(void) { qb_plan_finish(&plan); }

static int make(void)
{
	struct qb_registry registry = { 4, entries };

	qb_plan_finish(&plan);
	return qb_plan_make(&config, &registry, &topology, &plan, &error);
}

static void made(size_t count)
{
	cr_assert_eq(make(), 0, "%s", error.text);
	cr_assert_eq(plan.count, count, "%zu cases", plan.count);
}

static void refused(const char *sentence)
{
	cr_expect_lt(make(), 0);
	cr_expect_str_eq(error.text, sentence);
	cr_expect_eq(plan.count, 0);
}

TestSuite(plan, .init = begin, .fini = end);

Test(plan, crosses_all_lists_with_the_last_fastest)
{
	static const char *const keys[] = {
		"throughput/many/p1c1/b1/m8/q16/spin/auto",
		"throughput/many/p1c1/b1/m8/q32/spin/auto",
		"throughput/many/p1c1/b4/m8/q16/spin/auto",
		"throughput/many/p1c1/b4/m8/q32/spin/auto",
		"throughput/many/p2c1/b1/m8/q16/spin/auto",
		"throughput/many/p2c1/b1/m8/q32/spin/auto",
		"throughput/many/p2c1/b4/m8/q16/spin/auto",
		"throughput/many/p2c1/b4/m8/q32/spin/auto",
	};

	SET(producers, 1, 2);
	SET(batches, 1, 4);
	SET(capacities, 16, 32);
	made(8);
	for (size_t index = 0; index < 8; index++)
		cr_expect_str_eq(plan.cases[index].key, keys[index]);
}

Test(plan, sends_by_the_best_way_the_queue_has)
{
	ask("many", "batched");
	SET(batches, 1, 64);
	made(4);
	cr_expect_eq(plan.cases[0].api, QB_API_SINGLE);
	cr_expect_eq(plan.cases[1].api, QB_API_ZEROCOPY);
	cr_expect_eq(plan.cases[2].api, QB_API_SINGLE);
	cr_expect_eq(plan.cases[3].api, QB_API_BATCH);
	ask("one", NULL);
	made(2);
	cr_expect_not(plan.cases[0].batch_emulated);
	cr_expect_eq(plan.cases[1].api, QB_API_SINGLE);
	cr_expect(plan.cases[1].batch_emulated);
}

Test(plan, names_a_forced_api_in_the_key_only_where_it_differs)
{
	SET(batches, 1, 64);
	config.api = QB_API_SINGLE;
	made(2);
	cr_expect_str_eq(plan.cases[0].key, "throughput/many/p1c1/b1/m8/q1024/spin/auto");
	cr_expect_str_eq(plan.cases[1].key, "throughput/many/p1c1/b64/m8/q1024/spin/auto/single");
}

Test(plan, yields_when_there_are_more_threads_than_cpus)
{
	SET(producers, 7, 8);
	made(2);
	cr_expect_eq(plan.cases[0].wait, QB_WAIT_SPIN);
	cr_expect_not(plan.cases[0].oversubscribed);
	cr_expect_eq(plan.cases[1].wait, QB_WAIT_YIELD);
	cr_expect(plan.cases[1].oversubscribed);
	config.wait = QB_WAIT_SPIN;
	made(2);
	cr_expect_eq(plan.cases[1].wait, QB_WAIT_SPIN);
	cr_expect(plan.cases[1].oversubscribed);
}

Test(plan, yields_when_the_quota_is_smaller_than_the_threads)
{
	topology.cpu_quota = 1.5;
	made(1);
	cr_expect_eq(plan.cases[0].wait, QB_WAIT_YIELD);
	cr_expect(plan.cases[0].oversubscribed);
}

Test(plan, yields_when_a_list_of_cpus_puts_two_threads_on_one)
{
	static const char *const pins[] = { "3", "2,5" };

	config.pins = pins;
	config.pin_count = 2;
	made(2);
	cr_expect(plan.cases[0].oversubscribed);
	cr_expect_eq(plan.cases[0].wait, QB_WAIT_YIELD);
	cr_expect_not(plan.cases[1].oversubscribed);
	cr_expect_eq(plan.cases[1].cpus[0], 2);
	cr_expect_eq(plan.cases[1].cpus[1], 5);
	cr_expect(plan.cases[1].pin_required);
	cr_expect_str_eq(plan.cases[1].key, "throughput/many/p1c1/b1/m8/q1024/spin/2,5");
}

Test(plan, writes_the_two_sides_of_a_list_as_one_segment)
{
	static const char *const pins[] = { "0,2/1,3" };

	config.pins = pins;
	config.pin_count = 1;
	made(1);
	cr_expect_str_eq(plan.cases[0].key, "throughput/many/p1c1/b1/m8/q1024/spin/0,2:1,3");
}

Test(plan, skips_what_a_queue_cannot_serve_and_keeps_the_rest)
{
	ask("one", "many");
	SET(producers, 1, 2);
	made(4);
	cr_expect_eq(plan.served_count, 3);
	cr_expect_str_eq(plan.cases[1].skip_reason, "'one' takes one producer, 2 were asked");
	cr_expect_str_empty(plan.cases[3].skip_reason);
}

Test(plan, skips_an_impossible_placement_and_keeps_the_rest)
{
	static const char *const pins[] = { "cross-llc", "cores" };

	config.pins = pins;
	config.pin_count = 2;
	made(2);
	cr_expect_eq(plan.served_count, 1);
	cr_expect(plan.cases[0].skip_reason[0]);
	config.pin_count = 1;
	cr_expect_lt(make(), 0);
	cr_expect(strstr(error.text, "possible here"), "%s", error.text);
	cr_expect_null(strstr(error.text, "try many"), "%s", error.text);
}

Test(plan, names_who_could_when_nothing_can_be_served)
{
	ask("one", NULL);
	SET(producers, 2);
	refused("'one' takes one producer, 2 were asked; try batched, many");
	SET(producers, 1);
	SET(message_sizes, 64);
	refused("'one' carries 8-byte messages only; try batched, many");
	config.api = QB_API_ZEROCOPY;
	refused("'one' has no zero-copy operations; try many");
	config.wait = QB_WAIT_BLOCK;
	config.api = QB_API_AUTO;
	SET(message_sizes, 8);
	refused("'one' cannot block; no built-in queue can");
}

Test(plan, finds_queues_by_name_glob_and_all)
{
	ask("all", NULL);
	made(3);
	ask("ma*", NULL);
	made(1);
	cr_expect_str_eq(plan.cases[0].impl, "many");
	ask("one", "*");
	made(3);
	cr_expect_str_eq(plan.cases[0].impl, "one");
	cr_expect_str_eq(plan.cases[1].impl, "batched");
}

Test(plan, refuses_unknown_and_doubled_names)
{
	ask("mnay", NULL);
	refused("no queue 'mnay', did you mean 'many'?");
	ask("elephant", NULL);
	refused("no queue 'elephant'");
	ask("z*", NULL);
	refused("no queue matches 'z*'");
	ask("one", "one");
	refused("'one' is named twice");
	ask("./no-such.so", NULL);
	refused("cannot read plug-in './no-such.so': No such file or directory");
}

Test(plan, refuses_unknown_workloads_and_placements)
{
	static const char *const workloads[] = { "thruput" }, *const pins[] = { "coers" };

	config.workloads = workloads;
	cr_expect_lt(make(), 0);
	cr_expect(strstr(error.text, "no workload 'thruput'"), "%s", error.text);
	config.workloads = throughput;
	config.pins = pins;
	config.pin_count = 1;
	cr_expect_lt(make(), 0);
	cr_expect(strstr(error.text, "cores"), "%s", error.text);
}

Test(plan, deals_its_cases_out_to_shards)
{
	char seen[7][QB_KEY_SIZE];
	size_t count = 0;

	SET(capacities, 1, 2, 3, 4, 5, 6, 7);
	config.shard_count = 3;
	for (config.shard_index = 1; config.shard_index <= 3; config.shard_index++) {
		cr_assert_eq(make(), 0, "%s", error.text);
		for (size_t index = 0; index < plan.count; index++) {
			cr_assert_lt(count, 7);
			strcpy(seen[count++], plan.cases[index].key);
		}
	}
	cr_assert_eq(count, 7);
	for (size_t a = 0; a < count; a++) {
		for (size_t b = a + 1; b < count; b++)
			cr_expect_str_neq(seen[a], seen[b]);
	}
	SET(capacities, 1);
	config.shard_index = 2;
	refused("shard 2/3 is empty, the plan has 1 case");
}

Test(plan, expects_the_time_of_all_runs)
{
	SET(capacities, 1, 2);
	made(2);
	cr_expect_eq(plan.expected_ns, 2 * 10 * (uint64_t)430000000);
	config.protocol.message_count = 20000000;
	made(2);
	cr_expect_eq(plan.expected_ns, 2 * 10 * (uint64_t)1030000000);
	config.protocol.message_count = UINT64_MAX;
	config.protocol.runs = 1000000000;
	made(2);
	cr_expect_eq(plan.expected_ns, UINT64_MAX);
}

Test(plan, refuses_more_cases_than_anyone_can_want)
{
	config.producers.count = config.consumers.count = config.batches.count = 256;
	for (size_t index = 0; index < 256; index++)
		config.producers.values[index] = config.consumers.values[index] =
			config.batches.values[index] = index + 1;
	refused("the lists make more than 10000 cases; shorten them");
}

Test(plan, skips_more_threads_than_a_run_can_have)
{
	SET(producers, 1, 1024);
	made(2);
	cr_expect_str_eq(plan.cases[1].skip_reason, "1025 threads are more than 1024");
}

Test(plan, says_in_the_key_what_is_unlike_the_usual)
{
	config.proof = false;
	config.numa = QB_NUMA_LOCAL;
	made(1);
	cr_expect_str_eq(plan.cases[0].key,
	                 "throughput/many/p1c1/b1/m8/q1024/spin/auto/numa-local/no-proof");
	config.numa = QB_NUMA_NODE;
	config.numa_node = 1;
	made(1);
	cr_expect(strstr(plan.cases[0].key, "/numa-1/no-proof"));
}
