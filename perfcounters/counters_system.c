/* counters_system -- this machine behind the seam of counters_system.h. */
#include "perfcounters/counters_system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int linux_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
                      unsigned long flags)
{
	const long fd = syscall(SYS_perf_event_open, attr, pid, cpu, group_fd, flags);

	return fd < 0 ? -errno : (int)fd;
}

static ssize_t linux_read(int fd, void *buffer, size_t size)
{
	const ssize_t length = read(fd, buffer, size);

	return length < 0 ? -errno : length;
}

static int linux_control(int fd, unsigned long request, unsigned long argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

static int linux_close(int fd) { return close(fd) < 0 ? -errno : 0; }

static int linux_get_file_limit(struct rlimit *ret_limit)
{
	return getrlimit(RLIMIT_NOFILE, ret_limit) < 0 ? -errno : 0;
}

static int linux_set_file_limit(const struct rlimit *limit)
{
	return setrlimit(RLIMIT_NOFILE, limit) < 0 ? -errno : 0;
}

static int linux_get_affinity(uint64_t ret_cpus[QB_PMU_CPUS_WORDS])
{
	const long size = syscall(SYS_sched_getaffinity, 0, QB_PMU_CPUS_MAX / 8, ret_cpus);

	if (size < 0)
		return -errno;
	memset((char *)ret_cpus + size, 0, QB_PMU_CPUS_MAX / 8 - (size_t)size);
	return 0;
}

static int linux_set_affinity(const uint64_t cpus[QB_PMU_CPUS_WORDS])
{
	return syscall(SYS_sched_setaffinity, 0, QB_PMU_CPUS_MAX / 8, cpus) < 0 ? -errno : 0;
}

const struct qb_counters_system qb_counters_system_linux = {
	.open = linux_open,
	.read = linux_read,
	.control = linux_control,
	.close = linux_close,
	.encode = qb_event_names_encode,
	.cpu_table = qb_event_names_cpu,
	.get_file_limit = linux_get_file_limit,
	.set_file_limit = linux_set_file_limit,
	.get_affinity = linux_get_affinity,
	.set_affinity = linux_set_affinity,
	.root = "",
};

ssize_t qb_counters_system_text(const struct qb_counters_system *system, const char *path,
                                char *ret_text, size_t size)
{
	char full[PATH_MAX];
	ssize_t length;
	int fd;

	if (snprintf(full, sizeof(full), "%s%s", system->root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, ret_text, size - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return length;
	if (length > 0 && ret_text[length - 1] == '\n')
		length--;
	ret_text[length] = '\0';
	return length;
}

int qb_counters_system_number(const struct qb_counters_system *system, const char *path,
                              long long *ret_number)
{
	char text[64], *end;
	const ssize_t length = qb_counters_system_text(system, path, text, sizeof(text));
	long long number;

	if (length < 0)
		return (int)length;
	errno = 0;
	number = strtoll(text, &end, 0);
	if (end == text || *end != '\0' || errno)
		return -EINVAL;
	*ret_number = number;
	return 0;
}
