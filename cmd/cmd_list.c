/* cmd_list -- what is there and what is not: queues, workloads, formats, placements,
 * counters. */
#include "cmd/arguments.h"
#include "cmd/command.h"
#include "cmd/counting.h"
#include "cmd/listing.h"
#include "cmd/options.h"
#include "cmd/options_keys.h"
#include "harness/selection.h"
#include "harness/workload.h"
#include "reports/comparison_report.h"

static const struct argp_option rows[] = {
	{ "names", KEY_NAMES, "KIND", 0,
	  "names alone, one per line: impls, workloads, formats, comparison-formats, pins, "
	  "counters, commands, or the options of COMMAND",
	  1 },
	{ "format", 'f', "FORMAT", 0, "text or json (text)", 1 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always, never (auto; NO_COLOR is honored)", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_common, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_list_argp = {
	rows,
	qb_options_parser,
	"[PLUGIN | COMMAND]",
	"Shows the queues of this build (or of a plug-in), the workloads, the report formats, and "
	"the placements and counters that this machine allows.\v"
	"Examples:\n"
	"  qbench list\n"
	"  qbench list ./my_queue.so\n"
	"  qbench list --names impls\n"
	"  qbench list --names options run\n",
	children,
	NULL,
	NULL,
};

static void print_option(void *context, const struct argp_option *option)
{
	(void)context;
	printf("--%s\n", option->name);
	if (option->key > ' ' && option->key < 127)
		printf("-%c\n", option->key);
}

static int print_options(const char *name, struct qb_error *error)
{
	for (const struct qb_command *command = qb_commands; command->name; command++) {
		if (name && strcmp(command->name, name) == 0) {
			qb_arguments_list(command->argp, print_option, NULL);
			return 0;
		}
	}
	return qb_error_set(error, EINVAL, "no command '%.60s' whose options could be listed",
	                    name ? name : "");
}

static const char *first_word(const struct qb_options *options)
{
	return options->word_count > 0 ? options->words[0] : NULL;
}

/* One name per line, as completions and scripts want them. */
static int print_names(const struct qb_options *options, const struct qb_listing *listing,
                       struct qb_error *error)
{
	const char *kind = options->names;

	if (strcmp(kind, "options") == 0)
		return print_options(first_word(options), error);
	for (size_t index = 0; index < listing->entry_count && strcmp(kind, "impls") == 0; index++)
		printf("%s\n", listing->entries[index].name);
	for (size_t index = 0; qb_workloads[index].name && strcmp(kind, "workloads") == 0; index++)
		printf("%s\n", qb_workloads[index].name);
	for (size_t index = 0; qb_report_formats[index].name && strcmp(kind, "formats") == 0;
	     index++)
		printf("%s\n", qb_report_formats[index].name);
	for (size_t index = 0;
	     qb_comparison_formats[index].name && strcmp(kind, "comparison-formats") == 0; index++)
		printf("%s\n", qb_comparison_formats[index].name);
	for (enum qb_pin pin = QB_PIN_AUTO; pin < QB_PIN_LIST && strcmp(kind, "pins") == 0; pin++)
		printf("%s\n", qb_pin_name(pin));
	for (int event = 0; event < QB_EVENT_COUNT && strcmp(kind, "counters") == 0; event++)
		printf("%s\n", qb_semantic_events_name((enum qb_event)event));
	for (size_t index = 0; qb_commands[index].name && strcmp(kind, "commands") == 0; index++)
		printf("%s\n", qb_commands[index].name);
	return 0;
}

/* Of a plug-in its queues, else the built-ins. */
static int select_entries(const struct qb_options *options, struct qb_registry *registry,
                          struct qb_listing *listing, struct qb_error *error)
{
	const bool is_plugin =
		first_word(options) && !(options->names && strcmp(options->names, "options") == 0);
	const size_t built_in_count = registry->count;
	int result = 0;

	if (is_plugin)
		result = qb_registry_load(registry, first_word(options), error);
	listing->entries = registry->entries + (is_plugin ? built_in_count : 0);
	listing->entry_count = registry->count - (is_plugin ? built_in_count : 0);
	return result;
}

static int show(const struct qb_options *options, bool json, struct qb_registry *registry,
                struct qb_error *error)
{
	struct qb_counters *counters = NULL;
	struct qb_listing listing;
	struct qb_report_style style;
	int result = select_entries(options, registry, &listing, error);

	if (result)
		return result;
	if (options->names)
		return print_names(options, &listing, error);
	result = qb_topology_load(NULL, &listing.topology, error);
	if (result)
		return result;
	result = qb_counting_plan(options, 2, &counters, error);
	if (result) {
		qb_topology_finish(&listing.topology);
		return result;
	}
	listing.counters = counters;
	qb_terminal_style(options->color, &style);
	if (json)
		qb_listing_write_json(&listing, stdout);
	else
		qb_listing_write_text(&listing, &style, stdout);
	qb_topology_finish(&listing.topology);
	free(counters);
	return 0;
}

int qb_cmd_list(int argc, char **argv)
{
	struct qb_registry registry = { 0, NULL };
	struct qb_options options;
	struct qb_error error;
	int exit_code;
	bool json;

	if (!qb_options_read(&qb_cmd_list_argp, argc, argv, &options, &exit_code))
		return exit_code;
	exit_code = QB_EXIT_USAGE;
	if (qb_options_wants_json(&options, "list", &json) == 0) {
		int result = qb_registry_open(&registry, &error);

		if (result == 0)
			result = show(&options, json, &registry, &error);
		if (result == 0)
			result = qb_terminal_flush(&error);
		if (result == 0)
			exit_code = QB_EXIT_OK;
		else
			qb_terminal_complain("%s", error.text);
	}
	qb_registry_finish(&registry);
	qb_options_finish(&options);
	return exit_code;
}
