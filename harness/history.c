/* history -- results one after the other, of each what a trend needs. */
#include "harness/history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/stats.h"

#define ANY_LEVEL 0.05 /* of intervals that nobody looks at */

/* Room for one more element of `size`; NULL: out of memory. */
static void *grow(void *list, size_t count, size_t *room, size_t size)
{
	void *grown = list;

	if (count < *room)
		return list;
	grown = realloc(list, (2 * *room + 8) * size);
	if (grown)
		*room = 2 * *room + 8;
	return grown;
}

/* FNV-1a (Fowler, Noll and Vo). */
static void hash(uint64_t *state, const void *bytes, size_t count)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < count; i++)
		*state = (*state ^ byte[i]) * UINT64_C(0x100000001b3);
}

/* Copies of one file have one date, one seed and the same figures, whatever they are called. */
static uint64_t hash_content(const struct qb_document *document)
{
	uint64_t state = UINT64_C(0xcbf29ce484222325);

	hash(&state, document->created, strlen(document->created));
	hash(&state, &document->seed, sizeof(document->seed));
	for (size_t r = 0; r < document->result_count; r++) {
		const struct qb_result *result = &document->results[r];

		hash(&state, result->c.key, strlen(result->c.key));
		for (size_t m = 0; m < result->metric_count; m++) {
			const struct qb_metric *metric = &result->metrics[m];

			hash(&state, metric->name, strlen(metric->name));
			if (metric->n > 0)
				hash(&state, metric->values, metric->n * sizeof(*metric->values));
		}
	}
	return state;
}

/* Dates are compared as text, so all must have one form: "2024-05-06T07:08:09Z". */
static bool is_date(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		const bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

static void take_facts(struct qb_history_facts *facts, const struct qb_document *document)
{
	const struct qb_machine *machine = &document->machine;
	const struct qb_protocol *protocol = &document->protocol;
	char length[48];

	snprintf(facts->cpu, sizeof(facts->cpu), "%s", machine->cpu);
	snprintf(facts->kernel, sizeof(facts->kernel), "%s", machine->kernel);
	snprintf(facts->hypervisor, sizeof(facts->hypervisor), "%s", machine->hypervisor);
	snprintf(facts->governor, sizeof(facts->governor), "%s", machine->governor);
	snprintf(facts->clocksource, sizeof(facts->clocksource), "%s", machine->clocksource);
	snprintf(facts->allowed_cpus, sizeof(facts->allowed_cpus), "%s", machine->allowed_cpus);
	snprintf(facts->compiler, sizeof(facts->compiler), "%s", document->tool.compiler);
	snprintf(facts->flags, sizeof(facts->flags), "%s", document->tool.flags);
	if (protocol->message_count > 0)
		snprintf(length, sizeof(length), "%llu messages",
		         (unsigned long long)protocol->message_count);
	else
		snprintf(length, sizeof(length), "%g s", (double)protocol->time_ns / 1e9);
	snprintf(facts->protocol, sizeof(facts->protocol),
	         "%s after %g s of warm-up, sampled every %g s", length,
	         (double)protocol->warmup_ns / 1e9, (double)protocol->interval_ns / 1e9);
}

static struct qb_history_file *add_file(struct qb_history *history, const char *path,
                                        const struct qb_document *document)
{
	struct qb_history_file *file, *files = grow(history->files, history->file_count,
	                                            &history->file_room, sizeof(*files));
	const struct qb_control *control = &document->control;

	if (!files)
		return NULL;
	history->files = files;
	file = &files[history->file_count++];
	*file = (struct qb_history_file){ .content = hash_content(document), .control = NAN };
	snprintf(file->path, sizeof(file->path), "%s", path);
	snprintf(file->created, sizeof(file->created), "%s", document->created);
	snprintf(file->commit, sizeof(file->commit), "%s", document->tool.commit);
	snprintf(file->fingerprint, sizeof(file->fingerprint), "%s", document->machine.fingerprint);
	snprintf(file->protocol_hash, sizeof(file->protocol_hash), "%s", document->protocol_hash);
	snprintf(file->control_name, sizeof(file->control_name), "%s", control->name);
	if (control->n > 0)
		file->control = qb_stats_median(control->values, control->n);
	take_facts(&file->facts, document);
	return file;
}

static struct qb_history_series *find_series(const struct qb_history *history, const char *key,
                                             const char *metric)
{
	for (size_t i = 0; i < history->series_count; i++) {
		struct qb_history_series *series = &history->series[i];

		if (strcmp(series->key, key) == 0 && strcmp(series->metric, metric) == 0)
			return series;
	}
	return NULL;
}

static struct qb_history_series *add_series(struct qb_history *history, const char *key,
                                            const struct qb_metric *metric)
{
	struct qb_history_series *grown =
		grow(history->series, history->series_count, &history->series_room, sizeof(*grown));

	if (!grown)
		return NULL;
	history->series = grown;
	grown += history->series_count++;
	*grown = (struct qb_history_series){ .scatter_before = NAN,
		                             .higher_is_better = metric->higher_is_better,
		                             .gated = metric->gated };
	snprintf(grown->key, sizeof(grown->key), "%s", key);
	snprintf(grown->metric, sizeof(grown->metric), "%s", metric->name);
	snprintf(grown->unit, sizeof(grown->unit), "%s", metric->unit);
	return grown;
}

/* Of that metric; NULL: of all. */
static int add_failure(struct qb_history *history, const struct qb_result *result,
                       const struct qb_metric *metric, const char *reason)
{
	const char *status = metric ? metric->name : qb_status_name(result->status);
	const bool said = reason[0] && strcmp(status, reason) != 0;
	struct qb_history_failure *grown = grow(history->failures, history->failure_count,
	                                        &history->failure_room, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	history->failures = grown;
	grown += history->failure_count++;
	*grown = (struct qb_history_failure){ .file = history->file_count - 1,
		                              .status = result->status };
	snprintf(grown->key, sizeof(grown->key), "%s", result->c.key);
	snprintf(grown->metric, sizeof(grown->metric), "%s", metric ? metric->name : "");
	snprintf(grown->reason, sizeof(grown->reason), "%.60s%s%.90s", status, said ? ": " : "",
	         said ? reason : "");
	return 0;
}

/* The estimate over runs; NaN where a run has no logarithm. -ENOMEM. */
static int estimate(const struct qb_metric *metric, double *ret_value)
{
	double *logs = malloc((metric->n + 1) * sizeof(*logs));
	bool sound = metric->n > 0;

	*ret_value = NAN;
	if (!logs)
		return -ENOMEM;
	for (unsigned i = 0; i < metric->n && sound; i++) {
		sound = isfinite(metric->values[i]) && metric->values[i] > 0;
		logs[i] = sound ? log(metric->values[i]) : 0;
	}
	if (sound)
		*ret_value = exp(qb_stats_signed_rank(logs, metric->n, ANY_LEVEL).estimate);
	free(logs);
	return sound && isnan(*ret_value) ? -ENOMEM : 0;
}

static int add_point(struct qb_history *history, const struct qb_result *result,
                     const struct qb_metric *metric)
{
	struct qb_history_series *series = find_series(history, result->c.key, metric->name);
	struct qb_history_point *points;
	double value;

	/* A key that a file has twice means its first case. */
	if (series && series->points[series->point_count - 1].file == history->file_count - 1)
		return 0;
	if (metric->n == 0) /* what is advisory may be unknown */
		return metric->gated ? add_failure(history, result, metric,
		                                   metric->reason[0] ? metric->reason
		                                                     : "no run has a value")
		                     : 0;
	if (estimate(metric, &value) != 0)
		return -ENOMEM;
	if (isnan(value))
		return add_failure(history, result, metric, "a run has no value above 0");
	if (!series)
		series = add_series(history, result->c.key, metric);
	if (!series)
		return -ENOMEM;
	points = grow(series->points, series->point_count, &series->point_room, sizeof(*points));
	if (!points)
		return -ENOMEM;
	series->points = points;
	points[series->point_count++] = (struct qb_history_point){ history->file_count - 1, value };
	return 0;
}

static int add_result(struct qb_history *history, const struct qb_result *result)
{
	int failure = 0;

	if (result->status == QB_STATUS_SKIPPED)
		return 0;
	if (result->status != QB_STATUS_OK)
		return add_failure(history, result, NULL, result->reason);
	for (size_t m = 0; m < result->metric_count && failure == 0; m++)
		failure = add_point(history, result, &result->metrics[m]);
	return failure;
}

int qb_history_add(struct qb_history *history, const char *path, const struct qb_document *document,
                   struct qb_error *error)
{
	int failure = 0;

	if (!is_date(document->created))
		return qb_error_set(
			error, EINVAL,
			"'%.200s' does not tell when it was made, as a date in UTC such "
			"as 2024-05-06T07:08:09Z",
			path);
	if (!add_file(history, path, document))
		failure = -ENOMEM;
	for (size_t r = 0; r < document->result_count && failure == 0; r++)
		failure = add_result(history, &document->results[r]);
	return failure == 0 ? 0 : qb_error_set(error, ENOMEM, "out of memory for '%.200s'", path);
}

void qb_history_finish(struct qb_history *history)
{
	for (size_t i = 0; i < history->series_count; i++) {
		free(history->series[i].points);
		free(history->series[i].changes);
	}
	free(history->files);
	free(history->series);
	free(history->failures);
	*history = (struct qb_history){ .file_count = 0 };
}
