/* qbench_queue.h -- the macros that turn a file's functions into a queue: they stamp the measured
 * loops with its operations and every size class, and hand the descriptor to the linker.
 *
 * Things learned, to be kept: the section's name must differ from every symbol (assemblers refuse
 * a function of the section's name).  A catalog is an exported object, because dlsym to a function
 * pointer is not ISO C.  lld with --gc-sections would need `retain`; it is not used here. */
#ifndef QBENCH_QUEUE_H
#define QBENCH_QUEUE_H

#include "qbench_lane.h"
#include "qbench_loops.h"
#include "qbench_timed.h"

/* False: a queue of words, asked for another size. */
QB_PUBLIC_INLINE bool qb_queue_carries(const struct qb_single *single, size_t message_size)
{
	return message_size == 8 || single->loops.of[QB_SIZE_CLASS_ANY][QB_PRODUCE] != NULL;
}

/* clang-format off */

/* Stamps both loops of one size class, and names them for the table. */
#define QB_STAMP_(id, api_name, API, class_name, size, a, b, c, d, e, f, g, h) \
	static void id##_##api_name##_produce_##class_name(struct qb_worker *w) \
	{ qb_produce(w, API, size, a, b, c, d); } \
	static void id##_##api_name##_consume_##class_name(struct qb_worker *w) \
	{ qb_consume(w, API, size, e, f, g, h); }
#define QB_STAMPED_(id, api_name, class_name) \
	{ id##_##api_name##_produce_##class_name, id##_##api_name##_consume_##class_name }

#define QB_STAMP_ALL_(id, n, API, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 8, 8, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 16, 16, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 32, 32, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 64, 64, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 128, 128, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, 256, 256, a, b, c, d, e, f, g, h) \
	QB_STAMP_(id, n, API, any, 0, a, b, c, d, e, f, g, h)
#define QB_STAMPED_ALL_(id, n) \
	{ { QB_STAMPED_(id, n, 8), QB_STAMPED_(id, n, 16), QB_STAMPED_(id, n, 32), \
	    QB_STAMPED_(id, n, 64), QB_STAMPED_(id, n, 128), QB_STAMPED_(id, n, 256), \
	    QB_STAMPED_(id, n, any) } }

/* The timed loops of one size class, and of all. */
#define QB_STAMP_TIMED_(id, class_name, size) \
	static void id##_timed_produce_##class_name(struct qb_worker *w) \
	{ qb_produce_timed(w, size, id##_qb_push); } \
	static void id##_timed_consume_##class_name(struct qb_worker *w) \
	{ qb_consume_timed(w, size, id##_qb_pop); }
#define QB_STAMP_TIMED_ALL_(id) \
	QB_STAMP_TIMED_(id, 8, 8) \
	QB_STAMP_TIMED_(id, 16, 16) \
	QB_STAMP_TIMED_(id, 32, 32) \
	QB_STAMP_TIMED_(id, 64, 64) \
	QB_STAMP_TIMED_(id, 128, 128) \
	QB_STAMP_TIMED_(id, 256, 256) \
	QB_STAMP_TIMED_(id, any, 0) \
	static const struct qb_loops id##_qb_timed = QB_STAMPED_ALL_(id, timed)

/* QB_BATCH(id, push_batch, pop_batch): `size_t push_batch(struct id *, void *handle, const void
 * *messages, size_t count, size_t size)` and its like become the batch group. */
#define QB_BATCH(id, PUSH_BATCH, POP_BATCH) \
	QB_TEMPLATE size_t id##_qb_push_batch(void *q, void *h, const void *m, const size_t n, \
	                                      const size_t s) \
	{ return PUSH_BATCH((struct id *)q, h, m, n, s); } \
	QB_TEMPLATE size_t id##_qb_pop_batch(void *q, void *h, void *m, const size_t n, \
	                                     const size_t s) \
	{ return POP_BATCH((struct id *)q, h, m, n, s); } \
	QB_STAMP_ALL_(id, batch, QB_API_BATCH, NULL, id##_qb_push_batch, NULL, NULL, \
	              NULL, id##_qb_pop_batch, NULL, NULL) \
	static const struct qb_batch id##_qb_batch = { \
		id##_qb_push_batch, id##_qb_pop_batch, QB_STAMPED_ALL_(id, batch) }

#define QB_ZEROCOPY(id, RESERVE, COMMIT, PEEK, RELEASE) \
	QB_TEMPLATE void *id##_qb_reserve(void *q, void *h, const size_t n, size_t *got, \
	                                  const size_t s) \
	{ return RESERVE((struct id *)q, h, n, got, s); } \
	QB_TEMPLATE void id##_qb_commit(void *q, void *h, const size_t n, const size_t s) \
	{ COMMIT((struct id *)q, h, n, s); } \
	QB_TEMPLATE const void *id##_qb_peek(void *q, void *h, const size_t n, size_t *got, \
	                                     const size_t s) \
	{ return PEEK((struct id *)q, h, n, got, s); } \
	QB_TEMPLATE void id##_qb_release(void *q, void *h, const size_t n, const size_t s) \
	{ RELEASE((struct id *)q, h, n, s); } \
	QB_STAMP_ALL_(id, zerocopy, QB_API_ZEROCOPY, NULL, NULL, id##_qb_reserve, id##_qb_commit, \
	              NULL, NULL, id##_qb_peek, id##_qb_release) \
	static const struct qb_zerocopy id##_qb_zerocopy = { \
		id##_qb_reserve, id##_qb_commit, id##_qb_peek, id##_qb_release, \
		QB_STAMPED_ALL_(id, zerocopy) }

#define QB_HANDLES(id, ATTACH, DETACH) \
	static void *id##_qb_attach(void *q, enum qb_role r, unsigned i, struct qb_error *e) \
	{ return ATTACH((struct id *)q, r, i, e); } \
	static void id##_qb_detach(void *q, enum qb_role r, void *h) \
	{ DETACH((struct id *)q, r, h); } \
	static const struct qb_handles id##_qb_handles = { id##_qb_attach, id##_qb_detach }

#define QB_BLOCKING(id, PUSH_WAIT, POP_WAIT) \
	static bool id##_qb_push_wait(void *q, void *h, const void *m, size_t s) \
	{ return PUSH_WAIT((struct id *)q, h, m, s); } \
	static bool id##_qb_pop_wait(void *q, void *h, void *m, size_t s) \
	{ return POP_WAIT((struct id *)q, h, m, s); } \
	static const struct qb_blocking id##_qb_blocking = { id##_qb_push_wait, id##_qb_pop_wait }

#define QB_CLOSING(id, CLOSE, CLOSED) \
	static void id##_qb_close(void *q) { CLOSE((struct id *)q); } \
	static bool id##_qb_closed(void *q) { return CLOSED((struct id *)q); } \
	static const struct qb_closing id##_qb_closing = { id##_qb_close, id##_qb_closed }

/* QB_INTERNALS(id, read, "futex wakes", ...): `void read(struct id *, uint64_t *ret_values)`. */
#define QB_INTERNALS(id, READ, ...) \
	static const char *const id##_qb_internal_names[] = { __VA_ARGS__ }; \
	static void id##_qb_internals_read(void *q, uint64_t *v) { READ((struct id *)q, v); } \
	static const struct qb_internals id##_qb_internals = { id##_qb_internal_names, \
		sizeof(id##_qb_internal_names) / sizeof(id##_qb_internal_names[0]), \
		id##_qb_internals_read }

#define QB_ABOUT(id, SOURCE, SLOT_SIZE) \
	static const struct qb_about id##_qb_about = { SOURCE, SLOT_SIZE }

/* Names one group of QB_QUEUE_WITH: QB_HAS(mpsc, batch), or QB_NONE. */
#define QB_HAS(id, group) (&id##_qb_##group)
#define QB_NONE NULL

#define QB_ENTRY_(id, TRAITS, SUMMARY, BATCH, ZEROCOPY, HANDLES, BLOCKING, CLOSING, INTERNALS, \
	          ABOUT) \
	static void *id##_qb_create(const struct qb_shape *s, struct qb_error *e) \
	{ \
		if (!qb_queue_carries(&id##_qb_single, s->message_size)) \
			return qb_fail(e, ENOTSUP, "'%s' carries messages of 8 bytes only", #id); \
		return id##_create(s, e); \
	} \
	static void id##_qb_destroy(void *q) { id##_destroy((struct id *)q); } \
	static const struct qb_queue id##_qb_queue = { \
		QB_ABI, sizeof(struct qb_queue), #id, SUMMARY, TRAITS, \
		id##_qb_create, id##_qb_destroy, \
		&id##_qb_single, BATCH, ZEROCOPY, HANDLES, BLOCKING, CLOSING, INTERNALS, ABOUT, \
		&id##_qb_timed }; \
	static const struct qb_queue *const id##_qb_entry \
		__attribute__((used, section("qb_queue_list"))) = &id##_qb_queue

/* QB_QUEUE(id, traits, summary): the simple form, for 8-byte messages: `struct id` with
 * id_create(const struct qb_shape *, struct qb_error *), id_destroy(struct id *),
 * bool id_push(struct id *, void *handle, uint64_t) and bool id_pop(struct id *, void *handle,
 * uint64_t *) become a queue. */
#define QB_QUEUE(id, TRAITS, SUMMARY) \
	QB_WORD_QUEUE_WITH(id, TRAITS, SUMMARY, QB_NONE, QB_NONE, QB_NONE, QB_NONE, QB_NONE, \
	                   QB_NONE, QB_NONE)

/* QB_WORD_QUEUE_WITH(id, traits, summary, batch, zerocopy, handles, blocking, closing, internals,
 * about): the simple form with groups, as in QB_QUEUE_WITH. */
#define QB_WORD_QUEUE_WITH(id, TRAITS, SUMMARY, ...) \
	QB_TEMPLATE bool id##_qb_push(void *q, void *h, const void *m, const size_t s) \
	{ (void)s; return id##_push((struct id *)q, h, qb_message_identity(m)); } \
	QB_TEMPLATE bool id##_qb_pop(void *q, void *h, void *m, const size_t s) \
	{ uint64_t v = 0; (void)s; \
	  if (!id##_pop((struct id *)q, h, &v)) return false; \
	  memcpy(m, &v, 8); return true; } \
	QB_STAMP_(id, single, QB_API_SINGLE, 8, 8, id##_qb_push, NULL, NULL, NULL, \
	          id##_qb_pop, NULL, NULL, NULL) \
	static const struct qb_single id##_qb_single = { id##_qb_push, id##_qb_pop, { { \
		QB_STAMPED_(id, single, 8), { NULL, NULL }, { NULL, NULL }, { NULL, NULL }, \
		{ NULL, NULL }, { NULL, NULL }, { NULL, NULL } } } }; \
	QB_STAMP_TIMED_(id, 8, 8) \
	static const struct qb_loops id##_qb_timed = { { \
		QB_STAMPED_(id, timed, 8), { NULL, NULL }, { NULL, NULL }, { NULL, NULL }, \
		{ NULL, NULL }, { NULL, NULL }, { NULL, NULL } } }; \
	QB_ENTRY_(id, TRAITS, SUMMARY, __VA_ARGS__)

/* QB_QUEUE_WITH(id, traits, summary, batch, zerocopy, handles, blocking, closing, internals,
 * about): messages of any size, `bool id_push(struct id *, void *handle, const void *message, const
 * size_t size)` and id_pop, always inline; then one QB_HAS or QB_NONE per group. */
#define QB_QUEUE_WITH(id, TRAITS, SUMMARY, ...) \
	QB_TEMPLATE bool id##_qb_push(void *q, void *h, const void *m, const size_t s) \
	{ return id##_push((struct id *)q, h, m, s); } \
	QB_TEMPLATE bool id##_qb_pop(void *q, void *h, void *m, const size_t s) \
	{ return id##_pop((struct id *)q, h, m, s); } \
	QB_STAMP_ALL_(id, single, QB_API_SINGLE, id##_qb_push, NULL, NULL, NULL, \
	              id##_qb_pop, NULL, NULL, NULL) \
	static const struct qb_single id##_qb_single = { \
		id##_qb_push, id##_qb_pop, QB_STAMPED_ALL_(id, single) }; \
	QB_STAMP_TIMED_ALL_(id); \
	QB_ENTRY_(id, TRAITS, SUMMARY, __VA_ARGS__)

/* clang-format on */

/* The linker brackets every QB_QUEUE of one executable, or of one .so, with these two. */
#ifdef __cplusplus
extern "C" {
#endif
extern const struct qb_queue *const __start_qb_queue_list[]
	__attribute__((visibility("hidden"), weak));
extern const struct qb_queue *const __stop_qb_queue_list[]
	__attribute__((visibility("hidden"), weak));

/* The only symbol a plug-in exports; qbench reads its own copy for the built-ins. */
extern const struct qb_catalog qbench_catalog __attribute__((weak, visibility("default")));
const struct qb_catalog qbench_catalog = { QB_ABI, sizeof(struct qb_queue), __start_qb_queue_list,
	                                   __stop_qb_queue_list };
#ifdef __cplusplus
}
#endif

#endif
