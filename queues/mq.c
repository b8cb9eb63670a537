/* mq -- a POSIX message queue (mq_overview(7)): bounded by the kernel to exactly `capacity`.
 *
 * Message queues know no end.  So a push announces itself on a gate word before it looks whether
 * the queue is closed, and the end has come when it is closed, nobody is inside the gate and
 * nothing in the queue.  The gate costs one or two contended operations where the system call costs
 * hundreds of nanoseconds.  Sleepers wait for the queue and for an eventfd that close rings. */
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <qbench.h>

#define GATE_CLOSED 1u
#define GATE_ONE    2u /* a push inside */

struct mq {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t gate;
	QB_ALIGNED(QB_LINE) mqd_t queue;
	int closing; /* an eventfd */
};

/* A queue's memory is charged to its user: takes as much as he may have; root may have any. */
static void mq_raise_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MSGQUEUE, &limit) == 0 || getrlimit(RLIMIT_MSGQUEUE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MSGQUEUE, &limit);
}

static mqd_t mq_open_anonymous(const struct qb_shape *shape)
{
	static _Atomic unsigned count;
	struct mq_attr attributes = { .mq_maxmsg = (long)shape->capacity,
		                      .mq_msgsize = (long)shape->message_size };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/qbench-%ld-%u", (long)getpid(), atomic_fetch_add(&count, 1));
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, 0600,
	                &attributes);
	if (queue != (mqd_t)-1)
		mq_unlink(name);
	return queue;
}

static struct mq *mq_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct mq *q = qb_allocate(shape, sizeof(*q));
	int code;

	if (!q)
		return qb_fail(error, ENOMEM, "cannot allocate a message queue's descriptors");
	mq_raise_limit();
	q->closing = eventfd(0, EFD_CLOEXEC);
	errno = EINVAL;
	q->queue = shape->capacity > LONG_MAX ? (mqd_t)-1 : mq_open_anonymous(shape);
	if (q->queue != (mqd_t)-1 && q->closing >= 0)
		return q;
	code = errno;
	if (q->queue != (mqd_t)-1)
		mq_close(q->queue);
	if (q->closing >= 0)
		close(q->closing);
	qb_deallocate(q);
	return qb_fail(error, ENOTSUP,
	               "no message queue for %zu messages of %zu bytes here: %s "
	               "(/proc/sys/fs/mqueue/msg_max, ulimit -q)",
	               shape->capacity, shape->message_size, strerror(code));
}

static void mq_destroy(struct mq *q)
{
	mq_close(q->queue);
	close(q->closing);
	qb_deallocate(q);
}

QB_TEMPLATE bool mq_push(struct mq *q, void *handle, const void *message, const size_t size)
{
	bool sent;

	(void)handle;
	/* Acquire and release on one word: whoever finds the gate closed and empty sees all that
	 * was sent through it. */
	sent = !(atomic_fetch_add_explicit(&q->gate, GATE_ONE, memory_order_acq_rel) &
	         GATE_CLOSED) &&
	       mq_send(q->queue, message, size, 0) == 0;
	atomic_fetch_sub_explicit(&q->gate, GATE_ONE, memory_order_release);
	return sent;
}

QB_TEMPLATE bool mq_pop(struct mq *q, void *handle, void *message, const size_t size)
{
	(void)handle;
	return mq_receive(q->queue, message, size, NULL) == (ssize_t)size;
}

static bool mq_closed(struct mq *q)
{
	struct mq_attr attributes;

	return atomic_load_explicit(&q->gate, memory_order_acquire) == GATE_CLOSED &&
	       mq_getattr(q->queue, &attributes) == 0 && attributes.mq_curmsgs == 0;
}

/* Sleeps until the queue is ready for `events`, or closed: then only for a moment, because what is
 * waited for is the end of a push under way. */
static void mq_sleep(struct mq *q, short events)
{
	struct pollfd both[] = { { q->queue, events, 0 }, { q->closing, POLLIN, 0 } };

	if (atomic_load_explicit(&q->gate, memory_order_acquire) & GATE_CLOSED)
		sched_yield();
	else
		poll(both, 2, -1);
}

static bool mq_push_wait(struct mq *q, void *handle, const void *message, size_t size)
{
	for (;;) {
		if (mq_push(q, handle, message, size))
			return true;
		if (atomic_load_explicit(&q->gate, memory_order_acquire) & GATE_CLOSED)
			return false;
		mq_sleep(q, POLLOUT);
	}
}

static bool mq_pop_wait(struct mq *q, void *handle, void *message, size_t size)
{
	for (;;) {
		if (mq_pop(q, handle, message, size))
			return true;
		if (mq_closed(q))
			return false;
		mq_sleep(q, POLLIN);
	}
}

static void mq_end(struct mq *q)
{
	const uint64_t one = 1;

	atomic_fetch_or_explicit(&q->gate, GATE_CLOSED, memory_order_acq_rel);
	if (write(q->closing, &one, sizeof(one)) < 0)
		abort(); /* cannot be: a counter far from its end */
}

QB_BLOCKING(mq, mq_push_wait, mq_pop_wait);
QB_CLOSING(mq, mq_end, mq_closed);
QB_ABOUT(mq, "mq_overview(7), poll(2)", 0);
QB_QUEUE_WITH(mq, QB_MPMC | QB_BOUNDED, "a POSIX message queue", QB_NONE, QB_NONE, QB_NONE,
              QB_HAS(mq, blocking), QB_HAS(mq, closing), QB_NONE, QB_HAS(mq, about));
