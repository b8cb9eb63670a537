/* latency -- quantiles of each run, and their estimates over runs.
 *
 * A run is one value of each metric.  A queue that does not keep up has no latency: what would be
 * told is how long was measured.  A run that a stall ended late stays in; where most runs fell
 * behind steadily, nothing is told. */
#include "harness/latency.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/histogram.h"
#include "harness/summary.h"

#define SHORTFALL_MAX 0.01 /* of the messages due */
#define BACKLOG_MIN   3    /* messages; fewer are under way at any time */
#define TREND_N_MIN   15   /* intervals; fewer cannot show a trend at p < 0.01 */

static const struct {
	const char *name;
	unsigned part; /* of QB_QUANTILE_WHOLE; 0: the maximum */
} latencies[QB_LATENCIES] = {
	{ "p50", 5000 }, { "p90", 9000 }, { "p99", 9900 }, { "p99.9", 9990 }, { "max", 0 },
};

const char *qb_latency_name(unsigned index) { return latencies[index].name; }

const char *qb_latency_kind_name(enum qb_latency_kind kind)
{
	return kind == QB_LATENCY_RESPONSE ? "latency" : "transit";
}

/* Growth is that between the middles of the first and the last third: of two thirds of the time. */
static bool fell_behind(const struct qb_samples *samples)
{
	const struct qb_latency_sample *latency = &samples->latency;
	const double growth = 1.5 * latency->backlog_growth;

	if (latency->unsent_count > 0)
		return true;
	return growth > BACKLOG_MIN && growth > SHORTFALL_MAX * (double)latency->due_count &&
	       (latency->backlog_rises || samples->interval_count < TREND_N_MIN);
}

/* No latency is less than the unit. */
static double told(uint64_t ns) { return ns > 0 ? (double)ns : 1; }

static bool tell(const struct qb_histogram *histogram, enum qb_latency_kind kind,
                 struct qb_latency_record *record)
{
	const uint64_t count = qb_histogram_count(histogram);
	uint64_t value;

	record->count[kind] = count;
	for (unsigned i = 0; i < QB_LATENCIES; i++) {
		record->values[kind][i] = NAN;
		if (count > 0 && latencies[i].part == 0)
			record->values[kind][i] = told(histogram->max);
		else if (latencies[i].part > 0 &&
		         qb_histogram_quantile(histogram, latencies[i].part, &value))
			record->values[kind][i] = told(value);
	}
	record->histograms[kind] = qb_histogram_encode(histogram);
	return record->histograms[kind] != NULL;
}

struct qb_latency_record *qb_latency_record_make(const struct qb_samples *samples)
{
	const struct qb_latency_sample *latency = &samples->latency;
	struct qb_latency_record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	*record = (struct qb_latency_record){ .due_count = latency->due_count,
		                              .backlog_growth = latency->backlog_growth,
		                              .unsent_count = latency->unsent_count,
		                              .saturated = fell_behind(samples),
		                              .has_transit = latency->has_transit,
		                              .by_ticks = latency->by_ticks,
		                              .timer_ns = latency->timer_ns };
	for (unsigned i = 0; i < QB_LATENCIES; i++)
		record->values[QB_LATENCY_TRANSIT][i] = NAN;
	if (tell(&latency->recorded.response, QB_LATENCY_RESPONSE, record) &&
	    (!record->has_transit || tell(&latency->recorded.transit, QB_LATENCY_TRANSIT, record)))
		return record;
	qb_latency_record_free(record);
	return NULL;
}

void qb_latency_record_free(struct qb_latency_record *record)
{
	for (int kind = 0; record && kind < QB_LATENCY_KINDS; kind++)
		free(record->histograms[kind]);
	free(record);
}

unsigned qb_latency_count_runs(const struct qb_result *result, unsigned *ret_saturated)
{
	unsigned count = 0;

	*ret_saturated = 0;
	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];

		if (run->status != QB_STATUS_OK || !run->latency)
			continue;
		count++;
		*ret_saturated += run->latency->saturated;
	}
	return count;
}

bool qb_latency_is_saturated(const struct qb_result *result)
{
	unsigned saturated;
	const unsigned count = qb_latency_count_runs(result, &saturated);

	return 2 * saturated > count;
}

static struct qb_metric *find_or_add(struct qb_result *result, enum qb_latency_kind kind,
                                     unsigned index)
{
	struct qb_metric made = { .unit = "ns", .gated = false }, *metrics;

	snprintf(made.name, sizeof(made.name), "%s_%s", qb_latency_kind_name(kind),
	         latencies[index].name);
	made.gated = strcmp(made.name, "latency_p99") == 0;
	if (qb_result_metric(result, made.name))
		return qb_result_metric(result, made.name);
	metrics = realloc(result->metrics, (result->metric_count + 1) * sizeof(*metrics));
	if (!metrics)
		return NULL;
	result->metrics = metrics;
	metrics[result->metric_count] = made;
	return &metrics[result->metric_count++];
}

/* Why no run has a value.  Messages of runs that were not ok are no reason. */
static void explain(const struct qb_result *result, enum qb_latency_kind kind, unsigned index,
                    struct qb_metric *metric)
{
	const bool has_room = kind == QB_LATENCY_RESPONSE || result->c.message_size >= 16;
	uint64_t most = 0;
	unsigned saturated;

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];

		if (run->status == QB_STATUS_OK && run->latency && run->latency->count[kind] > most)
			most = run->latency->count[kind];
	}
	if (result->status == QB_STATUS_INCORRECT ||
	    (result->status != QB_STATUS_OK && qb_latency_count_runs(result, &saturated) == 0))
		snprintf(metric->reason, sizeof(metric->reason), "the case's status is %s",
		         qb_status_name(result->status));
	else if (!has_room)
		snprintf(metric->reason, sizeof(metric->reason),
		         "a message of %zu bytes has no room for the time it was sent; use "
		         "--message-size=16",
		         result->c.message_size);
	else if (qb_latency_is_saturated(result))
		snprintf(metric->reason, sizeof(metric->reason),
		         "saturated at this rate: the queue, or the loop that times each message, "
		         "does not keep up; use a lower --rate");
	else if (most > 0 && latencies[index].part > 0)
		snprintf(metric->reason, sizeof(metric->reason),
		         "%llu messages a run, and %llu are needed; use a longer --time or a "
		         "higher --rate",
		         (unsigned long long)most,
		         (unsigned long long)qb_histogram_needed(latencies[index].part));
	else
		snprintf(metric->reason, sizeof(metric->reason), "no message was timed");
}

static int settle_one(struct qb_result *result, enum qb_latency_kind kind, unsigned index)
{
	const bool hidden =
		result->status == QB_STATUS_INCORRECT || qb_latency_is_saturated(result);
	struct qb_metric *metric = find_or_add(result, kind, index);
	double *values = malloc((result->run_count + 1) * sizeof(*values));
	unsigned n = 0;

	if (!metric || !values) {
		free(values);
		return -ENOMEM;
	}
	for (size_t i = 0; i < result->run_count && !hidden; i++) {
		const struct qb_run_record *run = &result->runs[i];

		if (run->status == QB_STATUS_OK && run->latency &&
		    isfinite(run->latency->values[kind][index]))
			values[n++] = run->latency->values[kind][index];
	}
	free(metric->values);
	metric->values = values;
	metric->n = n;
	metric->estimate = qb_summary_estimate(values, n);
	metric->reason[0] = '\0';
	if (n == 0)
		explain(result, kind, index, metric);
	return 0;
}

int qb_latency_settle(struct qb_result *result)
{
	for (int kind = 0; kind < QB_LATENCY_KINDS; kind++) {
		for (unsigned index = 0; index < QB_LATENCIES; index++) {
			const int rc = settle_one(result, (enum qb_latency_kind)kind, index);

			if (rc != 0)
				return rc;
		}
	}
	return 0;
}
