/* pace -- when each message of a timed run is due.
 *
 * Exponential gaps that are scaled to a fixed sum are what a Poisson process shows when so many
 * arrive in that time, so a table of them keeps the rate exactly and is gone through again and
 * again.  Producers have tables of their own, or the same distances a part of one apart. */
#include "harness/pace.h"

#include <math.h>

#include "harness/clock.h"
#include "harness/diagnosis.h"
#include "harness/random.h"
#include "harness/stats.h"

#define LEAD_NS     1000000u   /* from now to the first message, and to the window */
#define GRACE_NS    100000000u /* after the window: as long as a lost message is waited for */
#define FAR_NS      1000u      /* more than a pause takes */
#define TIMER_PAIRS 10001
#define TREND_P     0.01

static void draw_arrivals(double *positions, uint64_t seed)
{
	double sum = 0;

	for (size_t i = 0; i <= QB_PACE_DRAWN; i++) {
		const double draw = (double)(qb_random_next(&seed) >> 11) + 0.5;

		sum -= log(draw / 9007199254740992.0); /* 2^53 */
		if (i < QB_PACE_DRAWN)
			positions[i] = sum;
	}
	for (size_t i = 0; i < QB_PACE_DRAWN; i++)
		positions[i] *= QB_PACE_DRAWN / sum;
}

struct qb_pace *qb_pace_create(const struct qb_case *c, uint64_t seed, struct qb_error *error)
{
	void *memory = NULL;
	struct qb_pace *pace;
	double *drawn = NULL;

	if (posix_memalign(&memory, QB_LINE, sizeof(*pace)) != 0)
		return qb_fail(error, ENOMEM, "out of memory for a schedule");
	pace = memory;
	if (c->arrivals == QB_ARRIVALS_POISSON) {
		drawn = calloc(c->producer_count, QB_PACE_DRAWN * sizeof(*drawn));
		if (!drawn) {
			free(memory);
			return qb_fail(error, ENOMEM,
			               "out of memory for the arrivals of %u "
			               "producers",
			               c->producer_count);
		}
		for (unsigned producer = 0; producer < c->producer_count; producer++)
			draw_arrivals(drawn + (size_t)producer * QB_PACE_DRAWN,
			              qb_random_next(&seed));
	}
	*pace = (struct qb_pace){ .drawn = drawn,
		                  .phase = 1.0 / c->producer_count,
		                  .producer_count = c->producer_count,
		                  .yields = c->oversubscribed || c->wait == QB_WAIT_YIELD,
		                  .from = UINT64_MAX,
		                  .until = UINT64_MAX };
	return pace;
}

void qb_pace_destroy(struct qb_pace *pace)
{
	if (pace)
		free((void *)pace->drawn);
	free(pace);
}

void qb_pace_calibrate(struct qb_pace *pace, const struct qb_case *c, bool by_ticks,
                       const struct qb_instant *a, const struct qb_instant *b)
{
	double per_ns = 1;

	pace->now = by_ticks ? NULL : qb_clock_monotonic_ns;
	if (by_ticks)
		per_ns = (double)(b->ticks - a->ticks) / (double)(b->raw_ns - a->raw_ns);
	pace->ns_per_tick = 1 / per_ns;
	pace->interval = 1e9 * c->producer_count / (double)c->rate * per_ns;
	pace->far = (uint64_t)(FAR_NS * per_ns);
	pace->grace = (uint64_t)(GRACE_NS * per_ns);
}

uint64_t qb_pace_at(const struct qb_pace *pace, const struct qb_instant *instant)
{
	return pace->now ? instant->monotonic_ns : instant->ticks;
}

static uint64_t ticks_of(const struct qb_pace *pace, double ns)
{
	return (uint64_t)(ns / pace->ns_per_tick);
}

void qb_pace_begin(struct qb_pace *pace)
{
	pace->start = qb_pace_now(pace) + ticks_of(pace, LEAD_NS);
}

void qb_pace_open(struct qb_pace *pace, const struct qb_instant *now, uint64_t time_ns)
{
	const uint64_t from = qb_pace_at(pace, now) + ticks_of(pace, LEAD_NS);

	/* Whoever sees the first alone sees a window that has not ended, as it has not. */
	__atomic_store_n(&pace->from, from, __ATOMIC_RELAXED);
	__atomic_store_n(&pace->until, from + ticks_of(pace, (double)time_ns), __ATOMIC_RELAXED);
}

/* By bisection, so that it is the loops' own arithmetic that decides. */
uint64_t qb_pace_due_before(const struct qb_pace *pace, unsigned producer, uint64_t at)
{
	uint64_t low = 0, high;

	if (at <= pace->start)
		return 0;
	/* A table may be this much behind or ahead of equal distances. */
	high = (uint64_t)((double)(at - pace->start) / pace->interval) + 2 * QB_PACE_DRAWN;
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;

		if (qb_pace_due(pace, producer, middle) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t all_due_before(const struct qb_pace *pace, uint64_t at)
{
	uint64_t count = 0;

	for (unsigned producer = 0; producer < pace->producer_count; producer++)
		count += qb_pace_due_before(pace, producer, at);
	return count;
}

/* Beside what was due and not received when the window began. */
static void judge_backlog(const struct qb_pace *pace, struct qb_samples *samples)
{
	struct qb_latency_sample *latency = &samples->latency;
	const uint64_t start = qb_pace_at(pace, &samples->window_start);
	const uint64_t due_before = all_due_before(pace, start);
	const unsigned count = samples->interval_count, third = count < 3 ? 1 : count / 3;
	double *backlog = calloc(count + 1, sizeof(*backlog));
	uint64_t received = 0;
	struct qb_trend trend;

	if (!backlog || count == 0) {
		free(backlog);
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		const uint64_t at = start + ticks_of(pace, (double)samples->interval_end_ns[i]);

		received += samples->interval_messages[i];
		latency->due_count = all_due_before(pace, at) - due_before;
		backlog[i] = (double)latency->due_count - (double)received;
	}
	trend = qb_diagnosis_trend(backlog, count);
	latency->backlog_rises = trend.p < TREND_P && trend.direction > 0;
	latency->backlog_growth = qb_stats_median(backlog + count - third, third) -
	                          (count < 3 ? 0 : qb_stats_median(backlog, third));
	free(backlog);
}

void qb_pace_judge(const struct qb_pace *pace, const uint64_t *sent, struct qb_samples *samples)
{
	judge_backlog(pace, samples);
	samples->latency.unsent_count = 0;
	for (unsigned producer = 0; producer < pace->producer_count; producer++) {
		const uint64_t due = qb_pace_due_before(pace, producer, pace->until);

		if (due > sent[producer])
			samples->latency.unsent_count += due - sent[producer];
	}
}

double qb_pace_timer_ns(const struct qb_pace *pace)
{
	static double pairs[TIMER_PAIRS];

	for (size_t pair = 0; pair < TIMER_PAIRS; pair++) {
		const uint64_t first = qb_pace_now(pace);

		pairs[pair] = (double)(qb_pace_now(pace) - first) * pace->ns_per_tick;
	}
	return qb_stats_median(pairs, TIMER_PAIRS);
}
