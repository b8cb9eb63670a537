/* fake_perf.h -- a kernel with a PMU of our choosing, behind the seam of counters_system.h, and a
 * tree that stands in for /sys and /proc.
 *
 * Every read of a group is one step of its time: each event grows by its rate, so that between two
 * reads exactly one step has passed. */
#ifndef QB_FAKE_PERF_H
#define QB_FAKE_PERF_H

#include <errno.h>
#include <ftw.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perfcounters/perfcounters.h"

#define FAKE_FDS_MAX 512
#define FAKE_STEP_NS 1000000

struct fake_fd {
	struct perf_event_attr attr;
	bool open, enabled;
	int leader; /* itself, if it leads */
	uint64_t id, value, enabled_ns, running_ns;
};

static struct {
	char root[64];
	struct fake_fd fds[FAKE_FDS_MAX];
	uint64_t next_id;
	unsigned open_count;
	/* The test's choices. */
	int (*refuse)(const struct perf_event_attr *attr);    /* errno; NULL: opens all */
	uint64_t (*rate)(const struct perf_event_attr *attr); /* per step; NULL: fake_rate */
	unsigned slots;                                       /* counters of the PMU */
	double share;                                         /* of the time that groups run */
	bool error_state;                                     /* reads give 0 bytes */
	unsigned interrupt; /* every n-th call is EINTR; 0: none */
	unsigned calls;
	struct rlimit limit;
	uint64_t affinity[QB_PMU_CPUS_WORDS];
} fake;

static inline bool fake_interrupted(void)
{
	return fake.interrupt && ++fake.calls % fake.interrupt == 0;
}

static inline int fake_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
                            unsigned long flags)
{
	struct fake_fd *fd = fake.fds;
	const int err = fake.refuse ? fake.refuse(attr) : 0;

	(void)pid, (void)cpu, (void)flags;
	if (fake_interrupted())
		return -EINTR;
	if (err)
		return -err;
	while (fd < fake.fds + FAKE_FDS_MAX && fd->open)
		fd++;
	if (fd == fake.fds + FAKE_FDS_MAX)
		return -EMFILE;
	*fd = (struct fake_fd){ .attr = *attr, .open = true, .id = 1000 + fake.next_id++ };
	fd->leader = group_fd >= 0 ? group_fd - 100 : (int)(fd - fake.fds);
	fake.open_count++;
	return (int)(fd - fake.fds) + 100;
}

/* What a PMU without faults counts while the self-test's loop runs. */
static inline uint64_t fake_rate(const struct perf_event_attr *attr)
{
	if (attr->type == PERF_TYPE_HARDWARE)
		return attr->config == PERF_COUNT_HW_INSTRUCTIONS ? 2000000 : 1000000;
	if (attr->config == 0xc0 || attr->config == 0x8)
		return 2000000;
	return attr->config == 0x3c || attr->config == 0x11 ? 1000000 : 500;
}

static inline unsigned fake_group_size(int leader)
{
	unsigned count = 0;

	for (int i = 0; i < FAKE_FDS_MAX; i++)
		count += fake.fds[i].open && fake.fds[i].leader == leader;
	return count;
}

static inline void fake_step(int leader)
{
	const bool scheduled = fake_group_size(leader) <= fake.slots;

	for (int i = 0; i < FAKE_FDS_MAX; i++) {
		struct fake_fd *fd = &fake.fds[i];
		const double rate = (double)(fake.rate ? fake.rate : fake_rate)(&fd->attr);

		if (!fd->open || fd->leader != leader || !fake.fds[leader].enabled)
			continue;
		fd->enabled_ns += FAKE_STEP_NS;
		fd->running_ns += scheduled ? (uint64_t)(FAKE_STEP_NS * fake.share) : 0;
		fd->value += scheduled ? (uint64_t)(rate * fake.share) : 0;
	}
}

static inline ssize_t fake_read(int number, void *buffer, size_t size)
{
	const int leader = number - 100;
	uint64_t *image = buffer;
	size_t words = 3;

	if (fake_interrupted())
		return -EINTR;
	if (fake.error_state)
		return 0;
	fake_step(leader);
	image[0] = 0;
	image[1] = fake.fds[leader].enabled_ns;
	image[2] = fake.fds[leader].running_ns;
	for (int i = 0; i < FAKE_FDS_MAX && (words + 2) * sizeof(*image) <= size; i++)
		if (fake.fds[i].open && fake.fds[i].leader == leader) {
			image[words++] = fake.fds[i].value;
			image[words++] = fake.fds[i].id;
			image[0]++;
		}
	return (ssize_t)(words * sizeof(*image));
}

static inline int fake_control(int number, unsigned long request, unsigned long argument)
{
	struct fake_fd *fd = &fake.fds[number - 100];

	if (fake_interrupted())
		return -EINTR;
	if (request == PERF_EVENT_IOC_ID)
		memcpy((void *)argument, &fd->id, sizeof(fd->id));
	else if (request == PERF_EVENT_IOC_ENABLE)
		fd->enabled = argument == PERF_IOC_FLAG_GROUP;
	return 0;
}

static inline int fake_close(int number)
{
	fake.fds[number - 100].open = false;
	fake.open_count--;
	return 0;
}

static inline int fake_encode_nothing(const char *name, struct qb_event_code *ret_code)
{
	(void)name, (void)ret_code;
	return -ENOENT;
}

static inline const char *fake_no_table(void) { return ""; }
static inline const char *fake_table(void) { return "icl"; }

static inline int fake_get_limit(struct rlimit *ret_limit)
{
	*ret_limit = fake.limit;
	return 0;
}

static inline int fake_set_limit(const struct rlimit *limit)
{
	if (limit->rlim_cur > fake.limit.rlim_max)
		return -EINVAL;
	fake.limit = *limit;
	return 0;
}

static inline int fake_get_affinity(uint64_t ret_cpus[QB_PMU_CPUS_WORDS])
{
	memcpy(ret_cpus, fake.affinity, sizeof(fake.affinity));
	return 0;
}

static inline int fake_set_affinity(const uint64_t cpus[QB_PMU_CPUS_WORDS])
{
	memcpy(fake.affinity, cpus, sizeof(fake.affinity));
	return 0;
}

static struct qb_counters_system fake_system;

/* Writes a file of the tree, with its folders. */
static inline void fake_file(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", fake.root, path);
	for (char *slash = strchr(full + strlen(fake.root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

static inline int fake_remove(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat, (void)type, (void)at;
	return remove(path);
}

static inline void fake_setup(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.slots = 8;
	fake.share = 1;
	fake.limit = (struct rlimit){ 1024, 1024 };
	memset(fake.affinity, 0xff, 8);
	snprintf(fake.root, sizeof(fake.root), "/tmp/qb-counters-XXXXXX");
	if (!mkdtemp(fake.root))
		abort();
	fake_system = (struct qb_counters_system){
		fake_open,           fake_read,         fake_control,   fake_close,
		fake_encode_nothing, fake_table,        fake_get_limit, fake_set_limit,
		fake_get_affinity,   fake_set_affinity, fake.root,      "KVM",
	};
	fake_file("/proc/sys/kernel/perf_event_paranoid", "2\n");
	fake_file("/proc/self/status", "Name:\ttest\nSeccomp:\t0\n");
}

static inline void fake_teardown(void) { nftw(fake.root, fake_remove, 8, FTW_DEPTH | FTW_PHYS); }

/* A Xeon (Emerald Rapids) with its PMU. */
static inline void fake_xeon(void)
{
	fake_file("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
	                           "model\t\t: 207\nmodel name\t: Xeon\nstepping\t: 2\n"
	                           "flags\t\t: fpu hypervisor avx\n\n");
	fake_file("/sys/bus/event_source/devices/cpu/type", "4\n");
}

/* A hybrid: CPUs 0-3 large, 4-7 small. */
static inline void fake_hybrid(void)
{
	fake_file("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
	                           "model\t\t: 183\nstepping\t: 1\nflags\t\t: fpu avx\n\n"
	                           "processor\t: 4\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
	                           "model\t\t: 183\nstepping\t: 1\nflags\t\t: fpu avx\n\n");
	fake_file("/sys/bus/event_source/devices/cpu_core/type", "4\n");
	fake_file("/sys/bus/event_source/devices/cpu_core/cpus", "0-3\n");
	fake_file("/sys/bus/event_source/devices/cpu_atom/type", "10\n");
	fake_file("/sys/bus/event_source/devices/cpu_atom/cpus", "4-7\n");
}

static inline int fake_no_pmu(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE ? 0 : ENOENT;
}

#endif
