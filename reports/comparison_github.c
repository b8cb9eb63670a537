/* comparison_github -- workflow commands of GitHub Actions: what a job prints to be annotated.
 *
 * `::error title=TITLE::MESSAGE`; in a message %, CR and LF are percent-encoded, in a property also
 * the colon and the comma (github.com/actions/toolkit, command.ts).  What failed is an error, what
 * could not be decided a warning, an improvement a notice; no change says nothing of its own. */
#include "reports/comparison_report.h"

#include "reports/comparison_words.h"
#include "reports/utf8_text.h"

#define TEXT_SIZE (QB_COMPARISON_WORDS_SIZE + 1024)

static void put(FILE *stream, const char *text, bool property)
{
	while (*text) {
		const size_t size = qb_utf8_text_sequence(text);

		if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
			fprintf(stream, "%%%02X", *text);
		else
			qb_utf8_text_put(stream, text);
		text += size ? size : 1;
	}
}

static void say(FILE *stream, const char *command, const char *title, const char *text)
{
	fprintf(stream, "::%s title=", command);
	put(stream, title, true);
	fputs("::", stream);
	put(stream, text, false);
	fputc('\n', stream);
}

/* NULL: nothing to say. */
static const char *command_of(const struct qb_comparison_document *document,
                              enum qb_verdict verdict, bool gated, bool fails)
{
	const bool strict = document->inconclusive == QB_INCONCLUSIVE_FAIL;

	switch (verdict) {
	case QB_VERDICT_REGRESSION:
		return gated && fails ? "error" : "warning";
	case QB_VERDICT_INVALID:
		return gated ? "error" : "warning";
	case QB_VERDICT_INCONCLUSIVE:
		return !gated ? NULL : strict ? "error" : "warning";
	case QB_VERDICT_IMPROVEMENT:
		return "notice";
	default:
		return NULL;
	}
}

static void say_comparison(FILE *stream, const struct qb_comparison_document *document,
                           const struct qb_comparison *comparison)
{
	const char *command = command_of(document, comparison->judgement.verdict, comparison->gated,
	                                 qb_comparison_words_fails(document, comparison));
	char title[QB_KEY_SIZE + QB_NAME_SIZE + 8], verdict[TEXT_SIZE], text[2 * TEXT_SIZE];

	if (!command)
		return;
	snprintf(title, sizeof(title), "%s of %s", comparison->metric, comparison->key);
	qb_comparison_words_verdict(comparison, verdict, sizeof(verdict));
	snprintf(text, sizeof(text), "%s%s%s", verdict, comparison->advice_text[0] ? "\n" : "",
	         comparison->advice_text);
	say(stream, command, title, text);
}

int qb_comparison_github_write(const struct qb_comparison_document *document,
                               const struct qb_report_style *style, FILE *stream)
{
	char text[TEXT_SIZE], line[TEXT_SIZE + 64];

	(void)style;
	for (size_t index = 0; index < document->comparison_count; index++)
		say_comparison(stream, document, &document->comparisons[index]);
	for (size_t index = 0; index < document->requirement_count; index++) {
		const struct qb_requirement_result *requirement = &document->requirements[index];
		const char *command = command_of(document, requirement->verdict, true, true);

		qb_comparison_words_requirement(requirement, text, sizeof(text));
		if (command)
			say(stream, command, requirement->text, text);
	}
	for (size_t index = 0; index < document->difference_count; index++)
		say(stream, document->forced ? "warning" : "error", "not comparable",
		    document->differences[index].text);
	for (size_t index = 0; index < document->missing_count; index++)
		say(stream, "warning", "missing on the new side", document->missing[index]);
	qb_comparison_words_counts(document, text, sizeof(text));
	snprintf(line, sizeof(line), "%s: %s (exit status %d)",
	         qb_comparison_words_outcome(document), text, document->exit_code);
	say(stream, document->exit_code == 0 ? "notice" : "error", "qbench", line);
	return 0;
}
