/* partner.h -- perf beside a run: told when the measured window begins and ends, so that it records
 * nothing else.  The protocol is that of --control in perf-record(1). */
#ifndef QB_PARTNER_H
#define QB_PARTNER_H

#include <qbench.h>

struct qb_partner {
	int control; /* what is written to */
	int answers; /* what is read from; -1: the partner answers nothing */
};

enum qb_partner_command { QB_PARTNER_DISABLE, QB_PARTNER_ENABLE };

/* `names` is "FIFO" or "FIFO,ACK-FIFO".  -errno and a sentence where one is not there, is no FIFO,
 * or nobody reads the first.  Both are closed by exec. */
int qb_partner_open(const char *names, struct qb_partner *ret_partner, struct qb_error *error);
void qb_partner_close(struct qb_partner *partner);

/* Says it, and waits a while for the answer if there is to be one.  -EPIPE: nobody reads any more
 * (SIGPIPE is to be ignored); -EAGAIN: nobody takes out what was written; -ETIME: no answer. */
int qb_partner_tell(const struct qb_partner *partner, enum qb_partner_command command);

/* What -errno of tell means, in words; "" for 0. */
const char *qb_partner_failure(int failure);

#endif
