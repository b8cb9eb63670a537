/* test_reports.c -- every format, byte for byte, and what all formats promise.
 *
 * Golden files: tests/golden/README.md says how to make them anew. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>

#include "reports/columns.h"
#include "reports/report.h"
#include "tests/sample_document.h"

static char *render(const struct qb_document *document, const char *format,
                    const struct qb_report_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_report_by_name(format)->write(document, style, stream), 0);
	cr_assert_eq(fclose(stream), 0);
	return text;
}

static char *render_sample(const char *format, const struct qb_report_style *style)
{
	struct qb_document document = sample_document();
	char *text = render(&document, format, style);

	qb_document_finish(&document);
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

static void write_file(const char *path, const char *text)
{
	FILE *stream = fopen(path, "w");

	cr_assert_neq(stream, NULL, "cannot write %s", path);
	fputs(text, stream);
	cr_assert_eq(fclose(stream), 0);
}

static void check_golden(const char *path, const char *format, const struct qb_report_style *style)
{
	char *got = render_sample(format, style), *expected;

	if (getenv("QB_UPDATE_GOLDEN"))
		write_file(path, got);
	expected = read_file(path);
	cr_assert(strcmp(got, expected) == 0, "%s differs from what is written now:\n%s", path,
	          got);
	free(got);
	free(expected);
}

static const struct qb_report_style pipe_style = { 80, false, false };
static const struct qb_report_style terminal_style = { 100, true, true };

Test(reports, writes_the_expected_text_into_a_pipe)
{
	check_golden("tests/golden/sample.txt", "text", &pipe_style);
}

Test(reports, writes_the_expected_text_onto_a_wide_color_terminal)
{
	check_golden("tests/golden/sample-terminal.txt", "text", &terminal_style);
}

Test(reports, writes_the_expected_json) { check_golden("tests/golden/sample.json", "json", NULL); }

Test(reports, writes_the_expected_csv) { check_golden("tests/golden/sample.csv", "csv", NULL); }

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t columns = 0;

		for (; *text && *text != '\n'; text++)
			columns += ((unsigned char)*text & 0xc0) != 0x80;
		if (columns > longest)
			longest = columns;
		text += *text == '\n';
	}
	return longest;
}

Test(reports, keeps_the_text_within_the_width_of_the_terminal)
{
	for (unsigned width = 60; width <= 200; width += 10) {
		const struct qb_report_style style = { width, false, true };
		char *text = render_sample("text", &style);

		cr_assert_leq(longest_line(text), width, "at width %u", width);
		free(text);
	}
}

Test(reports, prints_no_control_code_of_a_queue_or_a_file)
{
	char *text = render_sample("text", &pipe_style);

	for (const char *c = text; *c; c++)
		cr_assert(*c == '\n' || (*c >= 0x20 && *c < 0x7f), "byte %d at %td", *c, c - text);
	free(text);
}

Test(reports, colors_nothing_unless_asked_to)
{
	const struct qb_report_style style = { 80, false, true };
	char *text = render_sample("text", &style);

	cr_assert_eq(strchr(text, '\033'), NULL);
	free(text);
}

Test(reports, gives_the_same_bytes_for_the_same_document)
{
	for (const struct qb_report_format *format = qb_report_formats; format->name; format++) {
		char *first = render_sample(format->name, &terminal_style);
		char *second = render_sample(format->name, &terminal_style);

		cr_assert_str_eq(first, second, "%s", format->name);
		free(first);
		free(second);
	}
}

Test(reports, finds_formats_by_name_and_by_the_ending_of_a_path)
{
	cr_assert_str_eq(qb_report_by_name("csv")->name, "csv");
	cr_assert_eq(qb_report_by_name("CSVV"), NULL);
	cr_assert_eq(qb_report_by_name(""), NULL);
	cr_assert_str_eq(qb_report_by_path("out/r.json")->name, "json");
	cr_assert_str_eq(qb_report_by_path("R.CSV")->name, "csv");
	cr_assert_str_eq(qb_report_by_path("report.txt")->name, "text");
	cr_assert_eq(qb_report_by_path("r.jso"), NULL);
	cr_assert_eq(qb_report_by_path("json"), NULL);
	cr_assert_eq(qb_report_by_path(".json"), NULL, "a file without a name has no ending");
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

static json_t *throughput_of(json_t *root, size_t index)
{
	json_t *result = json_array_get(json_object_get(root, "results"), index);

	return json_object_get(json_object_get(result, "metrics"), "throughput");
}

Test(reports, writes_null_for_what_is_not_finite_or_not_known)
{
	json_t *root = sample_json();
	json_t *few = throughput_of(root, 1), *one = throughput_of(root, 2);
	json_t *liar = throughput_of(root, 3);

	cr_assert(json_is_null(json_object_get(few, "ci95")));
	cr_assert(json_is_null(json_object_get(one, "stddev")), "one run has no spread");
	cr_assert(json_is_null(json_object_get(liar, "mean")), "infinity");
	cr_assert(json_is_null(json_object_get(json_object_get(root, "machine"), "governor")));
	json_decref(root);
}

Test(reports, writes_every_key_of_the_contract)
{
	static const char *const top[] = { "schema", "tool",    "created",  "command",
		                           "seed",   "machine", "protocol", "results" };
	static const char *const result_keys[] = {
		"key",     "impl",   "workload", "producers", "consumers",    "batch",
		"api",     "wait",   "pin",      "placement", "message_size", "oversubscribed",
		"status",  "reason", "delivery", "metrics",   "capacity",     "counters",
		"warnings"
	};
	static const char *const metric_keys[] = { "unit", "better", "n",     "median",
		                                   "mean", "stddev", "cv",    "min",
		                                   "max",  "ci95",   "values" };
	json_t *root = sample_json(), *result;
	size_t index;

	for (size_t i = 0; i < sizeof(top) / sizeof(top[0]); i++)
		cr_assert_neq(json_object_get(root, top[i]), NULL, "%s", top[i]);
	json_array_foreach(json_object_get(root, "results"), index, result)
	{
		for (size_t i = 0; i < sizeof(result_keys) / sizeof(result_keys[0]); i++)
			cr_assert_neq(json_object_get(result, result_keys[i]), NULL, "%s",
			              result_keys[i]);
	}
	for (size_t i = 0; i < sizeof(metric_keys) / sizeof(metric_keys[0]); i++)
		cr_assert_neq(json_object_get(throughput_of(root, 0), metric_keys[i]), NULL, "%s",
		              metric_keys[i]);
	json_decref(root);
}

/* ---- CSV against JSON ---- */

/* Splits RFC 4180 text in place; returns the number of fields of this row, moves *text behind it.
 */
static size_t next_row(char **text, char **fields, size_t field_max)
{
	size_t count = 0;
	char *from = *text, *to;

	while (*from) {
		const bool quoted = *from == '"';
		char end;

		cr_assert_lt(count, field_max);
		from += quoted;
		fields[count++] = to = from;
		while (*from && (quoted ? *from != '"' || from[1] == '"' : !strchr(",\r", *from))) {
			from += quoted && *from == '"';
			*to++ = *from++;
		}
		from += quoted;
		end = *from;
		*to = '\0';
		if (end == '\r') {
			cr_assert_eq(from[1], '\n', "rows end in CR LF");
			*text = from + 2;
			return count;
		}
		from++;
	}
	*text = from;
	return count;
}

/* The JSON value that a column of the CSV stands for, or NULL. */
static json_t *find_value(json_t *result, json_t *metric, const char *key)
{
	json_t *value = json_object_get(result, key);

	if (strcmp(key, "ci95_low") == 0)
		return json_array_get(json_object_get(metric, "ci95"), 0);
	if (strcmp(key, "ci95_high") == 0)
		return json_array_get(json_object_get(metric, "ci95"), 1);
	if (strcmp(key, "fairness") == 0)
		return json_object_get(value, "jain");
	if (!value)
		value = json_object_get(json_object_get(result, "delivery"), key);
	return value ? value : json_object_get(metric, key);
}

/* Compares a row with the result and the metric that it stands for; returns how many numbers. */
static size_t compare_row(char **header, char **fields, size_t count, json_t *result,
                          json_t *metric)
{
	size_t compared = 0;

	for (size_t i = 0; i < count; i++) {
		json_t *value = find_value(result, metric, header[i]);

		if (json_is_number(value)) {
			cr_assert_eq(strtod(fields[i], NULL), json_number_value(value),
			             "%s of %s: %s", header[i], fields[0], fields[i]);
			compared++;
		} else if (json_is_null(value) || !value) {
			cr_assert(strcmp(header[i], "n") != 0 || !*fields[i]);
		}
		if (json_is_null(value))
			cr_assert_str_empty(fields[i], "%s of %s", header[i], fields[0]);
	}
	return compared;
}

Test(reports, gives_every_number_in_the_csv_the_value_it_has_in_the_json)
{
	char *csv = render_sample("csv", NULL), *at = csv;
	char *header[QB_COLUMNS_MAX], *fields[QB_COLUMNS_MAX];
	const size_t column_count = next_row(&at, header, QB_COLUMNS_MAX);
	json_t *root = sample_json(), *result;
	size_t index, compared = 0;

	json_array_foreach(json_object_get(root, "results"), index, result)
	{
		json_t *metrics = json_object_get(result, "metrics");
		void *metric = json_object_iter(metrics);

		do {
			cr_assert_eq(next_row(&at, fields, QB_COLUMNS_MAX), column_count);
			compared += compare_row(header, fields, column_count, result,
			                        json_object_iter_value(metric));
			metric = json_object_iter_next(metrics, metric);
		} while (metric);
	}
	cr_assert_str_empty(at, "one row for each case and metric, and no more");
	cr_assert_gt(compared, 80);
	json_decref(root);
	free(csv);
}

Test(reports, has_columns_with_keys_of_their_own)
{
	for (const struct qb_column *a = qb_columns; a->key; a++) {
		for (const struct qb_column *b = a + 1; b->key; b++)
			cr_assert_str_neq(a->key, b->key);
	}
}

/* ---- empty documents, failing writes ---- */

Test(reports, writes_a_document_without_results_in_every_format)
{
	const struct qb_document empty = { .result_count = 0 };

	for (const struct qb_report_format *format = qb_report_formats; format->name; format++) {
		char *text = render(&empty, format->name, NULL);

		cr_assert_gt(strlen(text), 0, "%s", format->name);
		free(text);
	}
}

Test(reports, leaves_a_full_disk_for_the_caller_to_see)
{
	for (const struct qb_report_format *format = qb_report_formats; format->name; format++) {
		struct qb_document document = sample_document();
		FILE *stream = fopen("/dev/full", "w");

		cr_assert_neq(stream, NULL);
		format->write(&document, NULL, stream);
		cr_assert(fflush(stream) != 0 || ferror(stream), "%s", format->name);
		fclose(stream);
		qb_document_finish(&document);
	}
}
