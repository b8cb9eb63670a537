/* faa -- one fetch-and-add on one shared line per operation, and nothing else.
 *
 * The floor of every queue whose operations all modify one shared word.  Beyond that word it is
 * `null`: push takes a message and drops it, pop hands each consumer a well-formed stream of its
 * own, from sequence number 0 on, under the registration `consumer index + 1`.  The empty assembler
 * statements keep the compiler from proving that what was written is what is read. */
#include <stdatomic.h>

#include <qbench.h>

struct faa {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t ticket; /* alone on its line */
	QB_ALIGNED(QB_LINE) struct qb_shape shape;
	size_t span_limit; /* messages of scratch memory per handle */
};

/* One thread's; nobody else reads it. */
struct QB_ALIGNED(QB_LINE) faa_handle {
	uint64_t next_identity;
	size_t span_limit;
	char *span; /* what reserve and peek hand out */
};

#define FAA_SPAN_MAX 1024 /* messages; so that spans stay in the first-level cache */

static struct faa *faa_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct faa *q = (struct faa *)qb_allocate(shape, sizeof(*q));

	if (!q)
		return (struct faa *)qb_fail(error, ENOMEM, "out of memory");
	q->shape = *shape;
	q->span_limit = shape->capacity < FAA_SPAN_MAX ? shape->capacity : FAA_SPAN_MAX;
	return q;
}

static void faa_destroy(struct faa *q) { qb_deallocate(q); }

static void faa_detach(struct faa *q, enum qb_role role, void *handle)
{
	struct faa_handle *own = (struct faa_handle *)handle;

	(void)q;
	(void)role;
	qb_deallocate(own->span);
	qb_deallocate(own);
}

static void *faa_attach(struct faa *q, enum qb_role role, unsigned index, struct qb_error *error)
{
	const size_t span_size = q->span_limit * qb_stride(q->shape.message_size);
	struct faa_handle *own = (struct faa_handle *)qb_allocate(&q->shape, sizeof(*own));

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

/* Relaxed: the ticket orders nothing; it is here for what it costs. */
QB_TEMPLATE void faa_draw(struct faa *q)
{
	atomic_fetch_add_explicit(&q->ticket, 1, memory_order_relaxed);
}

/* To the compiler: whatever lies at `message` is read here, and is something else afterwards. */
QB_TEMPLATE void faa_touch(const void *message)
{
	__asm__ __volatile__("" : : "r"(message) : "memory");
}

QB_TEMPLATE bool faa_push(struct faa *q, void *handle, const void *message, const size_t size)
{
	(void)handle;
	(void)size;
	faa_draw(q);
	faa_touch(message);
	return true;
}

QB_TEMPLATE void faa_fill(struct faa_handle *own, void *messages, size_t count, const size_t size)
{
	qb_write_run(messages, count, size, own->next_identity);
	own->next_identity += count;
	faa_touch(messages);
}

QB_TEMPLATE bool faa_pop(struct faa *q, void *handle, void *message, const size_t size)
{
	struct faa_handle *own = (struct faa_handle *)handle;

	faa_draw(q);
	qb_message_write(message, size, own->next_identity++);
	faa_touch(message);
	return true;
}

QB_TEMPLATE size_t faa_push_batch(struct faa *q, void *handle, const void *messages,
                                  const size_t count, const size_t size)
{
	(void)handle;
	(void)size;
	faa_draw(q);
	faa_touch(messages);
	return count;
}

QB_TEMPLATE size_t faa_pop_batch(struct faa *q, void *handle, void *messages, const size_t count,
                                 const size_t size)
{
	faa_draw(q);
	faa_fill((struct faa_handle *)handle, messages, count, size);
	return count;
}

QB_TEMPLATE void *faa_reserve(struct faa *q, void *handle, const size_t want, size_t *got,
                              const size_t size)
{
	struct faa_handle *own = (struct faa_handle *)handle;

	(void)size;
	faa_draw(q);
	*got = want < own->span_limit ? want : own->span_limit;
	return own->span;
}

QB_TEMPLATE void faa_commit(struct faa *q, void *handle, const size_t used, const size_t size)
{
	(void)q;
	(void)used;
	(void)size;
	faa_touch(((struct faa_handle *)handle)->span);
}

/* The stream goes on at release: what was peeked and not released comes again. */
QB_TEMPLATE const void *faa_peek(struct faa *q, void *handle, const size_t want, size_t *got,
                                 const size_t size)
{
	struct faa_handle *own = (struct faa_handle *)handle;

	faa_draw(q);
	*got = want < own->span_limit ? want : own->span_limit;
	qb_write_run(own->span, *got, size, own->next_identity);
	faa_touch(own->span);
	return own->span;
}

QB_TEMPLATE void faa_release(struct faa *q, void *handle, const size_t used, const size_t size)
{
	(void)q;
	(void)size;
	((struct faa_handle *)handle)->next_identity += used;
}

QB_HANDLES(faa, faa_attach, faa_detach);
QB_BATCH(faa, faa_push_batch, faa_pop_batch);
QB_ZEROCOPY(faa, faa_reserve, faa_commit, faa_peek, faa_release);
QB_ABOUT(faa, "floor: one contended atomic per operation", 0);
QB_QUEUE_WITH(faa, QB_FLOOR | QB_ORDER_PER_PRODUCER | QB_WAIT_FREE,
              "floor: one fetch-and-add on one shared line per operation", QB_HAS(faa, batch),
              QB_HAS(faa, zerocopy), QB_HAS(faa, handles), QB_NONE, QB_NONE, QB_NONE,
              QB_HAS(faa, about));
