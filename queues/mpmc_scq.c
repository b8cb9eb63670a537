/* mpmc_scq -- Nikolaev's scalable circular queue: lock-free, bounded, by fetch-and-add.
 *
 * The messages lie in an array; two rings of indices tell which places hold messages (`used`) and
 * which are free (`spare`).  A ring has twice as many entries as indices.  An entry holds the cycle
 * in which it was written and an index, or no index.  Both ends move by fetch-and-add; a taker that
 * comes too early moves the entry's cycle on, so that the late putter has to go elsewhere, or marks
 * it unsafe if it still holds an older index.  The threshold counts takers that came for nothing
 * since the last put and ends them: 3n - 1 of them prove the ring empty.
 *
 * With exactly `capacity` indices in circulation the queue holds exactly so many.  A push that
 * finds no spare index while a pop has not yet given its own back says full (weak-full).  Entries
 * are 64 bits, cycles have 62 or fewer of them: they do not come round. */
#include <stdatomic.h>

#include <qbench.h>

/* A ring of indices below n = entry_count / 2.  An entry, from the top: cycle, safe bit, index; all
 * index bits set: none. */
struct mpmc_scq_ring {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head;
	QB_ALIGNED(QB_LINE) _Atomic int64_t threshold;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail;
	QB_ALIGNED(QB_LINE) uint64_t none; /* entry_count - 1: mask of positions, and no index */
	unsigned spread;                   /* see mpmc_scq_entry */
	unsigned order;                    /* log2 of entry_count */
	int64_t patience;                  /* 3n - 1 */
	_Atomic uint64_t *entries;
};

struct mpmc_scq {
	struct mpmc_scq_ring used;
	struct mpmc_scq_ring spare;
	char *slots;
};

/* The entry of a position.  Neighbors lie on different lines: the low bits of the position become
 * the high bits of the place. */
QB_TEMPLATE _Atomic uint64_t *mpmc_scq_entry(const struct mpmc_scq_ring *ring, uint64_t position)
{
	const uint64_t place = position & ring->none;

	return &ring->entries[(place << ring->spread & ring->none) |
	                      place >> (ring->order - ring->spread)];
}

QB_TEMPLATE uint64_t mpmc_scq_safe(const struct mpmc_scq_ring *ring) { return ring->none + 1; }

/* The cycle of an entry, and that of a position, as they stand in an entry: comparable by their
 * difference, however often a counter has wrapped. */
QB_TEMPLATE uint64_t mpmc_scq_cycle(const struct mpmc_scq_ring *ring, uint64_t entry)
{
	return entry & ~(2 * ring->none + 1);
}

QB_TEMPLATE uint64_t mpmc_scq_cycle_at(const struct mpmc_scq_ring *ring, uint64_t position)
{
	return mpmc_scq_cycle(ring, position << 1);
}

/* `count` indices, from 0, are in it. */
static bool mpmc_scq_fill(struct mpmc_scq_ring *ring, const struct qb_shape *shape, size_t n,
                          uint64_t count)
{
	const uint64_t entry_count = 2 * n;
	const uint64_t start = shape->first_index & ~(entry_count - 1);

	ring->entries = qb_allocate(shape, entry_count * sizeof(*ring->entries));
	if (!ring->entries)
		return false;
	ring->none = entry_count - 1;
	while (((uint64_t)1 << ring->order) < entry_count)
		ring->order++;
	ring->spread = ring->order < 4 ? 0 : 4; /* 16 entries of 8 bytes make QB_LINE */
	ring->patience = (int64_t)(3 * n - 1);
	for (uint64_t i = 0; i < entry_count; i++) {
		const uint64_t cycle = mpmc_scq_cycle_at(ring, i < count ? start : start - 1);

		atomic_init(mpmc_scq_entry(ring, i),
		            cycle | mpmc_scq_safe(ring) | (i < count ? i : ring->none));
	}
	atomic_init(&ring->head, start);
	atomic_init(&ring->tail, start + count);
	atomic_init(&ring->threshold, count ? ring->patience : -1);
	return true;
}

static void mpmc_scq_destroy(struct mpmc_scq *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q->spare.entries);
	qb_deallocate(q->used.entries);
	qb_deallocate(q);
}

static struct mpmc_scq *mpmc_scq_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t n = qb_ring_slots(shape, stride + 32);
	struct mpmc_scq *q = qb_allocate(shape, sizeof(*q));

	if (q && n != 0)
		q->slots = qb_allocate(shape, shape->capacity * stride);
	if (!q || !q->slots || !mpmc_scq_fill(&q->used, shape, n, 0) ||
	    !mpmc_scq_fill(&q->spare, shape, n, shape->capacity)) {
		if (q)
			mpmc_scq_destroy(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	return q;
}

/* All accesses to a ring are sequentially consistent, as in the paper: the threshold's argument
 * needs one order of counters and entries. */

QB_TEMPLATE void mpmc_scq_put(struct mpmc_scq_ring *ring, uint64_t index)
{
	for (;;) {
		const uint64_t position = atomic_fetch_add(&ring->tail, 1);
		const uint64_t cycle = mpmc_scq_cycle_at(ring, position);
		_Atomic uint64_t *place = mpmc_scq_entry(ring, position);
		uint64_t entry = atomic_load(place);

		/* Free, of an earlier cycle, and either safe or no taker has passed here yet. */
		while ((int64_t)(mpmc_scq_cycle(ring, entry) - cycle) < 0 &&
		       (entry & ring->none) == ring->none &&
		       ((entry & mpmc_scq_safe(ring)) ||
		        (int64_t)(atomic_load(&ring->head) - position) <= 0)) {
			if (!atomic_compare_exchange_weak(place, &entry,
			                                  cycle | mpmc_scq_safe(ring) | index))
				continue;
			if (atomic_load(&ring->threshold) != ring->patience)
				atomic_store(&ring->threshold, ring->patience);
			return;
		}
	}
}

/* Takers have overtaken the putters: brings the tail up to the head, so that the next put does not
 * have to go through all the entries that were skipped. */
QB_COLD void mpmc_scq_catch_up(struct mpmc_scq_ring *ring, uint64_t tail, uint64_t head)
{
	while ((int64_t)(tail - head) < 0 &&
	       !atomic_compare_exchange_weak(&ring->tail, &tail, head)) {
		head = atomic_load(&ring->head);
		tail = atomic_load(&ring->tail);
	}
}

/* The entry holds nothing of this cycle: makes it useless to a putter of this cycle that comes
 * late.  Returns ring->none, or the index if it came after all. */
QB_TEMPLATE uint64_t mpmc_scq_visit(struct mpmc_scq_ring *ring, uint64_t position)
{
	const uint64_t cycle = mpmc_scq_cycle_at(ring, position);
	_Atomic uint64_t *place = mpmc_scq_entry(ring, position);
	uint64_t entry = atomic_load(place), changed;

	for (;;) {
		if (qb_likely(mpmc_scq_cycle(ring, entry) == cycle)) {
			atomic_fetch_or(place, ring->none);
			return entry & ring->none;
		}
		if ((entry & ring->none) == ring->none)
			changed = cycle | (entry & mpmc_scq_safe(ring)) | ring->none;
		else
			changed = entry & ~mpmc_scq_safe(ring);
		if ((int64_t)(mpmc_scq_cycle(ring, entry) - cycle) >= 0 ||
		    atomic_compare_exchange_weak(place, &entry, changed))
			return ring->none;
	}
}

/* An index, or ring->none if there is none. */
QB_TEMPLATE uint64_t mpmc_scq_take(struct mpmc_scq_ring *ring)
{
	if (qb_unlikely(atomic_load(&ring->threshold) < 0))
		return ring->none;
	for (;;) {
		const uint64_t position = atomic_fetch_add(&ring->head, 1);
		const uint64_t index = mpmc_scq_visit(ring, position);
		uint64_t tail;

		if (qb_likely(index != ring->none))
			return index;
		tail = atomic_load(&ring->tail);
		if ((int64_t)(tail - (position + 1)) <= 0) {
			mpmc_scq_catch_up(ring, tail, position + 1);
			atomic_fetch_sub(&ring->threshold, 1);
			return ring->none;
		}
		if (atomic_fetch_sub(&ring->threshold, 1) <= 0)
			return ring->none;
	}
}

QB_TEMPLATE bool mpmc_scq_push(struct mpmc_scq *q, void *handle, const void *message,
                               const size_t size)
{
	const uint64_t index = mpmc_scq_take(&q->spare);

	(void)handle;
	if (qb_unlikely(index == q->spare.none))
		return false;
	qb_message_copy(q->slots + index * qb_stride(size), message, size);
	mpmc_scq_put(&q->used, index);
	return true;
}

QB_TEMPLATE bool mpmc_scq_pop(struct mpmc_scq *q, void *handle, void *message, const size_t size)
{
	const uint64_t index = mpmc_scq_take(&q->used);

	(void)handle;
	if (qb_unlikely(index == q->used.none))
		return false;
	qb_message_copy(message, q->slots + index * qb_stride(size), size);
	mpmc_scq_put(&q->spare, index);
	return true;
}

QB_ABOUT(mpmc_scq,
         "Nikolaev, A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue, "
         "DISC 2019",
         40);
QB_QUEUE_WITH(mpmc_scq, QB_MPMC | QB_BOUNDED | QB_WEAK_FULL | QB_LOCK_FREE,
              "two rings of indices, lock-free by fetch-and-add", QB_NONE, QB_NONE, QB_NONE,
              QB_NONE, QB_NONE, QB_NONE, QB_HAS(mpmc_scq, about));
