/* progress -- how far a campaign is, and how long it will take yet.
 *
 * The time left is that of the runs so far, on average; before the first has ended it is the
 * plan's. */
#include "cmd/progress.h"

#include <time.h>

#include "cmd/journal.h"
#include "reports/units.h"

static struct {
	uint64_t began_ns, run_began_ns;
	uint64_t expected_ns; /* of the plan */
} progress;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* "8 s", "2 min 5 s", "1 h 10 min". */
static void format_time(uint64_t ns, char *ret_text, size_t size)
{
	const unsigned long long s = (ns + 999999999u) / 1000000000u;

	if (s < 60)
		snprintf(ret_text, size, "%llu s", s);
	else if (s < 3600)
		snprintf(ret_text, size, "%llu min %llu s", s / 60, s % 60);
	else
		snprintf(ret_text, size, "%llu h %llu min", s / 3600, s % 3600 / 60);
}

static uint64_t left_ns(const struct qb_campaign_event *event)
{
	const uint64_t so_far_ns = progress.run_began_ns - progress.began_ns;
	const uint64_t all_ns =
		event->run_done ? so_far_ns / event->run_done * (event->run_total - event->run_done)
				: progress.expected_ns;
	const uint64_t since_ns = now_ns() - progress.run_began_ns;

	return all_ns > since_ns ? all_ns - since_ns : 0;
}

static void draw(const struct qb_campaign_event *event, const char *state, bool milestone)
{
	char text[512], left[48];

	format_time(left_ns(event), left, sizeof(left));
	snprintf(text, sizeof(text), "%zu/%zu, %s left: %s%s%s", event->run_done, event->run_total,
	         left, event->c->key, state[0] ? ", " : "", state);
	qb_terminal_progress(text, milestone);
}

static void on_started(void *context, const struct qb_campaign_event *event)
{
	(void)context;
	progress.run_began_ns = now_ns();
	draw(event, "", false);
}

static void on_ticked(void *context, const struct qb_campaign_event *event)
{
	char figure[QB_UNITS_SIZE], state[QB_UNITS_SIZE + 16];

	(void)context;
	qb_units_format(figure, sizeof(figure), QB_UNIT_COUNT, (double)event->message_count);
	snprintf(state, sizeof(state), "%s messages", figure);
	draw(event, event->message_count ? state : "", false);
}

static void on_finished(void *context, const struct qb_campaign_event *event)
{
	const struct qb_samples *samples = event->samples;
	const struct qb_result *result = event->result;
	const double throughput =
		result->run_count ? result->runs[result->run_count - 1].throughput : 0;
	char figure[QB_UNITS_SIZE];

	(void)context;
	progress.run_began_ns = now_ns();
	qb_units_format(figure, sizeof(figure), QB_UNIT_RATE, throughput);
	qb_journal_note("run %u %s seed %llu: %s%s%s", samples->order + 1, event->c->key,
	                (unsigned long long)samples->seed, qb_status_name(samples->status),
	                samples->status == QB_STATUS_OK ? ", " : ": ",
	                samples->status == QB_STATUS_OK ? figure : samples->reason);
	draw(event, samples->status == QB_STATUS_OK ? figure : qb_status_name(samples->status),
	     true);
}

void qb_progress_open(enum qb_when when, const struct qb_plan *plan,
                      struct qb_campaign_observer *ret_observer)
{
	progress.began_ns = progress.run_began_ns = now_ns();
	progress.expected_ns = plan->expected_ns;
	*ret_observer = (struct qb_campaign_observer){ .started = on_started,
		                                       .ticked = on_ticked,
		                                       .finished = on_finished };
	qb_terminal_progress_open(when);
}

void qb_progress_close(void) { qb_terminal_progress_close(); }
