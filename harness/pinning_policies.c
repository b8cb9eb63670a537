/* pinning_policies.c -- where each policy puts producers and consumers
 *
 * Every policy gives the CPUs that it may use a place in line and deals them out.  What decides
 * the cost of a queue is how far a message travels, so the policies that name a distance (smt, llc,
 * cross-...) hold it between every producer and consumer or refuse; hwloc_distrib, for one, would
 * put threads 0 and 1 of two on the same package.  No CPU is used twice while an allowed one is
 * idle: a policy that would need that is impossible, not quietly oversubscribed.  Only a list,
 * which names its CPUs, is obeyed to the letter.
 */
#include "harness/pinning_policies.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/pinning_sides.h"
#include "harness/result.h"

/* A CPU's place in line: by its keys. */
struct qb_pin_spot {
	unsigned keys[3];
	const struct qb_pu *pu;
};

typedef int place_fn(struct qb_pin_draft *draft);

__attribute__((format(printf, 2, 3))) static int need(struct qb_pin_draft *draft,
                                                      const char *format, ...)
{
	va_list arguments;
	int length = snprintf(draft->need, sizeof(draft->need), "%s needs ",
	                      qb_pin_name(draft->request->policy));

	va_start(arguments, format);
	vsnprintf(draft->need + length, sizeof(draft->need) - (size_t)length, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static void line_up(struct qb_pin_draft *draft, const struct qb_pu *pu, unsigned key0,
                    unsigned key1)
{
	draft->spots[draft->spot_count++] = (struct qb_pin_spot){ { key0, key1, pu->logical }, pu };
}

static int compare_spots(const void *a, const void *b)
{
	const struct qb_pin_spot *const x = a, *const y = b;

	for (size_t i = 0; i < 3; i++) {
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	}
	return 0;
}

static void sort_line(struct qb_pin_draft *draft)
{
	qsort(draft->spots, draft->spot_count, sizeof(draft->spots[0]), compare_spots);
}

/* Threads first ... first + count - 1 take the CPUs in line, in turn; the line is used up. */
static void deal(struct qb_pin_draft *draft, size_t first, size_t count)
{
	sort_line(draft);
	for (size_t i = 0; i < count; i++)
		draft->cpus[first + i] = (int)draft->spots[i % draft->spot_count].pu->os;
	draft->spot_count = 0;
}

/* ---- policies without a relation ---- */

static int place_nowhere(struct qb_pin_draft *draft)
{
	for (size_t i = 0; i < draft->thread_count; i++)
		draft->cpus[i] = QB_CPU_NONE;
	return 0;
}

/* Siblings last, because two threads of one core share its L1 and its ports. */
static int place_all(struct qb_pin_draft *draft, bool siblings_last)
{
	const struct qb_topology *const t = draft->topology;

	for (size_t i = 0; i < t->pu_count; i++)
		line_up(draft, &t->pus[i], siblings_last ? t->pus[i].smt : 0, 0);
	deal(draft, 0, draft->thread_count);
	return 0;
}

static int place_compact(struct qb_pin_draft *draft) { return place_all(draft, false); }

static int place_cores(struct qb_pin_draft *draft) { return place_all(draft, true); }

enum level { LEVEL_CORE, LEVEL_LLC, LEVEL_NUMA, LEVEL_PACKAGE, LEVEL_MACHINE, LEVEL_COUNT };

static unsigned domain_of(const struct qb_pu *pu, enum level level)
{
	const unsigned domains[LEVEL_COUNT] = { pu->core, pu->llc, pu->numa, pu->package, 0 };

	return domains[level];
}

static unsigned domain_count(const struct qb_topology *topology, enum level level)
{
	const unsigned counts[LEVEL_COUNT] = { topology->core_count, topology->llc_count,
		                               topology->numa_count, topology->package_count, 1 };

	return counts[level];
}

/* Gives every spot, in the domain one level further out, the rank that a round robin over the
 * domains of `level` gives it.  keys on entry: its rank within `level`. */
static void rank_round_robin(struct qb_pin_draft *draft, enum level level)
{
	struct qb_pin_spot *const spots = draft->spots;
	unsigned rank = 0;

	for (size_t i = 0; i < draft->spot_count; i++) {
		spots[i].keys[1] = spots[i].keys[2];
		spots[i].keys[2] = domain_of(spots[i].pu, level);
		spots[i].keys[0] = domain_of(spots[i].pu, level + 1);
	}
	sort_line(draft);
	for (size_t i = 0; i < draft->spot_count; i++) {
		rank = i > 0 && spots[i].keys[0] == spots[i - 1].keys[0] ? rank + 1 : 0;
		spots[i].keys[2] = rank;
	}
	for (size_t i = 0; i < draft->spot_count; i++)
		spots[i].keys[0] = spots[i].keys[1] = 0;
}

/* Round robin over packages, in each over its NUMA nodes, LLC domains, cores, threads. */
static int place_scatter(struct qb_pin_draft *draft)
{
	const struct qb_topology *const t = draft->topology;

	if (t->package_count < 2 && t->numa_count < 2 && t->llc_count < 2)
		return need(draft, "2 packages, NUMA nodes or %s domains", t->llc_name);
	for (size_t i = 0; i < t->pu_count; i++) {
		line_up(draft, &t->pus[i], 0, 0);
		draft->spots[i].keys[2] = t->pus[i].smt;
	}
	for (enum level level = LEVEL_CORE; level < LEVEL_MACHINE; level++)
		rank_round_robin(draft, level);
	deal(draft, 0, draft->thread_count);
	return 0;
}

static int place_kind(struct qb_pin_draft *draft, unsigned kind, const char *name)
{
	const struct qb_topology *const t = draft->topology;

	if (!t->hybrid)
		return need(draft, "a hybrid machine, with P and E cores");
	for (size_t i = 0; i < t->pu_count; i++) {
		if (t->pus[i].kind == kind)
			line_up(draft, &t->pus[i], t->pus[i].smt, 0);
	}
	if (draft->spot_count < draft->thread_count)
		return need(draft, "%zu CPUs on %s cores", draft->thread_count, name);
	deal(draft, 0, draft->thread_count);
	return 0;
}

static int place_p_cores(struct qb_pin_draft *draft)
{
	return place_kind(draft, draft->topology->kind_count - 1, "P");
}

static int place_e_cores(struct qb_pin_draft *draft) { return place_kind(draft, 0, "E"); }

static bool is_allowed(const struct qb_topology *topology, int cpu)
{
	for (size_t i = 0; i < topology->pu_count; i++) {
		if (cpu >= 0 && topology->pus[i].os == (unsigned)cpu)
			return true;
	}
	return false;
}

static int place_list(struct qb_pin_draft *draft)
{
	const struct qb_pin_request *const r = draft->request;
	const size_t split = r->list_split;

	assert(r->list_count > split);
	for (size_t i = 0; i < r->list_count; i++) {
		if (!is_allowed(draft->topology, r->list[i]))
			return need(draft, "CPU %d, which is not there or not allowed", r->list[i]);
	}
	for (size_t i = 0; i < draft->thread_count; i++) {
		if (split == 0)
			draft->cpus[i] = r->list[i % r->list_count];
		else if (i < r->producer_count)
			draft->cpus[i] = r->list[i % split];
		else
			draft->cpus[i] =
				r->list[split + (i - r->producer_count) % (r->list_count - split)];
	}
	return 0;
}

/* ---- policies that name a distance ---- */

/* The first domain of `level` with `wanted` CPUs of at least this kind, each on a core of its own
 * unless siblings count too.  Returns the number of domains if there is none. */
static unsigned find_domain(const struct qb_pin_draft *draft, enum level level, unsigned kind_min,
                            bool siblings)
{
	const struct qb_topology *const t = draft->topology;
	const unsigned count = domain_count(t, level);

	for (unsigned domain = 0; domain < count; domain++) {
		size_t found = 0;

		for (size_t i = 0; i < t->pu_count; i++)
			found += domain_of(&t->pus[i], level) == domain &&
			         t->pus[i].kind >= kind_min && (siblings || t->pus[i].smt == 0);
		if (found >= draft->thread_count)
			return domain;
	}
	return count;
}

static int place_llc(struct qb_pin_draft *draft)
{
	const struct qb_topology *const t = draft->topology;
	unsigned domain = find_domain(draft, LEVEL_LLC, 0, false);

	if (domain == t->llc_count)
		domain = find_domain(draft, LEVEL_LLC, 0, true);
	if (domain == t->llc_count && t->llc_count > 1)
		return need(draft, "%zu CPUs in one %s", draft->thread_count, t->llc_name);
	for (size_t i = 0; i < t->pu_count; i++) {
		if (t->llc_count == 1 || t->pus[i].llc == domain)
			line_up(draft, &t->pus[i], t->pus[i].smt, 0);
	}
	deal(draft, 0, draft->thread_count);
	return 0;
}

/* A CPU's place for pairing: first threads 0 and 1 of every core, then 2 and 3, then those that
 * are left alone.  Returns how many pairs of siblings there are. */
static size_t line_up_pairs(struct qb_pin_draft *draft)
{
	const struct qb_topology *const t = draft->topology;
	size_t pair_count = 0;

	for (size_t i = 0; i < t->pu_count; i++) {
		const struct qb_pu *const pu = &t->pus[i];
		const bool second = pu->smt % 2 == 1;
		const bool paired = second || (i + 1 < t->pu_count && pu[1].core == pu->core);

		line_up(draft, pu, !paired, pu->smt / 2);
		pair_count += second;
	}
	return pair_count;
}

/* Producer i and consumer i on siblings.  Those of the larger side who find no partner go on
 * behind, side by side. */
static int place_smt(struct qb_pin_draft *draft)
{
	const unsigned producers = draft->request->producer_count;
	const unsigned consumers = draft->request->consumer_count;
	const size_t pairs = producers < consumers ? producers : consumers;
	const size_t sibling_pairs = line_up_pairs(draft);
	const size_t line = draft->spot_count;

	if (sibling_pairs == 0 || (pairs > sibling_pairs && 2 * sibling_pairs < line))
		return need(draft, "%zu core%s with 2 hardware threads", pairs,
		            pairs == 1 ? "" : "s");
	sort_line(draft);
	for (size_t i = 0; i < draft->thread_count; i++) {
		const size_t side = i >= producers, index = side ? i - producers : i;
		const size_t place = index < pairs ? 2 * index + side : pairs + index;

		draft->cpus[i] = (int)draft->spots[place % line].pu->os;
	}
	return 0;
}

/* Lines up one side's domains, one after the other, siblings last in each. */
static void line_up_side(struct qb_pin_draft *draft, enum level level, const bool *is_producers,
                         bool side)
{
	const struct qb_topology *const t = draft->topology;

	for (size_t i = 0; i < t->pu_count; i++) {
		const unsigned domain = domain_of(&t->pus[i], level);

		if (is_producers[domain] == side)
			line_up(draft, &t->pus[i], domain, t->pus[i].smt);
	}
}

static int place_cross(struct qb_pin_draft *draft, enum level level, const char *name)
{
	const unsigned producers = draft->request->producer_count;
	const unsigned consumers = draft->request->consumer_count;
	const unsigned count = domain_count(draft->topology, level);
	size_t *const sizes = calloc(count, sizeof(*sizes));
	bool *const is_producers = calloc(count, sizeof(*is_producers));
	int r = sizes && is_producers ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < draft->topology->pu_count; i++)
		sizes[domain_of(&draft->topology->pus[i], level)]++;
	if (r == 0 && count < 2)
		r = need(draft, "2 %s", name);
	if (r == 0)
		r = qb_pinning_split_sides(sizes, count, producers, consumers, is_producers);
	if (r == -EINVAL && count >= 2)
		need(draft, "%u + %u CPUs in different %s", producers, consumers, name);
	if (r == 0) {
		line_up_side(draft, level, is_producers, true);
		deal(draft, 0, producers);
		line_up_side(draft, level, is_producers, false);
		deal(draft, producers, consumers);
	}
	free(is_producers);
	free(sizes);
	return r;
}

static int place_cross_llc(struct qb_pin_draft *draft)
{
	char name[32];

	snprintf(name, sizeof(name), "%s domains", draft->topology->llc_name);
	return place_cross(draft, LEVEL_LLC, name);
}

static int place_cross_package(struct qb_pin_draft *draft)
{
	return place_cross(draft, LEVEL_PACKAGE, "packages");
}

static int place_cross_numa(struct qb_pin_draft *draft)
{
	return place_cross(draft, LEVEL_NUMA, "NUMA nodes");
}

/* Cores of their own in the smallest domain that has enough, P cores where there are two kinds;
 * siblings and second turns only when cores run out. */
static int place_auto(struct qb_pin_draft *draft)
{
	const struct qb_topology *const t = draft->topology;
	const unsigned fastest = t->kind_count - 1;
	enum level level = LEVEL_LLC;
	unsigned kind_min = fastest, domain = find_domain(draft, level, kind_min, false);

	while (domain == domain_count(t, level) && !(level == LEVEL_MACHINE && kind_min == 0)) {
		kind_min = level == LEVEL_MACHINE ? 0 : kind_min;
		level = level == LEVEL_MACHINE ? LEVEL_LLC : level + 1;
		domain = find_domain(draft, level, kind_min, false);
	}
	for (size_t i = 0; i < t->pu_count; i++) {
		const struct qb_pu *const pu = &t->pus[i];

		if (domain == domain_count(t, level) ||
		    (domain_of(pu, level) == domain && pu->kind >= kind_min))
			line_up(draft, pu, pu->smt, fastest - pu->kind);
	}
	deal(draft, 0, draft->thread_count);
	return 0;
}

static place_fn *const places[QB_PIN_COUNT] = {
	[QB_PIN_AUTO] = place_auto,
	[QB_PIN_NONE] = place_nowhere,
	[QB_PIN_COMPACT] = place_compact,
	[QB_PIN_CORES] = place_cores,
	[QB_PIN_SCATTER] = place_scatter,
	[QB_PIN_SMT] = place_smt,
	[QB_PIN_LLC] = place_llc,
	[QB_PIN_CROSS_LLC] = place_cross_llc,
	[QB_PIN_CROSS_PACKAGE] = place_cross_package,
	[QB_PIN_CROSS_NUMA] = place_cross_numa,
	[QB_PIN_P_CORES] = place_p_cores,
	[QB_PIN_E_CORES] = place_e_cores,
	[QB_PIN_LIST] = place_list,
};

int qb_pinning_policies_place(struct qb_pin_draft *draft)
{
	int r = -ENOMEM;

	draft->thread_count =
		(size_t)draft->request->producer_count + draft->request->consumer_count;
	draft->spot_count = 0;
	draft->spots = calloc(draft->topology->pu_count, sizeof(*draft->spots));
	if (draft->spots)
		r = places[draft->request->policy](draft);
	free(draft->spots);
	return r;
}
