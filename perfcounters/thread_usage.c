/* thread_usage -- switches, faults and CPU time of a thread.
 *
 * The kernel's accounting, not the software events of perf: those need the right to see the kernel
 * (a context switch happens there), and read 0 for ever without it. */
#include "perfcounters/thread_usage.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

void qb_thread_usage_identify(struct qb_thread_identity *ret_identity)
{
	ret_identity->tid = (pid_t)syscall(SYS_gettid);
	if (pthread_getcpuclockid(pthread_self(), &ret_identity->clock) != 0)
		ret_identity->clock = CLOCK_THREAD_CPUTIME_ID;
}

static uint64_t ns_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static void read_own(struct qb_thread_usage *usage)
{
	struct rusage rusage;

	if (getrusage(RUSAGE_THREAD, &rusage) != 0)
		return;
	usage->times_known = usage->switches_known = true;
	usage->user_ns = ns_of(rusage.ru_utime);
	usage->system_ns = ns_of(rusage.ru_stime);
	usage->minor_faults = (uint64_t)rusage.ru_minflt;
	usage->major_faults = (uint64_t)rusage.ru_majflt;
	usage->voluntary = (uint64_t)rusage.ru_nvcsw;
	usage->involuntary = (uint64_t)rusage.ru_nivcsw;
	usage->cpu = sched_getcpu();
}

/* Reads a whole file of the thread's folder in /proc; false if there is none. */
static bool read_file(const char *root, pid_t tid, const char *name, char *text, size_t size)
{
	char path[512];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/proc/self/task/%d/%s", root, (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The fields of /proc/pid/stat, numbered from 1 as in proc(5); the name, which may hold anything,
 * ends with the last parenthesis. */
static void read_stat(const char *root, pid_t tid, struct qb_thread_usage *usage)
{
	enum { FIRST = 3, MINFLT = 10, MAJFLT = 12, UTIME = 14, STIME = 15, PROCESSOR = 39 };
	const uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t fields[PROCESSOR + 1] = { 0 };
	char text[1024], *at, *save;
	int field = FIRST;

	if (!read_file(root, tid, "stat", text, sizeof(text)) || !(at = strrchr(text, ')')))
		return;
	for (at = strtok_r(at + 1, " ", &save); at && field <= PROCESSOR;
	     at = strtok_r(NULL, " ", &save))
		fields[field++] = strtoull(at, NULL, 10);
	if (field <= PROCESSOR)
		return;
	usage->times_known = true;
	usage->minor_faults = fields[MINFLT];
	usage->major_faults = fields[MAJFLT];
	usage->user_ns = fields[UTIME] * tick_ns;
	usage->system_ns = fields[STIME] * tick_ns;
	usage->cpu = (int)fields[PROCESSOR];
}

static void read_status(const char *root, pid_t tid, struct qb_thread_usage *usage)
{
	static const char voluntary[] = "\nvoluntary_ctxt_switches:";
	static const char involuntary[] = "\nnonvoluntary_ctxt_switches:";
	const char *first, *second;
	char text[4096];

	if (!read_file(root, tid, "status", text, sizeof(text)))
		return;
	first = strstr(text, voluntary);
	second = strstr(text, involuntary);
	if (!first || !second)
		return;
	usage->switches_known = true;
	usage->voluntary = strtoull(first + strlen(voluntary), NULL, 10);
	usage->involuntary = strtoull(second + strlen(involuntary), NULL, 10);
}

static void read_delay(const char *root, pid_t tid, struct qb_thread_usage *usage)
{
	char text[128], *end;

	if (!read_file(root, tid, "schedstat", text, sizeof(text)))
		return;
	strtoull(text, &end, 10);
	usage->delay_known = end != text;
	usage->delay_ns = strtoull(end, NULL, 10);
}

void qb_thread_usage_read(const struct qb_thread_identity *identity, const char *root,
                          struct qb_thread_usage *ret_usage)
{
	struct timespec time;

	memset(ret_usage, 0, sizeof(*ret_usage));
	ret_usage->cpu = -1;
	ret_usage->cpu_known = clock_gettime(identity->clock, &time) == 0;
	if (ret_usage->cpu_known)
		ret_usage->cpu_ns = (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
	if (identity->tid == (pid_t)syscall(SYS_gettid)) {
		read_own(ret_usage);
	} else {
		read_stat(root, identity->tid, ret_usage);
		read_status(root, identity->tid, ret_usage);
	}
	read_delay(root, identity->tid, ret_usage);
}
