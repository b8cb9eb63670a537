/* result_json.h -- a saved result read back: qbench-result/1 -> struct qb_document. */
#ifndef QB_RESULT_JSON_H
#define QB_RESULT_JSON_H

#include <stdio.h>

#include "harness/result.h"

/* Reads and checks the whole file.  0, or -errno with one sentence that names the file and the
 * place ("results[3].metrics.throughput.median"); *ret_document is untouched then.  All that
 * the document holds is its own: release it with qb_document_finish. */
int qb_result_json_load(const char *path, struct qb_document *ret_document, struct qb_error *error);

/* The same from a stream (a pipe, memory); `name` is what sentences call it. */
int qb_result_json_read(FILE *stream, const char *name, struct qb_document *ret_document,
                        struct qb_error *error);

#endif
