/* share -- a throughput as a share of what the same CPUs can stream.
 *
 * The model: whatever a queue does, every message is written by one CPU and read by another, so its
 * lines cross between them as those of the streaming probe do.  The probe moves whole lines and
 * publishes an index every so many of them; a line of 64 bytes holds 64/m messages of m bytes.
 *
 *   share_of_limit    throughput / (lines per second, index every 64 messages) / (64/m)
 *   share_of_pattern  the same with the index as often as this queue's producers moved messages,
 *                     at most once a line
 *   ceiling           the best repetition of any interval
 *
 * The first compares queues with each other and with the machine, because it does not depend on how
 * they were called.  The second says what the call cost: a ring that publishes each batch is
 * bounded by it, a queue whose consumer lags behind, or that marks its slots, may pass it.  The
 * ceiling is what nothing can pass while the messages really cross.
 *
 * Several producers and consumers: a stream takes one CPU that writes all the time and one that
 * reads all the time, so there are as many as the fewer of both, and at most half as many as CPUs.
 * The nearest pair counts, because a bound must not be too low. */
#include "harness/share.h"

#include <math.h>

#include "harness/summary.h"

#define BATCH 64

/* Of the best repetition to the median: were most of them slowed down, then perhaps all were. */
#define DISTURBED_RATIO 1.5

static const struct qb_pu *find_pu(const struct qb_topology *topology, int cpu)
{
	for (size_t i = 0; i < topology->pu_count; i++)
		if ((int)topology->pus[i].os == cpu)
			return &topology->pus[i];
	return NULL;
}

static bool fail(char *ret_reason, size_t size, const char *reason)
{
	snprintf(ret_reason, size, "%s", reason);
	return false;
}

static void take_nearer(const struct qb_pu *producer, const struct qb_pu *consumer,
                        struct qb_cpu_pair *pair)
{
	enum qb_relation relation;

	if (!producer || !consumer || producer->os == consumer->os)
		return;
	relation = qb_limits_relate(producer, consumer);
	if (pair->cpu_b == QB_CPU_NONE || relation < pair->relation)
		*pair = (struct qb_cpu_pair){ (int)producer->os, (int)consumer->os, relation };
}

bool qb_share_pair(const struct qb_case *c, const struct qb_topology *topology,
                   struct qb_cpu_pair *ret_pair, char *ret_reason, size_t size)
{
	const unsigned count = qb_case_worker_count(c);

	*ret_pair = (struct qb_cpu_pair){ 0, QB_CPU_NONE, QB_RELATION_SELF };
	if (c->traits & QB_FLOOR)
		return fail(ret_reason, size, "a floor moves no message between CPUs");
	for (unsigned i = 0; i < count; i++)
		if (c->cpus[i] == QB_CPU_NONE)
			return fail(ret_reason, size, "its threads are not all pinned");
	for (unsigned p = 0; p < c->producer_count; p++) {
		const struct qb_pu *producer = find_pu(topology, c->cpus[p]);

		for (unsigned i = c->producer_count; i < count; i++)
			take_nearer(producer, find_pu(topology, c->cpus[i]), ret_pair);
	}
	if (ret_pair->cpu_b == QB_CPU_NONE)
		return fail(ret_reason, size, "all its threads share one CPU");
	return true;
}

/* Distinct CPUs among those from `from` on. */
static unsigned count_distinct(const int *cpus, unsigned from, unsigned end)
{
	unsigned distinct = 0;

	for (unsigned i = from; i < end; i++) {
		unsigned before = from;

		while (cpus[before] != cpus[i])
			before++;
		distinct += before == i;
	}
	return distinct;
}

double qb_share_lanes(const struct qb_case *c)
{
	const unsigned count = qb_case_worker_count(c);
	const double senders = count_distinct(c->cpus, 0, c->producer_count);
	const double receivers = count_distinct(c->cpus, c->producer_count, count);

	return fmin(fmin(senders, receivers), count_distinct(c->cpus, 0, count) / 2.0);
}

/* Some CPU both sends and receives, so messages need not cross. */
static bool has_shared_cpu(const struct qb_case *c)
{
	const unsigned count = qb_case_worker_count(c);

	return count_distinct(c->cpus, 0, c->producer_count) +
	               count_distinct(c->cpus, c->producer_count, count) >
	       count_distinct(c->cpus, 0, count);
}

/* The pair itself, if it was measured, else one of its relation; NULL if there is none. */
static const struct qb_cpu_pair *find_measured(const struct qb_limits *limits,
                                               const struct qb_cpu_pair *pair)
{
	const struct qb_cpu_pair *alike = NULL;

	if (qb_limits_stream(limits, pair, BATCH, 8) > 0)
		return pair;
	for (size_t i = 0; i < limits->pair_count && !alike; i++)
		if (limits->pairs[i].relation == pair->relation &&
		    qb_limits_stream(limits, &limits->pairs[i], BATCH, 8) > 0)
			alike = &limits->pairs[i];
	return alike;
}

static double moved_batch(const struct qb_result *result)
{
	const double mean = result->flow.producer_batch_mean;

	return isfinite(mean) && mean >= 1 ? mean : (double)result->c.batch;
}

static void fill_bound(struct qb_bound *bound, const struct qb_result *result,
                       const struct qb_limits *limits, const struct qb_cpu_pair *pair)
{
	const size_t size = result->c.message_size;
	const double lanes = qb_share_lanes(&result->c);
	const struct qb_limit *round_trip =
		qb_limits_find(limits, "rtt_one_line", pair->cpu_a, pair->cpu_b);
	const struct qb_limit *stream =
		qb_limits_find(limits, "stream_8", pair->cpu_a, pair->cpu_b);

	bound->known = true;
	bound->cpu_a = pair->cpu_a;
	bound->cpu_b = pair->cpu_b;
	snprintf(bound->relation, sizeof(bound->relation), "%s",
	         qb_limits_relation_name(pair->relation));
	bound->lanes = lanes;
	bound->pattern_batch = moved_batch(result);
	bound->limit = lanes * qb_limits_stream(limits, pair, BATCH, size);
	bound->pattern =
		lanes * qb_limits_stream(limits, pair, (size_t)round(bound->pattern_batch), size);
	bound->ceiling = lanes * qb_limits_stream(limits, pair, 0, size);
	bound->share_of_pattern = NAN;
	bound->round_trip_ns = round_trip ? round_trip->value : NAN;
	bound->disturbed = stream && stream->max > DISTURBED_RATIO * stream->value;
	bound->measured_unix_ms = stream ? stream->measured_unix_ms : 0;
}

static void find_bound(const struct qb_result *result, const struct qb_topology *topology,
                       const struct qb_share_basis *basis, struct qb_bound *ret_bound)
{
	const struct qb_cpu_pair *measured;
	struct qb_cpu_pair pair;

	*ret_bound = (struct qb_bound){ .cpu_a = QB_CPU_NONE,
		                        .cpu_b = QB_CPU_NONE,
		                        .share_of_pattern = NAN,
		                        .round_trip_ns = NAN };
	if (!qb_share_pair(&result->c, topology, &pair, ret_bound->reason,
	                   sizeof(ret_bound->reason)))
		return;
	measured = find_measured(basis->limits, &pair);
	if (!measured) {
		snprintf(ret_bound->reason, sizeof(ret_bound->reason),
		         "not measured yet between CPUs %d and %d: 'qbench limits' measures and "
		         "keeps it, 'qbench run --limits' measures it between the runs",
		         pair.cpu_a, pair.cpu_b);
		return;
	}
	fill_bound(ret_bound, result, basis->limits, measured);
	ret_bound->same_sitting = basis->same_sitting;
	ret_bound->age_s =
		fmax(0, (double)(basis->now_unix_ms - ret_bound->measured_unix_ms) / 1000);
}

static struct qb_metric *make_metric(struct qb_result *result)
{
	struct qb_metric *metric = qb_result_metric(result, "share_of_limit"), *metrics;

	if (metric)
		return metric;
	metrics = realloc(result->metrics, (result->metric_count + 1) * sizeof(*metrics));
	if (!metrics)
		return NULL;
	result->metrics = metrics;
	metric = &metrics[result->metric_count++];
	*metric = (struct qb_metric){ .name = "share_of_limit",
		                      .unit = "1",
		                      .higher_is_better = true };
	return metric;
}

/* What the CPUs could stream around the `index`th run that has a throughput. */
static double limit_of_run(const struct qb_result *result, const struct qb_share_basis *basis,
                           unsigned index)
{
	const struct qb_bound *bound = &result->bound;
	const struct qb_cpu_pair pair = { bound->cpu_a, bound->cpu_b, QB_RELATION_SELF };
	double stream = 0;
	size_t run = 0;

	if (!basis->series)
		return bound->limit;
	for (; run < result->run_count; run++)
		if (isfinite(result->runs[run].throughput) && index-- == 0)
			break;
	stream = qb_limits_stream(qb_limits_series_around(basis->series, run), &pair, BATCH,
	                          result->c.message_size);
	return stream > 0 ? bound->lanes * stream : bound->limit;
}

/* The throughput of each run over the limit. */
static int put_share(struct qb_result *result, const struct qb_share_basis *basis)
{
	struct qb_metric *metric = make_metric(result);
	const struct qb_metric *throughput = qb_result_metric(result, "throughput");
	double *values = malloc((throughput->n + 1) * sizeof(*values));

	if (!metric || !values) {
		free(values);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < throughput->n; i++)
		values[i] = throughput->values[i] / limit_of_run(result, basis, i);
	free(metric->values);
	metric->values = values;
	metric->n = throughput->n;
	metric->estimate = qb_summary_estimate(values, metric->n);
	result->bound.share_of_pattern =
		metric->estimate.hl * result->bound.limit / result->bound.pattern;
	return 0;
}

static const struct qb_metric *judged_throughput(const struct qb_result *result)
{
	const struct qb_metric *throughput = qb_result_metric(result, "throughput");

	return result->bound.known && throughput && throughput->n > 0 ? throughput : NULL;
}

bool qb_share_is_impossible(const struct qb_result *result)
{
	const struct qb_metric *throughput = judged_throughput(result);

	return throughput && !has_shared_cpu(&result->c) &&
	       throughput->estimate.min > result->bound.ceiling;
}

int qb_share_settle(struct qb_result *result, const struct qb_topology *topology,
                    const struct qb_share_basis *basis)
{
	const struct qb_metric *throughput = qb_result_metric(result, "throughput");

	if (result->status == QB_STATUS_SKIPPED || strcmp(result->c.workload, "throughput") != 0)
		return 0;
	find_bound(result, topology, basis, &result->bound);
	if (!result->bound.known || !throughput || throughput->n == 0)
		return 0;
	return put_share(result, basis);
}

/* Old limits prove nothing: a hypervisor may have moved its CPUs since.  Nor do those that were
 * measured while other work took the CPUs away. */
static int warn_beyond(struct qb_result *result, double share)
{
	const struct qb_bound *bound = &result->bound;

	return qb_summary_warn(
		result, "beyond-limit",
		"%.0f %% of what CPUs %d and %d could stream when that was measured%s: stop other "
		"work and use --limits, which measures it between the runs",
		100 * share, bound->cpu_a, bound->cpu_b,
		bound->disturbed ? ", disturbed by other work" : "");
}

int qb_share_judge(struct qb_result *result)
{
	const struct qb_metric *throughput = judged_throughput(result);
	const struct qb_bound *bound = &result->bound;
	double share;

	if (!throughput || has_shared_cpu(&result->c))
		return 0;
	share = qb_result_metric(result, "share_of_limit")->estimate.hl;
	if (share * bound->limit <= fmax(bound->limit, bound->pattern))
		return 0;
	if (!qb_share_is_impossible(result) || bound->disturbed || !bound->same_sitting)
		return warn_beyond(result, share);
	if (result->status != QB_STATUS_OK)
		return 0;
	result->status = QB_STATUS_INVALID;
	snprintf(result->reason, sizeof(result->reason),
	         "faster than possible: %.4g M msg/s, where CPUs %d and %d can stream at most "
	         "%.4g M; the messages cannot all have passed between them",
	         throughput->estimate.hl / 1e6, bound->cpu_a, bound->cpu_b, bound->ceiling / 1e6);
	return 0;
}
