/* mpmc_strict -- Vyukov's slots, but full and empty are answered only when they are so.
 *
 * A slot that is not ready yet may mean that the queue is full (or empty), or that another thread
 * has claimed the slot and is not done with it.  mpmc says "full" to both.  Here the other index is
 * read again: only if it stands exactly one lap behind (or on the same position) the answer is
 * given, else the thread waits for the one that is under way.  So every answer is linearizable, and
 * a thread that stops between claim and stamp makes others wait instead of giving up.
 *
 * Positions are a lap and an index, as in mpmc. */
#include <stdatomic.h>

#include <qbench.h>

struct mpmc_strict_slot {
	_Atomic uint64_t stamp; /* position: free for its push; position + 1: written */
	uint64_t message[];
};

struct mpmc_strict {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* position of the next push */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head; /* position of the next pop */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t lap; /* a power of two > capacity */
	char *slots;
};

QB_TEMPLATE struct mpmc_strict_slot *mpmc_strict_slot(const struct mpmc_strict *q,
                                                      uint64_t position, const size_t size)
{
	const size_t stride = sizeof(struct mpmc_strict_slot) + qb_stride(size);

	return (struct mpmc_strict_slot *)(void *)(q->slots + (position & (q->lap - 1)) * stride);
}

static struct mpmc_strict *mpmc_strict_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = sizeof(struct mpmc_strict_slot) + qb_stride(shape->message_size);
	struct mpmc_strict *q = qb_allocate(shape, sizeof(*q));
	uint64_t start;

	if (q && shape->capacity <= SIZE_MAX / 2 / stride)
		q->slots = qb_allocate(shape, shape->capacity * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	for (q->lap = 2; q->lap <= q->capacity;)
		q->lap *= 2;
	start = shape->first_index & ~(q->lap - 1);
	atomic_init(&q->tail, start);
	atomic_init(&q->head, start);
	for (uint64_t index = 0; index < q->capacity; index++)
		atomic_init(&mpmc_strict_slot(q, index, shape->message_size)->stamp, start + index);
	return q;
}

static void mpmc_strict_destroy(struct mpmc_strict *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_TEMPLATE uint64_t mpmc_strict_next(const struct mpmc_strict *q, uint64_t position)
{
	const uint64_t index = position & (q->lap - 1);

	return index + 1 < q->capacity ? position + 1 : position - index + q->lap;
}

/* The slot of `position` was not ready.  True if that is because `other`, the index of the other
 * side, stands on `limit`.
 *
 * Sequentially consistent, like every access to an index: `position` was read before `other`, and
 * an index only rises, so at the time of the first reading the queue was full (or empty). */
QB_COLD bool mpmc_strict_is_so(_Atomic uint64_t *other, uint64_t limit, unsigned *looks)
{
	if (atomic_load_explicit(other, memory_order_seq_cst) == limit)
		return true;
	qb_await(looks);
	return false;
}

/* Waits for the turn `position + offset` of the slot at the shared position `next` and claims it.
 * Returns NULL if `other` stands on `position - distance`: full, or empty. */
QB_TEMPLATE struct mpmc_strict_slot *mpmc_strict_claim(struct mpmc_strict *q,
                                                       const enum qb_role role,
                                                       uint64_t *ret_position, const size_t size)
{
	_Atomic uint64_t *const next = role == QB_PRODUCE ? &q->tail : &q->head;
	_Atomic uint64_t *const other = role == QB_PRODUCE ? &q->head : &q->tail;
	const uint64_t distance = role == QB_PRODUCE ? q->lap : 0;
	const uint64_t offset = role == QB_PRODUCE ? 0 : 1;
	uint64_t position = atomic_load_explicit(next, memory_order_seq_cst);
	unsigned looks = 0;

	for (;;) {
		struct mpmc_strict_slot *slot = mpmc_strict_slot(q, position, size);
		/* Acquire: pairs with the release of the previous turn's end, so that our access to
		 * the message comes after the other side's. */
		const uint64_t stamp = atomic_load_explicit(&slot->stamp, memory_order_acquire);

		if (qb_likely(stamp == position + offset)) {
			if (qb_likely(atomic_compare_exchange_weak_explicit(
				    next, &position, mpmc_strict_next(q, position),
				    memory_order_seq_cst, memory_order_seq_cst))) {
				*ret_position = position;
				return slot;
			}
			continue;
		}
		if ((int64_t)(stamp - (position + offset)) < 0 &&
		    mpmc_strict_is_so(other, position - distance, &looks))
			return NULL;
		/* Not so, or another thread has had this turn: from the present position again. */
		position = atomic_load_explicit(next, memory_order_seq_cst);
	}
}

QB_TEMPLATE bool mpmc_strict_push(struct mpmc_strict *q, void *handle, const void *message,
                                  const size_t size)
{
	uint64_t position;
	struct mpmc_strict_slot *slot = mpmc_strict_claim(q, QB_PRODUCE, &position, size);

	(void)handle;
	if (qb_unlikely(!slot))
		return false;
	qb_message_copy(slot->message, message, size);
	/* Release: the message comes with the stamp. */
	atomic_store_explicit(&slot->stamp, position + 1, memory_order_release);
	return true;
}

QB_TEMPLATE bool mpmc_strict_pop(struct mpmc_strict *q, void *handle, void *message,
                                 const size_t size)
{
	uint64_t position;
	struct mpmc_strict_slot *slot = mpmc_strict_claim(q, QB_CONSUME, &position, size);

	(void)handle;
	if (qb_unlikely(!slot))
		return false;
	qb_message_copy(message, slot->message, size);
	/* Release: our read of the message ends before the slot is free for the next lap. */
	atomic_store_explicit(&slot->stamp, position + q->lap, memory_order_release);
	return true;
}

QB_ABOUT(mpmc_strict, "Vyukov's bounded MPMC queue with the re-check of crossbeam's array channel",
         16);
QB_QUEUE_WITH(mpmc_strict, QB_MPMC | QB_BOUNDED, "Vyukov's slots; full and empty only if so",
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(mpmc_strict, about));
