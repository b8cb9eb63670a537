/* pinning_sides.c -- which domains are the producers', which the consumers'
 *
 * With sides of s and n - s CPUs, P producers and C consumers, both sides have idle or just enough
 * CPUs if P <= s <= n - C, and both are used up if n - C <= s <= P.  Which s can be had from whole
 * domains is a subset sum; domains are few and small, so a table settles it exactly, and an odd
 * affinity mask does not make a policy look impossible that is not.
 */
#include "harness/pinning_sides.h"

#include <errno.h>
#include <stdlib.h>

struct sums {
	size_t total;    /* CPUs */
	size_t min, max; /* of the producers' side */
	bool *can; /* can[i * (total + 1) + s]: domains i ... count - 1 hold a subset of s CPUs */
};

static bool *sums_from(const struct sums *sums, size_t domain)
{
	return sums->can + domain * (sums->total + 1);
}

static void fill(const struct sums *sums, const size_t *sizes, size_t count)
{
	sums_from(sums, count)[0] = true;
	for (size_t i = count; i-- > 0;) {
		const bool *const without = sums_from(sums, i + 1);
		bool *const with = sums_from(sums, i);

		for (size_t s = 0; s <= sums->total; s++)
			with[s] = without[s] || (s >= sizes[i] && without[s - sizes[i]]);
	}
}

/* True if domains from `domain` on can bring a side of `sum` to where it has to be. */
static bool can_finish(const struct sums *sums, size_t domain, size_t sum)
{
	for (size_t s = sum > sums->min ? sum : sums->min; s <= sums->max; s++) {
		if (sums_from(sums, domain)[s - sum])
			return true;
	}
	return false;
}

static void set_bounds(struct sums *sums, size_t producers, size_t consumers)
{
	const size_t rest = consumers < sums->total ? sums->total - consumers : 1;

	sums->min = producers < rest ? producers : rest;
	sums->max = producers < rest ? rest : producers;
	/* The consumers' side is never empty, whatever the counts. */
	if (sums->max >= sums->total)
		sums->max = sums->total - 1;
}

int qb_pinning_split_sides(const size_t *sizes, size_t count, size_t producers, size_t consumers,
                           bool *ret_is_producers)
{
	struct sums sums = { .total = 0 };
	size_t sum = 0;
	int r = -EINVAL;

	for (size_t i = 0; i < count; i++)
		sums.total += sizes[i];
	if (sums.total < 2)
		return -EINVAL;
	set_bounds(&sums, producers, consumers);
	sums.can = calloc((count + 1) * (sums.total + 1), sizeof(*sums.can));
	if (!sums.can)
		return -ENOMEM;
	fill(&sums, sizes, count);
	if (can_finish(&sums, 0, 0))
		r = 0;
	for (size_t i = 0; r == 0 && i < count; i++) {
		ret_is_producers[i] = sum < producers && can_finish(&sums, i + 1, sum + sizes[i]);
		sum += ret_is_producers[i] ? sizes[i] : 0;
	}
	free(sums.can);
	return r;
}
