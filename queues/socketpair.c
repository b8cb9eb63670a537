/* socketpair -- a pair of unix(7) sockets that keep messages apart (SOCK_SEQPACKET).
 *
 * The kernel charges each message to the sender's buffer with all that its own bookkeeping needs.
 * How much that is, is asked of the kernel (SIOCOUTQ) with one message in flight, and the buffer is
 * made as large as `capacity` times that; very small ones the kernel makes larger.
 *
 * After shutdown(2) sends fail and receives return what is left, then 0. */
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qbench.h>

#define BATCH 64 /* messages of one system call */

struct socketpair {
	QB_ALIGNED(QB_LINE) int receiver;
	int sender;
};

static void socketpair_destroy(struct socketpair *q)
{
	close(q->receiver);
	close(q->sender);
	qb_deallocate(q);
}

/* What the kernel charges for one message, or 0. */
static size_t socketpair_charge(struct socketpair *q, size_t message_size)
{
	char *message = calloc(1, message_size);
	int charge = 0;

	if (message && send(q->sender, message, message_size, MSG_DONTWAIT) > 0 &&
	    ioctl(q->sender, SIOCOUTQ, &charge) == 0)
		recv(q->receiver, message, message_size, MSG_DONTWAIT);
	free(message);
	return charge > 0 ? (size_t)charge : 0;
}

/* Sends go on while less than the buffer's size is charged.  The kernel doubles what it is told. */
static bool socketpair_enlarge(struct socketpair *q, const struct qb_shape *shape)
{
	const size_t charge = socketpair_charge(q, shape->message_size);
	socklen_t length = sizeof(int);
	size_t wanted;
	int half, size = 0;

	if (charge == 0 || shape->capacity > (size_t)INT32_MAX / 2 / charge)
		return false;
	wanted = (shape->capacity - 1) * charge + 2;
	half = (int)(wanted / 2);
	if (setsockopt(q->sender, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof(half)) != 0)
		setsockopt(q->sender, SOL_SOCKET, SO_SNDBUF, &half, sizeof(half));
	return getsockopt(q->sender, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 &&
	       (size_t)size > wanted - 2;
}

static struct socketpair *socketpair_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct socketpair *q = qb_allocate(shape, sizeof(*q));
	int ends[2];

	if (!q)
		return qb_fail(error, ENOMEM, "cannot allocate a socket pair's descriptors");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		qb_deallocate(q);
		return qb_fail(error, errno, "cannot open a socket pair: %s", strerror(errno));
	}
	q->receiver = ends[0];
	q->sender = ends[1];
	if (!socketpair_enlarge(q, shape)) {
		socketpair_destroy(q);
		return qb_fail(error, ENOTSUP,
		               "a socket's buffer cannot be made to hold %zu messages of %zu bytes "
		               "here (/proc/sys/net/core/wmem_max)",
		               shape->capacity, shape->message_size);
	}
	return q;
}

QB_TEMPLATE bool socketpair_push(struct socketpair *q, void *handle, const void *message,
                                 const size_t size)
{
	(void)handle;
	return send(q->sender, message, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

QB_TEMPLATE bool socketpair_pop(struct socketpair *q, void *handle, void *message,
                                const size_t size)
{
	(void)handle;
	return recv(q->receiver, message, size, MSG_DONTWAIT) == (ssize_t)size;
}

/* One system call for up to BATCH messages; returns how many moved. */
static size_t socketpair_move(struct socketpair *q, enum qb_role role, char *messages, size_t count,
                              size_t size)
{
	const unsigned n = count < BATCH ? (unsigned)count : BATCH;
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	int moved, whole = 0;

	memset(headers, 0, n * sizeof(*headers));
	for (unsigned i = 0; i < n; i++) {
		parts[i] = (struct iovec){ messages + i * qb_stride(size), size };
		headers[i].msg_hdr.msg_iov = &parts[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	moved = role == QB_PRODUCE ? sendmmsg(q->sender, headers, n, MSG_DONTWAIT | MSG_NOSIGNAL)
	                           : recvmmsg(q->receiver, headers, n, MSG_DONTWAIT, NULL);
	/* After shutdown, receiving goes on and on with messages of no bytes. */
	while (whole < moved && headers[whole].msg_len == size)
		whole++;
	return (size_t)whole;
}

QB_TEMPLATE size_t socketpair_push_batch(struct socketpair *q, void *handle, const void *messages,
                                         const size_t count, const size_t size)
{
	(void)handle;
	return socketpair_move(q, QB_PRODUCE, (char *)messages, count, size);
}

QB_TEMPLATE size_t socketpair_pop_batch(struct socketpair *q, void *handle, void *messages,
                                        const size_t count, const size_t size)
{
	(void)handle;
	return socketpair_move(q, QB_CONSUME, messages, count, size);
}

static bool socketpair_push_wait(struct socketpair *q, void *handle, const void *message,
                                 size_t size)
{
	ssize_t sent;

	(void)handle;
	do
		sent = send(q->sender, message, size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

/* True if the end has come.  A receive looks for a message first and for the shutdown then, so that
 * one sent in between is missed; but a second look after the shutdown misses none. */
static bool socketpair_closed(struct socketpair *q)
{
	char byte;

	/* NOLINTNEXTLINE(misc-redundant-expression): asked twice on purpose, see above */
	return recv(q->receiver, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 &&
	       recv(q->receiver, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool socketpair_pop_wait(struct socketpair *q, void *handle, void *message, size_t size)
{
	(void)handle;
	for (;;) {
		if (recv(q->receiver, message, size, 0) == (ssize_t)size)
			return true;
		if (socketpair_closed(q))
			return false;
	}
}

static void socketpair_close(struct socketpair *q) { shutdown(q->sender, SHUT_WR); }

QB_BATCH(socketpair, socketpair_push_batch, socketpair_pop_batch);
QB_BLOCKING(socketpair, socketpair_push_wait, socketpair_pop_wait);
QB_CLOSING(socketpair, socketpair_close, socketpair_closed);
QB_ABOUT(socketpair, "unix(7), SOCK_SEQPACKET, sendmmsg(2)", 0);
QB_QUEUE_WITH(socketpair, QB_MPMC, "a pair of unix sockets", QB_HAS(socketpair, batch), QB_NONE,
              QB_NONE, QB_HAS(socketpair, blocking), QB_HAS(socketpair, closing), QB_NONE,
              QB_HAS(socketpair, about));
