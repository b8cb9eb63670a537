/* options_counters -- what of the hardware and the kernel is counted beside the measurement. */
#include "cmd/options_keys.h"

static const struct argp_option rows[] = {
	{ "counters", KEY_COUNTERS, "WHAT", 0,
	  "what is counted beside it: auto, off, user (user mode only), all (the kernel's part "
	  "too) "
	  "(auto: as user)",
	  2 },
	{ "event", 'e', "LIST", 0,
	  "also count these: names of 'qbench list', NAME=EVENT, strings of libpfm4, or raw codes "
	  "such as r4d2",
	  2 },
	{ "explain", KEY_EXPLAIN, NULL, 0, "also say what the counters mean, by rules", 2 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static int set_counters(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "auto", "off", "user", "all", NULL };
	static const enum qb_counting values[] = { QB_COUNTING_AUTO, QB_COUNTING_OFF,
		                                   QB_COUNTING_USER, QB_COUNTING_ALL };
	const int choice = qb_options_choose(options, "counters", arg, words);

	if (choice >= 0)
		options->counting = values[choice];
	return choice < 0 ? choice : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct qb_options *options = state->input;

	if (key == KEY_COUNTERS)
		return -set_counters(options, arg);
	if (key == 'e')
		return -qb_options_add_names(options, "event", arg, &options->events);
	if (key == KEY_EXPLAIN) {
		options->explain = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp qb_options_counters = { rows, parse, NULL, NULL, NULL, NULL, NULL };
