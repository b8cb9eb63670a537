/* document.h -- what is true of a whole invocation: tool, machine, protocol, when and how. */
#ifndef QB_DOCUMENT_H
#define QB_DOCUMENT_H

#include "harness/result.h"
#include "harness/topology.h"

/* Fills all but the results.  `command` is borrowed. */
void qb_document_begin(struct qb_document *ret_document, const struct qb_protocol *protocol,
                       const struct qb_topology *topology, size_t command_count,
                       const char *const *command);

/* Name of all in the protocol that a figure depends on: results of different names are not
 * comparable.  How often and under which seed a case was run is no part of it. */
void qb_document_hash_protocol(const struct qb_protocol *protocol, char *ret_hash, size_t size);

#endif
