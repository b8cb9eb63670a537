/* summary -- the samples of a case's runs become its result.
 *
 * A run is one value: what happens within a process is correlated, so its intervals only serve to
 * doubt it.  Runs that are not ok stay in the record and count for nothing else; a queue that was
 * incorrect once has no throughput at all, because its good runs are only those not caught. */
#include "harness/summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/latency.h"
#include "harness/reading.h"
#include "harness/record.h"
#include "harness/review.h"
#include "harness/stats.h"

#define CI95_N_MIN 6

/* The worse, the higher. */
static unsigned severity(enum qb_status status)
{
	static const unsigned ranks[QB_STATUS_COUNT] = {
		[QB_STATUS_OK] = 0,        [QB_STATUS_INTERRUPTED] = 1, [QB_STATUS_SKIPPED] = 2,
		[QB_STATUS_INVALID] = 3,   [QB_STATUS_TIMEOUT] = 4,     [QB_STATUS_CRASHED] = 5,
		[QB_STATUS_INCORRECT] = 6,
	};

	return ranks[status];
}

void qb_summary_begin(struct qb_result *ret_result, const struct qb_case *c)
{
	memset(ret_result, 0, sizeof(*ret_result));
	ret_result->c = *c;
	if (c->skip_reason[0] == '\0')
		return;
	ret_result->status = QB_STATUS_SKIPPED;
	snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", c->skip_reason);
}

/* A run that died before its proof says nothing on delivery. */
static void add_delivery(struct qb_delivery *sum, const struct qb_delivery *one)
{
	sum->sent += one->sent;
	sum->received += one->received;
	sum->lost += one->lost;
	sum->duplicated += one->duplicated;
	sum->reordered += one->reordered;
	sum->corrupted += one->corrupted;
	sum->beyond_bitmap |= one->beyond_bitmap;
	if (sum->fault_count > 0 || one->fault_count == 0)
		return;
	sum->fault_count = one->fault_count;
	memcpy(sum->faults, one->faults, sizeof(sum->faults));
}

static void add_internals(struct qb_result *result, const struct qb_samples *samples)
{
	for (unsigned i = 0; i < samples->internal_count; i++) {
		size_t at = 0;

		while (at < result->internal_count &&
		       strcmp(result->internals[at].name, samples->internal_names[i]) != 0)
			at++;
		if (at == QB_INTERNALS_MAX)
			continue;
		if (at == result->internal_count) {
			result->internals[at] =
				(struct qb_counter){ .available = true, .coverage = 1 };
			snprintf(result->internals[at].name, sizeof(result->internals[at].name),
			         "%s", samples->internal_names[i]);
			result->internal_count++;
		}
		result->internals[at].value += (double)samples->internals[i];
	}
}

/* Sums of what the workers of an ok run did. */
static void add_totals(struct qb_result *result, const struct qb_samples *samples,
                       uint64_t window_ns)
{
	const unsigned producers = result->c.producer_count;
	struct qb_totals *totals = &result->totals;
	double longest_ns = (double)window_ns;

	totals->window_ns += window_ns;
	totals->received += samples->delivery.received;
	for (unsigned i = 0; i < samples->worker_count; i++) {
		const struct qb_worker_sample *worker = &samples->workers[i];
		const enum qb_role role = i < producers ? QB_PRODUCE : QB_CONSUME;

		totals->messages[role] += worker->window_count;
		totals->operations[role] += worker->window_operations;
		totals->misses[role] += worker->window_misses;
		totals->sleeps += worker->window_sleeps;
		totals->switches += worker->voluntary_switches + worker->involuntary_switches;
		totals->preemptions += worker->involuntary_switches;
		if (role == QB_PRODUCE)
			totals->producer_messages[i] += worker->window_count;
		longest_ns = fmax(longest_ns, qb_record_loop_ns(worker, window_ns));
	}
	totals->loop_s += longest_ns / 1e9;
	add_internals(result, samples);
}

static void take_status(struct qb_result *result, const struct qb_run_record *run)
{
	if (severity(run->status) <= severity(result->status))
		return;
	result->status = run->status;
	snprintf(result->reason, sizeof(result->reason), "%s", run->reason);
}

int qb_summary_add(struct qb_result *result, const struct qb_samples *samples)
{
	struct qb_run_record *runs, *run;
	int rc;

	if (!result->totals.producer_messages)
		result->totals.producer_messages =
			calloc((size_t)result->c.producer_count + 1, sizeof(uint64_t));
	runs = realloc(result->runs, (result->run_count + 1) * sizeof(*runs));
	if (runs)
		result->runs = runs;
	if (!runs || !result->totals.producer_messages)
		return -ENOMEM;
	run = &runs[result->run_count];
	rc = qb_record_make(run, samples, result->c.oversubscribed);
	if (rc != 0)
		return rc;
	result->run_count++;
	take_status(result, run);
	if (run->status == QB_STATUS_OK || run->status == QB_STATUS_INCORRECT)
		add_delivery(&result->delivery, &samples->delivery);
	if (run->status == QB_STATUS_OK)
		add_totals(result, samples, run->window_ns);
	return 0;
}

struct qb_estimate qb_summary_estimate(const double *values, unsigned n)
{
	struct qb_estimate estimate = { .n = n };
	struct qb_interval interval;
	double *logs;

	if (n == 0)
		return estimate;
	estimate.median = qb_stats_median(values, n);
	estimate.mean = qb_stats_mean(values, n);
	estimate.stddev = qb_stats_stddev(values, n);
	estimate.cv = estimate.stddev / estimate.mean;
	estimate.min = qb_stats_quantile(values, n, 0);
	estimate.max = qb_stats_quantile(values, n, 1);
	estimate.hl = estimate.ci95[0] = estimate.ci95[1] = NAN;
	logs = malloc(n * sizeof(*logs));
	if (!logs)
		return estimate;
	for (unsigned i = 0; i < n; i++)
		logs[i] = log(values[i]);
	interval = qb_stats_signed_rank(logs, n, 0.05);
	free(logs);
	estimate.hl = exp(interval.estimate);
	estimate.has_ci95 = n >= CI95_N_MIN && interval.exists;
	if (estimate.has_ci95) {
		estimate.ci95[0] = exp(interval.low);
		estimate.ci95[1] = exp(interval.high);
	}
	return estimate;
}

static struct qb_metric *make_throughput(struct qb_result *result)
{
	struct qb_metric *metrics;

	metrics = realloc(result->metrics, (result->metric_count + 1) * sizeof(*metrics));
	if (!metrics)
		return NULL;
	result->metrics = metrics;
	metrics[result->metric_count] = (struct qb_metric){
		.name = "throughput", .unit = "msg/s", .higher_is_better = true, .gated = true
	};
	return &metrics[result->metric_count++];
}

static int settle_throughput(struct qb_result *result)
{
	struct qb_metric *metric = qb_result_metric(result, "throughput");
	double *values = malloc((result->run_count + 1) * sizeof(*values));
	unsigned n = 0;

	if (!values)
		return -ENOMEM;
	if (result->status != QB_STATUS_INCORRECT)
		for (size_t i = 0; i < result->run_count; i++)
			if (result->runs[i].status == QB_STATUS_OK)
				values[n++] = result->runs[i].throughput;
	if (!metric && n > 0)
		metric = make_throughput(result);
	if (!metric) {
		free(values);
		return n > 0 ? -ENOMEM : 0;
	}
	free(metric->values);
	metric->values = values;
	metric->n = n;
	metric->estimate = qb_summary_estimate(values, n);
	return 0;
}

static int settle_fairness(struct qb_result *result)
{
	const unsigned n = result->c.producer_count;
	double *counts, mean;

	result->fairness = (struct qb_fairness){ 0 };
	if (n < 2 || result->totals.messages[QB_PRODUCE] == 0)
		return 0;
	counts = malloc(n * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		counts[i] = (double)result->totals.producer_messages[i];
	mean = qb_stats_mean(counts, n);
	result->fairness =
		(struct qb_fairness){ .known = true,
		                      .jain = qb_stats_jain(counts, n),
		                      .min_share = qb_stats_quantile(counts, n, 0) / mean,
		                      .max_share = qb_stats_quantile(counts, n, 1) / mean };
	free(counts);
	return 0;
}

static double ratio(double part, double whole) { return whole > 0 ? part / whole : NAN; }

static double per(uint64_t part, uint64_t whole) { return ratio((double)part, (double)whole); }

static uint64_t tries(const struct qb_totals *totals, enum qb_role role)
{
	return totals->operations[role] + totals->misses[role];
}

static void settle_flow(struct qb_result *result)
{
	const struct qb_totals *t = &result->totals;

	result->flow = (struct qb_flow){
		.producer_misses_per_message = per(t->misses[QB_PRODUCE], t->messages[QB_PRODUCE]),
		.consumer_misses_per_message = per(t->misses[QB_CONSUME], t->messages[QB_CONSUME]),
		.producer_batch_mean = per(t->messages[QB_PRODUCE], t->operations[QB_PRODUCE]),
		.consumer_batch_mean = per(t->messages[QB_CONSUME], t->operations[QB_CONSUME]),
		.producer_full_share = per(t->misses[QB_PRODUCE], tries(t, QB_PRODUCE)),
		.consumer_empty_share = per(t->misses[QB_CONSUME], tries(t, QB_CONSUME)),
		.sleeps_per_message = per(t->sleeps, t->messages[QB_CONSUME]),
		.switches_per_second = ratio((double)t->switches, t->loop_s),
		.slices_lost_per_second =
			ratio((double)t->preemptions, t->loop_s * qb_case_worker_count(&result->c)),
	};
	for (size_t i = 0; i < result->internal_count; i++)
		result->internals[i].per_message =
			ratio(result->internals[i].value, (double)t->received);
}

int qb_summary_settle(struct qb_result *result, const struct qb_protocol *protocol)
{
	int rc = result->c.rate > 0 ? qb_latency_settle(result) : settle_throughput(result);

	if (rc == 0)
		rc = settle_fairness(result);
	if (rc != 0)
		return rc;
	settle_flow(result);
	qb_reading_settle(result);
	return qb_review_warn(result, protocol);
}
