/* terminal.h -- what a person sees: sentences and the progress line on stderr, width and color. */
#ifndef QB_TERMINAL_H
#define QB_TERMINAL_H

#include "reports/report.h"

enum qb_when { QB_WHEN_AUTO, QB_WHEN_ALWAYS, QB_WHEN_NEVER };

/* A closed stdin, stdout or stderr becomes one that cannot be written to, so that no file opened
 * later takes its number. */
void qb_terminal_keep_streams(void);

/* Style of a report on stdout: 80 columns and no color in a pipe. NO_COLOR is honored. */
void qb_terminal_style(enum qb_when color, struct qb_report_style *ret_style);

/* "qbench: SENTENCE", then perhaps "hint: ...", on stderr, below the progress line if there is one;
 * the progress line is drawn again by its next change. */
__attribute__((format(printf, 1, 2))) void qb_terminal_complain(const char *format, ...);
__attribute__((format(printf, 1, 2))) void qb_terminal_hint(const char *format, ...);

/* A plain line on stderr, likewise. */
void qb_terminal_note(const char *text);

/* The progress line: drawn over itself on a terminal, as lines of their own elsewhere (only under
 * ALWAYS, and only those marked as milestones).  Nothing else writes to stderr between. */
void qb_terminal_progress_open(enum qb_when when);
void qb_terminal_progress(const char *text, bool milestone);
void qb_terminal_progress_close(void);

/* Erases the line; async-signal-safe. */
void qb_terminal_erase(void);

/* Flushes stdout.  -errno and a sentence if what was written there did not arrive. */
int qb_terminal_flush(struct qb_error *error);

#endif
