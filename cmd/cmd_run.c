/* cmd_run -- config -> registry -> topology -> plan -> campaign -> reports. */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/baseline.h"
#include "cmd/bounds.h"
#include "cmd/command.h"
#include "cmd/counting.h"
#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "cmd/options.h"
#include "cmd/options_keys.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "harness/campaign.h"
#include "harness/control.h"
#include "harness/document.h"
#include "harness/explain.h"
#include "harness/programs.h"

static const struct argp_option rows[] = {
	{ "limits", KEY_LIMITS, NULL, 0,
	  "measure between the runs what the CPUs can stream at most, instead of taking what "
	  "'qbench limits' has kept",
	  2 },
	{ "perf-ctl", KEY_PERF_CTL, "FIFO[,ACK-FIFO]", 0,
	  "tell 'perf record' or 'perf stat' by the FIFO of its --control when a measured window "
	  "begins and ends",
	  2 },
	{ "trace", KEY_TRACE, "FILE", 0,
	  "also write when each run and each of its threads did what, as a trace that "
	  "https://ui.perfetto.dev opens",
	  5 },
	{ "save-baseline", KEY_SAVE_BASELINE, "NAME", 0,
	  "also keep the result as .qbench/NAME.json, where 'qbench compare NAME' finds it", 5 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_impl, 0, NULL, 0 },     { &qb_options_case, 0, NULL, 0 },
	{ &qb_options_shard, 0, NULL, 0 },    { &qb_options_repeat, 0, NULL, 0 },
	{ &qb_options_protocol, 0, NULL, 0 }, { &qb_options_counters, 0, NULL, 0 },
	{ &qb_options_report, 0, NULL, 0 },   { &qb_options_talk, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 },   { NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_run_argp = {
	rows,
	qb_options_parser,
	NULL,
	"Measures queues: every case in fresh processes, with proof that each message was "
	"delivered "
	"once, whole and in order.\v"
	"Examples:\n"
	"  qbench run --impl mpsc --producers 4\n"
	"  qbench run -i spsc,mpmc -b 1,64 -o result.json -o result.csv\n"
	"  qbench run -i ./my_queue.so -p 1-4 --pin cores --precision 2%\n"
	"Exit status: 0 done, 2 usage or file error, 4 a measurement is invalid, 5 a queue lost, "
	"duplicated, reordered or corrupted messages, 130 interrupted.\n",
	children,
	NULL,
	NULL,
};

/* All that one invocation holds. */
struct invocation {
	struct qb_options options;
	struct qb_output outputs[QB_OUTPUT_MAX];
	size_t output_count; /* opened */
	char baseline[QB_BASELINE_NAME_MAX + 32];
	struct qb_registry registry;
	struct qb_topology topology;
	struct qb_plan plan;
	struct qb_counters *counters; /* NULL: nothing is counted */
	struct qb_partner partner;    /* told of the windows if options.perf_ctl */
	struct qb_bounds bounds;
	struct qb_document document;
};

/* The result is kept under a name by writing it to one more file. */
static int add_baseline(struct invocation *run, struct qb_error *error)
{
	struct qb_options *options = &run->options;
	const int result =
		qb_baseline_prepare(options->baseline, run->baseline, sizeof(run->baseline), error);

	if (result == 0)
		options->outputs[options->output_count++] =
			(struct qb_output_request){ run->baseline, "json" };
	return result;
}

/* The trace is one more file too. */
static void add_trace(struct qb_options *options)
{
	if (options->trace)
		options->outputs[options->output_count++] =
			(struct qb_output_request){ options->trace, qb_report_trace.name };
}

static void note_plan(const struct invocation *run)
{
	qb_journal_note("%s", run->topology.description);
	qb_journal_note("seed %llu; %zu cases, %zu skipped; about %.3g s",
	                (unsigned long long)run->options.config.protocol.seed, run->plan.count,
	                run->plan.count - run->plan.served_count,
	                (double)run->plan.expected_ns / 1e9);
	for (size_t index = 0; index < run->plan.count; index++) {
		if (run->plan.cases[index].skip_reason[0])
			qb_journal_note("skipped %s: %s", run->plan.cases[index].key,
			                run->plan.cases[index].skip_reason);
	}
}

/* Of the largest case: they count at the same time. */
static unsigned count_threads(const struct qb_plan *plan)
{
	unsigned count = 0;

	for (size_t index = 0; index < plan->count; index++) {
		const unsigned threads = qb_case_worker_count(&plan->cases[index]);

		if (threads > count)
			count = threads;
	}
	return count;
}

/* Everything that can be wrong before the first run is found here. */
static int prepare(struct invocation *run, struct qb_error *error)
{
	const struct qb_config *config = &run->options.config;
	int result = qb_registry_open(&run->registry, error);

	if (result == 0)
		result = qb_topology_load(NULL, &run->topology, error);
	if (result == 0)
		result = qb_plan_make(config, &run->registry, &run->topology, &run->plan, error);
	if (result == 0)
		result = run->options.baseline ? add_baseline(run, error) : 0;
	add_trace(&run->options);
	if (result == 0)
		result = qb_output_open_all(run->options.outputs, run->options.output_count,
		                            run->outputs, &run->output_count, error);
	if (result == 0)
		result = qb_journal_open(run->options.verbose, run->options.log, error);
	if (result == 0)
		result = qb_counting_plan(&run->options, count_threads(&run->plan), &run->counters,
		                          error);
	run->plan.counters = run->counters;
	if (result == 0 && run->options.perf_ctl) {
		result = qb_partner_open(run->options.perf_ctl, &run->partner, error);
		run->plan.partner = result == 0 ? &run->partner : NULL;
	}
	return result;
}

static int explain(struct qb_document *document, struct qb_error *error)
{
	for (size_t index = 0; index < document->result_count; index++) {
		struct qb_result *result = &document->results[index];

		if (result->counter_count > 0 && qb_explain_result(result) != 0)
			return qb_error_set(error, ENOMEM, "out of memory");
	}
	return 0;
}

/* Someone may want to measure it again.  Finding out what was run takes as long as reading it, so
 * it is left out where nothing is kept. */
static bool is_recorded(const struct qb_options *options)
{
	struct stat out;

	for (size_t index = 0; index < options->output_count; index++)
		if (strcmp(options->outputs[index].format, "json") == 0)
			return true;
	return options->format && strcmp(options->format, "json") == 0 &&
	       fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(out.st_mode);
}

static int measure(struct invocation *run, size_t word_count, const char *const *words,
                   struct qb_error *error)
{
	const struct qb_protocol *protocol = &run->options.config.protocol;
	struct qb_control_watch control = { .topology = &run->topology,
		                            .interrupted = &qb_interrupt_seen,
		                            .control = &run->document.control };
	struct qb_campaign_observer observer;
	int result;

	qb_document_begin(&run->document, protocol, &run->topology, word_count, words);
	note_plan(run);
	if (is_recorded(&run->options) && qb_programs_note(&run->plan, &run->document) != 0)
		return qb_error_set(error, ENOMEM, "out of memory for the programs");
	result = qb_bounds_open(&run->bounds, &run->plan, &run->topology, &run->document.machine,
	                        run->options.limits);
	if (result != 0)
		return qb_error_set(error, ENOMEM, "out of memory for the limits");
	qb_progress_open(run->options.quiet ? QB_WHEN_NEVER : run->options.progress, &run->plan,
	                 &observer);
	qb_bounds_observe(&run->bounds, &observer);
	qb_control_open(&control, &observer);
	result = qb_campaign_run(&run->plan, protocol, &observer, &qb_interrupt_seen,
	                         &run->document, error);
	qb_control_close(&control);
	qb_progress_close();
	if (result == 0 && qb_bounds_settle(&run->bounds, &run->document) != 0)
		result = qb_error_set(error, ENOMEM, "out of memory for the shares");
	if (result == 0 && run->options.explain)
		result = explain(&run->document, error);
	return result;
}

/* stdout first, so that whatever happens to the files, the figures are seen. */
static int report_to_stdout(const struct invocation *run, struct qb_error *error)
{
	const struct qb_options *options = &run->options;
	const char *name = options->format ? options->format : "text";
	struct qb_report_style style;
	int result;

	if (options->quiet && !options->format)
		return 0;
	qb_terminal_style(options->color, &style);
	result = qb_report_by_name(name)->write(&run->document, &style, stdout);
	if (result)
		return qb_error_set(error, -result, "cannot write the report: %s",
		                    strerror(-result));
	return qb_terminal_flush(error);
}

struct content {
	const struct qb_report_format *format;
	const struct qb_document *document;
};

static int write_content(const void *what, const struct qb_report_style *style, FILE *stream)
{
	const struct content *content = what;

	return content->format->write(content->document, style, stream);
}

static int write_output(struct invocation *run, size_t index, struct qb_error *error)
{
	const char *format = run->options.outputs[index].format;
	const struct content own = { qb_report_by_name(format), &run->document };
	const struct qb_output_content content = { write_content, &own };

	return qb_output_write(&run->outputs[index], &content, error);
}

/* Writes all that can be written; returns the exit code. */
static int report(struct invocation *run)
{
	int exit_code = qb_campaign_exit_code(&run->document);
	struct qb_error error;

	if (report_to_stdout(run, &error) != 0) {
		qb_terminal_complain("%s", error.text);
		exit_code = QB_EXIT_USAGE;
	}
	for (size_t index = 0; index < run->output_count; index++) {
		if (write_output(run, index, &error) == 0) {
			qb_journal_note("wrote %s", run->outputs[index].path);
			continue;
		}
		qb_terminal_complain("%s", error.text);
		exit_code = QB_EXIT_USAGE;
	}
	qb_journal_note("exit status %d", exit_code);
	if (qb_journal_close(&error) != 0) {
		qb_terminal_complain("%s", error.text);
		exit_code = QB_EXIT_USAGE;
	}
	return exit_code;
}

static void finish(struct invocation *run)
{
	qb_document_finish(&run->document);
	qb_bounds_close(&run->bounds);
	for (size_t index = 0; index < run->output_count; index++)
		qb_output_close(&run->outputs[index]);
	if (run->plan.partner)
		qb_partner_close(&run->partner);
	qb_plan_finish(&run->plan);
	free(run->counters);
	if (run->topology.pus)
		qb_topology_finish(&run->topology);
	qb_registry_finish(&run->registry);
	qb_options_finish(&run->options);
}

/* Nothing was measured, or nothing of it can be told. */
static int give_up(const struct qb_error *error)
{
	if (qb_interrupt_seen) /* it may be what the error is about: a FIFO without a reader */
		return QB_EXIT_INTERRUPTED;
	qb_options_complain(error);
	return QB_EXIT_USAGE;
}

int qb_cmd_run(int argc, char **argv)
{
	static const char *const empty[] = { "qbench" };
	const char **words = calloc((size_t)argc + 1, sizeof(*words));
	struct invocation *run = calloc(1, sizeof(*run));
	int exit_code = QB_EXIT_USAGE;
	struct qb_error error;

	if (!words || !run) {
		qb_terminal_complain("out of memory");
		free(words);
		free(run);
		return QB_EXIT_USAGE;
	}
	/* As typed: argp moves words about. */
	words[0] = empty[0];
	memcpy(words + 1, argv, (size_t)argc * sizeof(*words));
	if (qb_options_read(&qb_cmd_run_argp, argc, argv, &run->options, &exit_code)) {
		if (prepare(run, &error) == 0 && measure(run, (size_t)argc + 1, words, &error) == 0)
			exit_code = report(run);
		else
			exit_code = give_up(&error);
		finish(run);
	}
	free(run);
	free(words);
	return exit_code;
}
