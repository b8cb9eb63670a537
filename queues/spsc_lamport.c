/* spsc_lamport -- the ring that all rings for one producer and one consumer descend from.
 *
 * Two indices, each written by one side and read by the other on every operation: so one line, or
 * two, cross between the CPUs per message.  Kept that way on purpose, as the mark from which cached
 * indices (spsc) and marks in the slots (spsc_fastforward) are improvements.  Lamport's proof needs
 * sequential consistency; release and acquire give as much of it as the proof uses. */
#include <stdatomic.h>

#include <qbench.h>

struct spsc_lamport {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* written by the producer */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head; /* written by the consumer */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	char *slots;
};

static struct spsc_lamport *spsc_lamport_create(const struct qb_shape *shape,
                                                struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct spsc_lamport *q = qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	atomic_init(&q->tail, shape->first_index);
	atomic_init(&q->head, shape->first_index);
	return q;
}

static void spsc_lamport_destroy(struct spsc_lamport *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_TEMPLATE bool spsc_lamport_push(struct spsc_lamport *q, void *handle, const void *message,
                                   const size_t size)
{
	/* Relaxed: the producer reads what it has written itself. */
	const uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	(void)handle;
	/* Acquire: pairs with the release in pop.  Without it the slot could be overwritten before
	 * the consumer's read of it. */
	if (tail - atomic_load_explicit(&q->head, memory_order_acquire) >= q->capacity)
		return false;
	qb_message_copy(q->slots + (tail & q->mask) * qb_stride(size), message, size);
	/* Release: the consumer must see the slot before it sees the new tail. */
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	return true;
}

QB_TEMPLATE bool spsc_lamport_pop(struct spsc_lamport *q, void *handle, void *message,
                                  const size_t size)
{
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	(void)handle;
	/* Acquire: pairs with the release in push; the slot comes with the tail. */
	if (head == atomic_load_explicit(&q->tail, memory_order_acquire))
		return false;
	qb_message_copy(message, q->slots + (head & q->mask) * qb_stride(size), size);
	/* Release: our read of the slot must end before the producer may reuse it. */
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
	return true;
}

QB_ABOUT(spsc_lamport, "Lamport, Specifying Concurrent Program Modules, TOPLAS 5(2), 1983", 8);
QB_QUEUE_WITH(spsc_lamport, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE, "ring with two shared indices",
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(spsc_lamport, about));
