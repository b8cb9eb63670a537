/* made_runs.h -- hand-made samples of good runs, for tests to spoil. */
#ifndef QB_TESTS_MADE_RUNS_H
#define QB_TESTS_MADE_RUNS_H

#include <criterion/criterion.h>

#include "harness/summary.h"

#define WINDOW_NS UINT64_C(300000000)
#define INTERVALS 15

static const struct qb_protocol protocol = { .runs = 10, .time_ns = WINDOW_NS };

static struct qb_case make_case(unsigned producers, unsigned consumers)
{
	struct qb_case c = { .impl = "ring",
		             .workload = "throughput",
		             .producer_count = producers,
		             .consumer_count = consumers,
		             .batch = 1,
		             .message_size = 8,
		             .capacity = 1024,
		             .proof = true };

	for (unsigned i = 0; i < QB_WORKERS_MAX; i++)
		c.cpus[i] = (int)i;
	return c;
}

/* A good run: the producers share the messages equally. */
static struct qb_samples *make_run(const struct qb_case *c, uint64_t messages)
{
	struct qb_samples *samples = calloc(1, sizeof(*samples));
	static unsigned order;

	samples->order = order++;
	samples->stage = QB_STAGE_FINISHED;
	samples->window_start.monotonic_ns = 5000000000;
	samples->window_end.monotonic_ns = 5000000000 + WINDOW_NS;
	samples->window_count = messages;
	samples->cpu_count = 8;
	samples->clock_checked = true;
	samples->interval_count = INTERVALS;
	for (unsigned i = 0; i < INTERVALS; i++) {
		samples->interval_messages[i] = messages / INTERVALS + i * 7 % 5;
		samples->interval_end_ns[i] = (i + 1) * WINDOW_NS / INTERVALS;
	}
	samples->delivery.sent = samples->delivery.received = messages + 100;
	samples->worker_count = qb_case_worker_count(c);
	for (unsigned i = 0; i < samples->worker_count; i++) {
		const unsigned sharers =
			i < c->producer_count ? c->producer_count : c->consumer_count;

		samples->workers[i].cpu_wanted = samples->workers[i].cpu_start =
			samples->workers[i].cpu_end = (int)i;
		samples->workers[i].window_count = messages / sharers;
		samples->workers[i].window_operations = messages / sharers;
		samples->workers[i].cpu_ns = WINDOW_NS + WINDOW_NS / 3;
	}
	return samples;
}

static void add(struct qb_result *result, struct qb_samples *samples)
{
	cr_assert_eq(qb_summary_add(result, samples), 0);
	free(samples);
}

static inline void settle(struct qb_result *result)
{
	cr_assert_eq(qb_summary_settle(result, &protocol), 0);
}

/* A result of n good runs that differ a little. */
static inline struct qb_result make_result(const struct qb_case *c, unsigned n)
{
	struct qb_result result;

	qb_summary_begin(&result, c);
	for (unsigned i = 0; i < n; i++)
		add(&result, make_run(c, 30000000 + i * 37 % 11 * 30000));
	return result;
}

#endif
