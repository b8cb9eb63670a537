/* launch -- fork and exec of this very binary for one run, and its supervision.
 *
 * The child measures; the parent looks at the shared counters ten times a second, so it sees a
 * queue that hangs, can say where each thread stood, and has the counts even after a crash. */
#include "harness/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/mapping.h"
#include "harness/stand.h"

#define LOOK_MS     100
#define PADDING_MAX 4096

struct child {
	pid_t pid;
	int pidfd; /* -1: kernel before 5.3; the parent then polls with waitpid */
	struct qb_mapping *mapping;
	int memory;
};

static int create_mapping(const struct qb_launch_request *request, struct child *child,
                          struct qb_error *error)
{
	struct timespec now;

	child->memory = memfd_create("qbench-run", 0);
	if (child->memory < 0 || ftruncate(child->memory, sizeof(struct qb_mapping)) != 0)
		return qb_error_set(error, errno, "cannot create the shared memory of a run: %s",
		                    strerror(errno));
	child->mapping = mmap(NULL, sizeof(struct qb_mapping), PROT_READ | PROT_WRITE, MAP_SHARED,
	                      child->memory, 0);
	if (child->mapping == MAP_FAILED)
		return qb_error_set(error, errno, "cannot map the shared memory of a run: %s",
		                    strerror(errno));
	clock_gettime(CLOCK_REALTIME, &now);
	child->mapping->magic = QB_MAPPING_MAGIC;
	child->mapping->size = sizeof(struct qb_mapping);
	child->mapping->c = *request->c;
	child->mapping->protocol = *request->protocol;
	child->mapping->count_events = request->counters != NULL;
	child->mapping->counters_group = request->counters_group;
	if (request->counters)
		child->mapping->counters = *request->counters;
	child->mapping->has_partner = request->partner != NULL;
	if (request->partner)
		child->mapping->partner = *request->partner;
	child->mapping->samples.order = request->order;
	child->mapping->samples.seed = request->seed;
	child->mapping->samples.start_unix_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return 0;
}

/* Between fork and exec: only async-signal-safe calls.  An environment of random length moves the
 * stack, so that no run's layout is every run's layout (Mytkowicz et al., ASPLOS 2009). */
static void become_run(const struct qb_launch_request *request, int memory, char **environment,
                       char *descriptor)
{
	const struct qb_partner *partner = request->partner;
	const char *executable = request->executable ? request->executable : "/proc/self/exe";
	char name[] = "qbench", argument[] = QB_LAUNCH_ARGUMENT;
	char *arguments[] = { name, argument, descriptor, NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);            /* the parent decides what Ctrl-C means */
	dup2(STDERR_FILENO, STDOUT_FILENO); /* what a plug-in prints is not the report */
	fcntl(memory, F_SETFD, 0);
	if (partner)
		fcntl(partner->control, F_SETFD, 0);
	if (partner && partner->answers >= 0)
		fcntl(partner->answers, F_SETFD, 0);
	execve(executable, arguments, environment);
	_exit(127);
}

/* The parent's environment, and one variable of 0 to 4095 bytes drawn from the seed. */
static char **padded_environment(uint64_t seed, char *padding)
{
	extern char **environ;
	const size_t length = (seed >> 8) % PADDING_MAX;
	size_t count = 0;
	char **environment;

	while (environ[count])
		count++;
	environment = calloc(count + 2, sizeof(*environment));
	if (!environment)
		return NULL;
	memcpy(padding, "QBENCH_LAYOUT=", sizeof("QBENCH_LAYOUT="));
	memset(padding + strlen(padding), 'x', length);
	padding[strlen("QBENCH_LAYOUT=") + length] = 0;
	memcpy(environment, environ, count * sizeof(*environment));
	environment[count] = padding;
	return environment;
}

static int start_child(const struct qb_launch_request *request, struct child *child,
                       struct qb_error *error)
{
	char padding[PADDING_MAX + 32], descriptor[16];
	char **environment = padded_environment(request->seed, padding);

	if (!environment)
		return qb_error_set(error, ENOMEM, "out of memory");
	snprintf(descriptor, sizeof(descriptor), "%d", child->memory);
	child->pid = fork();
	if (child->pid == 0)
		become_run(request, child->memory, environment, descriptor);
	free(environment);
	if (child->pid < 0)
		return qb_error_set(error, errno, "cannot start a run: %s", strerror(errno));
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return 0;
}

/* Waits until the child ends or it is time to look.  True: it has ended. */
static bool ended(const struct child *child, int *ret_status)
{
	if (child->pidfd >= 0) {
		struct pollfd end = { .fd = child->pidfd, .events = POLLIN };

		poll(&end, 1, LOOK_MS);
	} else {
		qb_clock_sleep_until(qb_clock_monotonic_ns() + LOOK_MS * 10000u);
	}
	return waitpid(child->pid, ret_status, WNOHANG) == child->pid;
}

static void kill_child(const struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
}

/* Everything any thread has done so far: stands still exactly when the run hangs. */
static uint64_t progress_of(const struct qb_mapping *mapping, const struct qb_case *c,
                            uint64_t *ret_received)
{
	uint64_t sent = 0, received = 0;

	for (unsigned w = 0; w < qb_case_worker_count(c); w++) {
		const uint64_t count =
			__atomic_load_n(&mapping->progress[w].message_count, __ATOMIC_RELAXED);

		if (w < c->producer_count)
			sent += count;
		else
			received += count;
	}
	*ret_received = received;
	return sent + received;
}

static void end_run(struct qb_samples *samples, enum qb_status status, enum qb_stage stage)
{
	samples->status = status;
	samples->stage = stage;
}

/* Adds to the reason where each thread stands, or stood when the process died. */
static void tell_stands(struct child *child, const struct qb_case *c, pid_t pid)
{
	struct qb_samples *samples = &child->mapping->samples;
	const size_t length = strlen(samples->reason);

	qb_stand_describe(child->mapping, c, pid, samples->reason + length,
	                  sizeof(samples->reason) - length);
}

static void explain_end(struct child *child, const struct qb_case *c, int status,
                        enum qb_stage stage)
{
	struct qb_samples *samples = &child->mapping->samples;

	samples->stage = stage;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && stage == QB_STAGE_FINISHED)
		return; /* the child has said all itself */
	samples->status = QB_STATUS_CRASHED;
	if (WIFSIGNALED(status))
		snprintf(samples->reason, sizeof(samples->reason),
		         "killed by signal %d (%s) while %s%s", WTERMSIG(status),
		         strsignal(WTERMSIG(status)), qb_stand_stage_name(stage),
		         WTERMSIG(status) == SIGKILL ? "; out of memory, perhaps" : "");
	else
		snprintf(samples->reason, sizeof(samples->reason),
		         "the measuring process ended with exit code %d while %s",
		         WEXITSTATUS(status), qb_stand_stage_name(stage));
	if (stage >= QB_STAGE_LINING_UP) /* before it there are no threads */
		tell_stands(child, c, 0);
}

static void explain_hang(struct child *child, const struct qb_case *c, uint64_t timeout_ns)
{
	struct qb_samples *samples = &child->mapping->samples;
	const enum qb_stage stage = __atomic_load_n(&child->mapping->stage, __ATOMIC_ACQUIRE);

	end_run(samples, QB_STATUS_TIMEOUT, stage);
	snprintf(samples->reason, sizeof(samples->reason), "no progress for %.3g s while %s",
	         (double)timeout_ns / 1e9, qb_stand_stage_name(stage));
	tell_stands(child, c, child->pid);
}

static void supervise(const struct qb_launch_request *request, struct child *child)
{
	struct qb_mapping *mapping = child->mapping;
	uint64_t last = 0, received, since_ns = qb_clock_monotonic_ns();
	enum qb_stage last_stage = QB_STAGE_STARTING;
	int status;

	while (!ended(child, &status)) {
		const uint64_t now_ns = qb_clock_monotonic_ns();
		const uint64_t progress = progress_of(mapping, request->c, &received);
		const enum qb_stage stage = __atomic_load_n(&mapping->stage, __ATOMIC_ACQUIRE);

		if (progress != last || stage != last_stage)
			since_ns = now_ns;
		last = progress;
		last_stage = stage;
		if (request->interrupted && *request->interrupted) {
			kill_child(child);
			end_run(&mapping->samples, QB_STATUS_INTERRUPTED, stage);
			snprintf(mapping->samples.reason, sizeof(mapping->samples.reason),
			         "interrupted");
			return;
		}
		if (now_ns - since_ns > request->protocol->timeout_ns) {
			explain_hang(child, request->c, request->protocol->timeout_ns);
			kill_child(child);
			return;
		}
		if (request->tick)
			request->tick(request->context, received, stage);
	}
	explain_end(child, request->c, status, __atomic_load_n(&mapping->stage, __ATOMIC_ACQUIRE));
}

/* A run that died within its window has left its partner recording. */
static void end_recording(const struct qb_launch_request *request, struct qb_mapping *mapping)
{
	if (!request->partner || !__atomic_load_n(&mapping->recording, __ATOMIC_RELAXED))
		return;
	mapping->samples.partner_failure = qb_partner_tell(request->partner, QB_PARTNER_DISABLE);
}

int qb_launch_run(const struct qb_launch_request *request, struct qb_samples *ret_samples,
                  struct qb_error *error)
{
	struct child child = { .pid = -1, .pidfd = -1, .mapping = MAP_FAILED, .memory = -1 };
	const uint64_t started_ns = qb_clock_monotonic_ns();
	int failure = create_mapping(request, &child, error);

	if (failure == 0)
		failure = start_child(request, &child, error);
	if (failure == 0) {
		supervise(request, &child);
		child.mapping->samples.started_ns = started_ns;
		child.mapping->samples.ended_ns = qb_clock_monotonic_ns();
		end_recording(request, child.mapping);
		*ret_samples = child.mapping->samples;
	}
	if (child.pidfd >= 0)
		close(child.pidfd);
	if (child.mapping != MAP_FAILED)
		munmap(child.mapping, sizeof(struct qb_mapping));
	if (child.memory >= 0)
		close(child.memory);
	return failure;
}
