/* result.h -- plain data: all that a report sees.  Built by summary.c, or by hand in a test.
 * Text is owned by the struct that holds it; lists are released by qb_document_finish. */
#ifndef QB_RESULT_H
#define QB_RESULT_H

#include "harness/samples.h"
#include "harness/timeline.h"

/* Estimates over runs: one value per process. */
struct qb_estimate {
	unsigned n;
	double median, mean, stddev, cv, min, max; /* cv: stddev / mean; stddev with n - 1 */
	double hl;      /* one-sample Hodges-Lehmann estimate of the logs, back on the scale */
	bool has_ci95;  /* n >= 6 */
	double ci95[2]; /* its exact signed-rank 95 % interval */
};

struct qb_metric {
	char name[QB_NAME_SIZE]; /* `throughput` */
	char unit[16];           /* `msg/s` */
	bool higher_is_better;
	bool gated;       /* may fail a comparison; else advisory */
	char reason[200]; /* why no run has a value; "": they have */
	unsigned n;
	double *values; /* one per run that counts, in order of measuring */
	struct qb_estimate estimate;
};

struct qb_counter {
	char name[QB_NAME_SIZE];
	bool available;
	char code[32];                       /* why not, for machines: "no-pmu" */
	char reason[256];                    /* and for people */
	double value, per_message, coverage; /* per_message NaN: it is no sum */
	bool by_role;
	double role_per_message[QB_ROLE_COUNT]; /* by_role: of messages sent, and received */
};

/* One run, kept raw so that any statement can be recomputed. */
struct qb_run_record {
	unsigned order;
	uint64_t seed;
	int64_t start_unix_ms;
	enum qb_status status;
	char reason[2048];
	double throughput; /* msg/s; NaN unless ok */
	uint64_t window_ns, messages;
	/* Of the window; NaN where not known.  Foreign: other programs on the run's CPUs. */
	double steal_share, run_delay_share, foreign_share;
	double interrupts, throttled_periods, thermal_throttles; /* NaN where not known */
	uint64_t involuntary_switches, migrations, minor_faults, major_faults;
	bool disturbed;
	char perf_ctl[96];     /* "ok", or what perf did not hear; "": nobody was told */
	unsigned pins_refused; /* threads */
	bool clock_checked;
	long clock_disagreement_ppm;
	int trending; /* 1, -1: still rising, falling within the window (rank-sum p < 0.01) */
	unsigned interval_count;
	uint32_t *interval_messages;       /* per interval of the protocol; may be NULL */
	struct qb_timeline *timeline;      /* may be NULL */
	struct qb_latency_record *latency; /* owned; NULL: nothing was timed, or it is not known */
};

#define QB_LATENCIES 5 /* quantiles, and the maximum */

/* What a latency is counted from: when a message was due, or sent. */
enum qb_latency_kind { QB_LATENCY_RESPONSE, QB_LATENCY_TRANSIT, QB_LATENCY_KINDS };

/* Of a run whose messages were timed. */
struct qb_latency_record {
	uint64_t due_count; /* messages, inside the window */
	double backlog_growth;
	uint64_t unsent_count;
	bool saturated; /* messages were due faster than they were received */
	bool has_transit;
	bool by_ticks;
	double timer_ns;
	uint64_t count[QB_LATENCY_KINDS];              /* of messages recorded */
	double values[QB_LATENCY_KINDS][QB_LATENCIES]; /* ns; NaN: too few messages */
	char *histograms[QB_LATENCY_KINDS];            /* owned: HdrHistogram V2, base64 */
};

struct qb_tally;

/* Per producer over all runs: who got how much of the throughput. */
struct qb_fairness {
	bool known;  /* more than one producer, and messages moved */
	double jain; /* (sum x)^2 / (n sum x^2): 1 is equal shares, 1/n is one takes all */
	double min_share, max_share; /* share of the mean: 1 is fair */
};

/* Sums over the runs that count, from which the rest is computed.  Kept by summary.c. */
struct qb_totals {
	uint64_t window_ns, received;
	uint64_t messages[QB_ROLE_COUNT], operations[QB_ROLE_COUNT], misses[QB_ROLE_COUNT];
	uint64_t sleeps, switches;
	uint64_t preemptions;        /* those of the switches that no thread asked for */
	double loop_s;               /* time in which the switches were counted */
	uint64_t *producer_messages; /* one per producer; NULL before the first run */
};

/* What producers and consumers met in the windows of all runs. */
struct qb_flow {
	double producer_misses_per_message, consumer_misses_per_message;
	double producer_batch_mean, consumer_batch_mean; /* messages per operation that moved any */
	double producer_full_share, consumer_empty_share; /* misses / tries */
	double sleeps_per_message;
	double switches_per_second;    /* context switches, all threads */
	double slices_lost_per_second; /* switches that were not asked for, of each thread */
};

#define QB_READINGS_MAX 8

/* What the CPUs of a case can stream at most: share.c says how it is found. */
struct qb_bound {
	bool known;
	char reason[160];  /* why not */
	char relation[16]; /* of the pair that was measured: "llc" */
	int cpu_a, cpu_b;
	double lanes; /* such streams at a time; 0.5: each CPU both sends and receives */
	/* Messages per second, over all lanes: in batches of 64; published as often as this
	 * queue's producers did; and beyond which nothing can be. */
	double limit, pattern, ceiling;
	double pattern_batch;
	double share_of_pattern;  /* throughput / pattern; NaN: without a figure */
	double round_trip_ns;     /* of one line; NaN: not known */
	bool same_sitting;        /* measured between the runs */
	bool disturbed;           /* while it was measured */
	int64_t measured_unix_ms; /* when */
	double age_s;             /* then, when the result was made */
};

struct qb_warning {
	char code[32];  /* `oversubscribed`: stable, for machines */
	char text[384]; /* what, and what to do */
};

struct qb_result {
	struct qb_case c;
	enum qb_status status;
	char reason[2048];           /* of the first run that was not ok */
	struct qb_delivery delivery; /* summed over runs; faults of the first bad run */
	size_t metric_count;
	struct qb_metric *metrics;
	size_t counter_count;
	struct qb_counter *counters;
	struct qb_tally *tally; /* sums that counters are computed from; kept by tally.c */
	size_t warning_count;
	struct qb_warning *warnings;
	size_t explanation_count; /* what the counters mean; only if asked for */
	struct qb_warning *explanations;
	size_t run_count;
	struct qb_run_record *runs;
	struct qb_fairness fairness;
	struct qb_flow flow;
	struct qb_bound bound;
	unsigned reading_count;
	struct qb_warning readings[QB_READINGS_MAX]; /* what the figures mean: reading.c */
	struct qb_totals totals;
	size_t internal_count; /* the queue's own counters, summed over runs, per message */
	struct qb_counter internals[QB_INTERNALS_MAX];
};

struct qb_machine {
	char fingerprint[72]; /* of what makes figures comparable */
	char cpu[128], hypervisor[32], kernel[128], governor[32], clocksource[32];
	char architecture[16];
	unsigned logical_cpus, cores, packages, numa_nodes;
	bool smt;
	char allowed_cpus[256]; /* "0-1" */
	double cpu_quota;       /* CPUs' worth of cgroup quota; 0: none */
	uint64_t memory_bytes;
	size_t warning_count;
	struct qb_warning warnings[16];
};

struct qb_tool {
	char name[16], version[32], commit[48], compiler[64], flags[256];
};

/* A workload that never changes, measured between the runs: control.c. */
struct qb_control {
	char name[32];    /* "ping-pong/1"; "": none was measured */
	char reason[160]; /* why not; "" in files of earlier versions too */
	int cpu_a, cpu_b;
	unsigned n;
	double *values; /* owned: round trips per second, one per block of runs */
};

/* A file whose code was measured. */
struct qb_program {
	char path[PATH_MAX];
	char sha256[65]; /* of its content, then */
};

struct qb_document {
	struct qb_tool tool;
	char created[32]; /* ISO 8601, UTC */
	size_t command_count;
	const char *const *command; /* argv: borrowed, or within command_memory */
	void *command_memory;       /* owned; NULL: command is borrowed */
	uint64_t seed;
	struct qb_machine machine;
	struct qb_protocol protocol;
	char protocol_hash[24];
	bool interrupted;
	size_t program_count;
	struct qb_program *programs; /* owned: this qbench, then the plug-ins */
	struct qb_control control;
	size_t result_count;
	struct qb_result *results;
};

const char *qb_status_name(enum qb_status status);       /* "ok", "invalid", ... */
const char *qb_api_name(enum qb_api api);                /* "single", "batch", "zerocopy" */
const char *qb_wait_name(enum qb_wait wait);             /* "spin", "yield", "block" */
const char *qb_pin_name(enum qb_pin pin);                /* "auto", "none", "compact", ... */
const char *qb_arrivals_name(enum qb_arrivals arrivals); /* "uniform", "poisson" */
const char *qb_fault_name(enum qb_fault_kind kind);      /* "lost", ... */

/* The traits of a queue as words, strongest first: when all `bits` are set, say `name` and clear
 * them, so that "order-total" is not followed by "order-per-producer".  Ended by a NULL name. */
struct qb_trait {
	uint64_t bits;
	const char *name; /* "order-total" */
};
extern const struct qb_trait qb_traits[];

/* What may be said of `estimate`: NaN in place of what its n is too small for (everything at 0,
 * stddev and cv at 1) and of what is not finite. */
struct qb_estimate qb_estimate_settled(const struct qb_estimate *estimate);

/* The metric of that name, or NULL. */
struct qb_metric *qb_result_metric(const struct qb_result *result, const char *name);

/* Frees everything a result owns, and zeroes it. */
void qb_result_finish(struct qb_result *result);
void qb_document_finish(struct qb_document *document);

#endif
