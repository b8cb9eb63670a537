/* report_json.c -- qbench-result/1: everything, exact; the source of truth for every other format.
 *
 * jansson builds the tree and escapes its text; the layout is ours, because one run, one thread or
 * one list of numbers reads better on one line than on twenty, and because a number is written with
 * the shortest digits that read back as the same double.  What is not finite is null. */
#include "reports/json_fields.h"
#include "reports/report.h"

#include <jansson.h>
#include <math.h>

#include "reports/units.h"

/* A tree under construction: the first failure (out of memory) sticks, so that it is asked for
 * once, at the end. */
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

static json_t *seed_value(uint64_t seed)
{
	char digits[24];

	if (seed <= INT64_MAX)
		return json_integer((json_int_t)seed);
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)seed);
	return json_string(digits);
}

static json_t *hex_value(uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)value);
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
	case QB_JSON_SEED:
		return seed_value(qb_json_count_get(field, base));
	case QB_JSON_HEX:
		return hex_value(qb_json_count_get(field, base));
	case QB_JSON_SECONDS:
		return number_value((double)qb_json_count_get(field, base) / 1e9);
	case QB_JSON_NUMBER:
		memcpy(&number, at, sizeof(number));
		return absent_is_0 && !(number > 0) ? json_null() : number_value(number);
	case QB_JSON_FLAG:
		return json_boolean(*(const bool *)at);
	case QB_JSON_WORD:
		return text_value(field->word((int)qb_json_count_get(field, base)));
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

static void put_warnings(struct tree *tree, json_t *object, const struct qb_warning *warnings,
                         size_t count)
{
	json_t *list = put(tree, object, "warnings", json_array());

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
	char node[16];
	const char *const numa[] = { "default", "local", "interleave", node };
	json_t *words;

	put_fields(tree, object, qb_json_case, c);
	snprintf(node, sizeof(node), "%u", c->numa_node);
	put(tree, object, "numa", json_string(numa[c->numa]));
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

static void put_counters(struct tree *tree, json_t *object, const char *key,
                         const struct qb_counter *counters, size_t count)
{
	json_t *own = put(tree, object, key, json_object());

	for (size_t i = 0; i < count; i++) {
		const struct qb_counter *counter = &counters[i];
		json_t *value = put_named(tree, own, counter->name, json_object());

		if (counter->available)
			put_fields(tree, value, qb_json_counter, counter);
		else
			put(tree, value, "unavailable", text_value(counter->reason));
	}
}

static void put_runs(struct tree *tree, json_t *object, const struct qb_result *result)
{
	json_t *list = put(tree, object, "runs", json_array());

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];
		json_t *own = append(tree, list, fields_object(tree, qb_json_run, run));
		json_t *intervals;

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
	put(tree, object, "fairness",
	    result->fairness.known ? fields_object(tree, qb_json_fairness, &result->fairness)
	                           : json_null());
	put(tree, object, "flow",
	    result->run_count ? fields_object(tree, qb_json_flow, &result->flow) : json_null());
	put_warnings(tree, object, result->warnings, result->warning_count);
	put_runs(tree, object, result);
	return object;
}

static json_t *document_value(struct tree *tree, const struct qb_document *document)
{
	json_t *root = json_object();
	json_t *machine, *protocol, *command, *results;

	put(tree, root, "schema", json_string(QB_JSON_SCHEMA));
	put(tree, root, "tool", fields_object(tree, qb_json_tool, &document->tool));
	put_fields(tree, root, qb_json_document, document);
	command = put(tree, root, "command", json_array());
	for (size_t i = 0; i < document->command_count; i++)
		append(tree, command, text_value(document->command[i]));
	machine = put(tree, root, "machine",
	              fields_object(tree, qb_json_machine, &document->machine));
	put_warnings(tree, machine, document->machine.warnings, document->machine.warning_count);
	protocol = put(tree, root, "protocol",
	               fields_object(tree, qb_json_protocol, &document->protocol));
	put_fields(tree, protocol, qb_json_hash, document);
	results = put(tree, root, "results", json_array());
	for (size_t i = 0; i < document->result_count; i++)
		append(tree, results, result_value(tree, &document->results[i]));
	return root;
}

struct output {
	FILE *stream;
	bool failed; /* out of memory; what the stream says is its owner's business */
};

static void write_scalar(struct output *out, const json_t *value)
{
	char digits[QB_UNITS_SIZE];
	char *text;

	if (json_is_real(value)) {
		fputs(qb_units_exact(digits, sizeof(digits), json_real_value(value)), out->stream);
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY);
	if (text)
		fputs(text, out->stream);
	else
		out->failed = true;
	free(text);
}

static void write_key(struct output *out, const char *key)
{
	json_t *name = json_string(key);

	write_scalar(out, name);
	fputs(": ", out->stream);
	json_decref(name);
}

static int larger(int a, int b) { return a > b ? a : b; }

/* How many containers stand one inside another in `value`; at most `limit` are looked at. */
static int count_levels(json_t *value, int limit)
{
	const char *key;
	json_t *member;
	int levels = 0;
	size_t i;

	if (limit == 0 || (!json_is_array(value) && !json_is_object(value)))
		return 0;
	json_array_foreach(value, i, member) levels =
		larger(levels, count_levels(member, limit - 1));
	json_object_foreach(value, key, member) levels =
		larger(levels, count_levels(member, limit - 1));
	return levels + 1;
}

/* depth < 0: on one line.  So are lists of scalars, and objects in a list down to their own lists:
 * one thread, one fault, one run. */
static void write_value(struct output *out, json_t *value, int depth, bool in_list)
{
	const bool is_list = json_is_array(value);
	const bool flat = depth < 0 || count_levels(value, 3) <= (in_list ? 2 : is_list ? 1 : 0);
	const int inner = flat ? -1 : depth + 1;
	const char *key, *gap = "";
	json_t *member;
	size_t i;

	if (!is_list && !json_is_object(value)) {
		write_scalar(out, value);
		return;
	}
	fputc(is_list ? '[' : '{', out->stream);
	json_array_foreach(value, i, member)
	{
		fputs(gap, out->stream);
		if (!flat)
			fprintf(out->stream, "\n%*s", 2 * inner, "");
		write_value(out, member, inner, true);
		gap = flat ? ", " : ",";
	}
	json_object_foreach(value, key, member)
	{
		fputs(gap, out->stream);
		if (!flat)
			fprintf(out->stream, "\n%*s", 2 * inner, "");
		write_key(out, key);
		write_value(out, member, inner, false);
		gap = flat ? ", " : ",";
	}
	if (!flat && *gap)
		fprintf(out->stream, "\n%*s", 2 * depth, "");
	fputc(is_list ? ']' : '}', out->stream);
}

int qb_report_json_write(const struct qb_document *document, const struct qb_report_style *style,
                         FILE *stream)
{
	struct tree tree = { false };
	struct output out = { stream, false };
	json_t *root = document_value(&tree, document);

	(void)style;
	if (!tree.failed) {
		write_value(&out, root, 0, false);
		fputc('\n', stream);
	}
	json_decref(root);
	return tree.failed || out.failed ? -ENOMEM : 0;
}
