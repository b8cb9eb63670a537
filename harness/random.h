/* random.h -- a small seeded generator: orders, layouts, simulations.  Not for secrets. */
#ifndef QB_RANDOM_H
#define QB_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): any state is a good one. */
uint64_t qb_random_next(uint64_t *state);

/* Uniform in 0 ... bound - 1; bound >= 1. */
uint64_t qb_random_below(uint64_t *state, uint64_t bound);

/* A permutation of 0 ... count - 1 (Fisher and Yates). */
void qb_random_permutation(uint64_t *state, size_t *ret_order, size_t count);

#endif
