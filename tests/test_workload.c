/* test_workload -- what goes with which workload, and what a case of it becomes. */
#include <criterion/criterion.h>

#include "harness/plan_key.h"
#include "harness/registry.h"
#include "harness/workload.h"

static const char *names[2];
static struct qb_config config = { .workloads = names,
	                           .workload_count = 1,
	                           .protocol = { .timeout_ns = 10000000000 } };

static void expect_refused(const char *why)
{
	struct qb_error error = { 0 };

	cr_expect_lt(qb_workload_check(&config, &error), 0);
	cr_expect(strstr(error.text, why), "%s", error.text);
}

static void expect_fine(void)
{
	struct qb_error error = { 0 };

	cr_expect_eq(qb_workload_check(&config, &error), 0, "%s", error.text);
}

Test(workload, latency_needs_a_rate_and_says_how_to_give_one)
{
	names[0] = "latency";
	expect_refused("add --rate=N, messages per second");
	config.rate = 100000;
	expect_fine();
}

Test(workload, rate_and_arrivals_are_for_the_latency_workload_alone)
{
	names[0] = "throughput";
	expect_fine();
	config.rate = 100000;
	expect_refused("--rate is for the latency workload");
	names[1] = "latency";
	config.workload_count = 2;
	expect_fine();
	config.workload_count = 1;
	config.rate = 0;
	config.arrivals = QB_ARRIVALS_POISSON;
	expect_refused("--arrivals is for the latency workload");
}

Test(workload, latency_is_measured_for_a_time)
{
	names[0] = "latency";
	config.rate = 100000;
	config.protocol.message_count = 10;
	expect_refused("takes a --time");
}

Test(workload, rate_too_low_to_tell_from_a_hang_is_refused)
{
	names[0] = "latency";
	config.rate = 1;
	expect_fine();
	config.protocol.timeout_ns = 1000000000;
	expect_refused("use a longer --timeout");
}

Test(workload, drawn_gaps_that_look_like_a_hang_are_refused)
{
	names[0] = "latency";
	config.rate = 20;
	config.protocol.timeout_ns = 100000000;
	expect_fine();
	config.arrivals = QB_ARRIVALS_POISSON;
	expect_refused("at --rate=20 --arrivals=poisson nothing may be sent");
	config.rate = 299;
	expect_refused("use a longer --timeout");
	config.rate = 300;
	expect_fine();
}

Test(workload, names_are_known_each_once)
{
	config.rate = 100;
	names[0] = "latnecy";
	expect_refused("did you mean 'latency'?");
	names[0] = names[1] = "latency";
	config.workload_count = 2;
	expect_refused("is named twice");
}

Test(workload, every_one_says_what_it_is_judged_by)
{
	for (const struct qb_workload *workload = qb_workloads; workload->name; workload++)
		cr_expect(workload->summary && workload->metric && workload->unit);
	cr_expect_str_eq(qb_workload_judged("latency")->metric, "latency_p99");
	cr_expect_not(qb_workload_judged("latency")->higher_is_better);
	cr_expect_str_eq(qb_workload_judged("elephants")->metric, "throughput");
}

static struct qb_case make_case(const char *workload)
{
	struct qb_case c = { .producer_count = 1,
		             .consumer_count = 1,
		             .batch = 1,
		             .api = QB_API_SINGLE,
		             .message_size = 8,
		             .capacity = 64,
		             .wait = QB_WAIT_SPIN,
		             .proof = true };

	snprintf(c.workload, sizeof(c.workload), "%s", workload);
	snprintf(c.impl, sizeof(c.impl), "spsc");
	config.rate = 250000;
	qb_workload_apply(&config, &c);
	return c;
}

static void expect_key(struct qb_case *c, const char *key)
{
	const struct qb_plan_key parts = { .pin_text = "auto" };

	qb_plan_key_write(&parts, c);
	cr_expect_str_eq(c->key, key);
}

Test(workload, key_names_the_rate_and_unusual_arrivals)
{
	struct qb_case c = make_case("throughput");

	expect_key(&c, "throughput/spsc/p1c1/b1/m8/q64/spin/auto");
	c = make_case("latency");
	expect_key(&c, "latency/spsc/p1c1/b1/m8/q64/spin/auto/r250000");
	config.arrivals = QB_ARRIVALS_POISSON;
	c = make_case("latency");
	expect_key(&c, "latency/spsc/p1c1/b1/m8/q64/spin/auto/r250000/poisson");
}

static void expect_refusal(const struct qb_queue *queue, const struct qb_case *c, const char *why)
{
	char reason[256];

	qb_registry_refusal(queue, c, reason, sizeof(reason));
	cr_expect(why[0] ? strstr(reason, why) != NULL : !reason[0], "%s", reason);
}

Test(workload, latency_is_refused_where_it_would_mean_something_else)
{
	struct qb_registry registry;
	struct qb_error error;
	struct qb_case c = make_case("latency");
	struct qb_queue older;

	cr_assert_eq(qb_registry_open(&registry, &error), 0);
	older = *qb_registry_find(&registry, "", "spsc")->queue;
	expect_refusal(&older, &c, "");
	expect_refusal(qb_registry_find(&registry, "", "null")->queue, &c, "makes up its messages");
	c.batch = 64;
	expect_refusal(&older, &c, "it needs --batch=1");
	c.batch = 1;
	c.api = QB_API_ZEROCOPY;
	expect_refusal(&older, &c, "it needs --api=single");
	c.api = QB_API_SINGLE;
	older.timed = NULL;
	expect_refusal(&older, &c, "without the latency workload: rebuild it");
	c = make_case("throughput");
	expect_refusal(&older, &c, "");
	qb_registry_finish(&registry);
}
