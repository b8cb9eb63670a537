/* campaign -- rounds: in each, every case that still wants a run gets one, in random order. */
#include "harness/campaign.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "harness/launch.h"
#include "harness/random.h"
#include "harness/summary.h"
#include "harness/tally.h"
#include "harness/workload.h"

struct campaign {
	const struct qb_plan *plan;
	const struct qb_protocol *protocol;
	const struct qb_campaign_observer *observer;
	volatile const int *interrupted;
	struct qb_document *document;
	struct qb_samples *samples; /* of the run at hand; too large for a stack */
	uint64_t random;
	unsigned run_count; /* started so far, of all cases */
	const struct qb_case *current;
};

/* Half-width of the 95 % interval over the estimate, of the metric that comparisons judge; infinite
 * while there is no interval, 0 where no run gave a value and so none will. */
static double precision_of(const struct qb_result *result)
{
	const struct qb_workload *judged = qb_workload_judged(result->c.workload);
	const struct qb_metric *metric = qb_result_metric(result, judged->metric);
	const struct qb_estimate *estimate;

	if (!metric || metric->n == 0)
		return 0;
	estimate = &metric->estimate;
	if (!estimate->has_ci95 || estimate->hl <= 0)
		return INFINITY;
	return (estimate->ci95[1] - estimate->ci95[0]) / 2 / estimate->hl;
}

/* Runs the case still wants: 0 once it is done, or has shown that it cannot be measured. */
static unsigned runs_wanted(const struct campaign *campaign, const struct qb_result *result)
{
	const struct qb_protocol *protocol = campaign->protocol;

	if (result->status != QB_STATUS_OK)
		return 0;
	if (result->run_count < protocol->runs)
		return protocol->runs - (unsigned)result->run_count;
	if (protocol->precision > 0 && result->run_count < protocol->runs_max)
		return precision_of(result) > protocol->precision;
	return 0;
}

static size_t runs_left(const struct campaign *campaign)
{
	size_t left = 0;

	for (size_t index = 0; index < campaign->document->result_count; index++)
		left += runs_wanted(campaign, &campaign->document->results[index]);
	return left;
}

static void tell(const struct campaign *campaign,
                 void (*hear)(void *, const struct qb_campaign_event *),
                 struct qb_campaign_event *event)
{
	if (!hear)
		return;
	event->run_total = campaign->run_count + runs_left(campaign);
	event->c = campaign->current;
	hear(campaign->observer->context, event);
}

static void on_tick(void *context, uint64_t message_count, enum qb_stage stage)
{
	const struct campaign *campaign = context;
	struct qb_campaign_event event = { .run_done = campaign->run_count,
		                           .message_count = message_count,
		                           .stage = stage };

	tell(campaign, campaign->observer->ticked, &event);
}

static int run_once(struct campaign *campaign, size_t index, struct qb_error *error)
{
	struct qb_result *result = &campaign->document->results[index];
	struct qb_campaign_event event = { .run_done = campaign->run_count, .result = result };
	const struct qb_launch_request request = { .c = &campaign->plan->cases[index],
		                                   .protocol = campaign->protocol,
		                                   .counters = campaign->plan->counters,
		                                   .counters_group = (unsigned)result->run_count,
		                                   .partner = campaign->plan->partner,
		                                   .order = campaign->run_count,
		                                   .seed = qb_random_next(&campaign->random),
		                                   .interrupted = campaign->interrupted,
		                                   .tick = on_tick,
		                                   .context = campaign };
	int failure;

	campaign->current = request.c;
	tell(campaign, campaign->observer->started, &event);
	failure = qb_launch_run(&request, campaign->samples, error);
	if (failure != 0)
		return failure;
	campaign->run_count++;
	failure = qb_summary_add(result, campaign->samples);
	if (failure == 0)
		failure = qb_summary_settle(result, campaign->protocol);
	if (failure == 0 && result->runs[result->run_count - 1].status == QB_STATUS_OK)
		failure = qb_tally_add(result, campaign->plan->counters, campaign->samples);
	if (failure == 0)
		failure = qb_tally_settle(result, campaign->plan->counters);
	if (failure != 0)
		return qb_error_set(error, -failure, "out of memory for the results");
	event.run_done = campaign->run_count;
	event.samples = campaign->samples;
	tell(campaign, campaign->observer->finished, &event);
	return 0;
}

/* One run of every case that wants one.  Sets *ret_any if there was any. */
static int run_round(struct campaign *campaign, size_t *order, bool *ret_any,
                     struct qb_error *error)
{
	const size_t count = campaign->document->result_count;

	assert(order);
	*ret_any = false;
	qb_random_permutation(&campaign->random, order, count);
	for (size_t position = 0; position < count; position++) {
		int failure;

		if (campaign->interrupted && *campaign->interrupted)
			return 0;
		if (runs_wanted(campaign, &campaign->document->results[order[position]]) == 0)
			continue;
		*ret_any = true;
		failure = run_once(campaign, order[position], error);
		if (failure != 0)
			return failure;
	}
	return 0;
}

/* Cases that an interrupt kept from their runs say so; what they have stays. */
static void mark_interrupted(struct campaign *campaign)
{
	campaign->document->interrupted = true;
	for (size_t index = 0; index < campaign->document->result_count; index++) {
		struct qb_result *result = &campaign->document->results[index];
		const unsigned wanted = runs_wanted(campaign, result);

		if (wanted == 0)
			continue;
		result->status = QB_STATUS_INTERRUPTED;
		snprintf(result->reason, sizeof(result->reason), "interrupted after %zu of %u runs",
		         result->run_count, campaign->protocol->runs);
	}
}

static int begin(struct campaign *campaign, struct qb_error *error)
{
	const size_t count = campaign->plan->count;

	campaign->document->results = calloc(count, sizeof(*campaign->document->results));
	campaign->samples = calloc(1, sizeof(*campaign->samples));
	if (!campaign->document->results || !campaign->samples)
		return qb_error_set(error, ENOMEM, "out of memory for %zu results", count);
	campaign->document->result_count = count;
	for (size_t index = 0; index < count; index++)
		qb_summary_begin(&campaign->document->results[index],
		                 &campaign->plan->cases[index]);
	return 0;
}

int qb_campaign_run(const struct qb_plan *plan, const struct qb_protocol *protocol,
                    const struct qb_campaign_observer *observer, volatile const int *interrupted,
                    struct qb_document *document, struct qb_error *error)
{
	struct campaign campaign = { .plan = plan,
		                     .protocol = protocol,
		                     .observer = observer,
		                     .interrupted = interrupted,
		                     .document = document,
		                     .random = protocol->seed };
	size_t *order = calloc(plan->count, sizeof(*order));
	bool any = true;
	int failure =
		order ? begin(&campaign, error) : qb_error_set(error, ENOMEM, "out of memory");

	while (failure == 0 && any && !(interrupted && *interrupted)) {
		if (observer->between_rounds)
			observer->between_rounds(observer->between_context);
		failure = run_round(&campaign, order, &any, error);
	}
	if (failure == 0 && interrupted && *interrupted)
		mark_interrupted(&campaign);
	free(campaign.samples);
	free(order);
	return failure;
}

int qb_campaign_exit_code(const struct qb_document *document)
{
	int code = 0;

	for (size_t index = 0; index < document->result_count; index++) {
		const enum qb_status status = document->results[index].status;

		if (status == QB_STATUS_INCORRECT)
			code = 5;
		else if (code == 0 && (status == QB_STATUS_INVALID || status == QB_STATUS_CRASHED ||
		                       status == QB_STATUS_TIMEOUT))
			code = 4;
	}
	return document->interrupted ? 130 : code;
}
