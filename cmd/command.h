/* command.h -- the contract of a command: one file cmd_<name>.c, one row of commands.c. */
#ifndef QB_COMMAND_H
#define QB_COMMAND_H

#include <argp.h>

/* Exit codes, the same everywhere and in the man page. */
enum qb_exit {
	QB_EXIT_OK = 0,
	QB_EXIT_REGRESSION = 1,
	QB_EXIT_USAGE = 2, /* usage, file or I/O error */
	QB_EXIT_INCONCLUSIVE = 3,
	QB_EXIT_INVALID = 4,   /* crash, hang, mismatch */
	QB_EXIT_INCORRECT = 5, /* a queue lost, duplicated, reordered or corrupted messages */
	QB_EXIT_INTERRUPTED = 130
};

struct qb_command {
	const char *name;
	const char *summary;
	const struct argp *argp;           /* its options, for help and completion */
	int (*run)(int argc, char **argv); /* argv[0] is NAME; returns an exit code */
};

/* The table, ended by a NULL name. */
extern const struct qb_command qb_commands[];

int qb_cmd_ab(int argc, char **argv);
int qb_cmd_compare(int argc, char **argv);
int qb_cmd_doctor(int argc, char **argv);
int qb_cmd_limits(int argc, char **argv);
int qb_cmd_list(int argc, char **argv);
int qb_cmd_plan(int argc, char **argv);
int qb_cmd_run(int argc, char **argv);
int qb_cmd_trend(int argc, char **argv);

extern const struct argp qb_cmd_ab_argp, qb_cmd_compare_argp, qb_cmd_doctor_argp,
	qb_cmd_limits_argp, qb_cmd_list_argp, qb_cmd_plan_argp, qb_cmd_run_argp, qb_cmd_trend_argp;

#endif
