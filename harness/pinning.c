/* pinning.c -- topology x policy x thread counts -> one CPU per thread, or why not
 *
 * A refusal has to help: it names what the policy needs, what is here, and what could be asked for
 * instead, which is found by trying every other policy with the same threads.
 */
#include "harness/pinning.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/pinning_policies.h"
#include "harness/result.h"

bool qb_pinning_possible(const struct qb_topology *topology, const struct qb_pin_request *request)
{
	struct qb_pin_draft draft = { .topology = topology, .request = request };
	bool possible;

	assert(topology->pu_count > 0);
	draft.cpus = calloc((size_t)request->producer_count + request->consumer_count + 1,
	                    sizeof(*draft.cpus));
	possible = draft.cpus && qb_pinning_policies_place(&draft) == 0;
	free(draft.cpus);
	return possible;
}

/* " none compact cores list": what could be asked for instead. */
static void name_possible(const struct qb_topology *topology, const struct qb_pin_request *request,
                          char *ret_names, size_t size)
{
	size_t length = 0;

	ret_names[0] = '\0';
	for (enum qb_pin policy = QB_PIN_NONE; policy < QB_PIN_COUNT; policy++) {
		struct qb_pin_request other = *request;

		other.policy = policy;
		if (policy != QB_PIN_LIST && !qb_pinning_possible(topology, &other))
			continue;
		length += (size_t)snprintf(ret_names + length, size - length, " %s",
		                           qb_pin_name(policy));
	}
}

/* "1 package (1 L3, 2 cores, no SMT)" */
static void describe(const struct qb_topology *t, char *ret_text, size_t size)
{
	char nodes[32] = "", llcs[48] = "";

	if (t->numa_count > 1)
		snprintf(nodes, sizeof(nodes), "%u NUMA nodes, ", t->numa_count);
	if (t->llc_count != t->package_count || strcmp(t->llc_name, "package") != 0)
		snprintf(llcs, sizeof(llcs), "%u %s, ", t->llc_count, t->llc_name);
	snprintf(ret_text, size, "%u package%s (%s%s%u core%s, %sSMT%s)", t->package_count,
	         t->package_count == 1 ? "" : "s", nodes, llcs, t->core_count,
	         t->core_count == 1 ? "" : "s", t->smt ? "" : "no ", t->hybrid ? ", hybrid" : "");
}

static int refuse(const struct qb_pin_draft *draft, struct qb_error *error)
{
	const struct qb_topology *const t = draft->topology;
	char names[128], machine[128];

	name_possible(t, draft->request, names, sizeof(names));
	describe(t, machine, sizeof(machine));
	return qb_error_set(
		error, EINVAL, "pin: %s; CPU%s %.16s%s of this %s %s %s; possible here:%s",
		draft->need, t->pu_count == 1 ? "" : "s", t->cpu_list,
		strlen(t->cpu_list) > 16 ? "..." : "", t->this_machine ? "machine" : "topology",
		t->pu_count == 1 ? "is" : "are", machine, names);
}

int qb_pinning_choose(const struct qb_topology *topology, const struct qb_pin_request *request,
                      int *ret_cpus, struct qb_error *error)
{
	struct qb_pin_draft draft = { .topology = topology, .request = request, .cpus = ret_cpus };
	int r;

	assert(topology->pu_count > 0);
	assert(request->policy < QB_PIN_COUNT);
	assert(request->producer_count > 0 || request->consumer_count > 0);
	r = qb_pinning_policies_place(&draft);
	if (r == -ENOMEM)
		return qb_error_set(error, ENOMEM, "cannot place threads: out of memory");
	return r == 0 ? 0 : refuse(&draft, error);
}

bool qb_pinning_shares_cpu(const int *cpus, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (cpus[i] == cpus[j] && cpus[i] != QB_CPU_NONE)
				return true;
		}
	}
	return false;
}
