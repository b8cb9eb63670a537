/* test_crossing.c -- what every queue must do with threads at work: on one CPU and on two, with as
 * many threads as CPUs and with more, nothing is lost and nobody sleeps for good. */
#include "crossing.h"

#define MESSAGES(n) ((uint64_t)(n) / (SANITIZED ? 10 : 1))

/* As many threads as the queue admits; more of them than CPUs where it can be. */
static struct crossing crowd(const struct qb_queue *queue, uint64_t messages)
{
	return (struct crossing){
		.queue = queue,
		.producers = queue->traits & QB_ONE_PRODUCER ? 1 : 3,
		.consumers = queue->traits & QB_ONE_CONSUMER ? 1 : 2,
		.capacity = 64,
		.size = 8,
		.batch = 1,
		.api = QB_API_SINGLE,
		.messages = messages,
	};
}

static void cross_on_one_cpu_and_on_two(const struct crossing *is)
{
	for (int cpus = 1; cpus <= 2; cpus++) {
		use_cpus(cpus);
		cross(is);
	}
}

EVERY_QUEUE(crossing, delivers_each_message_once_whole_and_in_order)
{
	static const size_t capacities[] = { 1, 2, 3, 64, 1000 };
	static const size_t sizes[] = { 8, 13, 64, 72, 24 };
	static const unsigned messages[] = { 1000, 1000, 1000, 10000, 10000 };

	for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++)
		for (size_t index = 0; index < 5; index++) {
			struct crossing is = crowd(queue, MESSAGES(messages[index]));

			if (is_floor(queue) || !has_api(queue, (enum qb_api)api))
				continue;
			is.api = (enum qb_api)api;
			is.capacity = capacities[index];
			is.size = sizes[index];
			is.batch = api == QB_API_SINGLE ? 1 : 7;
			is.first_index = (UINT64_C(1) << 32) - 1000;
			cross_on_one_cpu_and_on_two(&is);
			is.jitter = 20;
			is.messages /= 4;
			cross_on_one_cpu_and_on_two(&is);
		}
}

EVERY_QUEUE(crossing, delivers_from_one_producer_to_one_consumer)
{
	for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++) {
		struct crossing is = crowd(queue, MESSAGES(100000));

		if (is_floor(queue) || !has_api(queue, (enum qb_api)api))
			continue;
		is.producers = is.consumers = 1;
		is.api = (enum qb_api)api;
		is.batch = api == QB_API_SINGLE ? 1 : 64;
		is.capacity = 1024;
		cross_on_one_cpu_and_on_two(&is);
	}
}

EVERY_QUEUE(crossing, blocks_and_wakes_without_losing_a_wake_up)
{
	static const size_t capacities[] = { 1, 2, 64 };

	for (size_t index = 0; index < 3 && queue->blocking; index++) {
		struct crossing is = crowd(queue, MESSAGES(2000));

		is.blocks = true;
		is.capacity = capacities[index];
		cross_on_one_cpu_and_on_two(&is);
		is.jitter = 10;
		is.messages /= 4;
		cross_on_one_cpu_and_on_two(&is);
	}
}

EVERY_QUEUE(crossing, keeps_registrations_apart_that_come_and_go_while_it_runs)
{
	for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++) {
		struct crossing is = crowd(queue, MESSAGES(3000));

		if (is_floor(queue) || !has_api(queue, (enum qb_api)api))
			continue;
		is.api = (enum qb_api)api;
		is.batch = api == QB_API_SINGLE ? 1 : 4;
		is.capacity = 8;
		is.churn = 3;
		cross_on_one_cpu_and_on_two(&is);
		is.jitter = 10;
		is.messages /= 4;
		is.blocks = queue->blocking != NULL;
		cross_on_one_cpu_and_on_two(&is);
	}
}

EVERY_QUEUE(crossing, delivers_what_was_accepted_before_a_close_in_the_midst)
{
	if (!queue->closing)
		return;
	for (unsigned round = 0; round < (SANITIZED ? 10 : 40); round++) {
		struct crossing is = crowd(queue, 100000);
		const enum qb_api api = (enum qb_api)(QB_API_SINGLE + round % 3);

		is.api = has_api(queue, api) ? api : QB_API_SINGLE;
		is.batch = is.api == QB_API_SINGLE ? 1 : 5;
		is.capacity = 1 + round % 8;
		is.blocks = queue->blocking && round % 4 == 3;
		is.churn = round % 5 == 4 ? 10 : 0;
		is.close_after_us = 100 + 100 * (long)(round % 13);
		use_cpus(1 + (int)(round / 2 % 2));
		cross(&is);
	}
}

/* Who pushes into a closed queue, for as long as somebody looks. */
struct knocker {
	const struct qb_queue *queue;
	void *q;
	void *consumer;
	atomic_bool is_told_to_stop;
	pthread_barrier_t start;
};

static void *knock(void *argument)
{
	struct knocker *knocker = argument;
	const struct qb_queue *queue = knocker->queue;
	struct qb_error error;
	const uint64_t message = 1;
	void *handle =
		queue->handles ? queue->handles->attach(knocker->q, QB_PRODUCE, 0, &error) : NULL;

	pthread_barrier_wait(&knocker->start);
	while (!knocker->is_told_to_stop)
		queue->single->push(knocker->q, handle, &message, 8);
	if (queue->handles)
		queue->handles->detach(knocker->q, QB_PRODUCE, handle);
	return NULL;
}

static bool stays_closed(struct knocker *knocker)
{
	const struct qb_closing *closing = knocker->queue->closing;
	unsigned taken_back = 0;
	pthread_t thread;

	pthread_barrier_init(&knocker->start, NULL, 2);
	pthread_create(&thread, NULL, knock, knocker);
	pthread_barrier_wait(&knocker->start);
	closing->close(knocker->q);
	while (!closing->closed(knocker->q)) {
		uint64_t message;

		knocker->queue->single->pop(knocker->q, knocker->consumer, &message, 8);
	}
	for (unsigned look = 0; look < MESSAGES(20000); look++)
		taken_back += !closing->closed(knocker->q);
	knocker->is_told_to_stop = true;
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&knocker->start);
	return taken_back == 0;
}

EVERY_QUEUE(crossing, stays_closed_once_it_said_so_whatever_is_pushed)
{
	const struct qb_shape shape = { 64, 8, 1, 1, 0, 0 };
	struct knocker knocker = { .queue = queue };
	struct qb_error error;

	if (!queue->closing || is_floor(queue))
		return;
	use_cpus(2);
	knocker.q = create_queue(queue, &shape);
	if (!knocker.q)
		return;
	if (queue->handles)
		knocker.consumer = queue->handles->attach(knocker.q, QB_CONSUME, 0, &error);
	cr_assert(stays_closed(&knocker), "%s: closed was true and then false", queue->id);
	if (queue->handles)
		queue->handles->detach(knocker.q, QB_CONSUME, knocker.consumer);
	queue->destroy(knocker.q);
}

/* One message in flight: who misses a wake-up is not saved by the next message. */
struct ping_pong {
	const struct qb_queue *queue;
	void *q[2];
	bool blocks;
	unsigned rounds;
};

struct player {
	struct ping_pong *game;
	unsigned side;
};

static _Noreturn void lose(const struct ping_pong *game, const char *what)
{
	fprintf(stderr, "%s: %s\n", game->queue->id, what);
	abort();
}

static void play_move(const struct ping_pong *game, void *q, enum qb_role role, void *handle,
                      uint64_t *message)
{
	const struct qb_queue *queue = game->queue;

	if (game->blocks) {
		if (role == QB_PRODUCE ? !queue->blocking->push_wait(q, handle, message, 8)
		                       : !queue->blocking->pop_wait(q, handle, message, 8))
			lose(game, "gave up although open");
		return;
	}
	while (role == QB_PRODUCE ? !queue->single->push(q, handle, message, 8)
	                          : !queue->single->pop(q, handle, message, 8))
		sched_yield();
}

static void *play(void *argument)
{
	const struct player *player = argument;
	struct ping_pong *game = player->game;
	const struct qb_handles *handles = game->queue->handles;
	void *const in = game->q[player->side], *const out = game->q[!player->side];
	struct qb_error error;
	void *in_handle = handles ? handles->attach(in, QB_PRODUCE, 0, &error) : NULL;
	void *out_handle = handles ? handles->attach(out, QB_CONSUME, 0, &error) : NULL;
	uint64_t message = 1;

	if (handles && (!in_handle || !out_handle))
		lose(game, error.text);
	for (unsigned round = 0; round < game->rounds; round++) {
		if (player->side == 0)
			play_move(game, in, QB_PRODUCE, in_handle, &message);
		play_move(game, out, QB_CONSUME, out_handle, &message);
		if (message != 1)
			lose(game, "another message came");
		if (player->side == 1)
			play_move(game, in, QB_PRODUCE, in_handle, &message);
	}
	if (handles) {
		handles->detach(in, QB_PRODUCE, in_handle);
		handles->detach(out, QB_CONSUME, out_handle);
	}
	return NULL;
}

EVERY_QUEUE(crossing, plays_ping_pong_with_one_message_in_flight)
{
	static const size_t capacities[] = { 1, 2, 64 };

	for (unsigned variant = 0; variant < 12 && !is_floor(queue); variant++) {
		const struct qb_shape shape = { capacities[variant % 3], 8, 1, 1, 0, 0 };
		struct ping_pong game = { .queue = queue, .rounds = (unsigned)MESSAGES(1000) };
		struct player players[2] = { { &game, 0 }, { &game, 1 } };
		pthread_t thread;

		game.blocks = variant / 3 % 2;
		if (game.blocks && !queue->blocking)
			continue;
		use_cpus(1 + (int)(variant / 6));
		game.q[0] = create_queue(queue, &shape);
		game.q[1] = create_queue(queue, &shape);
		if (!game.q[0] || !game.q[1]) {
			if (game.q[0])
				queue->destroy(game.q[0]);
			return;
		}
		pthread_create(&thread, NULL, play, &players[1]);
		play(&players[0]);
		pthread_join(thread, NULL);
		queue->destroy(game.q[0]);
		queue->destroy(game.q[1]);
	}
}
