/* sample_history.h -- one settled history made by hand: a loss that the machine had no part in, one
 * that it had, a series that wanders, one too short, files that are left out, a crash. */
#ifndef QB_SAMPLE_HISTORY_H
#define QB_SAMPLE_HISTORY_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/history.h"

#define SAMPLE_FILES 20 /* of which the first three do not count */
#define SAMPLE_FIRST 3

static void sample_files(struct qb_history *history)
{
	history->file_count = SAMPLE_FILES;
	history->used_count = SAMPLE_FILES - SAMPLE_FIRST;
	history->files = calloc(SAMPLE_FILES, sizeof(*history->files));
	for (unsigned i = 0; i < SAMPLE_FILES; i++) {
		struct qb_history_file *file = &history->files[i];

		snprintf(file->path, sizeof(file->path), "history/%02u, \"nightly\".json", i);
		snprintf(file->created, sizeof(file->created), "2026-03-%02uT03:17:00Z", i + 1);
		snprintf(file->commit, sizeof(file->commit), "c%06x", 0xabc000 + i / 2);
		file->control = i == 4 ? NAN : i < 14 ? 9015000.25 : 8403000.5;
		if (i < SAMPLE_FIRST)
			snprintf(file->reason, sizeof(file->reason), "%s",
			         i < 2 ? "another machine: kernel 'Linux 6.1', the newest has "
			                 "'Linux 6.18'"
			               : "the same result as 'history/x.json'");
	}
}

static struct qb_history_series *sample_series(struct qb_history *history, const char *key,
                                               unsigned first, unsigned step)
{
	struct qb_history_series *series = &history->series[history->series_count++];

	snprintf(series->key, sizeof(series->key), "%s", key);
	snprintf(series->metric, sizeof(series->metric), "throughput");
	snprintf(series->unit, sizeof(series->unit), "msg/s");
	series->higher_is_better = series->gated = true;
	series->threshold = 0.05;
	series->point_count = SAMPLE_FILES - first;
	series->points = calloc(series->point_count, sizeof(*series->points));
	series->changes = calloc(2, sizeof(*series->changes));
	for (unsigned i = 0; i < series->point_count; i++)
		series->points[i] =
			(struct qb_history_point){ first + i,
			                           (i < step ? 185e6 : 170e6) + i * 7 % 5 * 1e6 };
	series->level = step < series->point_count ? 172e6 : 187e6;
	series->judged = series->point_count >= QB_CHANGE_POINTS_MIN;
	series->autocorrelation = series->judged ? 0.125 : 0;
	series->scatter = 0.0125;
	series->scatter_before = NAN;
	return series;
}

static void sample_change(struct qb_history_series *series, double control_change_pct)
{
	series->changes[series->change_count++] = (struct qb_history_change){
		.at = 9,
		.regression = true,
		.change_pct = -8.25,
		.ci95_pct = { -9.5, -7.125 },
		.p = 0.001,
		.before = 187e6,
		.after = 172e6,
		.earliest = 7,
		.latest = 11,
		.recent = true,
		.control_change_pct = control_change_pct,
	};
}

/* Release with qb_history_finish. */
static struct qb_history sample_history(void)
{
	struct qb_history history = {
		.alarm = true, .comparable = true, .regressions = 2, .exit_code = 1
	};
	struct qb_history_series *series;

	snprintf(history.tool.name, sizeof(history.tool.name), "qbench");
	snprintf(history.tool.version, sizeof(history.tool.version), "0.1.0");
	sample_files(&history);
	history.series = calloc(8, sizeof(*history.series));
	sample_change(sample_series(&history, "throughput/mpsc/p4c1", SAMPLE_FIRST, 9), 0.125);
	sample_change(sample_series(&history, "throughput/mutex/p4c1", SAMPLE_FIRST, 9), -6.75);
	series = sample_series(&history, "throughput/mpmc/p4c1", SAMPLE_FIRST, SAMPLE_FILES);
	series->autocorrelation = 0.5;
	series->drifting = true;
	series->scatter_before = 0.00625;
	sample_series(&history, "throughput/spsc/p1c1", SAMPLE_FILES - 9, SAMPLE_FILES);
	sample_series(&history, "throughput/new/p1c1", SAMPLE_FILES - 3, SAMPLE_FILES);
	series = sample_series(&history, "throughput/mpsc/p4c1", SAMPLE_FIRST, SAMPLE_FILES);
	snprintf(series->metric, sizeof(series->metric), "share_of_limit");
	series->gated = false;
	history.failure_count = 1;
	history.failures = calloc(1, sizeof(*history.failures));
	history.failures->file = 5;
	snprintf(history.failures->key, sizeof(history.failures->key), "throughput/new/p1c1");
	snprintf(history.failures->reason, sizeof(history.failures->reason),
	         "crashed: killed by signal 11");
	return history;
}

#endif
