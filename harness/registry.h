/* registry.h -- every queue there is: the built-ins that the linker found, and plug-ins. */
#ifndef QB_REGISTRY_H
#define QB_REGISTRY_H

#include "harness/case.h"

struct qb_entry {
	char name[QB_NAME_SIZE];      /* the id with `_` turned into `-` */
	char plugin[PATH_MAX];        /* absolute path; "" for a built-in */
	const struct qb_queue *queue; /* whole: groups it was built without are NULL */
	struct qb_queue *copy;        /* the registry's own, or NULL */
};

struct qb_registry {
	size_t count;
	struct qb_entry *entries; /* built-ins by name, then plug-ins in order of loading */
};

/* Fills *ret_registry with the built-ins.  -EEXIST if two have one name. */
int qb_registry_open(struct qb_registry *ret_registry, struct qb_error *error);
void qb_registry_finish(struct qb_registry *registry);

/* Adds the queues of the shared object `path`: checks its ABI and sizes before reading on.  An
 * object once loaded stays (its code may be in use). */
int qb_registry_load(struct qb_registry *registry, const char *path, struct qb_error *error);

/* The entry called `name` of `plugin` ("" for built-ins), or NULL. */
const struct qb_entry *qb_registry_find(const struct qb_registry *registry, const char *plugin,
                                        const char *name);

/* The name nearest to `name` by edit distance, or NULL if none is near. */
const char *qb_registry_nearest(const struct qb_registry *registry, const char *name);

/* Size class of a message size, and whether the queue can carry it by this api. */
unsigned qb_registry_size_class(size_t message_size);
const struct qb_loops *qb_registry_loops(const struct qb_queue *queue, enum qb_api api);

/* Why the queue cannot serve the case, as one sentence, or "" if it can. */
void qb_registry_refusal(const struct qb_queue *queue, const struct qb_case *c, char *ret_reason,
                         size_t size);

#endif
