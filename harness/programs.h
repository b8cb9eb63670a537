/* programs.h -- the files whose code was measured, so that it can be told later whether they can be
 * run again as they were. */
#ifndef QB_PROGRAMS_H
#define QB_PROGRAMS_H

#include "harness/plan.h"
#include "harness/result.h"

/* Notes this qbench and the plug-ins of the plan in the document.  A file that cannot be read is
 * left out.  -ENOMEM. */
int qb_programs_note(const struct qb_plan *plan, struct qb_document *document);

/* True if every one of them, and of the plug-ins of its results, is the file that it was; else
 * says why not. */
bool qb_programs_are_intact(const struct qb_document *document, char *ret_why, size_t size);

/* True if this qbench is the same as the one that measured the document, byte for byte. */
bool qb_programs_are_this(const struct qb_document *document);

#endif
