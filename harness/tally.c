/* tally -- counts of runs become counters of a case.
 *
 * Groups of events take turns over runs, so each counter is a sum over the runs that had its turn,
 * per message of just these.  A counter that a run should have had and has not is missing from that
 * run only; one that no run had is absent, with the first reason.  Nothing absent becomes 0. */
#include "harness/tally.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTERS_MAX (QB_COUNTERS_EVENTS_MAX + QB_USAGE_COUNT + QB_ENERGY_COUNT + QB_METRIC_COUNT)

/* One counter over runs. */
struct line {
	unsigned run_count; /* that had it */
	struct qb_counters_value of[QB_ROLE_COUNT], total;
	uint64_t messages[QB_ROLE_COUNT]; /* of those runs */
	enum qb_absence absence;          /* of the first run that had it not, although its turn */
	float coverage;                   /* of that run: too little, where that is the reason */
	char reason[240];
};

struct qb_tally {
	unsigned run_count;
	uint64_t received; /* of all runs */
	struct line events[QB_COUNTERS_EVENTS_MAX];
	struct line usage[QB_USAGE_COUNT];
	struct line joules[QB_ENERGY_COUNT];
};

static const char *const usage_names[QB_USAGE_COUNT] = {
	[QB_USAGE_CPU] = "cpu-ns",
	[QB_USAGE_USER] = "user-ns",
	[QB_USAGE_SYSTEM] = "system-ns",
	[QB_USAGE_DELAY] = "run-delay-ns",
	[QB_USAGE_VOLUNTARY] = "context-switches-voluntary",
	[QB_USAGE_INVOLUNTARY] = "context-switches-involuntary",
	[QB_USAGE_MIGRATIONS] = "cpu-migrations",
	[QB_USAGE_MINOR_FAULTS] = "page-faults-minor",
	[QB_USAGE_MAJOR_FAULTS] = "page-faults-major",
};

/* Those that are more than a counter per message, which each counter has beside it. */
static const enum qb_counter_metric derived[] = {
	QB_METRIC_IPC,
	QB_METRIC_EFFECTIVE_GHZ,
	QB_METRIC_KERNEL_SHARE,
	QB_METRIC_TRANSFERS_PER_MESSAGE,
	QB_METRIC_CLEARS_PER_KILOMESSAGE,
	QB_METRIC_SWITCHES_PER_KILOMESSAGE,
	QB_METRIC_JOULES_PER_MEGAMESSAGE,
};

#define DERIVED_COUNT (sizeof(derived) / sizeof(derived[0]))

static void add_line(struct line *line, const struct qb_counts *counts,
                     const struct qb_counters_value *producers,
                     const struct qb_counters_value *consumers)
{
	const struct qb_counters_value *const of[QB_ROLE_COUNT] = { producers, consumers };
	const struct qb_counters_value total = qb_counter_math_sum(*producers, *consumers);
	const bool first = line->run_count == 0;

	if (!total.available) {
		if (line->absence == QB_ABSENCE_NONE || line->absence == QB_ABSENCE_OTHER_RUN) {
			line->absence = (enum qb_absence)total.absence;
			line->coverage = total.coverage;
		}
		return;
	}
	line->run_count++;
	line->total = first ? total : qb_counter_math_sum(line->total, total);
	for (int role = 0; role < QB_ROLE_COUNT; role++) {
		line->of[role] = first ? *of[role] : qb_counter_math_sum(line->of[role], *of[role]);
		line->messages[role] += counts->of[role].message_count;
	}
}

/* Energy is the whole machine's, and in a run that others disturbed it is theirs too. */
static void add_joules(struct line *line, const struct qb_counts *counts, int domain,
                       bool disturbed)
{
	const struct qb_counters_value none = qb_counter_math_present(0);

	if (counts->joules[domain].available && disturbed) {
		if (line->reason[0] == '\0')
			snprintf(line->reason, sizeof(line->reason),
			         "energy: others ran on the machine meanwhile");
		line->absence = QB_ABSENCE_OTHER;
		return;
	}

	add_line(line, counts, &counts->joules[domain],
	         counts->joules[domain].available ? &none : &counts->joules[domain]);
	if (line->reason[0] == '\0')
		snprintf(line->reason, sizeof(line->reason), "%s", counts->joules_why[domain].text);
}

static bool all_sound(const struct qb_counters_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i].absence >= QB_ABSENCE_COUNT ||
		    (!values[i].available && values[i].absence == QB_ABSENCE_NONE))
			return false;
	return true;
}

/* The child's memory is the queue's to spoil: no code is an index before it was looked at. */
static bool intact(const struct qb_counts *counts, unsigned event_count)
{
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		if (!all_sound(counts->of[role].events, event_count) ||
		    !all_sound(counts->of[role].usage, QB_USAGE_COUNT))
			return false;
	for (int i = 0; i < QB_ENERGY_COUNT; i++)
		if (!memchr(counts->joules_why[i].text, '\0', sizeof(counts->joules_why[i].text)))
			return false;
	return all_sound(counts->joules, QB_ENERGY_COUNT);
}

int qb_tally_add(struct qb_result *result, const struct qb_counters *counters,
                 const struct qb_samples *samples)
{
	const struct qb_counts *counts = &samples->counts;
	const struct qb_role_counts *producers = &counts->of[QB_PRODUCE];
	const struct qb_role_counts *consumers = &counts->of[QB_CONSUME];
	struct qb_tally *tally;

	if (!counters || !counts->counted || !intact(counts, counters->event_count))
		return 0;
	if (!result->tally)
		result->tally = calloc(1, sizeof(*result->tally));
	tally = result->tally;
	if (!tally)
		return -ENOMEM;
	tally->run_count++;
	tally->received += consumers->message_count;
	for (unsigned i = 0; i < counters->event_count; i++)
		add_line(&tally->events[i], counts, &producers->events[i], &consumers->events[i]);
	for (int i = 0; i < QB_USAGE_COUNT; i++)
		add_line(&tally->usage[i], counts, &producers->usage[i], &consumers->usage[i]);
	for (int i = 0; i < QB_ENERGY_COUNT; i++)
		add_joules(&tally->joules[i], counts, i,
		           result->run_count > 0 && result->runs[result->run_count - 1].disturbed);
	return 0;
}

static double per(double part, uint64_t whole) { return whole > 0 ? part / (double)whole : NAN; }

static void name(struct qb_counter *counter, const char *text)
{
	snprintf(counter->name, sizeof(counter->name), "%s", text);
}

__attribute__((format(printf, 3, 4))) static void
put_absence(struct qb_counter *counter, enum qb_absence code, const char *format, ...)
{
	va_list arguments;

	snprintf(counter->code, sizeof(counter->code), "%s", qb_absence_name(code));
	va_start(arguments, format);
	vsnprintf(counter->reason, sizeof(counter->reason), format, arguments);
	va_end(arguments);
}

/* A counter with a value; `by_role` where the threads of a role have a part of their own. */
static void put_line(struct qb_counter *counter, const struct line *line, bool by_role)
{
	counter->available = true;
	counter->value = line->total.value;
	counter->coverage = (double)line->total.coverage;
	counter->per_message = per(line->total.value, line->messages[QB_CONSUME]);
	counter->by_role = by_role;
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		counter->role_per_message[role] = per(line->of[role].value, line->messages[role]);
}

static struct qb_counters_value absent_of(const struct line *line)
{
	struct qb_counters_value value = qb_counter_math_absent(line->absence);

	value.coverage = line->coverage;
	return value;
}

static void put_event(struct qb_counter *counter, const struct qb_tally *tally,
                      const struct qb_counters *counters, unsigned event)
{
	const struct line *line = &tally->events[event];
	struct qb_counters_value absent;
	struct qb_counters_why why;

	name(counter, counters->events[event].name);
	if (line->run_count > 0) {
		put_line(counter, line, true);
		return;
	}
	absent = absent_of(line);
	qb_counters_explain(counters, event, &absent, &why);
	if (why.code == QB_ABSENCE_OTHER_RUN)
		put_absence(counter, why.code,
		            "its turn did not come: events take turns over %u runs, and there were "
		            "%u (--runs)",
		            counters->group_count, tally->run_count);
	else
		put_absence(counter, why.code, "%s", why.text);
}

static void put_usage(struct qb_counter *counter, const struct qb_tally *tally, int usage)
{
	const struct line *line = &tally->usage[usage];

	name(counter, usage_names[usage]);
	if (line->run_count > 0)
		put_line(counter, line, true);
	else if (usage == QB_USAGE_MIGRATIONS)
		put_absence(counter, QB_ABSENCE_DENIED,
		            "needs CAP_PERFMON or kernel.perf_event_paranoid <= 1");
	else
		put_absence(counter, QB_ABSENCE_OTHER,
		            "the kernel does not tell it of a running thread");
}

static void put_joules(struct qb_counter *counter, const struct qb_tally *tally, int domain)
{
	const struct line *line = &tally->joules[domain];
	char text[QB_NAME_SIZE];

	snprintf(text, sizeof(text), "energy-%s-joules",
	         qb_energy_name((enum qb_energy_domain)domain));
	name(counter, text);
	if (line->run_count > 0)
		put_line(counter, line, false);
	else
		put_absence(counter, line->absence, "%s", line->reason);
}

/* Of a case of `received` messages, whatever runs this one was counted in. */
static struct qb_counters_value scaled(const struct line *line, uint64_t received)
{
	if (line->run_count == 0)
		return absent_of(line);
	return qb_counter_math_ratio(line->total, (double)line->messages[QB_CONSUME],
	                             (double)received);
}

static void gather(const struct qb_tally *tally, const struct qb_counters *counters,
                   struct qb_counter_inputs *ret_inputs)
{
	const uint64_t received = tally->received;

	qb_counter_math_inputs_init(ret_inputs);
	ret_inputs->message_count = received;
	for (unsigned i = 0; i < counters->event_count; i++)
		if (counters->events[i].semantic >= 0)
			ret_inputs->events[counters->events[i].semantic] =
				scaled(&tally->events[i], received);
	ret_inputs->cpu_ns = scaled(&tally->usage[QB_USAGE_CPU], received);
	ret_inputs->user_ns = scaled(&tally->usage[QB_USAGE_USER], received);
	ret_inputs->system_ns = scaled(&tally->usage[QB_USAGE_SYSTEM], received);
	ret_inputs->switches =
		qb_counter_math_sum(scaled(&tally->usage[QB_USAGE_VOLUNTARY], received),
	                            scaled(&tally->usage[QB_USAGE_INVOLUNTARY], received));
	ret_inputs->joules = scaled(&tally->joules[QB_ENERGY_PACKAGE], received);
}

/* The processor's, or else what there is. */
static int energy_domain(const struct qb_tally *tally)
{
	for (int i = 0; i < QB_ENERGY_COUNT; i++)
		if (tally->joules[i].absence != QB_ABSENCE_EVENT_MISSING)
			return i;
	return QB_ENERGY_PACKAGE;
}

/* In the words of whatever part of it is missing. */
static void explain_derived(struct qb_counter *counter, const struct qb_tally *tally,
                            const struct qb_counters *counters, enum qb_counter_metric metric,
                            const struct qb_counters_value *value)
{
	const enum qb_absence absence = (enum qb_absence)value->absence;
	struct qb_counters_why why;

	if (metric == QB_METRIC_JOULES_PER_MEGAMESSAGE) {
		put_absence(counter, tally->joules[energy_domain(tally)].absence, "%s",
		            tally->joules[energy_domain(tally)].reason);
		return;
	}
	for (unsigned i = 0; i < counters->event_count; i++) {
		if (counters->events[i].why.code != absence ||
		    !qb_counter_math_takes(metric, counters->events[i].semantic))
			continue;
		put_absence(counter, absence, "%s", counters->events[i].why.text);
		return;
	}
	qb_absence_explain(&counters->machine.facts, absence, (double)value->coverage, &why);
	put_absence(counter, absence, "a part is missing: %.200s", why.text);
}

static void put_derived(struct qb_counter *counter, const struct qb_tally *tally,
                        const struct qb_counters *counters, enum qb_counter_metric metric)
{
	struct qb_counter_inputs inputs;
	struct qb_counters_value value;

	gather(tally, counters, &inputs);
	value = qb_counter_math_derive(metric, &inputs);
	name(counter, qb_counter_math_metric_name(metric));
	counter->available = value.available;
	counter->value = value.value;
	counter->per_message = NAN; /* it is no sum */
	counter->coverage = (double)value.coverage;
	if (!value.available)
		explain_derived(counter, tally, counters, metric, &value);
}

int qb_tally_settle(struct qb_result *result, const struct qb_counters *counters)
{
	struct qb_counter *at;

	if (!result->tally || !counters)
		return 0;
	if (!result->counters)
		result->counters = calloc(COUNTERS_MAX, sizeof(*result->counters));
	if (!result->counters)
		return -ENOMEM;
	memset(result->counters, 0, COUNTERS_MAX * sizeof(*result->counters));
	at = result->counters;
	for (unsigned i = 0; i < counters->event_count; i++)
		put_event(at++, result->tally, counters, i);
	for (int i = 0; i < QB_USAGE_COUNT; i++)
		put_usage(at++, result->tally, i);
	for (int i = 0; i < QB_ENERGY_COUNT; i++)
		if (i == energy_domain(result->tally) ||
		    result->tally->joules[i].absence != QB_ABSENCE_EVENT_MISSING)
			put_joules(at++, result->tally, i);
	for (size_t i = 0; i < DERIVED_COUNT; i++)
		put_derived(at++, result->tally, counters, derived[i]);
	result->counter_count = (size_t)(at - result->counters);
	return 0;
}
