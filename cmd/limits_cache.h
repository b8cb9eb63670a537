/* limits_cache.h -- limits that earlier invocations measured on this machine. */
#ifndef QB_LIMITS_CACHE_H
#define QB_LIMITS_CACHE_H

#include "reports/limits_report.h"

/* The file for that machine: in $XDG_CACHE_HOME/qbench, else ~/.cache/qbench.  -ENOENT where there
 * is no home. */
int qb_limits_cache_path(const char *fingerprint, char *ret_path, size_t size,
                         struct qb_error *error);

/* What is known of the machine.  -ENOENT: nothing; any other code: a file that cannot be used, with
 * a sentence.  Release with qb_limits_finish. */
int qb_limits_cache_load(const struct qb_machine *machine, struct qb_limits *ret_limits,
                         struct qb_error *error);

/* Keeps the document's limits and what else is known of its machine.  -errno and a sentence. */
int qb_limits_cache_keep(const struct qb_limits_document *document, struct qb_error *error);

#endif
