/* reading -- what the figures of a result mean, in sentences with advice.
 *
 * Each rule has a measure, a threshold and a sentence.  Rules of one group explain the same thing
 * in different ways: the first that holds speaks.  A measure is NaN where it says nothing. */
#include "harness/reading.h"

#include <math.h>

/* A line's way there and back where it was not measured: what cores that share a cache take. Public
 * tables of core-to-core latencies have 34 to 60 ns within such a group and 90 to 230 between
 * groups. */
#define ROUND_TRIP_NS 60

/* More than the spread of short repetitions, which differ by a fifth on a quiet machine. */
#define SHARE_MAX 1.25

/* A twentieth of the time: then one side is gone for a slice again and again, and what the other
 * finds meanwhile is an empty or a full queue. */
#define CPU_TAKEN_MAX 0.05

enum group { WAITING, BATCHES, SLICES, SLEEPS, LIMIT, FAIRNESS, GROUP_COUNT };

struct rule {
	const char *code;
	enum group group;
	double (*measure)(const struct qb_result *result);
	double threshold;     /* at which it holds */
	const char *sentence; /* {}: the measure, {%}: in percent */
};

static double throughput(const struct qb_result *result)
{
	const struct qb_metric *metric = qb_result_metric(result, "throughput");

	return metric && metric->n > 0 ? metric->estimate.hl : NAN;
}

static double threads_per_cpu(const struct qb_result *result)
{
	const struct qb_case *c = &result->c;
	const unsigned count = qb_case_worker_count(c);
	unsigned cpus = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned before = 0;

		while (c->cpus[before] != c->cpus[i])
			before++;
		cpus += before == i;
	}
	/* Of threads that are not pinned it is only known that they outnumber the CPUs. */
	if (!c->oversubscribed && cpus == count)
		return NAN;
	return c->cpus[0] == QB_CPU_NONE ? (c->oversubscribed ? 2 : NAN) : (double)count / cpus;
}

/* Share of their time in which threads could have run but had no CPU, over all runs. */
static double cpu_taken(const struct qb_result *result)
{
	double sum = 0;
	unsigned n = 0;

	for (size_t i = 0; i < result->run_count; i++) {
		const struct qb_run_record *run = &result->runs[i];

		if (run->status != QB_STATUS_OK || !isfinite(run->run_delay_share))
			continue;
		sum += run->run_delay_share;
		n++;
	}
	return n > 0 ? sum / n : NAN;
}

/* Round trips of a line per message, where one thread sends one by one to one that finds the queue
 * empty again and again. */
static double round_trips(const struct qb_result *result)
{
	const struct qb_flow *flow = &result->flow;
	const double round_trip = result->bound.known && result->bound.round_trip_ns > 0
	                                  ? result->bound.round_trip_ns
	                                  : ROUND_TRIP_NS;

	if (result->c.producer_count != 1 || result->c.consumer_count != 1 ||
	    !(flow->producer_batch_mean < 1.5) || !(flow->consumer_batch_mean < 1.5) ||
	    !(flow->consumer_empty_share >= 0.25))
		return NAN;
	return 1e9 / throughput(result) / round_trip;
}

/* At capacity 0 both sides wait by design, and what else is advised does not help there. */
static double rendezvous(const struct qb_result *result)
{
	const struct qb_flow *flow = &result->flow;

	return result->c.capacity == 0 ? fmax(flow->producer_full_share, flow->consumer_empty_share)
	                               : NAN;
}

static double both_wait(const struct qb_result *result)
{
	return fmin(result->flow.producer_full_share, result->flow.consumer_empty_share);
}

static double full(const struct qb_result *result)
{
	const struct qb_flow *flow = &result->flow;

	return flow->producer_full_share >= 2 * flow->consumer_empty_share
	               ? flow->producer_full_share
	               : NAN;
}

static double empty(const struct qb_result *result)
{
	const struct qb_flow *flow = &result->flow;

	return flow->consumer_empty_share >= 2 * flow->producer_full_share
	               ? flow->consumer_empty_share
	               : NAN;
}

static double producers_short(const struct qb_result *result)
{
	return result->c.batch_emulated
	               ? NAN
	               : (double)result->c.batch / result->flow.producer_batch_mean;
}

static double consumers_short(const struct qb_result *result)
{
	return result->c.batch_emulated
	               ? NAN
	               : (double)result->c.batch / result->flow.consumer_batch_mean;
}

static double slices_lost(const struct qb_result *result)
{
	return isnan(threads_per_cpu(result)) && !(cpu_taken(result) >= CPU_TAKEN_MAX)
	               ? result->flow.slices_lost_per_second
	               : NAN;
}

static double sleeps(const struct qb_result *result) { return result->flow.sleeps_per_message; }

static double sleeps_to_meet(const struct qb_result *result)
{
	return result->c.capacity == 0 ? sleeps(result) : NAN;
}

/* Beyond the limit, it is the limit that tells nothing. */
static double share_of_limit(const struct qb_result *result)
{
	const struct qb_metric *metric = qb_result_metric(result, "share_of_limit");
	const bool is_known = metric && metric->n > 0 && metric->estimate.hl <= SHARE_MAX;

	return is_known ? metric->estimate.hl : NAN;
}

static double disadvantage(const struct qb_result *result)
{
	return result->fairness.known ? 1 - result->fairness.min_share : NAN;
}

static const struct rule rules[] = {
	/* More than one thread on a CPU: while one waits for the other it is the scheduler that
	 * decides, so what full and empty mean otherwise is not said. */
	{ "taking-turns", WAITING, threads_per_cpu, 1.001,
	  "threads take turns, {} on a CPU: full and empty tell of the scheduler here, not of the "
	  "queue; use no more threads than CPUs to measure the queue alone" },
	{ "cpus-taken", WAITING, cpu_taken, CPU_TAKEN_MAX,
	  "other work had the threads' CPUs for {%} % of the time: full and empty tell of that, "
	  "not "
	  "of the queue; stop it, or choose idle CPUs with --pin" },
	/* As all that follow in this group, a quarter of the tries in vain; so none of them speaks
	 * at capacity 0. */
	{ "rendezvous", WAITING, rendezvous, 0.25,
	  "rendezvous: one side found nobody to meet at {%} % of its tries, which is what "
	  "--capacity=0 asks for; compare with --capacity=1" },
	/* Half a round trip per message: less would mean that several were under way at a time. */
	{ "lock-step", WAITING, round_trips, 0.5,
	  "lock-step: the consumer waits for every single message, {} round trips of a cache line "
	  "each; try --batch" },
	/* A quarter of the tries in vain on both sides: each waits for the other in turn. */
	{ "stop-and-go", WAITING, both_wait, 0.25,
	  "stop-and-go: both sides wait for each other, at {%} % of their tries or more; try a "
	  "larger --capacity or --batch" },
	/* A quarter of the tries in vain, twice as many as on the other side: one side sets the
	 * pace.  Below that both keep up and the queue itself is what is measured. */
	{ "consumer-bound", WAITING, full, 0.25,
	  "consumer-bound: producers found it full at {%} % of their tries; faster producers would "
	  "gain nothing, a larger --batch or more consumers may" },
	{ "producer-bound", WAITING, empty, 0.25,
	  "producer-bound: consumers found it empty at {%} % of their tries; faster consumers "
	  "would "
	  "gain nothing, a larger --batch or more producers may" },
	/* Half a batch: below it an operation costs twice what was asked for per message. */
	{ "short-batches", BATCHES, consumers_short, 2,
	  "short batches: consumers got {} times fewer messages per operation than --batch asks "
	  "for, because no more were there; compare with a smaller --batch" },
	{ "short-batches", BATCHES, producers_short, 2,
	  "short batches: producers sent {} times fewer messages per operation than --batch asks "
	  "for, because no more found room; try a larger --capacity" },
	/* Where waiting is not known: the kernel's slices are 3 ms and more, so that is a twentieth
	 * of the time too. */
	{ "slices-lost", SLICES, slices_lost, 20,
	  "time slices lost: each thread was set aside {} times a second for other work; stop "
	  "that, "
	  "or choose idle CPUs with --pin" },
	/* A sleep and the wake-up for it take microseconds, a message tens of nanoseconds. */
	{ "sleeping", SLEEPS, sleeps_to_meet, 0.01,
	  "sleeping: {} sleeps per message, so the figure is one of the kernel's wake-ups; a "
	  "larger --capacity lets threads run ahead of each other" },
	{ "sleeping", SLEEPS, sleeps, 0.01,
	  "sleeping: {} sleeps per message, so the figure is one of the kernel's wake-ups; try "
	  "--wait=spin, or a larger --batch" },
	/* Of the probe, which does nothing but stream: what is left is within its own spread. */
	{ "at-limit", LIMIT, share_of_limit, 0.8,
	  "at the limit: {%} % of what these CPUs can stream; only smaller messages or nearer CPUs "
	  "can be much faster" },
	/* Half of an equal share: whoever depends on that producer sees half the throughput. */
	{ "unfair", FAIRNESS, disadvantage, 0.5,
	  "unfair: one producer sent {%} % less than an equal share; the sum says little about "
	  "what "
	  "each can count on" },
};

/* The sentence with its measure in it. */
static void say(const struct rule *rule, double value, struct qb_warning *ret_reading)
{
	const char *percent = strstr(rule->sentence, "{%}"), *plain = strstr(rule->sentence, "{}");
	const char *at = percent ? percent : plain;

	snprintf(ret_reading->code, sizeof(ret_reading->code), "%s", rule->code);
	snprintf(ret_reading->text, sizeof(ret_reading->text), "%.*s%.*f%s",
	         (int)(at - rule->sentence), rule->sentence,
	         percent || value >= 99.5 ? 0 : (value < 0.095 ? 3 : 1),
	         percent ? 100 * value : value, at + (percent ? 3 : 2));
}

void qb_reading_settle(struct qb_result *result)
{
	bool spoken[GROUP_COUNT] = { false };

	_Static_assert(GROUP_COUNT <= QB_READINGS_MAX, "a reading of each group fits");
	result->reading_count = 0;
	if (result->c.traits & QB_FLOOR || result->status == QB_STATUS_INCORRECT ||
	    isnan(throughput(result)))
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const double value = rules[i].measure(result);

		if (spoken[rules[i].group] || !(value >= rules[i].threshold))
			continue;
		spoken[rules[i].group] = true;
		say(&rules[i], value, &result->readings[result->reading_count++]);
	}
}
