/* interrupt.h -- Ctrl-C: the first ends the run at hand, the second ends qbench. */
#ifndef QB_INTERRUPT_H
#define QB_INTERRUPT_H

/* Becomes non-zero with the first SIGINT, SIGTERM or SIGHUP. */
extern volatile int qb_interrupt_seen;

/* From now on signals are heard.  SIGPIPE is ignored: a dead pipe is an error like any other. */
void qb_interrupt_open(void);

#endif
