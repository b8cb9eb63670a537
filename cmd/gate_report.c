/* gate_report -- a comparison's document: begun, written to stdout and files, ended with a code.
 *
 * stdout comes first, so that whatever happens to the files, the verdicts are seen; the exit code
 * comes last, so that nobody learns it before the reports are there. */
#include "cmd/gate_report.h"

#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "reports/comparison_report.h"

int qb_gate_report_remember(int argc, char **argv, struct qb_gate_command *ret_command)
{
	static const char name[] = "qbench";

	ret_command->count = (size_t)argc + 1;
	ret_command->words = calloc(ret_command->count + 1, sizeof(*ret_command->words));
	if (!ret_command->words)
		return -ENOMEM;
	ret_command->words[0] = name;
	memcpy(ret_command->words + 1, argv, (size_t)argc * sizeof(*argv));
	return 0;
}

int qb_gate_report_open(const struct qb_options *options, struct qb_gate_report *ret_report,
                        struct qb_error *error)
{
	ret_report->options = options;
	if (qb_output_open_all(options->outputs, options->output_count, ret_report->outputs,
	                       &ret_report->output_count, error) != 0)
		return -error->code;
	return qb_journal_open(options->verbose, options->log, error);
}

void qb_gate_report_begin(const struct qb_options *options, const struct qb_document *origin,
                          struct qb_comparison_document *ret_document)
{
	*ret_document = (struct qb_comparison_document){ .tool = origin->tool,
		                                         .command_count = origin->command_count,
		                                         .command = origin->command,
		                                         .policy = options->gate.policy,
		                                         .fail_on = options->gate.fail_on,
		                                         .inconclusive = options->gate.inconclusive,
		                                         .seed = origin->seed,
		                                         .machine = origin->machine,
		                                         .protocol = origin->protocol };
	snprintf(ret_document->created, sizeof(ret_document->created), "%s", origin->created);
}

static int write_to_stdout(const struct qb_options *options,
                           const struct qb_comparison_document *document, struct qb_error *error)
{
	const char *name = options->format ? options->format : "text";
	struct qb_report_style style;
	int result;

	if (options->quiet && !options->format)
		return 0;
	qb_terminal_style(options->color, &style);
	result = qb_comparison_format_by_name(name)->write(document, &style, stdout);
	if (result != 0)
		return qb_error_set(error, -result, "cannot write the report: %s",
		                    strerror(-result));
	return qb_terminal_flush(error);
}

struct formatted {
	const struct qb_comparison_format *format;
	const struct qb_comparison_document *document;
};

static int write_formatted(const void *what, const struct qb_report_style *style, FILE *stream)
{
	const struct formatted *formatted = what;

	return formatted->format->write(formatted->document, style, stream);
}

static int write_file(struct qb_gate_report *report, size_t index,
                      const struct qb_comparison_document *document, struct qb_error *error)
{
	const char *format = report->options->outputs[index].format;
	const struct formatted formatted = { qb_comparison_format_by_name(format), document };
	const struct qb_output_content content = { write_formatted, &formatted };

	return qb_output_write(&report->outputs[index], &content, error);
}

int qb_gate_report_write(struct qb_gate_report *report,
                         const struct qb_comparison_document *document)
{
	int exit_code = document->exit_code;
	struct qb_error error;

	if (write_to_stdout(report->options, document, &error) != 0) {
		qb_terminal_complain("%s", error.text);
		exit_code = QB_EXIT_USAGE;
	}
	for (size_t index = 0; index < report->output_count; index++) {
		if (write_file(report, index, document, &error) == 0) {
			qb_journal_note("wrote %s", report->outputs[index].path);
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

int qb_gate_report_give_up(const struct qb_error *error)
{
	if (qb_interrupt_seen) /* it may be what the error is about: a FIFO without a writer */
		return QB_EXIT_INTERRUPTED;
	qb_options_complain(error);
	return QB_EXIT_USAGE;
}

void qb_gate_report_close(struct qb_gate_report *report)
{
	for (size_t index = 0; index < report->output_count; index++)
		qb_output_close(&report->outputs[index]);
	report->output_count = 0;
}
