/* report_json.c -- qbench-result/1: everything, exact; the source of truth for every other format.
 *
 * Plain members come from the tables of json_fields.c, which the reader walks too; here stands how
 * objects and lists nest.  What is not finite is null. */
#include "reports/columns.h"
#include "reports/json_fields.h"
#include "reports/json_print.h"
#include "reports/report.h"

#include <jansson.h>
#include <math.h>

/* Under construction: the first failure (out of memory) sticks, and is asked for at the end. */
struct tree {
	bool failed;
};

static json_t *put(struct tree *tree, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == 0)
		return value;
	tree->failed = true;
	return NULL; /* jansson has released it */
}

static json_t *append(struct tree *tree, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == 0)
		return value;
	tree->failed = true;
	return NULL;
}

/* Text from outside (a CPU's name, a path) need not be UTF-8; JSON must be. */
static json_t *text_value(const char *text)
{
	json_t *value = json_string(text);
	char *copy;

	if (value)
		return value;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	value = json_string(copy);
	free(copy);
	return value;
}

/* A member whose name is from outside too. */
static json_t *put_named(struct tree *tree, json_t *object, const char *name, json_t *value)
{
	json_t *key = text_value(name);

	value = put(tree, object, json_string_value(key), value);
	json_decref(key);
	return value;
}

static json_t *count_value(uint64_t count)
{
	return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *number_value(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

static json_t *digits_value(bool hex, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), hex ? "%016llx" : "%llu", (unsigned long long)value);
	return json_string(digits);
}

static json_t *field_value(const struct qb_json_field *field, const void *base)
{
	const char *at = (const char *)base + field->offset;
	const bool absent_is_0 = field->flags & QB_JSON_ABSENT_IS_0;
	uint64_t count = 0;
	double number;

	switch (field->kind) {
	case QB_JSON_TEXT:
		return absent_is_0 && !*at ? json_null() : text_value(at);
	case QB_JSON_COUNT:
		count = qb_json_count_get(field, base);
		return absent_is_0 && count == 0 ? json_null() : count_value(count);
	case QB_JSON_SIGNED:
		return json_integer(qb_json_signed_get(field, base));
	case QB_JSON_SEED:
		count = qb_json_count_get(field, base);
		return count > INT64_MAX ? digits_value(false, count) : count_value(count);
	case QB_JSON_HEX:
		return digits_value(true, qb_json_count_get(field, base));
	case QB_JSON_SECONDS:
		return number_value((double)qb_json_count_get(field, base) / 1e9);
	case QB_JSON_NUMBER:
		memcpy(&number, at, sizeof(number));
		return absent_is_0 && !(number > 0) ? json_null() : number_value(number);
	case QB_JSON_FLAG:
		return json_boolean(*(const bool *)at);
	case QB_JSON_WORD:
		count = qb_json_count_get(field, base);
		return absent_is_0 && count == 0 ? json_null()
		                                 : text_value(field->word((int)count));
	}
	return NULL;
}

static json_t *put_fields(struct tree *tree, json_t *object, const struct qb_json_field *fields,
                          const void *base)
{
	for (; fields->key; fields++)
		put(tree, object, fields->key, field_value(fields, base));
	return object;
}

static json_t *fields_object(struct tree *tree, const struct qb_json_field *fields,
                             const void *base)
{
	return put_fields(tree, json_object(), fields, base);
}

static void put_warnings(struct tree *tree, json_t *object, const char *key,
                         const struct qb_warning *warnings, size_t count)
{
	json_t *list = put(tree, object, key, json_array());

	for (size_t i = 0; i < count; i++)
		append(tree, list, fields_object(tree, qb_json_warning, &warnings[i]));
}

static void put_placement(struct tree *tree, json_t *object, const struct qb_result *result)
{
	const struct qb_case *c = &result->c;
	json_t *list = put(tree, object, "placement", json_array());

	if (result->status == QB_STATUS_SKIPPED || qb_case_worker_count(c) > QB_WORKERS_MAX)
		return;
	for (unsigned i = 0; i < qb_case_worker_count(c); i++) {
		const bool producer = i < c->producer_count;
		json_t *thread = append(tree, list, json_object());

		put(tree, thread, "role", json_string(producer ? "producer" : "consumer"));
		put(tree, thread, "index", count_value(producer ? i : i - c->producer_count));
		put(tree, thread, "cpu",
		    c->cpus[i] == QB_CPU_NONE ? json_null() : json_integer(c->cpus[i]));
	}
}

static void put_case(struct tree *tree, json_t *object, const struct qb_result *result)
{
	const struct qb_case *c = &result->c;
	uint64_t traits = c->traits;
	char numa[16];
	json_t *words;

	put_fields(tree, object, qb_json_case, c);
	qb_columns_numa(c, numa, sizeof(numa));
	put(tree, object, "numa", json_string(numa));
	words = put(tree, object, "traits", json_array());
	for (const struct qb_trait *trait = qb_traits; trait->name; trait++) {
		if ((traits & trait->bits) != trait->bits)
			continue;
		append(tree, words, json_string(trait->name));
		traits &= ~trait->bits;
	}
	put_placement(tree, object, result);
}

static void put_delivery(struct tree *tree, json_t *object, const struct qb_delivery *delivery)
{
	json_t *own =
		put(tree, object, "delivery", fields_object(tree, qb_json_delivery, delivery));
	json_t *faults = put(tree, own, "faults", json_array());

	for (unsigned i = 0; i < delivery->fault_count; i++)
		append(tree, faults, fields_object(tree, qb_json_fault, &delivery->faults[i]));
}

static void put_metric(struct tree *tree, json_t *metrics, const struct qb_metric *metric)
{
	const struct qb_estimate e = qb_estimate_settled(&metric->estimate);
	json_t *own =
		put_named(tree, metrics, metric->name, fields_object(tree, qb_json_metric, metric));
	json_t *ci95, *values;

	put(tree, own, "better", json_string(metric->higher_is_better ? "higher" : "lower"));
	put_fields(tree, own, qb_json_estimate, &e);
	ci95 = put(tree, own, "ci95", e.has_ci95 ? json_array() : json_null());
	for (int i = 0; e.has_ci95 && i < 2; i++)
		append(tree, ci95, number_value(e.ci95[i]));
	values = put(tree, own, "values", json_array());
	for (unsigned i = 0; i < metric->n; i++)
		append(tree, values, number_value(metric->values[i]));
}

static json_t *fairness_value(struct tree *tree, const struct qb_result *result)
{
	const uint64_t *messages = result->totals.producer_messages;
	json_t *own, *list;

	if (!result->fairness.known)
		return json_null();
	own = fields_object(tree, qb_json_fairness, &result->fairness);
	list = put(tree, own, "messages", messages ? json_array() : json_null());
	for (unsigned i = 0; messages && i < result->c.producer_count; i++)
		append(tree, list, count_value(messages[i]));
	return own;
}

/* Like a counter: what is not known has a reason, if there is one. */
static json_t *bound_value(struct tree *tree, const struct qb_bound *bound)
{
	json_t *own;

	if (bound->known)
		return fields_object(tree, qb_json_bound, bound);
	if (!bound->reason[0])
		return json_null();
	own = json_object();
	put(tree, own, "unavailable", text_value(bound->reason));
	return own;
}

static void put_counters(struct tree *tree, json_t *object, const char *key,
                         const struct qb_counter *counters, size_t count)
{
	json_t *own = put(tree, object, key, json_object());

	for (size_t i = 0; i < count; i++) {
		const struct qb_counter *counter = &counters[i];
		json_t *value = put_named(tree, own, counter->name, json_object());

		if (counter->available)
			put_fields(tree, value, qb_json_counter, counter);
		if (counter->available && counter->by_role)
			put_fields(tree, value, qb_json_counter_roles, counter);
		if (!counter->available)
			put_fields(tree, value, qb_json_counter_absence, counter);
	}
}

/* {"due": ..., "response": {"count", "hdr"}, "transit": null, ...} */
static void put_latency(struct tree *tree, json_t *run, const struct qb_latency_record *latency)
{
	static const char *const names[] = {
		[QB_LATENCY_RESPONSE] = "response", [QB_LATENCY_TRANSIT] = "transit"
	};
	json_t *own;

	if (!latency)
		return;
	own = put(tree, run, "latency", fields_object(tree, qb_json_latency, latency));
	for (int kind = 0; kind < QB_LATENCY_KINDS; kind++) {
		json_t *recorded;

		if (!latency->histograms[kind]) {
			put(tree, own, names[kind], json_null());
			continue;
		}
		recorded = put(tree, own, names[kind], json_object());
		put(tree, recorded, "count", count_value(latency->count[kind]));
		put(tree, recorded, "hdr", json_string(latency->histograms[kind]));
	}
}

static void put_runs(struct tree *tree, json_t *object, const struct qb_result *result)
{
	json_t *list = put(tree, object, "runs", json_array());

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];
		json_t *own = append(tree, list, fields_object(tree, qb_json_run, run));
		json_t *intervals;

		put_latency(tree, own, run->latency);
		if (!run->interval_messages) {
			put(tree, own, "intervals", json_null());
			continue;
		}
		intervals = put(tree, own, "intervals", json_array());
		for (unsigned k = 0; k < run->interval_count; k++)
			append(tree, intervals, count_value(run->interval_messages[k]));
	}
}

static json_t *result_value(struct tree *tree, const struct qb_result *result)
{
	json_t *object = json_object();
	json_t *metrics;

	put_case(tree, object, result);
	put_fields(tree, object, qb_json_outcome, result);
	put_delivery(tree, object, &result->delivery);
	metrics = put(tree, object, "metrics", json_object());
	for (size_t i = 0; i < result->metric_count; i++)
		put_metric(tree, metrics, &result->metrics[i]);
	put_counters(tree, object, "counters", result->counters, result->counter_count);
	put_counters(tree, object, "internals", result->internals, result->internal_count);
	put(tree, object, "fairness", fairness_value(tree, result));
	put(tree, object, "flow",
	    result->run_count ? fields_object(tree, qb_json_flow, &result->flow) : json_null());
	put(tree, object, "bound", bound_value(tree, &result->bound));
	put_warnings(tree, object, "readings", result->readings, result->reading_count);
	put_warnings(tree, object, "warnings", result->warnings, result->warning_count);
	if (result->explanation_count > 0)
		put_warnings(tree, object, "explanations", result->explanations,
		             result->explanation_count);
	put_runs(tree, object, result);
	return object;
}

/* Likewise. */
static json_t *control_value(struct tree *tree, const struct qb_control *control)
{
	json_t *own, *values;

	if (control->n == 0 && !control->reason[0])
		return json_null();
	if (control->n == 0) {
		own = json_object();
		put(tree, own, "unavailable", text_value(control->reason));
		return own;
	}
	own = fields_object(tree, qb_json_control, control);
	put(tree, own, "unit", json_string("round-trip/s"));
	values = put(tree, own, "values", json_array());
	for (unsigned i = 0; i < control->n; i++)
		append(tree, values, number_value(control->values[i]));
	return own;
}

static json_t *document_value(struct tree *tree, const struct qb_document *document)
{
	json_t *root = json_object();
	json_t *machine, *protocol, *command, *programs, *results;

	put(tree, root, "schema", json_string(QB_JSON_SCHEMA));
	put(tree, root, "tool", fields_object(tree, qb_json_tool, &document->tool));
	put_fields(tree, root, qb_json_document, document);
	command = put(tree, root, "command", json_array());
	for (size_t i = 0; i < document->command_count; i++)
		append(tree, command, text_value(document->command[i]));
	programs = put(tree, root, "programs", json_array());
	for (size_t i = 0; i < document->program_count; i++)
		append(tree, programs,
		       fields_object(tree, qb_json_program, &document->programs[i]));
	machine = put(tree, root, "machine",
	              fields_object(tree, qb_json_machine, &document->machine));
	put_warnings(tree, machine, "warnings", document->machine.warnings,
	             document->machine.warning_count);
	protocol = put(tree, root, "protocol",
	               fields_object(tree, qb_json_protocol, &document->protocol));
	put_fields(tree, protocol, qb_json_hash, document);
	put(tree, root, "control", control_value(tree, &document->control));
	results = put(tree, root, "results", json_array());
	for (size_t i = 0; i < document->result_count; i++)
		append(tree, results, result_value(tree, &document->results[i]));
	return root;
}

int qb_report_json_write(const struct qb_document *document, const struct qb_report_style *style,
                         FILE *stream)
{
	struct tree tree = { false };
	int status = -ENOMEM;
	json_t *root = document_value(&tree, document);

	(void)style;
	if (!tree.failed)
		status = qb_json_print_tree(root, stream);
	json_decref(root);
	return status;
}
