/* plain_runner -- runs the same Criterion tests without Criterion's runner, under sanitizers.
 *
 * Criterion starts each test in a sandbox that maps memory at addresses which ThreadSanitizer keeps
 * for itself, and aborts (Snaipe/Criterion issue 274); and it does not see that a sanitizer ended a
 * test whose assertions passed.  This main takes its place in those builds: one forked process per
 * test and parameter, as many at a time as there are CPUs, and the exit status decides.  The
 * functions below are the ones that the macros of <criterion/criterion.h> call; defined here, they
 * win over the library's. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define LONGEST_TEST_S    600u /* of a test that names no timeout of its own */
#define SLOWDOWN          10   /* of a sanitized test, allowed on top of its own timeout */
#define EXIT_TEST_FAILED  1
#define EXIT_TEST_SKIPPED 77

extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

/* A test's process, or an empty place for one. */
struct job {
	pid_t child;
	const struct criterion_test *test;
};

#define KEPT_MAX 256

static struct job jobs[64];
static struct criterion_test_params kept[KEPT_MAX]; /* so that none counts as leaked */
static size_t kept_count;
static unsigned passed, failed, skipped;

/* In the test's own process. */
static const struct criterion_test *running;
static void *parameter;
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

void criterion_internal_test_main(void (*fn)(void))
{
	if (parameter)
		((void (*)(void *))fn)(parameter);
	else
		fn();
}

void criterion_internal_test_teardown(void)
{
	const struct criterion_suite *suite = find_suite(running->category);

	if (running->data->fini)
		running->data->fini();
	if (suite && suite->data->fini)
		suite->data->fini();
}

void cri_asserts_passed_incr(void) {}

void *cr_malloc(size_t size) { return malloc(size); }
void *cr_calloc(size_t nmemb, size_t size) { return calloc(nmemb, size); }
void *cr_realloc(void *ptr, size_t size) { return realloc(ptr, size); }
void cr_free(void *ptr) { free(ptr); }

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

	printf("  skipped %s/%s: ", running->category, running->name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(EXIT_TEST_SKIPPED);
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

static bool is_expected(const struct criterion_test *test, int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == test->data->signal;
	return test->data->signal == 0 && WEXITSTATUS(status) == test->data->exit_code;
}

/* Counts the next test that ends, and returns its place. */
static struct job *wait_for_one(void)
{
	struct job *job = jobs;
	int status;
	const pid_t child = wait(&status);

	while (job->child != child)
		job++;
	if (is_expected(job->test, status)) {
		passed++;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TEST_SKIPPED) {
		skipped++;
	} else {
		failed++;
		printf("failed: %s/%s: %s %d\n", job->test->category, job->test->name,
		       WIFSIGNALED(status) ? "signal" : "exit status",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	job->child = 0;
	return job;
}

static struct job *find_place(size_t job_count)
{
	for (size_t index = 0; index < job_count; index++) {
		if (jobs[index].child == 0)
			return &jobs[index];
	}
	return wait_for_one();
}

static bool is_any_running(size_t job_count)
{
	for (size_t index = 0; index < job_count; index++) {
		if (jobs[index].child != 0)
			return true;
	}
	return false;
}

static void start(struct job *job, const struct criterion_test *test, void *its_parameter)
{
	const double timeout = test->data->timeout * SLOWDOWN;

	fflush(NULL);
	job->test = test;
	job->child = fork();
	if (job->child < 0) {
		perror("plain_runner: fork");
		exit(2);
	}
	if (job->child > 0)
		return;
	running = test;
	parameter = its_parameter;
	alarm(timeout > 0 ? (unsigned)timeout + 1 : LONGEST_TEST_S);
	test->test();
	exit(assertion_failed ? EXIT_TEST_FAILED : 0);
}

static void start_each(const struct criterion_test *test, size_t job_count)
{
	struct criterion_test_params parameters;

	if (test->data->disabled) {
		skipped++;
		return;
	}
	if (test->data->kind_ != CR_TEST_PARAMETERIZED) {
		start(find_place(job_count), test, NULL);
		return;
	}
	parameters = test->data->param_();
	for (size_t index = 0; index < parameters.length; index++)
		start(find_place(job_count), test,
		      (char *)parameters.params + index * parameters.size);
	kept[kept_count++ % KEPT_MAX] = parameters;
}

int main(int argc, char **argv)
{
	const long cpu_count = sysconf(_SC_NPROCESSORS_ONLN);
	const size_t job_count = cpu_count > 64 ? 64 : (size_t)cpu_count;

	(void)argc;
	for (struct criterion_test **test = __start_cr_tst; test != __stop_cr_tst; test++) {
		if (is_wanted(*test, argv + 1))
			start_each(*test, job_count);
	}
	while (is_any_running(job_count))
		wait_for_one();
	printf("unit: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0 || passed == 0;
}
