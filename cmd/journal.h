/* journal.h -- what is done when: for --verbose on stderr, for --log in a file. */
#ifndef QB_JOURNAL_H
#define QB_JOURNAL_H

#include <qbench.h>

/* `path` NULL: no file. */
int qb_journal_open(bool verbose, const char *path, struct qb_error *error);

/* One line with the time before it; nothing if nobody listens. */
__attribute__((format(printf, 1, 2))) void qb_journal_note(const char *format, ...);

/* -errno and a sentence if the file does not hold all that was noted. */
int qb_journal_close(struct qb_error *error);

#endif
