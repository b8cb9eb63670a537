/* every_queue.h -- a test over all queues that the linker found, so that a new one is tested the
 * day it appears.
 *
 * EVERY_QUEUE(suite, claim) { ... } is run for each `queue`.  A failure, and a thread that waits
 * for ever, is told with the name of the queue. */
#ifndef EVERY_QUEUE_H
#define EVERY_QUEUE_H

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include <qbench.h>

#if defined(__SANITIZE_ADDRESS__) || QB_HAS_FEATURE_(address_sanitizer) || QB_THREAD_SANITIZER
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define HANG_SECONDS (SANITIZED ? 60 : 20) /* one claim about one queue takes far less */

static char hang_text[160];

static void name_the_hang(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, hang_text, strlen(hang_text)) >= 0)
		abort();
}

static inline void for_every_queue(void (*claim)(const struct qb_queue *), const char *name)
{
	signal(SIGALRM, name_the_hang);
	for (const struct qb_queue *const *queue = qbench_catalog.first;
	     queue != qbench_catalog.end; queue++) {
		snprintf(hang_text, sizeof(hang_text), "\n%s hangs: %s\n", (*queue)->id, name);
		alarm(HANG_SECONDS);
		claim(*queue);
	}
	alarm(0);
}

#define EVERY_QUEUE(suite, claim)                                                                  \
	static void claim(const struct qb_queue *queue);                                           \
	Test(suite, claim, .timeout = 5 * HANG_SECONDS) { for_every_queue(claim, #claim); }        \
	static void claim(const struct qb_queue *queue)

/* The queue for this shape, or NULL if it says that it does not serve such a one. */
static inline void *create_queue(const struct qb_queue *queue, const struct qb_shape *shape)
{
	struct qb_error error = { 0, "" };
	void *q = queue->create(shape, &error);

	cr_assert(q || error.code == ENOTSUP, "%s: %s", queue->id, error.text);
	return q;
}

static inline bool is_floor(const struct qb_queue *queue) { return queue->traits & QB_FLOOR; }

static inline bool has_api(const struct qb_queue *queue, enum qb_api api)
{
	return api == QB_API_SINGLE || (api == QB_API_BATCH && queue->batch) ||
	       (api == QB_API_ZEROCOPY && queue->zerocopy);
}

static inline void write_messages(void *messages, size_t count, size_t size, uint64_t identity)
{
	for (size_t index = 0; index < count; index++)
		qb_message_write((char *)messages + index * qb_stride(size), size,
		                 identity + index);
}

#endif
