/* cmd_compare -- a saved result against another one, or against what is measured now. */
#include <math.h>
#include <unistd.h>

#include "cmd/baseline.h"
#include "cmd/command.h"
#include "cmd/gate_report.h"
#include "cmd/interrupt.h"
#include "cmd/options_keys.h"
#include "cmd/progress.h"
#include "cmd/replan.h"
#include "cmd/versus.h"
#include "harness/campaign.h"
#include "harness/compare.h"
#include "harness/control.h"
#include "harness/document.h"
#include "harness/environment.h"
#include "harness/programs.h"
#include "reports/result_json.h"

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "What is compared:", 1 },
	{ "base-exec", KEY_BASE_EXEC, "PATH", 0,
	  "without NEW: the qbench that BASE came from; both are measured now, in turn", 1 },
	{ "force", KEY_FORCE, NULL, 0, "compare in spite of another machine or protocol", 1 },
	{ "normalize", KEY_NORMALIZE, "WHAT", 0,
	  "control: take from the new side what the machine itself changed by", 1 },
	{ "recording-sd", KEY_RECORDING_SD, "PCT", 0,
	  "by how much recordings of different times differ when nothing changed (assumed: 3 % in "
	  "a guest, 1 % on bare metal)",
	  1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_duel, 0, NULL, 0 },   { &qb_options_gate, 0, NULL, 0 },
	{ &qb_options_report, 0, NULL, 0 }, { &qb_options_talk, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 }, { NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_compare_argp = {
	rows,
	qb_options_comparing_parser,
	"BASE [NEW]",
	"Compares two saved results, each a JSON file or a name that 'qbench run --save-baseline' "
	"kept.  Without NEW the cases of BASE are measured now, as BASE was: "
	"in turn with what measured BASE, if it is still there.  To gate commits, "
	"'qbench ab' decides more, for its runs take turns.\v"
	"Examples:\n"
	"  qbench compare main\n"
	"  qbench compare main new.json --require 'mpsc: throughput >= 1'\n"
	"  qbench compare main --base-exec ./qbench-main\n"
	"Exit status: 0 no regression, 1 regression, 2 usage or file error, 3 inconclusive, 4 "
	"invalid or not comparable, 5 a queue lost, duplicated, reordered or corrupted messages, "
	"130 interrupted.\n",
	children,
	NULL,
	NULL,
};

/* All that one invocation holds. */
struct invocation {
	struct qb_options options;
	struct qb_document base, fresh;
	struct qb_topology topology;
	struct qb_registry registry;
	struct qb_plan plan;         /* without NEW: the cases of BASE */
	bool in_turn;                /* both sides are measured now */
	bool same_program;           /* and are this qbench */
	const char *base_executable; /* in turn: of the base; NULL: this qbench */
	char why_not[256];           /* without NEW: why not in turn; "": it was not wished */
	struct qb_gate_report report;
	struct qb_comparison_document document;
};

/* Options that nothing would come of. */
static int check_options(const struct qb_options *options, struct qb_error *error)
{
	const struct qb_gate_options *gate = &options->gate;
	const char *executable = gate->executables[QB_SIDE_BASE];

	if (options->word_count == 0)
		return qb_error_set(error, EINVAL,
		                    "a saved result is needed: qbench compare BASE [NEW]");
	if (executable && options->word_count == 2)
		return qb_error_set(error, EINVAL,
		                    "--base-exec measures both sides now, so there is no NEW");
	if (executable && gate->normalize)
		return qb_error_set(error, EINVAL,
		                    "--normalize is for results of different times, and "
		                    "--base-exec measures both sides now");
	if (executable && access(executable, X_OK) != 0)
		return qb_error_set(error, errno, "cannot run '%.120s': %s", executable,
		                    strerror(errno));
	return 0;
}

static int load(const char *word, struct qb_document *ret_document, struct qb_error *error)
{
	char path[PATH_MAX];
	const int result = qb_baseline_find(word, path, sizeof(path), error);

	return result == 0 ? qb_result_json_load(path, ret_document, error) : result;
}

/* In turn wherever what measured the base can be had, for that decides most; but who speaks of
 * recordings means them. */
static int choose_way(struct invocation *compare, struct qb_error *error)
{
	const struct qb_gate_options *gate = &compare->options.gate;
	const bool recordings =
		compare->options.word_count == 2 || gate->normalize || isfinite(gate->recording_sd);

	compare->base_executable = gate->executables[QB_SIDE_BASE];
	compare->in_turn = compare->base_executable != NULL;
	if (!compare->in_turn && !recordings &&
	    qb_programs_are_intact(&compare->base, compare->why_not, sizeof(compare->why_not))) {
		compare->in_turn = true;
		compare->same_program = qb_programs_are_this(&compare->base);
		if (!compare->same_program)
			compare->base_executable = compare->base.programs[0].path;
	}
	if (!compare->in_turn &&
	    (gate->profile_given || gate->pairs || gate->pair_max || gate->time_max_ns))
		return qb_error_set(error, EINVAL,
		                    "--profile, --pairs, --max-pairs and --max-time are for runs "
		                    "in turn, which need --base-exec here%s%.160s",
		                    compare->why_not[0] ? ": " : "", compare->why_not);
	return 0;
}

/* What is measured now is measured as BASE was; only the order of runs is drawn anew. */
static int plan_again(struct invocation *compare, struct qb_error *error)
{
	struct qb_protocol *protocol = &compare->options.config.protocol;
	const uint64_t seed = protocol->seed;
	int result = qb_registry_open(&compare->registry, error);

	*protocol = compare->base.protocol;
	protocol->seed = seed;
	if (protocol->runs == 0 || (protocol->time_ns == 0 && protocol->message_count == 0) ||
	    protocol->interval_ns == 0 || protocol->timeout_ns == 0)
		return qb_error_set(error, EINVAL, "'%.100s' does not tell how it was measured",
		                    compare->options.words[0]);
	if (result == 0)
		result = qb_topology_load(NULL, &compare->topology, error);
	if (result == 0)
		result = qb_replan_make(&compare->base, &compare->registry, &compare->topology,
		                        &compare->plan, error);
	return result;
}

/* Everything that can be wrong before the first run is found here. */
static int prepare(struct invocation *compare, struct qb_error *error)
{
	const struct qb_options *options = &compare->options;
	int result = check_options(options, error);

	if (result == 0)
		result = load(options->words[0], &compare->base, error);
	if (result == 0)
		result = choose_way(compare, error);
	if (result == 0 && options->word_count == 2)
		result = load(options->words[1], &compare->fresh, error);
	else if (result == 0)
		result = plan_again(compare, error);
	if (result == 0)
		result = qb_gate_report_open(options, &compare->report, error);
	return result;
}

static int measure_fresh(struct invocation *compare, const struct qb_gate_command *command,
                         struct qb_error *error)
{
	const struct qb_options *options = &compare->options;
	const struct qb_protocol *protocol = &options->config.protocol;
	struct qb_control_watch control = { .topology = &compare->topology,
		                            .interrupted = &qb_interrupt_seen,
		                            .control = &compare->fresh.control };
	struct qb_campaign_observer observer;
	int result;

	qb_document_begin(&compare->fresh, protocol, &compare->topology, command->count,
	                  command->words);
	qb_progress_open(options->quiet ? QB_WHEN_NEVER : options->progress, &compare->plan,
	                 &observer);
	qb_control_open(&control, &observer);
	result = qb_campaign_run(&compare->plan, protocol, &observer, &qb_interrupt_seen,
	                         &compare->fresh, error);
	qb_control_close(&control);
	qb_progress_close();
	return result;
}

static size_t count_metrics(const struct qb_document *document)
{
	size_t count = 0;

	for (size_t index = 0; index < document->result_count; index++)
		count += document->results[index].metric_count;
	return count;
}

static struct qb_requirement_cell requirement_cell(const struct qb_result *result,
                                                   const struct qb_metric *metric)
{
	return (struct qb_requirement_cell){
		.key = result->c.key,
		.metric = metric->name,
		.unit = metric->unit,
		.count = result->status == QB_STATUS_OK ? metric->n : 0,
		.values = metric->values,
		.reason = result->status == QB_STATUS_OK ? metric->reason : result->reason,
	};
}

/* Requirements hold for every case of the new side, whether the base has it or not. */
static int check_requirements(struct invocation *compare, struct qb_error *error)
{
	const struct qb_gate_options *gate = &compare->options.gate;
	struct qb_requirement_cell *cells =
		calloc(count_metrics(&compare->fresh) + 1, sizeof(*cells));
	int result = cells ? 0 : -ENOMEM;
	size_t count = 0;

	for (size_t index = 0; index < compare->fresh.result_count && cells; index++) {
		const struct qb_result *one = &compare->fresh.results[index];

		for (size_t m = 0; m < one->metric_count; m++)
			cells[count++] = requirement_cell(one, &one->metrics[m]);
	}
	for (size_t index = 0; index < gate->requirement_count && result == 0; index++)
		result = qb_requirement_check(&gate->requirements[index], cells, count,
		                              &compare->document);
	free(cells);
	return result == 0 ? 0 : qb_error_set(error, ENOMEM, "out of memory for requirements");
}

static int compare_recordings(struct invocation *compare, struct qb_error *error)
{
	const struct qb_gate_options *gate = &compare->options.gate;
	struct qb_compare_request request = { .base = &compare->base,
		                              .fresh = &compare->fresh,
		                              .policy = gate->policy,
		                              .force = gate->force,
		                              .recording_sd = gate->recording_sd,
		                              .normalize = gate->normalize };
	int result;

	memcpy(request.thresholds, gate->thresholds, sizeof(request.thresholds));
	result = qb_compare_recordings(&request, &compare->document, error);
	compare->document.interrupted =
		compare->options.word_count == 1 && compare->fresh.interrupted;
	if (result == 0)
		result = check_requirements(compare, error);
	if (result == 0)
		result = qb_compare_settle(&compare->document, 0, error);
	return result;
}

static int compare_in_turn(struct invocation *compare, struct qb_error *error)
{
	const struct qb_versus versus = { .options = &compare->options,
		                          .sides = { { .executable = compare->base_executable,
		                                       .plan = &compare->plan },
		                                     { .plan = &compare->plan } } };

	return qb_versus_run(&versus, &compare->document, error);
}

static void name_sides(struct invocation *compare)
{
	const struct qb_options *options = &compare->options;
	const char *executable = compare->same_program ? "this qbench" : compare->base_executable;
	struct qb_comparison_document *document = &compare->document;

	snprintf(document->base_name, sizeof(document->base_name), "%.120s%s%.120s",
	         options->words[0], compare->in_turn ? ", measured again by " : "",
	         compare->in_turn ? executable : "");
	snprintf(document->fresh_name, sizeof(document->fresh_name), "%.250s",
	         options->word_count == 2 ? options->words[1] : "this qbench, measured now");
}

/* How it was compared, where nobody asked for it. */
static void explain_way(struct invocation *compare)
{
	struct qb_comparison_document *document = &compare->document;
	struct qb_warning *warning = &document->warnings[document->warning_count];

	if (compare->same_program) {
		snprintf(warning->code, sizeof(warning->code), "same-program");
		snprintf(warning->text, sizeof(warning->text),
		         "base and new are one program, byte for byte: in turn they cannot "
		         "differ; --recording-sd compares with the figures that base holds");
		document->warning_count++;
	} else if (compare->why_not[0]) {
		snprintf(warning->code, sizeof(warning->code), "base-not-run");
		snprintf(warning->text, sizeof(warning->text),
		         "base could not be measured again, in turn with new: %s; --base-exec "
		         "names a qbench that can",
		         compare->why_not);
		document->warning_count++;
	}
}

static int compare_all(struct invocation *compare, const struct qb_gate_command *command,
                       struct qb_error *error)
{
	struct qb_document origin;
	int result = 0;

	/* Of two files the comparison has no date of its own: same files, same bytes. */
	if (compare->options.word_count == 2) {
		origin = compare->fresh;
		origin.command_count = command->count;
		origin.command = command->words;
		qb_environment_tool(&origin.tool);
	} else {
		qb_document_begin(&origin, &compare->options.config.protocol, &compare->topology,
		                  command->count, command->words);
		if (!compare->in_turn)
			result = measure_fresh(compare, command, error);
	}
	if (result != 0)
		return result;
	qb_gate_report_begin(&compare->options, &origin, &compare->document);
	name_sides(compare);
	explain_way(compare);
	return compare->in_turn ? compare_in_turn(compare, error)
	                        : compare_recordings(compare, error);
}

static void finish(struct invocation *compare)
{
	qb_comparison_finish(&compare->document);
	qb_gate_report_close(&compare->report);
	qb_document_finish(&compare->base);
	qb_document_finish(&compare->fresh);
	qb_plan_finish(&compare->plan);
	qb_registry_finish(&compare->registry);
	if (compare->topology.pus)
		qb_topology_finish(&compare->topology);
	qb_options_finish(&compare->options);
}

int qb_cmd_compare(int argc, char **argv)
{
	struct invocation *compare = calloc(1, sizeof(*compare));
	struct qb_gate_command command;
	int exit_code = QB_EXIT_USAGE;
	struct qb_error error;

	if (!compare || qb_gate_report_remember(argc, argv, &command) != 0) {
		qb_terminal_complain("out of memory");
		free(compare);
		return QB_EXIT_USAGE;
	}
	if (qb_options_read(&qb_cmd_compare_argp, argc, argv, &compare->options, &exit_code)) {
		if (prepare(compare, &error) != 0 || compare_all(compare, &command, &error) != 0)
			exit_code = qb_gate_report_give_up(&error);
		else
			exit_code = qb_gate_report_write(&compare->report, &compare->document);
		finish(compare);
	}
	free(command.words);
	free(compare);
	return exit_code;
}
