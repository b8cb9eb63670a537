/* comparison_markdown -- a comment for a pull request: the outcome, one table, what to do.
 *
 * The table is GitHub's (GFM 4.10).  Text from outside cannot leave its cell: what could be markup
 * there is escaped or becomes a character reference. */
#include "reports/comparison_report.h"

#include <math.h>

#include "reports/comparison_words.h"
#include "reports/utf8_text.h"

#define TEXT_SIZE QB_COMPARISON_WORDS_SIZE

static void put(FILE *stream, const char *text)
{
	while (*text) {
		const size_t size = qb_utf8_text_sequence(text);

		if (size == 1 && strchr("<>&", *text))
			fprintf(stream, "&#%d;", *text);
		else if (size == 1 && strchr("\\`*_[]|~", *text))
			fprintf(stream, "\\%c", *text);
		else
			qb_utf8_text_put(stream, text);
		text += size ? size : 1;
	}
}

static const char *mark_of(enum qb_verdict verdict)
{
	static const char *const marks[QB_VERDICT_COUNT] = {
		[QB_VERDICT_NO_CHANGE] = "no change",
		[QB_VERDICT_IMPROVEMENT] = "**improvement**",
		[QB_VERDICT_INCONCLUSIVE] = "inconclusive",
		[QB_VERDICT_REGRESSION] = "**REGRESSION**",
		[QB_VERDICT_INVALID] = "**INVALID**",
	};

	return marks[verdict];
}

static void write_row(FILE *stream, const struct qb_comparison *comparison)
{
	const struct qb_judgement *j = &comparison->judgement;
	char text[TEXT_SIZE];

	fprintf(stream, "| %s%s%s | ", mark_of(j->verdict),
	        j->severity != QB_SEVERITY_NONE ? " " : "",
	        j->severity != QB_SEVERITY_NONE ? qb_verdict_severity_name(j->severity) : "");
	put(stream, comparison->key);
	fputs(" | ", stream);
	put(stream, comparison->metric);
	fputs(comparison->gated ? " | " : " (advisory) | ", stream);
	put(stream, qb_comparison_words_side(comparison, QB_SIDE_BASE, text, sizeof(text)));
	fputs(" | ", stream);
	put(stream, qb_comparison_words_side(comparison, QB_SIDE_FRESH, text, sizeof(text)));
	fprintf(stream, " | %s", qb_comparison_words_change(comparison, text, sizeof(text)));
	fprintf(stream, " | %s |\n", qb_comparison_words_interval(comparison, text, sizeof(text)));
}

static void write_table(FILE *stream, const struct qb_comparison_document *document)
{
	if (document->comparison_count == 0)
		return;
	fputs("| verdict | case | metric | base | new | change | 95 % CI |\n"
	      "|---|---|---|---:|---:|---:|---:|\n",
	      stream);
	for (size_t index = 0; index < document->comparison_count; index++)
		write_row(stream, &document->comparisons[index]);
	fputc('\n', stream);
}

static void write_point(FILE *stream, const char *subject, const char *text)
{
	fputs("- ", stream);
	put(stream, subject);
	fputs(subject[0] ? ": " : "", stream);
	put(stream, text);
	fputc('\n', stream);
}

/* Why a comparison is as it is, where the table does not say it. */
static void write_reasons(FILE *stream, const struct qb_comparison_document *document)
{
	for (size_t index = 0; index < document->comparison_count; index++) {
		const struct qb_comparison *comparison = &document->comparisons[index];

		if (comparison->reason[0])
			write_point(stream, comparison->key, comparison->reason);
		if (comparison->advice_text[0])
			write_point(stream, comparison->key, comparison->advice_text);
		if (comparison->depends_on_disturbed)
			write_point(stream, comparison->key,
			            "the verdict depends on disturbed runs");
	}
	for (size_t index = 0; index < document->difference_count; index++)
		write_point(stream, "", document->differences[index].text);
	for (size_t index = 0; index < document->missing_count; index++)
		write_point(stream, "missing on the new side", document->missing[index]);
	for (size_t index = 0; index < document->added_count; index++)
		write_point(stream, "only on the new side", document->added[index]);
	for (size_t index = 0; index < document->warning_count; index++)
		write_point(stream, "", document->warnings[index].text);
}

static void write_requirements(FILE *stream, const struct qb_comparison_document *document)
{
	char text[TEXT_SIZE];

	if (document->requirement_count == 0)
		return;
	fputs("| required | case | outcome |\n|---|---|---|\n", stream);
	for (size_t index = 0; index < document->requirement_count; index++) {
		const struct qb_requirement_result *requirement = &document->requirements[index];

		fputs("| ", stream);
		put(stream, requirement->text);
		fputs(" | ", stream);
		put(stream, requirement->key);
		fputs(" | ", stream);
		put(stream, qb_comparison_words_requirement(requirement, text, sizeof(text)));
		fputs(" |\n", stream);
	}
	fputc('\n', stream);
}

static void write_footer(FILE *stream, const struct qb_comparison_document *document)
{
	char text[TEXT_SIZE];

	qb_comparison_words_recording(document, text, sizeof(text));
	fputs("\n<sub>", stream);
	put(stream, document->tool.name);
	fputc(' ', stream);
	put(stream, document->tool.version);
	fputs(text[0] ? "; recordings " : "; runs in fresh processes, measured in turn", stream);
	put(stream, text);
	if (qb_comparison_words_drift(document, text, sizeof(text))[0]) {
		fputs("; drift: ", stream);
		put(stream, text);
	}
	if (document->machine.cpu[0]) {
		fputs("; ", stream);
		put(stream, document->machine.cpu);
	}
	fputs("</sub>\n", stream);
}

int qb_comparison_markdown_write(const struct qb_comparison_document *document,
                                 const struct qb_report_style *style, FILE *stream)
{
	char counts[TEXT_SIZE];

	(void)style;
	fprintf(stream, "### Queue benchmark: %s\n\n", qb_comparison_words_outcome(document));
	put(stream, document->fresh_name);
	fputs(" against ", stream);
	put(stream, document->base_name);
	fprintf(stream, ": %s", qb_comparison_words_counts(document, counts, sizeof(counts)));
	if (isfinite(document->ratio_gmean))
		fprintf(stream, "; geometric mean of new/base %.3f (more is better)",
		        document->ratio_gmean);
	fputs(document->interrupted ? "; interrupted.\n\n" : ".\n\n", stream);
	write_table(stream, document);
	write_requirements(stream, document);
	write_reasons(stream, document);
	write_footer(stream, document);
	return 0;
}
