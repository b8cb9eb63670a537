/* foreign -- one run measured by another qbench, through its command line.
 *
 * Two builds need not agree on any layout in memory, only on options and on the result document;
 * so builds of different ages can be compared.  Whatever the other program does, it gets a limited
 * time, and its output a limited size. */
#include "cmd/foreign.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/clock.h"
#include "reports/result_json.h"

#define ARGUMENT_MAX 64
#define OUTPUT_MAX   ((size_t)64 << 20)
#define WORDS_MAX    4096u        /* of what it says on stderr */
#define GRACE_NS     30000000000u /* beyond what a run may take */

struct arguments {
	unsigned count;
	char *words[ARGUMENT_MAX + 1];
	char numbers[16][32];
	unsigned number_count;
};

/* What is read from one of its streams. */
struct stream {
	int fd;
	char *bytes;
	size_t size, max;
};

struct foreign {
	const struct qb_foreign_request *request;
	pid_t pid;
	struct stream out, err;
};

static void add(struct arguments *arguments, const char *name, const char *value)
{
	if (arguments->count + 2 > ARGUMENT_MAX)
		return;
	arguments->words[arguments->count++] = (char *)name;
	if (value)
		arguments->words[arguments->count++] = (char *)value;
}

static void add_number(struct arguments *arguments, const char *name, uint64_t number,
                       const char *unit)
{
	char *text = arguments->numbers[arguments->number_count++];

	snprintf(text, sizeof(arguments->numbers[0]), "%llu%s", (unsigned long long)number, unit);
	add(arguments, name, text);
}

static void add_time(struct arguments *arguments, const char *name, uint64_t ns)
{
	add_number(arguments, name, ns / 1000, "us");
}

static void add_numa(struct arguments *arguments, const struct qb_case *c)
{
	if (c->numa == QB_NUMA_NODE)
		add_number(arguments, "--numa", c->numa_node, "");
	else if (c->numa != QB_NUMA_DEFAULT)
		add(arguments, "--numa", c->numa == QB_NUMA_LOCAL ? "local" : "interleave");
}

static void make_arguments(const struct qb_foreign_request *request, struct arguments *arguments)
{
	const struct qb_protocol *protocol = request->protocol;
	const struct qb_case *c = request->c;

	add(arguments, request->executable, "run");
	add(arguments, "--impl", request->impl);
	add(arguments, "--workload", c->workload);
	add_number(arguments, "--producers", c->producer_count, "");
	add_number(arguments, "--consumers", c->consumer_count, "");
	add_number(arguments, "--batch", c->batch, "");
	add_number(arguments, "--message-size", c->message_size, "");
	add_number(arguments, "--capacity", c->capacity, "");
	if (request->api != QB_API_AUTO)
		add(arguments, "--api", qb_api_name(request->api));
	add(arguments, "--wait", qb_wait_name(c->wait));
	add(arguments, "--pin", request->pin);
	add_numa(arguments, c);
	if (c->rate > 0) {
		add_number(arguments, "--rate", c->rate, "");
		add(arguments, "--arrivals", qb_arrivals_name(c->arrivals));
	}
	if (!c->proof)
		add(arguments, "--no-proof", NULL);
	if (protocol->message_count)
		add_number(arguments, "--messages", protocol->message_count, "");
	else
		add_time(arguments, "--time", protocol->time_ns);
	add_time(arguments, "--warmup", protocol->warmup_ns);
	add_time(arguments, "--timeout", protocol->timeout_ns);
	/* 31 bits: every build takes such a seed. */
	add_number(arguments, "--seed", request->seed & 0x7fffffff, "");
	/* Counting costs, and what costs must be the same on both sides. */
	add(arguments, "--counters", "off");
	add(arguments, "--runs", "1");
	add(arguments, "--format", "json");
	add(arguments, "--progress", "never");
}

/* Between fork and exec. */
static void become(const struct arguments *arguments, const int *out, const int *err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	execv(arguments->words[0], arguments->words);
	_exit(127);
}

static int start(struct foreign *foreign, struct qb_error *error)
{
	struct arguments arguments = { .count = 0 };
	int out[2], err[2];

	make_arguments(foreign->request, &arguments);
	if (pipe2(out, O_CLOEXEC) != 0)
		return qb_error_set(error, errno, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(err, O_CLOEXEC) != 0) {
		const int code = errno;

		close(out[0]);
		close(out[1]);
		return qb_error_set(error, code, "cannot make a pipe: %s", strerror(code));
	}
	foreign->pid = fork();
	if (foreign->pid == 0)
		become(&arguments, out, err);
	close(out[1]);
	close(err[1]);
	foreign->out.fd = out[0];
	foreign->err.fd = err[0];
	if (foreign->pid < 0)
		return qb_error_set(error, errno, "cannot start '%.100s': %s",
		                    foreign->request->executable, strerror(errno));
	return 0;
}

/* Reads what is there.  False: out of memory. */
static bool take(struct stream *stream)
{
	char buffer[4096];
	const ssize_t got = read(stream->fd, buffer, sizeof(buffer));
	char *grown;

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0) {
		close(stream->fd);
		stream->fd = -1;
		return true;
	}
	if (stream->size + (size_t)got > stream->max)
		return true; /* the rest is read and forgotten */
	grown = realloc(stream->bytes, stream->size + (size_t)got + 1);
	if (!grown)
		return false;
	memcpy(grown + stream->size, buffer, (size_t)got);
	stream->bytes = grown;
	stream->size += (size_t)got;
	grown[stream->size] = 0;
	return true;
}

static uint64_t deadline_ns(const struct qb_protocol *protocol)
{
	return qb_clock_monotonic_ns() + 2 * (protocol->time_ns + protocol->warmup_ns) +
	       3 * protocol->timeout_ns + GRACE_NS;
}

/* Reads both streams to their end.  -EINTR after Ctrl-C, -ETIME when it takes too long. */
static int listen_to(struct foreign *foreign)
{
	const struct qb_foreign_request *request = foreign->request;
	/* A fixed count of messages takes as long as it takes; the other side knows when it hangs.
	 */
	const uint64_t end_ns =
		request->protocol->message_count ? UINT64_MAX : deadline_ns(request->protocol);

	while (foreign->out.fd >= 0 || foreign->err.fd >= 0) {
		struct pollfd ends[2] = { { .fd = foreign->out.fd, .events = POLLIN },
			                  { .fd = foreign->err.fd, .events = POLLIN } };

		if (*request->interrupted)
			return -EINTR;
		if (qb_clock_monotonic_ns() > end_ns)
			return -ETIME;
		if (poll(ends, 2, 100) <= 0)
			continue;
		if ((ends[0].revents && !take(&foreign->out)) ||
		    (ends[1].revents && !take(&foreign->err)))
			return -ENOMEM;
	}
	return 0;
}

/* The first sentence it said, without its own name before it. */
static const char *first_line(struct stream *stream)
{
	char *line = stream->bytes ? stream->bytes : "";
	static const char name[] = "qbench: ";

	if (strncmp(line, name, sizeof(name) - 1) == 0)
		line += sizeof(name) - 1;
	if (*line)
		line[strcspn(line, "\n")] = 0;
	return line;
}

static int explain(struct foreign *foreign, int status, struct qb_error *error)
{
	const char *executable = foreign->request->executable;

	if (WIFSIGNALED(status))
		return qb_error_set(error, EIO, "'%.100s' was killed by signal %d (%s)", executable,
		                    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127 && foreign->out.size + foreign->err.size == 0)
		return qb_error_set(error, ENOEXEC, "cannot start '%.100s'", executable);
	if (foreign->err.size > 0)
		return qb_error_set(error, EINVAL, "'%.60s': %.150s", executable,
		                    first_line(&foreign->err));
	return qb_error_set(error, EINVAL, "'%.100s' printed no result (exit status %d)",
	                    executable, WEXITSTATUS(status));
}

/* The one result of the document, taken out of it. */
static int take_result(struct foreign *foreign, int status, struct qb_result *ret_result,
                       struct qb_error *error)
{
	struct qb_document document;
	FILE *text;
	int result;

	if (!WIFEXITED(status) || WEXITSTATUS(status) == 2 || foreign->out.size == 0)
		return explain(foreign, status, error);
	text = fmemopen(foreign->out.bytes, foreign->out.size, "r");
	if (!text)
		return qb_error_set(error, errno, "out of memory");
	result = qb_result_json_read(text, foreign->request->executable, &document, error);
	fclose(text);
	if (result != 0)
		return result;
	if (document.result_count != 1) {
		result = qb_error_set(error, EINVAL, "'%.100s' printed %zu results, not one",
		                      foreign->request->executable, document.result_count);
	} else {
		*ret_result = document.results[0];
		document.result_count = 0;
	}
	qb_document_finish(&document);
	return result;
}

static void end_early(struct foreign *foreign, int why, struct qb_result *ret_result)
{
	memset(ret_result, 0, sizeof(*ret_result));
	ret_result->c = *foreign->request->c;
	ret_result->status = why == -EINTR ? QB_STATUS_INTERRUPTED : QB_STATUS_TIMEOUT;
	snprintf(ret_result->reason, sizeof(ret_result->reason), "%s",
	         why == -EINTR ? "interrupted" : "that qbench did not end in time");
}

static void finish(struct foreign *foreign)
{
	if (foreign->out.fd >= 0)
		close(foreign->out.fd);
	if (foreign->err.fd >= 0)
		close(foreign->err.fd);
	free(foreign->out.bytes);
	free(foreign->err.bytes);
}

int qb_foreign_run(const struct qb_foreign_request *request, struct qb_result *ret_result,
                   struct qb_error *error)
{
	struct foreign foreign = { .request = request,
		                   .out = { .fd = -1, .max = OUTPUT_MAX },
		                   .err = { .fd = -1, .max = WORDS_MAX } };
	int result = start(&foreign, error), listened, status = 0;

	if (result == 0) {
		listened = listen_to(&foreign);
		if (listened != 0)
			kill(foreign.pid, SIGKILL);
		while (waitpid(foreign.pid, &status, 0) < 0 && errno == EINTR)
			;
		if (listened == -ENOMEM)
			result = qb_error_set(error, ENOMEM, "out of memory");
		else if (listened != 0)
			end_early(&foreign, listened, ret_result);
		else
			result = take_result(&foreign, status, ret_result, error);
	}
	finish(&foreign);
	return result;
}
