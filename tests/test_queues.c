/* test_queues.c -- what every queue must do with one thread at work: order, loss, full, empty,
 * wrap, sizes, partial spans, closing, registration.  The queues are those the linker found, so a
 * new one is tested the day it appears.  test_crossing.c does the same with threads. */
#include "every_queue.h"

/* Both ends of a queue, used by this one thread. */
struct ends {
	const struct qb_queue *queue;
	void *q;
	void *in; /* handles */
	void *out;
	size_t size;
	size_t limit; /* messages that fit into the buffer */
	char *buffer; /* as large as `limit` messages need, and not a byte more */
};

/* False if the queue does not serve such a shape. */
static bool ends_open(struct ends *ends, const struct qb_queue *queue, const struct qb_shape *shape,
                      size_t limit)
{
	struct qb_error error = { 0 };

	*ends = (struct ends){ .queue = queue, .size = shape->message_size, .limit = limit };
	ends->q = create_queue(queue, shape);
	if (!ends->q)
		return false;
	if (queue->handles) {
		ends->in = queue->handles->attach(ends->q, QB_PRODUCE, 0, &error);
		cr_assert_not_null(ends->in, "%s: %s", queue->id, error.text);
		ends->out = queue->handles->attach(ends->q, QB_CONSUME, 0, &error);
		cr_assert_not_null(ends->out, "%s: %s", queue->id, error.text);
	}
	ends->buffer = malloc((limit - 1) * qb_stride(ends->size) + ends->size);
	cr_assert_not_null(ends->buffer);
	return true;
}

static void ends_close(struct ends *ends)
{
	if (!ends->q)
		return;
	if (ends->queue->handles) {
		ends->queue->handles->detach(ends->q, QB_PRODUCE, ends->in);
		ends->queue->handles->detach(ends->q, QB_CONSUME, ends->out);
	}
	ends->queue->destroy(ends->q);
	free(ends->buffer);
}

/* Sends `want` messages from `identity` on in one operation; returns how many it took. */
static size_t send(struct ends *ends, enum qb_api api, uint64_t identity, size_t want)
{
	const struct qb_queue *queue = ends->queue;
	size_t got = 0;

	if (api == QB_API_ZEROCOPY) {
		void *span = queue->zerocopy->reserve(ends->q, ends->in, want, &got, ends->size);

		cr_assert_eq(span == NULL, got == 0, "%s: span and count disagree", queue->id);
		if (span) {
			write_messages(span, got, ends->size, identity);
			queue->zerocopy->commit(ends->q, ends->in, got, ends->size);
		}
	} else if (api == QB_API_BATCH) {
		write_messages(ends->buffer, want, ends->size, identity);
		got = queue->batch->push(ends->q, ends->in, ends->buffer, want, ends->size);
	} else {
		write_messages(ends->buffer, 1, ends->size, identity);
		got = queue->single->push(ends->q, ends->in, ends->buffer, ends->size);
	}
	cr_assert_leq(got, want, "%s: took more than it was given", queue->id);
	return got;
}

static void expect_messages(struct ends *ends, const void *messages, size_t count,
                            uint64_t identity)
{
	for (size_t index = 0; index < count; index++) {
		const void *message = (const char *)messages + index * qb_stride(ends->size);

		cr_assert_eq(qb_message_identity(message), identity + index,
		             "%s: got %#llx, not %#llx", ends->queue->id,
		             (unsigned long long)qb_message_identity(message),
		             (unsigned long long)(identity + index));
		cr_assert(qb_message_intact(message, ends->size), "%s: %zu bytes: damaged",
		          ends->queue->id, ends->size);
	}
}

/* Receives up to `want` messages in one operation and expects them to be `identity` and following;
 * returns how many there were. */
static size_t receive(struct ends *ends, enum qb_api api, uint64_t identity, size_t want)
{
	const struct qb_queue *queue = ends->queue;
	const void *messages = ends->buffer;
	size_t got = 0;

	if (api == QB_API_ZEROCOPY)
		messages = queue->zerocopy->peek(ends->q, ends->out, want, &got, ends->size);
	else if (api == QB_API_BATCH)
		got = queue->batch->pop(ends->q, ends->out, ends->buffer, want, ends->size);
	else
		got = queue->single->pop(ends->q, ends->out, ends->buffer, ends->size);
	cr_assert_leq(got, want, "%s: gave more than was asked for", queue->id);
	cr_assert(messages != NULL || got == 0);
	expect_messages(ends, messages, got, identity);
	if (api == QB_API_ZEROCOPY && got != 0)
		queue->zerocopy->release(ends->q, ends->out, got, ends->size);
	return got;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Against a model: `inside` messages, `capacity` at most.  With nobody else at work a push must
 * fail exactly when full and a pop exactly when empty, weak or not. */
static void follow_model(struct ends *ends, enum qb_api api, size_t capacity, size_t total)
{
	const bool is_bounded = ends->queue->traits & QB_BOUNDED;
	uint64_t sent = qb_identity(1, 0), received = sent, random = 88172645463325252u;

	while (received - qb_identity(1, 0) < total) {
		const bool sending = next_random(&random) & 1;
		const size_t inside = (size_t)(sent - received);
		const size_t want =
			api == QB_API_SINGLE ? 1 : 1 + next_random(&random) % ends->limit;
		const size_t got =
			sending ? send(ends, api, sent, want) : receive(ends, api, received, want);

		if (sending && !is_bounded) {
			cr_assert(got != 0 || inside >= capacity, "%s: refuses too early",
			          ends->queue->id);
		} else if (sending) {
			cr_assert_eq(got == 0, inside == capacity,
			             "%s: push took %zu with %zu of %zu", ends->queue->id, got,
			             inside, capacity);
			cr_assert_leq(inside + got, capacity, "%s: too full", ends->queue->id);
		} else {
			cr_assert_eq(got == 0, inside == 0, "%s: pop gave %zu with %zu inside",
			             ends->queue->id, got, inside);
		}
		*(sending ? &sent : &received) += got;
	}
}

EVERY_QUEUE(queues, keeps_order_count_and_content_at_any_capacity_size_and_index)
{
	static const size_t capacities[] = { 1, 2, 3, 4, 1000 };
	static const size_t sizes[] = { 8, 13, 16, 32, 64, 72, 128, 256, 1000 };
	static const uint64_t starts[] = { 0, (UINT64_C(1) << 32) - 5, UINT64_MAX - 4 };

	if (is_floor(queue))
		return;
	for (size_t c = 0; c < 5; c++)
		for (size_t s = 0; s < 9; s++)
			for (size_t f = 0; f < 3; f++)
				for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++) {
					const struct qb_shape shape = {
						capacities[c], sizes[s],   1, 1,
						starts[f],     (unsigned)f
					};
					struct ends ends;

					if (!has_api(queue, (enum qb_api)api) ||
					    !ends_open(&ends, queue, &shape, capacities[c] + 2))
						continue;
					if (ends.q)
						follow_model(&ends, (enum qb_api)api, capacities[c],
						             3 * capacities[c] + 20);
					ends_close(&ends);
				}
}

EVERY_QUEUE(queues, takes_what_fits_of_a_batch_larger_than_the_free_space)
{
	const struct qb_shape shape = { 100, 8, 1, 1, 0, 0 };

	if (!queue->batch || is_floor(queue) || !(queue->traits & QB_BOUNDED))
		return;
	for (unsigned api = QB_API_BATCH; api <= QB_API_ZEROCOPY; api++) {
		uint64_t sent = qb_identity(1, 0), received = sent;
		struct ends ends;

		if (!has_api(queue, (enum qb_api)api) || !ends_open(&ends, queue, &shape, 400))
			continue;
		sent += send(&ends, QB_API_BATCH, sent, 60);
		cr_assert_eq(sent - received, 60);
		for (size_t got; (got = send(&ends, (enum qb_api)api, sent, 400)) != 0;)
			sent += got;
		cr_assert_eq(sent - received, 100, "%s", queue->id);
		for (size_t got; (got = receive(&ends, (enum qb_api)api, received, 400)) != 0;)
			received += got;
		cr_assert_eq(sent, received, "%s", queue->id);
		ends_close(&ends);
	}
}

EVERY_QUEUE(queues, forgets_what_is_reserved_and_not_committed_and_keeps_what_is_not_released)
{
	const struct qb_shape shape = { 16, 24, 1, 1, 0, 0 };
	const struct qb_zerocopy *zerocopy = queue->zerocopy;
	uint64_t sent = qb_identity(1, 0), received = sent;
	struct ends ends;
	size_t got;

	if (!zerocopy || is_floor(queue))
		return;
	if (!ends_open(&ends, queue, &shape, 16))
		return;
	for (unsigned round = 0; round < 100; round++) {
		void *span = zerocopy->reserve(ends.q, ends.in, 5, &got, 24);
		const void *view;
		size_t used = round % (got + 1);

		cr_assert_not_null(span, "%s: full in round %u", queue->id, round);
		write_messages(span, used, 24, sent);
		write_messages(span, used == 0, 24, qb_identity(9, 9)); /* never sent */
		zerocopy->commit(ends.q, ends.in, used, 24);
		sent += used;
		view = zerocopy->peek(ends.q, ends.out, 16, &got, 24);
		cr_assert_eq(view == NULL, sent == received, "%s: wrong view", queue->id);
		if (!view)
			continue;
		cr_assert_leq(got, sent - received, "%s: shows what is not there", queue->id);
		expect_messages(&ends, view, got, received);
		used = (got + round % 2) / 2;
		zerocopy->release(ends.q, ends.out, used, 24);
		received += used;
		while (sent - received > 8)
			received += receive(&ends, QB_API_SINGLE, received, 1);
	}
	ends_close(&ends);
}

EVERY_QUEUE(queues, delivers_after_close_what_was_accepted_before_and_then_ends)
{
	const struct qb_shape shape = { 10, 8, 1, 1, UINT64_MAX - 2, 0 };

	if (!queue->closing)
		return;
	for (unsigned fill = 0; fill <= 10; fill++) {
		uint64_t sent = qb_identity(1, 0), received = sent;
		struct ends ends;

		if (!ends_open(&ends, queue, &shape, 10))
			return;
		if (!ends.q)
			cr_skip_test("not on this machine");
		for (unsigned i = 0; i < fill; i++)
			sent += send(&ends, QB_API_SINGLE, sent, 1);
		cr_assert_not(queue->closing->closed(ends.q), "%s: closed at birth", queue->id);
		queue->closing->close(ends.q);
		for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++)
			cr_assert(!has_api(queue, (enum qb_api)api) ||
			                  send(&ends, (enum qb_api)api, sent, 1) == 0,
			          "%s: took a message after close", queue->id);
		while (received != sent) {
			cr_assert_not(queue->closing->closed(ends.q), "%s: ends early", queue->id);
			cr_assert_eq(receive(&ends, QB_API_SINGLE, received++, 1), 1);
		}
		cr_assert_eq(receive(&ends, QB_API_SINGLE, received, 1), 0);
		cr_assert(queue->closing->closed(ends.q), "%s: never ends", queue->id);
		ends_close(&ends);
	}
}

EVERY_QUEUE(queues, does_not_end_before_a_span_reserved_before_close_is_committed)
{
	const struct qb_shape shape = { 10, 8, 1, 1, 0, 0 };
	struct ends ends;
	size_t got;
	void *span;

	if (!queue->closing || !queue->zerocopy)
		return;
	if (!ends_open(&ends, queue, &shape, 10))
		return;
	span = queue->zerocopy->reserve(ends.q, ends.in, 4, &got, 8);
	cr_assert_not_null(span);
	queue->closing->close(ends.q);
	cr_assert_eq(receive(&ends, QB_API_SINGLE, 0, 1), 0);
	cr_assert_not(queue->closing->closed(ends.q), "%s: ends early", queue->id);
	write_messages(span, 2, 8, qb_identity(1, 0));
	queue->zerocopy->commit(ends.q, ends.in, 2, 8);
	cr_assert_eq(receive(&ends, QB_API_SINGLE, qb_identity(1, 0), 1), 1);
	cr_assert_eq(receive(&ends, QB_API_SINGLE, qb_identity(1, 1), 1), 1);
	cr_assert_eq(receive(&ends, QB_API_SINGLE, 0, 1), 0);
	cr_assert(queue->closing->closed(ends.q), "%s: never ends", queue->id);
	ends_close(&ends);
}

EVERY_QUEUE(queues, serves_one_registration_after_another_and_loses_none_of_the_retired)
{
	const struct qb_shape shape = { 64, 8, 2, 1, 0, 0 };
	uint64_t next[21] = { 0 };
	struct qb_error error;
	struct ends ends;
	uint64_t message;

	if (!queue->handles || is_floor(queue))
		return;
	if (!ends_open(&ends, queue, &shape, 1))
		return;
	for (uint64_t registration = 1; registration <= 20; registration++) {
		queue->handles->detach(ends.q, QB_PRODUCE, ends.in);
		ends.in = queue->handles->attach(ends.q, QB_PRODUCE, 0, &error);
		cr_assert_not_null(ends.in, "%s: %s", queue->id, error.text);
		for (unsigned i = 0; i < 3; i++)
			cr_assert_eq(send(&ends, QB_API_SINGLE, qb_identity(registration, i), 1),
			             1);
	}
	for (unsigned i = 0; i < 60; i++) {
		cr_assert(queue->single->pop(ends.q, ends.out, &message, 8), "%s: lost", queue->id);
		cr_assert_eq(message & QB_SEQUENCE_MASK, next[qb_registration_of(message)]++,
		             "%s: order", queue->id);
	}
	cr_assert_not(queue->single->pop(ends.q, ends.out, &message, 8));
	ends_close(&ends);
}

EVERY_QUEUE(queues, if_it_is_a_floor_hands_each_consumer_a_stream_of_its_own)
{
	const struct qb_shape shape = { 64, 24, 1, 1, 0, 0 };
	uint64_t identity = qb_identity(1, 0);
	struct ends ends;

	if (!is_floor(queue))
		return;
	if (!ends_open(&ends, queue, &shape, 64))
		return;
	for (unsigned round = 0; round < 10; round++)
		for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++) {
			cr_assert_neq(send(&ends, (enum qb_api)api, 1, 7), 0);
			identity += receive(&ends, (enum qb_api)api, identity, 7);
		}
	cr_assert_eq(identity, qb_identity(1, 0) + 150);
	ends_close(&ends);
}

EVERY_QUEUE(queues, declares_what_fits_together)
{
	cr_assert_eq(queue->abi, QB_ABI);
	cr_assert_not_null(queue->single);
	cr_assert(!queue->blocking || queue->closing, "%s: sleepers nobody can wake", queue->id);
	cr_assert(!(queue->traits & QB_RENDEZVOUS) || queue->blocking,
	          "%s: meets nobody if nobody can wait", queue->id);
	cr_assert(!queue->internals || queue->internals->count <= QB_INTERNALS_MAX);
	cr_assert_str_not_empty(queue->summary);
}

EVERY_QUEUE(queues, says_so_when_memory_is_not_to_be_had)
{
	const struct qb_shape shape = { SIZE_MAX - 1, 4096, 1, 1, 0, 0 };
	struct qb_error error = { 0 };

	if (!(queue->traits & QB_BOUNDED))
		return;
	cr_assert_null(queue->create(&shape, &error), "%s", queue->id);
	cr_assert(error.code == ENOMEM || error.code == ENOTSUP, "%s: %d", queue->id, error.code);
	cr_assert_str_not_empty(error.text);
}
