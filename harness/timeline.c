/* timeline -- the times in a run's samples, without all that is not time.
 *
 * The samples of a run that crashed are the queue's to spoil: a time that cannot be is dropped
 * here, so that whoever draws it needs no doubt. */
#include "harness/timeline.h"

/* `ns` where it can follow `after`, else 0. */
static uint64_t plausible(const struct qb_timeline *timeline, uint64_t ns, uint64_t after)
{
	return ns >= after && ns >= timeline->started_ns && ns <= timeline->ended_ns ? ns : 0;
}

static void take_stages(struct qb_timeline *timeline, const struct qb_samples *samples)
{
	uint64_t last = timeline->started_ns;

	timeline->stage_ns[QB_STAGE_STARTING] = last;
	for (int stage = QB_STAGE_STARTING + 1; stage < QB_STAGE_COUNT; stage++) {
		timeline->stage_ns[stage] = plausible(timeline, samples->stage_ns[stage], last);
		if (timeline->stage_ns[stage] > 0)
			last = timeline->stage_ns[stage];
	}
	timeline->window_ns =
		plausible(timeline, samples->window_start.monotonic_ns, timeline->started_ns);
}

static void take_thread(struct qb_timeline *timeline, const struct qb_worker_sample *worker,
                        struct qb_timeline_thread *ret_thread)
{
	struct qb_timeline_thread t = { .cpu_wanted = worker->cpu_wanted };

	t.started_ns = plausible(timeline, worker->started_ns, timeline->started_ns);
	if (t.started_ns > 0)
		t.attached_ns = plausible(timeline, worker->attached_ns, t.started_ns);
	if (t.attached_ns > 0)
		t.begin_ns = plausible(timeline, worker->begin_ns, t.attached_ns);
	if (t.begin_ns > 0)
		t.end_ns = plausible(timeline, worker->end_ns, t.begin_ns);
	*ret_thread = t;
}

static void take_intervals(struct qb_timeline *timeline, const struct qb_samples *samples)
{
	uint64_t last = timeline->window_ns;

	for (unsigned i = 0; last > 0 && i < samples->interval_count; i++) {
		const uint64_t end_ns = plausible(
			timeline, timeline->window_ns + samples->interval_end_ns[i], last + 1);

		if (end_ns == 0)
			return;
		timeline->intervals[timeline->interval_count++] = (struct qb_timeline_interval){
			.end_ns = end_ns, .message_count = samples->interval_messages[i]
		};
		last = end_ns;
	}
}

int qb_timeline_create(const struct qb_samples *samples, struct qb_timeline **ret_timeline)
{
	const size_t threads = samples->worker_count * sizeof(struct qb_timeline_thread);
	const size_t intervals = samples->interval_count * sizeof(struct qb_timeline_interval);
	struct qb_timeline *timeline;

	*ret_timeline = NULL;
	if (samples->started_ns == 0 || samples->ended_ns < samples->started_ns)
		return 0;
	timeline = calloc(1, sizeof(*timeline) + threads + intervals);
	if (!timeline)
		return -ENOMEM;
	timeline->threads = (struct qb_timeline_thread *)(timeline + 1);
	timeline->thread_count = samples->worker_count;
	timeline->intervals =
		(struct qb_timeline_interval *)(timeline->threads + timeline->thread_count);
	timeline->started_ns = samples->started_ns;
	timeline->ended_ns = samples->ended_ns;
	take_stages(timeline, samples);
	for (unsigned w = 0; w < timeline->thread_count; w++)
		take_thread(timeline, &samples->workers[w], &timeline->threads[w]);
	take_intervals(timeline, samples);
	*ret_timeline = timeline;
	return 0;
}
