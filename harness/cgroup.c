/* cgroup.c -- how much CPU time the control groups of this process grant
 *
 * The limit of every ancestor holds, so the smallest one on the way up counts.  Inside a container
 * the path in /proc/self/cgroup may be the host's, of which the mount shows only the end; what is
 * not there is passed over, and the walk ends at the mount's own root, which then is our group.
 * See cgroups(7), and "CPU Interface Files" of the kernel's cgroup-v2 manual.
 */
#include "harness/cgroup.h"

#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/kernel_file.h"

struct hierarchy {
	bool found;
	char mount[PATH_MAX]; /* where it is seen, without the root */
	char path[PATH_MAX];  /* our group in it */
};

typedef double quota_fn(const char *root, const char *group);

/* cpu.max: "max 100000" or "150000 100000". */
static double quota_v2(const char *root, const char *group)
{
	char file[2 * PATH_MAX + 32], text[64];
	double quota, period;

	snprintf(file, sizeof(file), "%s/cpu.max", group);
	if (!qb_kernel_file_line(root, file, text, sizeof(text)))
		return 0;
	return sscanf(text, "%lf %lf", &quota, &period) == 2 && period > 0 ? quota / period : 0;
}

/* cpu.cfs_quota_us is -1 without a limit, which is not a number to qb_kernel_file_number. */
static double quota_v1(const char *root, const char *group)
{
	char file[2 * PATH_MAX + 32];
	uint64_t quota_us, period_us;

	snprintf(file, sizeof(file), "%s/cpu.cfs_quota_us", group);
	if (!qb_kernel_file_number(root, file, &quota_us))
		return 0;
	snprintf(file, sizeof(file), "%s/cpu.cfs_period_us", group);
	if (!qb_kernel_file_number(root, file, &period_us) || period_us == 0)
		return 0;
	return (double)quota_us / (double)period_us;
}

static double smaller_limit(double a, double b)
{
	if (a <= 0 || b <= 0)
		return a > 0 ? a : b;
	return a < b ? a : b;
}

static double smallest_quota(const char *root, const struct hierarchy *hierarchy, quota_fn *quota)
{
	char group[2 * PATH_MAX];
	double smallest = 0;

	if (!hierarchy->found)
		return 0;
	snprintf(group, sizeof(group), "%s%s", hierarchy->mount, hierarchy->path);
	while (strlen(group) >= strlen(hierarchy->mount)) {
		char *const slash = strrchr(group, '/');

		smallest = smaller_limit(smallest, quota(root, group));
		if (!slash)
			break;
		*slash = '\0';
	}
	return smallest;
}

static void find_mounts(const char *root, struct hierarchy *v1, struct hierarchy *v2)
{
	char path[PATH_MAX], strings[2 * PATH_MAX];
	struct mntent entry;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/self/mounts", root);
	file = setmntent(path, "re");
	if (!file)
		return;
	while (getmntent_r(file, &entry, strings, sizeof(strings))) {
		const bool is_v2 = strcmp(entry.mnt_type, "cgroup2") == 0;
		struct hierarchy *const hierarchy = is_v2 ? v2 : v1;

		if (!is_v2 && (strcmp(entry.mnt_type, "cgroup") != 0 || !hasmntopt(&entry, "cpu")))
			continue;
		hierarchy->found = true;
		snprintf(hierarchy->mount, sizeof(hierarchy->mount), "%s", entry.mnt_dir);
	}
	endmntent(file);
}

/* True if the comma-separated `list` holds `word`. */
static bool lists(const char *list, const char *word)
{
	const size_t length = strlen(word);

	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL) {
		if (strncmp(list, word, length) == 0 && (list[length] == ',' || !list[length]))
			return true;
	}
	return false;
}

/* Lines of /proc/self/cgroup: "0::/user.slice" (version 2), "3:cpu,cpuacct:/docker/1f". */
static void find_group(char *line, struct hierarchy *v1, struct hierarchy *v2)
{
	char *const controllers = strchr(line, ':');
	char *const path = controllers ? strchr(controllers + 1, ':') : NULL;
	struct hierarchy *hierarchy = NULL;

	if (!path)
		return;
	*path = '\0';
	if (controllers[1] == '\0')
		hierarchy = v2;
	else if (lists(controllers + 1, "cpu"))
		hierarchy = v1;
	if (hierarchy)
		snprintf(hierarchy->path, sizeof(hierarchy->path), "%s", path + 1);
}

static void find_groups(const char *root, struct hierarchy *v1, struct hierarchy *v2)
{
	char path[PATH_MAX], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	file = fopen(path, "re");
	if (!file)
		return;
	while (getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		find_group(line, v1, v2);
	}
	free(line);
	fclose(file);
}

double qb_cgroup_cpu_quota(const char *root)
{
	struct hierarchy v1 = { .found = false }, v2 = { .found = false };

	find_mounts(root, &v1, &v2);
	find_groups(root, &v1, &v2);
	return smaller_limit(smallest_quota(root, &v1, quota_v1),
	                     smallest_quota(root, &v2, quota_v2));
}

/* cpu.stat is `nr_throttled 12` among other lines, in both versions. */
static bool add_throttled(const char *root, const char *group, uint64_t *periods)
{
	char path[3 * PATH_MAX], line[128];
	unsigned long long count;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s/cpu.stat", root, group);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "nr_throttled %llu", &count) == 1;
	fclose(file);
	if (found)
		*periods += count;
	return found;
}

/* Whichever group on the way up is stopped, we are. */
static bool sum_throttled(const char *root, const struct hierarchy *hierarchy, uint64_t *periods)
{
	char group[2 * PATH_MAX];
	bool any = false;

	if (!hierarchy->found)
		return false;
	snprintf(group, sizeof(group), "%s%s", hierarchy->mount, hierarchy->path);
	while (strlen(group) >= strlen(hierarchy->mount)) {
		char *const slash = strrchr(group, '/');

		any |= add_throttled(root, group, periods);
		if (!slash)
			break;
		*slash = '\0';
	}
	return any;
}

bool qb_cgroup_throttled(const char *root, uint64_t *ret_periods)
{
	struct hierarchy v1 = { .found = false }, v2 = { .found = false };
	bool any;

	*ret_periods = 0;
	find_mounts(root, &v1, &v2);
	find_groups(root, &v1, &v2);
	any = sum_throttled(root, &v1, ret_periods);
	return sum_throttled(root, &v2, ret_periods) || any;
}
