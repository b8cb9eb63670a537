/* options_case -- the meaning of each option that says what, how long and how often to measure. */
#include <ctype.h>
#include <sys/random.h>
#include <time.h>

#include "cmd/options_keys.h"
#include "cmd/parse.h"

#define THOUSAND 1000u
#define KIBI     1024u
#define MS       1000000u
#define HOUR     3600000000000u

static int set_list(struct qb_options *options, const char *name, const char *arg,
                    const struct qb_parse_limits *limits, struct qb_number_list *ret_list)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_list(arg, limits, ret_list, &mistake) != 0)
		return qb_options_refuse(options, name, arg, "%s", mistake.text);
	return 0;
}

static int set_number(struct qb_options *options, const char *name, const char *arg,
                      const struct qb_parse_limits *limits, uint64_t *ret_number)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_number(arg, limits, ret_number, &mistake) != 0)
		return qb_options_refuse(options, name, arg, "%s", mistake.text);
	return 0;
}

static int set_duration(struct qb_options *options, const char *name, const char *arg,
                        uint64_t min_ns, uint64_t *ret_ns)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_duration(arg, min_ns, 24 * HOUR, ret_ns, &mistake) != 0)
		return qb_options_refuse(options, name, arg, "%s", mistake.text);
	return 0;
}

static int add_name(struct qb_names *names, const char *text, size_t size)
{
	char **items = reallocarray(names->items, names->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	names->items = items;
	items[names->count] = strndup(text, size);
	if (!items[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

int qb_options_add_names(struct qb_options *options, const char *name, const char *arg,
                         struct qb_names *names)
{
	for (const char *at = arg;; at++) {
		const size_t size = strcspn(at, ",");

		if (size == 0)
			return qb_options_refuse(options, name, arg, "a name is missing");
		if (add_name(names, at, size) != 0)
			return qb_options_refuse(options, name, arg, "out of memory");
		at += size;
		if (*at == 0)
			return 0;
	}
}

static int set_impl(struct qb_options *options, const char *arg)
{
	return qb_options_add_names(options, "impl", arg, &options->impls);
}

static int set_workload(struct qb_options *options, const char *arg)
{
	return qb_options_add_names(options, "workload", arg, &options->workloads);
}

/* A list of CPUs is one placement; a list of policies is several. */
static int set_pin(struct qb_options *options, const char *arg)
{
	if (!isdigit((unsigned char)arg[0]))
		return qb_options_add_names(options, "pin", arg, &options->pins);
	if (add_name(&options->pins, arg, strlen(arg)) != 0)
		return qb_options_refuse(options, "pin", arg, "out of memory");
	return 0;
}

static int set_producers(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 1, QB_WORKERS_MAX - 1, THOUSAND };

	return set_list(options, "producers", arg, &limits, &options->config.producers);
}

static int set_consumers(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 1, QB_WORKERS_MAX - 1, THOUSAND };

	return set_list(options, "consumers", arg, &limits, &options->config.consumers);
}

static int set_batch(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 1, 65536, KIBI };

	return set_list(options, "batch", arg, &limits, &options->config.batches);
}

static int set_message_size(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 8, 1u << 20, KIBI };

	return set_list(options, "message-size", arg, &limits, &options->config.message_sizes);
}

static int set_capacity(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 0, UINT64_C(1) << 32, KIBI };

	return set_list(options, "capacity", arg, &limits, &options->config.capacities);
}

static int set_api(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "auto", "single", "batch", "zerocopy", NULL };
	static const enum qb_api apis[] = { QB_API_AUTO, QB_API_SINGLE, QB_API_BATCH,
		                            QB_API_ZEROCOPY };
	const int choice = qb_options_choose(options, "api", arg, words);

	if (choice >= 0)
		options->config.api = apis[choice];
	return choice < 0 ? choice : 0;
}

static int set_wait(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "auto", "spin", "yield", "block", NULL };
	static const enum qb_wait waits[] = { QB_WAIT_AUTO, QB_WAIT_SPIN, QB_WAIT_YIELD,
		                              QB_WAIT_BLOCK };
	const int choice = qb_options_choose(options, "wait", arg, words);

	if (choice >= 0)
		options->config.wait = waits[choice];
	return choice < 0 ? choice : 0;
}

static int set_numa(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 0, 1023, THOUSAND };
	static const char *const words[] = { "default", "local", "interleave", NULL };
	static const enum qb_numa policies[] = { QB_NUMA_DEFAULT, QB_NUMA_LOCAL,
		                                 QB_NUMA_INTERLEAVE };
	uint64_t node;
	int choice;

	if (isdigit((unsigned char)arg[0])) {
		choice = set_number(options, "numa", arg, &limits, &node);
		if (choice == 0) {
			options->config.numa = QB_NUMA_NODE;
			options->config.numa_node = (unsigned)node;
		}
		return choice;
	}
	choice = qb_options_choose(options, "numa", arg, words);
	if (choice >= 0)
		options->config.numa = policies[choice];
	return choice < 0 ? choice : 0;
}

static int set_no_proof(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->config.proof = false;
	return 0;
}

static int set_rate(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 1, 1000000000u, THOUSAND };

	return set_number(options, "rate", arg, &limits, &options->config.rate);
}

static int set_arrivals(struct qb_options *options, const char *arg)
{
	static const char *const words[] = { "uniform", "poisson", NULL };
	static const enum qb_arrivals arrivals[] = { QB_ARRIVALS_UNIFORM, QB_ARRIVALS_POISSON };
	const int choice = qb_options_choose(options, "arrivals", arg, words);

	if (choice >= 0)
		options->config.arrivals = arrivals[choice];
	return choice < 0 ? choice : 0;
}

static int set_shard(struct qb_options *options, const char *arg)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_shard(arg, &options->config.shard_index, &options->config.shard_count,
	                   &mistake) != 0)
		return qb_options_refuse(options, "shard", arg, "%s", mistake.text);
	return 0;
}

static int set_count(struct qb_options *options, const char *name, const char *arg,
                     unsigned *ret_count)
{
	static const struct qb_parse_limits limits = { 1, 100000, THOUSAND };
	uint64_t number;
	const int result = set_number(options, name, arg, &limits, &number);

	if (result == 0)
		*ret_count = (unsigned)number;
	return result;
}

static int set_runs(struct qb_options *options, const char *arg)
{
	return set_count(options, "runs", arg, &options->config.protocol.runs);
}

static int set_max_runs(struct qb_options *options, const char *arg)
{
	options->runs_max_given = true;
	return set_count(options, "max-runs", arg, &options->config.protocol.runs_max);
}

static int set_time(struct qb_options *options, const char *arg)
{
	options->time_given = true;
	return set_duration(options, "time", arg, MS, &options->config.protocol.time_ns);
}

static int set_warmup(struct qb_options *options, const char *arg)
{
	return set_duration(options, "warmup", arg, 0, &options->config.protocol.warmup_ns);
}

static int set_timeout(struct qb_options *options, const char *arg)
{
	return set_duration(options, "timeout", arg, 100 * MS,
	                    &options->config.protocol.timeout_ns);
}

static int set_messages(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 1, 1000000000000000u, THOUSAND };

	return set_number(options, "messages", arg, &limits,
	                  &options->config.protocol.message_count);
}

static int set_precision(struct qb_options *options, const char *arg)
{
	struct qb_parse_mistake mistake;

	if (qb_parse_percent(arg, &options->config.protocol.precision, &mistake) != 0)
		return qb_options_refuse(options, "precision", arg, "%s", mistake.text);
	return 0;
}

static int set_seed(struct qb_options *options, const char *arg)
{
	static const struct qb_parse_limits limits = { 0, INT64_MAX, THOUSAND };

	return set_number(options, "seed", arg, &limits, &options->config.protocol.seed);
}

const struct qb_option_setter qb_options_case_setters[] = {
	{ 'i', "impl", set_impl },
	{ 'w', "workload", set_workload },
	{ 'p', "producers", set_producers },
	{ 'c', "consumers", set_consumers },
	{ 'b', "batch", set_batch },
	{ KEY_API, "api", set_api },
	{ 'm', "message-size", set_message_size },
	{ 'q', "capacity", set_capacity },
	{ KEY_WAIT, "wait", set_wait },
	{ KEY_PIN, "pin", set_pin },
	{ KEY_NUMA, "numa", set_numa },
	{ KEY_NO_PROOF, "no-proof", set_no_proof },
	{ KEY_RATE, "rate", set_rate },
	{ KEY_ARRIVALS, "arrivals", set_arrivals },
	{ KEY_SHARD, "shard", set_shard },
	{ 'r', "runs", set_runs },
	{ 't', "time", set_time },
	{ KEY_WARMUP, "warmup", set_warmup },
	{ KEY_MESSAGES, "messages", set_messages },
	{ KEY_PRECISION, "precision", set_precision },
	{ KEY_MAX_RUNS, "max-runs", set_max_runs },
	{ KEY_TIMEOUT, "timeout", set_timeout },
	{ KEY_SEED, "seed", set_seed },
	{ 0, NULL, NULL },
};
