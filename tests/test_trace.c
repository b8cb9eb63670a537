/* test_trace -- samples -> timeline -> trace, read back as any viewer would. */
#include <criterion/criterion.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reports/report.h"

#define MS     1000000u
#define ORIGIN UINT64_C(5000000000)

/* A run of two producers and a consumer; every stage takes 10 ms, the window two intervals. */
static struct qb_samples *make_samples(void)
{
	struct qb_samples *samples = calloc(1, sizeof(*samples));

	samples->started_ns = ORIGIN;
	samples->ended_ns = ORIGIN + 100 * MS;
	for (int stage = 1; stage < QB_STAGE_COUNT; stage++)
		samples->stage_ns[stage] = ORIGIN + 10u * MS * (unsigned)stage;
	samples->window_start.monotonic_ns = ORIGIN + 41 * MS;
	samples->interval_count = 2;
	samples->interval_end_ns[0] = 4 * MS;
	samples->interval_end_ns[1] = 8 * MS;
	samples->interval_messages[0] = 4000;
	samples->interval_messages[1] = 8000;
	samples->worker_count = 3;
	for (unsigned w = 0; w < 3; w++)
		samples->workers[w] = (struct qb_worker_sample){
			.cpu_wanted = w == 2 ? QB_CPU_NONE : (int)w,
			.started_ns = ORIGIN + 21 * MS + w,
			.attached_ns = ORIGIN + 25 * MS,
			.begin_ns = ORIGIN + 30 * MS,
			.end_ns = ORIGIN + 55 * MS,
		};
	return samples;
}

static struct qb_timeline *make_timeline(const struct qb_samples *samples)
{
	struct qb_timeline *timeline;

	cr_assert_eq(qb_timeline_create(samples, &timeline), 0);
	cr_assert_not_null(timeline);
	return timeline;
}

/* The trace of one case whose runs have these timelines; the last one's status is given. */
static json_t *trace(struct qb_timeline *const *timelines, unsigned count, enum qb_status status)
{
	struct qb_document document = { .tool = { .name = "qbench" }, .result_count = 1 };
	struct qb_result *result = calloc(1, sizeof(*result));
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	json_t *root;

	document.results = result;
	snprintf(result->c.impl, sizeof(result->c.impl), "mpsc");
	snprintf(result->c.key, sizeof(result->c.key), "throughput/mpsc/p2c1");
	result->c.producer_count = 2;
	result->c.consumer_count = 1;
	result->c.batch = 1;
	result->c.message_size = 8;
	result->run_count = count;
	result->runs = calloc(count, sizeof(*result->runs));
	for (unsigned i = 0; i < count; i++)
		result->runs[i] = (struct qb_run_record){ .order = i,
			                                  .timeline = timelines[i],
			                                  .reason = "why" };
	result->runs[count - 1].status = status;
	cr_assert_eq(qb_report_trace_write(&document, NULL, stream), 0);
	fclose(stream);
	root = json_loads(text, 0, NULL);
	cr_assert(root, "no JSON: %s", text);
	free(text);
	qb_document_finish(&document);
	return root;
}

static json_t *events(const json_t *root)
{
	json_t *list = json_object_get(root, "traceEvents");

	cr_assert(json_is_array(list));
	return list;
}

static const char *text_of(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

static double number_of(const json_t *event, const char *key)
{
	cr_assert(json_is_number(json_object_get(event, key)), "no number '%s'", key);
	return json_number_value(json_object_get(event, key));
}

/* The first event of that phase and name in process 1. */
static const json_t *find(const json_t *root, const char *phase, const char *name)
{
	size_t index;
	json_t *event;

	json_array_foreach(events(root), index,
	                   event) if (strcmp(text_of(event, "ph"), phase) == 0 &&
	                              strcmp(text_of(event, "name"), name) == 0 &&
	                              number_of(event, "pid") == 1) return event;
	return NULL;
}

Test(trace, names_every_run_and_every_thread)
{
	struct qb_samples *samples = make_samples();
	struct qb_timeline *timeline = make_timeline(samples);
	json_t *root = trace(&timeline, 1, QB_STATUS_OK);
	const char *expected[] = { "run 1: mpsc p2 c1, batch 1, 8 B", "coordinator",
		                   "producer 0 (CPU 0)", "producer 1 (CPU 1)",
		                   "consumer 0 (not pinned)" };
	size_t index, found = 0;
	json_t *event;

	json_array_foreach(events(root), index, event)
	{
		const char *name = text_of(json_object_get(event, "args"), "name");

		if (strcmp(text_of(event, "ph"), "M") == 0 && found < 5)
			cr_expect_str_eq(name, expected[found++]);
	}
	cr_expect_eq(found, 5);
	json_decref(root);
	free(samples);
}

Test(trace, shows_each_stage_for_as_long_as_it_took)
{
	const char *stages[] = { "starting",  "creating", "lining up", "warming up",
		                 "measuring", "draining", "proving" };
	struct qb_samples *samples = make_samples();
	struct qb_timeline *timeline = make_timeline(samples);
	json_t *root = trace(&timeline, 1, QB_STATUS_OK);
	const json_t *span;

	for (unsigned i = 0; i < 7; i++) {
		span = find(root, "X", stages[i]);
		cr_assert(span, "no %s", stages[i]);
		cr_expect_float_eq(number_of(span, "ts"), 5e6 + 1e4 * i, 1e-3);
		cr_expect_float_eq(number_of(span, "dur"), 1e4, 1e-3);
	}
	span = find(root, "X", "ending");
	cr_expect_float_eq(number_of(span, "dur"), 3e4, 1e-3, "to the end of the process");
	span = find(root, "X", "producing");
	cr_expect_float_eq(number_of(span, "ts"), 5030000, 1e-3);
	cr_expect_float_eq(number_of(span, "dur"), 25000, 1e-3);
	cr_expect(!find(root, "i", "ok"));
	json_decref(root);
	free(samples);
}

Test(trace, counts_throughput_interval_by_interval)
{
	struct qb_samples *samples = make_samples();
	struct qb_timeline *timeline = make_timeline(samples);
	json_t *root = trace(&timeline, 1, QB_STATUS_OK);
	const double times[] = { 5041000, 5045000, 5049000 }, rates[] = { 1e6, 2e6, 0 };
	size_t index, found = 0;
	json_t *event;

	json_array_foreach(events(root), index, event)
	{
		if (strcmp(text_of(event, "ph"), "C") != 0)
			continue;
		cr_assert_lt(found, 3);
		cr_expect_float_eq(number_of(event, "ts"), times[found], 1e-3);
		cr_expect_float_eq(number_of(json_object_get(event, "args"), "msg/s"), rates[found],
		                   1e-3);
		found++;
	}
	cr_expect_eq(found, 3);
	json_decref(root);
	free(samples);
}

Test(trace, shows_a_crashed_run_to_where_it_came)
{
	struct qb_samples *samples = make_samples();
	struct qb_timeline *timeline;
	const json_t *span;
	json_t *root;

	for (int stage = QB_STAGE_DRAINING; stage < QB_STAGE_COUNT; stage++)
		samples->stage_ns[stage] = 0;
	samples->interval_count = 1;
	samples->workers[0].end_ns = samples->workers[1].end_ns = samples->workers[2].end_ns = 0;
	samples->workers[1].begin_ns = 0;
	timeline = make_timeline(samples);
	root = trace(&timeline, 1, QB_STATUS_CRASHED);
	span = find(root, "X", "measuring");
	cr_expect_float_eq(number_of(span, "dur"), 6e4, 1e-3, "until the process was gone");
	cr_expect(!find(root, "X", "draining"));
	cr_expect_float_eq(number_of(find(root, "X", "consuming"), "dur"), 7e4, 1e-3);
	span = find(root, "i", "crashed");
	cr_assert(span);
	cr_expect_str_eq(text_of(json_object_get(span, "args"), "reason"), "why");
	cr_expect_float_eq(number_of(span, "ts"), 5.1e6, 1e-3);
	json_decref(root);
	free(samples);
}

/* On each thread of each run spans follow or enclose each other, and times do not fall. */
static void expect_nesting(const json_t *root, unsigned pid, unsigned tid)
{
	double last = 0, end_of_last = 0;
	size_t index;
	json_t *event;

	json_array_foreach(events(root), index, event)
	{
		double ts, end;

		if (number_of(event, "pid") != pid || number_of(event, "tid") != tid ||
		    strcmp(text_of(event, "ph"), "X") != 0)
			continue;
		ts = number_of(event, "ts");
		end = ts + number_of(event, "dur");
		cr_expect_geq(number_of(event, "dur"), 0);
		cr_expect_geq(ts, last);
		cr_expect(ts >= end_of_last - 1e-3 || end <= end_of_last + 1e-3,
		          "%s overlaps what came before", text_of(event, "name"));
		last = ts;
		end_of_last = end;
	}
	cr_expect_gt(last, 0, "nothing in run %u, thread %u", pid, tid);
}

Test(trace, keeps_its_times_in_order_whatever_a_queue_wrote_over_them)
{
	struct qb_samples *samples = make_samples();
	struct qb_timeline *timelines[2];
	json_t *root;

	timelines[0] = make_timeline(samples);
	samples->stage_ns[QB_STAGE_CREATING] = UINT64_MAX;
	samples->stage_ns[QB_STAGE_MEASURING] = 1;
	samples->stage_ns[QB_STAGE_PROVING] = ORIGIN + 11 * MS;
	samples->workers[0].attached_ns = ORIGIN;
	samples->workers[1].end_ns = ORIGIN + 29 * MS;
	samples->interval_end_ns[1] = 3 * MS;
	timelines[1] = make_timeline(samples);
	cr_expect_eq(timelines[1]->interval_count, 1);
	root = trace(timelines, 2, QB_STATUS_INVALID);
	for (unsigned pid = 1; pid <= 2; pid++)
		for (unsigned tid = 1; tid <= 4; tid++)
			expect_nesting(root, pid, tid);
	json_decref(root);
	free(samples);
}

Test(trace, of_samples_without_times_is_empty)
{
	struct qb_samples *samples = calloc(1, sizeof(*samples));
	struct qb_timeline *timeline;
	json_t *root;

	cr_assert_eq(qb_timeline_create(samples, &timeline), 0);
	cr_assert_null(timeline);
	root = trace(&timeline, 1, QB_STATUS_OK);
	cr_expect_eq(json_array_size(events(root)), 0);
	json_decref(root);
	free(samples);
}
