/* main -- dispatch and exit code; nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "harness/launch.h"
#include "harness/nearest.h"

static int print_help(void)
{
	struct qb_error error;

	printf("Usage: qbench COMMAND [OPTION...]\n\n"
	       "Benchmarks concurrent queues, with proof that every message was delivered.\n\n");
	for (const struct qb_command *command = qb_commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->summary);
	printf("\n  qbench run --impl mpsc --producers 4\n"
	       "  qbench COMMAND --help lists the options of a command; so does qbench help "
	       "COMMAND.\n"
	       "  qbench --version shows the version.\n");
	if (qb_terminal_flush(&error) == 0)
		return QB_EXIT_OK;
	qb_terminal_complain("%s", error.text);
	return QB_EXIT_USAGE;
}

static int refuse(const char *name)
{
	const char *names[64];
	const char *nearest;
	size_t count = 0;

	for (const struct qb_command *command = qb_commands; command->name; command++)
		names[count++] = command->name;
	nearest = qb_nearest_word(name, names, count);
	if (nearest)
		qb_terminal_complain("no command '%.60s', did you mean '%s'?", name, nearest);
	else
		qb_terminal_complain("no command '%.60s'", name);
	qb_terminal_hint("'qbench --help' lists the commands");
	return QB_EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
	for (const struct qb_command *command = qb_commands; command->name; command++) {
		if (strcmp(command->name, argv[0]) == 0)
			return command->run(argc, argv);
	}
	return refuse(argv[0]);
}

int main(int argc, char **argv)
{
	static char help[] = "--help";
	char *help_arguments[] = { argc > 2 ? argv[2] : help, help, NULL };

	if (argc == 3 && strcmp(argv[1], QB_LAUNCH_ARGUMENT) == 0)
		return qb_run_main(atoi(argv[2]));
	qb_terminal_keep_streams();
	qb_interrupt_open();
	if (argc < 2) {
		qb_terminal_complain("a command is missing");
		qb_terminal_hint("'qbench --help' lists the commands");
		return QB_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2))
		return print_help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return qb_options_print_version();
	if (strcmp(argv[1], "help") == 0)
		return dispatch(2, help_arguments);
	return dispatch(argc - 1, argv + 1);
}
