/* registry -- every queue there is: the built-ins that the linker found, and plug-ins.
 *
 * A plug-in is read in the order in which it can be believed: the file, its one symbol, the two
 * numbers at the front of its catalog, the two numbers at the front of each queue, then the rest.
 * A queue built before a group of operations was added is shorter than ours; it is copied into a
 * whole one with those groups absent, so that nobody else has to look at `size`. */
#include "harness/registry.h"

#include <assert.h>
#include <dlfcn.h>
#include <limits.h>
#include <sys/stat.h>

#include "harness/nearest.h"

/* What the first version of this ABI had: all up to the optional groups. */
#define QUEUE_SIZE_MIN   offsetof(struct qb_queue, batch)
#define CATALOG_SIZE_MAX 65536 /* more than this is no catalog of ours */

static void name_of_id(const char *id, char *ret_name)
{
	size_t index = 0;

	for (; id[index] && index + 1 < QB_NAME_SIZE; index++) {
		ret_name[index] = id[index];
		if (id[index] == '_')
			ret_name[index] = '-';
	}
	ret_name[index] = 0;
}

static bool id_is_sound(const char *id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	return id && id[0] && strlen(id) < QB_NAME_SIZE && strspn(id, letters) == strlen(id);
}

/* `where` starts the sentence: "plug-in './x.so'" or "this build". */
static int check_queue(const struct qb_queue *queue, const char *where, struct qb_error *error)
{
	if (!queue || queue->abi != QB_ABI)
		return qb_error_set(error, EPROTO,
		                    "%s holds a queue for interface version %u, this qbench has %u",
		                    where, queue ? queue->abi : 0, QB_ABI);
	if (queue->size < QUEUE_SIZE_MIN)
		return qb_error_set(error, EPROTO,
		                    "%s holds a queue of %u bytes, at least %zu are due", where,
		                    queue->size, QUEUE_SIZE_MIN);
	if (!id_is_sound(queue->id))
		return qb_error_set(error, EPROTO, "%s holds a queue without a proper name", where);
	if (!queue->create || !queue->destroy || !queue->single || !queue->single->push ||
	    !queue->single->pop)
		return qb_error_set(error, EPROTO,
		                    "%s: queue '%s' lacks create, destroy, push or pop", where,
		                    queue->id);
	return 0;
}

/* Completes the entry: the queue itself, or a whole copy of one that is shorter than ours. */
static int take_queue(struct qb_entry *entry, const struct qb_queue *queue)
{
	entry->queue = queue;
	entry->copy = NULL;
	if (queue->size >= sizeof(*queue))
		return 0;
	entry->copy = calloc(1, sizeof(*entry->copy));
	if (!entry->copy)
		return -ENOMEM;
	memcpy(entry->copy, queue, queue->size);
	entry->queue = entry->copy;
	return 0;
}

static int add_queue(struct qb_registry *registry, const char *plugin, const struct qb_queue *queue,
                     struct qb_error *error)
{
	struct qb_entry *entries =
		reallocarray(registry->entries, registry->count + 1, sizeof(*entries));
	struct qb_entry *entry;

	assert(queue);
	if (!entries)
		return qb_error_set(error, ENOMEM, "out of memory for the list of queues");
	registry->entries = entries;
	entry = &entries[registry->count];
	name_of_id(queue->id, entry->name);
	snprintf(entry->plugin, sizeof(entry->plugin), "%s", plugin);
	if (qb_registry_find(registry, plugin, entry->name))
		return qb_error_set(error, EEXIST, "two queues of %s are called '%s'",
		                    plugin[0] ? "one plug-in" : "this build", entry->name);
	if (take_queue(entry, queue))
		return qb_error_set(error, ENOMEM, "out of memory for the list of queues");
	registry->count++;
	return 0;
}

/* Forgets the entries from `count` on. */
static void shrink(struct qb_registry *registry, size_t count)
{
	while (registry->count > count)
		free(registry->entries[--registry->count].copy);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct qb_entry *)a)->name, ((const struct qb_entry *)b)->name);
}

/* Adds all or none of a catalog. */
static int add_catalog(struct qb_registry *registry, const char *plugin, const char *where,
                       const struct qb_catalog *catalog, struct qb_error *error)
{
	const size_t count_before = registry->count;
	int result = 0;

	for (const struct qb_queue *const *at = catalog->first; at != catalog->end && !result;
	     at++) {
		result = check_queue(*at, where, error);
		if (!result)
			result = add_queue(registry, plugin, *at, error);
	}
	if (result)
		shrink(registry, count_before);
	else if (registry->count > count_before)
		qsort(registry->entries + count_before, registry->count - count_before,
		      sizeof(*registry->entries), compare_entries);
	return result;
}

int qb_registry_open(struct qb_registry *ret_registry, struct qb_error *error)
{
	struct qb_registry registry = { 0, NULL };
	const int result = add_catalog(&registry, "", "this build", &qbench_catalog, error);

	if (result)
		qb_registry_finish(&registry);
	else
		*ret_registry = registry;
	return result;
}

void qb_registry_finish(struct qb_registry *registry)
{
	shrink(registry, 0);
	free(registry->entries);
	*registry = (struct qb_registry){ 0, NULL };
}

/* The dynamic linker reads the file itself, but its sentences name neither a folder nor a text
 * file for what it is, and it would wait for ever on a FIFO. */
static int check_file(const char *path, struct qb_error *error)
{
	unsigned char magic[4] = { 0 };
	struct stat status;
	FILE *file;

	if (stat(path, &status) != 0)
		return qb_error_set(error, errno, "cannot read plug-in '%s': %s", path,
		                    strerror(errno));
	if (!S_ISREG(status.st_mode))
		return qb_error_set(error, EINVAL, "plug-in '%s' is not a file", path);
	file = fopen(path, "rbe");
	if (!file)
		return qb_error_set(error, errno, "cannot read plug-in '%s': %s", path,
		                    strerror(errno));
	(void)!fread(magic, 1, sizeof(magic), file);
	fclose(file);
	if (memcmp(magic, "\177ELF", 4) != 0)
		return qb_error_set(
			error, ENOEXEC,
			"plug-in '%s' is not a shared object; build it with -shared -fPIC", path);
	return 0;
}

static int check_catalog(const struct qb_catalog *catalog, const char *path, struct qb_error *error)
{
	if (!catalog)
		return qb_error_set(error, EPROTO,
		                    "'%s' is no qbench plug-in: it has no symbol 'qbench_catalog'",
		                    path);
	if (catalog->abi != QB_ABI)
		return qb_error_set(
			error, EPROTO,
			"plug-in '%s' was built for interface version %u, this qbench has %u: "
			"rebuild it",
			path, catalog->abi, QB_ABI);
	if (catalog->size < QUEUE_SIZE_MIN || catalog->size > CATALOG_SIZE_MAX)
		return qb_error_set(error, EPROTO,
		                    "plug-in '%s' says that a queue takes %u bytes: rebuild it",
		                    path, catalog->size);
	if (catalog->first == catalog->end)
		return qb_error_set(error, ENOENT,
		                    "plug-in '%s' holds no queue: it needs a QB_QUEUE", path);
	return 0;
}

int qb_registry_load(struct qb_registry *registry, const char *path, struct qb_error *error)
{
	const struct qb_catalog *catalog;
	char absolute[PATH_MAX], where[PATH_MAX + 16];
	void *object;
	int result = check_file(path, error);

	if (result)
		return result;
	if (!realpath(path, absolute))
		return qb_error_set(error, errno, "cannot read plug-in '%s': %s", path,
		                    strerror(errno));
	for (size_t index = 0; index < registry->count; index++) {
		if (strcmp(registry->entries[index].plugin, absolute) == 0)
			return 0;
	}
	object = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		return qb_error_set(error, ENOEXEC, "cannot load plug-in: %s", dlerror());
	catalog = dlsym(object, "qbench_catalog");
	snprintf(where, sizeof(where), "plug-in '%s'", path);
	result = check_catalog(catalog, path, error);
	if (!result)
		result = add_catalog(registry, absolute, where, catalog, error);
	if (result)
		dlclose(object);
	return result;
}

const struct qb_entry *qb_registry_find(const struct qb_registry *registry, const char *plugin,
                                        const char *name)
{
	for (size_t index = 0; index < registry->count; index++) {
		const struct qb_entry *entry = &registry->entries[index];

		if (strcmp(entry->plugin, plugin) == 0 && strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

const char *qb_registry_nearest(const struct qb_registry *registry, const char *name)
{
	const char **names = calloc(registry->count + 1, sizeof(*names));
	const char *nearest = NULL;

	for (size_t index = 0; names && index < registry->count; index++)
		names[index] = registry->entries[index].name;
	if (names)
		nearest = qb_nearest_word(name, names, registry->count);
	free(names);
	return nearest;
}

unsigned qb_registry_size_class(size_t message_size)
{
	static const size_t sizes[QB_SIZE_CLASS_ANY] = { 8, 16, 32, 64, 128, 256 };

	for (unsigned index = 0; index < QB_SIZE_CLASS_ANY; index++) {
		if (sizes[index] == message_size)
			return index;
	}
	return QB_SIZE_CLASS_ANY;
}

const struct qb_loops *qb_registry_loops(const struct qb_queue *queue, enum qb_api api)
{
	switch (api) {
	case QB_API_AUTO:
		return NULL;
	case QB_API_SINGLE:
		return &queue->single->loops;
	case QB_API_BATCH:
		return queue->batch ? &queue->batch->loops : NULL;
	case QB_API_ZEROCOPY:
		return queue->zerocopy ? &queue->zerocopy->loops : NULL;
	}
	return NULL;
}

static bool carries(const struct qb_loops *loops, unsigned size_class)
{
	return loops->of[size_class][QB_PRODUCE] && loops->of[size_class][QB_CONSUME];
}

static bool carries_8_only(const struct qb_loops *loops)
{
	bool others = false;

	for (unsigned size_class = 1; size_class < QB_SIZE_CLASS_COUNT; size_class++)
		others = others || carries(loops, size_class);
	return carries(loops, 0) && !others;
}

/* Why it cannot be timed. */
static void refuse_timed(const struct qb_queue *queue, const struct qb_case *c, const char *name,
                         char *ret_reason, size_t size)
{
	if (queue->traits & QB_FLOOR)
		snprintf(ret_reason, size,
		         "'%s' makes up its messages as they are received, so that none takes any "
		         "time",
		         name);
	else if (!queue->timed)
		snprintf(ret_reason, size,
		         "'%s' was built for a qbench without the latency workload: rebuild it",
		         name);
	else if (c->batch > 1 || c->api != QB_API_SINGLE)
		snprintf(ret_reason, size,
		         "the latency workload sends one message at a time: it needs %s",
		         c->batch > 1 ? "--batch=1" : "--api=single");
}

void qb_registry_refusal(const struct qb_queue *queue, const struct qb_case *c, char *ret_reason,
                         size_t size)
{
	const struct qb_loops *loops = qb_registry_loops(queue, c->api);
	char name[QB_NAME_SIZE];

	name_of_id(queue->id, name);
	ret_reason[0] = 0;
	if (c->capacity == 0 && !(queue->traits & QB_RENDEZVOUS))
		snprintf(ret_reason, size, "'%s' does not serve capacity 0", name);
	else if ((queue->traits & QB_ONE_PRODUCER) && c->producer_count > 1)
		snprintf(ret_reason, size, "'%s' takes one producer, %u were asked", name,
		         c->producer_count);
	else if ((queue->traits & QB_ONE_CONSUMER) && c->consumer_count > 1)
		snprintf(ret_reason, size, "'%s' takes one consumer, %u were asked", name,
		         c->consumer_count);
	else if (!loops)
		snprintf(ret_reason, size, "'%s' has no %s operations", name,
		         c->api == QB_API_ZEROCOPY ? "zero-copy" : "batch");
	else if (!carries(loops, qb_registry_size_class(c->message_size)))
		snprintf(ret_reason, size,
		         carries_8_only(loops) ? "'%s' carries 8-byte messages only"
		                               : "'%s' cannot carry messages of %zu bytes",
		         name, c->message_size);
	else if (c->wait == QB_WAIT_BLOCK && !queue->blocking)
		snprintf(ret_reason, size, "'%s' cannot block", name);
	else if (c->rate > 0)
		refuse_timed(queue, c, name, ret_reason, size);
}
