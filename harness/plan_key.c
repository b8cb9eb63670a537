/* plan_key -- the name under which a case is compared with the same case of another day.
 *
 * A key says what was measured and nothing of when, where or by which options it was asked for, so
 * that results of different sweeps meet under the same keys. */
#include "harness/plan_key.h"

#include "harness/result.h"

#define LIST_TEXT_MAX 48 /* longer lists of CPUs are named by their hash */

__attribute__((format(printf, 2, 3))) static void append(char *key, const char *format, ...)
{
	const size_t used = strlen(key);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(key + used, QB_KEY_SIZE - used, format, arguments);
	va_end(arguments);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261u;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619u;
	return value;
}

static void append_pin(char *key, enum qb_pin pin, const char *text)
{
	const size_t used = strlen(key);

	if (pin != QB_PIN_LIST)
		append(key, "/%s", qb_pin_name(pin));
	else if (strlen(text) > LIST_TEXT_MAX)
		append(key, "/cpus-%08x", hash(text));
	else
		append(key, "/%s", text);
	/* "0,2/1,3" is one segment. */
	for (char *at = strchr(key + used + 1, '/'); at; at = strchr(at, '/'))
		*at = ':';
}

static void append_numa(char *key, enum qb_numa numa, unsigned node)
{
	if (numa == QB_NUMA_LOCAL)
		append(key, "/numa-local");
	else if (numa == QB_NUMA_INTERLEAVE)
		append(key, "/numa-interleave");
	else if (numa == QB_NUMA_NODE)
		append(key, "/numa-%u", node);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void qb_plan_key_write(const struct qb_plan_key *key, struct qb_case *c)
{
	c->key[0] = 0;
	append(c->key, "%s/%s/p%uc%u/b%zu/m%zu/q%zu/%s", c->workload, c->impl, c->producer_count,
	       c->consumer_count, c->batch, c->message_size, c->capacity, qb_wait_name(c->wait));
	append_pin(c->key, c->pin, key->pin_text);
	if (key->api_forced)
		append(c->key, "/%s", qb_api_name(c->api));
	append_numa(c->key, c->numa, c->numa_node);
	if (c->rate > 0)
		append(c->key, "/r%llu", (unsigned long long)c->rate);
	if (c->arrivals == QB_ARRIVALS_POISSON)
		append(c->key, "/%s", qb_arrivals_name(c->arrivals));
	if (!c->proof)
		append(c->key, "/no-proof");
	if (key->twin > 0)
		append(c->key, "/%.32s", file_name(c->plugin));
	if (key->twin > 1)
		append(c->key, "~%u", key->twin);
}
