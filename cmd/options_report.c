/* options_report -- the meaning of each option that says where results go and what is said
 * meanwhile, the defaults, and what follows from all options together. */
#include <sys/random.h>
#include <time.h>

#include "cmd/baseline.h"
#include "cmd/options_keys.h"
#include "reports/comparison_report.h"

#define OUTPUT_MAX       (QB_OUTPUT_MAX - 2) /* the last are the baseline's and the trace's */
#define MS               1000000u
#define INTERVAL_NS      (20u * MS) /* between two samples of the window */
#define INTERVALS_WANTED 15u        /* at least, even of a short window */

static const char *const whens[] = { "auto", "always", "never", NULL };

static int set_when(struct qb_options *options, const char *name, const char *arg,
                    enum qb_when *ret_when)
{
	static const enum qb_when values[] = { QB_WHEN_AUTO, QB_WHEN_ALWAYS, QB_WHEN_NEVER };
	const int choice = qb_options_choose(options, name, arg, whens);

	if (choice >= 0)
		*ret_when = values[choice];
	return choice < 0 ? choice : 0;
}

static int set_color(struct qb_options *options, const char *arg)
{
	return set_when(options, "color", arg, &options->color);
}

static int set_progress(struct qb_options *options, const char *arg)
{
	return set_when(options, "progress", arg, &options->progress);
}

static int set_format(struct qb_options *options, const char *arg)
{
	const char *names[64];
	size_t count = 0;

	if (options->compares) {
		for (; qb_comparison_formats[count].name; count++)
			names[count] = qb_comparison_formats[count].name;
	} else {
		for (; qb_report_formats[count].name; count++)
			names[count] = qb_report_formats[count].name;
	}
	names[count] = NULL;
	if (qb_options_choose(options, "format", arg, names) < 0)
		return -EINVAL;
	if (options->format)
		return qb_options_refuse(options, "format", arg,
		                         "stdout has the format '%s' already", options->format);
	options->format = arg;
	return 0;
}

/* The format that the ending of a path asks for, or NULL. */
static const char *format_of_path(const struct qb_options *options, const char *path)
{
	const struct qb_comparison_format *comparison = qb_comparison_format_by_path(path);
	const struct qb_report_format *report = qb_report_by_path(path);

	if (options->compares)
		return comparison ? comparison->name : NULL;
	return report ? report->name : NULL;
}

/* The ending decides; a --format before it is used up only where the ending says nothing. */
static int set_output(struct qb_options *options, const char *arg)
{
	const char *format = format_of_path(options, arg);
	struct qb_output_request *request = &options->outputs[options->output_count];

	if (arg[0] == 0)
		return qb_options_refuse(options, "output", arg, "a file's name is missing");
	if (options->output_count == OUTPUT_MAX)
		return qb_options_refuse(options, "output", arg, "more than %d files", OUTPUT_MAX);
	if (format && strcmp(format, "text") != 0) {
		request->format = format;
	} else if (options->format) {
		request->format = options->format;
		options->format = NULL;
	} else if (format) {
		request->format = format;
	} else {
		return qb_options_refuse(options, "output", arg,
		                         "its ending names no format; put --format before it");
	}
	request->path = arg;
	options->output_count++;
	return 0;
}

static int set_save_baseline(struct qb_options *options, const char *arg)
{
	if (!qb_baseline_name_is_sound(arg))
		return qb_options_refuse(options, "save-baseline", arg,
		                         "a name is letters, digits, '.', '_' and '-', and does "
		                         "not begin with '.'");
	options->baseline = arg;
	return 0;
}

static int set_trace(struct qb_options *options, const char *arg)
{
	if (arg[0] == 0)
		return qb_options_refuse(options, "trace", arg, "a file's name is missing");
	options->trace = arg;
	return 0;
}

static int set_quiet(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->quiet = true;
	return 0;
}

static int set_verbose(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->verbose = true;
	return 0;
}

static int set_log(struct qb_options *options, const char *arg)
{
	if (arg[0] == 0)
		return qb_options_refuse(options, "log", arg, "a file's name is missing");
	options->log = arg;
	return 0;
}

static int set_topology(struct qb_options *options, const char *arg)
{
	if (arg[0] == 0)
		return qb_options_refuse(options, "topology", arg, "a topology is missing");
	options->config.topology = arg;
	return 0;
}

static int set_names(struct qb_options *options, const char *arg)
{
	static const char *const kinds[] = { "impls", "workloads", "formats",  "comparison-formats",
		                             "pins",  "counters",  "commands", "options",
		                             NULL };
	const int choice = qb_options_choose(options, "names", arg, kinds);

	if (choice >= 0)
		options->names = kinds[choice];
	return choice < 0 ? choice : 0;
}

static int set_all_pairs(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->all_pairs = true;
	return 0;
}

static int set_fresh(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->fresh = true;
	return 0;
}

static int set_limits(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->limits = true;
	return 0;
}

static int set_alarm(struct qb_options *options, const char *arg)
{
	(void)arg;
	options->alarm = true;
	return 0;
}

static int set_perf_ctl(struct qb_options *options, const char *arg)
{
	const char *comma = strchr(arg, ',');

	if (arg[0] == 0 || comma == arg || (comma && comma[1] == 0))
		return qb_options_refuse(options, "perf-ctl", arg, "a FIFO's name is missing");
	options->perf_ctl = arg;
	return 0;
}

const struct qb_option_setter qb_options_report_setters[] = {
	{ 'f', "format", set_format },
	{ 'o', "output", set_output },
	{ KEY_SAVE_BASELINE, "save-baseline", set_save_baseline },
	{ KEY_QUIET, "quiet", set_quiet },
	{ KEY_VERBOSE, "verbose", set_verbose },
	{ KEY_LOG, "log", set_log },
	{ KEY_COLOR, "color", set_color },
	{ KEY_PROGRESS, "progress", set_progress },
	{ KEY_TOPOLOGY, "topology", set_topology },
	{ KEY_NAMES, "names", set_names },
	{ KEY_ALL_PAIRS, "all-pairs", set_all_pairs },
	{ KEY_FRESH, "fresh", set_fresh },
	{ KEY_LIMITS, "limits", set_limits },
	{ KEY_PERF_CTL, "perf-ctl", set_perf_ctl },
	{ KEY_TRACE, "trace", set_trace },
	{ KEY_ALARM, "alarm", set_alarm },
	{ 0, NULL, NULL },
};

static void set_single(struct qb_number_list *list, uint64_t value)
{
	list->count = 1;
	list->values[0] = value;
}

/* 31 bits, so that it can be typed again and survives every JSON reader. */
static uint64_t draw_seed(void)
{
	uint32_t drawn;

	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		drawn = (uint32_t)time(NULL);
	return drawn & 0x7fffffffu;
}

void qb_options_default(struct qb_options *ret_options)
{
	struct qb_config *config = &ret_options->config;

	memset(ret_options, 0, sizeof(*ret_options));
	qb_options_gate_default(&ret_options->gate);
	set_single(&config->producers, 1);
	set_single(&config->consumers, 1);
	set_single(&config->batches, 1);
	set_single(&config->message_sizes, 8);
	set_single(&config->capacities, 65536);
	config->proof = true;
	config->shard_index = config->shard_count = 1;
	config->protocol.runs = 10;
	config->protocol.runs_max = 100;
	config->protocol.time_ns = 300 * MS;
	config->protocol.warmup_ns = 100 * MS;
	config->protocol.timeout_ns = UINT64_C(10000) * MS;
	config->protocol.seed = draw_seed();
}

/* Short windows are sampled more often, long ones as often as there is room for. */
static uint64_t choose_interval(const struct qb_protocol *protocol)
{
	uint64_t interval_ns = INTERVAL_NS;

	if (protocol->message_count)
		return interval_ns;
	if (protocol->time_ns / INTERVALS_WANTED < interval_ns)
		interval_ns = protocol->time_ns / INTERVALS_WANTED;
	if (protocol->time_ns / interval_ns > QB_INTERVALS_MAX / 2)
		interval_ns = protocol->time_ns / (QB_INTERVALS_MAX / 2);
	return interval_ns > MS ? interval_ns : MS;
}

static int fail(struct qb_options *options, const char *sentence)
{
	return qb_error_set(&options->error, EINVAL, "%s", sentence);
}

int qb_options_settle(struct qb_options *options)
{
	static const char *const throughput[] = { "throughput" };
	struct qb_config *config = &options->config;
	struct qb_protocol *protocol = &config->protocol;

	config->impls = (const char *const *)options->impls.items;
	config->impl_count = options->impls.count;
	config->workloads = options->workloads.count ? (const char *const *)options->workloads.items
	                                             : throughput;
	config->workload_count = options->workloads.count ? options->workloads.count : 1;
	config->pins = (const char *const *)options->pins.items;
	config->pin_count = options->pins.count;
	if (protocol->message_count && options->time_given)
		return fail(options, "--messages and --time exclude each other");
	if (options->runs_max_given && protocol->precision <= 0)
		return fail(options, "--max-runs needs --precision");
	if (options->runs_max_given && protocol->runs_max < protocol->runs)
		return qb_error_set(&options->error, EINVAL, "--max-runs %u is less than --runs %u",
		                    protocol->runs_max, protocol->runs);
	if (protocol->runs_max < protocol->runs)
		protocol->runs_max = protocol->runs;
	if (options->events.count && options->counting == QB_COUNTING_OFF)
		return fail(options, "--event and --counters=off exclude each other");
	if (options->explain && options->counting == QB_COUNTING_OFF)
		return fail(options, "--explain and --counters=off exclude each other");
	if (options->quiet && options->verbose)
		return fail(options, "--quiet and --verbose exclude each other");
	protocol->interval_ns = choose_interval(protocol);
	return qb_options_gate_settle(options);
}

static void finish_names(struct qb_names *names)
{
	for (size_t index = 0; index < names->count; index++)
		free(names->items[index]);
	free(names->items);
}

void qb_options_finish(struct qb_options *options)
{
	finish_names(&options->impls);
	finish_names(&options->workloads);
	finish_names(&options->pins);
	finish_names(&options->events);
	free(options->words);
}
