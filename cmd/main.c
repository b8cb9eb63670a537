/* main.c -- command table, dispatch, exit code; nothing else. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

static const struct qb_command commands[] = {
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	for (const struct qb_command *command = commands; argc > 1 && command->name; command++) {
		if (strcmp(command->name, argv[1]) == 0)
			return command->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "qbench: no such command '%s'\n", argc > 1 ? argv[1] : "");
	return QB_EXIT_USAGE;
}
