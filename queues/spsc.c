/* spsc -- a bounded ring for one producer and one consumer, with cached indices.
 *
 * Each side keeps a copy of the other side's index and reads the shared one only when the copy says
 * full, or empty; so a message costs its share of a data line, and an index line moves once per
 * refresh instead of once per message (rigtorp/SPSCQueue; Lamport 1983 without the caches).  Both
 * indices count up for ever and are masked on use. */
#include <stdatomic.h>

#include <qbench.h>

struct spsc {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* written by the producer */
	QB_ALIGNED(QB_LINE) uint64_t local_tail;   /* the producer's own */
	uint64_t head_copy;
	uint64_t head_refreshes;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head; /* written by the consumer */
	QB_ALIGNED(QB_LINE) uint64_t local_head;   /* the consumer's own */
	uint64_t tail_copy;
	uint64_t tail_refreshes;
	QB_ALIGNED(QB_LINE) uint64_t capacity; /* read by both, written by none */
	uint64_t mask;
	char *slots;
};

static struct spsc *spsc_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	struct qb_shape plain = *shape;
	uint64_t size = 1;
	struct spsc *q;

	while (size < shape->capacity)
		size *= 2;
	plain.line_offset = 0;
	q = (struct spsc *)qb_allocate(&plain, sizeof(*q));
	if (q)
		q->slots = (char *)qb_allocate(shape, size * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return (struct spsc *)qb_fail(error, ENOMEM,
		                              "cannot allocate %llu slots of %zu bytes",
		                              (unsigned long long)size, stride);
	}
	q->capacity = shape->capacity;
	q->mask = size - 1;
	atomic_init(&q->tail, shape->first_index);
	atomic_init(&q->head, shape->first_index);
	q->local_tail = q->head_copy = q->local_head = q->tail_copy = shape->first_index;
	return q;
}

static void spsc_destroy(struct spsc *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

static inline bool spsc_push(struct spsc *q, void *handle, const void *message, const size_t size)
{
	const uint64_t tail = q->local_tail;

	(void)handle;
	if (tail - q->head_copy >= q->capacity) {
		/* Acquire: pairs with the release in pop.  Without it the slot could be overwritten
		 * before the consumer's read of it. */
		q->head_copy = atomic_load_explicit(&q->head, memory_order_acquire);
		q->head_refreshes++;
		if (tail - q->head_copy >= q->capacity)
			return false;
	}
	qb_message_copy(q->slots + (tail & q->mask) * qb_stride(size), message, size);
	q->local_tail = tail + 1;
	/* Release: the consumer must see the slot before it sees the new tail. */
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	return true;
}

static inline bool spsc_pop(struct spsc *q, void *handle, void *message, const size_t size)
{
	const uint64_t head = q->local_head;

	(void)handle;
	if (head == q->tail_copy) {
		/* Acquire: pairs with the release in push; the slot's content comes with the tail.
		 */
		q->tail_copy = atomic_load_explicit(&q->tail, memory_order_acquire);
		q->tail_refreshes++;
		if (head == q->tail_copy)
			return false;
	}
	qb_message_copy(message, q->slots + (head & q->mask) * qb_stride(size), size);
	q->local_head = head + 1;
	/* Release: our read of the slot must end before the producer may reuse it. */
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
	return true;
}

static void spsc_internals(struct spsc *q, uint64_t *ret_values)
{
	ret_values[0] = q->head_refreshes;
	ret_values[1] = q->tail_refreshes;
}

QB_INTERNALS(spsc, spsc_internals, "head refreshes", "tail refreshes");
QB_ABOUT(spsc, "Lamport 1983 with cached indices, as in rigtorp/SPSCQueue", 8);
QB_QUEUE_WITH(spsc, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE, "ring with cached indices", QB_NONE,
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(spsc, internals), QB_HAS(spsc, about));
