/* spsc -- a bounded ring for one producer and one consumer, with cached indices.
 *
 * The ring is a lane, see qbench_lane.h. */
#include <qbench.h>

#define SPIN_COUNT 64 /* looks before a thread goes to sleep */

struct spsc {
	QB_ALIGNED(QB_LINE) struct qb_gate gate;
	struct qb_lane lane;
	QB_ALIGNED(QB_LINE) struct qb_reader reader; /* the consumer's own, like the rest */
	uint64_t limit;                              /* messages before it are there */
	struct qb_slip slip;
	uint64_t tail_refreshes;
	uint64_t slips;
	uint64_t wait_count;
};

static void spsc_destroy(struct spsc *q)
{
	qb_deallocate(q->lane.slots);
	qb_deallocate(q);
}

static struct spsc *spsc_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct qb_shape plain = *shape;
	struct spsc *q;

	plain.line_offset = 0;
	q = qb_allocate(&plain, sizeof(*q));
	if (!q)
		return qb_fail(error, ENOMEM, "out of memory");
	qb_lane_init(&q->lane, shape, qb_fence_is_asymmetric());
	q->reader.head = q->limit = shape->first_index;
	q->reader.lane = &q->lane;
	if (qb_lane_allocate(&q->lane, shape))
		return q;
	spsc_destroy(q);
	return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes", shape->capacity,
	               qb_stride(shape->message_size));
}

/* The producer's side. */

QB_TEMPLATE void spsc_call_consumer(struct spsc *q)
{
	/* Orders the tail before the look at the bell.  Partner: qb_bell_arm in spsc_pop_wait. */
	qb_fence_light(q->lane.asymmetric);
	if (qb_unlikely(qb_bell_is_armed(&q->gate.bell)))
		q->lane.producer_wakes += qb_bell_ring(&q->gate.bell);
}

QB_TEMPLATE bool spsc_push(struct spsc *q, void *handle, const void *message, const size_t size)
{
	(void)handle;
	if (qb_unlikely(!qb_lane_push(&q->lane, &q->gate, message, size)))
		return false;
	spsc_call_consumer(q);
	return true;
}

QB_TEMPLATE size_t spsc_push_batch(struct spsc *q, void *handle, const void *messages,
                                   const size_t count, const size_t size)
{
	const size_t n = qb_lane_push_batch(&q->lane, &q->gate, messages, count, size);

	(void)handle;
	if (qb_likely(n != 0))
		spsc_call_consumer(q);
	return n;
}

QB_TEMPLATE void *spsc_reserve(struct spsc *q, void *handle, const size_t want, size_t *got,
                               const size_t size)
{
	(void)handle;
	return qb_lane_reserve(&q->lane, &q->gate, want, got, size);
}

QB_TEMPLATE void spsc_commit(struct spsc *q, void *handle, const size_t used, const size_t size)
{
	(void)handle;
	(void)size;
	qb_lane_commit(&q->lane, used);
	spsc_call_consumer(q);
}

/* The consumer's side. */

QB_COLD uint64_t spsc_slip(struct spsc *q)
{
	uint64_t there;

	q->slips++;
	qb_slip(&q->slip);
	there = qb_reader_look(&q->reader);
	qb_slip_found(&q->slip, there);
	return there;
}

/* Messages that are there. */
QB_TEMPLATE uint64_t spsc_there(struct spsc *q)
{
	uint64_t there = q->limit - q->reader.head;

	if (qb_unlikely(there == 0)) {
		q->tail_refreshes++;
		there = qb_reader_look(&q->reader);
		if (qb_unlikely(there == 0))
			there = spsc_slip(q);
		q->limit = q->reader.head + there;
	}
	return there;
}

QB_TEMPLATE bool spsc_pop(struct spsc *q, void *handle, void *message, const size_t size)
{
	(void)handle;
	return qb_reader_pop(&q->reader, spsc_there(q), message, size);
}

QB_TEMPLATE size_t spsc_pop_batch(struct spsc *q, void *handle, void *messages, const size_t count,
                                  const size_t size)
{
	(void)handle;
	return qb_reader_pop_batch(&q->reader, spsc_there(q), messages, count, size);
}

QB_TEMPLATE const void *spsc_peek(struct spsc *q, void *handle, const size_t want, size_t *got,
                                  const size_t size)
{
	(void)handle;
	return qb_reader_peek(&q->reader, spsc_there(q), want, got, size);
}

QB_TEMPLATE void spsc_release(struct spsc *q, void *handle, const size_t used, const size_t size)
{
	(void)handle;
	(void)size;
	qb_reader_release(&q->reader, used);
}

/* Closing and sleeping. */

static void spsc_close(struct spsc *q)
{
	qb_store(&q->gate.is_closed, true, RELEASE);
	/* Orders is_closed before the bells.  Partners: the qb_bell_arm of both sleepers. */
	qb_fence_heavy(q->lane.asymmetric);
	qb_bell_ring(&q->gate.bell);
	qb_bell_ring(&q->lane.bell);
}

static bool spsc_closed(struct spsc *q)
{
	if (!qb_load(&q->gate.is_closed, ACQUIRE))
		return false;
	qb_fence_heavy(q->lane.asymmetric); /* as qb_reader_has_ended asks */
	return qb_reader_has_ended(&q->reader);
}

static bool spsc_push_wait(struct spsc *q, void *handle, const void *message, size_t size)
{
	for (unsigned look = 1; !spsc_push(q, handle, message, size); look++) {
		if (qb_load(&q->gate.is_closed, RELAXED))
			return false;
		if (look % SPIN_COUNT == 0)
			qb_lane_wait_for_room(&q->lane, &q->gate);
	}
	return true;
}

static bool spsc_pop_wait(struct spsc *q, void *handle, void *message, size_t size)
{
	for (unsigned look = 1; !spsc_pop(q, handle, message, size); look++) {
		if (spsc_closed(q))
			return false;
		if (look % SPIN_COUNT != 0)
			continue;
		qb_bell_arm(&q->gate.bell, q->lane.asymmetric);
		if (qb_reader_look(&q->reader) != 0 || qb_load(&q->gate.is_closed, RELAXED))
			qb_bell_disarm(&q->gate.bell);
		else
			q->wait_count += qb_bell_sleep(&q->gate.bell);
	}
	return true;
}

static void spsc_internals(struct spsc *q, uint64_t *ret_values)
{
	ret_values[0] = q->lane.producer_waits + q->wait_count;
	ret_values[1] = q->lane.producer_wakes + q->lane.consumer_wakes;
	ret_values[2] = q->lane.head_refreshes;
	ret_values[3] = q->tail_refreshes;
	ret_values[4] = q->slips;
}

QB_BATCH(spsc, spsc_push_batch, spsc_pop_batch);
QB_ZEROCOPY(spsc, spsc_reserve, spsc_commit, spsc_peek, spsc_release);
QB_BLOCKING(spsc, spsc_push_wait, spsc_pop_wait);
QB_CLOSING(spsc, spsc_close, spsc_closed);
QB_INTERNALS(spsc, spsc_internals, "futex waits", "futex wakes", "head refreshes", "tail refreshes",
             "slips");
QB_ABOUT(spsc, "Lamport 1983 with cached indices, as in rigtorp/SPSCQueue", 8);
QB_QUEUE_WITH(spsc, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE, "ring with cached indices",
              QB_HAS(spsc, batch), QB_HAS(spsc, zerocopy), QB_NONE, QB_HAS(spsc, blocking),
              QB_HAS(spsc, closing), QB_HAS(spsc, internals), QB_HAS(spsc, about));
