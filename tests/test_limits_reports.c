/* test_limits_reports -- limits as text, JSON and CSV, and read back.
 *
 * Golden files: tests/golden/README.md says how to make them anew. */
#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

#include "tests/golden_file.h"
#include "tests/sample_limits.h"

static const struct qb_report_style pipe_style = { 80, false, false };

static char *render(const struct qb_limits_document *document, const char *format,
                    const struct qb_report_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_limits_format_by_name(format)->write(document, style, stream), 0);
	cr_assert_eq(fclose(stream), 0);
	return text;
}

static char *render_sample(const char *format, const struct qb_report_style *style)
{
	struct qb_limits_document document = sample_limits();
	char *text = render(&document, format, style);

	qb_limits_finish(&document.limits);
	return text;
}

Test(limits_reports, write_the_expected_bytes)
{
	expect_golden("tests/golden/limits.txt", render_sample("text", &pipe_style));
	expect_golden("tests/golden/limits.json", render_sample("json", &pipe_style));
	expect_golden("tests/golden/limits.csv", render_sample("csv", &pipe_style));
}

Test(limits_reports, fit_their_width)
{
	for (unsigned width = 60; width < 140; width += 7) {
		const struct qb_report_style style = { width, false, false };
		char *text = render_sample("text", &style);

		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			cr_expect_leq(strlen(line), width, "%s", line);
		free(text);
	}
}

Test(limits_reports, color_the_matrix_from_best_to_worst)
{
	const struct qb_report_style style = { 80, true, true };
	char *text = render_sample("text", &style);

	/* Round trips: 22 ns is the best of them, 303 ns the worst; lines per second likewise. */
	cr_expect(strstr(text, "48;5;28m   22 "));
	cr_expect(strstr(text, "48;5;124m  303 "), "%s", text);
	cr_expect(strstr(text, "48;5;28m  909 "), "%s", text);
	free(text);
}

Test(limits_reports, have_no_matrix_of_a_single_pair)
{
	struct qb_limits_document document = sample_limits();
	char *text;

	document.limits.count = 2 + PER_PAIR;
	document.limits.pair_count = 2;
	text = render(&document, "text", &pipe_style);
	cr_expect(strstr(text, "smt 0-1"));
	cr_expect_not(strstr(text, "round trip, one line, ns"), "%s", text);
	free(text);
	qb_limits_finish(&document.limits);
}

Test(limits_reports, say_when_they_were_measured)
{
	struct qb_limits_document document = sample_limits();
	char *text = render(&document, "text", &pipe_style);

	cr_expect(strstr(text, "90 minutes ago; --fresh measures again"));
	free(text);
	document.cached = false;
	text = render(&document, "text", &pipe_style);
	cr_expect(strstr(text, "just now, in 5.2 s"));
	free(text);
	qb_limits_finish(&document.limits);
}

/* Writes the text to a file and reads it; releases the text. */
static int load(char *text, struct qb_limits_document *document, struct qb_error *error)
{
	char path[] = "/tmp/qbench-limits-XXXXXX";
	const int fd = mkstemp(path);
	int status;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	status = qb_limits_json_load(path, document, error);
	unlink(path);
	free(text);
	return status;
}

Test(limits_reports, read_back_as_what_was_written)
{
	struct qb_limits_document document = sample_limits(), read;
	struct qb_error error;

	cr_assert_eq(load(render(&document, "json", NULL), &read, &error), 0, "%s", error.text);
	cr_assert_eq(read.limits.count, document.limits.count);
	cr_assert_eq(read.limits.pair_count, document.limits.pair_count);
	cr_expect_str_eq(read.machine.fingerprint, "0123abcd");
	for (size_t i = 0; i < read.limits.count; i++) {
		const struct qb_limit *a = &document.limits.limits[i], *b = &read.limits.limits[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_str_eq(a->unit, b->unit);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_eq(a->pair.cpu_a, b->pair.cpu_a);
		cr_expect_eq(a->pair.cpu_b, b->pair.cpu_b);
		cr_expect_eq(a->pair.relation, b->pair.relation);
		cr_expect_eq(a->measured, b->measured);
		cr_expect_eq(a->higher_is_better, b->higher_is_better);
		cr_expect_eq(a->measured_unix_ms, b->measured_unix_ms);
		cr_expect(!a->measured || (a->value == b->value && a->min == b->min &&
		                           a->max == b->max && a->n == b->n));
	}
	qb_limits_finish(&document.limits);
	qb_limits_finish(&read.limits);
}

static void check_refused(const char *from, const char *to, const char *expected)
{
	char *text = render_sample("json", NULL), *at = strstr(text, from), *changed;
	struct qb_limits_document document;
	struct qb_error error;

	cr_assert(at, "the sample does not hold %s", from);
	changed = malloc(strlen(text) + strlen(to) + 1);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	cr_assert_lt(load(changed, &document, &error), 0, "accepted %s", to);
	cr_expect(strstr(error.text, expected), "%s", error.text);
}

Test(limits_reports, refuse_what_is_not_theirs)
{
	check_refused("qbench-limits/1", "qbench-limits/2", "schema is 'qbench-limits/2'");
	check_refused("\"limits\": [", "\"limits\": [17,", "limits[0] is a number, not an object");
	check_refused("\"relation\": \"self\"", "\"relation\": \"near\"", "limits[0].relation");
	check_refused("\"value\": 6.1,", "", "limits[0] was measured but has no figure");
	check_refused("\"cpu_a\": 0", "\"cpu_a\": -1", "limits[0].cpu_a");
}
