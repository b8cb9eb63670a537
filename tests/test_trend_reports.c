/* test_trend_reports -- a history as text, JSON and CSV.
 *
 * Golden files: tests/golden/README.md says how to make them anew. */
#include <criterion/criterion.h>

#include "reports/sparkline.h"
#include "reports/trend_report.h"
#include "tests/golden_file.h"
#include "tests/sample_history.h"

static const struct qb_report_style pipe_style = { 80, false, false };

static char *render(const struct qb_history *history, const char *format,
                    const struct qb_report_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	cr_assert_eq(qb_trend_format_by_name(format)->write(history, style, stream), 0);
	cr_assert_eq(fclose(stream), 0);
	return text;
}

static char *render_sample(const char *format, const struct qb_report_style *style)
{
	struct qb_history history = sample_history();
	char *text = render(&history, format, style);

	qb_history_finish(&history);
	return text;
}

Test(trend_reports, write_the_expected_bytes)
{
	expect_golden("tests/golden/trend.txt", render_sample("text", &pipe_style));
	expect_golden("tests/golden/trend.json", render_sample("json", &pipe_style));
	expect_golden("tests/golden/trend.csv", render_sample("csv", &pipe_style));
}

Test(trend_reports, fit_their_width)
{
	for (unsigned width = 60; width < 140; width += 7) {
		const struct qb_report_style style = { width, false, false };
		char *text = render_sample("text", &style);

		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			cr_expect_leq(strlen(line), width, "%s", line);
		free(text);
	}
}

Test(trend_reports, say_when_nothing_is_comparable)
{
	struct qb_history history = sample_history();
	char *text;

	history.comparable = false;
	history.exit_code = 4;
	text = render(&history, "text", &pipe_style);
	cr_expect(strstr(text, "No other result can stand beside the newest (exit status 4)"));
	free(text);
	qb_history_finish(&history);
	history = (struct qb_history){ .exit_code = 4 };
	text = render(&history, "text", &pipe_style);
	cr_expect(strstr(text, "Trend of 0 results"), "%s", text);
	cr_expect(strstr(text, "No result has a figure (exit status 4)"), "%s", text);
	free(text);
}

Test(trend_reports, draw_blocks_where_there_is_utf8)
{
	const struct qb_report_style style = { 80, false, true };
	char *text = render_sample("text", &style);

	cr_expect(strstr(text, "▁"));
	cr_expect(strstr(text, "█"));
	free(text);
}

Test(sparkline, goes_from_the_lowest_to_the_highest)
{
	static const double values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 8 };
	char line[3 * QB_SPARKLINE_MAX + 1];

	cr_expect_str_eq(qb_sparkline_draw(line, values, 8, 8, 0, false), "_.-~=+*#");
	cr_expect_str_eq(qb_sparkline_draw(line, values, 9, 9, 0, true), "▁▂▃▄▅▆▇██");
}

Test(sparkline, keeps_small_noise_small)
{
	static const double values[] = { 1, 1.001, 0.999, 1, 1.002 };
	char line[3 * QB_SPARKLINE_MAX + 1];

	qb_sparkline_draw(line, values, 5, 5, 0.1, false);
	cr_expect_eq(strspn(line, "~="), 5, "%s", line);
}

Test(sparkline, takes_the_median_of_what_shares_a_column)
{
	static const double values[] = { 1, 1, 9, 5, 5, 5, 2, 2, 2 };
	char line[3 * QB_SPARKLINE_MAX + 1];

	cr_expect_str_eq(qb_sparkline_draw(line, values, 9, 3, 0, false), "_#-");
}

Test(sparkline, every_value_has_a_column_and_every_column_a_value)
{
	for (size_t n = 1; n < 300; n++) {
		for (size_t most = 1; most <= n; most++) {
			const size_t columns = qb_sparkline_columns(n, most);
			size_t next = 0;

			cr_assert_eq(columns, most);
			for (size_t i = 0; i < n; i++) {
				const size_t column = qb_sparkline_column(i, n, columns);

				cr_assert(column == next || column + 1 == next);
				next = column + 1;
			}
			cr_assert_eq(next, columns);
		}
	}
}
