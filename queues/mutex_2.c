/* mutex_2 -- a ring with a lock for each end, so that a push and a pop do not wait for each other.
 *
 * Michael and Scott's two-lock queue laid on a ring: a side works under its own lock and publishes
 * its index atomically.  To wake a sleeper one has to take the lock of the other side; that happens
 * only if one has counted itself in, by the hand-over of qbench_bell.h: publish, fence, look for
 * sleepers; count oneself in, fence, look at the index. */
#include <pthread.h>
#include <stdatomic.h>

#include <qbench.h>

/* One end. */
struct mutex_2_side {
	QB_ALIGNED(QB_LINE) pthread_mutex_t lock;
	_Atomic uint64_t index;    /* messages moved; written under the lock */
	_Atomic unsigned sleepers; /* written under the lock */
	uint64_t waits, signals;   /* under the lock */
	pthread_cond_t woken;
};

struct mutex_2 {
	struct mutex_2_side sides[QB_ROLE_COUNT];
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	bool asymmetric; /* see qb_fence_light */
	bool is_closed;  /* written under both locks, read under one */
	char *slots;
};

static void mutex_2_destroy(struct mutex_2 *q)
{
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		pthread_cond_destroy(&q->sides[role].woken);
		pthread_mutex_destroy(&q->sides[role].lock);
	}
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

static struct mutex_2 *mutex_2_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct mutex_2 *q = qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	q->asymmetric = qb_fence_is_asymmetric();
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		pthread_mutex_init(&q->sides[role].lock, NULL);
		pthread_cond_init(&q->sides[role].woken, NULL);
		atomic_init(&q->sides[role].index, shape->first_index);
	}
	return q;
}

/* Copies messages in or out, from `index` on; none of them across the ring's end. */
QB_TEMPLATE void mutex_2_copy(struct mutex_2 *q, const enum qb_role role, uint64_t index,
                              char *messages, uint64_t count, const size_t size)
{
	char *slots = q->slots + (index & q->mask) * qb_stride(size);

	if (role == QB_PRODUCE)
		qb_messages_copy(slots, messages, count, size);
	else
		qb_messages_copy(messages, slots, count, size);
}

/* Moves up to `count` messages; under the lock of `role`. */
QB_TEMPLATE size_t mutex_2_move(struct mutex_2 *q, const enum qb_role role, void *messages,
                                const size_t count, const size_t size)
{
	struct mutex_2_side *own = &q->sides[role], *other = &q->sides[!role];
	/* Relaxed: written under the lock that we hold.  Acquire: pairs with the release below, of
	 * the other side: its copying of the slots is done. */
	const uint64_t index = atomic_load_explicit(&own->index, memory_order_relaxed);
	const uint64_t opposite = atomic_load_explicit(&other->index, memory_order_acquire);
	const uint64_t left =
		role == QB_PRODUCE ? q->capacity - (index - opposite) : opposite - index;
	const uint64_t n = left < count ? left : count;
	const uint64_t straight = q->mask + 1 - (index & q->mask);
	const uint64_t part = n < straight ? n : straight;

	if (role == QB_PRODUCE && q->is_closed)
		return 0;
	mutex_2_copy(q, role, index, messages, part, size);
	mutex_2_copy(q, role, index + part, (char *)messages + part * qb_stride(size), n - part,
	             size);
	atomic_store_explicit(&own->index, index + n, memory_order_release);
	return n;
}

/* `count` messages have moved, and the lock of `role` is released: wakes who sleeps for them. */
QB_COLD void mutex_2_wake(struct mutex_2 *q, enum qb_role role, size_t count)
{
	struct mutex_2_side *other = &q->sides[!role];

	/* Under the lock: a sleeper that has counted itself in is then in pthread_cond_wait. */
	pthread_mutex_lock(&other->lock);
	other->signals++;
	if (count == 1)
		pthread_cond_signal(&other->woken);
	else
		pthread_cond_broadcast(&other->woken);
	pthread_mutex_unlock(&other->lock);
}

QB_TEMPLATE void mutex_2_finish(struct mutex_2 *q, const enum qb_role role, size_t count)
{
	pthread_mutex_unlock(&q->sides[role].lock);
	if (count == 0)
		return;
	/* Orders our index before the look.  Partner: the heavy fence in mutex_2_sleep. */
	qb_fence_light(q->asymmetric);
	if (qb_unlikely(atomic_load_explicit(&q->sides[!role].sleepers, memory_order_relaxed) != 0))
		mutex_2_wake(q, role, count);
}

QB_TEMPLATE size_t mutex_2_try(struct mutex_2 *q, const enum qb_role role, void *messages,
                               const size_t count, const size_t size)
{
	size_t n;

	pthread_mutex_lock(&q->sides[role].lock);
	n = mutex_2_move(q, role, messages, count, size);
	mutex_2_finish(q, role, n);
	return n;
}

QB_TEMPLATE size_t mutex_2_push_batch(struct mutex_2 *q, void *handle, const void *messages,
                                      const size_t count, const size_t size)
{
	(void)handle;
	return mutex_2_try(q, QB_PRODUCE, (void *)messages, count, size);
}

QB_TEMPLATE size_t mutex_2_pop_batch(struct mutex_2 *q, void *handle, void *messages,
                                     const size_t count, const size_t size)
{
	(void)handle;
	return mutex_2_try(q, QB_CONSUME, messages, count, size);
}

QB_TEMPLATE bool mutex_2_push(struct mutex_2 *q, void *handle, const void *message,
                              const size_t size)
{
	return mutex_2_push_batch(q, handle, message, 1, size) == 1;
}

QB_TEMPLATE bool mutex_2_pop(struct mutex_2 *q, void *handle, void *message, const size_t size)
{
	return mutex_2_pop_batch(q, handle, message, 1, size) == 1;
}

/* Under the lock of `role`.  Returns 1 if the message has moved after all; else we have slept. */
static size_t mutex_2_sleep(struct mutex_2 *q, enum qb_role role, void *message, size_t size)
{
	struct mutex_2_side *own = &q->sides[role];
	size_t n;

	/* Relaxed: ordered before the look at the other side's index by the fence. */
	atomic_fetch_add_explicit(&own->sleepers, 1, memory_order_relaxed);
	qb_fence_heavy(q->asymmetric);
	n = mutex_2_move(q, role, message, 1, size);
	if (n == 0 && !q->is_closed) {
		own->waits++;
		pthread_cond_wait(&own->woken, &own->lock);
	}
	atomic_fetch_sub_explicit(&own->sleepers, 1, memory_order_relaxed);
	return n;
}

static bool mutex_2_wait(struct mutex_2 *q, enum qb_role role, void *message, size_t size)
{
	size_t n;

	pthread_mutex_lock(&q->sides[role].lock);
	n = mutex_2_move(q, role, message, 1, size);
	while (n == 0 && !q->is_closed) {
		n = mutex_2_sleep(q, role, message, size);
		if (n == 0)
			n = mutex_2_move(q, role, message, 1, size);
	}
	mutex_2_finish(q, role, n);
	return n == 1;
}

static bool mutex_2_push_wait(struct mutex_2 *q, void *handle, const void *message, size_t size)
{
	(void)handle;
	return mutex_2_wait(q, QB_PRODUCE, (void *)message, size);
}

static bool mutex_2_pop_wait(struct mutex_2 *q, void *handle, void *message, size_t size)
{
	(void)handle;
	return mutex_2_wait(q, QB_CONSUME, message, size);
}

/* Under both locks: no push is under way, and no pop is between its look and its sleep. */
static void mutex_2_close(struct mutex_2 *q)
{
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		pthread_mutex_lock(&q->sides[role].lock);
	q->is_closed = true;
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		pthread_cond_broadcast(&q->sides[role].woken);
		pthread_mutex_unlock(&q->sides[role].lock);
	}
}

static bool mutex_2_closed(struct mutex_2 *q)
{
	bool ended;

	pthread_mutex_lock(&q->sides[QB_CONSUME].lock);
	ended = q->is_closed && atomic_load(&q->sides[QB_PRODUCE].index) ==
	                                atomic_load(&q->sides[QB_CONSUME].index);
	pthread_mutex_unlock(&q->sides[QB_CONSUME].lock);
	return ended;
}

static void mutex_2_internals(struct mutex_2 *q, uint64_t *ret_values)
{
	ret_values[0] = q->sides[QB_PRODUCE].waits + q->sides[QB_CONSUME].waits;
	ret_values[1] = q->sides[QB_PRODUCE].signals + q->sides[QB_CONSUME].signals;
}

QB_BATCH(mutex_2, mutex_2_push_batch, mutex_2_pop_batch);
QB_BLOCKING(mutex_2, mutex_2_push_wait, mutex_2_pop_wait);
QB_CLOSING(mutex_2, mutex_2_close, mutex_2_closed);
QB_INTERNALS(mutex_2, mutex_2_internals, "condition waits", "condition signals");
QB_ABOUT(mutex_2, "the two-lock queue of Michael and Scott, PODC 1996, on a ring", 8);
QB_QUEUE_WITH(mutex_2, QB_MPMC | QB_BOUNDED, "ring with a mutex for each end",
              QB_HAS(mutex_2, batch), QB_NONE, QB_NONE, QB_HAS(mutex_2, blocking),
              QB_HAS(mutex_2, closing), QB_HAS(mutex_2, internals), QB_HAS(mutex_2, about));
