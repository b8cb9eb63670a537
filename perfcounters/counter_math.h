/* counter_math.h -- pure: from counter readings to values, and from values to figures a message.
 *
 * Absent in, absent out: a figure of which one part is missing is missing, for the same reason. */
#ifndef QB_COUNTER_MATH_H
#define QB_COUNTER_MATH_H

#include <stdbool.h>
#include <stdint.h>

#include "perfcounters/absence.h"
#include "perfcounters/semantic_events.h"

#define QB_COVERAGE_FULL 0.999 /* below: an estimate, and marked as one */
#define QB_COVERAGE_MIN  0.5   /* below: not even an estimate */

/* What a counter says.  With available: `value` is a number, and `absence` is NONE, or MULTIPLEXED
 * for an estimate from a part of the time.  Without: `value` is NaN. */
struct qb_counters_value {
	double value;
	float coverage;  /* share of the time in which it was counted */
	uint8_t absence; /* enum qb_absence */
	bool available;
	bool proven; /* moved in the self-test or here; else a 0 may mean "not implemented" */
};

/* Two readings of one counter, subtracted. */
struct qb_counter_delta {
	uint64_t value, enabled_ns, running_ns;
};

/* What the derived figures are made of; unset events are absent. */
struct qb_counter_inputs {
	struct qb_counters_value events[QB_EVENT_COUNT];
	struct qb_counters_value cpu_ns, user_ns, system_ns; /* of the threads */
	struct qb_counters_value switches;                   /* context switches */
	struct qb_counters_value joules;
	uint64_t message_count; /* moved in the same time by the same threads */
};

enum qb_counter_metric {
	QB_METRIC_IPC, /* instructions a cycle */
	QB_METRIC_CYCLES_PER_MESSAGE,
	QB_METRIC_INSTRUCTIONS_PER_MESSAGE,
	QB_METRIC_EFFECTIVE_GHZ,         /* cycles / thread CPU time */
	QB_METRIC_TRANSFERS_PER_MESSAGE, /* dirty lines moved, by loads and by stores */
	QB_METRIC_L1D_MISSES_PER_MESSAGE,
	QB_METRIC_LLC_MISSES_PER_MESSAGE,
	QB_METRIC_BRANCH_MISSES_PER_MESSAGE,
	QB_METRIC_CLEARS_PER_KILOMESSAGE,   /* memory-ordering machine clears */
	QB_METRIC_SWITCHES_PER_KILOMESSAGE, /* context switches */
	QB_METRIC_KERNEL_SHARE,             /* of the CPU time, 0 to 1 */
	QB_METRIC_JOULES_PER_MEGAMESSAGE,
	QB_METRIC_COUNT
};

struct qb_counters_value qb_counter_math_present(double value);
struct qb_counters_value qb_counter_math_absent(enum qb_absence absence);

/* to - from, 0 where a counter seems to run backwards. */
uint64_t qb_counter_math_difference(uint64_t from, uint64_t to);

/* Scales a delta to the whole time.  Never scheduled although the thread ran: absent, NO_SLOTS. */
struct qb_counters_value qb_counter_math_scale(struct qb_counter_delta delta);

/* Sum over threads: the weakest coverage, and absent if one of them is. */
struct qb_counters_value qb_counter_math_sum(struct qb_counters_value a,
                                             struct qb_counters_value b);

/* value * factor / divisor; absent stays absent, as does a division by 0 (INPUT). */
struct qb_counters_value qb_counter_math_ratio(struct qb_counters_value value, double divisor,
                                               double factor);

const char *qb_counter_math_metric_name(enum qb_counter_metric metric); /* "ipc", ... */
const char *qb_counter_math_metric_unit(enum qb_counter_metric metric); /* "1/msg", ... */

/* True if the figure is made of that event; false of -1, which is the user's own. */
bool qb_counter_math_takes(enum qb_counter_metric metric, int event);

/* All inputs as absent, for a caller that fills in what it has. */
void qb_counter_math_inputs_init(struct qb_counter_inputs *inputs);

/* The derived figure, or absent with the absence of its first missing part. */
struct qb_counters_value qb_counter_math_derive(enum qb_counter_metric metric,
                                                const struct qb_counter_inputs *inputs);

#endif
