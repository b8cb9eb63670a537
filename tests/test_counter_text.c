/* test_counter_text -- what is not counted is said once: before all cases, or in the one. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "reports/report.h"

static struct qb_document document;

/* Two cases, in which every counter of the names is missing for its reason. */
static void make_document(void)
{
	document.result_count = 2;
	document.results = calloc(2, sizeof(*document.results));
}

static void miss(struct qb_result *result, const char *name, const char *reason)
{
	struct qb_counter *counter;

	if (!result->counters)
		result->counters = calloc(8, sizeof(*result->counters));
	counter = &result->counters[result->counter_count++];
	snprintf(counter->name, sizeof(counter->name), "%s", name);
	snprintf(counter->reason, sizeof(counter->reason), "%s", reason);
}

static char *render(void)
{
	static const struct qb_report_style style = { 200, false, false };
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_report_text_write(&document, &style, stream), 0);
	fclose(stream);
	qb_document_finish(&document);
	return text;
}

static unsigned times(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

Test(counter_text, reason_of_all_cases_is_said_once_before_them)
{
	char *text, *first_case;

	make_document();
	for (int i = 0; i < 2; i++) {
		miss(&document.results[i], "cycles", "hardware counters: none. No PMU");
		miss(&document.results[i], "instructions", "hardware counters: none. No PMU");
		miss(&document.results[i], "migrations", "needs CAP_PERFMON");
	}
	text = render();
	first_case = strstr(text, "placement");
	cr_expect_eq(times(text, "No PMU"), 1, "%s", text);
	cr_expect_eq(times(text, "needs CAP_PERFMON"), 1, "%s", text);
	cr_expect_lt(strstr(text, "  not counted hardware counters: none. No PMU\n"), first_case);
	cr_expect_lt(strstr(text, "migrations: needs CAP_PERFMON"), first_case);
	cr_expect_eq(times(text, "cycles"), 0, "the sentence says what it is about: %s", text);
	free(text);
}

Test(counter_text, reason_of_one_case_stays_with_it)
{
	char *text;

	make_document();
	miss(&document.results[0], "cycles", "never scheduled");
	miss(&document.results[1], "cycles", "its turn did not come");
	text = render();
	cr_expect_eq(times(text, "not counted"), 2, "%s", text);
	cr_expect_gt(strstr(text, "cycles: never scheduled"), strstr(text, "placement"));
	cr_expect_gt(strstr(text, "cycles: its turn did not come"),
	             strstr(text, "cycles: never scheduled"));
	free(text);
}

Test(counter_text, case_without_counters_does_not_keep_a_reason_from_being_of_all)
{
	char *text;

	make_document();
	miss(&document.results[1], "cycles", "hardware counters: none");
	text = render();
	cr_expect_lt(strstr(text, "hardware counters: none"), strstr(text, "placement"), "%s",
	             text);
	free(text);
}
