/* workload -- the table of workloads, and what goes with which; how each is run is known to run.c
 * and worker.c. */
#include "harness/workload.h"

#include <stdio.h>

#include "harness/nearest.h"

/* Mean gaps between messages that must fit into the time in which nothing moves before it is
 * called a hang.  An exponential gap is longer than so many with p = e^-30. */
#define GAPS_UNIFORM 2
#define GAPS_POISSON 30

const struct qb_workload qb_workloads[] = {
	{ "throughput", "every producer sends as fast as it can, every consumer receives",
	  "throughput", "msg/s", true, false },
	{ "latency",
	  "messages are due at --rate, whatever the queue does; how long each takes from then on",
	  "latency_p99", "ns", false, true },
	{ NULL, NULL, NULL, NULL, false, false },
};

const struct qb_workload *qb_workload_find(const char *name, struct qb_error *error)
{
	const char *names[sizeof(qb_workloads) / sizeof(qb_workloads[0])];
	const char *nearest;
	size_t count = 0;

	for (; qb_workloads[count].name; count++) {
		if (strcmp(qb_workloads[count].name, name) == 0)
			return &qb_workloads[count];
		names[count] = qb_workloads[count].name;
	}
	nearest = qb_nearest_word(name, names, count);
	if (nearest)
		return qb_fail(error, ENOENT, "no workload '%s', did you mean '%s'?", name,
		               nearest);
	return qb_fail(error, ENOENT, "no workload '%s'", name);
}

const struct qb_workload *qb_workload_judged(const char *name)
{
	struct qb_error error;
	const struct qb_workload *workload = qb_workload_find(name, &error);

	return workload ? workload : &qb_workloads[0];
}

static int refuse(struct qb_error *error, const char *sentence)
{
	return qb_error_set(error, EINVAL, "%s", sentence);
}

/* Whether a gap between two messages could be taken for a hang. */
static int check_gaps(const struct qb_config *config, struct qb_error *error)
{
	const bool drawn = config->arrivals == QB_ARRIVALS_POISSON;
	const double timeout_s = (double)config->protocol.timeout_ns / 1e9;

	if (timeout_s * (double)config->rate >= (drawn ? GAPS_POISSON : GAPS_UNIFORM))
		return 0;
	return qb_error_set(error, EINVAL,
	                    "at --rate=%llu%s nothing %s sent for as long as --timeout calls a "
	                    "hang; use a longer --timeout",
	                    (unsigned long long)config->rate, drawn ? " --arrivals=poisson" : "",
	                    drawn ? "may be" : "is");
}

static int check_rate(const struct qb_config *config, bool open_loop, struct qb_error *error)
{
	if (!open_loop && config->rate > 0)
		return refuse(error, "--rate is for the latency workload; add --workload=latency");
	if (!open_loop && config->arrivals != QB_ARRIVALS_NONE)
		return refuse(error,
		              "--arrivals is for the latency workload; add --workload=latency");
	if (!open_loop)
		return 0;
	if (config->rate == 0)
		return refuse(error, "the latency workload needs the load it is measured at; add "
		                     "--rate=N, messages per second, such as --rate=100k");
	if (config->protocol.message_count > 0)
		return refuse(error, "the latency workload takes a --time, not --messages");
	return check_gaps(config, error);
}

int qb_workload_check(const struct qb_config *config, struct qb_error *error)
{
	bool open_loop = false;

	for (size_t index = 0; index < config->workload_count; index++) {
		const struct qb_workload *workload =
			qb_workload_find(config->workloads[index], error);

		if (!workload)
			return -error->code;
		open_loop |= workload->open_loop;
		for (size_t before = 0; before < index; before++) {
			if (strcmp(config->workloads[before], config->workloads[index]) == 0)
				return qb_error_set(error, EEXIST,
				                    "workload '%.60s' is named twice",
				                    config->workloads[index]);
		}
	}
	return check_rate(config, open_loop, error);
}

void qb_workload_apply(const struct qb_config *config, struct qb_case *c)
{
	if (!qb_workload_judged(c->workload)->open_loop)
		return;
	c->rate = config->rate;
	c->arrivals = config->arrivals == QB_ARRIVALS_NONE ? QB_ARRIVALS_UNIFORM : config->arrivals;
}
