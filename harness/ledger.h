/* ledger.h -- who had the CPUs of a run: this process, or others. */
#ifndef QB_LEDGER_H
#define QB_LEDGER_H

#include "harness/case.h"

#define QB_LEDGER_TICK_NS 10000000 /* USER_HZ of /proc/stat, on x86-64 and aarch64 */

/* Read twice; what grew in between is the run's. */
struct qb_ledger {
	bool known;
	unsigned cpu_count; /* of the run: those its threads are pinned to, or all usable ones */
	uint64_t monotonic_ns;
	uint64_t own_ns;     /* CPU time of this process, all threads */
	uint64_t free_ticks; /* in which those CPUs were idle, or the hypervisor's */
};

/* `root` is "" or a folder that stands for / (tests). */
void qb_ledger_read(const char *root, const struct qb_case *c, struct qb_ledger *ret_ledger);

/* CPU time of other programs and the kernel's own on those CPUs; NaN where not known. */
double qb_ledger_foreign_ns(const struct qb_ledger *from, const struct qb_ledger *to);

/* That, of all time of those CPUs. */
double qb_ledger_foreign_share(const struct qb_ledger *from, const struct qb_ledger *to);

#endif
