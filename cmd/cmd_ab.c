/* cmd_ab -- two queues, or two builds of one, measured in turn until it can be decided. */
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/gate_report.h"
#include "cmd/options_keys.h"
#include "cmd/versus.h"
#include "harness/document.h"

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "What is compared:", 1 },
	{ "base-exec", KEY_BASE_EXEC, "PATH", 0,
	  "BASE is a queue of this other qbench, such as one built from the main branch", 1 },
	{ "new-exec", KEY_NEW_EXEC, "PATH", 0, "NEW is a queue of this other qbench", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_case, 0, NULL, 0 },   { &qb_options_protocol, 0, NULL, 0 },
	{ &qb_options_duel, 0, NULL, 0 },   { &qb_options_gate, 0, NULL, 0 },
	{ &qb_options_report, 0, NULL, 0 }, { &qb_options_talk, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 }, { NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_ab_argp = {
	rows,
	qb_options_comparing_parser,
	"BASE NEW",
	"Compares two queues, each a name, or a plug-in ./my.so or ./my.so:name.  Runs of both "
	"take "
	"turns in fresh processes, so a drift of the machine favors neither; it ends as soon as "
	"there is a verdict.\v"
	"Examples:\n"
	"  qbench ab spsc-lamport spsc\n"
	"  qbench ab ./my-ring.so ./my_queue.so -b 1,64\n"
	"  qbench ab --base-exec ./qbench-main mpsc mpsc -p 1,4 -o gate.md\n"
	"Exit status: 0 no regression, 1 regression, 2 usage or file error, 3 inconclusive, 4 a "
	"measurement is invalid, 5 a queue lost, duplicated, reordered or corrupted messages, 130 "
	"interrupted.\n",
	children,
	NULL,
	NULL,
};

/* All that one invocation holds. */
struct invocation {
	struct qb_options options;
	struct qb_topology topology;
	struct qb_registry registries[QB_SIDE_COUNT]; /* two builds may have one name */
	struct qb_plan plans[QB_SIDE_COUNT];
	struct qb_gate_report report;
	struct qb_comparison_document document;
};

/* "./old.so:ring" names one queue; "./old.so" may not. */
static int check_single(const struct qb_plan *plan, const char *word, struct qb_error *error)
{
	for (size_t index = 1; index < plan->count; index++) {
		if (strcmp(plan->cases[index].impl, plan->cases[0].impl) != 0)
			return qb_error_set(error, EINVAL,
			                    "'%.80s' names several queues, '%s' and '%s' among "
			                    "them; a side is one",
			                    word, plan->cases[0].impl, plan->cases[index].impl);
	}
	return 0;
}

static int plan_side(struct invocation *ab, enum qb_side_name side, struct qb_error *error)
{
	struct qb_config config = ab->options.config;
	int result;

	config.impls = &ab->options.words[side];
	config.impl_count = 1;
	result = qb_registry_open(&ab->registries[side], error);
	if (result == 0)
		result = qb_plan_make(&config, &ab->registries[side], &ab->topology,
		                      &ab->plans[side], error);
	if (result == 0)
		result = check_single(&ab->plans[side], ab->options.words[side], error);
	return result;
}

/* A queue that only the other qbench knows: the cases of the side that is known here. */
static int borrow_plan(struct invocation *ab, enum qb_side_name side, struct qb_error *error)
{
	const struct qb_plan *from =
		&ab->plans[side == QB_SIDE_BASE ? QB_SIDE_FRESH : QB_SIDE_BASE];
	struct qb_plan *to = &ab->plans[side];

	to->cases = calloc(from->count + 1, sizeof(*to->cases));
	if (!to->cases)
		return qb_error_set(error, ENOMEM, "out of memory for %zu cases", from->count);
	to->count = from->count;
	for (size_t index = 0; index < from->count; index++) {
		struct qb_case *c = &to->cases[index];

		*c = from->cases[index];
		snprintf(c->impl, sizeof(c->impl), "%.*s", QB_NAME_SIZE - 1,
		         ab->options.words[side]);
	}
	return 0;
}

static int plan_sides(struct invocation *ab, struct qb_error *error)
{
	const char *const *executables = ab->options.gate.executables;
	struct qb_error errors[QB_SIDE_COUNT];
	int results[QB_SIDE_COUNT];

	for (int side = 0; side < QB_SIDE_COUNT; side++)
		results[side] = plan_side(ab, (enum qb_side_name)side, &errors[side]);
	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		if (results[side] == 0)
			continue;
		if (executables[side] && results[!side] == 0)
			return borrow_plan(ab, (enum qb_side_name)side, error);
		*error = errors[side];
		return results[side];
	}
	return 0;
}

static int check_executables(const struct qb_gate_options *gate, struct qb_error *error)
{
	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		const char *path = gate->executables[side];

		if (path && access(path, X_OK) != 0)
			return qb_error_set(error, errno, "cannot run '%.120s': %s", path,
			                    strerror(errno));
	}
	return 0;
}

/* Everything that can be wrong before the first run is found here. */
static int prepare(struct invocation *ab, struct qb_error *error)
{
	int result;

	if (ab->options.word_count != 2)
		return qb_error_set(error, EINVAL, "two queues are needed: qbench ab BASE NEW");
	result = check_executables(&ab->options.gate, error);
	if (result == 0)
		result = qb_topology_load(NULL, &ab->topology, error);
	if (result == 0)
		result = plan_sides(ab, error);
	if (result == 0)
		result = qb_gate_report_open(&ab->options, &ab->report, error);
	return result;
}

static void name_side(const struct qb_options *options, int side, char *ret_name, size_t size)
{
	const char *executable = options->gate.executables[side];

	snprintf(ret_name, size, "%s%s%s", options->words[side], executable ? " of " : "",
	         executable ? executable : "");
}

static int measure(struct invocation *ab, const struct qb_gate_command *command,
                   struct qb_error *error)
{
	const struct qb_options *options = &ab->options;
	struct qb_comparison_document *document = &ab->document;
	struct qb_document origin;
	struct qb_versus versus = { .options = options };

	qb_document_begin(&origin, &options->config.protocol, &ab->topology, command->count,
	                  command->words);
	qb_gate_report_begin(options, &origin, document);
	name_side(options, 0, document->base_name, sizeof(document->base_name));
	name_side(options, 1, document->fresh_name, sizeof(document->fresh_name));
	for (int side = 0; side < QB_SIDE_COUNT; side++)
		versus.sides[side] =
			(struct qb_versus_side){ .impl = options->words[side],
			                         .executable = options->gate.executables[side],
			                         .plan = &ab->plans[side] };
	return qb_versus_run(&versus, document, error);
}

static void finish(struct invocation *ab)
{
	qb_comparison_finish(&ab->document);
	qb_gate_report_close(&ab->report);
	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		qb_plan_finish(&ab->plans[side]);
		qb_registry_finish(&ab->registries[side]);
	}
	if (ab->topology.pus)
		qb_topology_finish(&ab->topology);
	qb_options_finish(&ab->options);
}

int qb_cmd_ab(int argc, char **argv)
{
	struct invocation *ab = calloc(1, sizeof(*ab));
	struct qb_gate_command command;
	int exit_code = QB_EXIT_USAGE;
	struct qb_error error;

	if (!ab || qb_gate_report_remember(argc, argv, &command) != 0) {
		qb_terminal_complain("out of memory");
		free(ab);
		return QB_EXIT_USAGE;
	}
	if (qb_options_read(&qb_cmd_ab_argp, argc, argv, &ab->options, &exit_code)) {
		if (prepare(ab, &error) != 0 || measure(ab, &command, &error) != 0)
			exit_code = qb_gate_report_give_up(&error);
		else
			exit_code = qb_gate_report_write(&ab->report, &ab->document);
		finish(ab);
	}
	free(command.words);
	free(ab);
	return exit_code;
}
