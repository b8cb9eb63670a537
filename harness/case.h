/* case.h -- plain data: one case is one implementation, one workload, one set of parameters. */
#ifndef QB_CASE_H
#define QB_CASE_H

#include <limits.h>

#include <qbench.h>

#define QB_WORKERS_MAX 1024 /* threads of one case */
#define QB_NAME_SIZE   64
#define QB_KEY_SIZE    256
#define QB_CPU_NONE    (-1) /* not pinned */

/* Where the threads of a case go.  LIST is an explicit list of CPUs. */
enum qb_pin {
	QB_PIN_AUTO,
	QB_PIN_NONE,
	QB_PIN_COMPACT,
	QB_PIN_CORES,
	QB_PIN_SCATTER,
	QB_PIN_SMT,
	QB_PIN_LLC,
	QB_PIN_CROSS_LLC,
	QB_PIN_CROSS_PACKAGE,
	QB_PIN_CROSS_NUMA,
	QB_PIN_P_CORES,
	QB_PIN_E_CORES,
	QB_PIN_LIST,
	QB_PIN_COUNT
};

/* Where the queue's memory goes.  LOCAL: on the node of the thread that creates it, which runs on
 * the first consumer's CPU. */
enum qb_numa { QB_NUMA_DEFAULT, QB_NUMA_LOCAL, QB_NUMA_INTERLEAVE, QB_NUMA_NODE };

/* When messages are due, where that is set.  NONE: as soon as the queue takes them. */
enum qb_arrivals { QB_ARRIVALS_NONE, QB_ARRIVALS_UNIFORM, QB_ARRIVALS_POISSON, QB_ARRIVALS_COUNT };

struct qb_case {
	char impl[QB_NAME_SIZE];     /* shown name: `mpmc-strict` */
	char plugin[PATH_MAX];       /* absolute path of the shared object; "" for a built-in */
	char workload[QB_NAME_SIZE]; /* `throughput` */
	unsigned producer_count, consumer_count;
	size_t batch;        /* messages asked of one operation */
	enum qb_api api;     /* resolved: never AUTO */
	bool batch_emulated; /* batch > 1 of a queue that sends one by one */
	size_t message_size; /* bytes */
	size_t capacity;     /* messages */
	enum qb_wait wait;   /* resolved: never AUTO */
	enum qb_pin pin;
	bool pin_required; /* asked for by name: a refusal makes the run invalid */
	enum qb_numa numa;
	unsigned numa_node;
	bool oversubscribed; /* more threads than allowed CPUs */
	bool proof;          /* false: --no-proof */
	uint64_t rate;       /* messages due per second, over all producers; 0: none are due */
	enum qb_arrivals arrivals; /* NONE exactly where rate is 0 */
	uint64_t traits;           /* of the queue */
	char key[QB_KEY_SIZE];     /* design: throughput/mpsc/p4c1/b64/m8/q65536/spin/auto */
	char skip_reason[256];     /* "" if the case can be served */
	int cpus[QB_WORKERS_MAX];  /* producers, then consumers; QB_CPU_NONE: not pinned */
};

/* How long and how often: the same for every case of an invocation. */
struct qb_protocol {
	unsigned runs;     /* fresh processes per case */
	unsigned runs_max; /* with a precision: at most this many */
	double precision;  /* wanted half-width of the 95 % interval / estimate; 0: none */
	uint64_t time_ns;  /* measured time of a run */
	uint64_t warmup_ns;
	uint64_t interval_ns;   /* between two samples of the window */
	uint64_t message_count; /* > 0: a fixed count instead of a time */
	uint64_t timeout_ns;    /* without progress this long, a run is hung */
	uint64_t seed;
};

static inline unsigned qb_case_worker_count(const struct qb_case *c)
{
	return c->producer_count + c->consumer_count;
}

#endif
