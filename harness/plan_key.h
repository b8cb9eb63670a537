/* plan_key.h -- the name under which a case is compared with the same case of another day. */
#ifndef QB_PLAN_KEY_H
#define QB_PLAN_KEY_H

#include "harness/case.h"

struct qb_plan_key {
	const char *pin_text; /* the placement as written */
	bool api_forced;      /* to another api than the queue's best */
	unsigned twin;        /* > 0: a plug-in's queue whose name another selected queue has too;
	                         > 1: and whose file is called alike, counted from 2 */
};

/* Writes c->key from all else in the case: throughput/mpsc/p4c1/b64/m8/q65536/spin/auto, and behind
 * it only what is unlike the usual: /single (api), /numa-1 (memory), /r100000 and /poisson (when
 * messages are due), /no-proof, /my.so (a twin). */
void qb_plan_key_write(const struct qb_plan_key *key, struct qb_case *c);

#endif
