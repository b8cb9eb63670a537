/* pipe -- a pipe(7): the kernel moves every message through its own pages.
 *
 * Writes of up to PIPE_BUF bytes are whole or not at all, also with many writers, and reads of the
 * same size find whole messages, because a pipe's lock is held for the length of a read.  A pipe
 * counts pages, and a page that is being read from is not free, so it is made one page larger than
 * `capacity` messages need; it holds more than asked for.
 *
 * Closing is the kernel's own: the write end is replaced by a file that cannot be written to.  A
 * write under way keeps the old one open, so readers find the end only after the last such write.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <qbench.h>

#define BATCH_BYTES 1024 /* of one write: what may be wasted at the end of a page */

struct pipe {
	QB_ALIGNED(QB_LINE) int read_end;
	int write_end;
	int unwritable; /* takes the write end's place */
	int closing;    /* an eventfd that wakes who waits to write */
	size_t batch;   /* messages of one write */
};

static void pipe_destroy(struct pipe *q)
{
	close(q->read_end);
	close(q->write_end);
	close(q->unwritable);
	close(q->closing);
	qb_deallocate(q);
}

/* Bytes that hold `capacity` messages at any time: with several messages to a write, a page may end
 * with room for all but one of them.  0: too many to be counted. */
static size_t pipe_size(const struct pipe *q, const struct qb_shape *shape)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t per_page = page / shape->message_size - (q->batch - 1);
	const size_t pages = shape->capacity / per_page + 2;

	return pages < INT_MAX / page ? pages * page : 0;
}

static bool pipe_open(struct pipe *q, const struct qb_shape *shape, struct qb_error *error)
{
	const size_t size = pipe_size(q, shape);
	int ends[2];

	q->unwritable = open("/dev/null", O_RDONLY | O_CLOEXEC);
	q->closing = eventfd(0, EFD_CLOEXEC);
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0) {
		q->read_end = ends[0];
		q->write_end = ends[1];
	}
	if (q->unwritable < 0 || q->closing < 0 || q->write_end < 0) {
		qb_fail(error, errno, "cannot open a pipe: %s", strerror(errno));
		return false;
	}
	if (size == 0 || fcntl(q->write_end, F_SETPIPE_SZ, (int)size) < (int)size) {
		qb_fail(error, ENOTSUP,
		        "a pipe cannot be made to hold %zu messages of %zu bytes here "
		        "(/proc/sys/fs/pipe-max-size)",
		        shape->capacity, shape->message_size);
		return false;
	}
	return true;
}

static struct pipe *pipe_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct pipe *q;

	if (shape->message_size > PIPE_BUF)
		return qb_fail(error, ENOTSUP, "a pipe keeps messages whole up to %d bytes only",
		               PIPE_BUF);
	q = qb_allocate(shape, sizeof(*q));
	if (!q)
		return qb_fail(error, ENOMEM, "cannot allocate a pipe's descriptors");
	q->read_end = q->write_end = q->unwritable = q->closing = -1;
	/* Messages of other sizes lie apart in a batch, and would have to be gathered. */
	q->batch = shape->message_size % 8 == 0 ? BATCH_BYTES / shape->message_size : 1;
	q->batch += q->batch == 0;
	if (!pipe_open(q, shape, error)) {
		pipe_destroy(q);
		return NULL;
	}
	return q;
}

QB_TEMPLATE bool pipe_push(struct pipe *q, void *handle, const void *message, const size_t size)
{
	(void)handle;
	return write(q->write_end, message, size) == (ssize_t)size;
}

QB_TEMPLATE bool pipe_pop(struct pipe *q, void *handle, void *message, const size_t size)
{
	(void)handle;
	return read(q->read_end, message, size) == (ssize_t)size;
}

QB_TEMPLATE size_t pipe_push_batch(struct pipe *q, void *handle, const void *messages,
                                   const size_t count, const size_t size)
{
	const char *at = messages;
	size_t done = 0, part = q->batch;

	(void)handle;
	while (done < count) {
		if (part > count - done)
			part = count - done;
		if (write(q->write_end, at + done * qb_stride(size), part * size) > 0)
			done += part;
		else if (part > 1)
			part = 1; /* too full for that many */
		else
			break;
	}
	return done;
}

QB_TEMPLATE size_t pipe_pop_batch(struct pipe *q, void *handle, void *messages, const size_t count,
                                  const size_t size)
{
	ssize_t got;

	(void)handle;
	got = read(q->read_end, messages, (q->batch > 1 ? count : 1) * size);
	return got > 0 ? (size_t)got / size : 0;
}

static bool pipe_push_wait(struct pipe *q, void *handle, const void *message, size_t size)
{
	for (;;) {
		struct pollfd ends[] = { { q->write_end, POLLOUT, 0 }, { q->closing, POLLIN, 0 } };

		if (pipe_push(q, handle, message, size))
			return true;
		if (errno != EAGAIN && errno != EINTR)
			return false; /* closed */
		poll(ends, 2, -1);
	}
}

static bool pipe_pop_wait(struct pipe *q, void *handle, void *message, size_t size)
{
	(void)handle;
	for (;;) {
		struct pollfd end = { q->read_end, POLLIN, 0 };
		const ssize_t got = read(q->read_end, message, size);

		if (got == (ssize_t)size)
			return true;
		if (got == 0)
			return false; /* closed and drained */
		poll(&end, 1, -1);
	}
}

static void pipe_close(struct pipe *q)
{
	const uint64_t one = 1;

	dup3(q->unwritable, q->write_end, O_CLOEXEC);
	if (write(q->closing, &one, sizeof(one)) < 0)
		abort(); /* cannot be: a counter far from its end */
}

static bool pipe_closed(struct pipe *q)
{
	struct pollfd end = { q->read_end, POLLIN, 0 };

	/* No writer left, and nothing to be read. */
	return poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) && !(end.revents & POLLIN);
}

QB_BATCH(pipe, pipe_push_batch, pipe_pop_batch);
QB_BLOCKING(pipe, pipe_push_wait, pipe_pop_wait);
QB_CLOSING(pipe, pipe_close, pipe_closed);
QB_ABOUT(pipe, "pipe(7), F_SETPIPE_SZ, poll(2)", 8);
QB_QUEUE_WITH(pipe, QB_MPMC, "a pipe of the kernel's", QB_HAS(pipe, batch), QB_NONE, QB_NONE,
              QB_HAS(pipe, blocking), QB_HAS(pipe, closing), QB_NONE, QB_HAS(pipe, about));
