/* mutex -- a ring behind a mutex, with condition variables: the yardstick for everything lock-free.
 *
 * Written as well as locks allow: producers and consumers sleep on a condition of their own,
 * whoever signals has first taken the sleeper off the count, so that nobody is signaled twice and
 * nobody at all when no one sleeps, and signals are sent after unlocking, so that the woken thread
 * does not run into the lock.  A batch is moved under one lock. */
#include <pthread.h>

#include <qbench.h>

struct mutex {
	QB_ALIGNED(QB_LINE) pthread_mutex_t lock;
	/* All further ones are used under the lock alone. */
	uint64_t head; /* both count up for ever */
	uint64_t tail;
	bool is_closed;
	size_t sleeping[QB_ROLE_COUNT]; /* not signaled yet */
	pthread_cond_t moved[QB_ROLE_COUNT];
	uint64_t wait_count;
	uint64_t signal_count;
	uint64_t capacity;
	uint64_t mask;
	char *slots;
};

static struct mutex *mutex_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct mutex *q = (struct mutex *)qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = (char *)qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return (struct mutex *)qb_fail(error, ENOMEM,
		                               "cannot allocate %zu slots of %zu bytes",
		                               shape->capacity, stride);
	}
	q->head = q->tail = shape->first_index;
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->moved[QB_PRODUCE], NULL);
	pthread_cond_init(&q->moved[QB_CONSUME], NULL);
	return q;
}

static void mutex_destroy(struct mutex *q)
{
	pthread_cond_destroy(&q->moved[QB_CONSUME]);
	pthread_cond_destroy(&q->moved[QB_PRODUCE]);
	pthread_mutex_destroy(&q->lock);
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

/* Takes up to `count` sleepers of `role` off the count: the caller signals as many, unlocked. */
QB_TEMPLATE size_t mutex_pick(struct mutex *q, enum qb_role role, size_t count)
{
	const size_t picked = count < q->sleeping[role] ? count : q->sleeping[role];

	q->sleeping[role] -= picked;
	q->signal_count += picked;
	return picked;
}

QB_TEMPLATE void mutex_unlock_and_wake(struct mutex *q, enum qb_role role, size_t picked)
{
	pthread_mutex_unlock(&q->lock);
	for (; qb_unlikely(picked != 0); picked--)
		pthread_cond_signal(&q->moved[role]);
}

/* Moves up to `count` messages in; locked. */
QB_TEMPLATE size_t mutex_put(struct mutex *q, const void *messages, size_t count, const size_t size)
{
	const uint64_t room = q->is_closed ? 0 : q->capacity - (q->tail - q->head);
	const uint64_t at = q->tail & q->mask, straight = q->mask + 1 - at;
	const uint64_t n = room < count ? room : count, first = n < straight ? n : straight;
	const size_t stride = qb_stride(size);

	qb_messages_copy(q->slots + at * stride, messages, first, size);
	qb_messages_copy(q->slots, (const char *)messages + first * stride, n - first, size);
	q->tail += n;
	return n;
}

/* Moves up to `count` messages out; locked. */
QB_TEMPLATE size_t mutex_take(struct mutex *q, void *messages, size_t count, const size_t size)
{
	const uint64_t there = q->tail - q->head;
	const uint64_t at = q->head & q->mask, straight = q->mask + 1 - at;
	const uint64_t n = there < count ? there : count, first = n < straight ? n : straight;
	const size_t stride = qb_stride(size);

	qb_messages_copy(messages, q->slots + at * stride, first, size);
	qb_messages_copy((char *)messages + first * stride, q->slots, n - first, size);
	q->head += n;
	return n;
}

QB_TEMPLATE size_t mutex_push_batch(struct mutex *q, void *handle, const void *messages,
                                    const size_t count, const size_t size)
{
	size_t n;

	(void)handle;
	pthread_mutex_lock(&q->lock);
	n = mutex_put(q, messages, count, size);
	mutex_unlock_and_wake(q, QB_CONSUME, mutex_pick(q, QB_CONSUME, n));
	return n;
}

QB_TEMPLATE size_t mutex_pop_batch(struct mutex *q, void *handle, void *messages,
                                   const size_t count, const size_t size)
{
	size_t n;

	(void)handle;
	pthread_mutex_lock(&q->lock);
	n = mutex_take(q, messages, count, size);
	mutex_unlock_and_wake(q, QB_PRODUCE, mutex_pick(q, QB_PRODUCE, n));
	return n;
}

QB_TEMPLATE bool mutex_push(struct mutex *q, void *handle, const void *message, const size_t size)
{
	return mutex_push_batch(q, handle, message, 1, size) == 1;
}

QB_TEMPLATE bool mutex_pop(struct mutex *q, void *handle, void *message, const size_t size)
{
	return mutex_pop_batch(q, handle, message, 1, size) == 1;
}

/* Locked.  Returns signaled, woken for no reason, or because the queue was closed: look again. */
static void mutex_sleep(struct mutex *q, enum qb_role role)
{
	q->sleeping[role]++;
	q->wait_count++;
	/* Woken for no reason, the thread stays on the count: a signal too many later, never one
	 * too few. */
	pthread_cond_wait(&q->moved[role], &q->lock);
}

static bool mutex_push_wait(struct mutex *q, void *handle, const void *message, size_t size)
{
	size_t n;

	(void)handle;
	pthread_mutex_lock(&q->lock);
	while ((n = mutex_put(q, message, 1, size)) == 0 && !q->is_closed)
		mutex_sleep(q, QB_PRODUCE);
	mutex_unlock_and_wake(q, QB_CONSUME, mutex_pick(q, QB_CONSUME, n));
	return n == 1;
}

static bool mutex_pop_wait(struct mutex *q, void *handle, void *message, size_t size)
{
	size_t n;

	(void)handle;
	pthread_mutex_lock(&q->lock);
	while ((n = mutex_take(q, message, 1, size)) == 0 && !q->is_closed)
		mutex_sleep(q, QB_CONSUME);
	mutex_unlock_and_wake(q, QB_PRODUCE, mutex_pick(q, QB_PRODUCE, n));
	return n == 1;
}

static void mutex_close(struct mutex *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_closed = true;
	q->sleeping[QB_PRODUCE] = q->sleeping[QB_CONSUME] = 0;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_broadcast(&q->moved[QB_PRODUCE]);
	pthread_cond_broadcast(&q->moved[QB_CONSUME]);
}

static bool mutex_closed(struct mutex *q)
{
	bool ended;

	pthread_mutex_lock(&q->lock);
	ended = q->is_closed && q->head == q->tail;
	pthread_mutex_unlock(&q->lock);
	return ended;
}

static void mutex_internals(struct mutex *q, uint64_t *ret_values)
{
	ret_values[0] = q->wait_count;
	ret_values[1] = q->signal_count;
}

QB_BATCH(mutex, mutex_push_batch, mutex_pop_batch);
QB_BLOCKING(mutex, mutex_push_wait, mutex_pop_wait);
QB_CLOSING(mutex, mutex_close, mutex_closed);
QB_INTERNALS(mutex, mutex_internals, "condition waits", "condition signals");
QB_ABOUT(mutex, "POSIX mutex and condition variables", 8);
QB_QUEUE_WITH(mutex, QB_MPMC | QB_BOUNDED, "ring behind a mutex, with condition variables",
              QB_HAS(mutex, batch), QB_NONE, QB_NONE, QB_HAS(mutex, blocking),
              QB_HAS(mutex, closing), QB_HAS(mutex, internals), QB_HAS(mutex, about));
