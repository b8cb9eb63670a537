/* test_latency_reports -- latencies in each format: figures, and reasons where there are none. */
#include "made_runs.h"

#include "harness/histogram.h"
#include "reports/report.h"
#include "reports/result_json.h"

static struct qb_document document;
static char *text;
static size_t text_size;

/* Six runs of 20 000 messages of `size` bytes. */
static void make_document(size_t size)
{
	struct qb_case c = make_case(1, 1);
	struct qb_result *result = calloc(1, sizeof(*result));

	snprintf(c.workload, sizeof(c.workload), "latency");
	snprintf(c.key, sizeof(c.key), "latency/ring/p1c1/b1/m8/q1024/spin/auto/r66667/poisson");
	c.rate = 66667;
	c.arrivals = QB_ARRIVALS_POISSON;
	c.message_size = size;
	c.api = QB_API_SINGLE;
	c.wait = QB_WAIT_SPIN;
	qb_summary_begin(result, &c);
	for (unsigned run = 0; run < 6; run++) {
		struct qb_samples *samples = make_run(&c, 20000);
		struct qb_latency_sample *latency = &samples->latency;

		latency->timed = latency->by_ticks = true;
		latency->has_transit = size >= 16;
		latency->due_count = 20000;
		latency->timer_ns = 21.5;
		for (unsigned k = 0; k < 20000; k++) {
			qb_histogram_record(&latency->recorded.response, 200 + k % 100 + run);
			qb_histogram_record(&latency->recorded.transit, 180 + k % 100);
		}
		add(result, samples);
	}
	settle(result);
	document.results = result;
	document.result_count = 1;
	document.protocol = protocol;
}

static void write_as(const char *format)
{
	const struct qb_report_style style = { .width = 80 };
	const struct qb_report_format *at = qb_report_formats;
	FILE *stream = open_memstream(&text, &text_size);

	while (strcmp(at->name, format) != 0)
		at++;
	cr_assert_eq(at->write(&document, &style, stream), 0);
	fclose(stream);
}

static void expect_text(const char *part)
{
	cr_expect(strstr(text, part), "no '%s' in\n%s", part, text);
}

Test(latency_reports, text_has_a_line_for_each_quantile)
{
	make_document(16);
	write_as("text");
	expect_text("ring latency: p1 c1, batch 1, 16 B");
	expect_text("rate        66.7 k msg/s due, poisson arrivals; 66.7 k msg/s received");
	expect_text("latency     p50    251 ns, 95 % interval ");
	expect_text("              p99    ");
	expect_text("p99.9  not told: 20000 messages a run, and 100000 are needed");
	expect_text("transit     p50    229 ns");
	expect_text("clock       read in 21.5 ns (median, the CPU's counter)");
}

Test(latency_reports, text_says_once_why_all_are_missing)
{
	make_document(8);
	write_as("text");
	expect_text("transit     not told: a message of 8 bytes has no room");
	cr_expect_null(strstr(strstr(text, "transit") + 1, "transit"));
}

Test(latency_reports, csv_has_a_row_for_each_metric_with_its_reason)
{
	unsigned rows = 0;

	make_document(8);
	write_as("csv");
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		rows++;
	cr_expect_eq(rows, 1 + QB_LATENCY_KINDS * QB_LATENCIES);
	expect_text(",reason,rate,arrivals\r\n");
	expect_text(",66667,poisson\r\n");
	expect_text("has no room for the time it was sent");
}

Test(latency_reports, json_comes_back_with_rate_arrivals_and_reasons)
{
	struct qb_document read;
	struct qb_error error;
	struct qb_metric *metric;
	FILE *stream;

	make_document(8);
	write_as("json");
	expect_text("\"timer_overhead_ns\": 21.5");
	expect_text("\"hdr\": \"HISTFAAA");
	expect_text("\"transit\": null");
	stream = fmemopen(text, text_size, "r");
	cr_assert_eq(qb_result_json_read(stream, "x.json", &read, &error), 0, "%s", error.text);
	fclose(stream);
	cr_expect_eq(read.results[0].c.rate, 66667);
	cr_expect_eq(read.results[0].c.arrivals, QB_ARRIVALS_POISSON);
	metric = qb_result_metric(&read.results[0], "latency_p50");
	cr_assert(metric);
	cr_expect_eq(metric->n, 6);
	cr_expect(!metric->higher_is_better);
	metric = qb_result_metric(&read.results[0], "transit_p99");
	cr_assert(metric);
	cr_expect_eq(metric->n, 0);
	cr_expect(strstr(metric->reason, "no room"));
	qb_document_finish(&read);
}

Test(latency_reports, json_of_a_rate_that_no_option_takes_is_refused)
{
	struct qb_document read;
	struct qb_error error;
	char *rate;
	FILE *stream;

	make_document(8);
	write_as("json");
	rate = strstr(text, "66667,");
	cr_assert(rate);
	memcpy(rate, "-6667", 5);
	stream = fmemopen(text, text_size, "r");
	cr_expect_lt(qb_result_json_read(stream, "x.json", &read, &error), 0);
	cr_expect(strstr(error.text, "rate"), "%s", error.text);
	fclose(stream);
}
