/* qbench_bell.h -- sleeping without lost wake-ups, for queues that block.
 *
 * Both sides of a hand-over do the same two steps, each in this order (Dekker's shape):
 *
 *   the one that publishes:  store the index;  qb_fence_light;  look whether the bell is armed
 *   the one that sleeps:     arm the bell;     qb_fence_heavy;  look at the index again
 *
 * With a full fence between the two steps on both sides, at least one of them sees the other: no
 * message lies in the queue while its receiver sleeps for good.  Publishing is frequent and
 * sleeping is rare, so where the kernel has membarrier(2) the light fence keeps only the compiler
 * in order and the heavy one makes every thread of the process execute a full fence.  Elsewhere
 * both are full fences. */
#ifndef QBENCH_BELL_H
#define QBENCH_BELL_H

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "qbench_proof.h"

#ifndef __cplusplus
/* <unistd.h> hides it from a plug-in that asks for plain C11. */
extern long syscall(long number, ...);
#endif

#ifndef __has_feature
#define QB_HAS_FEATURE_(feature) 0
#else
#define QB_HAS_FEATURE_(feature) __has_feature(feature)
#endif

#if defined(__SANITIZE_THREAD__) || QB_HAS_FEATURE_(thread_sanitizer)
#define QB_THREAD_SANITIZER 1
#else
#define QB_THREAD_SANITIZER 0
#endif

/* ThreadSanitizer does not model fences (gcc warns: -Wtsan), nor does it need to: what is handed
 * over is ordered by release and acquire alone.  There the machine's own fence stands in. */
QB_TEMPLATE void qb_fence_full(void)
{
#if QB_THREAD_SANITIZER && defined(__x86_64__)
	__asm__ __volatile__("mfence" : : : "memory");
#elif QB_THREAD_SANITIZER && defined(__aarch64__)
	__asm__ __volatile__("dmb ish" : : : "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Asks once, when a queue is created: true if the heavy fence can do the work of both.  Under
 * ThreadSanitizer the answer is no, so that the other half of the code is tested too. */
QB_COLD bool qb_fence_is_asymmetric(void)
{
	return !QB_THREAD_SANITIZER &&
	       syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/* The publishing side's fence; pairs with qb_fence_heavy. */
QB_TEMPLATE void qb_fence_light(bool asymmetric)
{
	if (qb_likely(asymmetric))
		__asm__ __volatile__("" : : : "memory");
	else
		qb_fence_full();
}

/* The sleeping side's fence; pairs with qb_fence_light.  The full fence behind a failed call (a
 * sandbox that came later) would not be enough, so failure is loud. */
QB_COLD void qb_fence_heavy(bool asymmetric)
{
	if (!asymmetric)
		qb_fence_full();
	else if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
		abort();
}

/* What one thread sleeps on: a futex word. */
struct qb_bell {
	uint32_t armed;
};

QB_TEMPLATE bool qb_bell_is_armed(const struct qb_bell *bell)
{
	/* Relaxed: ordered behind the publication by qb_fence_light. */
	return qb_unlikely(__atomic_load_n(&bell->armed, __ATOMIC_RELAXED) != 0);
}

/* Wakes the sleeper, if it still is one; of several who ring, one does.  Returns the wakes. */
QB_COLD uint64_t qb_bell_ring(struct qb_bell *bell)
{
	/* Release: pairs with the acquire in qb_bell_sleep. */
	if (__atomic_exchange_n(&bell->armed, 0, __ATOMIC_ACQ_REL) == 0)
		return 0;
	syscall(SYS_futex, &bell->armed, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return 1;
}

/* From here on a publication either is seen by the sleeper's next look or rings the bell. */
QB_COLD void qb_bell_arm(struct qb_bell *bell, bool asymmetric)
{
	/* Relaxed: ordered before the sleeper's next look by the fence. */
	__atomic_store_n(&bell->armed, 1, __ATOMIC_RELAXED);
	qb_fence_heavy(asymmetric);
}

QB_COLD void qb_bell_disarm(struct qb_bell *bell)
{
	__atomic_store_n(&bell->armed, 0, __ATOMIC_RELAXED); /* at worst a ring more, for nobody */
}

/* Sleeps until the armed bell has been rung.  Returns how often the kernel was asked to sleep. */
QB_COLD uint64_t qb_bell_sleep(struct qb_bell *bell)
{
	uint64_t count = 0;

	/* In a loop, because a ring meant for an earlier sleep may come late; the word tells. */
	while (__atomic_load_n(&bell->armed, __ATOMIC_ACQUIRE) != 0) {
		syscall(SYS_futex, &bell->armed, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
		count++;
	}
	return count;
}

#endif
