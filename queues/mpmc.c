/* mpmc -- Vyukov's bounded queue: every slot carries a stamp that says whose turn it is.
 *
 * A position is a lap and an index: the low bits index the slots, and one more lap begins once the
 * index has reached the capacity.  So any capacity is held exactly, without a division, and also
 * with a single slot the stamp "written in this lap" (position + 1) differs from "free in the next"
 * (position + lap), which plain counters would confuse.  Positions wrap at 2^64, a multiple of the
 * lap; all comparisons are signed differences.
 *
 * pop fails while the oldest push has its slot but has not written it, even if younger ones have
 * (weak-empty); push likewise while the oldest pop still reads (weak-full).  A thread stopped there
 * stops the others: not lock-free. */
#include <stdatomic.h>

#include <qbench.h>

struct mpmc_slot {
	_Atomic uint64_t stamp;
	uint64_t message[];
};

struct mpmc {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* position of the next push */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head; /* position of the next pop */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t lap; /* a power of two > capacity */
	char *slots;
};

QB_TEMPLATE struct mpmc_slot *mpmc_slot(const struct mpmc *q, uint64_t position, const size_t size)
{
	const size_t stride = sizeof(struct mpmc_slot) + qb_stride(size);

	return (struct mpmc_slot *)(void *)(q->slots + (position & (q->lap - 1)) * stride);
}

static struct mpmc *mpmc_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = sizeof(struct mpmc_slot) + qb_stride(shape->message_size);
	struct qb_shape plain = *shape;
	uint64_t start;
	struct mpmc *q;

	plain.line_offset = 0;
	q = (struct mpmc *)qb_allocate(&plain, sizeof(*q));
	if (q && shape->capacity <= SIZE_MAX / 2 / stride)
		q->slots = (char *)qb_allocate(shape, shape->capacity * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return (struct mpmc *)qb_fail(error, ENOMEM,
		                              "cannot allocate %zu slots of %zu bytes",
		                              shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	for (q->lap = 2; q->lap <= q->capacity;)
		q->lap *= 2;
	start = shape->first_index & ~(q->lap - 1);
	atomic_init(&q->tail, start);
	atomic_init(&q->head, start);
	for (uint64_t index = 0; index < q->capacity; index++)
		atomic_init(&mpmc_slot(q, index, shape->message_size)->stamp, start + index);
	return q;
}

static void mpmc_destroy(struct mpmc *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_TEMPLATE uint64_t mpmc_next(const struct mpmc *q, uint64_t position)
{
	const uint64_t index = position & (q->lap - 1);

	return index + 1 < q->capacity ? position + 1 : position - index + q->lap;
}

/* Waits for the turn `position + offset` of the slot at the shared position `next` and claims it.
 * Returns NULL if the slot is a lap behind: full, or empty. */
QB_TEMPLATE struct mpmc_slot *mpmc_claim(struct mpmc *q, _Atomic uint64_t *next, uint64_t offset,
                                         uint64_t *ret_position, const size_t size)
{
	/* Relaxed: a stale position fails at the stamp or at the compare-and-exchange. */
	uint64_t position = atomic_load_explicit(next, memory_order_relaxed);

	for (;;) {
		struct mpmc_slot *slot = mpmc_slot(q, position, size);
		/* Acquire: pairs with the release of the previous turn's end, so that our access to
		 * the message comes after the other side's. */
		const uint64_t stamp = atomic_load_explicit(&slot->stamp, memory_order_acquire);
		const int64_t turn = (int64_t)(stamp - (position + offset));

		if (qb_likely(turn == 0)) {
			/* Relaxed: the claim hands over nothing; the stamp does. */
			if (qb_likely(atomic_compare_exchange_weak_explicit(
				    next, &position, mpmc_next(q, position), memory_order_relaxed,
				    memory_order_relaxed))) {
				*ret_position = position;
				return slot;
			}
		} else if (turn < 0) {
			return NULL;
		} else {
			/* Another thread has had this turn: the position is old. */
			position = atomic_load_explicit(next, memory_order_relaxed);
		}
	}
}

QB_TEMPLATE bool mpmc_push(struct mpmc *q, void *handle, const void *message, const size_t size)
{
	uint64_t position;
	struct mpmc_slot *slot = mpmc_claim(q, &q->tail, 0, &position, size);

	(void)handle;
	if (qb_unlikely(!slot))
		return false;
	qb_message_copy(slot->message, message, size);
	/* Release: the message comes with the stamp. */
	atomic_store_explicit(&slot->stamp, position + 1, memory_order_release);
	return true;
}

QB_TEMPLATE bool mpmc_pop(struct mpmc *q, void *handle, void *message, const size_t size)
{
	uint64_t position;
	struct mpmc_slot *slot = mpmc_claim(q, &q->head, 1, &position, size);

	(void)handle;
	if (qb_unlikely(!slot))
		return false;
	qb_message_copy(message, slot->message, size);
	/* Release: our read of the message ends before the slot is free for the next lap. */
	atomic_store_explicit(&slot->stamp, position + q->lap, memory_order_release);
	return true;
}

QB_ABOUT(mpmc, "Vyukov's bounded MPMC queue; laps as in crossbeam's ArrayQueue", 16);
QB_QUEUE_WITH(mpmc, QB_MPMC | QB_BOUNDED | QB_WEAK_EMPTY | QB_WEAK_FULL,
              "Vyukov's bounded queue, a stamp per slot", QB_NONE, QB_NONE, QB_NONE, QB_NONE,
              QB_NONE, QB_NONE, QB_HAS(mpmc, about));
