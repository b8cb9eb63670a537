/* test_rendezvous.c -- what every queue that says so must do at capacity 0, where a message moves
 * only when its push and a pop meet; and that no other queue is ever asked to. */
#include "harness/registry.h"
#include "sleeper.h"

enum { MESSAGES = SANITIZED ? 2000 : 20000 };

/* A queue of capacity 0 and both of its handles, for this thread. */
struct meeting_point {
	const struct qb_queue *queue;
	void *q, *in, *out;
};

/* False if the queue does not serve capacity 0. */
static bool point_open(struct meeting_point *point, const struct qb_queue *queue)
{
	const struct qb_shape shape = { 0, 8, 4, 4, 0, 0 };
	struct qb_error error = { 0, "" };

	*point = (struct meeting_point){ .queue = queue };
	if (!(queue->traits & QB_RENDEZVOUS))
		return false;
	point->q = create_queue(queue, &shape);
	if (!point->q)
		return false;
	if (queue->handles) {
		point->in = queue->handles->attach(point->q, QB_PRODUCE, 3, &error);
		point->out = queue->handles->attach(point->q, QB_CONSUME, 3, &error);
		cr_assert(point->in && point->out, "%s: %s", queue->id, error.text);
	}
	return true;
}

static void point_close(struct meeting_point *point)
{
	if (point->queue->handles) {
		point->queue->handles->detach(point->q, QB_PRODUCE, point->in);
		point->queue->handles->detach(point->q, QB_CONSUME, point->out);
	}
	point->queue->destroy(point->q);
}

static bool push(const struct meeting_point *point, uint64_t message)
{
	return point->queue->single->push(point->q, point->in, &message, 8);
}

static bool pop(const struct meeting_point *point, uint64_t *ret_message)
{
	return point->queue->single->pop(point->q, point->out, ret_message, 8);
}

EVERY_QUEUE(rendezvous, moves_nothing_while_nobody_waits)
{
	struct meeting_point point;
	uint64_t message = 77;

	if (!point_open(&point, queue))
		return;
	for (unsigned round = 0; round < 3; round++) {
		cr_expect_not(push(&point, 1), "%s: took a message for nobody", queue->id);
		cr_expect_not(pop(&point, &message), "%s: made up a message", queue->id);
		cr_expect_eq(message, 77);
	}
	cr_expect_not(queue->closing->closed(point.q), "%s: closed at birth", queue->id);
	queue->closing->close(point.q);
	cr_expect_not(push(&point, 1), "%s: took a message after close", queue->id);
	cr_expect_not(pop(&point, &message), "%s: made up a message", queue->id);
	cr_expect(queue->closing->closed(point.q), "%s: never ends", queue->id);
	point_close(&point);
}

/* Lays `count` threads down one after another, so that they wait in this order. */
static void lay_down_all(const struct meeting_point *point, struct sleeper *sleepers,
                         unsigned count, enum qb_role role)
{
	for (unsigned index = 0; index < count; index++) {
		sleepers[index].index = index;
		sleepers[index].message = 1 + index;
		lay_down(&sleepers[index], point->queue, point->q, role);
	}
}

static unsigned crowd_of(const struct qb_queue *queue, uint64_t one)
{
	return queue->traits & one ? 1 : 3;
}

EVERY_QUEUE(rendezvous, takes_from_the_pushes_that_wait_in_the_order_in_which_they_came)
{
	const unsigned count = crowd_of(queue, QB_ONE_PRODUCER);
	const bool is_fifo = (queue->traits & QB_ORDER_TOTAL) == QB_ORDER_TOTAL;
	struct sleeper sleepers[3] = { 0 };
	struct meeting_point point;
	unsigned seen = 0; /* bits */

	if (!point_open(&point, queue))
		return;
	lay_down_all(&point, sleepers, count, QB_PRODUCE);
	for (unsigned index = 0; index < count; index++) {
		uint64_t message = 0;

		cr_assert(pop(&point, &message), "%s: nobody met", queue->id);
		cr_assert(message >= 1 && message <= count, "%s: damaged", queue->id);
		cr_expect(!is_fifo || message == 1 + index, "%s: overtaken", queue->id);
		seen |= 1u << message;
		pthread_join(sleepers[message - 1].thread, NULL);
		cr_expect_eq(sleepers[message - 1].outcome, 1, "%s: not told", queue->id);
	}
	cr_expect_eq(seen, (2u << count) - 2, "%s: came twice", queue->id);
	point_close(&point);
}

EVERY_QUEUE(rendezvous, hands_to_the_pops_that_wait_in_the_order_in_which_they_came)
{
	const unsigned count = crowd_of(queue, QB_ONE_CONSUMER);
	const bool is_fifo = (queue->traits & QB_ORDER_TOTAL) == QB_ORDER_TOTAL;
	struct sleeper sleepers[3] = { 0 };
	struct meeting_point point;

	if (!point_open(&point, queue))
		return;
	lay_down_all(&point, sleepers, count, QB_CONSUME);
	for (unsigned index = 0; index < count; index++)
		cr_expect(push(&point, 101 + index), "%s: nobody met", queue->id);
	cr_expect_not(push(&point, 999), "%s: one pop too many", queue->id);
	for (unsigned index = 0; index < count; index++) {
		pthread_join(sleepers[index].thread, NULL);
		cr_expect_eq(sleepers[index].outcome, 1, "%s: not served", queue->id);
		cr_expect(!is_fifo || sleepers[index].message == 101 + index, "%s: pop %u got %llu",
		          queue->id, index, (unsigned long long)sleepers[index].message);
	}
	point_close(&point);
}

EVERY_QUEUE(rendezvous, sends_home_who_waits_to_send_when_it_is_closed_and_keeps_no_message)
{
	const unsigned count = crowd_of(queue, QB_ONE_PRODUCER);
	struct sleeper sleepers[3] = { 0 };
	struct meeting_point point;
	uint64_t message;

	if (!point_open(&point, queue))
		return;
	lay_down_all(&point, sleepers, count, QB_PRODUCE);
	queue->closing->close(point.q);
	for (unsigned index = 0; index < count; index++) {
		pthread_join(sleepers[index].thread, NULL);
		cr_expect_eq(sleepers[index].outcome, 0, "%s: says that it sent", queue->id);
	}
	cr_expect_not(pop(&point, &message), "%s: kept what was not sent", queue->id);
	cr_expect_not(queue->blocking->pop_wait(point.q, point.out, &message, 8), "%s", queue->id);
	cr_expect(queue->closing->closed(point.q), "%s: never ends", queue->id);
	point_close(&point);
}

EVERY_QUEUE(rendezvous, sends_home_who_waits_to_receive_when_it_is_closed)
{
	const unsigned count = crowd_of(queue, QB_ONE_CONSUMER);
	struct sleeper sleepers[3] = { 0 };
	struct meeting_point point;
	uint64_t message = 1;

	if (!point_open(&point, queue))
		return;
	lay_down_all(&point, sleepers, count, QB_CONSUME);
	queue->closing->close(point.q);
	for (unsigned index = 0; index < count; index++) {
		pthread_join(sleepers[index].thread, NULL);
		cr_expect_eq(sleepers[index].outcome, 0, "%s: made up a message", queue->id);
	}
	cr_expect_not(queue->blocking->push_wait(point.q, point.in, &message, 8), "%s", queue->id);
	point_close(&point);
}

/* One side sleeps for every message, the other one tries until it meets it. */
static void cross_half_asleep(const struct meeting_point *point, enum qb_role asleep)
{
	struct sleeper sleeper;

	for (uint64_t round = 1; round <= MESSAGES / 20; round++) {
		uint64_t message = round;

		sleeper = (struct sleeper){
			.queue = point->queue, .q = point->q, .role = asleep, .message = round
		};
		pthread_create(&sleeper.thread, NULL, sleep_in_operation, &sleeper);
		while (asleep == QB_PRODUCE ? !pop(point, &message) : !push(point, round))
			sched_yield();
		pthread_join(sleeper.thread, NULL);
		cr_assert_eq(sleeper.outcome, 1, "%s: gave up although open", point->queue->id);
		cr_assert_eq(asleep == QB_PRODUCE ? message : sleeper.message, round,
		             "%s: another message came", point->queue->id);
	}
}

EVERY_QUEUE(rendezvous, meets_whoever_sleeps_however_late_or_early_it_tries)
{
	struct meeting_point point;

	for (int cpus = 1; cpus <= 2; cpus++) {
		if (!point_open(&point, queue))
			return;
		use_cpus(cpus);
		cross_half_asleep(&point, QB_PRODUCE);
		cross_half_asleep(&point, QB_CONSUME);
		point_close(&point);
	}
}

static struct crossing crowd(const struct qb_queue *queue, unsigned producers, unsigned consumers)
{
	return (struct crossing){
		.queue = queue,
		.producers = queue->traits & QB_ONE_PRODUCER ? 1 : producers,
		.consumers = queue->traits & QB_ONE_CONSUMER ? 1 : consumers,
		.size = 8,
		.batch = 1,
		.api = QB_API_SINGLE,
		.blocks = true,
		.messages = MESSAGES / producers,
	};
}

/* On one CPU and on two; with pauses, and under registrations that come and go. */
static void cross_in_many_ways(struct crossing is)
{
	for (int cpus = 1; cpus <= 2; cpus++) {
		use_cpus(cpus);
		is.jitter = is.churn = 0;
		cross(&is);
		is.jitter = 10;
		is.churn = 7;
		cross(&is);
	}
}

EVERY_QUEUE(rendezvous, exchanges_all_messages_in_order_between_one_and_one)
{
	struct crossing is = crowd(queue, 1, 1);

	if (!(queue->traits & QB_RENDEZVOUS))
		return;
	cross_in_many_ways(is);
	is.size = 13;
	if (queue->single->loops.of[QB_SIZE_CLASS_ANY][QB_PRODUCE])
		cross_in_many_ways(is);
}

EVERY_QUEUE(rendezvous, exchanges_all_messages_in_order_among_many)
{
	if (!(queue->traits & QB_RENDEZVOUS))
		return;
	cross_in_many_ways(crowd(queue, 2, 2));
	cross_in_many_ways(crowd(queue, 1, 3));
	cross_in_many_ways(crowd(queue, 3, 1));
}

EVERY_QUEUE(rendezvous, delivers_what_was_accepted_and_no_more_when_closed_in_the_midst)
{
	if (!(queue->traits & QB_RENDEZVOUS))
		return;
	for (unsigned round = 0; round < (SANITIZED ? 16 : 60); round++) {
		struct crossing is = crowd(queue, 1 + round % 3, 1 + round / 3 % 2);

		is.messages = 100000;
		is.close_after_us = 100 + 100 * (long)(round % 13);
		use_cpus(1 + (int)(round / 2 % 2));
		cross(&is);
	}
}

/* What the planner asks before a queue is created. */
Test(rendezvous, is_asked_of_the_queues_alone_that_say_they_serve_it)
{
	struct qb_case c = { .producer_count = 1,
		             .consumer_count = 1,
		             .batch = 1,
		             .api = QB_API_SINGLE,
		             .message_size = 8,
		             .wait = QB_WAIT_BLOCK };
	struct qb_error error;
	struct qb_registry registry;
	char reason[256];
	size_t served = 0;

	cr_assert_eq(qb_registry_open(&registry, &error), 0, "%s", error.text);
	for (size_t index = 0; index < registry.count; index++) {
		const struct qb_entry *entry = &registry.entries[index];
		const bool serves = entry->queue->traits & QB_RENDEZVOUS;

		qb_registry_refusal(entry->queue, &c, reason, sizeof(reason));
		served += serves;
		if (serves)
			cr_expect_str_empty(reason, "%s", entry->name);
		else
			cr_expect(strstr(reason, "does not serve capacity 0"), "%s: '%s'",
			          entry->name, reason);
	}
	cr_expect_geq(served, 1, "nobody is tested here");
	cr_expect_lt(served, registry.count);
	qb_registry_finish(&registry);
}
