/* comparison_junit -- JUnit XML, as CI systems read it: a test case per comparison.
 *
 * A regression that fails is a failure, what could not be measured an error, what could not be
 * decided is skipped (or a failure, where the caller said so). */
#include "reports/comparison_report.h"

#include "reports/comparison_words.h"
#include "reports/utf8_text.h"

#define TEXT_SIZE (QB_COMPARISON_WORDS_SIZE + 1024)

struct counts {
	unsigned tests, failures, errors, skipped;
};

/* As the value of an attribute or as text; XML 1.0 has no way to say most control codes. */
static void put(FILE *stream, const char *text)
{
	while (*text) {
		const size_t size = qb_utf8_text_sequence(text);

		if (strchr("<>&\"'", *text))
			fprintf(stream, "&#%d;", *text);
		else
			qb_utf8_text_put(stream, text);
		text += size ? size : 1;
	}
}

enum outcome { PASSED, FAILURE, ERROR, SKIPPED };

static enum outcome outcome_of(const struct qb_comparison_document *document, bool gated,
                               enum qb_verdict verdict, bool fails)
{
	if (!gated)
		return PASSED;
	if (verdict == QB_VERDICT_INVALID)
		return ERROR;
	if (verdict == QB_VERDICT_INCONCLUSIVE)
		return document->inconclusive == QB_INCONCLUSIVE_FAIL ? FAILURE : SKIPPED;
	return verdict == QB_VERDICT_REGRESSION && fails ? FAILURE : PASSED;
}

static enum outcome of_comparison(const struct qb_comparison_document *document, size_t index)
{
	const struct qb_comparison *comparison = &document->comparisons[index];

	return outcome_of(document, comparison->gated, comparison->judgement.verdict,
	                  qb_comparison_words_fails(document, comparison));
}

static enum outcome of_requirement(const struct qb_comparison_document *document, size_t index)
{
	return outcome_of(document, true, document->requirements[index].verdict, true);
}

static void count(struct counts *counts, enum outcome outcome)
{
	counts->tests++;
	counts->failures += outcome == FAILURE;
	counts->errors += outcome == ERROR;
	counts->skipped += outcome == SKIPPED;
}

static void write_outcome(FILE *stream, enum outcome outcome, const char *type, const char *text)
{
	static const char *const tags[] = { "system-out", "failure", "error", "skipped" };

	if (outcome == PASSED) {
		fputs("      <system-out>", stream);
		put(stream, text);
		fputs("</system-out>\n", stream);
		return;
	}
	fprintf(stream, "      <%s%s%s%s message=\"", tags[outcome],
	        outcome == SKIPPED ? "" : " type=\"", outcome == SKIPPED ? "" : type,
	        outcome == SKIPPED ? "" : "\"");
	put(stream, text);
	fputs("\"/>\n", stream);
}

static void write_case(FILE *stream, const char *group, const char *name)
{
	fputs("    <testcase classname=\"", stream);
	put(stream, group);
	fputs("\" name=\"", stream);
	put(stream, name);
	fputs("\" time=\"0\">\n", stream);
}

static void write_comparison(FILE *stream, const struct qb_comparison_document *document,
                             size_t index)
{
	const struct qb_comparison *comparison = &document->comparisons[index];
	char verdict[TEXT_SIZE], text[2 * TEXT_SIZE];

	qb_comparison_words_verdict(comparison, verdict, sizeof(verdict));
	snprintf(text, sizeof(text), "%s%s%s", verdict, comparison->advice_text[0] ? "; " : "",
	         comparison->advice_text);
	write_case(stream, comparison->key, comparison->metric);
	write_outcome(stream, of_comparison(document, index),
	              qb_verdict_name(comparison->judgement.verdict), text);
	fputs("    </testcase>\n", stream);
}

static void write_requirement(FILE *stream, const struct qb_comparison_document *document,
                              size_t index)
{
	const struct qb_requirement_result *requirement = &document->requirements[index];
	char text[TEXT_SIZE];

	qb_comparison_words_requirement(requirement, text, sizeof(text));
	write_case(stream, requirement->key[0] ? requirement->key : "requirement",
	           requirement->text);
	write_outcome(stream, of_requirement(document, index), "requirement", text);
	fputs("    </testcase>\n", stream);
}

int qb_comparison_junit_write(const struct qb_comparison_document *document,
                              const struct qb_report_style *style, FILE *stream)
{
	struct counts counts = { 0 };
	char totals[160];

	(void)style;
	for (size_t index = 0; index < document->comparison_count; index++)
		count(&counts, of_comparison(document, index));
	for (size_t index = 0; index < document->requirement_count; index++)
		count(&counts, of_requirement(document, index));
	snprintf(totals, sizeof(totals),
	         "tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"0\"",
	         counts.tests, counts.failures, counts.errors, counts.skipped);
	fprintf(stream, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites %s>\n", totals);
	fprintf(stream, "  <testsuite name=\"qbench\" %s timestamp=\"", totals);
	put(stream, document->created);
	fputs("\">\n", stream);
	for (size_t index = 0; index < document->comparison_count; index++)
		write_comparison(stream, document, index);
	for (size_t index = 0; index < document->requirement_count; index++)
		write_requirement(stream, document, index);
	fputs("  </testsuite>\n</testsuites>\n", stream);
	return 0;
}
