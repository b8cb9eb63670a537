/* test_timed_runs -- every queue serves the latency workload, in processes of their own. */
#include "every_queue.h"

#include "harness/histogram.h"
#include "harness/launch.h"
#include "harness/proof.h"
#include "harness/registry.h"

#define RATE    20000u
#define TIME_MS 40u
#define DUE     (RATE * TIME_MS / 1000)

static struct qb_samples samples;

static struct qb_case timed_case(const struct qb_queue *queue)
{
	struct qb_case c = { .producer_count = 1,
		             .consumer_count = 1,
		             .batch = 1,
		             .api = QB_API_SINGLE,
		             .message_size = 16,
		             .capacity = 1000,
		             .wait = QB_WAIT_YIELD,
		             .proof = true,
		             .rate = RATE,
		             .arrivals = QB_ARRIVALS_UNIFORM,
		             .oversubscribed = true,
		             .traits = queue->traits };

	snprintf(c.workload, sizeof(c.workload), "latency");
	snprintf(c.impl, sizeof(c.impl), "%s", queue->id);
	for (char *at = strchr(c.impl, '_'); at; at = strchr(at, '_'))
		*at = '-';
	if (!queue->timed->of[1][QB_PRODUCE])
		c.message_size = 8;
	for (unsigned w = 0; w < QB_WORKERS_MAX; w++)
		c.cpus[w] = QB_CPU_NONE;
	return c;
}

/* On a machine that others use a thread may stand still for longer than the window is. */
static bool saw_nothing(void)
{
	return samples.status == QB_STATUS_INVALID &&
	       strstr(samples.reason, "inside the measured window");
}

/* False if this machine does not have it. */
static bool run(const struct qb_case *c)
{
	const struct qb_protocol protocol = { .runs = 1,
		                              .time_ns = TIME_MS * 1000000u,
		                              .warmup_ns = 10000000,
		                              .interval_ns = 2000000,
		                              .timeout_ns = 20000000000 };
	const struct qb_launch_request request = { .c = c, .protocol = &protocol, .seed = 77 };
	struct qb_error error;

	for (unsigned attempt = 0; attempt == 0 || (attempt < 5 && saw_nothing()); attempt++)
		cr_assert_eq(qb_launch_run(&request, &samples, &error), 0, "%s", error.text);
	if (samples.status == QB_STATUS_SKIPPED)
		return false;
	cr_assert_eq(samples.status, QB_STATUS_OK, "%s: %s", c->impl, samples.reason);
	cr_assert(qb_proof_holds(&samples.delivery));
	return true;
}

/* Due within the window are as many as its length holds, give or take one of each producer; each of
 * them is recorded, however late, unless it was given up. */
static void expect_all_recorded(const struct qb_case *c)
{
	const struct qb_latency_sample *latency = &samples.latency;
	const struct qb_timing *recorded = &latency->recorded;
	const uint64_t count = qb_histogram_count(&recorded->response) + latency->unsent_count;

	cr_assert(latency->timed);
	cr_assert_leq(count, DUE + c->producer_count, "%s: %u", c->impl, (unsigned)count);
	cr_assert_geq(count, DUE - c->producer_count, "%s: %u", c->impl, (unsigned)count);
	cr_assert_eq(recorded->response.overflow_count, 0);
	if (c->message_size < 16)
		return;
	cr_assert_eq(qb_histogram_count(&recorded->transit) + recorded->transit.negative_count,
	             qb_histogram_count(&recorded->response) + recorded->response.negative_count);
	cr_assert_leq(recorded->transit.max, recorded->response.max);
}

EVERY_QUEUE(timed_runs, record_every_message_due_in_the_window)
{
	struct qb_case c;

	if (is_floor(queue))
		return;
	c = timed_case(queue);
	if (run(&c))
		expect_all_recorded(&c);
}

EVERY_QUEUE(timed_runs, record_what_sleeping_consumers_receive)
{
	struct qb_case c;

	if (is_floor(queue) || !queue->blocking)
		return;
	c = timed_case(queue);
	c.wait = QB_WAIT_BLOCK;
	if (queue->traits & QB_RENDEZVOUS)
		c.capacity = 0;
	if (run(&c))
		expect_all_recorded(&c);
}

EVERY_QUEUE(timed_runs, serve_as_many_threads_as_the_queue_does)
{
	struct qb_case c;

	if (is_floor(queue))
		return;
	c = timed_case(queue);
	c.producer_count = queue->traits & QB_ONE_PRODUCER ? 1 : 2;
	c.consumer_count = queue->traits & QB_ONE_CONSUMER ? 1 : 2;
	if (c.producer_count + c.consumer_count > 2 && run(&c))
		expect_all_recorded(&c);
}

Test(timed_runs, poisson_arrivals_are_the_same_for_both_sides, .timeout = 60)
{
	struct qb_registry registry;
	struct qb_error error;
	struct qb_case c;

	cr_assert_eq(qb_registry_open(&registry, &error), 0);
	c = timed_case(qb_registry_find(&registry, "", "mpmc")->queue);
	c.arrivals = QB_ARRIVALS_POISSON;
	c.producer_count = 2;
	cr_assert(run(&c));
	/* Were they not, most would be received long before they were due. */
	cr_expect_leq(samples.latency.recorded.response.negative_count, DUE / 1000);
	cr_expect_gt(qb_histogram_count(&samples.latency.recorded.response), DUE / 2);
	cr_expect_lt(qb_histogram_count(&samples.latency.recorded.response), DUE * 3 / 2);
	qb_registry_finish(&registry);
}

Test(timed_runs, clock_is_checked_from_the_start_to_the_end, .timeout = 60)
{
	struct qb_registry registry;
	struct qb_error error;
	struct qb_case c;

	cr_assert_eq(qb_registry_open(&registry, &error), 0);
	c = timed_case(qb_registry_find(&registry, "", "spsc")->queue);
	cr_assert(run(&c));
	cr_expect_eq(samples.clock_checked, samples.latency.by_ticks);
	cr_expect_gt(samples.latency.timer_ns, 0);
	cr_expect_lt(samples.latency.timer_ns, 100000);
	qb_registry_finish(&registry);
}
