/* qbench_atomic.h -- atomic access to plain members, in C11 and C++17 alike.
 *
 * `qb_load(&q->tail, ACQUIRE)`: the order is part of every call, and a comment beside it says what
 * it pairs with.  _Atomic members would keep a struct out of C++, std::atomic out of C. */
#ifndef QBENCH_ATOMIC_H
#define QBENCH_ATOMIC_H

#define qb_load(at, order)         __atomic_load_n((at), __ATOMIC_##order)
#define qb_store(at, value, order) __atomic_store_n((at), (value), __ATOMIC_##order)
#define qb_add(at, value, order)   __atomic_fetch_add((at), (value), __ATOMIC_##order)
#define qb_or(at, value, order)    __atomic_fetch_or((at), (value), __ATOMIC_##order)
#define qb_and(at, value, order)   __atomic_fetch_and((at), (value), __ATOMIC_##order)
#define qb_swap(at, value, order)  __atomic_exchange_n((at), (value), __ATOMIC_##order)

/* True if *at was *expected and is `desired` now; else *expected is what it was.  Relaxed on
 * failure.  The weak one may fail without a reason. */
#define qb_replace(at, expected, desired, order)                                                   \
	__atomic_compare_exchange_n((at), (expected), (desired), 0, __ATOMIC_##order,              \
	                            __ATOMIC_RELAXED)
#define qb_replace_weak(at, expected, desired, order)                                              \
	__atomic_compare_exchange_n((at), (expected), (desired), 1, __ATOMIC_##order,              \
	                            __ATOMIC_RELAXED)

/* Asks for the line at `at`, to be written soon: a hint without effect on what is computed, for any
 * address.  On x86-64 it is spelled out because compilers ask for reading only, unless they are
 * told of a CPU that has prefetchw; one that has it not executes it as no operation. */
QB_TEMPLATE void qb_prefetch_to_write(const void *at)
{
#ifdef __x86_64__
	__asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)at));
#else
	__builtin_prefetch(at, 1);
#endif
}

#endif
