/* test_result_json.c -- a saved result reads back as what was written, and nothing else reads. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>

#include "reports/json_text.h"
#include "reports/report.h"
#include "reports/result_json.h"
#include "tests/sample_document.h"

static char *render(const struct qb_document *document, const char *format)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_report_by_name(format)->write(document, NULL, stream), 0);
	fclose(stream);
	return text;
}

static char *sample_json(void)
{
	struct qb_document document = sample_document();
	char *text = render(&document, "json");

	qb_document_finish(&document);
	return text;
}

static int parse_bytes(const char *bytes, size_t size, struct qb_document *document,
                       struct qb_error *error)
{
	FILE *stream =
		size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : fopen("/dev/null", "r");
	const int status = qb_result_json_read(stream, "r.json", document, error);

	fclose(stream);
	return status;
}

static int parse(const char *text, struct qb_document *document, struct qb_error *error)
{
	return parse_bytes(text, strlen(text), document, error);
}

/* One line, names the file, no full stop. */
static void check_sentence(const struct qb_error *error, const char *context)
{
	const size_t length = strlen(error->text);

	cr_assert_gt(length, 0, "no sentence for %.60s", context);
	cr_assert_lt(length, sizeof(error->text) - 1, "cut: %s", error->text);
	cr_assert_neq(strstr(error->text, "'r.json'"), NULL, "no file in: %s", error->text);
	cr_assert_neq(error->text[length - 1], '.', "%s", error->text);
	for (const char *c = error->text; *c; c++)
		cr_assert((unsigned char)*c >= 0x20 && *c != 0x7f, "control code in: %s",
		          error->text);
}

static void check_refused(const char *text, const char *expected)
{
	struct qb_document document = { .seed = 7 };
	struct qb_error error = { 0, "" };

	cr_assert_lt(parse(text, &document, &error), 0, "accepted: %.200s", text);
	check_sentence(&error, text);
	cr_assert_neq(strstr(error.text, expected), NULL, "'%s' is not in: %s", expected,
	              error.text);
	cr_assert_eq(document.seed, 7, "the document was touched");
}

/* The sample with its first `from` made `to`. */
static char *sample_with(const char *from, const char *to)
{
	char *text = sample_json(), *at = strstr(text, from), *changed;

	cr_assert_neq(at, NULL, "the sample does not hold %s", from);
	changed = malloc(strlen(text) + strlen(to) + 1);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return changed;
}

static void check_changed_refused(const char *from, const char *to, const char *expected)
{
	char *text = sample_with(from, to);

	check_refused(text, expected);
	free(text);
}

Test(result_json, reads_back_everything_that_was_written)
{
	static const char *const formats[] = { "json", "csv", "text" };
	struct qb_document written = sample_document(), read;
	struct qb_error error = { 0, "" };
	char *text;

	SAMPLE_TEXT(written.machine.cpu, "plain"); /* what is no UTF-8 does not come back */
	text = render(&written, "json");
	cr_assert_eq(parse(text, &read, &error), 0, "%s", error.text);
	for (size_t i = 0; i < 3; i++) {
		char *before = render(&written, formats[i]), *after = render(&read, formats[i]);

		cr_assert_str_eq(after, before, "%s", formats[i]);
		free(before);
		free(after);
	}
	cr_assert_eq(read.seed, written.seed);
	cr_assert_eq(read.results[0].runs[9].seed, written.results[0].runs[9].seed);
	cr_assert_eq(read.results[1].c.numa_node, 1);
	cr_assert_eq(read.control.n, written.control.n);
	cr_assert_eq(read.results[0].c.traits, written.results[0].c.traits);
	cr_assert_str_eq(read.results[4].c.skip_reason, written.results[4].c.skip_reason);
	qb_document_finish(&read);
	qb_document_finish(&written);
	free(text);
}

Test(result_json, accepts_a_document_without_the_free_keys)
{
	static const char text[] =
		"{\"schema\": \"qbench-result/1\", \"tool\": {}, \"machine\": {}, \"protocol\": {},"
		" \"results\": [{\"key\": \"k\", \"impl\": \"i\", \"workload\": \"w\","
		" \"producers\": 1, \"consumers\": 1, \"batch\": 1, \"api\": \"single\","
		" \"message_size\": 8, \"capacity\": 64, \"wait\": \"spin\", \"pin\": \"auto\","
		" \"status\": \"ok\", \"delivery\": {\"sent\": 1, \"received\": 1, \"lost\": 0,"
		" \"duplicated\": 0, \"reordered\": 0, \"corrupted\": 0},"
		" \"metrics\": {\"throughput\": {\"unit\": \"msg/s\", \"better\": \"higher\","
		" \"n\": 1, \"values\": [5], \"median\": 5}}, \"later\": [1, {}]}]}";
	struct qb_document document;
	struct qb_error error = { 0, "" };

	cr_assert_eq(parse(text, &document, &error), 0, "%s", error.text);
	cr_assert(document.results[0].c.proof, "a run is proven unless it says otherwise");
	cr_assert_eq(document.results[0].c.cpus[0], QB_CPU_NONE);
	cr_assert_eq(document.results[0].metrics[0].values[0], 5);
	cr_assert(isnan(document.results[0].metrics[0].estimate.cv));
	qb_document_finish(&document);
}

Test(result_json, accepts_lists_without_elements)
{
	static const char text[] =
		"{\"schema\": \"qbench-result/1\", \"tool\": {}, \"command\": [], \"machine\":"
		" {\"warnings\": []}, \"protocol\": {}, \"results\": []}";
	struct qb_document document;
	struct qb_error error = { 0, "" };

	cr_assert_eq(parse(text, &document, &error), 0, "%s", error.text);
	cr_assert_eq(document.command_count, 0);
	cr_assert_eq(document.result_count, 0);
	qb_document_finish(&document);
}

Test(result_json, refuses_what_is_no_json)
{
	check_refused("", "is empty");
	check_refused("hello", "line 1");
	check_refused("{\"schema\": \"qbench-result/1\"", "line 1");
	check_refused("{\"a\": NaN}", "line 1");
	check_refused("{\"a\": 1, \"a\": 2}", "duplicate");
	check_refused("{\"a\": \"\x1b[31m\"}", "control character");
	check_refused("{\"a\": \"\xff\xfe\"}", "decode byte");
}

Test(result_json, refuses_json_that_is_no_result)
{
	check_refused("[]", "is a list, not an object");
	check_refused("7", "line 1");
	check_refused("{}", "schema is missing");
	check_refused("{\"schema\": 1}", "schema is a number, not a string");
	check_changed_refused("qbench-result/1", "qbench-result/2", "qbench-result/2");
	check_changed_refused("qbench-result/1", "qbench-comparison/1", "only 'qbench-result/1'");
	check_changed_refused("\"results\"", "\"other\"", "results is missing");
}

Test(result_json, refuses_wrong_types_and_missing_keys_with_their_place)
{
	check_changed_refused("\"median\": 615873549.3499999", "\"median\": \"615\"",
	                      "results[0].metrics.throughput.median is a string, not a number");
	check_changed_refused("\"impl\": \"mpsc\",", "", "results[0].impl is missing");
	check_changed_refused("\"impl\": \"mpsc\"", "\"impl\": null", "results[0].impl is null");
	check_changed_refused("\"producers\": 4", "\"producers\": -4", "out of range: -4");
	check_changed_refused("\"producers\": 4", "\"producers\": 4000000000", "out of range");
	check_changed_refused("\"producers\": 4", "\"producers\": 4.5", "not a whole number");
	check_changed_refused("\"producers\": 4", "\"producers\": 3", "placement[3]");
	check_changed_refused("\"api\": \"zerocopy\"", "\"api\": \"telepathy\"",
	                      "results[0].api is 'telepathy'");
	check_changed_refused("\"status\": \"ok\"", "\"status\": true", "results[0].status");
	check_changed_refused("\"n\": 10", "\"n\": 11", "values holds 10 values where n is 11");
	check_changed_refused("[612750575,", "[null,", "values[0] is null, not a number");
	check_changed_refused("[605931450.3125746, ", "[", "ci95 is no pair of numbers");
	check_changed_refused("\"order-total\"", "\"order-random\"", "traits[1] is 'order-random'");
	check_changed_refused("\"proof\": true", "\"proof\": 1", "results[0].proof is a number");
	check_changed_refused("\"higher\"", "\"sideways\"", "neither 'higher' nor 'lower'");
	check_changed_refused("\"numa\": \"1\"", "\"numa\": \"4294967296\"", "results[1].numa");
	check_changed_refused("9e3779b97f4a7c15", "9e3779b97f4a7c15f", "runs[0].seed");
	check_changed_refused("\"lost\": 0", "\"lost\": {}", "delivery.lost is an object");
	check_changed_refused("\"time_s\": 0.3", "\"time_s\": -1", "protocol.time_s");
	check_changed_refused("\"command\": [\"qbench\"", "\"command\": [1", "command[0]");
}

Test(result_json, reads_why_there_is_no_control)
{
	struct qb_document written = sample_document(), read;
	struct qb_error error = { 0, "" };
	char *text;

	written.control.n = 0;
	SAMPLE_TEXT(written.control.reason, "it needs two CPUs");
	text = render(&written, "json");
	cr_assert_eq(parse(text, &read, &error), 0, "%s", error.text);
	cr_expect_eq(read.control.n, 0);
	cr_expect_str_eq(read.control.reason, "it needs two CPUs");
	qb_document_finish(&read);
	qb_document_finish(&written);
	free(text);
}

Test(result_json, refuses_a_control_that_is_none)
{
	check_changed_refused("[9015000.25,", "[null,", "control.values[0] is null");
	check_changed_refused("[9015000.25,", "[0,", "control.values[0] is no speed");
	check_changed_refused("[9015000.25,", "[-1,", "control.values[0] is no speed");
	check_changed_refused("[9015000.25,", "[1e400,", "overflow");
	check_changed_refused("\"name\": \"ping-pong/1\"", "\"name\": 1", "control.name");
	check_changed_refused("\"control\": {", "\"control\": 7, \"c\": {", "control is a number");
}

Test(result_json, refuses_numbers_that_no_double_holds)
{
	check_changed_refused("615404392.38", "1e400", "overflow");
	check_changed_refused("615404392.38", "-Infinity", "line");
	check_changed_refused("1842000123", "99999999999999999999", "integer");
}

Test(result_json, refuses_text_that_is_longer_than_its_place)
{
	char impl[4096];

	snprintf(impl, sizeof(impl), "\"impl\": \"%0*d\"", 3000, 0);
	check_changed_refused("\"impl\": \"mpsc\"", impl, "results[0].impl is longer than 63");
	snprintf(impl, sizeof(impl), "\"metrics\": {\"%0*d\": {},", 3000, 0);
	check_changed_refused("\"metrics\": {", impl, "name longer than 63");
}

static void check_repeated_refused(const char *unit, size_t size, const char *expected)
{
	const size_t length = strlen(unit);
	char *text = malloc(size);
	struct qb_document document;
	struct qb_error error = { 0, "" };

	memcpy(text, unit, length);
	for (size_t filled = length; filled < size; filled *= 2)
		memcpy(text + filled, text, filled < size - filled ? filled : size - filled);
	text[0] = '[';
	cr_assert_lt(parse_bytes(text, size, &document, &error), 0);
	check_sentence(&error, unit);
	cr_assert_neq(strstr(error.text, expected), NULL, "%s", error.text);
	free(text);
}

Test(result_json, refuses_100_megabytes_of_brackets_at_once)
{
	check_repeated_refused("[", 100000000, "deeper than");
	check_repeated_refused("{\"a\":", 100000000, "deeper than");
	check_repeated_refused("[],", 100000000, "more than");
	check_repeated_refused("1,", 100000000, "more than");
	check_repeated_refused(" ", QB_JSON_TEXT_MAX + 2, "longer than");
}

Test(result_json, refuses_every_truncated_file)
{
	char *text = sample_json();
	const size_t length = strlen(text) - 2; /* the last brace, the line's end */

	for (size_t size = 0; size < length; size += size < 200 ? 1 : 97) {
		struct qb_document document;
		struct qb_error error = { 0, "" };

		cr_assert_lt(parse_bytes(text, size, &document, &error), 0, "at %zu bytes", size);
		check_sentence(&error, "truncated");
	}
	free(text);
}

Test(result_json, survives_any_byte_changed)
{
	char *text = sample_json();
	const size_t length = strlen(text);
	uint64_t state = 1;

	for (int i = 0; i < 1000; i++) {
		struct qb_document document;
		struct qb_error error = { 0, "" };
		size_t at;
		char kept;

		state = state * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(state >> 33) % length;
		kept = text[at];
		text[at] = "{}[]\",:0-9eE.xn\\ \x80"[(state >> 20) % 18];
		if (parse_bytes(text, length, &document, &error) == 0)
			qb_document_finish(&document);
		else
			check_sentence(&error, "changed");
		text[at] = kept;
	}
	free(text);
}

Test(result_json, says_why_a_file_cannot_be_opened)
{
	struct qb_document document;
	struct qb_error error = { 0, "" };

	cr_assert_eq(qb_result_json_load("/nowhere/r.json", &document, &error), -ENOENT);
	cr_assert_str_eq(error.text, "cannot open '/nowhere/r.json': No such file or directory");
	cr_assert_eq(qb_result_json_load("/", &document, &error), -EISDIR);
	cr_assert_neq(strstr(error.text, "'/'"), NULL);
}

/* ---- memory that runs out at the n-th allocation of the library ---- */

static size_t allocations_left;

static void *scarce_malloc(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(size);
}

Test(result_json, reports_memory_that_runs_out_while_writing)
{
	struct qb_document document = sample_document();
	char *whole = render(&document, "json");
	int status = -ENOMEM;

	json_set_alloc_funcs(scarce_malloc, free);
	for (size_t n = 0; status != 0; n += 1 + n / 50) {
		char *text = NULL;
		size_t size = 0;
		FILE *stream = open_memstream(&text, &size);

		allocations_left = n;
		status = qb_report_json_write(&document, NULL, stream);
		fclose(stream);
		cr_assert(status == 0 ? strcmp(text, whole) == 0 : status == -ENOMEM, "at %zu", n);
		free(text);
		cr_assert_lt(n, 1000000);
	}
	json_set_alloc_funcs(malloc, free);
	free(whole);
	qb_document_finish(&document);
}

Test(result_json, reports_memory_that_runs_out_while_reading)
{
	char *text = sample_json();
	int status = -1;

	json_set_alloc_funcs(scarce_malloc, free);
	for (size_t n = 0; status != 0; n += 1 + n / 50) {
		struct qb_document document;
		struct qb_error error = { 0, "" };

		allocations_left = n;
		status = parse(text, &document, &error);
		if (status == 0)
			qb_document_finish(&document);
		else
			check_sentence(&error,
			               "scarce memory"); /* jansson may call it a syntax error */
		cr_assert_lt(n, 1000000);
	}
	json_set_alloc_funcs(malloc, free);
	free(text);
}
