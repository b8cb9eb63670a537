/* partner -- the two FIFOs between qbench and perf.
 *
 * Both are opened once, before the first run, and inherited by every run: a reader such as cat then
 * sees one stream that ends with qbench.  Nothing here waits for a partner that is gone. */
#include "harness/partner.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/clock.h"

#define ANSWER_NS 2000000000u /* perf answers in microseconds unless its loop is busy */

static bool is_same(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int refuse(const char *name, int code, struct qb_error *error)
{
	if (code == ENOENT)
		return qb_error_set(error, code, "FIFO '%.120s' is not there; make it with mkfifo",
		                    name);
	if (code == ENXIO)
		return qb_error_set(error, code,
		                    "nobody reads FIFO '%.120s'; start 'perf record -D -1 "
		                    "--control fifo:%.120s' first",
		                    name, name);
	return qb_error_set(error, code, "cannot open FIFO '%.120s': %s", name, strerror(code));
}

/* Returns the descriptor. */
static int open_fifo(const char *name, int flags, struct qb_error *error)
{
	struct stat status;
	int fd;

	if (stat(name, &status) != 0)
		return refuse(name, errno, error);
	if (!S_ISFIFO(status.st_mode))
		return qb_error_set(error, EINVAL, "'%.120s' is no FIFO; make one with mkfifo",
		                    name);
	fd = open(name, flags | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? refuse(name, errno, error) : fd;
}

int qb_partner_open(const char *names, struct qb_partner *ret_partner, struct qb_error *error)
{
	const char *comma = strchr(names, ',');
	struct qb_partner partner = { -1, -1 };
	const size_t length = comma ? (size_t)(comma - names) : strlen(names);
	char control[PATH_MAX];

	if (length >= sizeof(control))
		return refuse(names, ENAMETOOLONG, error);
	memcpy(control, names, length);
	control[length] = '\0';
	partner.control = open_fifo(control, O_WRONLY, error);
	if (partner.control < 0)
		return partner.control;
	*ret_partner = partner;
	if (!comma)
		return 0;
	/* For writing too, as perf does: an end that nobody holds would look like an answer. */
	ret_partner->answers = open_fifo(comma + 1, O_RDWR, error);
	if (ret_partner->answers >= 0 && !is_same(partner.control, ret_partner->answers))
		return 0;
	if (ret_partner->answers >= 0)
		qb_error_set(error, EINVAL, "'%.120s' is both FIFOs; answers need one of their own",
		             control);
	qb_partner_close(ret_partner);
	return -error->code;
}

void qb_partner_close(struct qb_partner *partner)
{
	if (partner->control >= 0)
		close(partner->control);
	if (partner->answers >= 0)
		close(partner->answers);
	*partner = (struct qb_partner){ -1, -1 };
}

/* Answers that came too late for their question are none to the next one. */
static void forget_answers(int fd)
{
	char old[256];

	while (read(fd, old, sizeof(old)) > 0)
		;
}

/* perf answers "ack\n" and a NUL byte: one line. */
static int await_answer(int fd)
{
	const uint64_t until_ns = qb_clock_monotonic_ns() + ANSWER_NS;
	struct pollfd answer = { .fd = fd, .events = POLLIN };

	for (uint64_t now_ns = until_ns - ANSWER_NS; now_ns < until_ns;
	     now_ns = qb_clock_monotonic_ns()) {
		char text[256];
		ssize_t length;

		poll(&answer, 1, (int)((until_ns - now_ns) / 1000000 + 1));
		length = read(fd, text, sizeof(text));
		if (length > 0 && memchr(text, '\n', (size_t)length))
			return 0;
	}
	return -ETIME;
}

int qb_partner_tell(const struct qb_partner *partner, enum qb_partner_command command)
{
	const char *word = command == QB_PARTNER_ENABLE ? "enable\n" : "disable\n";
	ssize_t written;

	if (partner->answers >= 0)
		forget_answers(partner->answers);
	do
		written = write(partner->control, word, strlen(word));
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return partner->answers < 0 ? 0 : await_answer(partner->answers);
}

const char *qb_partner_failure(int failure)
{
	switch (failure) {
	case 0:
		return "";
	case -EPIPE:
		return "nobody reads the FIFO any more";
	case -EAGAIN:
		return "the FIFO is full, because whoever has it open does not read";
	case -ETIME:
		return "no answer came within 2 s";
	default:
		return "the FIFO cannot be written";
	}
}
