/* columns.c -- THE list of columns: one table, so that no two formats disagree on what a case is.
 *
 * A getter says what is known; what is not known is an empty cell, never 0. */
#include "reports/columns.h"

#include <math.h>

#include "reports/units.h"

static void set_text(struct qb_cell *cell, const char *text)
{
	cell->kind = text[0] ? QB_CELL_TEXT : QB_CELL_EMPTY;
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

static void set_count(struct qb_cell *cell, uint64_t count)
{
	cell->kind = QB_CELL_COUNT;
	cell->count = count;
}

static void set_flag(struct qb_cell *cell, bool flag)
{
	cell->kind = QB_CELL_FLAG;
	cell->count = flag;
}

static void set_number(struct qb_cell *cell, double number)
{
	cell->kind = isfinite(number) ? QB_CELL_NUMBER : QB_CELL_EMPTY;
	cell->number = number;
}

static void get_rate(const struct qb_row *row, struct qb_cell *cell)
{
	if (row->result->c.rate > 0)
		set_count(cell, row->result->c.rate);
}

static void get_numa(const struct qb_row *row, struct qb_cell *cell)
{
	cell->kind = QB_CELL_TEXT;
	qb_columns_numa(&row->result->c, cell->text, sizeof(cell->text));
}

/* clang-format off */
#define GETTER(name, kind, value) \
	static void get_##name(const struct qb_row *row, struct qb_cell *cell) \
	{ set_##kind(cell, value); }
#define METRIC_GETTER(name, kind, value) \
	static void get_##name(const struct qb_row *row, struct qb_cell *cell) \
	{ if (row->metric) set_##kind(cell, value); }
#define ESTIMATE_GETTER(name, member) \
	METRIC_GETTER(name, number, qb_estimate_settled(&row->metric->estimate).member)

GETTER(key, text, row->result->c.key)
GETTER(impl, text, row->result->c.impl)
GETTER(workload, text, row->result->c.workload)
GETTER(producers, count, row->result->c.producer_count)
GETTER(consumers, count, row->result->c.consumer_count)
GETTER(batch, count, row->result->c.batch)
GETTER(batch_emulated, flag, row->result->c.batch_emulated)
GETTER(api, text, qb_api_name(row->result->c.api))
GETTER(message_size, count, row->result->c.message_size)
GETTER(capacity, count, row->result->c.capacity)
GETTER(wait, text, qb_wait_name(row->result->c.wait))
GETTER(pin, text, qb_pin_name(row->result->c.pin))
GETTER(oversubscribed, flag, row->result->c.oversubscribed)
GETTER(proof, flag, row->result->c.proof)
GETTER(floor, flag, (row->result->c.traits & QB_FLOOR) != 0)
GETTER(status, text, qb_status_name(row->result->status))
GETTER(sent, count, row->result->delivery.sent)
GETTER(received, count, row->result->delivery.received)
GETTER(lost, count, row->result->delivery.lost)
GETTER(duplicated, count, row->result->delivery.duplicated)
GETTER(reordered, count, row->result->delivery.reordered)
GETTER(corrupted, count, row->result->delivery.corrupted)
GETTER(fairness, number, row->result->fairness.known ? row->result->fairness.jain : NAN)
GETTER(reason, text, row->metric && row->metric->reason[0] && !row->result->reason[0]
                             ? row->metric->reason : row->result->reason)
GETTER(arrivals, text, row->result->c.rate ? qb_arrivals_name(row->result->c.arrivals) : "")
METRIC_GETTER(metric, text, row->metric->name)
METRIC_GETTER(unit, text, row->metric->unit)
METRIC_GETTER(better, text, row->metric->higher_is_better ? "higher" : "lower")
METRIC_GETTER(n, count, row->metric->n)
ESTIMATE_GETTER(median, median)
ESTIMATE_GETTER(mean, mean)
ESTIMATE_GETTER(stddev, stddev)
ESTIMATE_GETTER(cv, cv)
ESTIMATE_GETTER(min, min)
ESTIMATE_GETTER(max, max)
ESTIMATE_GETTER(hl, hl)
ESTIMATE_GETTER(ci95_low, ci95[0])
ESTIMATE_GETTER(ci95_high, ci95[1])
/* clang-format on */

static void get_placement(const struct qb_row *row, struct qb_cell *cell)
{
	cell->kind = QB_CELL_TEXT;
	qb_columns_placement(row->result, QB_WORKERS_MAX, cell->text, sizeof(cell->text));
}

static void get_warnings(const struct qb_row *row, struct qb_cell *cell)
{
	size_t used = 0;

	cell->text[0] = '\0';
	for (size_t i = 0; i < row->result->warning_count && used < sizeof(cell->text); i++)
		used += (size_t)snprintf(cell->text + used, sizeof(cell->text) - used, "%s%s",
		                         i ? ";" : "", row->result->warnings[i].code);
	cell->kind = QB_CELL_TEXT;
}

#define OWN QB_COLUMN_METRIC

const struct qb_column qb_columns[] = {
	{ "key", "key", NULL, NULL, get_key },
	{ "impl", "queue", NULL, NULL, get_impl },
	{ "workload", "workload", NULL, "", get_workload },
	{ "producers", "producers", NULL, "p", get_producers },
	{ "consumers", "consumers", NULL, "c", get_consumers },
	{ "batch", "batch", NULL, "b", get_batch },
	{ "batch_emulated", "emulated", NULL, NULL, get_batch_emulated },
	{ "api", "api", NULL, "", get_api },
	{ "message_size", "message", QB_UNIT_BYTES, "m", get_message_size },
	{ "capacity", "capacity", NULL, "q", get_capacity },
	{ "wait", "wait", NULL, "", get_wait },
	{ "pin", "pin", NULL, "pin-", get_pin },
	{ "numa", "memory", NULL, "numa-", get_numa },
	{ "oversubscribed", "oversubscribed", NULL, NULL, get_oversubscribed },
	{ "proof", "proof", NULL, NULL, get_proof },
	{ "floor", "floor", NULL, NULL, get_floor },
	{ "status", "status", NULL, NULL, get_status },
	{ "sent", "sent", QB_UNIT_COUNT, NULL, get_sent },
	{ "received", "received", QB_UNIT_COUNT, NULL, get_received },
	{ "lost", "lost", QB_UNIT_COUNT, NULL, get_lost },
	{ "duplicated", "duplicated", QB_UNIT_COUNT, NULL, get_duplicated },
	{ "reordered", "reordered", QB_UNIT_COUNT, NULL, get_reordered },
	{ "corrupted", "corrupted", QB_UNIT_COUNT, NULL, get_corrupted },
	{ "metric", "metric", NULL, NULL, get_metric },
	{ "unit", "unit", NULL, NULL, get_unit },
	{ "better", "better", NULL, NULL, get_better },
	{ "n", "runs", NULL, NULL, get_n },
	{ "median", "median", OWN, NULL, get_median },
	{ "mean", "mean", OWN, NULL, get_mean },
	{ "stddev", "stddev", OWN, NULL, get_stddev },
	{ "cv", "cv", QB_UNIT_SHARE, NULL, get_cv },
	{ "min", "min", OWN, NULL, get_min },
	{ "max", "max", OWN, NULL, get_max },
	{ "hl", "estimate", OWN, NULL, get_hl },
	{ "ci95_low", "95 % from", OWN, NULL, get_ci95_low },
	{ "ci95_high", "95 % to", OWN, NULL, get_ci95_high },
	{ "fairness", "fairness", NULL, NULL, get_fairness },
	{ "placement", "placement", NULL, NULL, get_placement },
	{ "warnings", "warnings", NULL, NULL, get_warnings },
	{ "reason", "reason", NULL, NULL, get_reason },
	{ "rate", "rate", QB_UNIT_RATE, NULL, get_rate },
	{ "arrivals", "arrivals", NULL, NULL, get_arrivals },
	{ NULL, NULL, NULL, NULL, NULL },
};

_Static_assert(sizeof(qb_columns) / sizeof(qb_columns[0]) <= QB_COLUMNS_MAX, "too many columns");

void qb_columns_get(const struct qb_column *column, const struct qb_row *row,
                    struct qb_cell *ret_cell)
{
	ret_cell->kind = QB_CELL_EMPTY;
	ret_cell->text[0] = '\0';
	column->get(row, ret_cell);
}

void qb_columns_exact(const struct qb_cell *cell, char *text, size_t size)
{
	switch (cell->kind) {
	case QB_CELL_TEXT:
		snprintf(text, size, "%s", cell->text);
		break;
	case QB_CELL_COUNT:
		snprintf(text, size, "%llu", (unsigned long long)cell->count);
		break;
	case QB_CELL_NUMBER:
		qb_units_exact(text, size, cell->number);
		break;
	case QB_CELL_FLAG:
		snprintf(text, size, "%s", cell->count ? "true" : "false");
		break;
	case QB_CELL_EMPTY:
		text[0] = '\0';
		break;
	}
}

void qb_columns_print(const struct qb_column *column, const struct qb_row *row,
                      const struct qb_cell *cell, char *text, size_t size)
{
	const bool own = column->unit && strcmp(column->unit, QB_COLUMN_METRIC) == 0;
	const char *unit = own && row->metric ? row->metric->unit : column->unit;

	if (cell->kind == QB_CELL_EMPTY)
		snprintf(text, size, "-");
	else if (cell->kind == QB_CELL_FLAG)
		snprintf(text, size, "%s", cell->count ? "yes" : "no");
	else if (cell->kind == QB_CELL_NUMBER)
		qb_units_format(text, size, unit ? unit : QB_UNIT_COUNT, cell->number);
	else if (cell->kind == QB_CELL_COUNT && unit)
		qb_units_format(text, size, unit, (double)cell->count);
	else
		qb_columns_exact(cell, text, size);
}

int qb_columns_each_row(const struct qb_document *document,
                        int (*each)(const struct qb_row *row, void *context), void *context)
{
	for (size_t i = 0; i < document->result_count; i++) {
		struct qb_row row = { &document->results[i], NULL };
		size_t k = 0;

		do {
			int status;

			if (k < row.result->metric_count)
				row.metric = &row.result->metrics[k];
			status = each(&row, context);
			if (status != 0)
				return status;
		} while (++k < row.result->metric_count);
	}
	return 0;
}

void qb_columns_numa(const struct qb_case *c, char *text, size_t size)
{
	static const char *const names[] = {
		[QB_NUMA_DEFAULT] = "default",
		[QB_NUMA_LOCAL] = "local",
		[QB_NUMA_INTERLEAVE] = "interleave",
	};

	if (c->numa == QB_NUMA_NODE)
		snprintf(text, size, "%u", c->numa_node);
	else
		snprintf(text, size, "%s", names[c->numa]);
}

void qb_columns_placement(const struct qb_result *result, unsigned thread_max, char *text,
                          size_t size)
{
	const struct qb_case *c = &result->c;
	const uint64_t thread_count = (uint64_t)c->producer_count + c->consumer_count;
	bool pinned = false;
	size_t used = 0;

	text[0] = '\0';
	if (result->status == QB_STATUS_SKIPPED || thread_count > QB_WORKERS_MAX)
		return;
	for (unsigned i = 0; i < thread_count && i < thread_max && used < size; i++) {
		const bool producer = i < c->producer_count;
		char cpu[16] = "-";

		if (c->cpus[i] != QB_CPU_NONE)
			snprintf(cpu, sizeof(cpu), "%d", c->cpus[i]);
		pinned |= c->cpus[i] != QB_CPU_NONE;
		used += (size_t)snprintf(text + used, size - used, "%s%c%u@%s", i ? " " : "",
		                         producer ? 'P' : 'C', producer ? i : i - c->producer_count,
		                         cpu);
	}
	if (!pinned)
		text[0] = '\0';
}
