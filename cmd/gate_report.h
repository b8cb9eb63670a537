/* gate_report.h -- a comparison's document: begun, written to stdout and files, ended with a code.
 */
#ifndef QB_GATE_REPORT_H
#define QB_GATE_REPORT_H

#include "cmd/options.h"
#include "cmd/output.h"
#include "harness/comparison.h"

struct qb_gate_report {
	const struct qb_options *options;
	size_t output_count; /* opened */
	struct qb_output outputs[QB_OUTPUT_MAX];
};

/* argv as it was typed; argp moves words about. */
struct qb_gate_command {
	size_t count;
	const char **words; /* owned: free */
};
int qb_gate_report_remember(int argc, char **argv, struct qb_gate_command *ret_command);

/* Tries the files and opens the journal. */
int qb_gate_report_open(const struct qb_options *options, struct qb_gate_report *ret_report,
                        struct qb_error *error);

/* Fills what a result document and the options say already. */
void qb_gate_report_begin(const struct qb_options *options, const struct qb_document *origin,
                          struct qb_comparison_document *ret_document);

/* Writes all that can be written; returns the exit code. */
int qb_gate_report_write(struct qb_gate_report *report,
                         const struct qb_comparison_document *document);

/* Nothing was compared, or nothing of it can be told: says why, unless it was interrupted; returns
 * the exit code. */
int qb_gate_report_give_up(const struct qb_error *error);
void qb_gate_report_close(struct qb_gate_report *report);

#endif
