/* replan -- the cases of a saved result, planned again here.
 *
 * A case is asked for by the options that would have made it, one by one.  Whether it is the same
 * case is decided by its key alone. */
#include "cmd/replan.h"

struct replan {
	struct qb_registry *registry;
	const struct qb_topology *topology;
	const struct qb_protocol *protocol;
	struct qb_plan plan;
};

static void set_single(struct qb_number_list *list, uint64_t value)
{
	list->count = 1;
	list->values[0] = value;
}

/* Producers and consumers where they were. */
static const char *pin_text(const struct qb_case *c, char *text, size_t size)
{
	size_t used = 0;

	if (c->pin != QB_PIN_LIST || qb_case_worker_count(c) > QB_WORKERS_MAX)
		return qb_pin_name(c->pin == QB_PIN_LIST ? QB_PIN_AUTO : c->pin);
	for (unsigned worker = 0; worker < qb_case_worker_count(c) && used < size; worker++)
		used += (size_t)snprintf(text + used, size - used, "%s%d",
		                         worker == 0                   ? ""
		                         : worker == c->producer_count ? "/"
		                                                       : ",",
		                         c->cpus[worker]);
	return text;
}

/* What follows the message's size, capacity and wait: the placement as it was written. */
static const char *pin_of_key(const struct qb_case *c, char *text, size_t size)
{
	const char *at = c->key;

	if (c->pin != QB_PIN_LIST)
		return pin_text(c, text, size);
	for (int slash = 0; at && slash < 7; slash++) {
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	if (!at || at[0] < '0' || at[0] > '9')
		return pin_text(c, text, size);
	snprintf(text, size, "%.*s", (int)strcspn(at, "/"), at);
	for (char *colon = strchr(text, ':'); colon; colon = strchr(colon, ':'))
		*colon = '/';
	return text;
}

static void make_config(const struct replan *replan, const struct qb_case *c, enum qb_api api,
                        struct qb_config *ret_config)
{
	memset(ret_config, 0, sizeof(*ret_config));
	set_single(&ret_config->producers, c->producer_count);
	set_single(&ret_config->consumers, c->consumer_count);
	set_single(&ret_config->batches, c->batch);
	set_single(&ret_config->message_sizes, c->message_size);
	set_single(&ret_config->capacities, c->capacity);
	ret_config->api = api;
	ret_config->wait = c->wait;
	ret_config->numa = c->numa;
	ret_config->numa_node = c->numa_node;
	ret_config->proof = c->proof;
	ret_config->rate = c->rate;
	ret_config->arrivals = c->arrivals;
	ret_config->shard_index = ret_config->shard_count = 1;
	ret_config->protocol = *replan->protocol;
}

/* Plans the case with that api; 0 if its key is the same. */
static int try_case(const struct replan *replan, const struct qb_case *c, enum qb_api api,
                    struct qb_case *ret_case, struct qb_error *error)
{
	char impl[PATH_MAX + QB_NAME_SIZE + 2], pin[8 * QB_WORKERS_MAX];
	const char *const impls[] = { impl }, *const workloads[] = { c->workload };
	const char *const pins[] = { pin_of_key(c, pin, sizeof(pin)) };
	struct qb_config *config = calloc(1, sizeof(*config));
	struct qb_plan plan;
	int result;

	if (!config)
		return qb_error_set(error, ENOMEM, "out of memory for a plan");
	snprintf(impl, sizeof(impl), "%s%s%s", c->plugin, c->plugin[0] ? ":" : "", c->impl);
	make_config(replan, c, api, config);
	config->impls = impls;
	config->workloads = workloads;
	config->pins = pins;
	config->impl_count = config->workload_count = config->pin_count = 1;
	result = qb_plan_make(config, replan->registry, replan->topology, &plan, error);
	free(config);
	if (result != 0)
		return result;
	*ret_case = plan.cases[0];
	if (strcmp(plan.cases[0].key, c->key) != 0)
		result = qb_error_set(error, EINVAL, "case '%.80s' would be '%.80s' here", c->key,
		                      plan.cases[0].key);
	qb_plan_finish(&plan);
	return result;
}

static int add_case(struct replan *replan, const struct qb_case *c, struct qb_error *error)
{
	struct qb_case *grown = reallocarray(replan->plan.cases, replan->plan.count + 1,
	                                     sizeof(*replan->plan.cases));
	int result;

	if (!grown)
		return qb_error_set(error, ENOMEM, "out of memory for a plan");
	replan->plan.cases = grown;
	grown += replan->plan.count;
	result = try_case(replan, c, QB_API_AUTO, grown, error);
	if (result != 0)
		result = try_case(replan, c, c->api, grown, error);
	replan->plan.count += result == 0;
	return result;
}

int qb_replan_make(const struct qb_document *document, struct qb_registry *registry,
                   const struct qb_topology *topology, struct qb_plan *ret_plan,
                   struct qb_error *error)
{
	struct replan replan = { .registry = registry,
		                 .topology = topology,
		                 .protocol = &document->protocol };
	struct qb_error first = { ENODATA, "the base has no measured case" }, next;

	for (size_t index = 0; index < document->result_count; index++) {
		const struct qb_result *result = &document->results[index];

		if (result->status != QB_STATUS_SKIPPED &&
		    add_case(&replan, &result->c, &next) != 0 && first.code == ENODATA)
			first = next;
	}
	replan.plan.served_count = replan.plan.count;
	replan.plan.expected_ns = replan.plan.count * document->protocol.runs *
	                          (document->protocol.time_ns + document->protocol.warmup_ns);
	if (replan.plan.count == 0) {
		free(replan.plan.cases);
		*error = first;
		return -first.code;
	}
	*ret_plan = replan.plan;
	return 0;
}
