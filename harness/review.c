/* review -- every reason to doubt a result, as a warning that says what to do.
 *
 * Codes are stable, for machines; a warning that no longer holds when more runs came in is taken
 * back, so that a result may be settled after every run. */
#include "harness/review.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diagnosis.h"
#include "harness/latency.h"
#include "harness/record.h"
#include "harness/stats.h"
#include "harness/summary.h"
#include "harness/workload.h"

#define CV_MAX             0.10
#define CLOCK_PPM_WARN     20
#define FAULT_NS           1000  /* about what a minor page fault takes */
#define FAULT_SHARE_MAX    0.01  /* of the window */
#define TRENDING_SHARE_MAX 0.20  /* of the runs */
#define MODE_DISTANCE_MIN  0.025 /* half the smallest change that a gate looks for */
#define CI95_N_MIN         6
#define TIMER_FACTOR       5 /* a median below so many readings of the clock is mostly these */

static struct qb_warning *find_warning(struct qb_result *result, const char *code)
{
	for (size_t i = 0; i < result->warning_count; i++)
		if (strcmp(result->warnings[i].code, code) == 0)
			return &result->warnings[i];
	return NULL;
}

__attribute__((format(printf, 3, 0))) static int
put_warning(struct qb_result *result, const char *code, const char *format, va_list arguments)
{
	struct qb_warning *warning = find_warning(result, code), *warnings;

	if (!warning) {
		warnings =
			realloc(result->warnings, (result->warning_count + 1) * sizeof(*warnings));
		if (!warnings)
			return -ENOMEM;
		result->warnings = warnings;
		warning = &warnings[result->warning_count++];
	}
	memset(warning, 0, sizeof(*warning));
	snprintf(warning->code, sizeof(warning->code), "%s", code);
	vsnprintf(warning->text, sizeof(warning->text), format, arguments);
	return 0;
}

int qb_summary_warn(struct qb_result *result, const char *code, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = put_warning(result, code, format, arguments);
	va_end(arguments);
	return rc;
}

static void withdraw(struct qb_result *result, const char *code)
{
	struct qb_warning *warning = find_warning(result, code);
	size_t after;

	if (!warning)
		return;
	after = (size_t)(result->warnings + result->warning_count - (warning + 1));
	memmove(warning, warning + 1, after * sizeof(*warning));
	result->warning_count--;
}

/* One state of a review: the first failure stays. */
struct review {
	struct qb_result *result;
	const struct qb_protocol *protocol;
	int rc;
};

static void warn_if(struct review *review, bool holds, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void warn_if(struct review *review, bool holds, const char *code, const char *format, ...)
{
	va_list arguments;
	int rc = 0;

	va_start(arguments, format);
	if (holds)
		rc = put_warning(review->result, code, format, arguments);
	else
		withdraw(review->result, code);
	va_end(arguments);
	if (review->rc == 0)
		review->rc = rc;
}

static bool pinned(const struct qb_case *c)
{
	return c->pin != QB_PIN_NONE && c->cpus[0] != QB_CPU_NONE;
}

/* What is doubtful before anything was measured. */
static void review_case(struct review *review)
{
	const struct qb_case *c = &review->result->c;

	warn_if(review, (c->traits & QB_FLOOR) != 0, "floor",
	        "no queue: its messages never pass between threads; it shows the cost of the "
	        "measurement itself, not of a queue");
	warn_if(review, c->oversubscribed, "oversubscribed",
	        "%u threads share fewer CPUs, so the scheduler is part of the figure; use fewer "
	        "threads "
	        "or more CPUs to measure the queue alone",
	        qb_case_worker_count(c));
	warn_if(review, !c->proof, "proof-off",
	        "delivery was not proven; leave out --no-proof for a figure to be believed");
	warn_if(review, c->batch_emulated, "batch-emulated",
	        "'%s' sends one message at a time, a batch of %zu is %zu operations; compare it "
	        "with "
	        "--batch=1",
	        c->impl, c->batch, c->batch);
	warn_if(review, !pinned(c), "unpinned",
	        "threads are not pinned, so the kernel may place them differently in every run; "
	        "use "
	        "--pin=auto");
}

/* Counts over the runs that are ok. */
struct tally {
	unsigned ok, refused, migrated, disturbed, faulting, trending, clock_off, powers;
	unsigned recorded, unheard;        /* by perf */
	const char *perf_ctl;              /* of the first that it did not hear of */
	const struct qb_run_record *worst; /* of those disturbed */
	uint64_t faults;
	long clock_ppm;
};

/* Time that was not the run's, as far as known. */
static double lost(const struct qb_run_record *run)
{
	return fmax(run->foreign_share, 0) + fmax(run->steal_share, 0) +
	       fmax(run->run_delay_share, 0);
}

static struct tally count_runs(const struct qb_result *result)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];
		const uint64_t faults = run->minor_faults + run->major_faults;

		if (run->status != QB_STATUS_OK)
			continue;
		tally.ok++;
		tally.refused += run->pins_refused > 0;
		tally.migrated += run->migrations > 0;
		tally.disturbed += run->disturbed;
		if (run->disturbed && (!tally.worst || lost(run) > lost(tally.worst)))
			tally.worst = run;
		tally.trending += run->trending != 0;
		tally.recorded += strcmp(run->perf_ctl, "ok") == 0;
		tally.unheard += run->perf_ctl[0] && strcmp(run->perf_ctl, "ok") != 0;
		if (!tally.perf_ctl && run->perf_ctl[0] && strcmp(run->perf_ctl, "ok") != 0)
			tally.perf_ctl = run->perf_ctl;
		tally.faulting +=
			run->major_faults > 0 || (double)run->minor_faults * FAULT_NS >
							 FAULT_SHARE_MAX * (double)run->window_ns;
		if (faults > tally.faults)
			tally.faults = faults;
		if (!run->clock_checked || labs(run->clock_disagreement_ppm) < CLOCK_PPM_WARN)
			continue;
		tally.clock_off++;
		if (labs(run->clock_disagreement_ppm) > labs(tally.clock_ppm))
			tally.clock_ppm = run->clock_disagreement_ppm;
	}
	return tally;
}

static void review_runs(struct review *review)
{
	const struct tally t = count_runs(review->result);
	char cause[160] = "";

	if (t.worst)
		qb_record_disturbance(t.worst, review->result->c.oversubscribed, cause,
		                      sizeof(cause));

	warn_if(review, t.refused > 0, "pin-refused",
	        "in %u of %u runs the system did not keep threads on the CPUs asked for; see "
	        "'qbench doctor' or choose CPUs that are allowed with --pin",
	        t.refused, t.ok);
	warn_if(review, t.migrated > 0 && pinned(&review->result->c), "migrated",
	        "in %u of %u runs a pinned thread was found on another CPU; is a CPU taken offline "
	        "or "
	        "the cpuset changed while measuring?",
	        t.migrated, t.ok);
	warn_if(review, t.disturbed > 0, "disturbed",
	        "%u of %u runs were disturbed by other work on this machine or its host (in the "
	        "worst, %s); they stay in the figure: stop other load, see 'qbench doctor'",
	        t.disturbed, t.ok, cause);
	warn_if(review, t.faulting > 0, "page-faults",
	        "in %u of %u runs memory was first touched or paged in while measuring: up to %llu "
	        "page faults a "
	        "run, a microsecond or more each; use a longer --warmup or a smaller --capacity",
	        t.faulting, t.ok, (unsigned long long)t.faults);
	warn_if(review, t.clock_off > 0, "clock",
	        "in %u of %u runs the CPU's counter and the kernel's clock disagreed by up to %ld "
	        "ppm; %s",
	        t.clock_off, t.ok, t.clock_ppm,
	        review->result->c.rate > 0
	                ? "latencies are from the CPU's counter, and may be off by as much"
	                : "figures are from the kernel's clock");
	warn_if(review, t.recorded > 0, "profiled",
	        "perf recorded the measured windows of %u of %u runs, and its interrupts are part "
	        "of the figure; measure without --perf-ctl for a figure to keep",
	        t.recorded, t.ok);
	warn_if(review, t.unheard > 0, "perf-ctl",
	        "in %u of %u runs perf was not told of the window (%s), so what it recorded is not "
	        "what was measured; see whether it still runs",
	        t.unheard, t.ok, t.perf_ctl);
	warn_if(review, t.trending > TRENDING_SHARE_MAX * t.ok, "trend",
	        "%u of %u runs were still rising or falling within their window; use a longer "
	        "--warmup",
	        t.trending, t.ok);
	warn_if(review, review->result->delivery.beyond_bitmap, "power-sums",
	        "some messages were proven by sums of powers, not one by one: a fault among them "
	        "would be "
	        "found but not named; use a shorter --time to have each one named");
}

static struct qb_modes find_modes(const struct qb_metric *metric)
{
	struct qb_modes modes = { 0 };
	double *logs = malloc(metric->n * sizeof(*logs));

	if (!logs)
		return modes;
	for (unsigned i = 0; i < metric->n; i++)
		logs[i] = log(metric->values[i]);
	modes = qb_diagnosis_modes(logs, metric->n, MODE_DISTANCE_MIN);
	free(logs);
	return modes;
}

/* Of a case whose messages were timed. */
static void review_latency(struct review *review)
{
	const struct qb_result *result = review->result;
	const struct qb_metric *median = qb_result_metric(result, "latency_p50");
	unsigned saturated;
	const unsigned count = qb_latency_count_runs(result, &saturated);
	const bool all = qb_latency_is_saturated(result);
	const struct qb_latency_record *timed = NULL;

	for (size_t i = 0; i < result->run_count; i++)
		if (result->runs[i].latency)
			timed = result->runs[i].latency;
	warn_if(review, saturated > 0 && all, "saturated",
	        "saturated at this rate: in %u of %u runs messages were due faster than they were "
	        "received, so that latency grows for as long as is measured: the queue, or the "
	        "loop that times each message, does not keep up; use a lower --rate",
	        saturated, count);
	if (!all)
		warn_if(review, saturated > 0, "saturated",
		        "in %u of %u runs the queue, or the loop that times each message, did not "
		        "keep up with the rate to the end; they stay in the figures: use a "
		        "lower --rate, or see 'qbench doctor'",
		        saturated, count);
	warn_if(review, timed && !timed->by_ticks, "timer",
	        "latencies are from CLOCK_MONOTONIC, because this machine's tick counter is not "
	        "one to trust; see 'qbench doctor'");
	warn_if(review,
	        timed && median && median->n > 0 &&
	                median->estimate.median < TIMER_FACTOR * timed->timer_ns,
	        "timer-cost",
	        "reading the clock takes %.3g ns, which is a large part of latencies this short "
	        "and is not subtracted",
	        timed ? timed->timer_ns : 0);
}

static void review_spread(struct review *review)
{
	const struct qb_workload *judged = qb_workload_judged(review->result->c.workload);
	const struct qb_metric *metric = qb_result_metric(review->result, judged->metric);
	const unsigned n = metric ? metric->n : 0;
	const struct qb_modes modes =
		n > 0 && !judged->open_loop ? find_modes(metric) : (struct qb_modes){ 0 };
	const double cv = n > 0 ? metric->estimate.cv : 0;
	const unsigned low_percent = n > 0 ? (unsigned)(100 * modes.low_count + n / 2) / n : 0;

	warn_if(review,
	        n > 0 && n<CI95_N_MIN, "few-runs",
	                        "%u runs are too few for a 95 %% interval; use --runs=%d or more",
	                        n, review->protocol->runs> 10
	                ? (int)review->protocol->runs
	                : 10);
	warn_if(review, cv > CV_MAX, "spread",
	        "runs differ by %.0f %% (standard deviation / mean); small differences mean "
	        "nothing: see "
	        "'qbench doctor', use more --runs or a longer --time",
	        100 * cv);
	warn_if(review, modes.two, "two-modes",
	        "runs fall in two modes: %.3g M msg/s (%u %%) and %.3g M msg/s (%u %%), and an "
	        "average of "
	        "them describes neither; look for what differs, e.g. placement with --pin",
	        exp(modes.low) / 1e6, low_percent, exp(modes.high) / 1e6, 100 - low_percent);
}

int qb_review_warn(struct qb_result *result, const struct qb_protocol *protocol)
{
	struct review review = { result, protocol, 0 };

	if (result->status == QB_STATUS_SKIPPED)
		return 0;
	review_case(&review);
	review_runs(&review);
	review_spread(&review);
	if (result->c.rate > 0)
		review_latency(&review);
	return review.rc;
}
