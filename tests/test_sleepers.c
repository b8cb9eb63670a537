/* test_sleepers.c -- whoever sleeps in a queue is woken: by a message, by a free slot, by close,
 * also when that comes at the very moment the thread lies down. */
#include "sleeper.h"

EVERY_QUEUE(sleepers, wakes_all_consumers_that_sleep_when_it_is_closed)
{
	const unsigned count = queue->traits & QB_ONE_CONSUMER ? 1 : 3;
	const struct qb_shape shape = { 2, 8, 1, count, 0, 0 };
	struct sleeper sleepers[3] = { 0 };
	void *q;

	if (!queue->blocking)
		return;
	q = create_queue(queue, &shape);
	if (!q)
		return;
	for (unsigned index = 0; index < count; index++)
		lay_down(&sleepers[index], queue, q, QB_CONSUME);
	queue->closing->close(q);
	for (unsigned index = 0; index < count; index++) {
		pthread_join(sleepers[index].thread, NULL);
		cr_assert_eq(sleepers[index].outcome, 0, "%s: made up a message", queue->id);
	}
	queue->destroy(q);
}

EVERY_QUEUE(sleepers, wakes_all_producers_that_sleep_when_it_is_closed)
{
	const unsigned count = queue->traits & QB_ONE_PRODUCER ? 1 : 3;
	const struct qb_shape shape = { 2, 8, count, 1, 0, 0 };
	struct sleeper sleepers[3] = { 0 };
	void *q;

	if (!queue->blocking)
		return;
	q = create_queue(queue, &shape);
	if (!q)
		return;
	for (unsigned index = 0; index < count; index++)
		lay_down(&sleepers[index], queue, q, QB_PRODUCE);
	queue->closing->close(q);
	for (unsigned index = 0; index < count; index++) {
		pthread_join(sleepers[index].thread, NULL);
		cr_assert_eq(sleepers[index].outcome, 0, "%s: took a message", queue->id);
	}
	queue->destroy(q);
}

EVERY_QUEUE(sleepers, wakes_the_producer_that_sleeps_for_one_free_slot)
{
	const struct qb_shape shape = { 3, 8, 1, 1, 0, 0 };
	struct sleeper sleeper = { 0 };
	struct qb_error error;
	uint64_t message;
	void *q, *handle;

	if (!queue->blocking || !(queue->traits & QB_BOUNDED))
		return; /* where one pop need not make room for one push */
	q = create_queue(queue, &shape);
	if (!q)
		return;
	handle = queue->handles ? queue->handles->attach(q, QB_CONSUME, 0, &error) : NULL;
	lay_down(&sleeper, queue, q, QB_PRODUCE);
	cr_assert(queue->single->pop(q, handle, &message, 8), "%s", queue->id);
	pthread_join(sleeper.thread, NULL);
	cr_assert_eq(sleeper.outcome, 1, "%s: did not push", queue->id);
	for (unsigned inside = 0; inside < 3; inside++)
		cr_assert(queue->single->pop(q, handle, &message, 8), "%s: lost", queue->id);
	cr_assert_not(queue->single->pop(q, handle, &message, 8), "%s: too many", queue->id);
	if (queue->handles)
		queue->handles->detach(q, QB_CONSUME, handle);
	queue->destroy(q);
}

/* Bursts, each by a registration of its own, and then silence for longer than anybody spins: a
 * wake-up that is missed after the last message is not made up for by the next one. */
EVERY_QUEUE(sleepers, delivers_the_last_message_before_a_silence)
{
	struct crossing_run run = { .is = { .queue = queue,
		                            .size = 8,
		                            .batch = 1,
		                            .api = QB_API_SINGLE,
		                            .blocks = true,
		                            .churn = 8 },
		                    .next_registration = 1 };
	const struct qb_shape shape = { 8, 8, 1, 1, 0, 0 };
	struct crossing_thread consumer, producer = { .run = &run };
	uint64_t sent = 0, message[1];

	if (!queue->blocking)
		return;
	run.registration_count = 60;
	run.accepted = calloc(run.registration_count + 1, sizeof(*run.accepted));
	run.seen = calloc(run.registration_count, run.is.churn);
	pthread_barrier_init(&run.start, NULL, 1);
	run.q = create_queue(queue, &shape);
	if (!run.q)
		return;
	producer.buffer = (char *)message;
	crossing_start(&run, &consumer, 0, crossing_consume);
	for (unsigned burst = 1; burst <= run.registration_count; burst++) {
		use_cpus(1 + (int)(burst % 2));
		sent += 1 + burst % run.is.churn;
		cr_assert(crossing_register(&producer, 1 + burst % run.is.churn));
		while (run.received != sent)
			sched_yield();
		sleep_us(burst % 3 != 0 ? 300 : 30);
	}
	queue->closing->close(run.q);
	crossing_join(&consumer);
	crossing_compare(&run);
	queue->destroy(run.q);
	free(run.accepted);
	free(run.seen);
}

/* One message, or one free slot, comes at a random moment around the one in which the peer stops
 * spinning and lies down; and no further one comes to make up for a missed wake-up. */
struct meeting {
	const struct qb_queue *queue;
	void *q;
	enum qb_role sleeper;
	unsigned rounds;
	_Atomic unsigned done;
};

static void *meet(void *argument)
{
	struct meeting *meeting = argument;
	const struct qb_queue *queue = meeting->queue;
	uint64_t message = 1;
	struct qb_error error;
	void *handle = NULL;

	if (queue->handles)
		handle = queue->handles->attach(meeting->q, meeting->sleeper, 0, &error);
	while (meeting->done != meeting->rounds) {
		if (!(meeting->sleeper == QB_PRODUCE
		              ? queue->blocking->push_wait(meeting->q, handle, &message, 8)
		              : queue->blocking->pop_wait(meeting->q, handle, &message, 8)))
			break;
		meeting->done++;
	}
	if (queue->handles)
		queue->handles->detach(meeting->q, meeting->sleeper, handle);
	return NULL;
}

/* Busy, because a nap would take longer than the moment that is to be met. */
static void spend_ns(uint64_t ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((uint64_t)(now.tv_sec - start.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec <
	       (uint64_t)start.tv_nsec + ns);
}

static void hold_meetings(struct meeting *meeting)
{
	const enum qb_role waker = meeting->sleeper == QB_PRODUCE ? QB_CONSUME : QB_PRODUCE;
	const struct qb_queue *queue = meeting->queue;
	const struct qb_shape shape = { 1, 8, 1, 1, 0, 0 };
	uint64_t random = 88172645463325252u, message = 1;
	struct qb_error error;
	void *handle = NULL;
	pthread_t thread;

	meeting->q = create_queue(queue, &shape);
	if (!meeting->q)
		return;
	if (queue->handles)
		handle = queue->handles->attach(meeting->q, waker, 0, &error);
	pthread_create(&thread, NULL, meet, meeting);
	for (unsigned round = 0; round < meeting->rounds; round++) {
		/* A producer's first push fits, so it is one ahead. */
		while (meeting->done != round + (waker == QB_CONSUME))
			sched_yield();
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		spend_ns(random % 70000);
		while (waker == QB_PRODUCE ? !queue->single->push(meeting->q, handle, &message, 8)
		                           : !queue->single->pop(meeting->q, handle, &message, 8))
			sched_yield();
	}
	queue->closing->close(meeting->q);
	pthread_join(thread, NULL);
	if (queue->handles)
		queue->handles->detach(meeting->q, waker, handle);
	queue->destroy(meeting->q);
}

EVERY_QUEUE(sleepers, miss_nothing_that_comes_just_as_they_lie_down)
{
	if (!queue->blocking || !(queue->traits & QB_BOUNDED))
		return;
	use_cpus(2);
	for (enum qb_role role = QB_PRODUCE; role <= QB_CONSUME; role++) {
		struct meeting meeting = { .queue = queue, .sleeper = role };

		meeting.rounds = SANITIZED ? 300 : 3000;
		hold_meetings(&meeting);
	}
}
