/* mpmc_ticket -- fetch-and-add only: a credit to be let in, a ticket for the place.
 *
 * A push first takes one of `capacity` credits (test, decrement, and back if it was not there),
 * then a ticket that no other thread can take from it, then waits for its slot's turn, which is at
 * most the step of one other thread away.  Pops do the same with the credits that pushes leave.  No
 * compare-and-exchange ever fails, so contention costs the line's transfers and nothing more; but
 * each operation writes two contended lines, and a thread that stops holding a ticket stops the
 * one that meets it a lap later.
 *
 * Credits are given back late and taken early, so a missing credit is no proof: full and empty are
 * answered from the tickets, and if these say otherwise the thread tries again.  Full counts a push
 * from its ticket on, and empty does, too. */
#include <stdatomic.h>

#include <qbench.h>

struct mpmc_ticket_slot {
	_Atomic uint64_t turn; /* ticket: free for its push; ticket + 1: written */
	uint64_t message[];
};

struct mpmc_ticket {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail; /* next ticket of a push */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head;
	QB_ALIGNED(QB_LINE) _Atomic int64_t room;  /* credits for pushes */
	QB_ALIGNED(QB_LINE) _Atomic int64_t there; /* credits for pops */
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	char *slots;
};

/* A slot has lines of its own, as tickets are handed out in a row to threads on different CPUs. */
QB_TEMPLATE size_t mpmc_ticket_stride(const size_t size)
{
	return (sizeof(struct mpmc_ticket_slot) + size + 63) / 64 * 64;
}

QB_TEMPLATE struct mpmc_ticket_slot *mpmc_ticket_slot(const struct mpmc_ticket *q, uint64_t ticket,
                                                      const size_t size)
{
	char *slot = q->slots + (ticket & q->mask) * mpmc_ticket_stride(size);

	return (struct mpmc_ticket_slot *)(void *)slot;
}

static struct mpmc_ticket *mpmc_ticket_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = mpmc_ticket_stride(shape->message_size);
	size_t slot_count = qb_ring_slots(shape, stride);
	struct mpmc_ticket *q = qb_allocate(shape, sizeof(*q));

	slot_count += slot_count == 1; /* "written" must differ from "free in the next lap" */
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
	atomic_init(&q->room, (int64_t)shape->capacity);
	for (uint64_t i = 0; i < slot_count; i++) {
		const uint64_t ticket = shape->first_index + i;

		atomic_init(&mpmc_ticket_slot(q, ticket, shape->message_size)->turn, ticket);
	}
	return q;
}

static void mpmc_ticket_destroy(struct mpmc_ticket *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

/* Test, decrement, retest.  Acquire: pairs with the release in mpmc_ticket_give. */
QB_TEMPLATE bool mpmc_ticket_take(_Atomic int64_t *credits)
{
	if (atomic_load_explicit(credits, memory_order_relaxed) <= 0)
		return false;
	if (qb_likely(atomic_fetch_sub_explicit(credits, 1, memory_order_acquire) > 0))
		return true;
	atomic_fetch_add_explicit(credits, 1, memory_order_relaxed);
	return false;
}

QB_TEMPLATE void mpmc_ticket_give(_Atomic int64_t *credits)
{
	atomic_fetch_add_explicit(credits, 1, memory_order_release);
}

/* No credit.  True if the tickets say so, too: at the time of the first reading, `distance` lay
 * between the two.  Sequentially consistent, and the rising side second, so that it is a time. */
QB_COLD bool mpmc_ticket_is_so(struct mpmc_ticket *q, enum qb_role role, unsigned *looks)
{
	uint64_t tail, head;

	if (role == QB_PRODUCE) {
		tail = atomic_load_explicit(&q->tail, memory_order_seq_cst);
		head = atomic_load_explicit(&q->head, memory_order_seq_cst);
		if ((int64_t)(tail - head) >= (int64_t)q->capacity)
			return true;
	} else {
		head = atomic_load_explicit(&q->head, memory_order_seq_cst);
		tail = atomic_load_explicit(&q->tail, memory_order_seq_cst);
		if ((int64_t)(tail - head) <= 0)
			return true;
	}
	qb_await(looks);
	return false;
}

QB_TEMPLATE bool mpmc_ticket_admit(struct mpmc_ticket *q, enum qb_role role)
{
	_Atomic int64_t *credits = role == QB_PRODUCE ? &q->room : &q->there;
	unsigned looks = 0;

	while (qb_unlikely(!mpmc_ticket_take(credits)))
		if (mpmc_ticket_is_so(q, role, &looks))
			return false;
	return true;
}

QB_COLD void mpmc_ticket_await(struct mpmc_ticket_slot *slot, uint64_t turn)
{
	unsigned looks = 0;

	while (atomic_load_explicit(&slot->turn, memory_order_acquire) != turn)
		qb_await(&looks);
}

/* Acquire: pairs with the release at the end of the previous turn. */
QB_TEMPLATE void mpmc_ticket_begin(struct mpmc_ticket_slot *slot, uint64_t turn)
{
	if (qb_unlikely(atomic_load_explicit(&slot->turn, memory_order_acquire) != turn))
		mpmc_ticket_await(slot, turn);
}

QB_TEMPLATE bool mpmc_ticket_push(struct mpmc_ticket *q, void *handle, const void *message,
                                  const size_t size)
{
	struct mpmc_ticket_slot *slot;
	uint64_t ticket;

	(void)handle;
	if (qb_unlikely(!mpmc_ticket_admit(q, QB_PRODUCE)))
		return false;
	ticket = atomic_fetch_add_explicit(&q->tail, 1, memory_order_seq_cst);
	slot = mpmc_ticket_slot(q, ticket, size);
	mpmc_ticket_begin(slot, ticket);
	qb_message_copy(slot->message, message, size);
	/* Release: the message comes with the turn. */
	atomic_store_explicit(&slot->turn, ticket + 1, memory_order_release);
	mpmc_ticket_give(&q->there);
	return true;
}

QB_TEMPLATE bool mpmc_ticket_pop(struct mpmc_ticket *q, void *handle, void *message,
                                 const size_t size)
{
	struct mpmc_ticket_slot *slot;
	uint64_t ticket;

	(void)handle;
	if (qb_unlikely(!mpmc_ticket_admit(q, QB_CONSUME)))
		return false;
	ticket = atomic_fetch_add_explicit(&q->head, 1, memory_order_seq_cst);
	slot = mpmc_ticket_slot(q, ticket, size);
	mpmc_ticket_begin(slot, ticket + 1);
	qb_message_copy(message, slot->message, size);
	/* Release: our read of the message ends before the slot is free for the next lap. */
	atomic_store_explicit(&slot->turn, ticket + q->mask + 1, memory_order_release);
	mpmc_ticket_give(&q->room);
	return true;
}

QB_ABOUT(mpmc_ticket,
         "Gottlieb, Lubachevsky, Rudolph, TOPLAS 5(2), 1983; slots as in rigtorp/MPMCQueue", 64);
QB_QUEUE_WITH(mpmc_ticket, QB_MPMC | QB_BOUNDED, "credits and tickets, by fetch-and-add alone",
              QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_HAS(mpmc_ticket, about));
