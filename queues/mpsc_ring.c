/* mpsc_ring -- a ring in which producers claim room by one compare-and-exchange, whole batches at a
 * time, and publish in the order of their claims.
 *
 * The classic mode of DPDK's rte_ring, with many producers and one consumer.  Each side has a head
 * (claimed) and a tail (done).  Because tails move in order, a producer waits for all that claimed
 * before it; one that loses its CPU in between holds up every other, so it waits politely.
 *
 * Full counts a push from its claim on, empty from its publication on. */
#include <stdatomic.h>

#include <qbench.h>

#define LOOKS_PATIENT 64 /* after so many looks qb_await gives the CPU away */

struct mpsc_ring {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t claimed; /* by producers */
	_Atomic uint64_t published;                   /* with it, as in rte_ring: used together */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head;    /* written by the consumer */
	uint64_t published_copy;                      /* the consumer's own */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	char *slots;
};

static struct mpsc_ring *mpsc_ring_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct mpsc_ring *q = qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	atomic_init(&q->claimed, shape->first_index);
	atomic_init(&q->published, shape->first_index);
	atomic_init(&q->head, shape->first_index);
	q->published_copy = shape->first_index;
	return q;
}

static void mpsc_ring_destroy(struct mpsc_ring *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

/* Claims up to `count` slots from *ret_first on; returns how many. */
QB_TEMPLATE uint64_t mpsc_ring_claim(struct mpsc_ring *q, uint64_t count, uint64_t *ret_first)
{
	/* Acquire: the head is not read before it, so the room is never understated. */
	uint64_t first = atomic_load_explicit(&q->claimed, memory_order_acquire), room, n;

	do {
		/* Acquire: pairs with the release in pop.  Without it a slot could be overwritten
		 * before the consumer's read of it.  If `first` is old, the room may come out too
		 * large, and the exchange fails. */
		room = q->capacity - (first - atomic_load_explicit(&q->head, memory_order_acquire));
		n = room < count ? room : count;
		if (qb_unlikely(n == 0))
			return 0;
	} while (qb_unlikely(!atomic_compare_exchange_weak_explicit(
		&q->claimed, &first, first + n, memory_order_acquire, memory_order_acquire)));
	*ret_first = first;
	return n;
}

/* Waits for the producers that claimed before us, publishes, and steps back.
 *
 * More producers than CPUs fall into a convoy: who had to give its CPU away to one before it claims
 * the next place right behind the next one that waits for its CPU, and each message costs a change
 * of threads.  So it first lets those inside finish, for a while; the next one then has the ring to
 * itself for the rest of its time slice: 0.2 became 4 million messages per second with four
 * producers on two CPUs. */
QB_COLD void mpsc_ring_publish_late(struct mpsc_ring *q, uint64_t first, uint64_t count)
{
	unsigned looks = 0;

	while (atomic_load_explicit(&q->published, memory_order_acquire) != first)
		qb_await(&looks);
	atomic_store_explicit(&q->published, first + count, memory_order_release);
	if (looks < LOOKS_PATIENT)
		return;
	for (looks = 0; looks < 2 * LOOKS_PATIENT; qb_await(&looks)) {
		/* Relaxed: only tells whether somebody is inside. */
		if (atomic_load_explicit(&q->published, memory_order_relaxed) ==
		    atomic_load_explicit(&q->claimed, memory_order_relaxed))
			return;
	}
}

QB_TEMPLATE void mpsc_ring_publish(struct mpsc_ring *q, uint64_t first, uint64_t count)
{
	/* Acquire here and release below: the consumer that sees our tail sees the slots of all
	 * that published before us, too. */
	if (qb_likely(atomic_load_explicit(&q->published, memory_order_acquire) == first))
		atomic_store_explicit(&q->published, first + count, memory_order_release);
	else
		mpsc_ring_publish_late(q, first, count);
}

QB_TEMPLATE size_t mpsc_ring_push_batch(struct mpsc_ring *q, void *handle, const void *messages,
                                        const size_t count, const size_t size)
{
	const size_t stride = qb_stride(size);
	uint64_t first = 0;
	const uint64_t n = mpsc_ring_claim(q, count, &first);
	const uint64_t at = first & q->mask, straight = q->mask + 1 - at;
	const uint64_t part = n < straight ? n : straight;

	(void)handle;
	if (qb_unlikely(n == 0))
		return 0;
	qb_messages_copy(q->slots + at * stride, messages, part, size);
	qb_messages_copy(q->slots, (const char *)messages + part * stride, n - part, size);
	mpsc_ring_publish(q, first, n);
	return n;
}

QB_TEMPLATE bool mpsc_ring_push(struct mpsc_ring *q, void *handle, const void *message,
                                const size_t size)
{
	uint64_t first = 0;

	(void)handle;
	if (qb_unlikely(mpsc_ring_claim(q, 1, &first) == 0))
		return false;
	qb_message_copy(q->slots + (first & q->mask) * qb_stride(size), message, size);
	mpsc_ring_publish(q, first, 1);
	return true;
}

/* Messages that are known to be there; looks for more only when none is. */
QB_TEMPLATE uint64_t mpsc_ring_there(struct mpsc_ring *q, uint64_t head)
{
	if (head == q->published_copy)
		/* Acquire: pairs with the release in mpsc_ring_publish. */
		q->published_copy = atomic_load_explicit(&q->published, memory_order_acquire);
	return q->published_copy - head;
}

QB_TEMPLATE size_t mpsc_ring_pop_batch(struct mpsc_ring *q, void *handle, void *messages,
                                       const size_t count, const size_t size)
{
	const size_t stride = qb_stride(size);
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
	const uint64_t there = mpsc_ring_there(q, head), n = there < count ? there : count;
	const uint64_t at = head & q->mask, straight = q->mask + 1 - at;
	const uint64_t part = n < straight ? n : straight;

	(void)handle;
	if (qb_unlikely(n == 0))
		return 0;
	qb_messages_copy(messages, q->slots + at * stride, part, size);
	qb_messages_copy((char *)messages + part * stride, q->slots, n - part, size);
	/* Release: our reads of the slots end before producers may reuse them. */
	atomic_store_explicit(&q->head, head + n, memory_order_release);
	return n;
}

QB_TEMPLATE bool mpsc_ring_pop(struct mpsc_ring *q, void *handle, void *message, const size_t size)
{
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	(void)handle;
	if (qb_unlikely(mpsc_ring_there(q, head) == 0))
		return false;
	qb_message_copy(message, q->slots + (head & q->mask) * qb_stride(size), size);
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
	return true;
}

QB_BATCH(mpsc_ring, mpsc_ring_push_batch, mpsc_ring_pop_batch);
QB_ABOUT(mpsc_ring, "DPDK rte_ring, multi-producer single-consumer mode", 8);
QB_QUEUE_WITH(mpsc_ring, QB_MPSC | QB_BOUNDED, "ring claimed in batches, published in order",
              QB_HAS(mpsc_ring, batch), QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE,
              QB_HAS(mpsc_ring, about));
