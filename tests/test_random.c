/* test_random -- the generator is the published one, and draws without bias. */
#include <criterion/criterion.h>

#include "harness/random.h"

Test(random, follows_the_published_sequence)
{
	/* First outputs of SplitMix64 from seed 1234567. */
	uint64_t state = 1234567;

	cr_expect_eq(qb_random_next(&state), UINT64_C(6457827717110365317));
	cr_expect_eq(qb_random_next(&state), UINT64_C(3203168211198807973));
}

Test(random, permutation_holds_each_index_once)
{
	uint64_t state = 1;
	size_t order[50], seen[50] = { 0 };

	qb_random_permutation(&state, order, 50);
	for (size_t index = 0; index < 50; index++)
		seen[order[index]]++;
	for (size_t index = 0; index < 50; index++)
		cr_expect_eq(seen[index], 1);
}

Test(random, draws_every_value_about_equally_often)
{
	uint64_t state = 7;
	unsigned seen[6] = { 0 };

	for (unsigned draw = 0; draw < 60000; draw++)
		seen[qb_random_below(&state, 6)]++;
	for (unsigned value = 0; value < 6; value++)
		cr_expect(seen[value] > 9500 && seen[value] < 10500, "%u: %u", value, seen[value]);
}
