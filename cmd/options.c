/* options -- the option tables that run and plan share, and how argv is read by them.
 *
 * Rows are data for argp (help, getopt); what an option means is one small setter, found by its
 * key.  Whatever is wrong becomes one sentence, never a usage. */
#include "cmd/options.h"

#include <limits.h>

#include "cmd/arguments.h"
#include "cmd/command.h"
#include "cmd/options_keys.h"
#include "harness/environment.h"
#include "harness/nearest.h"

static const struct argp_option impl_rows[] = {
	{ "impl", 'i', "NAMES", 0,
	  "queues: names, globs, all, or a plug-in ./my.so or ./my.so:name (required)", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option case_rows[] = {
	{ NULL, 0, NULL, 0, "What to measure (a LIST is 1,2,4-8; lists make a cross product):", 1 },
	{ "workload", 'w', "NAMES", 0, "what the threads do: throughput, latency (throughput)", 1 },
	{ "rate", KEY_RATE, "N", 0,
	  "of latency: messages due per second, over all producers, such as 100k", 1 },
	{ "arrivals", KEY_ARRIVALS, "HOW", 0,
	  "of latency: when they are due, uniform or poisson (uniform)", 1 },
	{ "producers", 'p', "LIST", 0, "threads that send (1)", 1 },
	{ "consumers", 'c', "LIST", 0, "threads that receive (1)", 1 },
	{ "batch", 'b', "LIST", 0, "messages per operation (1)", 1 },
	{ "api", KEY_API, "HOW", 0,
	  "how a batch is sent: auto, single, batch, zerocopy (auto: the best the queue has)", 1 },
	{ "message-size", 'm', "LIST", 0, "bytes per message (8)", 1 },
	{ "capacity", 'q', "LIST", 0, "slots of the queue (65536); 0: a push waits for its pop",
	  1 },
	{ "wait", KEY_WAIT, "HOW", 0,
	  "what a thread does when the queue is full or empty: auto, spin, yield, block (auto: "
	  "spin, "
	  "or yield when threads outnumber CPUs; block at capacity 0)",
	  1 },
	{ "pin", KEY_PIN, "POLICY", 0,
	  "which CPU each thread is bound to: auto, none, compact, cores, scatter, smt, llc, "
	  "cross-llc, cross-package, cross-numa, p-cores, e-cores, or CPUs such as 0,2,5 or "
	  "0,2/1,3 (producers/consumers) (auto)",
	  1 },
	{ "numa", KEY_NUMA, "WHERE", 0,
	  "where the queue's memory lies: default, local, interleave, or a node's number "
	  "(default)",
	  1 },
	{ "no-proof", KEY_NO_PROOF, NULL, 0,
	  "do not check messages, to measure what checking costs; marked in the result", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option shard_rows[] = {
	{ "shard", KEY_SHARD, "I/N", 0, "only the I-th of N parts of all cases", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option repeat_rows[] = {
	{ "runs", 'r', "N", 0, "fresh processes per case (10)", 2 },
	{ "precision", KEY_PRECISION, "PCT", 0,
	  "run on until the 95 % interval is within this of the estimate, such as 2%", 2 },
	{ "max-runs", KEY_MAX_RUNS, "N", 0, "with --precision: at most this many runs (100)", 2 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option protocol_rows[] = {
	{ NULL, 0, NULL, 0, "How long and how often (a TIME is 0.3, 2s, 500ms):", 2 },
	{ "time", 't', "TIME", 0, "measured time of each run (0.3)", 2 },
	{ "warmup", KEY_WARMUP, "TIME", 0, "time before it that is not counted (0.1)", 2 },
	{ "messages", KEY_MESSAGES, "N", 0, "a fixed count of messages instead of a time", 2 },
	{ "timeout", KEY_TIMEOUT, "TIME", 0, "a run without progress this long is hung (10)", 2 },
	{ "seed", KEY_SEED, "N", 0, "of the order of runs and of layouts (drawn)", 2 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option report_rows[] = {
	{ NULL, 0, NULL, 0, "Where results go:", 5 },
	{ "format", 'f', "FORMAT", 0,
	  "format of stdout (text), or of the next --output whose ending names none", 5 },
	{ "output", 'o', "FILE", 0, "also write the result to FILE, in the format of its ending",
	  5 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option talk_rows[] = {
	{ NULL, 0, NULL, 0, "What is said meanwhile:", 6 },
	{ "quiet", KEY_QUIET, NULL, 0, "only errors, and what --format asks for", 6 },
	{ "verbose", KEY_VERBOSE, NULL, 0, "what is done when, on stderr", 6 },
	{ "log", KEY_LOG, "FILE", 0, "what is done when, into FILE", 6 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always, never (auto; NO_COLOR is honored)", 6 },
	{ "progress", KEY_PROGRESS, "WHEN", 0,
	  "auto, always, never (auto: if stderr is a terminal)", 6 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_option common_rows[] = {
	{ "help", 'h', NULL, 0, "show this help", -1 },
	{ "version", 'V', NULL, 0, "show the version", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct qb_option_setter *find_setter(const struct qb_option_setter *setters, int key)
{
	while (setters->key && setters->key != key)
		setters++;
	return setters->key ? setters : NULL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const struct qb_option_setter *const tables[] = { qb_options_case_setters,
		                                                 qb_options_report_setters,
		                                                 qb_options_gate_setters };

	for (size_t table = 0; table < sizeof(tables) / sizeof(tables[0]); table++) {
		const struct qb_option_setter *setter = find_setter(tables[table], key);

		if (setter)
			return -setter->set(state->input, arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct qb_options *options = state->input;

	(void)arg;
	if (key == 'h')
		options->help = true;
	else if (key == 'V')
		options->version = true;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

#define GROUP(rows, parser)                                                                        \
	{                                                                                          \
		rows, parser, NULL, NULL, NULL, NULL, NULL                                         \
	}

const struct argp qb_options_impl = GROUP(impl_rows, parse_option);
const struct argp qb_options_case = GROUP(case_rows, parse_option);
const struct argp qb_options_shard = GROUP(shard_rows, parse_option);
const struct argp qb_options_repeat = GROUP(repeat_rows, parse_option);
const struct argp qb_options_protocol = GROUP(protocol_rows, parse_option);
const struct argp qb_options_report = GROUP(report_rows, parse_option);
const struct argp qb_options_talk = GROUP(talk_rows, parse_option);
const struct argp qb_options_gate = GROUP(qb_options_gate_rows, parse_option);
const struct argp qb_options_duel = GROUP(qb_options_duel_rows, parse_option);
const struct argp qb_options_common = GROUP(common_rows, parse_common);

static error_t add_word(struct qb_options *options, const char *word)
{
	const char **grown =
		realloc(options->words, (options->word_count + 1) * sizeof(*options->words));

	if (!grown)
		return -qb_error_set(&options->error, ENOMEM, "out of memory for '%.100s'", word);
	options->words = grown;
	options->words[options->word_count++] = word;
	return 0;
}

error_t qb_options_parser(int key, char *arg, struct argp_state *state)
{
	const struct argp_child *children = state->root_argp->children;
	struct qb_options *options = state->input;

	if (key == ARGP_KEY_ARG)
		return add_word(options, arg);
	if (key != ARGP_KEY_INIT)
		return parse_option(key, arg, state);
	for (size_t index = 0; children && children[index].argp; index++)
		state->child_inputs[index] = state->input;
	return 0;
}

error_t qb_options_comparing_parser(int key, char *arg, struct argp_state *state)
{
	struct qb_options *options = state->input;

	if (key == ARGP_KEY_INIT)
		options->compares = true;
	return qb_options_parser(key, arg, state);
}

int qb_options_refuse(struct qb_options *options, const char *name, const char *arg,
                      const char *format, ...)
{
	struct qb_error *error = &options->error;
	va_list arguments;
	size_t used;

	error->code = EINVAL;
	snprintf(error->text, sizeof(error->text), "--%s '%.60s%s': ", name, arg,
	         strlen(arg) > 60 ? "..." : "");
	used = strlen(error->text);
	va_start(arguments, format);
	vsnprintf(error->text + used, sizeof(error->text) - used, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int qb_options_choose(struct qb_options *options, const char *name, const char *arg,
                      const char *const *words)
{
	char known[128] = "";
	const char *nearest;
	int count = 0;

	for (; words[count]; count++) {
		if (strcmp(words[count], arg) == 0)
			return count;
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
		         count ? ", " : "", words[count]);
	}
	nearest = qb_nearest_word(arg, words, (size_t)count);
	if (nearest)
		return qb_options_refuse(options, name, arg, "did you mean '%s'?", nearest);
	return qb_options_refuse(options, name, arg, "it must be one of %s", known);
}

void qb_options_complain(const struct qb_error *error)
{
	qb_terminal_complain("%s", error->text);
	if (strncmp(error->text, "no queue", 8) == 0)
		qb_terminal_hint("'qbench list' shows every queue");
}

int qb_options_wants_json(const struct qb_options *options, const char *command, bool *ret_json)
{
	*ret_json = options->format && strcmp(options->format, "json") == 0;
	if (*ret_json || !options->format || strcmp(options->format, "text") == 0)
		return 0;
	qb_terminal_complain("--format '%s': '%s' writes text and json only", options->format,
	                     command);
	return -EINVAL;
}

static int flush(void)
{
	struct qb_error error;

	if (qb_terminal_flush(&error) == 0)
		return QB_EXIT_OK;
	qb_terminal_complain("%s", error.text);
	return QB_EXIT_USAGE;
}

int qb_options_print_version(void)
{
	struct qb_tool tool;

	qb_environment_tool(&tool);
	printf("%s %s%s%s%s\n", tool.name, tool.version, tool.commit[0] ? " (" : "", tool.commit,
	       tool.commit[0] ? ")" : "");
	return flush();
}

static int refuse(const struct qb_options *options, const char *command)
{
	qb_terminal_complain("%s", options->error.text);
	qb_terminal_hint("'qbench %s --help' lists the options", command);
	return QB_EXIT_USAGE;
}

/* Prints what only wants to be read; false if nothing was asked. */
static bool print_wanted(const struct argp *argp, const struct qb_options *options,
                         const char *command, int *ret_exit_code)
{
	char name[64];

	if (!options->help && !options->version)
		return false;
	if (options->version) {
		*ret_exit_code = qb_options_print_version();
		return true;
	}
	snprintf(name, sizeof(name), "qbench %s", command);
	setenv("ARGP_HELP_FMT", "no-dup-args-note", 0); /* its two lines tell nobody anything */
	argp_help(argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
	*ret_exit_code = flush();
	return true;
}

static int count_words(const char *args_doc)
{
	int count = 0;

	if (args_doc && strstr(args_doc, "..."))
		return INT_MAX;
	for (const char *at = args_doc; at && *at; at += strspn(at, " ")) {
		count += *at == '|' ? -1 : 1;
		at += strcspn(at, " ");
	}
	return count;
}

bool qb_options_read(const struct argp *argp, int argc, char **argv, struct qb_options *ret_options,
                     int *ret_exit_code)
{
	const int word_max = count_words(argp->args_doc);
	const char *command = argv[0];

	qb_options_default(ret_options);
	if (qb_arguments_check(argp, argc, argv, word_max, &ret_options->error) != 0 ||
	    argp_parse(argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL,
	               ret_options) != 0) {
		*ret_exit_code = refuse(ret_options, command);
	} else if (print_wanted(argp, ret_options, command, ret_exit_code)) {
		;
	} else if (qb_options_settle(ret_options) != 0) {
		*ret_exit_code = refuse(ret_options, command);
	} else {
		return true;
	}
	qb_options_finish(ret_options);
	return false;
}
