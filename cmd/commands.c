/* commands -- the table of commands; a new command is one file and one row here. */
#include "cmd/command.h"

#include <stddef.h>

const struct qb_command qb_commands[] = {
	{ "run", "measure queues with proof of delivery", &qb_cmd_run_argp, qb_cmd_run },
	{ "ab", "compare two queues, measured in turn, until it can be decided", &qb_cmd_ab_argp,
	  qb_cmd_ab },
	{ "compare", "compare saved results, or one with what is measured now",
	  &qb_cmd_compare_argp, qb_cmd_compare },
	{ "trend", "show a history of saved results, and where it changed", &qb_cmd_trend_argp,
	  qb_cmd_trend },
	{ "plan", "show what run would do and where each thread would go", &qb_cmd_plan_argp,
	  qb_cmd_plan },
	{ "list", "show queues, workloads, formats, placements and counters", &qb_cmd_list_argp,
	  qb_cmd_list },
	{ "limits", "measure this machine's own bounds", &qb_cmd_limits_argp, qb_cmd_limits },
	{ "doctor", "find what on this machine disturbs measurements", &qb_cmd_doctor_argp,
	  qb_cmd_doctor },
	{ NULL, NULL, NULL, NULL },
};
