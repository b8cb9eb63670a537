/* bounds -- what the CPUs of a run can stream at most. */
#include "cmd/bounds.h"

#include <time.h>

#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "cmd/limits_cache.h"
#include "harness/reading.h"
#include "harness/share.h"

/* Of one probe between two rounds: eight limits of six repetitions each make a seventh of a second,
 * about half of a run; medians over all rounds make up for their shortness. */
#define REPETITION_NS 3000000u

static const char *const names[] = { "rtt_one_line", "stream_1",  "stream_2",  "stream_4",
	                             "stream_8",     "stream_16", "stream_64", "stream_512" };

static bool is_listed(const struct qb_bounds *bounds, const struct qb_cpu_pair *pair)
{
	for (size_t i = 0; i < bounds->pair_count; i++)
		if (bounds->pairs[i].cpu_a == pair->cpu_a && bounds->pairs[i].cpu_b == pair->cpu_b)
			return true;
	return false;
}

static void list_pairs(struct qb_bounds *bounds, const struct qb_plan *plan)
{
	struct qb_cpu_pair pair;
	char reason[160];

	for (size_t i = 0; i < plan->count; i++) {
		const struct qb_case *c = &plan->cases[i];

		if (!c->skip_reason[0] &&
		    qb_share_pair(c, bounds->topology, &pair, reason, sizeof(reason)) &&
		    !is_listed(bounds, &pair))
			bounds->pairs[bounds->pair_count++] = pair;
	}
}

int qb_bounds_open(struct qb_bounds *bounds, const struct qb_plan *plan,
                   const struct qb_topology *topology, const struct qb_machine *machine,
                   bool interleaved)
{
	struct qb_error error;
	int status;

	*bounds = (struct qb_bounds){ .topology = topology, .interleaved = interleaved };
	bounds->pairs = calloc(plan->count + 1, sizeof(*bounds->pairs));
	if (!bounds->pairs)
		return -ENOMEM;
	list_pairs(bounds, plan);
	status = qb_limits_cache_load(machine, &bounds->known, &error);
	if (status != 0) {
		bounds->known = (struct qb_limits){ 0 };
		qb_journal_note("limits: %s", status == -ENOENT ? "none known" : error.text);
	}
	return 0;
}

static int measure(const struct qb_bounds *bounds, const struct qb_cpu_pair *pairs, size_t count,
                   struct qb_limits *ret_limits)
{
	const struct qb_limits_request request = { .pairs = pairs,
		                                   .pair_count = count,
		                                   .names = names,
		                                   .name_count = sizeof(names) / sizeof(names[0]),
		                                   .repetition_ns = REPETITION_NS,
		                                   .interrupted = &qb_interrupt_seen };
	struct qb_error error;
	const int status = qb_limits_measure(bounds->topology, &request, ret_limits, &error);

	if (status != 0)
		qb_journal_note("limits: %s", error.text);
	return status;
}

static void on_round(void *context)
{
	struct qb_bounds *bounds = context;
	struct qb_limits round;

	if (bounds->pair_count == 0 ||
	    measure(bounds, bounds->pairs, bounds->pair_count, &round) != 0)
		return;
	if (!round.interrupted && qb_limits_series_add(&bounds->series, &round) == 0)
		qb_journal_note("limits: measured in %.3g s", (double)round.duration_ns / 1e9);
	qb_limits_finish(&round);
}

void qb_bounds_observe(struct qb_bounds *bounds, struct qb_campaign_observer *observer)
{
	if (!bounds->interleaved)
		return;
	observer->between_rounds = on_round;
	observer->between_context = bounds;
}

static int64_t now_unix_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int settle_one(struct qb_bounds *bounds, const struct qb_limits *sitting,
                      struct qb_result *result)
{
	const struct qb_share_basis measured = { sitting, &bounds->series, true, now_unix_ms() };
	const struct qb_share_basis known = { &bounds->known, NULL, false, now_unix_ms() };
	int status = 0;

	if (bounds->interleaved)
		status = qb_share_settle(result, bounds->topology, &measured);
	if (status == 0 && !result->bound.known)
		status = qb_share_settle(result, bounds->topology, &known);
	if (status == 0)
		status = qb_share_judge(result);
	if (status == 0)
		qb_reading_settle(result);
	return status;
}

int qb_bounds_settle(struct qb_bounds *bounds, struct qb_document *document)
{
	int status = 0;

	for (size_t i = 0; i < document->result_count && status == 0; i++)
		status = settle_one(bounds, qb_limits_series_settle(&bounds->series),
		                    &document->results[i]);
	return status;
}

void qb_bounds_close(struct qb_bounds *bounds)
{
	qb_limits_finish(&bounds->known);
	qb_limits_series_finish(&bounds->series);
	free(bounds->pairs);
	*bounds = (struct qb_bounds){ .pairs = NULL };
}
