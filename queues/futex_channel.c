/* futex_channel -- a channel in Go's manner: one lock, a ring, and two lines of waiting threads.
 *
 * The design is that of the Go runtime (src/runtime/chan.go: hchan with its buffer, recvq, sendq).
 *
 * Who finds the channel full (or empty) gets in line and sleeps on a futex word of its own.  The
 * other side serves the line in order: a push hands its message straight to the first waiting pop,
 * a pop that makes room moves the first waiting push's message into the ring on its behalf.  So
 * nobody overtakes, and who is woken has nothing left to do.  The lock is a futex, too: three
 * states, so that releasing it costs a system call only if somebody sleeps on it.
 *
 * At capacity 0 there is no ring to go through: whoever comes second takes the message from, or
 * hands it to, the first of the other side's line, and who comes first waits.  A push has moved its
 * message once a pop has it, so a push that close finds in line has sent nothing.
 *
 * Under the lock these hold, which is why looking at one line is enough: at most one line has
 * somebody in it; pops wait only while the ring is empty, pushes only while it is full; and nobody
 * waits in a closed channel.  At capacity 0 the ring is both empty and full. */
#include <stdatomic.h>

#include <qbench.h>

enum futex_channel_lock { LOCK_FREE_NOW, LOCK_TAKEN, LOCK_CONTENDED };
enum futex_channel_outcome { OUTCOME_PENDING, OUTCOME_MOVED, OUTCOME_CLOSED };

/* One waiting thread, on its stack. */
struct futex_channel_waiter {
	struct futex_channel_waiter *next;
	void *message; /* to be sent, or to be filled */
	_Atomic uint32_t outcome;
};

struct futex_channel_line {
	struct futex_channel_waiter *first, *last;
};

struct futex_channel {
	QB_ALIGNED(QB_LINE) _Atomic uint32_t lock;
	/* All further ones under the lock. */
	QB_ALIGNED(QB_LINE) uint64_t head; /* both count up for ever */
	uint64_t tail;
	struct futex_channel_line lines[QB_ROLE_COUNT];
	uint64_t waits;
	uint64_t hand_offs;
	bool is_closed;
	uint64_t capacity;
	uint64_t mask;
	char *slots;
};

static struct futex_channel *futex_channel_create(const struct qb_shape *shape,
                                                  struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride); /* 1 at capacity 0, never used */
	struct futex_channel *q = qb_allocate(shape, sizeof(*q));

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

static void futex_channel_destroy(struct futex_channel *q)
{
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

QB_COLD void futex_channel_futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

/* Spins a little, because the lock is held for a few instructions; then sleeps.  From then on the
 * lock is taken as contended, since others may sleep with us. */
QB_COLD void futex_channel_lock_slowly(struct futex_channel *q)
{
	for (unsigned look = 0; look < 100; look++) {
		uint32_t found = LOCK_FREE_NOW;

		if (atomic_compare_exchange_weak_explicit(&q->lock, &found, LOCK_TAKEN,
		                                          memory_order_acquire,
		                                          memory_order_relaxed))
			return;
		qb_pause();
	}
	while (atomic_exchange_explicit(&q->lock, LOCK_CONTENDED, memory_order_acquire) !=
	       LOCK_FREE_NOW)
		futex_channel_futex(&q->lock, FUTEX_WAIT_PRIVATE, LOCK_CONTENDED);
}

QB_TEMPLATE void futex_channel_lock(struct futex_channel *q)
{
	uint32_t found = LOCK_FREE_NOW;

	/* Acquire: pairs with the release in unlock; what the last holder wrote comes with it. */
	if (qb_unlikely(!atomic_compare_exchange_strong_explicit(
		    &q->lock, &found, LOCK_TAKEN, memory_order_acquire, memory_order_relaxed)))
		futex_channel_lock_slowly(q);
}

QB_TEMPLATE void futex_channel_unlock(struct futex_channel *q)
{
	if (qb_unlikely(atomic_exchange_explicit(&q->lock, LOCK_FREE_NOW, memory_order_release) ==
	                LOCK_CONTENDED))
		futex_channel_futex(&q->lock, FUTEX_WAKE_PRIVATE, 1);
}

static void futex_channel_line_up(struct futex_channel_line *line,
                                  struct futex_channel_waiter *waiter)
{
	if (line->first)
		line->last->next = waiter;
	else
		line->first = waiter;
	line->last = waiter;
}

QB_TEMPLATE struct futex_channel_waiter *futex_channel_next(struct futex_channel_line *line)
{
	struct futex_channel_waiter *waiter = line->first;

	if (qb_unlikely(waiter != NULL))
		line->first = waiter->next;
	return waiter;
}

/* The waiter may be gone as soon as it sees its outcome; the wake then goes to an address where
 * nobody sleeps, which is harmless. */
QB_COLD void futex_channel_finish(struct futex_channel_waiter *waiter,
                                  enum futex_channel_outcome outcome)
{
	/* Release: the message is moved, and the waiter's `next` read, before its owner goes on and
	 * its stack is somebody else's. */
	atomic_store_explicit(&waiter->outcome, outcome, memory_order_release);
	futex_channel_futex(&waiter->outcome, FUTEX_WAKE_PRIVATE, 1);
}

QB_TEMPLATE char *futex_channel_slot(const struct futex_channel *q, uint64_t index,
                                     const size_t size)
{
	return q->slots + (index & q->mask) * qb_stride(size);
}

/* Locked.  *ret_served: a waiting pop that got the message, to be finished after unlocking. */
QB_TEMPLATE bool futex_channel_put(struct futex_channel *q, const void *message,
                                   struct futex_channel_waiter **ret_served, const size_t size)
{
	struct futex_channel_waiter *waiter;

	*ret_served = NULL;
	if (qb_unlikely(q->is_closed))
		return false;
	waiter = futex_channel_next(&q->lines[QB_CONSUME]);
	if (qb_unlikely(waiter != NULL)) {
		q->hand_offs++;
		qb_message_copy(waiter->message, message, size);
		*ret_served = waiter;
		return true;
	}
	if (qb_unlikely(q->tail - q->head == q->capacity))
		return false;
	qb_message_copy(futex_channel_slot(q, q->tail++, size), message, size);
	return true;
}

/* Locked, with an empty ring.  Somebody waits to send only at capacity 0: with slots the ring would
 * be full.  *ret_served: a waiting push whose message this pop took. */
QB_TEMPLATE bool futex_channel_meet(struct futex_channel *q, void *message,
                                    struct futex_channel_waiter **ret_served, const size_t size)
{
	struct futex_channel_waiter *waiter = futex_channel_next(&q->lines[QB_PRODUCE]);

	if (!waiter)
		return false;
	q->hand_offs++;
	qb_message_copy(message, waiter->message, size);
	*ret_served = waiter;
	return true;
}

/* Locked.  *ret_served: a waiting push whose message went into the room made here, or was taken. */
QB_TEMPLATE bool futex_channel_take(struct futex_channel *q, void *message,
                                    struct futex_channel_waiter **ret_served, const size_t size)
{
	struct futex_channel_waiter *waiter;

	*ret_served = NULL;
	if (qb_unlikely(q->tail == q->head))
		return futex_channel_meet(q, message, ret_served, size);
	qb_message_copy(message, futex_channel_slot(q, q->head++, size), size);
	waiter = futex_channel_next(&q->lines[QB_PRODUCE]);
	if (qb_unlikely(waiter != NULL)) {
		q->hand_offs++;
		qb_message_copy(futex_channel_slot(q, q->tail++, size), waiter->message, size);
		*ret_served = waiter;
	}
	return true;
}

QB_TEMPLATE void futex_channel_leave(struct futex_channel *q, struct futex_channel_waiter *served)
{
	futex_channel_unlock(q);
	if (qb_unlikely(served != NULL))
		futex_channel_finish(served, OUTCOME_MOVED);
}

QB_TEMPLATE bool futex_channel_push(struct futex_channel *q, void *handle, const void *message,
                                    const size_t size)
{
	struct futex_channel_waiter *served;

	(void)handle;
	futex_channel_lock(q);
	if (!futex_channel_put(q, message, &served, size)) {
		futex_channel_unlock(q);
		return false;
	}
	futex_channel_leave(q, served);
	return true;
}

QB_TEMPLATE bool futex_channel_pop(struct futex_channel *q, void *handle, void *message,
                                   const size_t size)
{
	struct futex_channel_waiter *served;

	(void)handle;
	futex_channel_lock(q);
	if (!futex_channel_take(q, message, &served, size)) {
		futex_channel_unlock(q);
		return false;
	}
	futex_channel_leave(q, served);
	return true;
}

/* Locked; unlocks.  Waits in line until served, or the channel is closed. */
static bool futex_channel_wait(struct futex_channel *q, enum qb_role role, void *message)
{
	struct futex_channel_waiter waiter = { NULL, message, OUTCOME_PENDING };
	uint32_t outcome;

	futex_channel_line_up(&q->lines[role], &waiter);
	q->waits++;
	futex_channel_unlock(q);
	/* Acquire: pairs with the release in finish.  Without it a pop could read its message's
	 * place before the push has written there, and a push could reuse its own while a pop still
	 * reads it.  No wake-up is lost: the kernel looks at the word again before it lets the
	 * thread sleep, and the word changes before the wake. */
	while ((outcome = atomic_load_explicit(&waiter.outcome, memory_order_acquire)) ==
	       OUTCOME_PENDING)
		futex_channel_futex(&waiter.outcome, FUTEX_WAIT_PRIVATE, OUTCOME_PENDING);
	return outcome == OUTCOME_MOVED;
}

static bool futex_channel_push_wait(struct futex_channel *q, void *handle, const void *message,
                                    size_t size)
{
	struct futex_channel_waiter *served;
	bool moved;

	(void)handle;
	futex_channel_lock(q);
	moved = futex_channel_put(q, message, &served, size);
	if (!moved && !q->is_closed)
		return futex_channel_wait(q, QB_PRODUCE, (void *)message);
	futex_channel_leave(q, served);
	return moved;
}

static bool futex_channel_pop_wait(struct futex_channel *q, void *handle, void *message,
                                   size_t size)
{
	struct futex_channel_waiter *served;
	bool moved;

	(void)handle;
	futex_channel_lock(q);
	moved = futex_channel_take(q, message, &served, size);
	if (!moved && !q->is_closed)
		return futex_channel_wait(q, QB_CONSUME, message);
	futex_channel_leave(q, served);
	return moved;
}

/* Sends both lines home: who waits to send has not sent, who waits to receive will not. */
static void futex_channel_close(struct futex_channel *q)
{
	struct futex_channel_waiter *waiter, *next;
	struct futex_channel_line lines[QB_ROLE_COUNT];

	futex_channel_lock(q);
	q->is_closed = true;
	memcpy(lines, q->lines, sizeof(lines));
	memset(q->lines, 0, sizeof(q->lines));
	futex_channel_unlock(q);
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		for (waiter = lines[role].first; waiter; waiter = next) {
			next = waiter->next; /* before it is gone */
			futex_channel_finish(waiter, OUTCOME_CLOSED);
		}
	}
}

static bool futex_channel_closed(struct futex_channel *q)
{
	bool ended;

	futex_channel_lock(q);
	ended = q->is_closed && q->tail == q->head;
	futex_channel_unlock(q);
	return ended;
}

static void futex_channel_internals(struct futex_channel *q, uint64_t *ret_values)
{
	ret_values[0] = q->waits;
	ret_values[1] = q->hand_offs;
}

QB_BLOCKING(futex_channel, futex_channel_push_wait, futex_channel_pop_wait);
QB_CLOSING(futex_channel, futex_channel_close, futex_channel_closed);
QB_INTERNALS(futex_channel, futex_channel_internals, "waits in line", "hand-offs");
QB_ABOUT(futex_channel,
         "channels as in Go's runtime (chan.go); lock: Drepper, Futexes Are Tricky, 2011", 8);
QB_QUEUE_WITH(futex_channel, QB_MPMC | QB_BOUNDED | QB_RENDEZVOUS,
              "Go-like channel, handing over to who waits", QB_NONE, QB_NONE, QB_NONE,
              QB_HAS(futex_channel, blocking), QB_HAS(futex_channel, closing),
              QB_HAS(futex_channel, internals), QB_HAS(futex_channel, about));
