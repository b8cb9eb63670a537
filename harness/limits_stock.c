/* limits_stock -- limits that were measured at several times, as one list.
 *
 * Measuring a pair takes seconds, so what was measured once is kept; each limit says when that was.
 * A pair is replaced whole: figures of one pair belong to one moment. */
#include "harness/limits_stock.h"

static bool same_pair(const struct qb_cpu_pair *a, const struct qb_cpu_pair *b)
{
	return (a->cpu_a == b->cpu_a && a->cpu_b == b->cpu_b) ||
	       (a->cpu_a == b->cpu_b && a->cpu_b == b->cpu_a);
}

static bool listed(const struct qb_cpu_pair *pairs, size_t count, const struct qb_cpu_pair *pair)
{
	for (size_t i = 0; i < count; i++)
		if (same_pair(&pairs[i], pair))
			return true;
	return false;
}

static bool mentions(const struct qb_limits *limits, const struct qb_cpu_pair *pair)
{
	for (size_t i = 0; i < limits->count; i++)
		if (same_pair(&limits->limits[i].pair, pair))
			return true;
	return false;
}

bool qb_limits_stock_has(const struct qb_limits *stock, const struct qb_cpu_pair *pair)
{
	size_t measured = 0, disturbed = 0;

	for (size_t i = 0; i < stock->count; i++) {
		const struct qb_limit *limit = &stock->limits[i];

		if (!same_pair(&limit->pair, pair))
			continue;
		/* With a CPU alone stands what two would be needed for. */
		if (!limit->measured && pair->cpu_b != QB_CPU_NONE)
			return false;
		measured += limit->measured;
		disturbed += qb_limits_is_disturbed(limit);
	}
	return measured > 0 && 2 * disturbed <= measured;
}

size_t qb_limits_stock_missing(const struct qb_limits *stock, const struct qb_cpu_pair *wanted,
                               size_t count, struct qb_cpu_pair *ret_missing)
{
	size_t missing = 0;

	for (size_t i = 0; i < count; i++)
		if (!qb_limits_stock_has(stock, &wanted[i]))
			ret_missing[missing++] = wanted[i];
	return missing;
}

static int allocate(size_t pair_count, size_t limit_count, struct qb_limits *ret_limits)
{
	*ret_limits = (struct qb_limits){ 0 };
	ret_limits->pairs = calloc(pair_count + 1, sizeof(*ret_limits->pairs));
	ret_limits->limits = calloc(limit_count + 1, sizeof(*ret_limits->limits));
	if (ret_limits->pairs && ret_limits->limits)
		return 0;
	qb_limits_finish(ret_limits);
	return -ENOMEM;
}

/* Appends the limits of a pair, and the pair if there are any. */
static void append_pair(struct qb_limits *to, const struct qb_limits *from,
                        const struct qb_cpu_pair *pair)
{
	const size_t before = to->count;

	for (size_t i = 0; i < from->count; i++)
		if (same_pair(&from->limits[i].pair, pair))
			to->limits[to->count++] = from->limits[i];
	if (to->count > before)
		to->pairs[to->pair_count++] = *pair;
}

int qb_limits_stock_put(struct qb_limits *stock, const struct qb_limits *fresh)
{
	struct qb_limits all;
	int status =
		allocate(stock->pair_count + fresh->pair_count, stock->count + fresh->count, &all);

	if (status != 0)
		return status;
	for (size_t i = 0; i < stock->pair_count; i++)
		if (!mentions(fresh, &stock->pairs[i]))
			append_pair(&all, stock, &stock->pairs[i]);
	for (size_t i = 0; i < fresh->pair_count; i++)
		append_pair(&all, fresh, &fresh->pairs[i]);
	all.duration_ns = stock->duration_ns + fresh->duration_ns;
	all.interrupted = fresh->interrupted;
	qb_limits_finish(stock);
	*stock = all;
	return 0;
}

int qb_limits_stock_pick(const struct qb_limits *stock, const struct qb_cpu_pair *pairs,
                         size_t count, struct qb_limits *ret_limits)
{
	int status = allocate(count, stock->count, ret_limits);

	if (status != 0)
		return status;
	for (size_t i = 0; i < count; i++)
		if (!listed(pairs, i, &pairs[i]))
			append_pair(ret_limits, stock, &pairs[i]);
	ret_limits->duration_ns = stock->duration_ns;
	ret_limits->interrupted = stock->interrupted;
	return 0;
}
