/* limits_probe.h -- the measurements behind limits.h, one pair of CPUs (or one CPU) at a time.
 *
 * The leader runs on cpu_a and keeps the time; the follower, on cpu_b, answers until the leader
 * says stop.  A probe is a pair of functions that count operations (limits_drive.c); everything
 * around them (pinning, fresh pages, start, a partner that does not answer) is the same for all
 * (limits_probe.c). */
#ifndef QB_LIMITS_PROBE_H
#define QB_LIMITS_PROBE_H

#include <stdatomic.h>

#include "harness/limits.h"

#define QB_PROBE_REPETITIONS 6
#define QB_PROBE_RING        16384 /* lines: more than a core's own caches hold, as queues do */

/* Two words at a time: with one, the instructions bound the stream and not the lines. */
typedef uint64_t qb_probe_words __attribute__((vector_size(16)));

struct qb_probe_line {
	qb_probe_words pairs[4];
};

/* What is measured: fresh pages for every pair. */
struct qb_probe_arena {
	QB_ALIGNED(QB_LINE) _Atomic uint64_t ping;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t pong;
	uint64_t pong_stamp;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t tail;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t head;
	QB_ALIGNED(QB_LINE) _Atomic uint32_t calls[2]; /* futex words */
	QB_ALIGNED(QB_LINE) struct qb_probe_line ring[QB_PROBE_RING];
};

/* What one thread did in one repetition. */
struct qb_probe_side {
	uint64_t count; /* operations, or lines */
	uint64_t elapsed_ns, elapsed_ticks;
};

/* What the two threads share beside it. */
struct qb_duel {
	struct qb_probe_arena *arena;
	struct qb_cpu_pair pair;
	uint64_t deadline;               /* of this repetition */
	bool slip;                       /* the consumer of this repetition slips */
	int64_t offset_low, offset_high; /* in ticks */
	struct qb_probe_side follower;
	const bool *wanted;
	struct qb_probe_outcome *outcomes;
	uint64_t repetition_ns;
	struct qb_error error;
	QB_ALIGNED(QB_LINE) _Atomic bool stop;
	_Atomic bool broken; /* the pair is given up; `error` says why */
	QB_ALIGNED(QB_LINE) _Atomic unsigned arrived;
};

/* One side of a probe: works until the deadline (leader) or `stop` (follower); returns how many
 * operations count. */
typedef uint64_t qb_probe_side_fn(struct qb_duel *duel, unsigned parameter);

struct qb_probe {
	const char *name, *unit;
	qb_probe_side_fn *lead;
	qb_probe_side_fn *follow; /* NULL: needs one CPU only */
	unsigned parameter;
	bool slips;  /* measured with an eager and a slipping consumer; the faster one counts */
	bool bounds; /* yields an interval instead of values */
};

/* The probes, in order of reporting. */
extern const struct qb_probe qb_probe_list[];
extern const size_t qb_probe_count;

/* What one probe found in its repetitions. */
struct qb_probe_outcome {
	unsigned n;
	double values[QB_PROBE_REPETITIONS]; /* the better variant's, where a probe has two */
	double low, high;                    /* a probe that bounds: the interval, in ns */
};

/* Runs the probes that `wanted` (one flag per probe) marks, all of them alone or all of them in
 * pairs as the pair is, in fresh memory, by threads pinned to it; fills ret_outcomes[i] (n == 0:
 * not run).  -errno with a sentence when not measured to the end; outcomes reached stay. */
int qb_probe_pair(const struct qb_cpu_pair *pair, const bool *wanted, uint64_t repetition_ns,
                  struct qb_probe_outcome *ret_outcomes, struct qb_error *error);

/* Gives the pair up: every loop of both sides ends. */
void qb_probe_break(struct qb_duel *duel, const char *reason);

uint64_t qb_probe_now_ns(void);

/* The machine's tick counter; where it has none that user space can read, nanoseconds. */
static inline uint64_t qb_probe_ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t value;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#else
	return qb_probe_now_ns();
#endif
}

/* The same, read neither before what stands above nor after what stands below. */
static inline uint64_t qb_probe_ticks_ordered(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned cpu;
	const uint64_t value = __builtin_ia32_rdtscp(&cpu);

	__asm__ __volatile__("lfence" : : : "memory");
	return value;
#elif defined(__aarch64__)
	uint64_t value;

	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(value) : : "memory");
	return value;
#else
	return qb_probe_now_ns();
#endif
}

#endif
