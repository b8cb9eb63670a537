/* random -- SplitMix64 and what is drawn from it. */
#include "harness/random.h"

#include <assert.h>

uint64_t qb_random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t qb_random_below(uint64_t *state, uint64_t bound)
{
	const uint64_t excess = (UINT64_MAX % bound + 1) % bound; /* values that would favor some */
	uint64_t drawn;

	assert(bound > 0);
	do
		drawn = qb_random_next(state);
	while (drawn > UINT64_MAX - excess);
	return drawn % bound;
}

void qb_random_permutation(uint64_t *state, size_t *ret_order, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		const size_t other = (size_t)qb_random_below(state, index + 1);

		ret_order[index] = ret_order[other];
		ret_order[other] = index;
	}
}
