/* plain_runner -- runs the same Criterion tests without Criterion's runner, for ThreadSanitizer.
 *
 * Criterion starts each test in a sandbox that maps memory at addresses which ThreadSanitizer keeps
 * for itself, and aborts (Snaipe/Criterion issue 274).  This main takes its place in that build:
 * one forked process per test, one after the other.  The functions below are the ones that the
 * macros of <criterion/criterion.h> call; defined here, they win over the library's. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#define LONGEST_TEST_S    120u /* of a test that names no timeout of its own */
#define SLOWDOWN          10   /* of a sanitized test, allowed on top of its own timeout */
#define EXIT_TEST_FAILED  1
#define EXIT_TEST_SKIPPED 77

extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

static const struct criterion_test *running;
static bool assertion_failed;

static const struct criterion_suite *find_suite(const char *name)
{
	for (struct criterion_suite **suite = __start_cr_sts; suite != __stop_cr_sts; suite++) {
		if (strcmp((*suite)->name, name) == 0)
			return *suite;
	}
	return NULL;
}

void criterion_internal_test_setup(void)
{
	const struct criterion_suite *suite = find_suite(running->category);

	if (suite && suite->data->init)
		suite->data->init();
	if (running->data->init)
		running->data->init();
}

void criterion_internal_test_main(void (*fn)(void)) { fn(); }

void criterion_internal_test_teardown(void)
{
	const struct criterion_suite *suite = find_suite(running->category);

	if (running->data->fini)
		running->data->fini();
	if (suite && suite->data->fini)
		suite->data->fini();
}

void cri_asserts_passed_incr(void) {}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (stats->passed)
		return;
	assertion_failed = true;
	printf("%s:%u: %s/%s: %s\n", stats->file, stats->line, running->category, running->name,
	       stats->message ? stats->message : "assertion failed");
}

void criterion_abort_test(void) { exit(EXIT_TEST_FAILED); }

void criterion_continue_test(void) {}

__attribute__((format(printf, 1, 2))) void criterion_skip_test(const char *format, ...)
{
	va_list arguments;

	printf("skipped: %s/%s: ", running->category, running->name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(EXIT_TEST_SKIPPED);
}

/* Returns the exit status of the test's process as waitpid tells it. */
static int run_in_child(const struct criterion_test *test)
{
	const double timeout = test->data->timeout * SLOWDOWN;
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		running = test;
		alarm(timeout > 0 ? (unsigned)timeout + 1 : LONGEST_TEST_S);
		test->test();
		exit(assertion_failed ? EXIT_TEST_FAILED : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		perror("plain_runner");
	return status;
}

static bool is_expected(const struct criterion_test *test, int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == test->data->signal;
	return test->data->signal == 0 && WEXITSTATUS(status) == test->data->exit_code;
}

/* Each argument is a pattern of SUITE/NAME; none means all. */
static bool is_wanted(const struct criterion_test *test, char **patterns)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", test->category, test->name);
	for (char **pattern = patterns; *pattern; pattern++) {
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	}
	return !*patterns;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0, skipped = 0;

	(void)argc;
	for (struct criterion_test **test = __start_cr_tst; test != __stop_cr_tst; test++) {
		int status;

		if (!is_wanted(*test, argv + 1))
			continue;
		status = (*test)->data->disabled ? EXIT_TEST_SKIPPED << 8 : run_in_child(*test);
		if (is_expected(*test, status)) {
			passed++;
		} else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TEST_SKIPPED) {
			skipped++;
		} else {
			failed++;
			printf("failed: %s/%s: %s %d\n", (*test)->category, (*test)->name,
			       WIFSIGNALED(status) ? "signal" : "exit status",
			       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		}
	}
	printf("unit: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0 || passed == 0;
}
