/* selection.h -- names as written on the command line -> entries of the registry. */
#ifndef QB_SELECTION_H
#define QB_SELECTION_H

#include "harness/registry.h"

struct qb_selection {
	size_t count;
	size_t *indices; /* into registry->entries, in the order asked for, none twice */
};

/* Each name is a built-in, a glob over the built-ins, `all`, a plug-in `./my.so` (all its queues)
 * or
 * `./my.so:name`; loads plug-ins.  -ENOENT and the nearest name for an unknown one, -EEXIST for a
 * name written twice; names that a glob brings again are taken once. */
int qb_selection_make(struct qb_registry *registry, const char *const *names, size_t name_count,
                      struct qb_selection *ret_selection, struct qb_error *error);
void qb_selection_finish(struct qb_selection *selection);

#endif
