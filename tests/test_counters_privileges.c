/* test_counters_privileges -- the real kernel, refusing: filters, missing rights, low limits. */
#include <criterion/criterion.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/host_perf.h"

TestSuite(counters_privileges, .init = host_setup);

/* Runs a part in a child, whose privileges it spoils; gives what the child returned. */
static int in_child(int (*part)(int), int argument)
{
	const pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(part(argument));
	cr_assert_gt(child, 0);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum { UNABLE = 100 };

/* Plans in the present state of this process; the absence of `cycles`. */
static int plan_cycles(enum qb_counters_scope scope, unsigned thread_count)
{
	static const char *const events[] = { "bp0" };
	const struct qb_counters_request request = {
		.scope = scope, .events = events, .event_count = 1, .thread_count = thread_count
	};
	struct qb_counters_why why;

	if (qb_counters_plan(&host, &request, &plan, &why) != 0)
		return UNABLE;
	return (int)plan.events[0].why.code;
}

static int plan_behind_filter(int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)err & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return UNABLE;
	return plan_cycles(QB_COUNTERS_USER, 1);
}

Test(counters_privileges, recognize_a_seccomp_filter)
{
	const int code = in_child(plan_behind_filter, EPERM);

	if (code == UNABLE)
		cr_skip("this host lets us set no seccomp filter");
	cr_expect_eq(code, QB_ABSENCE_SECCOMP);
	cr_expect_eq(in_child(plan_behind_filter, ENOSYS), QB_ABSENCE_SECCOMP);
}

/* 1: user mode only, noted; 2: denied altogether; 3: all allowed. */
static int plan_as_nobody(int unused)
{
	(void)unused;
	if (setgid(65534) != 0 || setuid(65534) != 0)
		return UNABLE;
	if (plan_cycles(QB_COUNTERS_ALL, 1) == QB_ABSENCE_DENIED)
		return 2;
	if (plan.scope == QB_COUNTERS_ALL)
		return 3;
	return plan.note_count && plan.notes[0].code == QB_ABSENCE_DENIED && !plan.migrations ? 1
	                                                                                      : 4;
}

Test(counters_privileges, fall_back_to_user_mode_without_privileges)
{
	long long paranoid;

	if (geteuid() != 0)
		cr_skip("needs root, to become nobody");
	if (qb_counters_system_number(&host, "/proc/sys/kernel/perf_event_paranoid", &paranoid) < 0)
		cr_skip("this kernel has no perf events");
	cr_expect_eq(in_child(plan_as_nobody, 0), paranoid > 2 ? 2 : paranoid == 2 ? 1 : 3);
}

/* 1: the limit was raised; 2: it was not, and that was said. */
static int plan_with_limit(int hard)
{
	const struct rlimit limit = { 64, (rlim_t)hard };
	struct rlimit now;

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return UNABLE;
	if (plan_cycles(QB_COUNTERS_USER, 200) == QB_ABSENCE_FDS)
		return strstr(plan.events[0].why.text, "limit is 64 (hard 128)") ? 2 : 3;
	if (plan.group_count == 0)
		return UNABLE;
	getrlimit(RLIMIT_NOFILE, &now);
	return now.rlim_cur > 200 ? 1 : 4;
}

Test(counters_privileges, raise_the_limit_of_descriptors_or_say_that_they_cannot)
{
	const int code = in_child(plan_with_limit, 4096);

	if (code == UNABLE)
		cr_skip("this host counts no breakpoints, or has a lower limit");
	cr_expect_eq(code, 1);
	cr_expect_eq(in_child(plan_with_limit, 128), 2);
}

/* Uses up all descriptors, then attaches; the absence of the breakpoint. */
static int attach_without_files(int unused)
{
	struct qb_counters_thread thread = { .system = &host };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_snap from, to;
	struct qb_counters_why why;

	(void)unused;
	plan_cycles(QB_COUNTERS_USER, 1);
	if (plan.events[index_of("bp0")].why.code)
		return UNABLE;
	while (dup(0) >= 0)
		;
	if (qb_counters_attach(&plan, plan.group_count - 1, -1, &thread, &why) != -EMFILE)
		return 50;
	qb_counters_snap(&thread, &from);
	qb_counters_snap(&thread, &to);
	qb_counters_diff(&plan, &from, &to, values);
	return (int)values[index_of("bp0")].absence;
}

Test(counters_privileges, live_on_when_descriptors_are_used_up)
{
	const int code = in_child(attach_without_files, 0);

	if (code == UNABLE)
		cr_skip("this host counts no breakpoints");
	cr_expect_eq(code, QB_ABSENCE_FDS);
}
