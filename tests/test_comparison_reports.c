/* test_comparison_reports.c -- every format of a comparison, byte for byte, and what each promises.
 *
 * Golden files: tests/golden/README.md says how to make them anew. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>

#include "reports/comparison_report.h"
#include "tests/sample_comparison.h"

static char *render(const struct qb_comparison_document *document, const char *format,
                    const struct qb_report_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_comparison_format_by_name(format)->write(document, style, stream), 0);
	cr_assert_eq(fclose(stream), 0);
	return text;
}

static char *render_sample(const char *format, const struct qb_report_style *style)
{
	struct qb_comparison_document document = sample_comparison();
	char *text = render(&document, format, style);

	qb_comparison_finish(&document);
	return text;
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *stream = fopen(path, "r");

	cr_assert_neq(stream, NULL, "cannot open %s: run from the root of the tree", path);
	cr_assert_lt(fread(text, 1, (1 << 20) - 1, stream), (1 << 20) - 1);
	fclose(stream);
	return text;
}

static void check_golden(const char *path, const char *format)
{
	static const struct qb_report_style style = { 80, false, false };
	char *got = render_sample(format, &style), *expected;

	if (getenv("QB_UPDATE_GOLDEN")) {
		FILE *stream = fopen(path, "w");

		cr_assert_neq(stream, NULL, "cannot write %s", path);
		fputs(got, stream);
		cr_assert_eq(fclose(stream), 0);
	}
	expected = read_file(path);
	cr_assert(strcmp(got, expected) == 0, "%s differs from what is written now:\n%s", path,
	          got);
	free(got);
	free(expected);
}

Test(comparison_reports, write_the_expected_bytes)
{
	check_golden("tests/golden/comparison.txt", "text");
	check_golden("tests/golden/comparison.json", "json");
	check_golden("tests/golden/comparison.csv", "csv");
	check_golden("tests/golden/comparison.md", "markdown");
	check_golden("tests/golden/comparison.xml", "junit");
	check_golden("tests/golden/comparison.github", "github");
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		const size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length + (text[length] != 0);
	}
	return longest;
}

Test(comparison_reports, keep_the_text_within_the_width_of_the_terminal)
{
	for (unsigned width = 80; width <= 200; width += 20) {
		const struct qb_report_style style = { width, false, false };
		char *text = render_sample("text", &style);

		cr_assert_leq(longest_line(text), width, "at width %u", width);
		free(text);
	}
}

Test(comparison_reports, say_a_regression_with_interval_and_what_is_certain_on_one_line)
{
	char *text = render_sample("text", NULL);

	cr_assert(
		strstr(text, "REGRESSION high (-23.1 %, 95 % CI -26.0..-19.9, at least -18.2 %)\n"),
		"%s", text);
	free(text);
}

Test(comparison_reports, print_no_control_code_of_a_queue)
{
	for (const struct qb_comparison_format *format = qb_comparison_formats; format->name;
	     format++) {
		char *text = render_sample(format->name, NULL);
		const bool quotes = strcmp(format->name, "csv") == 0; /* keeps bytes as they are */

		for (const char *c = text; *c && !quotes; c++)
			cr_assert(*c == '\n' || (unsigned char)*c >= 0x20, "%s: byte %d at %td",
			          format->name, *c, c - text);
		free(text);
	}
}

Test(comparison_reports, give_the_same_bytes_for_the_same_document)
{
	for (const struct qb_comparison_format *format = qb_comparison_formats; format->name;
	     format++) {
		char *first = render_sample(format->name, NULL);
		char *second = render_sample(format->name, NULL);

		cr_assert_str_eq(first, second, "%s", format->name);
		free(first);
		free(second);
	}
}

Test(comparison_reports, are_found_by_name_and_by_the_ending_of_a_path)
{
	cr_assert_str_eq(qb_comparison_format_by_name("junit")->name, "junit");
	cr_assert_eq(qb_comparison_format_by_name(""), NULL);
	cr_assert_str_eq(qb_comparison_format_by_path("out/r.XML")->name, "junit");
	cr_assert_str_eq(qb_comparison_format_by_path("comment.md")->name, "markdown");
	cr_assert_eq(qb_comparison_format_by_path("r.yml"), NULL);
	cr_assert_eq(qb_comparison_format_by_path(""), NULL, "no ending means no format");
}

/* ---- JSON ---- */

static json_t *sample_json(void)
{
	char *text = render_sample("json", NULL);
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	cr_assert_neq(root, NULL, "line %d: %s", error.line, error.text);
	free(text);
	return root;
}

Test(comparison_reports, write_every_key_of_the_contract)
{
	static const char *const keys[] = { "key",        "metric",   "verdict",
		                            "change_pct", "ci95_pct", "severity",
		                            "n_base",     "n_new",    "advice" };
	json_t *root = sample_json(), *comparison;
	size_t index;

	cr_assert_str_eq(json_string_value(json_object_get(root, "schema")), "qbench-comparison/1");
	cr_assert_eq(json_integer_value(json_object_get(root, "exit_code")), 4);
	cr_assert(json_is_object(json_object_get(root, "summary")));
	json_array_foreach(json_object_get(root, "comparisons"), index, comparison)
	{
		for (size_t key = 0; key < sizeof(keys) / sizeof(keys[0]); key++)
			cr_assert(json_object_get(comparison, keys[key]), "%zu lacks %s", index,
			          keys[key]);
	}
	cr_assert_eq(index, 5);
	json_decref(root);
}

Test(comparison_reports, write_null_for_what_is_not_known)
{
	json_t *root = sample_json(), *list = json_object_get(root, "comparisons");
	json_t *invalid = json_array_get(list, 1), *few = json_array_get(list, 4);

	cr_assert(json_is_null(json_object_get(invalid, "change_pct")));
	cr_assert(json_is_null(json_object_get(invalid, "severity")));
	cr_assert(json_is_null(json_object_get(few, "ci95_pct")), "n too small");
	json_decref(root);
}

/* ---- CSV ---- */

/* Fields of one record, RFC 4180; moves *text behind it. */
static unsigned count_fields(const char **text)
{
	unsigned count = 1;
	bool quoted = false;

	for (; **text && (quoted || **text != '\r'); (*text)++) {
		quoted ^= **text == '"';
		count += !quoted && **text == ',';
	}
	*text += **text ? 2 : 0;
	return count;
}

Test(comparison_reports, give_every_row_of_the_csv_all_columns)
{
	char *text = render_sample("csv", NULL);
	const char *at = text;
	const unsigned columns = count_fields(&at);
	unsigned rows = 0;

	for (; *at; rows++)
		cr_assert_eq(count_fields(&at), columns, "row %u", rows);
	cr_assert_eq(rows, 5 + 3 + 2);
	free(text);
}

/* ---- for machines that read lines ---- */

Test(comparison_reports, keep_each_workflow_command_on_one_line)
{
	char *text = render_sample("github", NULL), *line, *rest = text;

	while ((line = strsep(&rest, "\n")) && *line)
		cr_assert(strncmp(line, "::error title=", 14) == 0 ||
		                  strncmp(line, "::warning title=", 16) == 0 ||
		                  strncmp(line, "::notice title=", 15) == 0,
		          "'%s'", line);
	free(text);
}

Test(comparison_reports, encode_what_would_end_a_workflow_command)
{
	char *text = render_sample("github", NULL);

	cr_assert(strstr(text, "title=throughput of throughput/wild/p4c1/b64/m8/q65536/yield/"
	                       "0%2C1%3A0::INVALID"),
	          "%s", text);
	cr_assert(strstr(text, "at 50 %25,%0A<b>producer"), "%s", text);
	free(text);
}

Test(comparison_reports, map_verdicts_onto_junit_outcomes)
{
	char *text = render_sample("junit", NULL);

	cr_assert(strstr(text, "tests=\"8\" failures=\"2\" errors=\"2\" skipped=\"1\""), "%s",
	          text);
	cr_assert(strstr(text, "&#60;b&#62;producer 0&#60;/b&#62; | &#39;inside&#39; &#34;an&#34; "
	                       "&#38; operation?"),
	          "%s", text);
	free(text);
}

Test(comparison_reports, let_no_text_leave_its_cell_in_a_markdown_table)
{
	char *text = render_sample("markdown", NULL), *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		unsigned bars = 0;

		if (line[0] != '|')
			continue;
		for (const char *c = line; *c; c++)
			bars += *c == '|' && (c == line || c[-1] != '\\');
		cr_assert(bars == 8 || bars == 4, "%u in '%s'", bars, line);
	}
	free(text);
}
