/* thread_usage.h -- what the kernel keeps of every thread, needing no privilege and no PMU. */
#ifndef QB_THREAD_USAGE_H
#define QB_THREAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Totals since the thread's birth.  Each group of figures has its own source, and its own flag. */
struct qb_thread_usage {
	bool cpu_known, times_known, switches_known, delay_known;
	uint64_t cpu_ns;                     /* CPU time, exact */
	uint64_t user_ns, system_ns;         /* its parts; in clock ticks of other threads */
	uint64_t minor_faults, major_faults; /* known with the times */
	uint64_t voluntary, involuntary;     /* context switches */
	uint64_t delay_ns;                   /* runnable, and waiting for a CPU */
	int cpu;                             /* where it last ran; -1: not known */
};

/* Whose usage: filled in by the thread itself. */
struct qb_thread_identity {
	pid_t tid;
	clockid_t clock; /* its CPU time */
};

void qb_thread_usage_identify(struct qb_thread_identity *ret_identity);

/* Reads a thread of this process, from any of its threads; of its own from getrusage(2), of others
 * from /proc (below `root`).  What cannot be read is not known; all of it once the thread ended. */
void qb_thread_usage_read(const struct qb_thread_identity *identity, const char *root,
                          struct qb_thread_usage *ret_usage);

#endif
