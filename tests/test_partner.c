/* test_partner -- FIFOs in a folder of their own, and a child that plays perf. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "harness/clock.h"
#include "harness/partner.h"
#include "tests/tree.h"

struct stage {
	struct tree tree;
	char control[64], answers[64], both[160];
	int reader; /* perf's end of the first */
};

static void prepare(struct stage *stage)
{
	signal(SIGPIPE, SIG_IGN); /* as every command of qbench has it */
	stage->tree = tree_create();
	snprintf(stage->control, sizeof(stage->control), "%s/control", stage->tree.root);
	snprintf(stage->answers, sizeof(stage->answers), "%s/answers", stage->tree.root);
	snprintf(stage->both, sizeof(stage->both), "%s,%s", stage->control, stage->answers);
	cr_assert_eq(mkfifo(stage->control, 0600), 0);
	cr_assert_eq(mkfifo(stage->answers, 0600), 0);
	stage->reader = open(stage->control, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(stage->reader, 0);
}

static void clear(struct stage *stage)
{
	if (stage->reader >= 0)
		close(stage->reader);
	tree_destroy(&stage->tree);
}

static void expect_refused(const char *names, const char *sentence)
{
	struct qb_partner partner;
	struct qb_error error = { 0 };

	cr_expect_lt(qb_partner_open(names, &partner, &error), 0, "%s", names);
	cr_expect(strstr(error.text, sentence), "%s: %s", names, error.text);
}

Test(partner, what_is_no_fifo_or_has_no_reader_is_refused)
{
	struct stage stage;
	char names[160];

	prepare(&stage);
	expect_refused("/nowhere/fifo", "'/nowhere/fifo' is not there");
	expect_refused("/dev/null", "'/dev/null' is no FIFO");
	snprintf(names, sizeof(names), "%s,/nowhere/fifo", stage.control);
	expect_refused(names, "'/nowhere/fifo' is not there");
	snprintf(names, sizeof(names), "%s,%s", stage.control, stage.control);
	expect_refused(names, "is both FIFOs");
	close(stage.reader);
	stage.reader = -1;
	expect_refused(stage.control, "nobody reads FIFO");
	clear(&stage);
}

Test(partner, hears_one_line_for_each_command)
{
	struct stage stage;
	struct qb_partner partner;
	struct qb_error error;
	char heard[64] = "";

	prepare(&stage);
	cr_assert_eq(qb_partner_open(stage.control, &partner, &error), 0, "%s", error.text);
	cr_expect_eq(qb_partner_tell(&partner, QB_PARTNER_ENABLE), 0);
	cr_expect_eq(qb_partner_tell(&partner, QB_PARTNER_DISABLE), 0);
	cr_expect_gt(read(stage.reader, heard, sizeof(heard) - 1), 0);
	cr_expect_str_eq(heard, "enable\ndisable\n");
	qb_partner_close(&partner);
	clear(&stage);
}

/* Reads one command, lets a while pass, and answers as perf does. */
static pid_t start_perf(const struct stage *stage)
{
	const pid_t pid = fork();
	char command[64];
	int answers;

	if (pid != 0)
		return pid;
	answers = open(stage->answers, O_RDWR | O_CLOEXEC);
	while (read(stage->reader, command, sizeof(command)) <= 0)
		usleep(1000);
	usleep(50000);
	_exit(write(answers, "ack\n", 5) == 5 ? 0 : 1);
}

Test(partner, is_waited_for_until_it_answers, .timeout = 60)
{
	struct stage stage;
	struct qb_partner partner;
	struct qb_error error;
	uint64_t began_ns;
	pid_t perf;

	prepare(&stage);
	cr_assert_eq(qb_partner_open(stage.both, &partner, &error), 0, "%s", error.text);
	/* An answer to nothing is no answer to what comes. */
	cr_assert_eq(write(partner.answers, "ack\n", 5), 5);
	perf = start_perf(&stage);
	began_ns = qb_clock_monotonic_ns();
	cr_expect_eq(qb_partner_tell(&partner, QB_PARTNER_ENABLE), 0);
	cr_expect_geq(qb_clock_monotonic_ns() - began_ns, 50000000);
	waitpid(perf, NULL, 0);
	qb_partner_close(&partner);
	clear(&stage);
}

Test(partner, that_does_not_answer_holds_nobody_up_for_long, .timeout = 60)
{
	struct stage stage;
	struct qb_partner partner;
	struct qb_error error;

	prepare(&stage);
	cr_assert_eq(qb_partner_open(stage.both, &partner, &error), 0, "%s", error.text);
	cr_expect_eq(qb_partner_tell(&partner, QB_PARTNER_ENABLE), -ETIME);
	cr_expect(strstr(qb_partner_failure(-ETIME), "no answer"));
	qb_partner_close(&partner);
	clear(&stage);
}

Test(partner, that_is_gone_or_stopped_reading_is_a_failure_with_a_name)
{
	struct stage stage;
	struct qb_partner partner;
	struct qb_error error;
	int failure = 0;

	prepare(&stage);
	cr_assert_eq(qb_partner_open(stage.control, &partner, &error), 0, "%s", error.text);
	for (int i = 0; i < 100000 && failure == 0; i++)
		failure = qb_partner_tell(&partner, QB_PARTNER_ENABLE);
	cr_expect_eq(failure, -EAGAIN);
	cr_expect(strstr(qb_partner_failure(failure), "is full"));
	close(stage.reader);
	stage.reader = -1;
	cr_expect_eq(qb_partner_tell(&partner, QB_PARTNER_ENABLE), -EPIPE);
	cr_expect(strstr(qb_partner_failure(-EPIPE), "nobody reads"));
	qb_partner_close(&partner);
	clear(&stage);
}
