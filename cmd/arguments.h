/* arguments.h -- whether argv fits the options of a command, as one sentence. */
#ifndef QB_ARGUMENTS_H
#define QB_ARGUMENTS_H

#include <argp.h>

#include <qbench.h>

/* Finds the first argument that getopt would refuse: an unknown option (with the nearest one), an
 * ambiguous beginning, a missing or unwanted value, more words than the command takes.  argp itself
 * would print two lines and a usage.  -EINVAL and a sentence. */
int qb_arguments_check(const struct argp *argp, int argc, char **argv, int word_max,
                       struct qb_error *error);

/* Calls `hear` for each option of the command and of its children, in order. */
void qb_arguments_list(const struct argp *argp,
                       void (*hear)(void *context, const struct argp_option *option),
                       void *context);

#endif
