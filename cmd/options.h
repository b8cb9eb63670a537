/* options.h -- the options that commands share -> struct qb_config and what else was asked for. */
#ifndef QB_OPTIONS_H
#define QB_OPTIONS_H

#include <argp.h>

#include "cmd/options_gate.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "harness/config.h"

struct qb_names {
	size_t count;
	char **items; /* owned */
};

enum qb_counting { QB_COUNTING_AUTO, QB_COUNTING_OFF, QB_COUNTING_USER, QB_COUNTING_ALL };

struct qb_options {
	struct qb_config config;
	struct qb_names impls, workloads, pins, events;
	enum qb_counting counting;
	bool explain;
	bool compares;      /* formats are those of comparisons */
	const char *format; /* of stdout; NULL: text */
	size_t output_count;
	struct qb_output_request outputs[QB_OUTPUT_MAX];
	const char *baseline; /* name to keep the result under; NULL: none */
	const char *perf_ctl; /* FIFOs to perf; NULL: none */
	const char *trace;    /* file of the trace; NULL: none */
	bool quiet, verbose;
	const char *log; /* NULL: none */
	enum qb_when color, progress;
	bool time_given, runs_max_given; /* for what excludes or needs each other */
	struct qb_gate_options gate;
	const char *names; /* list */
	size_t word_count;
	const char **words;    /* owned list: arguments that are no option, in order */
	bool alarm;            /* trend */
	bool all_pairs, fresh; /* limits */
	bool limits;           /* run */
	bool help, version;
	struct qb_error error; /* of the option that was wrong */
};

/* Rows and parser of each group; a command lists those it has as children of its argp. */
extern const struct argp qb_options_impl, qb_options_case, qb_options_shard, qb_options_repeat,
	qb_options_protocol, qb_options_counters, qb_options_report, qb_options_talk,
	qb_options_common, qb_options_gate, qb_options_duel;

/* The parser of a command's own argp: rows of its own, its words, input for its children.  The
 * second is for commands that write comparisons. */
error_t qb_options_parser(int key, char *arg, struct argp_state *state);
error_t qb_options_comparing_parser(int key, char *arg, struct argp_state *state);

/* Reads argv, with as many words as the args_doc of argp names: `BASE [NEW]` are two, `A | B` is
 * one, `FILE ...` any number.  True: go on.  False: *ret_exit_code is what to end with; help,
 * version or the one sentence on what is wrong is printed. */
bool qb_options_read(const struct argp *argp, int argc, char **argv, struct qb_options *ret_options,
                     int *ret_exit_code);
void qb_options_finish(struct qb_options *options);

/* Prints what went wrong after the options, with a hint where a list of names helps. */
void qb_options_complain(const struct qb_error *error);

/* For commands that write text and JSON only: whether JSON was asked for.  -EINVAL and the
 * sentence is printed. */
int qb_options_wants_json(const struct qb_options *options, const char *command, bool *ret_json);

/* "qbench 0.1.0 (commit)" on stdout; returns an exit code. */
int qb_options_print_version(void);

/* One option's meaning: fills its part of `options`.  -errno with options->error filled. */
struct qb_option_setter {
	int key; /* 0 ends a table */
	const char *name;
	int (*set)(struct qb_options *options, const char *arg);
};

extern const struct qb_option_setter qb_options_case_setters[], qb_options_report_setters[],
	qb_options_gate_setters[];

/* Fills the sentence "--name 'arg': ..." about a value; returns -EINVAL. */
__attribute__((format(printf, 4, 5))) int qb_options_refuse(struct qb_options *options,
                                                            const char *name, const char *arg,
                                                            const char *format, ...);

/* The number of `arg` among `words` (ended by NULL), or -EINVAL with the nearest word. */
int qb_options_choose(struct qb_options *options, const char *name, const char *arg,
                      const char *const *words);

#endif
