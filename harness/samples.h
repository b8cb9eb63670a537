/* samples.h -- plain data: what one run left behind.  No pointers: it lives in the mapping that the
 * measuring child writes and the parent reads, while the child runs and after it died. */
#ifndef QB_SAMPLES_H
#define QB_SAMPLES_H

#include "harness/case.h"
#include "harness/counts.h"
#include "harness/ledger.h"
#include "harness/vitals.h"

#define QB_INTERVALS_MAX 4096 /* samples of the window kept */
#define QB_FAULTS_MAX    8    /* offending messages named */

enum qb_status {
	QB_STATUS_OK,
	QB_STATUS_INVALID, /* the figure would mean something else than asked */
	QB_STATUS_CRASHED,
	QB_STATUS_TIMEOUT,
	QB_STATUS_INCORRECT, /* lost, duplicated, reordered or corrupted messages */
	QB_STATUS_SKIPPED,
	QB_STATUS_INTERRUPTED,
	QB_STATUS_COUNT
};

/* One reading of all clocks, as close together as could be had. */
struct qb_instant {
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC: what is measured with */
	uint64_t raw_ns;       /* CLOCK_MONOTONIC_RAW: what the TSC is checked against */
	uint64_t ticks;        /* TSC or virtual counter; 0 where it does not count time */
};

/* Where the child is in its life: tells in which phase it crashed or hung. */
enum qb_stage {
	QB_STAGE_STARTING,
	QB_STAGE_CREATING, /* the queue */
	QB_STAGE_LINING_UP,
	QB_STAGE_WARMING_UP,
	QB_STAGE_MEASURING,
	QB_STAGE_DRAINING,
	QB_STAGE_PROVING,
	QB_STAGE_FINISHED,
	QB_STAGE_COUNT
};

/* One thread, as it reported itself; most of it when it has stopped. */
struct qb_worker_sample {
	int tid;
	int cpu_wanted;         /* QB_CPU_NONE: not pinned */
	int cpu_start, cpu_end; /* sched_getcpu at the barrier and at the end */
	bool pin_refused;
	uint64_t window_count; /* messages of this thread inside the window */
	uint64_t window_operations, window_misses, window_sleeps;
	uint64_t voluntary_switches, involuntary_switches; /* getrusage(RUSAGE_THREAD), loop only */
	uint64_t minor_faults, major_faults;
	uint64_t cpu_ns;       /* CLOCK_THREAD_CPUTIME_ID, loop only */
	uint64_t run_delay_ns; /* runnable but waiting: /proc/thread-self/schedstat field 2 */
	/* CLOCK_MONOTONIC, each written when it has come: a crash leaves what was before it. */
	uint64_t started_ns, attached_ns, begin_ns, end_ns; /* begin and end of its loop */
};

enum qb_fault_kind { QB_FAULT_LOST, QB_FAULT_DUPLICATED, QB_FAULT_REORDERED, QB_FAULT_CORRUPTED };

/* One offending message. */
struct qb_fault {
	enum qb_fault_kind kind;
	unsigned consumer;     /* index of the consumer that saw it; lost: 0 */
	uint64_t registration; /* sender, from 1; 0: nobody's */
	uint64_t sequence;     /* from 0 */
	uint64_t expected;     /* reordered: the sequence number that was due */
};

struct qb_delivery {
	uint64_t sent, received, lost, duplicated, reordered, corrupted;
	unsigned fault_count; /* of `faults` */
	struct qb_fault faults[QB_FAULTS_MAX];
	bool beyond_bitmap; /* some messages are proven by power sums, not one by one */
};

/* Of a timed run: how it kept its schedule, and what its consumers recorded together. */
struct qb_latency_sample {
	bool timed;         /* else nothing of the rest means anything */
	bool has_transit;   /* messages had room for a stamp */
	bool by_ticks;      /* the CPU's counter, else CLOCK_MONOTONIC */
	uint64_t due_count; /* inside the window */
	/* Messages by which those due and not received had become more by the window's end: the
	 * median over its last third less that over its first. */
	double backlog_growth;
	bool backlog_rises;    /* and that is no chance: rank-sum p < 0.01 */
	uint64_t unsent_count; /* due inside the window, and given up a while after it */
	double timer_ns;       /* between two readings of the clock, median */
	struct qb_timing recorded;
};

struct qb_samples {
	enum qb_status status;
	char reason[2048];             /* "" when ok */
	enum qb_stage stage;           /* reached */
	unsigned order;                /* 0-based index of this run among all of the invocation */
	uint64_t seed;                 /* of this run: layout, environment padding */
	int64_t start_unix_ms;         /* wall clock at its start */
	uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC; the parent's view */
	uint64_t stage_ns[QB_STAGE_COUNT]; /* when each stage was entered; 0: never */
	struct qb_instant window_start, window_end;
	uint64_t window_count; /* messages received inside the window */
	unsigned interval_count;
	uint64_t interval_messages[QB_INTERVALS_MAX]; /* received in each interval of the window */
	uint64_t interval_end_ns[QB_INTERVALS_MAX];   /* since the window's start */
	uint64_t total_ns;           /* the child's life, for the plan's estimate */
	uint64_t steal_ticks;        /* /proc/stat steal over the window, USER_HZ ticks, all CPUs */
	unsigned cpu_count;          /* online, the steal ticks' CPUs; 0: not known */
	long clock_disagreement_ppm; /* ticks against CLOCK_MONOTONIC_RAW over the window */
	bool clock_checked;
	struct qb_delivery delivery;
	uint64_t internals[QB_INTERNALS_MAX];
	char internal_names[QB_INTERNALS_MAX][40];
	unsigned internal_count;
	struct qb_vitals vitals_start, vitals_end; /* just outside of the window */
	struct qb_ledger ledger_start, ledger_end; /* as well */
	struct qb_counts counts;
	struct qb_latency_sample latency;
	bool has_partner;    /* perf was told of the window */
	int partner_failure; /* -errno: it did not hear, or did not answer */
	unsigned worker_count;
	struct qb_worker_sample workers[QB_WORKERS_MAX]; /* producers, then consumers */
};

#endif
