/* record -- the samples of one run become its record: its one value, and the reasons to doubt it.
 *
 * Kept raw, whatever became of the run, so that every statement on a case can be computed anew. */
#include "harness/record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diagnosis.h"
#include "harness/latency.h"
#include "harness/partner.h"

#define STEAL_TICKS_MIN     2 /* one tick alone is more than 1 % of a short window */
#define STEAL_SHARE_MAX     0.01
#define RUN_DELAY_SHARE_MAX 0.02
#define FOREIGN_SHARE_MAX   0.05
#define TREND_P             0.01

double qb_record_loop_ns(const struct qb_worker_sample *worker, uint64_t window_ns)
{
	return fmax((double)window_ns, (double)worker->cpu_ns + (double)worker->run_delay_ns);
}

/* Without a count of CPUs: those that the threads were seen on. */
static unsigned count_cpus(const struct qb_samples *samples)
{
	unsigned count = 0;

	if (samples->cpu_count > 0)
		return samples->cpu_count;
	for (unsigned i = 0; i < samples->worker_count; i++) {
		bool seen = false;

		for (unsigned j = 0; j < i; j++)
			seen |= samples->workers[j].cpu_start == samples->workers[i].cpu_start;
		count += !seen;
	}
	return count > 0 ? count : 1;
}

static void note_disturbance(struct qb_run_record *run, const struct qb_samples *samples,
                             bool oversubscribed)
{
	double delay_ns = 0, wall_ns = 0;

	for (unsigned i = 0; i < samples->worker_count; i++) {
		delay_ns += (double)samples->workers[i].run_delay_ns;
		wall_ns += qb_record_loop_ns(&samples->workers[i], run->window_ns);
	}
	run->run_delay_share = wall_ns > 0 ? delay_ns / wall_ns : NAN;
	run->steal_share = (double)samples->steal_ticks * QB_LEDGER_TICK_NS /
	                   ((double)run->window_ns * count_cpus(samples));
	run->disturbed =
		samples->steal_ticks >= STEAL_TICKS_MIN && run->steal_share > STEAL_SHARE_MAX;
	/* Threads that share a CPU wait for each other: no disturbance. */
	if (!oversubscribed && run->run_delay_share > RUN_DELAY_SHARE_MAX)
		run->disturbed = true;
}

/* Idle time is told in ticks, so that up to one of each CPU may be nobody's. */
static void note_foreign(struct qb_run_record *run, const struct qb_samples *samples)
{
	const struct qb_ledger *from = &samples->ledger_start, *to = &samples->ledger_end;
	const double doubt_ns = (double)from->cpu_count * QB_LEDGER_TICK_NS;

	run->foreign_share = qb_ledger_foreign_share(from, to);
	if (run->foreign_share > FOREIGN_SHARE_MAX && qb_ledger_foreign_ns(from, to) > doubt_ns)
		run->disturbed = true;
}

static double moved(bool known, uint64_t from, uint64_t to)
{
	return known ? (double)(to > from ? to - from : 0) : NAN;
}

/* A control group's quota and heat stop all threads alike, which no thread can see. */
static void note_vitals(struct qb_run_record *run, const struct qb_samples *samples)
{
	const struct qb_vitals *a = &samples->vitals_start, *b = &samples->vitals_end;

	run->interrupts =
		moved(a->interrupts_known && b->interrupts_known, a->interrupts, b->interrupts);
	run->throttled_periods =
		moved(a->throttled_known && b->throttled_known, a->throttled, b->throttled);
	run->thermal_throttles =
		moved(a->thermal_known && b->thermal_known, a->thermal, b->thermal);
	if (run->throttled_periods > 0 || run->thermal_throttles > 0)
		run->disturbed = true;
}

__attribute__((format(printf, 3, 4))) static void add_cause(char *text, size_t size,
                                                            const char *format, ...)
{
	const size_t used = strlen(text);
	va_list arguments;

	snprintf(text + used, size - used, "%s", used ? ", " : "");
	va_start(arguments, format);
	vsnprintf(text + strlen(text), size - strlen(text), format, arguments);
	va_end(arguments);
}

void qb_record_disturbance(const struct qb_run_record *run, bool oversubscribed, char *ret_text,
                           size_t size)
{
	ret_text[0] = '\0';
	if (!run->disturbed)
		return;
	if (run->foreign_share > FOREIGN_SHARE_MAX)
		add_cause(ret_text, size, "other programs had %.2g %% of its CPUs",
		          100 * run->foreign_share);
	if (run->steal_share > STEAL_SHARE_MAX)
		add_cause(ret_text, size, "the hypervisor took %.2g %%", 100 * run->steal_share);
	if (!oversubscribed && run->run_delay_share > RUN_DELAY_SHARE_MAX)
		add_cause(ret_text, size, "threads waited for a CPU for %.2g %%",
		          100 * run->run_delay_share);
	if (run->throttled_periods > 0)
		add_cause(ret_text, size, "a quota stopped it");
	if (run->thermal_throttles > 0)
		add_cause(ret_text, size, "a core was too hot");
}

static void note_workers(struct qb_run_record *run, const struct qb_samples *samples)
{
	for (unsigned i = 0; i < samples->worker_count; i++) {
		const struct qb_worker_sample *worker = &samples->workers[i];

		run->involuntary_switches += worker->involuntary_switches;
		run->minor_faults += worker->minor_faults;
		run->major_faults += worker->major_faults;
		run->migrations += worker->cpu_start != worker->cpu_end;
		run->pins_refused += worker->pin_refused;
	}
}

/* Keeps the intervals, and tests their rates for a trend.  -ENOMEM. */
static int note_intervals(struct qb_run_record *run, const struct qb_samples *samples)
{
	const unsigned count = samples->interval_count;
	double *rates;
	uint64_t start_ns = 0;
	struct qb_trend trend;

	if (count == 0)
		return 0;
	rates = malloc(count * sizeof(*rates));
	run->interval_messages = malloc(count * sizeof(*run->interval_messages));
	if (!rates || !run->interval_messages) {
		free(rates);
		free(run->interval_messages);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < count; i++) {
		const uint64_t messages = samples->interval_messages[i];
		const uint64_t end_ns = samples->interval_end_ns[i];

		run->interval_messages[i] = messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
		rates[i] = end_ns > start_ns ? (double)messages / (double)(end_ns - start_ns) : 0;
		start_ns = end_ns;
	}
	run->interval_count = count;
	trend = qb_diagnosis_trend(rates, count);
	run->trending = trend.p < TREND_P ? trend.direction : 0;
	free(rates);
	return 0;
}

/* The child's memory is the queue's to spoil: nothing of it is an index before it was looked at. */
static bool intact(const struct qb_samples *samples)
{
	for (unsigned i = 0; i < QB_INTERNALS_MAX; i++)
		if (!memchr(samples->internal_names[i], '\0', sizeof(samples->internal_names[i])))
			return false;
	return (unsigned)samples->status < QB_STATUS_COUNT &&
	       samples->interval_count <= QB_INTERVALS_MAX &&
	       samples->worker_count <= QB_WORKERS_MAX &&
	       samples->internal_count <= QB_INTERNALS_MAX &&
	       samples->delivery.fault_count <= QB_FAULTS_MAX &&
	       memchr(samples->reason, '\0', sizeof(samples->reason)) != NULL;
}

static void fail(struct qb_run_record *run, const char *reason)
{
	run->status = QB_STATUS_INVALID;
	snprintf(run->reason, sizeof(run->reason), "%s", reason);
}

static int measure(struct qb_run_record *run, const struct qb_samples *samples, bool oversubscribed)
{
	const uint64_t start_ns = samples->window_start.monotonic_ns;
	const uint64_t end_ns = samples->window_end.monotonic_ns;

	run->status = samples->status;
	if (samples->has_partner)
		snprintf(run->perf_ctl, sizeof(run->perf_ctl), "%s",
		         samples->partner_failure ? qb_partner_failure(samples->partner_failure)
		                                  : "ok");
	run->clock_checked = samples->clock_checked;
	run->clock_disagreement_ppm = samples->clock_disagreement_ppm;
	snprintf(run->reason, sizeof(run->reason), "%s", samples->reason);
	if (end_ns > start_ns) {
		run->window_ns = end_ns - start_ns;
		run->messages = samples->window_count;
		note_disturbance(run, samples, oversubscribed);
		note_foreign(run, samples);
		note_vitals(run, samples);
	}
	note_workers(run, samples);
	if (run->status == QB_STATUS_OK && (run->window_ns == 0 || run->messages == 0))
		fail(run, "no message arrived in the window");
	if (run->status == QB_STATUS_OK)
		run->throughput = (double)run->messages * 1e9 / (double)run->window_ns;
	if (run->status == QB_STATUS_OK && samples->latency.timed) {
		run->latency = qb_latency_record_make(samples);
		if (!run->latency)
			return -ENOMEM;
	}
	return note_intervals(run, samples);
}

int qb_record_make(struct qb_run_record *ret_run, const struct qb_samples *samples,
                   bool oversubscribed)
{
	struct qb_run_record run = { .order = samples->order,
		                     .seed = samples->seed,
		                     .start_unix_ms = samples->start_unix_ms,
		                     .throughput = NAN,
		                     .steal_share = NAN,
		                     .run_delay_share = NAN,
		                     .foreign_share = NAN,
		                     .interrupts = NAN,
		                     .throttled_periods = NAN,
		                     .thermal_throttles = NAN };
	int rc = 0;

	if (!intact(samples))
		fail(&run,
		     "what the run left behind is damaged: something wrote into memory that is "
		     "not its own");
	else
		rc = qb_timeline_create(samples, &run.timeline);
	if (rc == 0 && intact(samples))
		rc = measure(&run, samples, oversubscribed);
	if (rc == 0)
		*ret_run = run;
	else {
		free(run.timeline);
		qb_latency_record_free(run.latency);
	}
	return rc;
}
