/* history_settle -- a history in order: what cannot stand beside the newest is left out, the rest
 * is searched for changes.
 *
 * The newest result decides what is comparable, for it is the one that is asked about.  What
 * changed is looked for in logarithms, where a step has one size whatever the level. */
#include "harness/history.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compare.h"

#define INTERVAL_LEVEL 0.05

static int compare_dates(const void *left, const void *right)
{
	const struct qb_history_file *a = *(const struct qb_history_file *const *)left;
	const struct qb_history_file *b = *(const struct qb_history_file *const *)right;
	const int order = strcmp(a->created, b->created);

	return order != 0 ? order : (a > b) - (a < b); /* one date: as they were named */
}

static int compare_points(const void *left, const void *right)
{
	const size_t a = ((const struct qb_history_point *)left)->file;
	const size_t b = ((const struct qb_history_point *)right)->file;

	return (a > b) - (a < b);
}

/* Everything that names a file by its number follows it to its new place. */
static void renumber(struct qb_history *history, const size_t *places)
{
	for (size_t s = 0; s < history->series_count; s++) {
		struct qb_history_series *series = &history->series[s];

		for (size_t i = 0; i < series->point_count; i++)
			series->points[i].file = places[series->points[i].file];
		qsort(series->points, series->point_count, sizeof(*series->points), compare_points);
	}
	for (size_t i = 0; i < history->failure_count; i++)
		history->failures[i].file = places[history->failures[i].file];
}

static int order_files(struct qb_history *history)
{
	const size_t count = history->file_count;
	const struct qb_history_file **order = calloc(count + 1, sizeof(*order));
	struct qb_history_file *sorted = calloc(count + 1, sizeof(*sorted));
	size_t *places = calloc(count + 1, sizeof(*places));
	const int failure = order && sorted && places ? 0 : -ENOMEM;

	if (failure == 0) {
		for (size_t i = 0; i < count; i++)
			order[i] = &history->files[i];
		qsort(order, count, sizeof(*order), compare_dates);
		for (size_t i = 0; i < count; i++) {
			sorted[i] = *order[i];
			places[order[i] - history->files] = i;
		}
		renumber(history, places);
		free(history->files);
		history->files = sorted;
	} else {
		free(sorted);
	}
	free(order);
	free(places);
	return failure;
}

static const struct fact {
	const char *name;
	size_t offset;
} machine_facts[] = {
	{ "CPU", offsetof(struct qb_history_facts, cpu) },
	{ "kernel", offsetof(struct qb_history_facts, kernel) },
	{ "hypervisor", offsetof(struct qb_history_facts, hypervisor) },
	{ "governor", offsetof(struct qb_history_facts, governor) },
	{ "clock source", offsetof(struct qb_history_facts, clocksource) },
	{ "usable CPUs", offsetof(struct qb_history_facts, allowed_cpus) },
	{ "compiler", offsetof(struct qb_history_facts, compiler) },
	{ "compiler flags", offsetof(struct qb_history_facts, flags) },
};

/* The first that differs speaks for all. */
static void explain_machine(struct qb_history_file *file, const struct qb_history_file *newest)
{
	for (size_t i = 0; i < sizeof(machine_facts) / sizeof(machine_facts[0]); i++) {
		const char *own = (const char *)&file->facts + machine_facts[i].offset;
		const char *wanted = (const char *)&newest->facts + machine_facts[i].offset;

		if (strcmp(own, wanted) == 0)
			continue;
		snprintf(file->reason, sizeof(file->reason),
		         "another machine: %s '%.120s', the newest has '%.120s'",
		         machine_facts[i].name, own, wanted);
		return;
	}
	snprintf(file->reason, sizeof(file->reason),
	         "another machine: fingerprint '%.72s', the newest has '%.72s'", file->fingerprint,
	         newest->fingerprint);
}

static void explain_protocol(struct qb_history_file *file, const struct qb_history_file *newest)
{
	const bool told = strcmp(file->facts.protocol, newest->facts.protocol) != 0;

	snprintf(file->reason, sizeof(file->reason),
	         "measured in another way: %.120s, the newest %.120s",
	         told ? file->facts.protocol : file->protocol_hash,
	         told ? newest->facts.protocol : newest->protocol_hash);
}

/* The control that the newest of those has that have one. */
static const char *control_of(const struct qb_history *history)
{
	for (size_t i = history->file_count; i-- > 0;)
		if (!isnan(history->files[i].control))
			return history->files[i].control_name;
	return "";
}

static void judge_file(const struct qb_history *history, size_t index, bool normalize)
{
	const struct qb_history_file *newest = &history->files[history->file_count - 1];
	struct qb_history_file *file = &history->files[index];

	for (size_t i = 0; i < index && !file->reason[0]; i++)
		if (history->files[i].content == file->content && !history->files[i].reason[0])
			snprintf(file->reason, sizeof(file->reason), "the same result as '%.200s'",
			         history->files[i].path);
	if (file->reason[0])
		return;
	if (strcmp(file->fingerprint, newest->fingerprint) != 0)
		explain_machine(file, newest);
	else if (strcmp(file->protocol_hash, newest->protocol_hash) != 0)
		explain_protocol(file, newest);
	else if (normalize && isnan(file->control))
		snprintf(file->reason, sizeof(file->reason), "it has no control to normalize by");
	else if (normalize && strcmp(file->control_name, control_of(history)) != 0)
		snprintf(file->reason, sizeof(file->reason),
		         "another control: '%s', the newest has '%s'", file->control_name,
		         control_of(history));
}

/* Copies are no reason to doubt the rest; another machine is. */
static void leave_out(struct qb_history *history, bool normalize)
{
	size_t copies = 0;

	for (size_t i = 0; i < history->file_count; i++) {
		judge_file(history, i, normalize);
		history->used_count += !history->files[i].reason[0];
		copies += strncmp(history->files[i].reason, "the same", 8) == 0;
	}
	history->comparable =
		history->used_count > 1 || history->used_count + copies == history->file_count;
	history->comparable &= history->used_count > 0;
}

static void drop_points(struct qb_history *history)
{
	size_t series_kept = 0, failures_kept = 0;

	for (size_t s = 0; s < history->series_count; s++) {
		struct qb_history_series *series = &history->series[s];
		size_t kept = 0;

		for (size_t i = 0; i < series->point_count; i++)
			if (!history->files[series->points[i].file].reason[0])
				series->points[kept++] = series->points[i];
		series->point_count = kept;
		if (kept > 0)
			history->series[series_kept++] = *series;
		else
			free(series->points);
	}
	history->series_count = series_kept;
	for (size_t i = 0; i < history->failure_count; i++)
		if (!history->files[history->failures[i].file].reason[0])
			history->failures[failures_kept++] = history->failures[i];
	history->failure_count = failures_kept;
}

/* -ENOMEM. */
static int find_scatter(const struct qb_history_series *series, double *ret_scatter)
{
	double *logs = calloc(series->point_count + 1, sizeof(*logs));

	if (!logs)
		return -ENOMEM;
	for (size_t i = 0; i < series->point_count; i++)
		logs[i] = log(series->points[i].value);
	*ret_scatter = qb_stats_mad(logs, series->point_count);
	free(logs);
	return 0;
}

/* Values as they would be, had the machine always been as fast as it was in the middle. */
static int normalize_values(struct qb_history *history)
{
	double *controls = calloc(history->file_count + 1, sizeof(*controls)), usual;
	size_t count = 0;

	if (!controls)
		return -ENOMEM;
	for (size_t i = 0; i < history->file_count; i++)
		if (!history->files[i].reason[0])
			controls[count++] = history->files[i].control;
	usual = count > 0 ? qb_stats_median(controls, count) : NAN;
	free(controls);
	for (size_t s = 0; s < history->series_count; s++) {
		struct qb_history_series *series = &history->series[s];
		const bool rate = strcmp(series->unit, "msg/s") == 0;

		if (!rate && strcmp(series->unit, "ns") != 0)
			continue; /* shares and bytes do not follow the machine's speed */
		if (find_scatter(series, &series->scatter_before) != 0)
			return -ENOMEM;
		for (size_t i = 0; i < series->point_count; i++) {
			struct qb_history_point *point = &series->points[i];
			const double speed = history->files[point->file].control / usual;

			point->value *= rate ? 1 / speed : speed;
		}
	}
	history->normalized = true;
	return 0;
}

/* What `judge_series` works on: logs of a series and of its files' control. */
struct logs {
	double *values, *controls;
	size_t count;
};

static void fill_logs(const struct qb_history *history, const struct qb_history_series *series,
                      struct logs *logs)
{
	logs->count = series->point_count;
	for (size_t i = 0; i < series->point_count; i++) {
		logs->values[i] = log(series->points[i].value);
		logs->controls[i] = log(history->files[series->points[i].file].control);
	}
}

static double percent(double shift) { return 100 * expm1(shift) + 0.0; }

static double control_change(const double *controls, size_t from, size_t at, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!isfinite(controls[i]))
			return NAN;
	return percent(
		qb_stats_shift(controls + from, at - from, controls + at, to - at, INTERVAL_LEVEL)
			.estimate);
}

static void describe(const struct logs *logs, const struct qb_change_points *found, size_t index,
                     bool higher_is_better, struct qb_history_change *ret_change)
{
	const struct qb_change_point *point = &found->points[index];
	const size_t from = index > 0 ? found->points[index - 1].at : 0, at = point->at;
	const size_t to = index + 1 < found->count ? found->points[index + 1].at : logs->count;
	const size_t reach = QB_CHANGE_POINTS_REACH;

	*ret_change = (struct qb_history_change){
		.at = at,
		.regression = (point->shift.estimate < 0) == higher_is_better,
		.change_pct = percent(point->shift.estimate),
		.ci95_pct = { percent(point->shift.low), percent(point->shift.high) },
		.p = point->p,
		.before = exp(qb_stats_median(logs->values + from, at - from)),
		.after = exp(qb_stats_median(logs->values + at, to - at)),
		.earliest = at > from + reach ? at - reach : from + 1,
		.latest = at + reach < to ? at + reach : to - 1,
		.control_change_pct = control_change(logs->controls, from, at, to),
	};
}

static double least_change(const struct qb_history_series *series)
{
	const struct qb_rules rules = { .higher_is_better = series->higher_is_better,
		                        .threshold = { series->threshold, series->threshold } };

	return fmin(qb_verdict_regression_bound(&rules), qb_verdict_improvement_bound(&rules)) / 2;
}

static int judge_series(const struct qb_history *history, struct qb_history_series *series,
                        struct logs *logs)
{
	struct qb_change_points found;
	size_t last;
	int failure;

	fill_logs(history, series, logs);
	series->scatter = qb_stats_mad(logs->values, logs->count);
	series->judged = series->point_count >= QB_CHANGE_POINTS_MIN;
	failure = qb_change_points_find(logs->values, logs->count, least_change(series), &found);
	if (failure != 0)
		return failure;
	last = found.count > 0 ? found.points[found.count - 1].at : 0;
	series->level = exp(qb_stats_median(logs->values + last, logs->count - last));
	series->autocorrelation = found.autocorrelation;
	series->drifting = found.drifting;
	series->changes = calloc(found.count + 1, sizeof(*series->changes));
	if (series->changes)
		series->change_count = found.count;
	for (size_t i = 0; i < series->change_count; i++)
		describe(logs, &found, i, series->higher_is_better, &series->changes[i]);
	qb_change_points_finish(&found);
	return series->changes ? 0 : -ENOMEM;
}

static int judge_all(struct qb_history *history, const struct qb_history_request *request)
{
	struct logs logs = { calloc(history->file_count + 1, sizeof(double)),
		             calloc(history->file_count + 1, sizeof(double)), 0 };
	int failure = logs.values && logs.controls ? 0 : -ENOMEM;

	for (size_t s = 0; s < history->series_count && failure == 0; s++) {
		struct qb_history_series *series = &history->series[s];

		series->threshold =
			qb_compare_threshold(request->thresholds, series->metric).regression;
		failure = judge_series(history, series, &logs);
	}
	free(logs.values);
	free(logs.controls);
	return failure;
}

int qb_history_settle(struct qb_history *history, const struct qb_history_request *request,
                      struct qb_error *error)
{
	int failure = order_files(history);

	history->alarm = request->alarm;
	if (failure == 0 && history->file_count > 0) {
		leave_out(history, request->normalize);
		drop_points(history);
	}
	if (failure == 0 && request->normalize)
		failure = normalize_values(history);
	if (failure == 0)
		failure = judge_all(history, request);
	if (failure != 0)
		return qb_error_set(error, ENOMEM, "out of memory for %zu results",
		                    history->file_count);
	qb_history_conclude(history);
	return 0;
}
