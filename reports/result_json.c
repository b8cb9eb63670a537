/* result_json.c -- qbench-result/1 read back, from files that nobody vouches for.
 *
 * The tables of json_fields.c say what an object's plain members are; here stands how the objects
 * and lists nest.  Counts are set as memory is had, so that a document refused half way can be
 * released like any other. */
#include "reports/result_json.h"

#include "reports/json_bound.h"
#include "reports/json_case.h"
#include "reports/json_control.h"

#define RESULTS_MAX ((size_t)100000)
#define LIST_MAX    ((size_t)1000000)

static void read_delivery(struct qb_json_reader *r, const struct qb_json_place *up,
                          struct qb_delivery *delivery)
{
	const struct qb_json_place at = qb_json_place_member(up, "delivery");
	const struct qb_json_place faults = qb_json_place_member(&at, "faults");

	if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, false))
		return;
	qb_json_place_fields(r, &at, qb_json_delivery, delivery);
	if (!qb_json_place_expect(r, &faults, QB_JSON_LIST, true))
		return;
	if (qb_json_place_count(&faults) > QB_FAULTS_MAX) {
		qb_json_place_refuse(r, &faults, "holds more than %d", QB_FAULTS_MAX);
		return;
	}
	qb_json_place_objects(r, &faults, qb_json_fault, delivery->faults,
	                      sizeof(delivery->faults[0]));
	delivery->fault_count = (unsigned)qb_json_place_count(&faults);
}

static void read_interval(struct qb_json_reader *r, const struct qb_json_place *up,
                          struct qb_estimate *estimate)
{
	const struct qb_json_place at = qb_json_place_member(up, "ci95");

	if (!qb_json_place_expect(r, &at, QB_JSON_LIST, true))
		return;
	if (qb_json_place_count(&at) != 2) {
		qb_json_place_refuse(r, &at, "is no pair of numbers");
		return;
	}
	qb_json_place_numbers(r, &at, estimate->ci95);
	estimate->has_ci95 = true;
}

/* A name that the file gives as a key. */
static void read_name(struct qb_json_reader *r, const struct qb_json_place *at,
                      char name[QB_NAME_SIZE])
{
	if (strlen(at->key) >= QB_NAME_SIZE)
		qb_json_place_refuse(r, at, "is a name longer than %d bytes", QB_NAME_SIZE - 1);
	else
		strcpy(name, at->key);
}

static void read_metric(struct qb_json_reader *r, const struct qb_json_place *at,
                        struct qb_metric *metric)
{
	const struct qb_json_place better = qb_json_place_member(at, "better");
	const struct qb_json_place values = qb_json_place_member(at, "values");
	const char *word = qb_json_place_text(&better);

	read_name(r, at, metric->name);
	if (!qb_json_place_expect(r, at, QB_JSON_OBJECT, false) ||
	    !qb_json_place_expect(r, &better, QB_JSON_STRING, false) ||
	    !qb_json_place_expect(r, &values, QB_JSON_LIST, false))
		return;
	metric->higher_is_better = strcmp(word, "higher") == 0;
	if (!metric->higher_is_better && strcmp(word, "lower") != 0)
		qb_json_place_refuse(r, &better, "is neither 'higher' nor 'lower'");
	qb_json_place_fields(r, at, qb_json_metric, metric);
	qb_json_place_fields(r, at, qb_json_estimate, &metric->estimate);
	metric->estimate.n = metric->n;
	read_interval(r, at, &metric->estimate);
	if (qb_json_place_count(&values) != metric->n)
		qb_json_place_refuse(r, &values, "holds %zu values where n is %u",
		                     qb_json_place_count(&values), metric->n);
	metric->values = qb_json_place_allocate(r, &values, QB_JSON_VALUES_MAX, sizeof(double));
	qb_json_place_numbers(r, &values, metric->values);
}

static void read_metrics(struct qb_json_reader *r, const struct qb_json_place *up,
                         struct qb_result *result)
{
	const struct qb_json_place at = qb_json_place_member(up, "metrics");

	if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, false))
		return;
	/* A few hundred at most: finding the n-th is quadratic. */
	result->metrics = qb_json_place_allocate(r, &at, 1000, sizeof(*result->metrics));
	for (size_t i = 0; i < qb_json_place_count(&at) && r->status == 0; i++) {
		const struct qb_json_place metric = qb_json_place_nth(&at, i);

		result->metric_count = i + 1;
		read_metric(r, &metric, &result->metrics[i]);
	}
}

/* Reads the members of an object into `counters`, which holds as many. */
static void read_counters(struct qb_json_reader *r, const struct qb_json_place *up,
                          struct qb_counter *counters)
{
	for (size_t i = 0; i < qb_json_place_count(up) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_nth(up, i);
		struct qb_counter *counter = &counters[i];

		if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, false))
			return;
		read_name(r, &at, counter->name);
		counter->available = !qb_json_place_member(&at, "unavailable").value;
		counter->by_role = counter->available &&
		                   qb_json_place_member(&at, "producer_per_message").value;
		if (counter->available)
			qb_json_place_fields(r, &at, qb_json_counter, counter);
		else
			qb_json_place_fields(r, &at, qb_json_counter_absence, counter);
		if (counter->by_role)
			qb_json_place_fields(r, &at, qb_json_counter_roles, counter);
	}
}

static void read_all_counters(struct qb_json_reader *r, const struct qb_json_place *at,
                              struct qb_result *result)
{
	const struct qb_json_place counters = qb_json_place_member(at, "counters");
	const struct qb_json_place internals = qb_json_place_member(at, "internals");

	if (qb_json_place_expect(r, &counters, QB_JSON_OBJECT, true)) {
		result->counters =
			qb_json_place_allocate(r, &counters, 1000, sizeof(*result->counters));
		result->counter_count = result->counters ? qb_json_place_count(&counters) : 0;
		read_counters(r, &counters, result->counters);
	}
	if (!qb_json_place_expect(r, &internals, QB_JSON_OBJECT, true))
		return;
	if (qb_json_place_count(&internals) > QB_INTERNALS_MAX) {
		qb_json_place_refuse(r, &internals, "holds more than %d", QB_INTERNALS_MAX);
		return;
	}
	read_counters(r, &internals, result->internals);
	result->internal_count = qb_json_place_count(&internals);
}

/* Reads a list of at most `count` counts, each of `size` bytes. */
static void *read_counts(struct qb_json_reader *r, const struct qb_json_place *list, size_t count,
                         size_t size)
{
	const struct qb_json_field field = { .key = list->key,
		                             .kind = QB_JSON_COUNT,
		                             .size = size };
	char *memory;

	if (!qb_json_place_expect(r, list, QB_JSON_LIST, true))
		return NULL;
	memory = qb_json_place_allocate(r, list, count, size);
	for (size_t i = 0; i < qb_json_place_count(list) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(list, i);

		qb_json_place_field(r, &at, &field, memory + i * size);
	}
	return memory;
}

static void read_fairness_and_flow(struct qb_json_reader *r, const struct qb_json_place *at,
                                   struct qb_result *result)
{
	const struct qb_json_place fairness = qb_json_place_member(at, "fairness");
	const struct qb_json_place flow = qb_json_place_member(at, "flow");

	result->fairness.known = qb_json_place_expect(r, &fairness, QB_JSON_OBJECT, true);
	if (result->fairness.known) {
		const struct qb_json_place list = qb_json_place_member(&fairness, "messages");

		qb_json_place_fields(r, &fairness, qb_json_fairness, &result->fairness);
		if (qb_json_place_count(&list) == result->c.producer_count)
			result->totals.producer_messages =
				read_counts(r, &list, result->c.producer_count, sizeof(uint64_t));
	}
	if (qb_json_place_expect(r, &flow, QB_JSON_OBJECT, true))
		qb_json_place_fields(r, &flow, qb_json_flow, &result->flow);
}

static void read_runs(struct qb_json_reader *r, const struct qb_json_place *up,
                      struct qb_result *result)
{
	const struct qb_json_place list = qb_json_place_member(up, "runs");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	result->runs = qb_json_place_allocate(r, &list, LIST_MAX, sizeof(*result->runs));
	result->run_count = result->runs ? qb_json_place_count(&list) : 0;
	qb_json_place_objects(r, &list, qb_json_run, result->runs, sizeof(*result->runs));
	for (size_t i = 0; i < result->run_count && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);

		const struct qb_json_place intervals = qb_json_place_member(&at, "intervals");
		struct qb_run_record *run = &result->runs[i];

		run->interval_messages =
			read_counts(r, &intervals, QB_INTERVALS_MAX, sizeof(uint32_t));
		if (run->interval_messages)
			run->interval_count = (unsigned)qb_json_place_count(&intervals);
	}
}

static void read_warnings(struct qb_json_reader *r, const struct qb_json_place *up,
                          struct qb_result *result)
{
	const struct qb_json_place list = qb_json_place_member(up, "warnings");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	result->warnings = qb_json_place_allocate(r, &list, 1000, sizeof(*result->warnings));
	result->warning_count = result->warnings ? qb_json_place_count(&list) : 0;
	qb_json_place_objects(r, &list, qb_json_warning, result->warnings,
	                      sizeof(*result->warnings));
}

static void read_result(struct qb_json_reader *r, const struct qb_json_place *at,
                        struct qb_result *result)
{
	if (!qb_json_place_expect(r, at, QB_JSON_OBJECT, false))
		return;
	qb_json_case_read(r, at, &result->c);
	qb_json_place_fields(r, at, qb_json_outcome, result);
	if (result->status == QB_STATUS_SKIPPED)
		snprintf(result->c.skip_reason, sizeof(result->c.skip_reason), "%.255s",
		         result->reason);
	read_delivery(r, at, &result->delivery);
	read_metrics(r, at, result);
	read_all_counters(r, at, result);
	read_fairness_and_flow(r, at, result);
	qb_json_bound_read(r, at, result);
	read_warnings(r, at, result);
	read_runs(r, at, result);
}

static void read_results(struct qb_json_reader *r, const struct qb_json_place *root,
                         struct qb_document *document)
{
	const struct qb_json_place list = qb_json_place_member(root, "results");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, false))
		return;
	document->results =
		qb_json_place_allocate(r, &list, RESULTS_MAX, sizeof(*document->results));
	document->result_count = document->results ? qb_json_place_count(&list) : 0;
	for (size_t i = 0; i < document->result_count && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);

		read_result(r, &at, &document->results[i]);
	}
}

/* The words go behind their own vector, in one piece of memory. */
static void read_command(struct qb_json_reader *r, const struct qb_json_place *root,
                         struct qb_document *document)
{
	const struct qb_json_place list = qb_json_place_member(root, "command");
	const size_t count = qb_json_place_count(&list);
	size_t size = 0;
	char *text;

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);

		if (!qb_json_place_expect(r, &at, QB_JSON_STRING, false))
			return;
		size += strlen(qb_json_place_text(&at)) + 1;
	}
	document->command_memory = qb_json_place_allocate(
		r, &list, LIST_MAX, sizeof(char *) + (count ? size / count : 0) + 1);
	if (!document->command_memory)
		return;
	text = (char *)document->command_memory + count * sizeof(char *);
	for (size_t i = 0; i < count; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);

		((char **)document->command_memory)[i] = text;
		text = stpcpy(text, qb_json_place_text(&at)) + 1;
	}
	document->command = document->command_memory;
	document->command_count = count;
}

/* What measured it; files of earlier versions do not tell. */
static void read_programs(struct qb_json_reader *r, const struct qb_json_place *root,
                          struct qb_document *document)
{
	const struct qb_json_place list = qb_json_place_member(root, "programs");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	document->programs = qb_json_place_allocate(r, &list, 1000, sizeof(*document->programs));
	document->program_count = document->programs ? qb_json_place_count(&list) : 0;
	qb_json_place_objects(r, &list, qb_json_program, document->programs,
	                      sizeof(*document->programs));
}

static void read_machine(struct qb_json_reader *r, const struct qb_json_place *root,
                         struct qb_machine *machine)
{
	const struct qb_json_place at = qb_json_place_member(root, "machine");
	const struct qb_json_place warnings = qb_json_place_member(&at, "warnings");

	if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, false))
		return;
	qb_json_place_fields(r, &at, qb_json_machine, machine);
	if (!qb_json_place_expect(r, &warnings, QB_JSON_LIST, true))
		return;
	machine->warning_count = qb_json_place_count(&warnings);
	if (machine->warning_count > sizeof(machine->warnings) / sizeof(machine->warnings[0])) {
		qb_json_place_refuse(r, &warnings, "holds too many");
		return;
	}
	qb_json_place_objects(r, &warnings, qb_json_warning, machine->warnings,
	                      sizeof(machine->warnings[0]));
}

static void read_document(struct qb_json_reader *r, const struct qb_json_place *root,
                          struct qb_document *document)
{
	const struct qb_json_place schema = qb_json_place_member(root, "schema");
	const struct qb_json_place tool = qb_json_place_member(root, "tool");
	const struct qb_json_place protocol = qb_json_place_member(root, "protocol");

	if (!qb_json_place_expect(r, root, QB_JSON_OBJECT, false) ||
	    !qb_json_place_expect(r, &schema, QB_JSON_STRING, false))
		return;
	if (strcmp(qb_json_place_text(&schema), QB_JSON_SCHEMA) != 0)
		qb_json_place_refuse(r, &schema, "is '%.40s', but only '%s' is understood",
		                     qb_json_place_text(&schema), QB_JSON_SCHEMA);
	if (!qb_json_place_expect(r, &tool, QB_JSON_OBJECT, false) ||
	    !qb_json_place_expect(r, &protocol, QB_JSON_OBJECT, false))
		return;
	qb_json_place_fields(r, root, qb_json_document, document);
	qb_json_place_fields(r, &tool, qb_json_tool, &document->tool);
	read_command(r, root, document);
	read_programs(r, root, document);
	read_machine(r, root, &document->machine);
	qb_json_place_fields(r, &protocol, qb_json_protocol, &document->protocol);
	qb_json_place_fields(r, &protocol, qb_json_hash, document);
	qb_json_control_read(r, root, &document->control);
	read_results(r, root, document);
}

int qb_result_json_read(FILE *stream, const char *name, struct qb_document *ret_document,
                        struct qb_error *error)
{
	struct qb_json_reader r = { .name = qb_json_text_name(name), .error = error };
	struct qb_document document = { .result_count = 0 };
	struct qb_json_text text;
	struct qb_json_place root;
	int status = qb_json_text_read(stream, name, &text, error);

	if (status != 0)
		return status;
	status = qb_json_place_open(&r, &text, &root);
	qb_json_text_finish(&text);
	if (status != 0)
		return status;
	read_document(&r, &root, &document);
	qb_json_place_close(&r);
	if (r.status == 0)
		*ret_document = document;
	else
		qb_document_finish(&document);
	return r.status;
}

int qb_result_json_load(const char *path, struct qb_document *ret_document, struct qb_error *error)
{
	FILE *stream = fopen(path, "re");
	int status;

	if (!stream)
		return qb_error_set(error, errno, "cannot open '%s': %s", qb_json_text_name(path),
		                    strerror(errno));
	status = qb_result_json_read(stream, path, ret_document, error);
	fclose(stream);
	return status;
}
