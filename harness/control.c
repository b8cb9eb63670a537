/* control -- a workload that never changes, measured between the runs of a campaign.
 *
 * One cache line goes to and fro between two CPUs: what every queue between threads does, with no
 * queue that anybody may tune.  Of a block its best repetition counts, for whatever comes between
 * makes it worse: it is to tell how fast the machine was, not who else was on it, which the runs
 * tell themselves.  The name stands for the loop and for these figures: whoever changes one of them
 * gives it a new name, for files of two names are never held against each other. */
#include "harness/control.h"

#include "harness/clock.h"

#define NAME          "ping-pong/1"
#define PROBE         "rtt_one_line"
#define REPETITION_NS 2000000u /* six of them are a block */
#define SHARE         20

bool qb_control_is_due(uint64_t spent_ns, uint64_t elapsed_ns)
{
	return spent_ns * SHARE <= elapsed_ns;
}

/* Two cores that share a cache, where there are; else the nearest pair. */
bool qb_control_pair(const struct qb_topology *topology, struct qb_cpu_pair *ret_pair)
{
	const size_t count = qb_limits_pairs(topology, false, NULL, 0);
	struct qb_cpu_pair *pairs = calloc(count + 1, sizeof(*pairs));
	bool found = false;

	if (!pairs)
		return false;
	qb_limits_pairs(topology, false, pairs, count);
	for (size_t index = 0; index < count; index++) {
		if (pairs[index].cpu_b == QB_CPU_NONE)
			continue;
		if (!found || pairs[index].relation == QB_RELATION_LLC)
			*ret_pair = pairs[index];
		found = true;
	}
	free(pairs);
	return found;
}

static void give_reason(struct qb_control *control, const char *reason)
{
	if (control->n == 0)
		snprintf(control->reason, sizeof(control->reason), "%.159s", reason);
}

static void keep(struct qb_control *control, const struct qb_limit *limit)
{
	double *values;

	if (!limit->measured || !(limit->min > 0)) {
		give_reason(control, limit->reason);
		return;
	}
	values = realloc(control->values, (control->n + 1) * sizeof(*values));
	if (!values) {
		give_reason(control, "out of memory");
		return;
	}
	control->values = values;
	control->values[control->n++] = 1e9 / limit->min;
	control->cpu_a = limit->pair.cpu_a;
	control->cpu_b = limit->pair.cpu_b;
	control->reason[0] = 0;
	snprintf(control->name, sizeof(control->name), NAME);
}

static void measure(struct qb_control_watch *watch)
{
	static const char *const names[] = { PROBE };
	struct qb_cpu_pair pair;
	const struct qb_limits_request request = { .pairs = &pair,
		                                   .pair_count = 1,
		                                   .names = names,
		                                   .name_count = 1,
		                                   .repetition_ns = REPETITION_NS,
		                                   .interrupted = watch->interrupted };
	const uint64_t start_ns = qb_clock_monotonic_ns();
	struct qb_limits limits;
	struct qb_error error;

	if (!qb_control_pair(watch->topology, &pair)) {
		give_reason(watch->control, "it needs two CPUs");
		return;
	}
	if (qb_limits_measure(watch->topology, &request, &limits, &error) != 0) {
		give_reason(watch->control, error.text);
		return;
	}
	for (size_t index = 0; index < limits.count; index++)
		keep(watch->control, &limits.limits[index]);
	qb_limits_finish(&limits);
	watch->spent_ns += qb_clock_monotonic_ns() - start_ns;
}

static bool is_interrupted(const struct qb_control_watch *watch)
{
	return watch->interrupted && *watch->interrupted;
}

static void on_round(void *context)
{
	struct qb_control_watch *watch = context;
	const uint64_t elapsed_ns = qb_clock_monotonic_ns() - watch->start_ns;

	if (watch->between_rounds)
		watch->between_rounds(watch->between_context);
	watch->skipped = !qb_control_is_due(watch->spent_ns, elapsed_ns);
	if (!watch->skipped && !is_interrupted(watch))
		measure(watch);
}

void qb_control_open(struct qb_control_watch *watch, struct qb_campaign_observer *observer)
{
	watch->start_ns = qb_clock_monotonic_ns();
	watch->between_rounds = observer->between_rounds;
	watch->between_context = observer->between_context;
	observer->between_rounds = on_round;
	observer->between_context = watch;
}

void qb_control_close(struct qb_control_watch *watch)
{
	if (watch->skipped && !is_interrupted(watch))
		measure(watch);
}
