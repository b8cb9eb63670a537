/* spsc_fastforward -- a ring without shared indices: a slot tells by itself whether it is full.
 *
 * A slot holds 0 or a message, so that each side looks only at the slot it is about to use and
 * keeps its index to itself.  This is fast as long as the two are not on one cache line; hence the
 * temporal slip: a consumer that has caught up waits a little, and the producer gets ahead by whole
 * lines.  The paper measures the distance and adjusts; a fixed wait does as well here, because the
 * consumer looks at a run of slots once it has found one.
 *
 * The ring has exactly `capacity` slots, and its ends are found by comparison, not by a mask. */
#include <stdatomic.h>

#include <qbench.h>

#define SLIP_PAUSES 16 /* 16 PAUSEs: 0.2 us to 0.7 us on x86 */

struct spsc_fastforward {
	QB_ALIGNED(QB_LINE) uint64_t tail; /* the producer's own: index of its next slot */
	QB_ALIGNED(QB_LINE) uint64_t head; /* the consumer's own */
	uint64_t slips;
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	_Atomic uint64_t *slots; /* 0: free */
};

static struct spsc_fastforward *spsc_fastforward_create(const struct qb_shape *shape,
                                                        struct qb_error *error)
{
	struct spsc_fastforward *q = qb_allocate(shape, sizeof(*q));

	if (q && shape->capacity < SIZE_MAX / 16)
		q->slots = qb_allocate(shape, shape->capacity * sizeof(*q->slots));
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots", shape->capacity);
	}
	q->capacity = shape->capacity;
	q->tail = q->head = shape->first_index % shape->capacity;
	return q;
}

static void spsc_fastforward_destroy(struct spsc_fastforward *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_TEMPLATE uint64_t spsc_fastforward_next(const struct spsc_fastforward *q, uint64_t index)
{
	return index + 1 == q->capacity ? 0 : index + 1;
}

QB_TEMPLATE bool spsc_fastforward_push(struct spsc_fastforward *q, void *handle, uint64_t message)
{
	_Atomic uint64_t *slot = &q->slots[q->tail];

	(void)handle;
	/* Relaxed: what the consumer has read is the slot itself; nothing else is handed back. */
	if (qb_unlikely(atomic_load_explicit(slot, memory_order_relaxed) != 0))
		return false;
	/* Release: whatever the message refers to comes with it; pairs with the acquire in pop. */
	atomic_store_explicit(slot, message, memory_order_release);
	q->tail = spsc_fastforward_next(q, q->tail);
	return true;
}

QB_COLD uint64_t spsc_fastforward_slip(struct spsc_fastforward *q)
{
	q->slips++;
	for (unsigned pause = 0; pause < SLIP_PAUSES; pause++)
		qb_pause();
	return atomic_load_explicit(&q->slots[q->head], memory_order_acquire);
}

QB_TEMPLATE bool spsc_fastforward_pop(struct spsc_fastforward *q, void *handle, uint64_t *message)
{
	_Atomic uint64_t *slot = &q->slots[q->head];
	uint64_t found = atomic_load_explicit(slot, memory_order_acquire);

	(void)handle;
	if (qb_unlikely(found == 0)) {
		found = spsc_fastforward_slip(q);
		if (found == 0)
			return false;
	}
	*message = found;
	/* Relaxed: the message has been read already, from this very word. */
	atomic_store_explicit(slot, 0, memory_order_relaxed);
	q->head = spsc_fastforward_next(q, q->head);
	return true;
}

static void spsc_fastforward_internals(struct spsc_fastforward *q, uint64_t *ret_values)
{
	ret_values[0] = q->slips;
}

QB_INTERNALS(spsc_fastforward, spsc_fastforward_internals, "slips");
QB_ABOUT(spsc_fastforward, "Giacomoni, Moseley, Vachharajani, FastForward, PPoPP 2008", 8);
QB_WORD_QUEUE_WITH(spsc_fastforward, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE,
                   "ring whose slots are marked full or free", QB_NONE, QB_NONE, QB_NONE, QB_NONE,
                   QB_NONE, QB_HAS(spsc_fastforward, internals), QB_HAS(spsc_fastforward, about));
