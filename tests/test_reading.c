/* test_reading -- each rule speaks where it should and keeps silent just below its threshold. */
#include <math.h>

#include "harness/reading.h"
#include "tests/made_runs.h"

/* A result of 100 M msg/s in which nothing is remarkable. */
static struct qb_result plain(unsigned producers, unsigned consumers)
{
	const struct qb_case c = make_case(producers, consumers);
	struct qb_result result = make_result(&c, 6);

	settle(&result);
	result.flow = (struct qb_flow){ .producer_batch_mean = 1,
		                        .consumer_batch_mean = 1,
		                        .producer_full_share = 0.1,
		                        .consumer_empty_share = 0.1 };
	return result;
}

static const char *reading(struct qb_result *result, const char *code)
{
	qb_reading_settle(result);
	for (unsigned i = 0; i < result->reading_count; i++)
		if (strcmp(result->readings[i].code, code) == 0)
			return result->readings[i].text;
	return NULL;
}

/* Only this one, with this in its sentence. */
static void expect_only(struct qb_result *result, const char *code, const char *part)
{
	const char *text = reading(result, code);

	cr_assert(text, "no %s", code);
	cr_expect_eq(result->reading_count, 1, "also %s", result->readings[1].code);
	cr_expect(strstr(text, part), "'%s' is not in: %s", part, text);
	cr_expect_eq(text[strlen(text) - 1] == '.', 0, "%s", text);
}

Test(reading, says_nothing_where_nothing_is_remarkable)
{
	struct qb_result result = plain(1, 1);

	qb_reading_settle(&result);
	cr_expect_eq(result.reading_count, 0, "%s", result.readings[0].text);
	qb_result_finish(&result);
}

Test(reading, full_where_producers_wait_twice_as_often)
{
	struct qb_result result = plain(1, 1);

	result.flow.producer_full_share = 0.41;
	expect_only(&result, "consumer-bound", "full at 41 % of their tries");
	result.flow.producer_full_share = 0.24;
	cr_expect_null(reading(&result, "consumer-bound"));
	result.flow.producer_full_share = 0.41;
	result.flow.consumer_empty_share = 0.21;
	cr_expect_null(reading(&result, "consumer-bound"));
	qb_result_finish(&result);
}

Test(reading, empty_where_consumers_wait_twice_as_often)
{
	struct qb_result result = plain(2, 1);

	result.flow.consumer_empty_share = 0.41;
	expect_only(&result, "producer-bound", "empty at 41 % of their tries");
	result.flow.producer_full_share = 0.21;
	cr_expect_null(reading(&result, "producer-bound"));
	qb_result_finish(&result);
}

Test(reading, stop_and_go_where_both_wait)
{
	struct qb_result result = plain(2, 2);

	result.flow.producer_full_share = 0.8;
	result.flow.consumer_empty_share = 0.26;
	expect_only(&result, "stop-and-go", "at 26 % of their tries");
	result.flow.consumer_empty_share = 0.24;
	cr_expect_null(reading(&result, "stop-and-go"));
	qb_result_finish(&result);
}

/* Throughput so that a message takes this long. */
static void set_ns_per_message(struct qb_result *result, double ns)
{
	qb_result_metric(result, "throughput")->estimate.hl = 1e9 / ns;
}

Test(reading, lock_step_where_each_message_takes_a_round_trip)
{
	struct qb_result result = plain(1, 1);

	result.flow.consumer_empty_share = 0.6;
	result.bound = (struct qb_bound){ .known = true, .round_trip_ns = 120 };
	set_ns_per_message(&result, 132);
	expect_only(&result, "lock-step", "1.1 round trips");
	set_ns_per_message(&result, 59);
	cr_expect_null(reading(&result, "lock-step"));
	cr_expect(reading(&result, "producer-bound"), "then it is only that");
	result.bound.known = false; /* what cores that share a cache take, then */
	cr_expect(reading(&result, "lock-step"));
	result.flow.consumer_batch_mean = 1.5;
	cr_expect_null(reading(&result, "lock-step"), "several messages share a line");
	result.flow.consumer_batch_mean = 1;
	result.c.producer_count = 2;
	cr_expect_null(reading(&result, "lock-step"), "producers wait for each other too");
	qb_result_finish(&result);
}

Test(reading, taking_turns_where_threads_share_cpus)
{
	struct qb_result result = plain(4, 1);

	result.flow.producer_full_share = 0.9;
	result.c.oversubscribed = true;
	for (unsigned i = 0; i < 5; i++)
		result.c.cpus[i] = (int)(i % 2);
	expect_only(&result, "taking-turns", "2.5 on a CPU");
	for (unsigned i = 0; i < 5; i++)
		result.c.cpus[i] = QB_CPU_NONE;
	cr_expect(reading(&result, "taking-turns"));
	result.c.oversubscribed = false;
	cr_expect_null(reading(&result, "taking-turns"), "not pinned, but enough CPUs");
	cr_expect(reading(&result, "consumer-bound"));
	qb_result_finish(&result);
}

Test(reading, cpus_taken_where_threads_wait_for_them)
{
	struct qb_result result = plain(1, 1);

	result.flow.producer_full_share = 0.9;
	result.flow.slices_lost_per_second = 70;
	for (size_t i = 0; i < result.run_count; i++)
		result.runs[i].run_delay_share = i % 2 ? 0.02 : 0.1;
	expect_only(&result, "cpus-taken", "for 6 % of the time");
	for (size_t i = 0; i < result.run_count; i++)
		result.runs[i].run_delay_share = 0.04;
	cr_expect_null(reading(&result, "cpus-taken"));
	qb_result_finish(&result);
}

Test(reading, slices_lost_where_waiting_is_not_known)
{
	struct qb_result result = plain(1, 1);

	result.flow.slices_lost_per_second = 20.5;
	for (size_t i = 0; i < result.run_count; i++)
		result.runs[i].run_delay_share = NAN;
	expect_only(&result, "slices-lost", "20.5 times a second");
	result.flow.slices_lost_per_second = 19;
	cr_expect_null(reading(&result, "slices-lost"));
	qb_result_finish(&result);
}

Test(reading, short_batches_where_half_of_one_does_not_come)
{
	struct qb_result result = plain(1, 1);

	result.c.batch = 64;
	result.flow.producer_batch_mean = 64;
	result.flow.consumer_batch_mean = 16;
	expect_only(&result, "short-batches", "consumers got 4.0 times fewer");
	result.flow.consumer_batch_mean = 33;
	cr_expect_null(reading(&result, "short-batches"));
	result.flow.producer_batch_mean = 10;
	expect_only(&result, "short-batches", "producers sent 6.4 times fewer");
	result.c.batch_emulated = true;
	cr_expect_null(reading(&result, "short-batches"), "one by one, as the warning says");
	qb_result_finish(&result);
}

Test(reading, sleeping_where_a_hundredth_of_messages_is_slept_for)
{
	struct qb_result result = plain(1, 1);

	result.flow.sleeps_per_message = 0.02;
	expect_only(&result, "sleeping", "0.020 sleeps per message");
	result.flow.sleeps_per_message = 0.009;
	cr_expect_null(reading(&result, "sleeping"));
	qb_result_finish(&result);
}

Test(reading, at_the_limit_where_little_is_left)
{
	struct qb_result result = plain(1, 1);
	struct qb_metric share = { .name = "share_of_limit", .n = 6, .estimate = { .hl = 0.83 } };

	result.metrics = realloc(result.metrics, 2 * sizeof(share));
	share.values = calloc(6, sizeof(double));
	result.metrics[result.metric_count++] = share;
	expect_only(&result, "at-limit", "83 % of what");
	result.metrics[1].estimate.hl = 0.79;
	cr_expect_null(reading(&result, "at-limit"));
	result.metrics[1].estimate.hl = 1.3;
	cr_expect_null(reading(&result, "at-limit"), "the limit is wrong");
	qb_result_finish(&result);
}

Test(reading, unfair_where_one_producer_gets_half)
{
	struct qb_result result = plain(4, 1);

	result.fairness = (struct qb_fairness){ .known = true, .min_share = 0.35 };
	expect_only(&result, "unfair", "65 % less");
	result.fairness.min_share = 0.51;
	cr_expect_null(reading(&result, "unfair"));
	qb_result_finish(&result);
}

Test(reading, is_of_queues_that_deliver_alone)
{
	struct qb_result result = plain(1, 1);

	result.flow.producer_full_share = 0.41;
	cr_assert(reading(&result, "consumer-bound"));
	result.c.traits = QB_FLOOR;
	cr_expect_null(reading(&result, "consumer-bound"));
	result.c.traits = 0;
	result.status = QB_STATUS_INCORRECT;
	cr_expect_null(reading(&result, "consumer-bound"));
	result.status = QB_STATUS_OK;
	result.metrics[0].n = 0;
	cr_expect_null(reading(&result, "consumer-bound"));
	qb_result_finish(&result);
}

Test(reading, follows_from_the_runs)
{
	const struct qb_case c = make_case(1, 1);
	struct qb_result result = make_result(&c, 0);
	struct qb_samples *run = make_run(&c, 3000000);

	run->workers[0].window_misses = run->workers[0].window_operations;
	run->workers[0].involuntary_switches = 40;
	add(&result, run);
	settle(&result);
	cr_expect_float_eq(result.flow.producer_full_share, 0.5, 1e-9);
	cr_expect_eq(result.flow.consumer_empty_share, 0);
	/* 40 in the 0.4 s of the longest loop, of two threads. */
	cr_expect_float_eq(result.flow.slices_lost_per_second, 50, 1e-6);
	cr_expect_eq(result.reading_count, 2);
	cr_expect_str_eq(result.readings[0].code, "consumer-bound");
	cr_expect_str_eq(result.readings[1].code, "slices-lost");
	qb_result_finish(&result);
}

Test(reading, rendezvous_where_sides_wait_by_design)
{
	struct qb_result result = plain(1, 1);

	result.c.capacity = 0;
	result.flow.producer_full_share = result.flow.consumer_empty_share = 0.6;
	set_ns_per_message(&result, 5000);
	expect_only(&result, "rendezvous", "at 60 % of its tries");
	result.flow.consumer_empty_share = 0.26;
	result.flow.producer_full_share = 0;
	expect_only(&result, "rendezvous", "at 26 % of its tries");
	result.flow.consumer_empty_share = 0.24;
	cr_expect_null(reading(&result, "rendezvous"));
	result.c.capacity = 1;
	result.flow.consumer_empty_share = 0.6;
	cr_expect_null(reading(&result, "rendezvous"));
	cr_expect(reading(&result, "lock-step"));
	qb_result_finish(&result);
}

Test(reading, does_not_advise_to_spin_at_capacity_0)
{
	struct qb_result result = plain(1, 1);

	result.flow.sleeps_per_message = 0.5;
	expect_only(&result, "sleeping", "try --wait=spin");
	result.c.capacity = 0;
	expect_only(&result, "sleeping", "0.5 sleeps per message");
	cr_expect_null(strstr(reading(&result, "sleeping"), "spin"));
	qb_result_finish(&result);
}
