/* counters_system.h -- the seam to the kernel: every call that counters need, replaceable by a
 * test.
 *
 * Each function returns -errno on failure.  Files of /sys and /proc are read below `root`. */
#ifndef QB_COUNTERS_SYSTEM_H
#define QB_COUNTERS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "perfcounters/event_names.h"

#define QB_PMU_CPUS_MAX   4096 /* CPUs that a list may name */
#define QB_PMU_CPUS_WORDS (QB_PMU_CPUS_MAX / 64)

struct perf_event_attr;
struct rlimit;

struct qb_counters_system {
	/* perf_event_open(2) and the calls on its descriptors */
	int (*open)(struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
	            unsigned long flags);
	ssize_t (*read)(int fd, void *buffer, size_t size);
	int (*control)(int fd, unsigned long request, unsigned long argument);
	int (*close)(int fd);
	/* as in event_names.h */
	int (*encode)(const char *name, struct qb_event_code *ret_code);
	const char *(*cpu_table)(void);
	int (*get_file_limit)(struct rlimit *ret_limit); /* RLIMIT_NOFILE */
	int (*set_file_limit)(const struct rlimit *limit);
	/* CPUs of the calling thread, a bit each */
	int (*get_affinity)(uint64_t ret_cpus[QB_PMU_CPUS_WORDS]);
	int (*set_affinity)(const uint64_t cpus[QB_PMU_CPUS_WORDS]);
	const char *root;       /* "" or a tree that stands in for /sys and /proc */
	const char *hypervisor; /* its name; NULL: ask the processor */
};

/* This machine. */
extern const struct qb_counters_system qb_counters_system_linux;

/* Reads the start of a small text file, less a final newline.  Returns its length or -errno. */
ssize_t qb_counters_system_text(const struct qb_counters_system *system, const char *path,
                                char *ret_text, size_t size);

/* Reads one number (decimal, or hexadecimal after 0x).  Returns 0 or -errno. */
int qb_counters_system_number(const struct qb_counters_system *system, const char *path,
                              long long *ret_number);

#endif
