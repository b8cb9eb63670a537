/* trace -- when each run did what, as a Chrome Trace Event document, which https://ui.perfetto.dev
 * and chrome://tracing draw.
 *
 * The format is "Trace Event Format" (Duca, Sinclair, 2016).  A run is a process there, its
 * coordinator the first thread; times are microseconds of CLOCK_MONOTONIC, so that what else was
 * recorded with that clock (perf record -k CLOCK_MONOTONIC) can be laid beside it. */
#include "reports/report.h"

#include "reports/json_writer.h"

#define COORDINATOR 1u /* as a thread; 0 is the idle task's, and drawn by nobody */

static const char *const stage_names[QB_STAGE_COUNT] = {
	[QB_STAGE_STARTING] = "starting",   [QB_STAGE_CREATING] = "creating",
	[QB_STAGE_LINING_UP] = "lining up", [QB_STAGE_WARMING_UP] = "warming up",
	[QB_STAGE_MEASURING] = "measuring", [QB_STAGE_DRAINING] = "draining",
	[QB_STAGE_PROVING] = "proving",     [QB_STAGE_FINISHED] = "ending",
};

/* What all events of one run share. */
struct track {
	struct qb_json_writer *json;
	const struct qb_result *result;
	const struct qb_run_record *run;
	const struct qb_timeline *timeline;
	unsigned pid;
};

/* Leaves the event open, for its arguments. */
static void open_event(const struct track *track, const char *phase, const char *name, unsigned tid)
{
	qb_json_writer_open_object(track->json, NULL);
	qb_json_writer_flatten(track->json);
	qb_json_writer_text(track->json, "ph", phase);
	qb_json_writer_text(track->json, "name", name);
	qb_json_writer_count(track->json, "pid", track->pid);
	qb_json_writer_count(track->json, "tid", tid);
}

static void put_us(const struct track *track, const char *key, uint64_t ns)
{
	qb_json_writer_number(track->json, key, (double)ns / 1000);
}

static void name(const struct track *track, const char *what, unsigned tid, const char *text)
{
	open_event(track, "M", what, tid);
	qb_json_writer_open_object(track->json, "args");
	qb_json_writer_text(track->json, "name", text);
	qb_json_writer_close(track->json);
	qb_json_writer_close(track->json);
}

static void put_span(const struct track *track, const char *text, unsigned tid,
                     const uint64_t times_ns[2])
{
	open_event(track, "X", text, tid);
	put_us(track, "ts", times_ns[0]);
	put_us(track, "dur", times_ns[1] - times_ns[0]);
	qb_json_writer_close(track->json);
}

/* From one time to the first of the others that was reached, or else to the run's end. */
static void put_part(const struct track *track, const char *text, unsigned tid, uint64_t from_ns,
                     uint64_t to_ns)
{
	const uint64_t times_ns[] = { from_ns, to_ns > 0 ? to_ns : track->timeline->ended_ns };

	if (from_ns > 0)
		put_span(track, text, tid, times_ns);
}

static void name_run(const struct track *track)
{
	const struct qb_case *c = &track->result->c;
	const bool ok = track->run->status == QB_STATUS_OK;
	char text[2 * QB_KEY_SIZE];

	snprintf(text, sizeof(text), "run %u: %s p%u c%u, batch %zu, %zu B%s%s", track->pid,
	         c->impl, c->producer_count, c->consumer_count, c->batch, c->message_size,
	         ok ? "" : ", ", ok ? "" : qb_status_name(track->run->status));
	name(track, "process_name", COORDINATOR, text);
	name(track, "thread_name", COORDINATOR, "coordinator");
}

static void put_run(const struct track *track)
{
	const struct qb_timeline *timeline = track->timeline;

	open_event(track, "X", track->result->c.key, COORDINATOR);
	put_us(track, "ts", timeline->started_ns);
	put_us(track, "dur", timeline->ended_ns - timeline->started_ns);
	qb_json_writer_open_object(track->json, "args");
	qb_json_writer_text(track->json, "status", qb_status_name(track->run->status));
	qb_json_writer_text_or_null(track->json, "reason", track->run->reason);
	qb_json_writer_number(track->json, "throughput", track->run->throughput);
	qb_json_writer_flag(track->json, "disturbed", track->run->disturbed);
	qb_json_writer_close(track->json);
	qb_json_writer_close(track->json);
}

static uint64_t next_stage_ns(const struct qb_timeline *timeline, int stage)
{
	for (int next = stage + 1; next < QB_STAGE_COUNT; next++)
		if (timeline->stage_ns[next] > 0)
			return timeline->stage_ns[next];
	return 0;
}

/* A run that is not ok ends in a mark, at which a reader looks first. */
static void put_mark(const struct track *track)
{
	if (track->run->status == QB_STATUS_OK)
		return;
	open_event(track, "i", qb_status_name(track->run->status), COORDINATOR);
	qb_json_writer_text(track->json, "s", "p");
	put_us(track, "ts", track->timeline->ended_ns);
	qb_json_writer_open_object(track->json, "args");
	qb_json_writer_text(track->json, "reason", track->run->reason);
	qb_json_writer_close(track->json);
	qb_json_writer_close(track->json);
}

static void put_thread(const struct track *track, unsigned index)
{
	const struct qb_timeline_thread *thread = &track->timeline->threads[index];
	const unsigned producers = track->result->c.producer_count, tid = COORDINATOR + 1 + index;
	const bool produces = index < producers;
	char cpu[32] = "not pinned", text[64];

	if (thread->cpu_wanted != QB_CPU_NONE)
		snprintf(cpu, sizeof(cpu), "CPU %d", thread->cpu_wanted);
	snprintf(text, sizeof(text), "%s %u (%s)", produces ? "producer" : "consumer",
	         produces ? index : index - producers, cpu);
	name(track, "thread_name", tid, text);
	put_part(track, "attaching", tid, thread->started_ns, thread->attached_ns);
	put_part(track, "waiting for all", tid, thread->attached_ns, thread->begin_ns);
	put_part(track, produces ? "producing" : "consuming", tid, thread->begin_ns,
	         thread->end_ns);
}

static void put_rate(const struct track *track, uint64_t ns, double per_second)
{
	open_event(track, "C", "throughput", COORDINATOR);
	put_us(track, "ts", ns);
	qb_json_writer_open_object(track->json, "args");
	qb_json_writer_number(track->json, "msg/s", per_second);
	qb_json_writer_close(track->json);
	qb_json_writer_close(track->json);
}

/* Each interval from its begin on; 0 behind the last, for a counter keeps its value. */
static void put_rates(const struct track *track)
{
	const struct qb_timeline *timeline = track->timeline;
	uint64_t from_ns = timeline->window_ns;

	for (unsigned i = 0; i < timeline->interval_count; i++) {
		const struct qb_timeline_interval *interval = &timeline->intervals[i];

		put_rate(track, from_ns,
		         (double)interval->message_count * 1e9 /
		                 (double)(interval->end_ns - from_ns));
		from_ns = interval->end_ns;
	}
	if (timeline->interval_count > 0)
		put_rate(track, from_ns, 0);
}

static void put_events(const struct track *track)
{
	const struct qb_timeline *timeline = track->timeline;

	name_run(track);
	put_run(track);
	for (int stage = 0; stage < QB_STAGE_COUNT; stage++)
		put_part(track, stage_names[stage], COORDINATOR, timeline->stage_ns[stage],
		         next_stage_ns(timeline, stage));
	put_mark(track);
	for (unsigned index = 0; index < timeline->thread_count; index++)
		put_thread(track, index);
	put_rates(track);
}

static void put_origin(struct qb_json_writer *json, const struct qb_document *document)
{
	qb_json_writer_open_object(json, "otherData");
	qb_json_writer_text(json, "program", document->tool.name);
	qb_json_writer_text(json, "version", document->tool.version);
	qb_json_writer_text(json, "created", document->created);
	qb_json_writer_text(json, "clock", "CLOCK_MONOTONIC");
	qb_json_writer_close(json);
}

int qb_report_trace_write(const struct qb_document *document, const struct qb_report_style *style,
                          FILE *stream)
{
	struct qb_json_writer json;

	(void)style;
	qb_json_writer_begin(&json, stream);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "displayTimeUnit", "ms");
	put_origin(&json, document);
	qb_json_writer_open_list(&json, "traceEvents");
	for (size_t i = 0; i < document->result_count; i++) {
		const struct qb_result *result = &document->results[i];

		for (size_t k = 0; k < result->run_count; k++) {
			const struct qb_run_record *run = &result->runs[k];
			const struct track track = { &json, result, run, run->timeline,
				                     run->order + 1 };

			if (run->timeline)
				put_events(&track);
		}
	}
	qb_json_writer_close(&json);
	qb_json_writer_close(&json);
	return 0;
}
