/* plain_report -- what is written as text, JSON or CSV: to stdout, then to files.
 *
 * stdout comes first, so that whatever happens to the files, the figures are seen. */
#include "cmd/plain_report.h"

#include "cmd/command.h"
#include "cmd/journal.h"

/* The formats of results may be more than these. */
static int check_format(const char *option, const char *word, const char *format,
                        const char *command, struct qb_error *error)
{
	static const char *const formats[] = { "text", "json", "csv" };

	if (!format)
		return 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(format, formats[i]) == 0)
			return 0;
	}
	return qb_error_set(error, EINVAL, "--%s '%.60s': '%s' writes text, json and csv only",
	                    option, word, command);
}

int qb_plain_report_open(const struct qb_options *options, const char *command,
                         struct qb_plain_report *ret_report, struct qb_error *error)
{
	int result = check_format("format", options->format, options->format, command, error);

	ret_report->options = options;
	ret_report->output_count = 0;
	for (size_t index = 0; index < options->output_count && result == 0; index++)
		result = check_format("output", options->outputs[index].path,
		                      options->outputs[index].format, command, error);
	if (result == 0)
		result = qb_output_open_all(options->outputs, options->output_count,
		                            ret_report->outputs, &ret_report->output_count, error);
	return result == 0 ? qb_journal_open(options->verbose, options->log, error) : result;
}

static int write_to_stdout(const struct qb_options *options, qb_plain_report_write_fn *write,
                           const void *what, struct qb_error *error)
{
	const char *format = options->format ? options->format : "text";
	struct qb_report_style style;
	int result;

	if (options->quiet && !options->format)
		return 0;
	qb_terminal_style(options->color, &style);
	result = write(what, format, &style, stdout);
	if (result != 0)
		return qb_error_set(error, -result, "cannot write the report: %s",
		                    strerror(-result));
	return qb_terminal_flush(error);
}

struct formatted {
	qb_plain_report_write_fn *write;
	const char *format;
	const void *what;
};

static int write_formatted(const void *what, const struct qb_report_style *style, FILE *stream)
{
	const struct formatted *formatted = what;

	return formatted->write(formatted->what, formatted->format, style, stream);
}

static int write_file(struct qb_plain_report *report, size_t index, qb_plain_report_write_fn *write,
                      const void *what, struct qb_error *error)
{
	const struct formatted formatted = { write, report->options->outputs[index].format, what };
	const struct qb_output_content content = { write_formatted, &formatted };

	return qb_output_write(&report->outputs[index], &content, error);
}

int qb_plain_report_write(struct qb_plain_report *report, qb_plain_report_write_fn *write,
                          const void *what, int exit_code)
{
	struct qb_error error;
	int result = write_to_stdout(report->options, write, what, &error);

	for (size_t index = 0;; index++) {
		if (result != 0) {
			qb_terminal_complain("%s", error.text);
			exit_code = QB_EXIT_USAGE;
		}
		if (index == report->output_count)
			break;
		result = write_file(report, index, write, what, &error);
	}
	if (qb_journal_close(&error) != 0) {
		qb_terminal_complain("%s", error.text);
		exit_code = QB_EXIT_USAGE;
	}
	return exit_code;
}

void qb_plain_report_close(struct qb_plain_report *report)
{
	for (size_t index = 0; index < report->output_count; index++)
		qb_output_close(&report->outputs[index]);
	report->output_count = 0;
}
