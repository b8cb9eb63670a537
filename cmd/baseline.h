/* baseline.h -- results kept by name: .qbench/NAME.json below the present folder. */
#ifndef QB_BASELINE_H
#define QB_BASELINE_H

#include <limits.h>

#include <qbench.h>

#define QB_BASELINE_NAME_MAX 100

/* True if results can be kept under this name: letters, digits, `.`, `_` and `-`. */
bool qb_baseline_name_is_sound(const char *name);

/* Where a result of that (sound) name is to be kept; makes the folder. */
int qb_baseline_prepare(const char *name, char *ret_path, size_t size, struct qb_error *error);

/* The file that is meant: one kept under that name, else a path.  -ENOENT and the nearest name. */
int qb_baseline_find(const char *word, char *ret_path, size_t size, struct qb_error *error);

#endif
