/* cmd_limits -- what this machine can do at most: measured, kept, shown. */
#include <time.h>

#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "cmd/limits_cache.h"
#include "cmd/options_keys.h"
#include "cmd/plain_report.h"
#include "harness/environment.h"
#include "harness/limits_stock.h"

#define ATTEMPTS 3 /* at a pair that does not answer */

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "What to measure:", 1 },
	{ "all-pairs", KEY_ALL_PAIRS, NULL, 0,
	  "every CPU and every pair of CPUs, a few seconds each, instead of one pair for each "
	  "distance",
	  1 },
	{ "fresh", KEY_FRESH, NULL, 0, "measure again what earlier invocations have measured", 1 },
	{ "time", 't', "TIME", 0,
	  "time of each repetition (0.018); measures again, and nothing of it is kept", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_report, 0, NULL, 0 },
	{ &qb_options_talk, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_limits_argp = {
	rows,
	qb_options_parser,
	NULL,
	"Measures what bounds every queue on this machine: how long a cache line takes from one "
	"CPU to another and how many can stream, what atomics, futexes and clocks cost.  What was "
	"measured is kept for 'qbench run', which says what share of it a queue reaches.\v"
	"Examples:\n"
	"  qbench limits\n"
	"  qbench limits --all-pairs --fresh -o limits.csv\n"
	"  qbench limits --format json\n"
	"Exit status: 0 done, 2 usage or file error, 4 two CPUs could not be measured, 130 "
	"interrupted.\n",
	children,
	NULL,
	NULL,
};

/* All that one invocation holds. */
struct invocation {
	struct qb_options options;
	struct qb_plain_report report;
	struct qb_topology topology;
	size_t pair_count;
	struct qb_cpu_pair *pairs;   /* to be shown */
	struct qb_cpu_pair *missing; /* to be measured for that */
	size_t missing_count;
	struct qb_limits_document document;
};

static int choose_pairs(struct invocation *run, struct qb_error *error)
{
	const bool all_pairs = run->options.all_pairs;

	run->pair_count = qb_limits_pairs(&run->topology, all_pairs, NULL, 0);
	run->pairs = calloc(run->pair_count + 1, sizeof(*run->pairs));
	run->missing = calloc(run->pair_count + 1, sizeof(*run->missing));
	if (!run->pairs || !run->missing)
		return qb_error_set(error, ENOMEM, "out of memory for %zu pairs", run->pair_count);
	qb_limits_pairs(&run->topology, all_pairs, run->pairs, run->pair_count);
	return 0;
}

/* Everything that can be wrong before anything is measured is found here. */
static int prepare(struct invocation *run, struct qb_error *error)
{
	int result = qb_topology_load(NULL, &run->topology, error);

	if (result == 0)
		result = choose_pairs(run, error);
	if (result == 0)
		result = qb_plain_report_open(&run->options, "limits", &run->report, error);
	return result;
}

static void on_pair(void *context, size_t done, size_t total, const struct qb_cpu_pair *pair)
{
	char text[128], cpus[48];

	(void)context;
	if (pair->cpu_b == QB_CPU_NONE)
		snprintf(cpus, sizeof(cpus), "CPU %d", pair->cpu_a);
	else
		snprintf(cpus, sizeof(cpus), "CPUs %d and %d (%s)", pair->cpu_a, pair->cpu_b,
		         qb_limits_relation_name(pair->relation));
	snprintf(text, sizeof(text), "%zu/%zu: %s", done + 1, total, cpus);
	qb_journal_note("measuring %s", text);
	qb_terminal_progress(text, true);
}

/* Measures what is missing, once, and puts it to what is there. */
static int measure_missing(struct invocation *run, bool everything, struct qb_error *error)
{
	const struct qb_options *options = &run->options;
	/* The library's own choice of all pairs also says what one CPU alone is too few for. */
	const struct qb_limits_request request = {
		.pairs = everything ? NULL : run->missing,
		.pair_count = run->missing_count,
		.all_pairs = options->all_pairs,
		.repetition_ns = options->time_given ? options->config.protocol.time_ns : 0,
		.interrupted = &qb_interrupt_seen,
		.progress = on_pair,
	};
	struct qb_limits fresh;
	int result = qb_limits_measure(&run->topology, &request, &fresh, error);

	if (result != 0)
		return result;
	fresh.duration_ns += run->document.limits.duration_ns;
	if (qb_limits_stock_put(&run->document.limits, &fresh) != 0)
		result = qb_error_set(error, ENOMEM, "out of memory for the limits");
	run->document.limits.duration_ns = fresh.duration_ns;
	qb_limits_finish(&fresh);
	return result;
}

static bool is_broken(const struct qb_limits *limits, const struct qb_cpu_pair *pair)
{
	for (size_t i = 0; i < limits->count; i++) {
		const struct qb_limit *limit = &limits->limits[i];

		if (!limit->measured && pair->cpu_b != QB_CPU_NONE &&
		    limit->pair.cpu_a == pair->cpu_a && limit->pair.cpu_b == pair->cpu_b)
			return true;
	}
	return false;
}

/* A pair whose CPUs were taken away for long is given up by the library; it gets another chance. */
static int measure(struct invocation *run, struct qb_error *error)
{
	const struct qb_limits *limits = &run->document.limits;
	bool everything = run->missing_count == run->pair_count;
	int result = 0;

	run->document.limits.duration_ns = 0;
	qb_terminal_progress_open(run->options.quiet ? QB_WHEN_NEVER : run->options.progress);
	for (int attempt = 0; attempt < ATTEMPTS && run->missing_count > 0; attempt++) {
		size_t broken = 0;

		result = measure_missing(run, everything, error);
		if (result != 0 || limits->interrupted)
			break;
		for (size_t i = 0; i < run->missing_count; i++)
			if (is_broken(limits, &run->missing[i]))
				run->missing[broken++] = run->missing[i];
		run->missing_count = broken;
		everything = false;
	}
	qb_terminal_progress_close();
	return result;
}

/* What is told of the cache is no error: the figures are there without it. */
static void note_cache(const struct invocation *run, const char *what, const struct qb_error *error)
{
	char text[640];

	snprintf(text, sizeof(text), "%s: %s", what, error->text);
	qb_journal_note("%s", text);
	if (!run->options.quiet && !run->options.verbose)
		qb_terminal_note(text);
}

static void load_cache(struct invocation *run)
{
	struct qb_limits known;
	struct qb_error error;
	int result;

	if (run->options.fresh || run->options.time_given)
		return;
	result = qb_limits_cache_load(&run->document.machine, &known, &error);
	if (result == 0) {
		if (qb_limits_stock_pick(&known, run->pairs, run->pair_count,
		                         &run->document.limits) != 0)
			run->document.limits = (struct qb_limits){ 0 };
		qb_limits_finish(&known);
	} else if (result != -ENOENT) {
		note_cache(run, "what was measured before is not used", &error);
	}
}

static void set_created(struct qb_limits_document *document)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(document->created, sizeof(document->created), "%Y-%m-%dT%H:%M:%SZ", &utc);
	document->created_unix_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int gather(struct invocation *run, struct qb_error *error)
{
	struct qb_limits_document *document = &run->document;
	struct qb_error cache_error;
	int result = 0;
	bool any;

	qb_environment_tool(&document->tool);
	qb_environment_machine("", &run->topology, &document->machine);
	load_cache(run);
	run->missing_count = qb_limits_stock_missing(&document->limits, run->pairs, run->pair_count,
	                                             run->missing);
	document->cached = run->missing_count < run->pair_count;
	any = run->missing_count > 0;
	if (any)
		result = measure(run, error);
	set_created(document);
	if (result == 0 && any && !run->options.time_given &&
	    qb_limits_cache_keep(document, &cache_error) != 0)
		note_cache(run, "what was measured is not kept", &cache_error);
	return result;
}

static int write_limits(const void *what, const char *format, const struct qb_report_style *style,
                        FILE *stream)
{
	return qb_limits_format_by_name(format)->write(what, style, stream);
}

static int exit_code_of(const struct qb_limits *limits)
{
	if (limits->interrupted)
		return QB_EXIT_INTERRUPTED;
	for (size_t i = 0; i < limits->count; i++)
		if (!limits->limits[i].measured && limits->limits[i].pair.cpu_b != QB_CPU_NONE)
			return QB_EXIT_INVALID;
	return QB_EXIT_OK;
}

static void finish(struct invocation *run)
{
	qb_plain_report_close(&run->report);
	qb_limits_finish(&run->document.limits);
	free(run->pairs);
	free(run->missing);
	if (run->topology.pus)
		qb_topology_finish(&run->topology);
	qb_options_finish(&run->options);
}

int qb_cmd_limits(int argc, char **argv)
{
	struct invocation *run = calloc(1, sizeof(*run));
	int exit_code = QB_EXIT_USAGE;
	struct qb_error error;

	if (!run) {
		qb_terminal_complain("out of memory");
		return QB_EXIT_USAGE;
	}
	if (qb_options_read(&qb_cmd_limits_argp, argc, argv, &run->options, &exit_code)) {
		exit_code = QB_EXIT_USAGE;
		if (prepare(run, &error) == 0 && gather(run, &error) == 0)
			exit_code =
				qb_plain_report_write(&run->report, write_limits, &run->document,
			                              exit_code_of(&run->document.limits));
		else if (qb_interrupt_seen)
			exit_code = QB_EXIT_INTERRUPTED;
		else
			qb_options_complain(&error);
		finish(run);
	}
	free(run);
	return exit_code;
}
