/* cmd_plan -- what run would do and where each thread would go; measures nothing. */
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/options_keys.h"
#include "harness/plan.h"
#include "reports/json_writer.h"
#include "reports/layout.h"
#include "reports/units.h"

static const struct argp_option rows[] = {
	{ "topology", KEY_TOPOLOGY, "TOPOLOGY", 0,
	  "plan for another machine: an hwloc XML file, or synthetic:... as hwloc writes it", 3 },
	{ "format", 'f', "FORMAT", 0, "text or json (text)", 3 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always, never (auto; NO_COLOR is honored)", 3 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_impl, 0, NULL, 0 },
	{ &qb_options_case, 0, NULL, 0 },
	{ &qb_options_shard, 0, NULL, 0 },
	{ &qb_options_repeat, 0, NULL, 0 },
	{ &qb_options_protocol, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_plan_argp = {
	rows,
	qb_options_parser,
	NULL,
	"Shows what 'qbench run' would do with the same options: every case, the CPU of every "
	"thread "
	"and the expected time.  Measures nothing.\v"
	"Examples:\n"
	"  qbench plan -i mpsc -p 1-4 -b 1,64\n"
	"  qbench plan -i spsc --pin cross-llc --topology 'synthetic:l3:2 core:4 pu:2'\n",
	children,
	NULL,
	NULL,
};

/* "0 1 1", or "anywhere" for threads that are not pinned. */
static void join_cpus(const int *cpus, unsigned count, char *ret_text, size_t size)
{
	size_t used = 0;

	ret_text[0] = 0;
	for (unsigned index = 0; index < count && used < size; index++) {
		if (cpus[index] == QB_CPU_NONE) {
			snprintf(ret_text, size, "anywhere");
			return;
		}
		used += (size_t)snprintf(ret_text + used, size - used, "%s%d", index ? " " : "",
		                         cpus[index]);
	}
}

static void write_case(const struct qb_layout *layout, const struct qb_case *c)
{
	char cpus[8 * QB_WORKERS_MAX], rate[QB_UNITS_SIZE];

	qb_layout_line(layout, QB_TONE_TITLE, "%s", c->key);
	if (c->skip_reason[0]) {
		qb_layout_say(layout, "skipped", QB_TONE_WARN, "%s", c->skip_reason);
		return;
	}
	join_cpus(c->cpus, c->producer_count, cpus, sizeof(cpus));
	qb_layout_say(layout, "producers", QB_TONE_PLAIN, "CPU %s", cpus);
	join_cpus(c->cpus + c->producer_count, c->consumer_count, cpus, sizeof(cpus));
	qb_layout_say(layout, "consumers", QB_TONE_PLAIN, "CPU %s", cpus);
	qb_layout_say(layout, "sends", QB_TONE_PLAIN, "%s%s, waits by %s", qb_api_name(c->api),
	              c->batch_emulated ? " (the queue sends one by one)" : "",
	              qb_wait_name(c->wait));
	if (c->rate > 0)
		qb_layout_say(layout, "due", QB_TONE_PLAIN, "%s arrivals, %s",
		              qb_arrivals_name(c->arrivals),
		              qb_layout_figure(rate, sizeof(rate), QB_UNIT_RATE, (double)c->rate));
	if (c->oversubscribed)
		qb_layout_say(layout, "note", QB_TONE_WARN,
		              "more threads than CPUs: they take turns, and the figure is that of "
		              "the scheduler too");
}

static void write_text(const struct qb_plan *plan, const struct qb_topology *topology,
                       const struct qb_protocol *protocol, const struct qb_report_style *style)
{
	struct qb_layout layout;

	qb_layout_begin(&layout, style, stdout);
	qb_layout_line(&layout, QB_TONE_PLAIN, "%s", topology->description);
	qb_layout_line(
		&layout, QB_TONE_PLAIN, "%zu case%s, %zu skipped, %u run%s of each: about %.3g s",
		plan->count, plan->count == 1 ? "" : "s", plan->count - plan->served_count,
		protocol->runs, protocol->runs == 1 ? "" : "s", (double)plan->expected_ns / 1e9);
	for (size_t index = 0; index < plan->count; index++) {
		fputc('\n', stdout);
		write_case(&layout, &plan->cases[index]);
	}
}

static void write_json_placement(struct qb_json_writer *json, const struct qb_case *c)
{
	qb_json_writer_open_list(json, "placement");
	for (unsigned index = 0; index < qb_case_worker_count(c) && !c->skip_reason[0]; index++) {
		const bool is_producer = index < c->producer_count;

		qb_json_writer_open_object(json, NULL);
		qb_json_writer_text(json, "role", is_producer ? "producer" : "consumer");
		qb_json_writer_count(json, "index",
		                     is_producer ? index : index - c->producer_count);
		if (c->cpus[index] == QB_CPU_NONE)
			qb_json_writer_null(json, "cpu");
		else
			qb_json_writer_count(json, "cpu", (uint64_t)c->cpus[index]);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}

static void write_json_case(struct qb_json_writer *json, const struct qb_case *c)
{
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "key", c->key);
	qb_json_writer_text(json, "impl", c->impl);
	qb_json_writer_text_or_null(json, "plugin", c->plugin);
	qb_json_writer_text(json, "workload", c->workload);
	qb_json_writer_count(json, "producers", c->producer_count);
	qb_json_writer_count(json, "consumers", c->consumer_count);
	qb_json_writer_count(json, "batch", c->batch);
	qb_json_writer_text(json, "api", qb_api_name(c->api));
	qb_json_writer_flag(json, "batch_emulated", c->batch_emulated);
	qb_json_writer_count(json, "message_size", c->message_size);
	qb_json_writer_count(json, "capacity", c->capacity);
	qb_json_writer_text(json, "wait", qb_wait_name(c->wait));
	qb_json_writer_text(json, "pin", qb_pin_name(c->pin));
	qb_json_writer_flag(json, "oversubscribed", c->oversubscribed);
	if (c->rate > 0) {
		qb_json_writer_count(json, "rate", c->rate);
		qb_json_writer_text(json, "arrivals", qb_arrivals_name(c->arrivals));
	} else {
		qb_json_writer_null(json, "rate");
		qb_json_writer_null(json, "arrivals");
	}
	qb_json_writer_text(json, "status", c->skip_reason[0] ? "skipped" : "planned");
	qb_json_writer_text_or_null(json, "reason", c->skip_reason);
	write_json_placement(json, c);
	qb_json_writer_close(json);
}

static void write_json(const struct qb_plan *plan, const struct qb_topology *topology,
                       const struct qb_protocol *protocol)
{
	struct qb_json_writer json;

	qb_json_writer_begin(&json, stdout);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", "qbench-plan/1");
	qb_json_writer_text(&json, "topology", topology->description);
	qb_json_writer_count(&json, "runs", protocol->runs);
	qb_json_writer_number(&json, "expected_s", (double)plan->expected_ns / 1e9);
	qb_json_writer_count(&json, "served", plan->served_count);
	qb_json_writer_open_list(&json, "cases");
	for (size_t index = 0; index < plan->count; index++)
		write_json_case(&json, &plan->cases[index]);
	qb_json_writer_close(&json);
	qb_json_writer_close(&json);
}

static int show(const struct qb_options *options, bool json, struct qb_error *error)
{
	const struct qb_config *config = &options->config;
	struct qb_registry registry = { 0, NULL };
	struct qb_topology topology = { .pus = NULL };
	struct qb_plan plan = { .count = 0 };
	struct qb_report_style style;
	int result = qb_registry_open(&registry, error);

	if (result == 0)
		result = qb_topology_load(config->topology, &topology, error);
	if (result == 0)
		result = qb_plan_make(config, &registry, &topology, &plan, error);
	qb_terminal_style(options->color, &style);
	if (result == 0 && json)
		write_json(&plan, &topology, &config->protocol);
	else if (result == 0)
		write_text(&plan, &topology, &config->protocol, &style);
	if (result == 0)
		result = qb_terminal_flush(error);
	qb_plan_finish(&plan);
	if (topology.pus)
		qb_topology_finish(&topology);
	qb_registry_finish(&registry);
	return result;
}

int qb_cmd_plan(int argc, char **argv)
{
	struct qb_options options;
	struct qb_error error;
	int exit_code;
	bool json;

	if (!qb_options_read(&qb_cmd_plan_argp, argc, argv, &options, &exit_code))
		return exit_code;
	exit_code = QB_EXIT_USAGE;
	if (qb_options_wants_json(&options, "plan", &json) == 0) {
		if (show(&options, json, &error) == 0)
			exit_code = QB_EXIT_OK;
		else
			qb_options_complain(&error);
	}
	qb_options_finish(&options);
	return exit_code;
}
