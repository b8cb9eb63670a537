/* cmd_trend -- many saved results in the order they were made, and where that history changed. */
#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "cmd/options_keys.h"
#include "cmd/plain_report.h"
#include "harness/environment.h"
#include "harness/history.h"
#include "reports/result_json.h"
#include "reports/trend_report.h"

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "What is looked for:", 1 },
	{ "alarm", KEY_ALARM, NULL, 0,
	  "exit with 1 if one of the last 20 results began a regression, with 4 or 5 if a case "
	  "has no figure any more",
	  1 },
	{ "normalize", KEY_NORMALIZE, "WHAT", 0,
	  "control: take from every figure what the machine itself changed by", 1 },
	{ "threshold", KEY_THRESHOLD, "LIMIT", 0,
	  "the change that matters, such as throughput=3%; half of it is told (throughput 5 %, "
	  "latency 10 %, memory 15 %)",
	  1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_report, 0, NULL, 0 },
	{ &qb_options_talk, 0, NULL, 0 },
	{ &qb_options_common, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_trend_argp = {
	rows,
	qb_options_parser,
	"FILE...",
	"Puts results that 'qbench run' saved as JSON in the order in which they were made, and "
	"tells for each case and metric where its level changed.  What was measured on another "
	"machine or in another way than the newest is left out.\v"
	"Examples:\n"
	"  qbench trend history/*.json\n"
	"  qbench trend history/*.json --normalize=control --alarm\n"
	"Exit status: 0 done, 1 a recent regression (--alarm), 2 usage or file error, 4 no other "
	"result can stand beside the newest, or a case has no figure any more (--alarm), 5 it was "
	"incorrect (--alarm), 130 interrupted.\n",
	children,
	NULL,
	NULL,
};

/* All that one invocation holds. */
struct invocation {
	struct qb_options options;
	struct qb_plain_report report;
	struct qb_history history;
};

static int write_history(const void *what, const char *format, const struct qb_report_style *style,
                         FILE *stream)
{
	return qb_trend_format_by_name(format)->write(what, style, stream);
}

/* One document at a time is in memory, with all its runs. */
static int read_file(struct invocation *trend, const char *path, struct qb_error *error)
{
	struct qb_document document;
	int result = qb_result_json_load(path, &document, error);

	if (result != 0)
		return result;
	result = qb_history_add(&trend->history, path, &document, error);
	qb_document_finish(&document);
	return result;
}

static int read_files(struct invocation *trend, struct qb_error *error)
{
	const struct qb_options *options = &trend->options;
	int result = 0;

	if (options->word_count == 0)
		return qb_error_set(error, EINVAL,
		                    "saved results are needed: qbench trend FILE...");
	for (size_t i = 0; i < options->word_count && result == 0; i++) {
		if (qb_interrupt_seen)
			return qb_error_set(error, EINTR, "interrupted");
		qb_journal_note("reading %s", options->words[i]);
		result = read_file(trend, options->words[i], error);
	}
	return result;
}

static int gather(struct invocation *trend, struct qb_error *error)
{
	const struct qb_gate_options *gate = &trend->options.gate;
	struct qb_history_request request = { .normalize = gate->normalize,
		                              .alarm = trend->options.alarm };
	int result = qb_plain_report_open(&trend->options, "trend", &trend->report, error);

	memcpy(request.thresholds, gate->thresholds, sizeof(request.thresholds));
	qb_environment_tool(&trend->history.tool);
	if (result == 0)
		result = read_files(trend, error);
	return result == 0 ? qb_history_settle(&trend->history, &request, error) : result;
}

int qb_cmd_trend(int argc, char **argv)
{
	struct invocation *trend = calloc(1, sizeof(*trend));
	int exit_code = QB_EXIT_USAGE;
	struct qb_error error;

	if (!trend) {
		qb_terminal_complain("out of memory");
		return QB_EXIT_USAGE;
	}
	if (qb_options_read(&qb_cmd_trend_argp, argc, argv, &trend->options, &exit_code)) {
		exit_code = QB_EXIT_USAGE;
		if (gather(trend, &error) == 0)
			exit_code =
				qb_plain_report_write(&trend->report, write_history,
			                              &trend->history, trend->history.exit_code);
		else if (qb_interrupt_seen) /* it may be what the error is about */
			exit_code = QB_EXIT_INTERRUPTED;
		else
			qb_options_complain(&error);
		qb_plain_report_close(&trend->report);
		qb_history_finish(&trend->history);
		qb_options_finish(&trend->options);
	}
	free(trend);
	return exit_code;
}
