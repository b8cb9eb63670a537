/* spinlock -- a ring behind one word: what a lock costs when nobody sleeps.
 *
 * Test-and-test-and-set: who waits reads its own copy of the line until the holder gives it up, so
 * that waiting does not slow the holder down; and gives its CPU away after a while, since the
 * holder may be waiting for just that. */
#include <stdatomic.h>

#include <qbench.h>

struct spinlock {
	QB_ALIGNED(QB_LINE) _Atomic bool locked;
	QB_ALIGNED(QB_LINE) uint64_t head; /* both under the lock, and counting up for ever */
	uint64_t tail;
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	char *slots;
};

static struct spinlock *spinlock_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct spinlock *q = qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->head = q->tail = shape->first_index;
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	return q;
}

static void spinlock_destroy(struct spinlock *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_COLD void spinlock_await(struct spinlock *q)
{
	unsigned looks = 0;

	while (atomic_load_explicit(&q->locked, memory_order_relaxed))
		qb_await(&looks);
}

QB_TEMPLATE void spinlock_lock(struct spinlock *q)
{
	/* Acquire: pairs with the release in unlock; what the last holder wrote comes with it. */
	while (qb_unlikely(atomic_exchange_explicit(&q->locked, true, memory_order_acquire)))
		spinlock_await(q);
}

QB_TEMPLATE void spinlock_unlock(struct spinlock *q)
{
	atomic_store_explicit(&q->locked, false, memory_order_release);
}

QB_TEMPLATE size_t spinlock_push_batch(struct spinlock *q, void *handle, const void *messages,
                                       const size_t count, const size_t size)
{
	const size_t stride = qb_stride(size);
	uint64_t room, n, at, part;

	(void)handle;
	spinlock_lock(q);
	room = q->capacity - (q->tail - q->head);
	n = room < count ? room : count;
	at = q->tail & q->mask;
	part = n < q->mask + 1 - at ? n : q->mask + 1 - at;
	qb_messages_copy(q->slots + at * stride, messages, part, size);
	qb_messages_copy(q->slots, (const char *)messages + part * stride, n - part, size);
	q->tail += n;
	spinlock_unlock(q);
	return n;
}

QB_TEMPLATE size_t spinlock_pop_batch(struct spinlock *q, void *handle, void *messages,
                                      const size_t count, const size_t size)
{
	const size_t stride = qb_stride(size);
	uint64_t there, n, at, part;

	(void)handle;
	spinlock_lock(q);
	there = q->tail - q->head;
	n = there < count ? there : count;
	at = q->head & q->mask;
	part = n < q->mask + 1 - at ? n : q->mask + 1 - at;
	qb_messages_copy(messages, q->slots + at * stride, part, size);
	qb_messages_copy((char *)messages + part * stride, q->slots, n - part, size);
	q->head += n;
	spinlock_unlock(q);
	return n;
}

QB_TEMPLATE bool spinlock_push(struct spinlock *q, void *handle, const void *message,
                               const size_t size)
{
	bool fits;

	(void)handle;
	spinlock_lock(q);
	fits = q->tail - q->head < q->capacity;
	if (fits)
		qb_message_copy(q->slots + (q->tail++ & q->mask) * qb_stride(size), message, size);
	spinlock_unlock(q);
	return fits;
}

QB_TEMPLATE bool spinlock_pop(struct spinlock *q, void *handle, void *message, const size_t size)
{
	bool there;

	(void)handle;
	spinlock_lock(q);
	there = q->tail != q->head;
	if (there)
		qb_message_copy(message, q->slots + (q->head++ & q->mask) * qb_stride(size), size);
	spinlock_unlock(q);
	return there;
}

QB_BATCH(spinlock, spinlock_push_batch, spinlock_pop_batch);
QB_ABOUT(spinlock,
         "test-and-test-and-set: Rudolph and Segall, ISCA 1984; Anderson, TPDS 1(1), 1990", 8);
QB_QUEUE_WITH(spinlock, QB_MPMC | QB_BOUNDED, "ring behind a spinlock", QB_HAS(spinlock, batch),
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(spinlock, about));
