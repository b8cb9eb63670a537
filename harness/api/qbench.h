/* qbench.h -- what a queue and qbench promise each other.
 *
 * One source file is one queue.  It includes this header and libc, defines `struct NAME` with its
 * operations and ends with one QB_QUEUE (the simple form) or QB_QUEUE_WITH line.  The same file,
 * byte for byte, is a built-in (linked into qbench) or a plug-in (a shared object).  The measured
 * loops are compiled in the queue's own unit, so no message costs a call: see qbench_loops.h.
 * Compiles as C11 and as C++17; public structs hold no _Atomic for that reason.
 *
 * MESSAGES.  Every message is `message_size` >= 8 bytes; its first 8 bytes are its identity, a
 * native uint64_t that is never 0 and never has the top bit set, so a queue may use such words as
 * marks of its own.  Several messages in a row lie qb_stride(message_size) bytes apart, and every
 * message handed to or by a queue is aligned to 8 bytes. */
#ifndef QBENCH_H
#define QBENCH_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this contract.  qbench refuses a plug-in built for another one.  A new group of
 * operations goes to the end of struct qb_queue and does not change it (`size` tells). */
#define QB_ABI 1u

/* Bytes that two threads' data keep apart: two 64-byte lines, because x86 prefetches the other
 * line of a 128-byte pair (Intel SDM optimization manual, "spatial prefetcher"). */
#define QB_LINE 128

#define QB_ALIGNED(bytes) __attribute__((aligned(bytes))) /* serves structs and members alike */
#define QB_TEMPLATE       static inline __attribute__((always_inline, unused))
#define QB_PUBLIC_INLINE  static inline __attribute__((unused))
/* Out of the loop's way, with what compilers find unlikely.  Not `cold`: gcc 12 then takes what
 * follows an if around the call for cold too, the proof and the loop's end included, and moves it
 * away as well.  spsc at batch 1 made 201 instead of 263 M msg/s by that, mpsc 125 instead of 164.
 */
#define QB_COLD static __attribute__((noinline, unused, section(".text.unlikely")))

enum qb_role { QB_PRODUCE, QB_CONSUME, QB_ROLE_COUNT };

/* One sentence on what failed: lower case, subject in quotes, no full stop.  `code` is an errno;
 * ENOTSUP from a queue's create means "not on this machine or for this shape": the case is
 * skipped with the sentence as its reason. */
struct qb_error {
	int code;
	char text[236];
};

/* What a queue is created for. */
struct qb_shape {
	size_t capacity;         /* messages; a queue may hold more (it says so), never fewer; 0 is
	                          * asked of QB_RENDEZVOUS alone */
	size_t message_size;     /* bytes, >= 8 */
	unsigned producer_count; /* handles attached at one time, at most, per role */
	unsigned consumer_count;
	uint64_t first_index; /* where a queue that counts its messages starts (tests: near 2^32) */
	unsigned line_offset; /* 64-byte lines by which qb_allocate shifts what it returns */
};

/* Traits: what a queue declares, and is held to. */
#define QB_ONE_PRODUCER       0x001u  /* at most one producer at a time */
#define QB_ONE_CONSUMER       0x002u  /* at most one consumer at a time */
#define QB_ORDER_PER_PRODUCER 0x010u  /* messages of one registration arrive in order */
#define QB_ORDER_TOTAL        0x030u  /* linearizable FIFO; implies the order per producer */
#define QB_BOUNDED            0x100u  /* push fails once `capacity` messages are inside */
#define QB_WEAK_EMPTY         0x200u  /* pop may fail while a push of another thread overlaps */
#define QB_WEAK_FULL          0x400u  /* push may fail while a pop of another thread overlaps */
#define QB_RENDEZVOUS         0x800u  /* serves capacity 0, see struct qb_blocking */
#define QB_LOCK_FREE          0x1000u /* a stopped thread does not stop all the others */
#define QB_WAIT_FREE          0x3000u /* nor any other; implies lock-free */
#define QB_FLOOR              0x8000u /* measures the loop: pop makes up its messages itself */

#define QB_SPSC (QB_ONE_PRODUCER | QB_ONE_CONSUMER | QB_ORDER_TOTAL)
#define QB_MPSC (QB_ONE_CONSUMER | QB_ORDER_TOTAL)
#define QB_SPMC (QB_ONE_PRODUCER | QB_ORDER_TOTAL)
#define QB_MPMC QB_ORDER_TOTAL

struct qb_worker;
typedef void qb_loop_fn(struct qb_worker *);

/* The measured loops of one way of sending, by size class (8, 16, 32, 64, 128, 256 bytes, then
 * any size) and role; NULL where the queue cannot carry that size. */
#define QB_SIZE_CLASS_COUNT 7
#define QB_SIZE_CLASS_ANY   6
struct qb_loops {
	qb_loop_fn *of[QB_SIZE_CLASS_COUNT][QB_ROLE_COUNT];
};

/* One message at a time (required).  False: full, or empty; nothing was moved. */
typedef bool qb_push_fn(void *queue, void *handle, const void *message, const size_t size);
typedef bool qb_pop_fn(void *queue, void *handle, void *message, const size_t size);
struct qb_single {
	qb_push_fn *push;
	qb_pop_fn *pop;
	struct qb_loops loops;
};

/* Up to `count` messages in one operation.  Returns how many moved, in order from the first;
 * fewer is legal, 0 is full or empty.  The return is what is counted. */
typedef size_t qb_push_batch_fn(void *queue, void *handle, const void *messages, const size_t count,
                                const size_t size);
typedef size_t qb_pop_batch_fn(void *queue, void *handle, void *messages, const size_t count,
                               const size_t size);
struct qb_batch {
	qb_push_batch_fn *push;
	qb_pop_batch_fn *pop;
	struct qb_loops loops;
};

/* Zero-copy: work in the queue's own memory.  reserve and peek return a contiguous span of *got
 * messages, at most `want`, or NULL with *got == 0 when full or empty.  commit and release take the
 * first `used` <= got of it; the rest is forgotten.  One open span per handle. */
typedef void *qb_reserve_fn(void *queue, void *handle, const size_t want, size_t *got,
                            const size_t size);
typedef void qb_commit_fn(void *queue, void *handle, const size_t used, const size_t size);
typedef const void *qb_peek_fn(void *queue, void *handle, const size_t want, size_t *got,
                               const size_t size);
typedef void qb_release_fn(void *queue, void *handle, const size_t used, const size_t size);
struct qb_zerocopy {
	qb_reserve_fn *reserve;
	qb_commit_fn *commit;
	qb_peek_fn *peek;
	qb_release_fn *release;
	struct qb_loops loops;
};

/* Registration: a handle per thread and role, attached by the thread that uses it, and detached by
 * it after its last operation.  Both may happen while others run.  `index` counts the role's
 * threads from 0.  attach returns NULL with *error filled on failure. */
struct qb_handles {
	void *(*attach)(void *queue, enum qb_role role, unsigned index, struct qb_error *error);
	void (*detach)(void *queue, enum qb_role role, void *handle);
};

/* Blocking: sleep until the one message has moved.  False: the queue is closed (and, for pop_wait,
 * drained); never "full" or "empty". A queue with this group has the closing group too.
 *
 * At capacity 0 (QB_RENDEZVOUS) a message moves only where push and pop meet, one of them asleep in
 * here: push hands it to a waiting pop_wait, pop takes it from a waiting push_wait, and what waits
 * to be sent when the queue is closed has not been sent.  One message per operation is asked. */
struct qb_blocking {
	bool (*push_wait)(void *queue, void *handle, const void *message, size_t size);
	bool (*pop_wait)(void *queue, void *handle, void *message, size_t size);
};

/* close: from now on push fails, what was accepted before still arrives, and every sleeper is
 * woken; called once, by any thread.  closed: asked by a consumer after a pop failed; true only
 * when the queue is closed and drained, so that no message can ever come, and true from then on. */
struct qb_closing {
	void (*close)(void *queue);
	bool (*closed)(void *queue);
};

/* Named counters of the queue's own (futex wakes, index refreshes, ...), read after the threads
 * have stopped. */
#define QB_INTERNALS_MAX 16
struct qb_internals {
	const char *const *names;
	size_t count; /* <= QB_INTERNALS_MAX */
	void (*read)(void *queue, uint64_t *ret_values);
};

/* What `qbench list` tells about it. */
struct qb_about {
	const char *source; /* paper or project the algorithm is from */
	size_t slot_size;   /* bytes of memory per slot at 8-byte messages; 0: not bounded so */
};

struct qb_queue {
	uint32_t abi;   /* QB_ABI */
	uint32_t size;  /* sizeof(struct qb_queue) as the queue's unit saw it */
	const char *id; /* `mpmc_strict`; shown as `mpmc-strict` */
	const char *summary;
	uint64_t traits;
	void *(*create)(const struct qb_shape *shape, struct qb_error *error);
	void (*destroy)(void *queue);
	const struct qb_single *single;
	/* Optional groups, NULL where the queue does without. */
	const struct qb_batch *batch;
	const struct qb_zerocopy *zerocopy;
	const struct qb_handles *handles;
	const struct qb_blocking *blocking;
	const struct qb_closing *closing;
	const struct qb_internals *internals;
	const struct qb_about *about;
	/* Of the latency workload, stamped by every QB_QUEUE; of `single`'s operations. */
	const struct qb_loops *timed;
};

/* What qbench reads from a binary: every QB_QUEUE of one executable, or of one .so. */
struct qb_catalog {
	uint32_t abi;
	uint32_t size;
	const struct qb_queue *const *first;
	const struct qb_queue *const *end;
};

/* Distance in bytes of two messages that lie in a row. */
QB_PUBLIC_INLINE size_t qb_stride(size_t message_size) { return (message_size + 7) & ~(size_t)7; }

/* Fills *error and returns NULL, so that a constructor can `return qb_fail(...)`. */
QB_PUBLIC_INLINE __attribute__((format(printf, 3, 4))) void *
qb_fail(struct qb_error *error, int code, const char *format, ...)
{
	va_list arguments;

	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return NULL;
}

/* Fills *error and returns -code, so that a function can `return qb_error_set(...)`. */
QB_PUBLIC_INLINE __attribute__((format(printf, 3, 4))) int
qb_error_set(struct qb_error *error, int code, const char *format, ...)
{
	va_list arguments;

	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return -code;
}

/* Memory for a queue: aligned to QB_LINE, zeroed (so every page is faulted in by the creating
 * thread, under its NUMA policy), and shifted by shape->line_offset cache lines, which the harness
 * draws anew for each run so that no layout is measured again and again.  NULL when out of memory.
 * Release with qb_deallocate. */
QB_PUBLIC_INLINE void *qb_allocate(const struct qb_shape *shape, size_t size)
{
	const size_t shift = ((size_t)shape->line_offset * 64 + QB_LINE - 1) / QB_LINE * QB_LINE;
	const size_t whole = (size + shift + 2 * QB_LINE - 1) / QB_LINE * QB_LINE;
	void *base = size > SIZE_MAX / 2 ? NULL : aligned_alloc(QB_LINE, whole);
	char *memory;

	if (!base)
		return NULL;
	memset(base, 0, whole);
	memory = (char *)base + QB_LINE + shift;
	memcpy(memory - sizeof(base), &base, sizeof(base)); /* for qb_deallocate */
	return memory;
}

QB_PUBLIC_INLINE void qb_deallocate(void *memory)
{
	void *base;

	if (!memory)
		return;
	memcpy(&base, (char *)memory - sizeof(base), sizeof(base));
	free(base);
}

/* Slots of a ring whose indices count up for ever and are masked on use: the smallest power of two
 * >= capacity; 0 if memory of `slot_size` bytes each could not even be addressed. */
QB_PUBLIC_INLINE size_t qb_ring_slots(const struct qb_shape *shape, size_t slot_size)
{
	size_t count = 1;

	if (shape->capacity > SIZE_MAX / 4 / slot_size)
		return 0;
	while (count < shape->capacity)
		count *= 2;
	return count;
}

/* Tells the core that this is a spin loop: frees the sibling's issue slots, avoids the memory-order
 * clear on exit.  On aarch64 `yield`, which emulators schedule on. */
QB_TEMPLATE void qb_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#endif
}

#ifdef __cplusplus
}
#endif

#include "qbench_queue.h"

#endif
