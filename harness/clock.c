/* clock -- CLOCK_MONOTONIC measures; the tick counter, calibrated against CLOCK_MONOTONIC_RAW,
 * checks it.
 *
 * The rate is taken twice, over the warm-up and over the window, because a counter that changes its
 * rate (migration of a guest, suspend, a broken TSC) would falsify every figure and shows there. */
#include "harness/clock.h"

#include <assert.h>
#include <time.h>

#include "harness/environment_checks.h"
#include "harness/kernel_file.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#define READINGS    16
#define SPAN_MIN_NS 10000000

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	/* lfence on both sides: neither what stands before may still run, nor what stands behind
	 * may have begun (Intel SDM, RDTSC). */
	uint64_t now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
#elif defined(__aarch64__)
	uint64_t now;

	__asm__ __volatile__("isb; mrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
#else
	return 0;
#endif
}

bool qb_clock_ticks_invariant(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d >> 8 & 1);
#elif defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

bool qb_clock_ticks_trusted(void)
{
	char clocksource[64];

	return qb_clock_ticks_invariant() &&
	       qb_kernel_file_line(
		       "", "/sys/devices/system/clocksource/clocksource0/current_clocksource",
		       clocksource, sizeof(clocksource)) &&
	       qb_environment_checks_is_quick(clocksource);
}

uint64_t qb_clock_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

/* The tightest by the counter, which brackets all of a reading; by the kernel's clock where it does
 * not count time. */
void qb_clock_read(struct qb_instant *ret_instant)
{
	const bool by_ticks = qb_clock_ticks_invariant();
	uint64_t tightest = UINT64_MAX;

	for (int reading = 0; reading < READINGS; reading++) {
		const uint64_t before = ticks(), start_ns = clock_ns(CLOCK_MONOTONIC);
		const uint64_t raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		const uint64_t end_ns = clock_ns(CLOCK_MONOTONIC), after = ticks();
		const uint64_t span = by_ticks ? after - before : end_ns - start_ns;

		if (span >= tightest)
			continue;
		tightest = span;
		*ret_instant =
			(struct qb_instant){ .monotonic_ns = start_ns + (end_ns - start_ns) / 2,
			                     .raw_ns = raw_ns,
			                     .ticks =
			                             by_ticks ? before + (after - before) / 2 : 0 };
	}
}

void qb_clock_sleep_until(uint64_t deadline_ns)
{
	const struct timespec deadline = { .tv_sec = (time_t)(deadline_ns / 1000000000u),
		                           .tv_nsec = (long)(deadline_ns % 1000000000u) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
}

bool qb_clock_disagreement(const struct qb_instant *a, const struct qb_instant *b,
                           const struct qb_instant *c, long *ret_ppm)
{
	double before, after;

	if (a->ticks == 0 || b->raw_ns - a->raw_ns < SPAN_MIN_NS ||
	    c->raw_ns - b->raw_ns < SPAN_MIN_NS)
		return false;
	before = (double)(b->ticks - a->ticks) / (double)(b->raw_ns - a->raw_ns);
	after = (double)(c->ticks - b->ticks) / (double)(c->raw_ns - b->raw_ns);
	*ret_ppm = (long)((after / before - 1) * 1e6);
	return true;
}
