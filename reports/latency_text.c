/* latency_text -- the rate that was asked for and came, then a line for each quantile.
 *
 * Where all of a kind are missing for one reason, it is said once. */
#include "reports/latency_text.h"

#include <math.h>

#include "reports/units.h"

#define FIGURE_SIZE QB_UNITS_SIZE

static void say_rate(const struct qb_layout *out, const struct qb_result *result)
{
	char due[FIGURE_SIZE], received[FIGURE_SIZE];
	double sum = 0;
	unsigned count = 0;

	for (size_t i = 0; i < result->run_count; i++) {
		if (!isfinite(result->runs[i].throughput))
			continue;
		sum += result->runs[i].throughput;
		count++;
	}
	qb_layout_figure(due, sizeof(due), QB_UNIT_RATE, (double)result->c.rate);
	qb_layout_figure(received, sizeof(received), QB_UNIT_RATE, sum / count);
	if (count > 0)
		qb_layout_say(out, "rate", QB_TONE_PLAIN, "%s due, %s arrivals; %s received", due,
		              qb_arrivals_name(result->c.arrivals), received);
}

/* Behind "latency_" or "transit_". */
static const char *short_name(const struct qb_metric *metric)
{
	return strchr(metric->name, '_') + 1;
}

static void say_one(const struct qb_layout *out, const char *label, const struct qb_metric *metric)
{
	const struct qb_estimate e = qb_estimate_settled(&metric->estimate);
	const struct qb_unit_scale scale = qb_units_scale(metric->unit, e.hl);
	char figure[FIGURE_SIZE], low[FIGURE_SIZE], high[FIGURE_SIZE], cv[FIGURE_SIZE];

	if (metric->n == 0) {
		qb_layout_say(out, label, QB_TONE_WARN, "%-6s not told: %s", short_name(metric),
		              metric->reason);
		return;
	}
	qb_layout_figure(figure, sizeof(figure), metric->unit, e.hl);
	if (e.has_ci95)
		qb_layout_say(out, label, QB_TONE_GOOD, "%-6s %s, 95%c%% interval %s to %s, cv %s",
		              short_name(metric), figure, QB_LAYOUT_GLUE,
		              qb_units_number(low, sizeof(low), &scale, e.ci95[0]),
		              qb_units_number(high, sizeof(high), &scale, e.ci95[1]),
		              qb_layout_figure(cv, sizeof(cv), QB_UNIT_SHARE, e.cv));
	else
		qb_layout_say(out, label, QB_TONE_PLAIN, "%-6s %s (%u run%s)", short_name(metric),
		              figure, metric->n, metric->n == 1 ? "" : "s");
}

/* The first metric of the kind if none of them has a value, and all for one reason; else NULL. */
static const struct qb_metric *all_missing(const struct qb_result *result, const char *prefix)
{
	const struct qb_metric *first = NULL;

	for (size_t i = 0; i < result->metric_count; i++) {
		const struct qb_metric *metric = &result->metrics[i];

		if (strncmp(metric->name, prefix, strlen(prefix)) != 0)
			continue;
		if (!first)
			first = metric;
		if (metric->n > 0 || strcmp(metric->reason, first->reason) != 0)
			return NULL;
	}
	return first;
}

static void say_kind(const struct qb_layout *out, const struct qb_result *result,
                     const char *prefix, const char *label)
{
	const struct qb_metric *missing = all_missing(result, prefix);

	if (missing) {
		qb_layout_say(out, label, QB_TONE_WARN, "not told: %s", missing->reason);
		return;
	}
	for (size_t i = 0; i < result->metric_count; i++) {
		if (strncmp(result->metrics[i].name, prefix, strlen(prefix)) != 0)
			continue;
		say_one(out, label, &result->metrics[i]);
		label = "";
	}
}

static void say_clock(const struct qb_layout *out, const struct qb_result *result)
{
	char figure[FIGURE_SIZE];

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_latency_record *latency = result->runs[i].latency;

		if (!latency)
			continue;
		qb_layout_say(
			out, "clock", QB_TONE_PLAIN,
			"read in %s (median, %s), which is part of each latency",
			qb_layout_figure(figure, sizeof(figure), QB_UNIT_NS, latency->timer_ns),
			latency->by_ticks ? "the CPU's counter" : "CLOCK_MONOTONIC");
		return;
	}
}

void qb_latency_text_write(const struct qb_layout *layout, const struct qb_result *result)
{
	if (result->c.rate == 0 || result->metric_count == 0)
		return;
	say_rate(layout, result);
	say_kind(layout, result, "latency_", "latency");
	say_kind(layout, result, "transit_", "transit");
	say_clock(layout, result);
}
