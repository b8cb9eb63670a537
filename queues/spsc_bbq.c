/* spsc_bbq -- a ring of blocks, each with its own pair of counters.
 *
 * Producer and consumer meet only where they work on the same block: elsewhere a counter is written
 * by one side while nobody looks at it, so the sides slip apart by themselves.  The counters here
 * hold whole positions (which count up for ever) instead of offsets with a version, so that a
 * block's last lap cannot be mistaken for this one.
 *
 * The paper lets a producer into a block once all of it has been consumed.  Here it walks behind
 * the consumer from block to block, and only when its known room is used up; so a ring holds
 * exactly `capacity` messages, whatever that is. */
#include <stdatomic.h>

#include <qbench.h>

#define BLOCK_COUNT_LOG2 4         /* blocks of a ring that is large enough */
#define BLOCK_BYTES_MAX  (1 << 14) /* larger ones have gained nothing */

struct spsc_bbq_block {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t committed; /* position behind the last one written */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t consumed;  /* position behind the last one read */
};

struct spsc_bbq {
	QB_ALIGNED(QB_LINE) uint64_t tail; /* the producer's own */
	uint64_t head_copy;                /* the consumer has come at least this far */
	QB_ALIGNED(QB_LINE) uint64_t head; /* the consumer's own */
	uint64_t there;                    /* the producer has come at least this far */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	unsigned block_log2; /* slots of a block */
	struct spsc_bbq_block *blocks;
	char *slots;
};

static bool spsc_bbq_divide(struct spsc_bbq *q, const struct qb_shape *shape, size_t slot_count)
{
	const size_t stride = qb_stride(shape->message_size);
	size_t block_count;

	while (((size_t)2 << (q->block_log2 + BLOCK_COUNT_LOG2)) <= slot_count &&
	       (stride << (q->block_log2 + 1)) <= BLOCK_BYTES_MAX)
		q->block_log2++;
	block_count = slot_count >> q->block_log2;
	q->blocks = qb_allocate(shape, block_count * sizeof(*q->blocks));
	q->slots = qb_allocate(shape, slot_count * stride);
	if (!q->blocks || !q->slots)
		return false;
	for (size_t i = 0; i < block_count; i++) {
		atomic_init(&q->blocks[i].committed, shape->first_index);
		atomic_init(&q->blocks[i].consumed, shape->first_index);
	}
	return true;
}

static void spsc_bbq_destroy(struct spsc_bbq *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q->blocks);
	qb_deallocate(q);
}

static struct spsc_bbq *spsc_bbq_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t slot_count = qb_ring_slots(shape, qb_stride(shape->message_size) + 256);
	struct spsc_bbq *q = qb_allocate(shape, sizeof(*q));

	if (!q || slot_count == 0 || !spsc_bbq_divide(q, shape, slot_count)) {
		if (q)
			spsc_bbq_destroy(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, qb_stride(shape->message_size));
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	q->tail = q->head_copy = q->head = q->there = shape->first_index;
	return q;
}

QB_TEMPLATE struct spsc_bbq_block *spsc_bbq_block(const struct spsc_bbq *q, uint64_t position)
{
	return &q->blocks[(position & q->mask) >> q->block_log2];
}

/* Slots from `position` to the end of its block. */
QB_TEMPLATE uint64_t spsc_bbq_left(const struct spsc_bbq *q, uint64_t position)
{
	const uint64_t size = UINT64_C(1) << q->block_log2;

	return size - (position & (size - 1));
}

/* How far `counter`, of the block of `position`, says that the other side is beyond it; at most to
 * the block's end.  Acquire: pairs with the release of that side's counter. */
QB_TEMPLATE uint64_t spsc_bbq_ahead(const struct spsc_bbq *q, _Atomic uint64_t *counter,
                                    uint64_t position)
{
	const uint64_t ahead = atomic_load_explicit(counter, memory_order_acquire) - position;
	const uint64_t left = spsc_bbq_left(q, position);

	if ((int64_t)ahead <= 0)
		return 0; /* of an earlier lap */
	return ahead < left ? ahead : left;
}

/* Follows the consumer, block by block. */
QB_COLD void spsc_bbq_follow(struct spsc_bbq *q)
{
	uint64_t ahead, left;

	do {
		left = spsc_bbq_left(q, q->head_copy);
		ahead = spsc_bbq_ahead(q, &spsc_bbq_block(q, q->head_copy)->consumed, q->head_copy);
		q->head_copy += ahead;
	} while (ahead == left && q->head_copy != q->tail);
}

QB_TEMPLATE uint64_t spsc_bbq_room(struct spsc_bbq *q, uint64_t want)
{
	if (qb_unlikely(q->capacity - (q->tail - q->head_copy) < want))
		spsc_bbq_follow(q);
	return q->capacity - (q->tail - q->head_copy);
}

QB_TEMPLATE char *spsc_bbq_slot(const struct spsc_bbq *q, uint64_t position, const size_t size)
{
	return q->slots + (position & q->mask) * qb_stride(size);
}

QB_TEMPLATE size_t spsc_bbq_push_batch(struct spsc_bbq *q, void *handle, const void *messages,
                                       const size_t count, const size_t size)
{
	const uint64_t room = spsc_bbq_room(q, count);
	const uint64_t n = room < count ? room : count;

	(void)handle;
	for (uint64_t done = 0; done < n;) {
		const uint64_t left = spsc_bbq_left(q, q->tail);
		const uint64_t part = n - done < left ? n - done : left;
		struct spsc_bbq_block *block = spsc_bbq_block(q, q->tail);

		qb_messages_copy(spsc_bbq_slot(q, q->tail, size),
		                 (const char *)messages + done * qb_stride(size), part, size);
		done += part;
		q->tail += part;
		/* Release: the slots before the position. */
		atomic_store_explicit(&block->committed, q->tail, memory_order_release);
	}
	return n;
}

QB_TEMPLATE bool spsc_bbq_push(struct spsc_bbq *q, void *handle, const void *message,
                               const size_t size)
{
	const uint64_t tail = q->tail;

	(void)handle;
	if (qb_unlikely(spsc_bbq_room(q, 1) == 0))
		return false;
	qb_message_copy(spsc_bbq_slot(q, tail, size), message, size);
	q->tail = tail + 1;
	/* Release: the slot before the position. */
	atomic_store_explicit(&spsc_bbq_block(q, tail)->committed, tail + 1, memory_order_release);
	return true;
}

/* Messages that are there in the block of `head`. */
QB_TEMPLATE uint64_t spsc_bbq_there(struct spsc_bbq *q, uint64_t head)
{
	if (qb_unlikely(head == q->there))
		q->there += spsc_bbq_ahead(q, &spsc_bbq_block(q, head)->committed, head);
	return q->there - head;
}

QB_TEMPLATE void spsc_bbq_release(struct spsc_bbq *q, uint64_t head, uint64_t count)
{
	q->head = head + count;
	/* Release: our reads of the slots end before the producer may reuse them. */
	atomic_store_explicit(&spsc_bbq_block(q, head)->consumed, head + count,
	                      memory_order_release);
}

QB_TEMPLATE size_t spsc_bbq_pop_batch(struct spsc_bbq *q, void *handle, void *messages,
                                      const size_t count, const size_t size)
{
	const uint64_t head = q->head, there = spsc_bbq_there(q, head);
	const uint64_t n = there < count ? there : count;

	(void)handle;
	if (qb_unlikely(n == 0))
		return 0;
	qb_messages_copy(messages, spsc_bbq_slot(q, head, size), n, size);
	spsc_bbq_release(q, head, n);
	return n;
}

QB_TEMPLATE bool spsc_bbq_pop(struct spsc_bbq *q, void *handle, void *message, const size_t size)
{
	const uint64_t head = q->head;

	(void)handle;
	if (qb_unlikely(spsc_bbq_there(q, head) == 0))
		return false;
	qb_message_copy(message, spsc_bbq_slot(q, head, size), size);
	spsc_bbq_release(q, head, 1);
	return true;
}

QB_BATCH(spsc_bbq, spsc_bbq_push_batch, spsc_bbq_pop_batch);
QB_ABOUT(spsc_bbq, "Wang et al., BBQ: A Block-based Bounded Queue, USENIX ATC 2022", 8);
QB_QUEUE_WITH(spsc_bbq, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE,
              "ring of blocks with counters of their own", QB_HAS(spsc_bbq, batch), QB_NONE,
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(spsc_bbq, about));
