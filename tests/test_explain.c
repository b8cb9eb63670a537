/* test_explain -- which sentence which counters bring about. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "harness/explain.h"
#include "harness/summary.h"

static struct qb_result result;

static void begin(void)
{
	const struct qb_case c = {
		.message_size = 8, .batch = 1, .producer_count = 1, .consumer_count = 1
	};

	qb_summary_begin(&result, &c);
	result.counters = calloc(4, sizeof(*result.counters));
	result.flow.producer_misses_per_message = result.flow.consumer_misses_per_message = NAN;
}

static void end(void) { qb_result_finish(&result); }

TestSuite(explain, .init = begin, .fini = end);

static struct qb_counter *count(const char *name, double value, double per_message)
{
	struct qb_counter *counter = &result.counters[result.counter_count++];

	strcpy(counter->name, name);
	counter->available = true;
	counter->value = value;
	counter->per_message = per_message;
	counter->coverage = 1;
	return counter;
}

static const char *explanation(const char *code)
{
	cr_assert_eq(qb_explain_result(&result), 0);
	for (size_t i = 0; i < result.explanation_count; i++)
		if (strcmp(result.explanations[i].code, code) == 0)
			return result.explanations[i].text;
	return NULL;
}

Test(explain, says_when_nothing_stands_out)
{
	count("ipc", 2, NAN);
	cr_expect_not_null(explanation("nothing"));
	cr_expect_eq(result.explanation_count, 1);
}

Test(explain, keeps_quiet_on_either_side_of_a_threshold)
{
	struct qb_counter *ipc = count("ipc", 0.51, NAN);

	cr_expect_null(explanation("waits-for-memory"));
	ipc->value = 0.49;
	cr_expect_not_null(explanation("waits-for-memory"));
	cr_expect_null(explanation("nothing"));
}

Test(explain, says_nothing_of_an_absent_counter)
{
	count("ipc", 0.1, NAN)->available = false;
	cr_expect_null(explanation("waits-for-memory"));
}

Test(explain, names_the_reason_for_which_there_are_no_counters)
{
	struct qb_counter *cycles = count("cycles", 0, 0);

	cycles->available = false;
	strcpy(cycles->reason, "there is no PMU");
	cr_assert_not_null(explanation("no-hardware-counters"));
	cr_expect(strstr(explanation("no-hardware-counters"), "there is no PMU"));
}

Test(explain, holds_line_transfers_against_what_the_messages_need)
{
	struct qb_counter *moved = count("line-transfers-per-message", 4, NAN);

	cr_expect_null(explanation("line-transfers"), "8 bytes and two indices need 2.25");
	moved->value = 5;
	cr_expect_not_null(explanation("line-transfers"));
	result.c.message_size = 256;
	cr_expect_null(explanation("line-transfers"), "256 bytes need 10");
}

Test(explain, tells_which_role_sets_the_pace)
{
	result.flow.producer_misses_per_message = 3;
	result.flow.consumer_misses_per_message = 0.1;
	cr_assert_not_null(explanation("pace"));
	cr_expect(strstr(explanation("pace"), "consumers set the pace"));
	result.flow.consumer_misses_per_message = 2;
	cr_expect_null(explanation("pace"));
}

Test(explain, tells_waiting_for_others_from_waiting_for_oneself)
{
	count("cpu-ns", 900, 9);
	count("run-delay-ns", 100, 1);
	cr_assert_not_null(explanation("waits-for-cpu"));
	cr_expect(strstr(explanation("waits-for-cpu"), "doctor"));
	result.c.oversubscribed = true;
	cr_expect(strstr(explanation("waits-for-cpu"), "more of them than CPUs"));
}
