/* explain -- rules over counters: one row or one function each, with its threshold.
 *
 * A sentence names the figure, the threshold that it passed, and what it means; where a threshold
 * is more than a rule of thumb, its source stands beside it.  Rules only compare: what two of them
 * say of one case may both be true. */
#include "harness/explain.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 64

/* One counter against one threshold. */
struct rule {
	const char *code, *counter;
	bool per_message; /* else its value */
	bool below;       /* fires below the threshold, else above */
	double threshold;
	const char *meaning;
};

/* A mispredicted branch costs some 15 to 20 cycles and a miss of the last cache some 200 (Intel 64
 * and IA-32 Architectures Optimization Reference Manual): from these rates on they are a tenth of a
 * message of 40 cycles.  A machine clear for memory order restarts the pipeline (the same, chapter
 * on the machine clears of the top-down method). */
static const struct rule rules[] = {
	{ "kernel-time", "kernel-share", false, false, 0.05,
	  "of the CPU time is the kernel's: threads sleep, wake each other or yield, and a queue "
	  "of "
	  "that kind is measured by --counters=all alone" },
	{ "sleeps", "switches-per-kilomessage", false, false, 10,
	  "context switches in a thousand messages: each takes a microsecond or more, and its "
	  "caches "
	  "with it; larger batches or spinning longer before sleeping avoid them" },
	{ "page-faults", "page-faults-minor", true, false, 0.001,
	  "page faults a message: memory is touched for the first time while it is measured; the "
	  "queue allocates as it goes" },
	{ "waits-for-memory", "ipc", false, true, 0.5,
	  "instructions a cycle: threads wait, for lines of other cores or for atomics, rather "
	  "than "
	  "compute" },
	{ "cache-misses", "llc-misses", true, false, 0.02,
	  "loads a message miss the last cache: the queue and its messages outgrow it; a smaller "
	  "--capacity tells" },
	{ "branch-misses", "branch-misses", true, false, 0.2,
	  "branches a message are mispredicted, which costs 15 to 20 cycles each: full and empty "
	  "alternate unpredictably" },
	{ "memory-order-clears", "memory-clears-per-kilomessage", false, false, 10,
	  "times in a thousand messages a core had to start again because another one wrote what "
	  "it "
	  "had read ahead: threads poll a line that is written all the time" },
	{ "bus-locks", "bus-locks", true, false, 0,
	  "atomics a message lock the bus: one of them crosses a line, and stops every core" },
};

static const struct qb_counter *find(const struct qb_result *result, const char *name)
{
	for (size_t i = 0; i < result->counter_count; i++)
		if (result->counters[i].available && strcmp(result->counters[i].name, name) == 0)
			return &result->counters[i];
	return NULL;
}

static bool apply(const struct rule *rule, const struct qb_result *result, char *ret_text,
                  size_t size)
{
	const struct qb_counter *counter = find(result, rule->counter);
	double value;

	if (!counter)
		return false;
	value = rule->per_message ? counter->per_message : counter->value;
	if (!isfinite(value) || !(rule->below ? value < rule->threshold : value > rule->threshold))
		return false;
	snprintf(ret_text, size, "%.3g (%s than %g) %s", value, rule->below ? "less" : "more",
	         rule->threshold, rule->meaning);
	return true;
}

/* Lines that have to move for one message: there with it, and back to be written again; the
 * indices move at most once a batch each way. */
static double lines_needed(const struct qb_case *c)
{
	return 2 * ((double)c->message_size / LINE_BYTES + 1 / (double)c->batch);
}

static bool transfers_say(const struct qb_result *result, char *ret_text, size_t size)
{
	const struct qb_counter *moved = find(result, "line-transfers-per-message");
	const double needed = lines_needed(&result->c);

	if (!moved || moved->value <= 2 * needed)
		return false;
	snprintf(
		ret_text, size,
		"%.3g lines move for each message, where %.3g would do (its bytes and two indices, "
		"there and back): threads contend for one line, or false sharing puts what two "
		"threads write into one",
		moved->value, needed);
	return true;
}

/* Whether both roles can be heard at all: a queue that is always full waits for its consumers. */
static bool flow_says(const struct qb_result *result, char *ret_text, size_t size)
{
	const double full = result->flow.producer_misses_per_message;
	const double empty = result->flow.consumer_misses_per_message;

	if (!(full > 0.5 || empty > 0.5) || !(full > 2 * empty || empty > 2 * full))
		return false;
	snprintf(ret_text, size,
	         "the queue is found %s %.3g times a message, and %s %.3g times: %s set the pace, "
	         "and "
	         "the others spin",
	         full > empty ? "full" : "empty", fmax(full, empty),
	         full > empty ? "empty" : "full", fmin(full, empty),
	         full > empty ? "consumers" : "producers");
	return true;
}

static bool delay_says(const struct qb_result *result, char *ret_text, size_t size)
{
	const struct qb_counter *delay = find(result, "run-delay-ns");
	const struct qb_counter *cpu = find(result, "cpu-ns");

	if (!delay || !cpu || delay->value <= 0.05 * (delay->value + cpu->value))
		return false;
	snprintf(ret_text, size,
	         "threads waited %.0f %% of their time (more than 5 %%) for a CPU that somebody "
	         "else "
	         "had: %s",
	         100 * delay->value / (delay->value + cpu->value),
	         result->c.oversubscribed ? "there are more of them than CPUs"
	                                  : "the figure is of the machine's load too, see 'qbench "
	                                    "doctor'");
	return true;
}

static bool absence_says(const struct qb_result *result, char *ret_text, size_t size)
{
	for (size_t i = 0; i < result->counter_count; i++) {
		const struct qb_counter *counter = &result->counters[i];

		if (counter->available || strcmp(counter->name, "cycles") != 0)
			continue;
		snprintf(ret_text, size,
		         "without hardware counters nothing can be said on cycles, misses and line "
		         "transfers: %s",
		         counter->reason);
		return true;
	}
	return false;
}

static const struct {
	const char *code;
	bool (*says)(const struct qb_result *result, char *ret_text, size_t size);
} judges[] = {
	{ "pace", flow_says },
	{ "waits-for-cpu", delay_says },
	{ "line-transfers", transfers_say },
	{ "no-hardware-counters", absence_says },
};

#define RULE_COUNT  (sizeof(rules) / sizeof(rules[0]))
#define JUDGE_COUNT (sizeof(judges) / sizeof(judges[0]))

static void take(struct qb_result *result, const char *code)
{
	struct qb_warning *taken = &result->explanations[result->explanation_count++];

	snprintf(taken->code, sizeof(taken->code), "%s", code);
}

int qb_explain_result(struct qb_result *result)
{
	struct qb_warning *at;

	if (!result->explanations)
		result->explanations =
			calloc(RULE_COUNT + JUDGE_COUNT + 1, sizeof(*result->explanations));
	if (!result->explanations)
		return -ENOMEM;
	result->explanation_count = 0;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		at = &result->explanations[result->explanation_count];
		if (apply(&rules[i], result, at->text, sizeof(at->text)))
			take(result, rules[i].code);
	}
	for (size_t i = 0; i < JUDGE_COUNT; i++) {
		at = &result->explanations[result->explanation_count];
		if (judges[i].says(result, at->text, sizeof(at->text)))
			take(result, judges[i].code);
	}
	if (result->explanation_count > 0)
		return 0;
	snprintf(result->explanations[0].text, sizeof(result->explanations[0].text),
	         "no counter passes a threshold: nothing stands out");
	take(result, "nothing");
	return 0;
}
