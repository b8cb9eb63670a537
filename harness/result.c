/* result.c -- the words of a result, and the end of its memory.
 *
 * One table per enumeration, because the same words are printed, written to files and read back. */
#include "harness/result.h"

#include <math.h>
#include <stdlib.h>

#include "harness/latency.h"

static const char *const status_names[QB_STATUS_COUNT] = {
	[QB_STATUS_OK] = "ok",
	[QB_STATUS_INVALID] = "invalid",
	[QB_STATUS_CRASHED] = "crashed",
	[QB_STATUS_TIMEOUT] = "timeout",
	[QB_STATUS_INCORRECT] = "incorrect",
	[QB_STATUS_SKIPPED] = "skipped",
	[QB_STATUS_INTERRUPTED] = "interrupted",
};

static const char *const api_names[] = {
	[QB_API_AUTO] = "auto",
	[QB_API_SINGLE] = "single",
	[QB_API_BATCH] = "batch",
	[QB_API_ZEROCOPY] = "zerocopy",
};

static const char *const wait_names[] = {
	[QB_WAIT_AUTO] = "auto",
	[QB_WAIT_SPIN] = "spin",
	[QB_WAIT_YIELD] = "yield",
	[QB_WAIT_BLOCK] = "block",
};

static const char *const pin_names[QB_PIN_COUNT] = {
	[QB_PIN_AUTO] = "auto",
	[QB_PIN_NONE] = "none",
	[QB_PIN_COMPACT] = "compact",
	[QB_PIN_CORES] = "cores",
	[QB_PIN_SCATTER] = "scatter",
	[QB_PIN_SMT] = "smt",
	[QB_PIN_LLC] = "llc",
	[QB_PIN_CROSS_LLC] = "cross-llc",
	[QB_PIN_CROSS_PACKAGE] = "cross-package",
	[QB_PIN_CROSS_NUMA] = "cross-numa",
	[QB_PIN_P_CORES] = "p-cores",
	[QB_PIN_E_CORES] = "e-cores",
	[QB_PIN_LIST] = "list",
};

static const char *const arrivals_names[QB_ARRIVALS_COUNT] = {
	[QB_ARRIVALS_NONE] = "none",
	[QB_ARRIVALS_UNIFORM] = "uniform",
	[QB_ARRIVALS_POISSON] = "poisson",
};

static const char *const fault_names[] = {
	[QB_FAULT_LOST] = "lost",
	[QB_FAULT_DUPLICATED] = "duplicated",
	[QB_FAULT_REORDERED] = "reordered",
	[QB_FAULT_CORRUPTED] = "corrupted",
};

const struct qb_trait qb_traits[] = {
	{ QB_FLOOR, "floor" },
	{ QB_ONE_PRODUCER, "one-producer" },
	{ QB_ONE_CONSUMER, "one-consumer" },
	{ QB_ORDER_TOTAL, "order-total" },
	{ QB_ORDER_PER_PRODUCER, "order-per-producer" },
	{ QB_BOUNDED, "bounded" },
	{ QB_WEAK_EMPTY, "weak-empty" },
	{ QB_WEAK_FULL, "weak-full" },
	{ QB_RENDEZVOUS, "rendezvous" },
	{ QB_WAIT_FREE, "wait-free" },
	{ QB_LOCK_FREE, "lock-free" },
	{ 0, NULL },
};

#define NAME_OF(table, index)                                                                      \
	((size_t)(index) < sizeof(table) / sizeof((table)[0]) ? (table)[index] : "unknown")

const char *qb_status_name(enum qb_status status) { return NAME_OF(status_names, status); }
const char *qb_api_name(enum qb_api api) { return NAME_OF(api_names, api); }
const char *qb_wait_name(enum qb_wait wait) { return NAME_OF(wait_names, wait); }
const char *qb_pin_name(enum qb_pin pin) { return NAME_OF(pin_names, pin); }
const char *qb_arrivals_name(enum qb_arrivals arrivals)
{
	return NAME_OF(arrivals_names, arrivals);
}
const char *qb_fault_name(enum qb_fault_kind kind) { return NAME_OF(fault_names, kind); }

static double settled(double value, bool known) { return known && isfinite(value) ? value : NAN; }

struct qb_estimate qb_estimate_settled(const struct qb_estimate *estimate)
{
	struct qb_estimate e = *estimate;

	e.median = settled(e.median, e.n > 0);
	e.mean = settled(e.mean, e.n > 0);
	e.min = settled(e.min, e.n > 0);
	e.max = settled(e.max, e.n > 0);
	e.hl = settled(e.hl, e.n > 0);
	e.stddev = settled(e.stddev, e.n > 1);
	e.cv = settled(e.cv, e.n > 1);
	e.has_ci95 = e.has_ci95 && isfinite(e.ci95[0]) && isfinite(e.ci95[1]);
	e.ci95[0] = settled(e.ci95[0], e.has_ci95);
	e.ci95[1] = settled(e.ci95[1], e.has_ci95);
	return e;
}

struct qb_metric *qb_result_metric(const struct qb_result *result, const char *name)
{
	for (size_t i = 0; i < result->metric_count; i++)
		if (strcmp(result->metrics[i].name, name) == 0)
			return &result->metrics[i];
	return NULL;
}

void qb_result_finish(struct qb_result *result)
{
	for (size_t i = 0; i < result->metric_count; i++)
		free(result->metrics[i].values);
	for (size_t i = 0; i < result->run_count; i++) {
		free(result->runs[i].interval_messages);
		free(result->runs[i].timeline);
		qb_latency_record_free(result->runs[i].latency);
	}
	free(result->metrics);
	free(result->counters);
	free(result->tally);
	free(result->explanations);
	free(result->warnings);
	free(result->runs);
	free(result->totals.producer_messages);
	memset(result, 0, sizeof(*result));
}

void qb_document_finish(struct qb_document *document)
{
	for (size_t i = 0; i < document->result_count; i++)
		qb_result_finish(&document->results[i]);
	free(document->results);
	free(document->control.values);
	free(document->programs);
	free(document->command_memory);
	memset(document, 0, sizeof(*document));
}
