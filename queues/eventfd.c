/* eventfd -- a ring in memory with a doorbell of the kernel's for each side, as virtual devices
 * have it.
 *
 * Messages cross in a ring with cached indices; an eventfd(2) is written only to a side that has
 * said it sleeps (notification suppression), read only by one that goes to sleep.  Between threads
 * a futex does the same for less; an eventfd also works with poll, and between processes.
 *
 * The hand-over is that of qbench_bell.h, with the eventfd in the futex's place.  Closing asks "is
 * a push under way?" by what the producer announces before it looks whether the ring is closed. */
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <qbench.h>

#define LOOKS 64 /* before a thread goes to sleep */

struct eventfd_bell {
	_Atomic uint32_t armed;
	int fd;
};

struct eventfd {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t announced; /* the producer's: tail to come */
	uint64_t head_copy;
	uint64_t producer_sleeps, producer_rings;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail;
	struct eventfd_bell for_consumer;
	_Atomic bool is_closed;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head;
	struct eventfd_bell for_producer;
	QB_ALIGNED(QB_LINE) uint64_t tail_copy; /* the consumer's own */
	uint64_t consumer_sleeps, consumer_rings;
	bool has_ended;
	QB_ALIGNED(QB_LINE) uint64_t capacity;
	uint64_t mask;
	char *slots;
	bool asymmetric; /* see qb_fence_light */
};

static void eventfd_destroy(struct eventfd *q)
{
	close(q->for_consumer.fd);
	close(q->for_producer.fd);
	qb_deallocate(q->slots);
	qb_deallocate(q);
}

static struct eventfd *eventfd_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t slot_count = qb_ring_slots(shape, stride);
	struct eventfd *q = qb_allocate(shape, sizeof(*q));

	if (q && slot_count != 0)
		q->slots = qb_allocate(shape, slot_count * stride);
	if (!q || !q->slots) {
		qb_deallocate(q);
		return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes",
		               shape->capacity, stride);
	}
	q->for_consumer.fd = eventfd(0, EFD_CLOEXEC);
	q->for_producer.fd = eventfd(0, EFD_CLOEXEC);
	if (q->for_consumer.fd < 0 || q->for_producer.fd < 0) {
		qb_fail(error, errno, "cannot open an eventfd: %s", strerror(errno));
		eventfd_destroy(q);
		return NULL;
	}
	q->capacity = shape->capacity;
	q->mask = slot_count - 1;
	q->asymmetric = qb_fence_is_asymmetric();
	atomic_init(&q->announced, shape->first_index);
	atomic_init(&q->tail, shape->first_index);
	atomic_init(&q->head, shape->first_index);
	q->head_copy = q->tail_copy = shape->first_index;
	return q;
}

/* Of several who ring for one sleep, one writes. */
QB_COLD uint64_t eventfd_ring(struct eventfd_bell *bell)
{
	const uint64_t one = 1;

	if (atomic_exchange_explicit(&bell->armed, 0, memory_order_acq_rel) == 0)
		return 0;
	if (write(bell->fd, &one, sizeof(one)) < 0)
		abort(); /* cannot be: a counter far from its end */
	return 1;
}

/* Orders what was published before the look.  Partner: the heavy fence in eventfd_arm. */
QB_TEMPLATE uint64_t eventfd_ring_if_armed(const struct eventfd *q, struct eventfd_bell *bell)
{
	qb_fence_light(q->asymmetric);
	if (qb_likely(atomic_load_explicit(&bell->armed, memory_order_relaxed) == 0))
		return 0;
	return eventfd_ring(bell);
}

static void eventfd_arm(const struct eventfd *q, struct eventfd_bell *bell)
{
	atomic_store_explicit(&bell->armed, 1, memory_order_relaxed);
	qb_fence_heavy(q->asymmetric);
}

/* A ring that came too late for an earlier sleep ends this one early; the caller looks again. */
static uint64_t eventfd_sleep(struct eventfd_bell *bell)
{
	uint64_t count;

	while (read(bell->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	return 1;
}

static void eventfd_disarm(struct eventfd_bell *bell)
{
	atomic_store_explicit(&bell->armed, 0, memory_order_relaxed);
}

QB_TEMPLATE bool eventfd_is_closed(const struct eventfd *q)
{
	return atomic_load_explicit(&q->is_closed, memory_order_relaxed);
}

/* Room for one more; looks at the shared head only if the copy says full. */
QB_TEMPLATE bool eventfd_has_room(struct eventfd *q, uint64_t tail)
{
	if (qb_unlikely(tail - q->head_copy == q->capacity))
		/* Acquire: pairs with the release in pop; the slot has been read. */
		q->head_copy = atomic_load_explicit(&q->head, memory_order_acquire);
	return tail - q->head_copy != q->capacity;
}

QB_TEMPLATE bool eventfd_push(struct eventfd *q, void *handle, const void *message,
                              const size_t size)
{
	const uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	(void)handle;
	if (qb_unlikely(!eventfd_has_room(q, tail)))
		return false;
	atomic_store_explicit(&q->announced, tail + 1, memory_order_relaxed);
	/* Orders the announcement before the look at is_closed.  Partner: the heavy fence in
	 * eventfd_closed. */
	qb_fence_light(q->asymmetric);
	if (qb_unlikely(eventfd_is_closed(q))) {
		atomic_store_explicit(&q->announced, tail, memory_order_release);
		return false;
	}
	qb_message_copy(q->slots + (tail & q->mask) * qb_stride(size), message, size);
	/* Release: the consumer must see the slot before it sees the new tail. */
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	q->producer_rings += eventfd_ring_if_armed(q, &q->for_consumer);
	return true;
}

QB_TEMPLATE bool eventfd_has_message(struct eventfd *q, uint64_t head)
{
	if (head == q->tail_copy)
		/* Acquire: pairs with the release in push; the slot comes with the tail. */
		q->tail_copy = atomic_load_explicit(&q->tail, memory_order_acquire);
	return head != q->tail_copy;
}

QB_TEMPLATE bool eventfd_pop(struct eventfd *q, void *handle, void *message, const size_t size)
{
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	(void)handle;
	if (qb_unlikely(!eventfd_has_message(q, head)))
		return false;
	qb_message_copy(message, q->slots + (head & q->mask) * qb_stride(size), size);
	/* Release: our read of the slot must end before the producer may reuse it. */
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
	q->consumer_rings += eventfd_ring_if_armed(q, &q->for_producer);
	return true;
}

static void eventfd_close(struct eventfd *q)
{
	atomic_store_explicit(&q->is_closed, true, memory_order_release);
	/* Orders is_closed before the bells.  Partners: the eventfd_arm of both sleepers. */
	qb_fence_heavy(q->asymmetric);
	eventfd_ring(&q->for_consumer);
	eventfd_ring(&q->for_producer);
}

static bool eventfd_closed(struct eventfd *q)
{
	uint64_t announced;

	if (!atomic_load_explicit(&q->is_closed, memory_order_acquire))
		return false;
	/* From here on, a push that is not announced yet will find the ring closed.  It announces
	 * all the same before it does, so the end is remembered. */
	qb_fence_heavy(q->asymmetric);
	announced = atomic_load_explicit(&q->announced, memory_order_acquire);
	if (announced == atomic_load_explicit(&q->tail, memory_order_acquire) &&
	    announced == atomic_load_explicit(&q->head, memory_order_relaxed))
		q->has_ended = true;
	return q->has_ended;
}

static bool eventfd_push_wait(struct eventfd *q, void *handle, const void *message, size_t size)
{
	const uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	for (unsigned look = 1; !eventfd_push(q, handle, message, size); look++) {
		if (eventfd_is_closed(q))
			return false;
		qb_pause();
		if (look % LOOKS != 0)
			continue;
		eventfd_arm(q, &q->for_producer);
		if (eventfd_has_room(q, tail) || eventfd_is_closed(q))
			eventfd_disarm(&q->for_producer);
		else
			q->producer_sleeps += eventfd_sleep(&q->for_producer);
	}
	return true;
}

static bool eventfd_pop_wait(struct eventfd *q, void *handle, void *message, size_t size)
{
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	for (unsigned look = 1; !eventfd_pop(q, handle, message, size); look++) {
		if (eventfd_closed(q))
			return false;
		qb_pause();
		if (look % LOOKS != 0)
			continue;
		eventfd_arm(q, &q->for_consumer);
		if (eventfd_has_message(q, head) || eventfd_is_closed(q))
			eventfd_disarm(&q->for_consumer);
		else
			q->consumer_sleeps += eventfd_sleep(&q->for_consumer);
	}
	return true;
}

static void eventfd_internals(struct eventfd *q, uint64_t *ret_values)
{
	ret_values[0] = q->producer_sleeps + q->consumer_sleeps;
	ret_values[1] = q->producer_rings + q->consumer_rings;
}

QB_BLOCKING(eventfd, eventfd_push_wait, eventfd_pop_wait);
QB_CLOSING(eventfd, eventfd_close, eventfd_closed);
QB_INTERNALS(eventfd, eventfd_internals, "sleeps", "rings");
QB_ABOUT(eventfd, "eventfd(2); doorbells with suppression as in VIRTIO 1.2, section 2.7", 8);
QB_QUEUE_WITH(eventfd, QB_SPSC | QB_BOUNDED | QB_WAIT_FREE,
              "ring with an eventfd as each side's doorbell", QB_NONE, QB_NONE, QB_NONE,
              QB_HAS(eventfd, blocking), QB_HAS(eventfd, closing), QB_HAS(eventfd, internals),
              QB_HAS(eventfd, about));
