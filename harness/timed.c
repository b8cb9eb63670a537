/* timed -- a timed run's clock, from its calibration to its check.
 *
 * The counter's rate is taken before the threads start, over the time that the queue's creation
 * takes, and at the end once more over all of the run: where the two disagree, no latency is told.
 */
#include "harness/timed.h"

#include <stdio.h>

#include "harness/clock.h"
#include "harness/histogram.h"
#include "harness/pace.h"

#define BASELINE_NS 20000000u /* readings differ by some ten ns: a few millionths of it */

int qb_timed_prepare(struct qb_crew *crew, struct qb_error *error)
{
	const struct qb_mapping *mapping = crew->mapping;

	if (mapping->c.rate == 0)
		return 0;
	qb_clock_read(&crew->calibrated[0]);
	crew->pace = qb_pace_create(&mapping->c, mapping->samples.seed, error);
	return crew->pace ? 0 : -ENOMEM;
}

void qb_timed_begin(struct qb_crew *crew)
{
	struct qb_latency_sample *latency = &crew->mapping->samples.latency;

	if (!crew->pace)
		return;
	qb_clock_sleep_until(crew->calibrated[0].monotonic_ns + BASELINE_NS);
	qb_clock_read(&crew->calibrated[1]);
	latency->by_ticks = qb_clock_ticks_trusted();
	qb_pace_calibrate(crew->pace, &crew->mapping->c, latency->by_ticks, &crew->calibrated[0],
	                  &crew->calibrated[1]);
	latency->timer_ns = qb_pace_timer_ns(crew->pace);
	qb_pace_begin(crew->pace);
}

static void gather(struct qb_crew *crew)
{
	struct qb_samples *samples = &crew->mapping->samples;
	struct qb_timing *sum = &samples->latency.recorded;

	for (unsigned position = 0; position < samples->worker_count; position++) {
		struct qb_member *member = &crew->members[position];

		if (!member->timing)
			continue;
		qb_histogram_add(&sum->response, &member->timing->response);
		qb_histogram_add(&sum->transit, &member->timing->transit);
		free(member->timing);
		member->timing = NULL;
	}
}

int qb_timed_settle(struct qb_crew *crew, struct qb_error *error)
{
	const struct qb_case *c = &crew->mapping->c;
	struct qb_samples *samples = &crew->mapping->samples;
	uint64_t *sent;

	if (!crew->pace)
		return 0;
	sent = calloc(c->producer_count, sizeof(*sent));
	if (!sent) {
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason), "out of memory");
		return qb_error_set(error, ENOMEM, "out of memory");
	}
	for (unsigned producer = 0; producer < c->producer_count; producer++)
		sent[producer] = crew->members[producer].sent_count;
	gather(crew);
	qb_pace_judge(crew->pace, sent, samples);
	samples->latency.has_transit = c->message_size >= 16;
	samples->latency.timed = true;
	samples->clock_checked =
		samples->latency.by_ticks &&
		qb_clock_disagreement(&crew->calibrated[0], &crew->calibrated[1],
	                              &samples->window_end, &samples->clock_disagreement_ppm);
	qb_pace_destroy(crew->pace);
	crew->pace = NULL;
	free(sent);
	return 0;
}
