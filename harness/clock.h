/* clock.h -- the clocks a run is measured with. */
#ifndef QB_CLOCK_H
#define QB_CLOCK_H

#include "harness/samples.h"

/* Reads all clocks as close together as can be had: the tightest of several readings. */
void qb_clock_read(struct qb_instant *ret_instant);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t qb_clock_monotonic_ns(void);

/* Sleeps until CLOCK_MONOTONIC reaches `deadline_ns`, or a signal comes. */
void qb_clock_sleep_until(uint64_t deadline_ns);

/* True if the tick counter runs at one rate on all CPUs and in all idle states: x86 with the
 * invariant-TSC bit (CPUID 80000007h EDX[8], Intel SDM 18.17), any aarch64 virtual counter. */
bool qb_clock_ticks_invariant(void);

/* True if they are, and the kernel of this machine keeps its own time by them: it gives them up
 * once it finds them unsteady. */
bool qb_clock_ticks_trusted(void);

/* Rate of the ticks between b and c against their rate between a and b, in parts per million, both
 * against CLOCK_MONOTONIC_RAW.  Returns false where it cannot be told: no invariant counter, or a
 * span under 10 ms, in which the reading's own error would count. */
bool qb_clock_disagreement(const struct qb_instant *a, const struct qb_instant *b,
                           const struct qb_instant *c, long *ret_ppm);

#endif
