/* plan -- config x registry x topology -> the ordered list of cases.
 *
 * The number of a case is read as a number of mixed radix, one digit per list and the last list the
 * lowest digit: that is the cross product without a nest of eight loops.  What the machine or the
 * queue cannot serve stays in the plan with its reason, so that a sweep reports the gap; only a
 * plan in which nothing can be served is an error. */
#include "harness/plan.h"

#include <assert.h>

#include "harness/pinning.h"
#include "harness/plan_key.h"
#include "harness/result.h"
#include "harness/selection.h"
#include "harness/workload.h"

#define PLAN_MAX       10000     /* cases */
#define PIN_MAX        64        /* policies of one plan */
#define START_NS       30000000u /* fork, exec, create, fault in, prove */
#define EXPECTED_SPEED 20000000u /* msg/s where only a count of messages is known */

enum dimension { WORKLOAD, IMPL, PRODUCERS, CONSUMERS, BATCH, SIZE, CAPACITY, PIN, DIMENSIONS };

struct pin {
	const char *text;
	struct qb_pin_request request;
	int list[QB_WORKERS_MAX];
};

struct planner {
	const struct qb_config *config;
	struct qb_registry *registry;
	const struct qb_topology *topology;
	struct qb_selection selection;
	struct pin *pins;
	size_t pin_count;
	size_t radix[DIMENSIONS];
};

static int parse_pins(struct planner *planner, struct qb_error *error)
{
	static const char *const automatic[] = { "auto" };
	const struct qb_config *config = planner->config;
	const char *const *texts = config->pin_count ? config->pins : automatic;

	planner->pin_count = config->pin_count ? config->pin_count : 1;
	if (planner->pin_count > PIN_MAX)
		return qb_error_set(error, EINVAL, "more than %d placements in one plan", PIN_MAX);
	planner->pins = calloc(planner->pin_count, sizeof(*planner->pins));
	if (!planner->pins)
		return qb_error_set(error, ENOMEM, "out of memory for the plan");
	for (size_t index = 0; index < planner->pin_count; index++) {
		struct pin *pin = &planner->pins[index];
		const int result = qb_pinning_parse(texts[index], &pin->request, pin->list,
		                                    QB_WORKERS_MAX, error);

		if (result)
			return result;
		pin->text = texts[index];
		pin->request.list = pin->list;
		for (size_t before = 0; before < index; before++) {
			if (strcmp(texts[before], texts[index]) == 0)
				return qb_error_set(error, EEXIST,
				                    "placement '%.100s' is named twice",
				                    texts[index]);
		}
	}
	return 0;
}

/* Fills the radices; *ret_count is their product. */
static int count_cases(struct planner *planner, size_t *ret_count, struct qb_error *error)
{
	const struct qb_config *config = planner->config;
	const size_t radix[DIMENSIONS] = {
		[WORKLOAD] = config->workload_count,   [IMPL] = planner->selection.count,
		[PRODUCERS] = config->producers.count, [CONSUMERS] = config->consumers.count,
		[BATCH] = config->batches.count,       [SIZE] = config->message_sizes.count,
		[CAPACITY] = config->capacities.count, [PIN] = planner->pin_count,
	};
	size_t count = 1;

	for (int dimension = 0; dimension < DIMENSIONS; dimension++) {
		assert(radix[dimension] > 0);
		if (count > PLAN_MAX / radix[dimension])
			return qb_error_set(error, E2BIG,
			                    "the lists make more than %d cases; shorten them",
			                    PLAN_MAX);
		count *= radix[dimension];
	}
	memcpy(planner->radix, radix, sizeof(radix));
	*ret_count = count;
	return 0;
}

/* The api that serves the queue best, if none was asked for. */
static enum qb_api resolve_api(const struct qb_queue *queue, enum qb_api asked, size_t batch)
{
	if (asked != QB_API_AUTO)
		return asked;
	if (batch == 1)
		return QB_API_SINGLE;
	return queue->zerocopy ? QB_API_ZEROCOPY : queue->batch ? QB_API_BATCH : QB_API_SINGLE;
}

static bool oversubscribes(const struct qb_topology *topology, const struct qb_case *c)
{
	const unsigned count = qb_case_worker_count(c);

	return count > topology->pu_count ||
	       (topology->cpu_quota > 0 && count > topology->cpu_quota) ||
	       qb_pinning_shares_cpu(c->cpus, count);
}

/* Places the threads; a policy that is impossible here is the reason to skip the case. */
static void place(const struct planner *planner, const struct pin *pin, struct qb_case *c)
{
	struct qb_pin_request request = pin->request;
	struct qb_error error;

	c->pin = request.policy;
	c->pin_required = request.policy != QB_PIN_AUTO && request.policy != QB_PIN_NONE;
	for (size_t index = 0; index < QB_WORKERS_MAX; index++)
		c->cpus[index] = QB_CPU_NONE;
	if (qb_case_worker_count(c) > QB_WORKERS_MAX) {
		snprintf(c->skip_reason, sizeof(c->skip_reason), "%u threads are more than %d",
		         qb_case_worker_count(c), QB_WORKERS_MAX);
		return;
	}
	request.producer_count = c->producer_count;
	request.consumer_count = c->consumer_count;
	if (qb_pinning_choose(planner->topology, &request, c->cpus, &error) != 0)
		snprintf(c->skip_reason, sizeof(c->skip_reason), "%s", error.text);
	c->oversubscribed = oversubscribes(planner->topology, c);
}

static void choose_wait(const struct qb_config *config, struct qb_case *c)
{
	if (config->wait != QB_WAIT_AUTO)
		c->wait = config->wait;
	else if (c->capacity == 0)
		c->wait = QB_WAIT_BLOCK;
	else
		c->wait = c->oversubscribed ? QB_WAIT_YIELD : QB_WAIT_SPIN;
}

/* What no queue at all could make of capacity 0 overrides what this one says: a try of one side
 * lasts no time in which a try of the other could meet it. */
static void refuse_rendezvous(struct qb_case *c)
{
	if (c->capacity != 0)
		return;
	if (c->wait != QB_WAIT_BLOCK)
		snprintf(c->skip_reason, sizeof(c->skip_reason),
		         "capacity 0 needs --wait=block: threads that %s never meet",
		         qb_wait_name(c->wait));
	else if (c->batch > 1 || c->api != QB_API_SINGLE)
		snprintf(c->skip_reason, sizeof(c->skip_reason),
		         "capacity 0 moves one message at a time: it needs %s",
		         c->batch > 1 ? "--batch=1" : "--api=single");
}

/* Sets what depends on the queue: api, traits, and whether it can serve the case at all. */
static void fit_queue(const struct qb_config *config, const struct qb_entry *entry,
                      struct qb_case *c)
{
	char reason[sizeof(c->skip_reason)];

	snprintf(c->impl, sizeof(c->impl), "%s", entry->name);
	snprintf(c->plugin, sizeof(c->plugin), "%s", entry->plugin);
	c->traits = entry->queue->traits;
	c->api = resolve_api(entry->queue, config->api, c->batch);
	c->batch_emulated = c->batch > 1 && c->api == QB_API_SINGLE;
	qb_registry_refusal(entry->queue, c, reason, sizeof(reason));
	if (reason[0])
		memcpy(c->skip_reason, reason, sizeof(reason));
}

/* Two queues of one name in one plan: see struct qb_plan_key. */
static unsigned number_twin(const struct planner *planner, size_t selected)
{
	const size_t *indices = planner->selection.indices;
	const struct qb_entry *entries = planner->registry->entries;
	const struct qb_entry *entry = &entries[indices[selected]];
	unsigned number = 1;
	bool is_twin = false;

	for (size_t at = 0; at < planner->selection.count && entry->plugin[0]; at++) {
		const struct qb_entry *other = &entries[indices[at]];

		if (other == entry || strcmp(other->name, entry->name) != 0)
			continue;
		is_twin = true;
		number += at < selected &&
		          strcmp(basename(other->plugin), basename(entry->plugin)) == 0;
	}
	return is_twin ? number : 0;
}

static void make_case(const struct planner *planner, size_t number, struct qb_case *ret_case)
{
	const struct qb_config *config = planner->config;
	const struct qb_entry *entry;
	const struct pin *pin;
	size_t digit[DIMENSIONS];
	struct qb_plan_key key = { .twin = 0 };

	for (int dimension = DIMENSIONS - 1; dimension >= 0; dimension--) {
		digit[dimension] = number % planner->radix[dimension];
		number /= planner->radix[dimension];
	}
	entry = &planner->registry->entries[planner->selection.indices[digit[IMPL]]];
	pin = &planner->pins[digit[PIN]];
	memset(ret_case, 0, sizeof(*ret_case));
	snprintf(ret_case->workload, sizeof(ret_case->workload), "%s",
	         config->workloads[digit[WORKLOAD]]);
	ret_case->producer_count = (unsigned)config->producers.values[digit[PRODUCERS]];
	ret_case->consumer_count = (unsigned)config->consumers.values[digit[CONSUMERS]];
	ret_case->batch = config->batches.values[digit[BATCH]];
	ret_case->message_size = config->message_sizes.values[digit[SIZE]];
	ret_case->capacity = config->capacities.values[digit[CAPACITY]];
	ret_case->numa = config->numa;
	ret_case->numa_node = config->numa_node;
	ret_case->proof = config->proof;
	qb_workload_apply(config, ret_case);
	place(planner, pin, ret_case);
	choose_wait(config, ret_case);
	fit_queue(config, entry, ret_case);
	refuse_rendezvous(ret_case);
	key.pin_text = pin->text;
	key.api_forced = config->api != QB_API_AUTO &&
	                 ret_case->api != resolve_api(entry->queue, QB_API_AUTO, ret_case->batch);
	key.twin = number_twin(planner, digit[IMPL]);
	qb_plan_key_write(&key, ret_case);
}

/* Appends to `text` the names of the built-ins that could serve the case; false if none can. */
static bool name_candidates(const struct planner *planner, const struct qb_case *refused,
                            char *text, size_t size)
{
	size_t used = strlen(text), named = 0;

	for (size_t index = 0; index < planner->registry->count; index++) {
		const struct qb_entry *entry = &planner->registry->entries[index];
		struct qb_case c = *refused;

		c.skip_reason[0] = 0;
		fit_queue(planner->config, entry, &c);
		if (c.skip_reason[0] || entry->plugin[0] || used + QB_NAME_SIZE + 8 > size)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		                         named++ ? ", " : "; try ", entry->name);
	}
	return named > 0;
}

/* Another queue mends neither a placement nor what no rendezvous takes. */
static bool is_for_a_queue_to_mend(const struct planner *planner, size_t number,
                                   const struct qb_case *refused)
{
	struct qb_case c = *refused;

	c.skip_reason[0] = 0;
	place(planner, &planner->pins[number % planner->radix[PIN]], &c);
	refuse_rendezvous(&c);
	return !c.skip_reason[0];
}

/* Few queues serve capacity 0, so a sweep says beside each that does not who does. */
static void name_rendezvous(const struct planner *planner, struct qb_plan *plan)
{
	for (size_t number = 0; number < plan->count; number++) {
		struct qb_case *c = &plan->cases[number];

		if (c->capacity == 0 && !(c->traits & QB_RENDEZVOUS) &&
		    is_for_a_queue_to_mend(planner, number, c))
			name_candidates(planner, c, c->skip_reason, sizeof(c->skip_reason));
	}
}

/* Nothing can be served: the first case's reason, and who could. */
static int refuse_plan(const struct planner *planner, const struct qb_plan *plan,
                       struct qb_error *error)
{
	const struct qb_case *first = &plan->cases[0];

	error->code = EINVAL;
	snprintf(error->text, sizeof(error->text), "%.200s", first->skip_reason);
	if (is_for_a_queue_to_mend(planner, 0, first) &&
	    !name_candidates(planner, first, error->text, sizeof(error->text)))
		snprintf(error->text + strlen(error->text),
		         sizeof(error->text) - strlen(error->text), "; no built-in queue can");
	return -EINVAL;
}

static size_t count_served(const struct qb_plan *plan)
{
	size_t count = 0;

	for (size_t index = 0; index < plan->count; index++)
		count += plan->cases[index].skip_reason[0] == 0;
	return count;
}

/* Keeps every N-th case, so that slow corners of a sweep fall on all shards alike. */
static int apply_shard(const struct qb_config *config, struct qb_plan *plan, struct qb_error *error)
{
	size_t kept = 0;

	if (config->shard_count <= 1)
		return 0;
	for (size_t index = 0; index < plan->count; index++) {
		if (index % config->shard_count == config->shard_index - 1)
			plan->cases[kept++] = plan->cases[index];
	}
	if (kept == 0)
		return qb_error_set(error, EINVAL, "shard %u/%u is empty, the plan has %zu case%s",
		                    config->shard_index, config->shard_count, plan->count,
		                    plan->count == 1 ? "" : "s");
	plan->count = kept;
	return 0;
}

static uint64_t expected_ns(const struct qb_plan *plan, const struct qb_protocol *protocol)
{
	const double window_ns = protocol->message_count
	                                 ? (double)protocol->message_count / EXPECTED_SPEED * 1e9
	                                 : (double)(protocol->warmup_ns + protocol->time_ns);
	const double all_ns = (double)plan->served_count * protocol->runs * (window_ns + START_NS);

	return all_ns < 1e19 ? (uint64_t)all_ns : UINT64_MAX;
}

static int make_cases(const struct planner *planner, size_t count, struct qb_plan *plan,
                      struct qb_error *error)
{
	plan->cases = calloc(count + 1, sizeof(*plan->cases)); /* a shard may hold none */
	if (!plan->cases)
		return qb_error_set(error, ENOMEM, "out of memory for %zu cases", count);
	for (plan->count = 0; plan->count < count; plan->count++)
		make_case(planner, plan->count, &plan->cases[plan->count]);
	if (count_served(plan) == 0)
		return refuse_plan(planner, plan, error);
	name_rendezvous(planner, plan);
	return apply_shard(planner->config, plan, error);
}

int qb_plan_make(const struct qb_config *config, struct qb_registry *registry,
                 const struct qb_topology *topology, struct qb_plan *ret_plan,
                 struct qb_error *error)
{
	struct planner planner = { .config = config, .registry = registry, .topology = topology };
	struct qb_plan plan = { .count = 0 };
	size_t count = 0;
	int result = qb_workload_check(config, error);

	assert(config->shard_count == 0 || config->shard_index >= 1);
	if (!result)
		result = parse_pins(&planner, error);
	if (!result)
		result = qb_selection_make(registry, config->impls, config->impl_count,
		                           &planner.selection, error);
	if (!result)
		result = count_cases(&planner, &count, error);
	if (!result)
		result = make_cases(&planner, count, &plan, error);
	plan.served_count = count_served(&plan);
	plan.expected_ns = expected_ns(&plan, &config->protocol);
	qb_selection_finish(&planner.selection);
	free(planner.pins);
	if (result)
		qb_plan_finish(&plan);
	else
		*ret_plan = plan;
	return result;
}

void qb_plan_finish(struct qb_plan *plan)
{
	free(plan->cases);
	*plan = (struct qb_plan){ .count = 0 };
}
