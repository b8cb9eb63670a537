/* counter_math -- scaling, differences and figures a message, without a system call.
 *
 * All of it is arithmetic on values that may be absent; absence travels through every operation,
 * because a sum with a missing part printed as a number is how a wrong figure is born. */
#include "perfcounters/counter_math.h"

#include <assert.h>
#include <math.h>

/* One row per metric: the numerator's parts, what divides it, and by how much it is scaled. */
enum divisor { PER_MESSAGE, PER_CYCLE, PER_CPU_NS };

struct recipe {
	const char *name, *unit;
	int first, second; /* events; -1: none */
	enum divisor divisor;
	double factor;
};

static const struct recipe recipes[QB_METRIC_COUNT] = {
	[QB_METRIC_IPC] = { "ipc", "1/cycle", QB_EVENT_INSTRUCTIONS, -1, PER_CYCLE, 1 },
	[QB_METRIC_CYCLES_PER_MESSAGE] = { "cycles-per-message", "cycles/msg", QB_EVENT_CYCLES, -1,
	                                   PER_MESSAGE, 1 },
	[QB_METRIC_INSTRUCTIONS_PER_MESSAGE] = { "instructions-per-message", "1/msg",
	                                         QB_EVENT_INSTRUCTIONS, -1, PER_MESSAGE, 1 },
	[QB_METRIC_EFFECTIVE_GHZ] = { "effective-ghz", "GHz", QB_EVENT_CYCLES, -1, PER_CPU_NS, 1 },
	[QB_METRIC_TRANSFERS_PER_MESSAGE] = { "line-transfers-per-message", "1/msg",
	                                      QB_EVENT_TRANSFERS_LOAD, QB_EVENT_TRANSFERS_RFO,
	                                      PER_MESSAGE, 1 },
	[QB_METRIC_L1D_MISSES_PER_MESSAGE] = { "l1d-misses-per-message", "1/msg",
	                                       QB_EVENT_L1D_MISSES, -1, PER_MESSAGE, 1 },
	[QB_METRIC_LLC_MISSES_PER_MESSAGE] = { "llc-misses-per-message", "1/msg",
	                                       QB_EVENT_LLC_MISSES, -1, PER_MESSAGE, 1 },
	[QB_METRIC_BRANCH_MISSES_PER_MESSAGE] = { "branch-misses-per-message", "1/msg",
	                                          QB_EVENT_BRANCH_MISSES, -1, PER_MESSAGE, 1 },
	[QB_METRIC_CLEARS_PER_KILOMESSAGE] = { "memory-clears-per-kilomessage", "1/kmsg",
	                                       QB_EVENT_MEMORY_CLEARS, -1, PER_MESSAGE, 1e3 },
	/* The last three are not made of events; derive() names their inputs. */
	[QB_METRIC_SWITCHES_PER_KILOMESSAGE] = { "switches-per-kilomessage", "1/kmsg", -1, -1,
	                                         PER_MESSAGE, 1e3 },
	[QB_METRIC_KERNEL_SHARE] = { "kernel-share", "", -1, -1, PER_MESSAGE, 1 },
	[QB_METRIC_JOULES_PER_MEGAMESSAGE] = { "joules-per-megamessage", "J/Mmsg", -1, -1,
	                                       PER_MESSAGE, 1e6 },
};

struct qb_counters_value qb_counter_math_present(double value)
{
	return (struct qb_counters_value){
		.value = value, .coverage = 1, .available = true, .proven = true
	};
}

struct qb_counters_value qb_counter_math_absent(enum qb_absence absence)
{
	assert(absence != QB_ABSENCE_NONE);
	return (struct qb_counters_value){ .value = NAN, .absence = (uint8_t)absence };
}

uint64_t qb_counter_math_difference(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

struct qb_counters_value qb_counter_math_scale(struct qb_counter_delta delta)
{
	/* In double: value * enabled passes 2^64 within minutes at some GHz. */
	const double enabled = (double)delta.enabled_ns, running = (double)delta.running_ns;
	struct qb_counters_value value = qb_counter_math_present((double)delta.value);

	/* The clock of a thread's events stands still while the thread sleeps: it never ran, and
	 * truly counted nothing. */
	if (delta.enabled_ns == 0 && delta.running_ns == 0)
		return value;
	if (delta.running_ns == 0)
		return qb_counter_math_absent(QB_ABSENCE_NO_SLOTS);
	value.coverage = running < enabled ? (float)(running / enabled) : 1;
	if (value.coverage >= (float)QB_COVERAGE_FULL)
		return value;
	value.absence = QB_ABSENCE_MULTIPLEXED;
	value.value *= enabled / running;
	if (value.coverage < (float)QB_COVERAGE_MIN) {
		value.available = false;
		value.value = NAN;
	}
	return value;
}

struct qb_counters_value qb_counter_math_sum(struct qb_counters_value a, struct qb_counters_value b)
{
	if (!a.available || !b.available)
		return a.available ? b : a;
	a.value += b.value;
	a.coverage = a.coverage < b.coverage ? a.coverage : b.coverage;
	a.absence = a.absence ? a.absence : b.absence;
	a.proven = a.proven || b.proven;
	return a;
}

struct qb_counters_value qb_counter_math_ratio(struct qb_counters_value value, double divisor,
                                               double factor)
{
	if (!value.available)
		return value;
	if (!(divisor > 0))
		return qb_counter_math_absent(QB_ABSENCE_INPUT);
	value.value = value.value * factor / divisor;
	return value;
}

/* A ratio of two values is as well covered as the worse of them. */
static struct qb_counters_value divide(struct qb_counters_value value,
                                       struct qb_counters_value divisor, double factor)
{
	const double by = divisor.value;

	if (!value.available || !divisor.available)
		return value.available ? divisor : value;
	divisor.value = 0;
	return qb_counter_math_ratio(qb_counter_math_sum(value, divisor), by, factor);
}

const char *qb_counter_math_metric_name(enum qb_counter_metric metric)
{
	assert(metric < QB_METRIC_COUNT);
	return recipes[metric].name;
}

const char *qb_counter_math_metric_unit(enum qb_counter_metric metric)
{
	assert(metric < QB_METRIC_COUNT);
	return recipes[metric].unit;
}

bool qb_counter_math_takes(enum qb_counter_metric metric, int event)
{
	assert(metric < QB_METRIC_COUNT);
	const struct recipe *recipe = &recipes[metric];

	return event >= 0 && (event == recipe->first || event == recipe->second ||
	                      (recipe->divisor == PER_CYCLE && event == QB_EVENT_CYCLES));
}

void qb_counter_math_inputs_init(struct qb_counter_inputs *inputs)
{
	const struct qb_counters_value absent = qb_counter_math_absent(QB_ABSENCE_INPUT);

	for (int i = 0; i < QB_EVENT_COUNT; i++)
		inputs->events[i] = absent;
	inputs->cpu_ns = inputs->user_ns = inputs->system_ns = absent;
	inputs->switches = inputs->joules = absent;
	inputs->message_count = 0;
}

static struct qb_counters_value divisor_of(enum divisor divisor,
                                           const struct qb_counter_inputs *inputs)
{
	switch (divisor) {
	case PER_CYCLE:
		return inputs->events[QB_EVENT_CYCLES];
	case PER_CPU_NS:
		return inputs->cpu_ns;
	default:
		return qb_counter_math_present((double)inputs->message_count);
	}
}

struct qb_counters_value qb_counter_math_derive(enum qb_counter_metric metric,
                                                const struct qb_counter_inputs *inputs)
{
	struct qb_counters_value numerator, total;

	assert(metric < QB_METRIC_COUNT);
	const struct recipe *recipe = &recipes[metric];

	switch (metric) {
	case QB_METRIC_KERNEL_SHARE:
		total = qb_counter_math_sum(inputs->user_ns, inputs->system_ns);
		return divide(inputs->system_ns, total, 1);
	case QB_METRIC_SWITCHES_PER_KILOMESSAGE:
		numerator = inputs->switches;
		break;
	case QB_METRIC_JOULES_PER_MEGAMESSAGE:
		numerator = inputs->joules;
		break;
	default:
		numerator = inputs->events[recipe->first];
	}
	if (recipe->second >= 0)
		numerator = qb_counter_math_sum(numerator, inputs->events[recipe->second]);
	return divide(numerator, divisor_of(recipe->divisor, inputs), recipe->factor);
}
