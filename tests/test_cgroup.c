/* test_cgroup.c -- CPU quotas, in control groups of both versions */
#include <criterion/criterion.h>

#include "harness/cgroup.h"
#include "tests/tree.h"

#define V2_MOUNT "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
#define V1_MOUNTS                                                                                  \
	"cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n"                                      \
	"cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"

static double quota_and_end(const struct tree *tree)
{
	const double quota = qb_cgroup_cpu_quota(tree->root);

	tree_destroy(tree);
	return quota;
}

Test(cgroup, without_any_grants_everything)
{
	const struct tree tree = tree_create();

	cr_assert_eq(quota_and_end(&tree), 0);
}

Test(cgroup, reads_the_quota_of_version_2)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V2_MOUNT);
	tree_write(&tree, "/proc/self/cgroup", "0::/user.slice/a\n");
	tree_write(&tree, "/sys/fs/cgroup/user.slice/a/cpu.max", "150000 100000\n");
	tree_write(&tree, "/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
	cr_assert_eq(quota_and_end(&tree), 1.5);
}

Test(cgroup, obeys_the_smallest_quota_on_the_way_up)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V2_MOUNT);
	tree_write(&tree, "/proc/self/cgroup", "0::/a/b/c\n");
	tree_write(&tree, "/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
	tree_write(&tree, "/sys/fs/cgroup/a/cpu.max", "100000 50000\n");
	cr_assert_eq(quota_and_end(&tree), 2);
}

Test(cgroup, reads_the_quota_of_version_1)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V1_MOUNTS);
	tree_write(&tree, "/proc/self/cgroup", "4:cpuset:/x\n3:cpu,cpuacct:/docker/1f\n0::/\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_quota_us", "50000\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_period_us", "100000\n");
	cr_assert_eq(quota_and_end(&tree), 0.5);
}

Test(cgroup, sees_that_version_1_sets_no_quota)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V1_MOUNTS);
	tree_write(&tree, "/proc/self/cgroup", "3:cpu,cpuacct:/a\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
	cr_assert_eq(quota_and_end(&tree), 0);
}

Test(cgroup, finds_the_mounts_own_root_when_the_path_is_the_hosts)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V2_MOUNT);
	tree_write(&tree, "/proc/self/cgroup", "0::/kubepods/pod7/1f\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu.max", "300000 100000\n");
	cr_assert_eq(quota_and_end(&tree), 3);
}

Test(cgroup, is_not_led_astray_by_malformed_files)
{
	const struct tree tree = tree_create();

	tree_write(&tree, "/proc/self/mounts", V2_MOUNT V1_MOUNTS);
	tree_write(&tree, "/proc/self/cgroup",
	           "\n::\ncpu\n0:\n3:cpuset,cpufreq:/x\n0::/a\n3:cpu:/a\n");
	tree_write(&tree, "/sys/fs/cgroup/a/cpu.max", "100000 0\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu.max", "");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "5x\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "5000\n");
	tree_write(&tree, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "0\n");
	cr_assert_eq(quota_and_end(&tree), 0);
}
