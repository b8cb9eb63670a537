/* made_history.h -- results of many days made by hand, one case each, to be put in order. */
#ifndef QB_MADE_HISTORY_H
#define QB_MADE_HISTORY_H

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/history.h"

#define RUNS 6

static const double spread[RUNS] = { 0.99, 1.01, 0.995, 1.005, 1, 1.002 };

/* A document of one case on day `day`, with a control of `speed`; 0: none. */
static struct qb_document made(unsigned day, double value, double speed)
{
	struct qb_document document = { .seed = day, .result_count = 1 };
	struct qb_metric *metric = calloc(1, sizeof(*metric));
	struct qb_result *result = calloc(1, sizeof(*result));

	snprintf(document.created, sizeof(document.created), "2026-%02u-%02uT03:17:00Z",
	         1 + day / 28, 1 + day % 28);
	snprintf(document.machine.fingerprint, sizeof(document.machine.fingerprint), "one");
	snprintf(document.machine.kernel, sizeof(document.machine.kernel), "Linux 6.18");
	snprintf(document.protocol_hash, sizeof(document.protocol_hash), "abc");
	snprintf(metric->name, sizeof(metric->name), "throughput");
	snprintf(metric->unit, sizeof(metric->unit), "msg/s");
	metric->higher_is_better = metric->gated = true;
	metric->n = RUNS;
	metric->values = calloc(RUNS, sizeof(double));
	for (unsigned i = 0; i < RUNS; i++)
		metric->values[i] = value * spread[(i + day) % RUNS];
	snprintf(result->c.key, sizeof(result->c.key), "throughput/q/p1c1");
	result->status = QB_STATUS_OK;
	result->metric_count = 1;
	result->metrics = metric;
	document.results = result;
	if (speed > 0) {
		snprintf(document.control.name, sizeof(document.control.name), "ping-pong/1");
		document.control.n = 1;
		document.control.values = calloc(1, sizeof(double));
		document.control.values[0] = speed;
	}
	return document;
}

static void add(struct qb_history *history, struct qb_document document)
{
	struct qb_error error;
	char path[64];

	snprintf(path, sizeof(path), "%s.json", document.created);
	cr_assert_eq(qb_history_add(history, path, &document, &error), 0, "%s", error.text);
	qb_document_finish(&document);
}

/* Deviations of days, about 1 %, that no day shares with its neighbors. */
static double noise(unsigned day) { return 1 + 0.01 * sin(day * day * 1.7); }

/* Forty days, newest first; from day 25 on `factor` as fast, with a control of its own factor. */
static struct qb_history forty_days(double factor, double control_factor)
{
	struct qb_history history = { 0 };

	for (unsigned day = 40; day-- > 0;)
		add(&history, made(day, 1e8 * noise(day) * (day < 25 ? 1 : factor),
		                   9e6 * (day < 25 ? 1 : control_factor)));
	return history;
}

static void settle(struct qb_history *history, bool normalize)
{
	const struct qb_history_request request = { .normalize = normalize, .alarm = true };
	struct qb_error error;

	cr_assert_eq(qb_history_settle(history, &request, &error), 0, "%s", error.text);
}

#endif
