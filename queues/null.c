/* null -- shares nothing: what the measured loop and the proof cost by themselves.
 *
 * push takes a message and drops it; pop hands each consumer a well-formed stream of its own, from
 * sequence number 0 on, under the registration `consumer index + 1`.  The empty assembler
 * statements say that the bytes are used, or have come from elsewhere: without them the compiler
 * would prove that what it wrote is what it reads, and delete the loop that is to be measured. */
#include <qbench.h>

struct null {
	struct qb_shape shape;
	size_t span_limit; /* messages of scratch memory per handle */
};

/* One thread's; nobody else reads it. */
struct QB_ALIGNED(QB_LINE) null_handle {
	uint64_t next_identity;
	size_t span_limit;
	char *span; /* what reserve and peek hand out */
};

#define NULL_SPAN_MAX 1024 /* messages; so that spans stay in the first-level cache */

static struct null *null_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct null *q = (struct null *)qb_allocate(shape, sizeof(*q));

	if (!q)
		return (struct null *)qb_fail(error, ENOMEM, "out of memory");
	q->shape = *shape;
	q->span_limit = shape->capacity < NULL_SPAN_MAX ? shape->capacity : NULL_SPAN_MAX;
	return q;
}

static void null_destroy(struct null *q) { qb_deallocate(q); }

static void null_detach(struct null *q, enum qb_role role, void *handle)
{
	struct null_handle *own = (struct null_handle *)handle;

	(void)q;
	(void)role;
	qb_deallocate(own->span);
	qb_deallocate(own);
}

static void *null_attach(struct null *q, enum qb_role role, unsigned index, struct qb_error *error)
{
	const size_t span_size = q->span_limit * qb_stride(q->shape.message_size);
	struct null_handle *own = (struct null_handle *)qb_allocate(&q->shape, sizeof(*own));

	if (own)
		own->span = (char *)qb_allocate(&q->shape, span_size);
	if (!own || !own->span) {
		qb_deallocate(own);
		return qb_fail(error, ENOMEM, "cannot allocate %zu bytes of scratch", span_size);
	}
	own->next_identity = role == QB_CONSUME ? qb_identity(index + 1, 0) : 0;
	own->span_limit = q->span_limit;
	return own;
}

/* To the compiler: whatever lies at `message` is read here, and is something else afterwards. */
QB_TEMPLATE void null_touch(const void *message)
{
	__asm__ __volatile__("" : : "r"(message) : "memory");
}

QB_TEMPLATE bool null_push(struct null *q, void *handle, const void *message, const size_t size)
{
	(void)q;
	(void)handle;
	(void)size;
	null_touch(message);
	return true;
}

QB_TEMPLATE void null_fill(struct null_handle *own, void *messages, size_t count, const size_t size)
{
	qb_write_run(messages, count, size, own->next_identity);
	own->next_identity += count;
	null_touch(messages);
}

QB_TEMPLATE bool null_pop(struct null *q, void *handle, void *message, const size_t size)
{
	struct null_handle *own = (struct null_handle *)handle;

	(void)q;
	qb_message_write(message, size, own->next_identity++);
	null_touch(message);
	return true;
}

QB_TEMPLATE size_t null_push_batch(struct null *q, void *handle, const void *messages,
                                   const size_t count, const size_t size)
{
	(void)q;
	(void)handle;
	(void)size;
	null_touch(messages);
	return count;
}

QB_TEMPLATE size_t null_pop_batch(struct null *q, void *handle, void *messages, const size_t count,
                                  const size_t size)
{
	(void)q;
	null_fill((struct null_handle *)handle, messages, count, size);
	return count;
}

QB_TEMPLATE void *null_reserve(struct null *q, void *handle, const size_t want, size_t *got,
                               const size_t size)
{
	struct null_handle *own = (struct null_handle *)handle;

	(void)q;
	(void)size;
	*got = want < own->span_limit ? want : own->span_limit;
	return own->span;
}

QB_TEMPLATE void null_commit(struct null *q, void *handle, const size_t used, const size_t size)
{
	(void)q;
	(void)used;
	(void)size;
	null_touch(((struct null_handle *)handle)->span);
}

/* The stream goes on at release: what was peeked and not released comes again. */
QB_TEMPLATE const void *null_peek(struct null *q, void *handle, const size_t want, size_t *got,
                                  const size_t size)
{
	struct null_handle *own = (struct null_handle *)handle;

	(void)q;
	*got = want < own->span_limit ? want : own->span_limit;
	qb_write_run(own->span, *got, size, own->next_identity);
	null_touch(own->span);
	return own->span;
}

QB_TEMPLATE void null_release(struct null *q, void *handle, const size_t used, const size_t size)
{
	(void)q;
	(void)size;
	((struct null_handle *)handle)->next_identity += used;
}

QB_HANDLES(null, null_attach, null_detach);
QB_BATCH(null, null_push_batch, null_pop_batch);
QB_ZEROCOPY(null, null_reserve, null_commit, null_peek, null_release);
QB_ABOUT(null, "floor: the loop and the proof alone", 0);
QB_QUEUE_WITH(null, QB_FLOOR | QB_ORDER_PER_PRODUCER | QB_WAIT_FREE, "floor: threads share nothing",
              QB_HAS(null, batch), QB_HAS(null, zerocopy), QB_HAS(null, handles), QB_NONE, QB_NONE,
              QB_NONE, QB_HAS(null, about));
