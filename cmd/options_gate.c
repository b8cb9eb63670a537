/* options_gate -- the options on deciding that ab and compare share: rows, and what each means. */
#include "cmd/options_gate.h"

#include <math.h>

#include "cmd/options_keys.h"
#include "cmd/parse.h"

#define HOUR_NS  3600000000000u
#define PAIR_MAX 10000

const struct argp_option qb_options_duel_rows[] = {
	{ NULL, 0, NULL, 0, "How many pairs of runs:", 3 },
	{ "profile", KEY_PROFILE, "PROFILE", 0,
	  "decide as soon as possible, within 20 pairs (quick), 60 (ci) or 150 (nightly) (ci)", 3 },
	{ "pairs", KEY_PAIRS, "N", 0, "exactly N pairs instead, judged once", 3 },
	{ "max-pairs", KEY_MAX_PAIRS, "N", 0, "at most N pairs of the profile", 3 },
	{ "max-time", KEY_MAX_TIME, "TIME", 0, "begin no more pairs after this long", 3 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option qb_options_gate_rows[] = {
	{ NULL, 0, NULL, 0, "How it is decided:", 4 },
	{ "threshold", KEY_THRESHOLD, "LIMIT", 0,
	  "the change that matters, such as throughput=3%; of throughput 5 %, latency 10 %, memory "
	  "15 % where nothing is said; repeatable",
	  4 },
	{ "policy", KEY_POLICY, "POLICY", 0,
	  "guard: let no loss of the threshold pass; strict: fail only what surely exceeds it; "
	  "point: compare estimates alone, a coin toss at the threshold (guard)",
	  4 },
	{ "fail-on", KEY_FAIL_ON, "SEVERITY", 0,
	  "regressions from this on fail: minor, alert (twice the threshold), high (four times) "
	  "(minor)",
	  4 },
	{ "inconclusive", KEY_INCONCLUSIVE, "HOW", 0,
	  "what to end with if it cannot be decided: report (3), pass (0) or fail (1) (report)",
	  4 },
	{ "require", KEY_REQUIRE, "RULE", 0,
	  "a minimum for the new side, such as 'spsc: throughput >= 100M'; repeatable", 4 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static int set_choice(struct qb_options *options, const char *name, const char *arg,
                      const char *const *words, int *ret_choice)
{
	const int choice = qb_options_choose(options, name, arg, words);

	if (choice >= 0)
		*ret_choice = choice;
	return choice < 0 ? choice : 0;
}

static int set_policy(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "guard", "strict", "point", NULL };
	int choice = 0;
	const int result = set_choice(options, "policy", arg, words, &choice);

	options->gate.policy = (enum qb_policy)choice;
	return result;
}

static int set_fail_on(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "minor", "alert", "high", NULL };
	int choice = 0;
	const int result = set_choice(options, "fail-on", arg, words, &choice);

	options->gate.fail_on = (enum qb_severity)(QB_SEVERITY_MINOR + choice);
	return result;
}

static int set_inconclusive(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "report", "pass", "fail", NULL };
	int choice = 0;
	const int result = set_choice(options, "inconclusive", arg, words, &choice);

	options->gate.inconclusive = (enum qb_inconclusive)choice;
	return result;
}

static int set_profile(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "quick", "ci", "nightly", NULL };
	int choice = 0;
	const int result = set_choice(options, "profile", arg, words, &choice);

	options->gate.profile = (enum qb_profile)choice;
	options->gate.profile_given = true;
	return result;
}

static int set_threshold(struct qb_options *options, const char *arg)
{
	static const char *const metrics[] = { "throughput", "latency", "memory", NULL };
	const char *equals = strchr(arg, '=');
	struct qb_parse_mistake mistake;
	char metric[32];
	int choice;
	double share;

	if (!equals || (size_t)(equals - arg) >= sizeof(metric))
		return qb_options_refuse(options, "threshold", arg,
		                         "write it as throughput=3%%, latency=10%% or memory=15%%");
	snprintf(metric, sizeof(metric), "%.*s", (int)(equals - arg), arg);
	choice = qb_options_choose(options, "threshold", metric, metrics);
	if (choice < 0)
		return choice;
	if (qb_parse_percent(equals + 1, &share, &mistake) != 0)
		return qb_options_refuse(options, "threshold", arg, "%s", mistake.text);
	if (share >= 1)
		return qb_options_refuse(options, "threshold", arg, "it must be less than 100 %%");
	options->gate.thresholds[choice] = share;
	return 0;
}

static int set_require(struct qb_options *options, const char *arg)
{
	struct qb_gate_options *gate = &options->gate;

	if (gate->requirement_count == QB_REQUIREMENT_MAX)
		return qb_options_refuse(options, "require", arg, "more than %d of them",
		                         QB_REQUIREMENT_MAX);
	if (qb_requirement_parse(arg, &gate->requirements[gate->requirement_count],
	                         &options->error) != 0)
		return -EINVAL;
	gate->requirement_count++;
	return 0;
}

static int set_pair_count(struct qb_options *options, const char *name, const char *arg,
                          unsigned *ret_count)
{
	static const struct qb_parse_limits limits = { 1, PAIR_MAX, 1000 };
	struct qb_parse_mistake mistake;
	uint64_t number;

	if (qb_parse_number(arg, &limits, &number, &mistake) != 0)
		return qb_options_refuse(options, name, arg, "%s", mistake.text);
	*ret_count = (unsigned)number;
	return 0;
}

static int set_pairs(struct qb_options *options, const char *arg)
{
	return set_pair_count(options, "pairs", arg, &options->gate.pairs);
}

static int set_max_pairs(struct qb_options *options, const char *arg)
{
	return set_pair_count(options, "max-pairs", arg, &options->gate.pair_max);
}

static int set_max_time(struct qb_options *options, const char *arg)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_duration(arg, 1000000, 24 * HOUR_NS, &options->gate.time_max_ns, &mistake) !=
	    0)
		return qb_options_refuse(options, "max-time", arg, "%s", mistake.text);
	return 0;
}

static int set_executable(struct qb_options *options, const char *name, const char *arg, int side)
{
	if (arg[0] == 0)
		return qb_options_refuse(options, name, arg, "a file's name is missing");
	options->gate.executables[side] = arg;
	return 0;
}

static int set_base_exec(struct qb_options *options, const char *arg)
{
	return set_executable(options, "base-exec", arg, 0);
}

static int set_new_exec(struct qb_options *options, const char *arg)
{
	return set_executable(options, "new-exec", arg, 1);
}

static int set_force(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->gate.force = true;
	return 0;
}

/* 0 is a meaning here, and no percentage elsewhere. */
static int set_recording_sd(struct qb_options *options, const char *arg)
{
	struct qb_parse_mistake mistake;

	if (strcmp(arg, "0") == 0 || strcmp(arg, "0%") == 0) {
		options->gate.recording_sd = 0;
		return 0;
	}
	if (qb_parse_percent(arg, &options->gate.recording_sd, &mistake) != 0)
		return qb_options_refuse(options, "recording-sd", arg, "%s", mistake.text);
	return 0;
}

static int set_normalize(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "control", NULL };
	const int choice = qb_options_choose(options, "normalize", arg, words);

	options->gate.normalize = choice == 0;
	return choice < 0 ? choice : 0;
}

const struct qb_option_setter qb_options_gate_setters[] = {
	{ KEY_THRESHOLD, "threshold", set_threshold },
	{ KEY_POLICY, "policy", set_policy },
	{ KEY_FAIL_ON, "fail-on", set_fail_on },
	{ KEY_INCONCLUSIVE, "inconclusive", set_inconclusive },
	{ KEY_REQUIRE, "require", set_require },
	{ KEY_PROFILE, "profile", set_profile },
	{ KEY_PAIRS, "pairs", set_pairs },
	{ KEY_MAX_PAIRS, "max-pairs", set_max_pairs },
	{ KEY_MAX_TIME, "max-time", set_max_time },
	{ KEY_BASE_EXEC, "base-exec", set_base_exec },
	{ KEY_NEW_EXEC, "new-exec", set_new_exec },
	{ KEY_FORCE, "force", set_force },
	{ KEY_RECORDING_SD, "recording-sd", set_recording_sd },
	{ KEY_NORMALIZE, "normalize", set_normalize },
	{ 0, NULL, NULL },
};

void qb_options_gate_default(struct qb_gate_options *ret_gate)
{
	*ret_gate = (struct qb_gate_options){ .profile = QB_PROFILE_CI,
		                              .fail_on = QB_SEVERITY_MINOR,
		                              .recording_sd = NAN };
}

int qb_options_gate_settle(struct qb_options *options)
{
	const struct qb_gate_options *gate = &options->gate;

	if (gate->pairs > 0 && (gate->profile_given || gate->pair_max > 0))
		return qb_error_set(&options->error, EINVAL, "--pairs and %s exclude each other",
		                    gate->profile_given ? "--profile" : "--max-pairs");
	return 0;
}

struct qb_schedule qb_options_gate_schedule(const struct qb_gate_options *gate)
{
	return gate->pairs > 0 ? qb_gate_fixed(gate->pairs)
	                       : qb_gate_schedule(gate->profile, gate->pair_max);
}
