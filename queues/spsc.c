/* spsc -- a bounded ring for one producer and one consumer, with cached indices.
 *
 * Each side keeps a copy of the other side's index and reads the shared one only when the copy says
 * full, or empty; so a message costs its share of a data line, and an index line moves once per
 * refresh instead of once per message (rigtorp/SPSCQueue; Lamport 1983 without the caches).  Both
 * indices count up for ever and are masked on use.
 *
 * A consumer that finds the ring empty slips: it waits a little before it looks again, so that the
 * producer fills whole lines meanwhile instead of losing each to the consumer after one message
 * (FastForward, PPoPP 2008).
 *
 * Closing needs an answer to "is a push under way?" that costs push no atomic operation: the
 * producer announces the tail to come before it looks whether the ring is closed.  The end is
 * reached when the ring is closed and announced, published and consumed tail are one. */
#include <stdatomic.h>

#include <qbench.h>

struct spsc {
	QB_ALIGNED(QB_LINE)
	_Atomic uint64_t announced; /* the producer's: tail after the open push */
	uint64_t head_copy;
	uint64_t head_refreshes;
	uint64_t producer_waits;
	uint64_t producer_wakes;                   /* wakes by the producer */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* written by the producer */
	_Atomic bool is_closed;       /* here, because the producer looks at them each time */
	struct qb_bell consumer_bell; /* and nobody else writes to this line until they change */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head; /* written by the consumer */
	struct qb_bell producer_bell;
	QB_ALIGNED(QB_LINE) uint64_t tail_copy; /* the consumer's own */
	uint64_t tail_refreshes;
	uint64_t slips;
	uint64_t consumer_waits;
	uint64_t consumer_wakes;
	QB_ALIGNED(QB_LINE) uint64_t capacity; /* read by both, written by none */
	uint64_t mask;
	char *slots;
	bool asymmetric; /* see qb_fence_light */
};

#define SLIP_PAUSES 16 /* 16 PAUSEs: 0.2 us to 0.7 us on x86 */
#define SPIN_COUNT  64 /* looks before a thread goes to sleep */

static struct spsc *spsc_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct qb_shape plain = *shape;
	struct spsc *q;

	plain.line_offset = 0;
	q = (struct spsc *)qb_allocate(&plain, sizeof(*q));
	if (q && slot_count != 0)
		q->slots = (char *)qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return (struct spsc *)qb_fail(error, ENOMEM,
		                              "cannot allocate %zu slots of %zu bytes",
		                              shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	q->asymmetric = qb_fence_is_asymmetric();
	atomic_init(&q->announced, shape->first_index);
	atomic_init(&q->tail, shape->first_index);
	atomic_init(&q->head, shape->first_index);
	q->head_copy = q->tail_copy = shape->first_index;
	return q;
}

static void spsc_destroy(struct spsc *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_TEMPLATE char *spsc_slot(const struct spsc *q, uint64_t index, const size_t size)
{
	return q->slots + (index & q->mask) * qb_stride(size);
}

/* Slots in a row from `index` to the ring's end. */
QB_TEMPLATE uint64_t spsc_straight(const struct spsc *q, uint64_t index)
{
	return q->mask + 1 - (index & q->mask);
}

/* The producer's side. */

QB_TEMPLATE uint64_t spsc_tail(const struct spsc *q)
{
	/* Relaxed: the producer reads what it has written itself. */
	return atomic_load_explicit(&q->tail, memory_order_relaxed);
}

/* Free slots, at least `want` if there are as many. */
QB_TEMPLATE uint64_t spsc_room(struct spsc *q, uint64_t tail, uint64_t want)
{
	if (qb_unlikely(q->capacity - (tail - q->head_copy) < want)) {
		/* Acquire: pairs with the release in spsc_consumed.  Without it the slot could be
		 * overwritten before the consumer's read of it. */
		q->head_copy = atomic_load_explicit(&q->head, memory_order_acquire);
		q->head_refreshes++;
	}
	return q->capacity - (tail - q->head_copy);
}

/* Announces the tail to come; false, and nothing announced, if the ring is closed. */
QB_TEMPLATE bool spsc_announce(struct spsc *q, uint64_t tail, uint64_t count)
{
	/* Relaxed: ordered by the fence before the look at is_closed.  Partner: the heavy fence in
	 * spsc_closed, between its looks at is_closed and at the announcement. */
	atomic_store_explicit(&q->announced, tail + count, memory_order_relaxed);
	qb_fence_light(q->asymmetric);
	if (qb_likely(!atomic_load_explicit(&q->is_closed, memory_order_relaxed)))
		return true;
	/* Release: what was published before is published to who sees this as the end. */
	atomic_store_explicit(&q->announced, tail, memory_order_release);
	return false;
}

QB_TEMPLATE void spsc_publish(struct spsc *q, uint64_t tail)
{
	/* Release: the consumer must see the slot before it sees the new tail. */
	atomic_store_explicit(&q->tail, tail, memory_order_release);
	/* Orders the tail before the look at the bell.  Partner: qb_bell_arm in spsc_pop_wait. */
	qb_fence_light(q->asymmetric);
	if (qb_bell_is_armed(&q->consumer_bell))
		q->producer_wakes += qb_bell_ring(&q->consumer_bell);
}

static inline bool spsc_push(struct spsc *q, void *handle, const void *message, const size_t size)
{
	const uint64_t tail = spsc_tail(q);

	(void)handle;
	if (qb_unlikely(spsc_room(q, tail, 1) == 0) || !spsc_announce(q, tail, 1))
		return false;
	qb_message_copy(spsc_slot(q, tail, size), message, size);
	spsc_publish(q, tail + 1);
	return true;
}

static inline size_t spsc_push_batch(struct spsc *q, void *handle, const void *messages,
                                     const size_t count, const size_t size)
{
	const uint64_t tail = spsc_tail(q), room = spsc_room(q, tail, count);
	const uint64_t n = room < count ? room : count, straight = spsc_straight(q, tail);
	const uint64_t first = n < straight ? n : straight;

	(void)handle;
	if (qb_unlikely(n == 0) || !spsc_announce(q, tail, n))
		return 0;
	qb_messages_copy(spsc_slot(q, tail, size), messages, first, size);
	qb_messages_copy(q->slots, (const char *)messages + first * qb_stride(size), n - first,
	                 size);
	spsc_publish(q, tail + n);
	return n;
}

static inline void *spsc_reserve(struct spsc *q, void *handle, const size_t want, size_t *got,
                                 const size_t size)
{
	const uint64_t tail = spsc_tail(q), room = spsc_room(q, tail, want);
	const uint64_t straight = spsc_straight(q, tail);
	uint64_t n = room < want ? room : want;

	(void)handle;
	n = n < straight ? n : straight;
	*got = 0;
	if (qb_unlikely(n == 0) || !spsc_announce(q, tail, n))
		return NULL;
	*got = n;
	return spsc_slot(q, tail, size);
}

static inline void spsc_commit(struct spsc *q, void *handle, const size_t used, const size_t size)
{
	const uint64_t tail = spsc_tail(q) + used;

	(void)handle;
	(void)size;
	/* Relaxed: spsc_closed waits until this and the tail agree, in either order. */
	atomic_store_explicit(&q->announced, tail, memory_order_relaxed);
	spsc_publish(q, tail);
}

/* The consumer's side. */

QB_TEMPLATE uint64_t spsc_head(const struct spsc *q)
{
	/* Relaxed: the consumer reads what it has written itself. */
	return atomic_load_explicit(&q->head, memory_order_relaxed);
}

QB_TEMPLATE uint64_t spsc_refresh(struct spsc *q, uint64_t head)
{
	/* Acquire: pairs with the release in spsc_publish; the slots come with the tail. */
	q->tail_copy = atomic_load_explicit(&q->tail, memory_order_acquire);
	q->tail_refreshes++;
	return q->tail_copy - head;
}

QB_COLD uint64_t spsc_slip(struct spsc *q, uint64_t head)
{
	q->slips++;
	for (unsigned pause = 0; pause < SLIP_PAUSES; pause++)
		qb_pause();
	return spsc_refresh(q, head);
}

/* Messages that are there. */
QB_TEMPLATE uint64_t spsc_there(struct spsc *q, uint64_t head)
{
	uint64_t there = q->tail_copy - head;

	if (qb_unlikely(there == 0)) {
		there = spsc_refresh(q, head);
		if (qb_unlikely(there == 0))
			there = spsc_slip(q, head);
	}
	return there;
}

QB_TEMPLATE void spsc_consumed(struct spsc *q, uint64_t head)
{
	/* Release: our reads of the slots must end before the producer may reuse them. */
	atomic_store_explicit(&q->head, head, memory_order_release);
	/* Orders the head before the look at the bell.  Partner: qb_bell_arm in spsc_push_wait. */
	qb_fence_light(q->asymmetric);
	if (qb_bell_is_armed(&q->producer_bell))
		q->consumer_wakes += qb_bell_ring(&q->producer_bell);
}

static inline bool spsc_pop(struct spsc *q, void *handle, void *message, const size_t size)
{
	const uint64_t head = spsc_head(q);

	(void)handle;
	if (qb_unlikely(spsc_there(q, head) == 0))
		return false;
	qb_message_copy(message, spsc_slot(q, head, size), size);
	spsc_consumed(q, head + 1);
	return true;
}

static inline size_t spsc_pop_batch(struct spsc *q, void *handle, void *messages,
                                    const size_t count, const size_t size)
{
	const uint64_t head = spsc_head(q), there = spsc_there(q, head);
	const uint64_t n = there < count ? there : count, straight = spsc_straight(q, head);
	const uint64_t first = n < straight ? n : straight;

	(void)handle;
	if (qb_unlikely(n == 0))
		return 0;
	qb_messages_copy(messages, spsc_slot(q, head, size), first, size);
	qb_messages_copy((char *)messages + first * qb_stride(size), q->slots, n - first, size);
	spsc_consumed(q, head + n);
	return n;
}

static inline const void *spsc_peek(struct spsc *q, void *handle, const size_t want, size_t *got,
                                    const size_t size)
{
	const uint64_t head = spsc_head(q), there = spsc_there(q, head);
	const uint64_t n = there < want ? there : want, straight = spsc_straight(q, head);

	(void)handle;
	*got = n < straight ? n : straight;
	return n != 0 ? spsc_slot(q, head, size) : NULL;
}

static inline void spsc_release(struct spsc *q, void *handle, const size_t used, const size_t size)
{
	(void)handle;
	(void)size;
	spsc_consumed(q, spsc_head(q) + used);
}

/* Closing and sleeping. */

static void spsc_close(struct spsc *q)
{
	atomic_store_explicit(&q->is_closed, true, memory_order_release);
	/* Orders is_closed before the bells.  Partners: the qb_bell_arm of both sleepers. */
	qb_fence_heavy(q->asymmetric);
	qb_bell_ring(&q->consumer_bell);
	qb_bell_ring(&q->producer_bell);
}

static bool spsc_closed(struct spsc *q)
{
	uint64_t announced;

	if (!atomic_load_explicit(&q->is_closed, memory_order_acquire))
		return false;
	/* From here on, a push that is not announced yet will find the ring closed.  Partner: the
	 * light fence in spsc_announce. */
	qb_fence_heavy(q->asymmetric);
	announced = atomic_load_explicit(&q->announced, memory_order_acquire);
	return announced == atomic_load_explicit(&q->tail, memory_order_acquire) &&
	       announced == spsc_head(q);
}

static bool spsc_push_wait(struct spsc *q, void *handle, const void *message, size_t size)
{
	for (unsigned look = 1;; look++) {
		if (spsc_push(q, handle, message, size))
			return true;
		if (atomic_load_explicit(&q->is_closed, memory_order_relaxed))
			return false;
		if (look % SPIN_COUNT != 0) {
			for (unsigned pause = 0; pause < SLIP_PAUSES; pause++)
				qb_pause();
			continue;
		}
		qb_bell_arm(&q->producer_bell, q->asymmetric);
		if (spsc_room(q, spsc_tail(q), 1) != 0 ||
		    atomic_load_explicit(&q->is_closed, memory_order_relaxed))
			qb_bell_disarm(&q->producer_bell);
		else
			q->producer_waits += qb_bell_sleep(&q->producer_bell);
	}
}

static bool spsc_pop_wait(struct spsc *q, void *handle, void *message, size_t size)
{
	for (unsigned look = 1;; look++) {
		if (spsc_pop(q, handle, message, size))
			return true;
		if (spsc_closed(q))
			return false;
		if (look % SPIN_COUNT != 0)
			continue;
		qb_bell_arm(&q->consumer_bell, q->asymmetric);
		if (spsc_refresh(q, spsc_head(q)) != 0 ||
		    atomic_load_explicit(&q->is_closed, memory_order_relaxed))
			qb_bell_disarm(&q->consumer_bell);
		else
			q->consumer_waits += qb_bell_sleep(&q->consumer_bell);
	}
}

static void spsc_internals(struct spsc *q, uint64_t *ret_values)
{
	ret_values[0] = q->head_refreshes;
	ret_values[1] = q->tail_refreshes;
	ret_values[2] = q->slips;
	ret_values[3] = q->producer_waits + q->consumer_waits;
	ret_values[4] = q->producer_wakes + q->consumer_wakes;
}

QB_BATCH(spsc, spsc_push_batch, spsc_pop_batch);
QB_ZEROCOPY(spsc, spsc_reserve, spsc_commit, spsc_peek, spsc_release);
QB_BLOCKING(spsc, spsc_push_wait, spsc_pop_wait);
QB_CLOSING(spsc, spsc_close, spsc_closed);
QB_INTERNALS(spsc, spsc_internals, "head refreshes", "tail refreshes", "slips", "futex waits",
             "futex wakes");
QB_ABOUT(spsc, "Lamport 1983 with cached indices, as in rigtorp/SPSCQueue", 8);
QB_QUEUE_WITH(spsc, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE, "ring with cached indices",
              QB_HAS(spsc, batch), QB_HAS(spsc, zerocopy), QB_NONE, QB_HAS(spsc, blocking),
              QB_HAS(spsc, closing), QB_HAS(spsc, internals), QB_HAS(spsc, about));
