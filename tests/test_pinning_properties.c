/* test_pinning_properties.c -- what holds of every placement: every policy, many machines and
 * counts
 */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/pinning.h"
#include "harness/result.h"
#include "tests/machines.h"

static const char *const machines[] = { ONE_CORE, TWO_CORES, SMT,        SMT4,    TWO_BY_TWO,
	                                CCX,      LINUX_SMT, FOUR_NODES, NO_CACHE };
#define MACHINE_COUNT (sizeof(machines) / sizeof(machines[0]))

static const struct qb_pu *pu_of(const struct qb_topology *t, int cpu)
{
	for (size_t i = 0; i < t->pu_count; i++) {
		if ((int)t->pus[i].os == cpu)
			return &t->pus[i];
	}
	return NULL;
}

static bool relation_holds(enum qb_pin policy, const struct qb_pu *producer,
                           const struct qb_pu *consumer)
{
	switch (policy) {
	case QB_PIN_LLC:
		return producer->llc == consumer->llc;
	case QB_PIN_CROSS_LLC:
		return producer->llc != consumer->llc;
	case QB_PIN_CROSS_PACKAGE:
		return producer->package != consumer->package;
	case QB_PIN_CROSS_NUMA:
		return producer->numa != consumer->numa;
	default:
		return true;
	}
}

static void check_relations(const struct qb_topology *t, enum qb_pin policy, unsigned producers,
                            unsigned consumers, const int *cpus)
{
	for (unsigned p = 0; p < producers; p++) {
		for (unsigned c = 0; c < consumers; c++) {
			const struct qb_pu *const from = pu_of(t, cpus[p]);
			const struct qb_pu *const to = pu_of(t, cpus[producers + c]);

			cr_assert(relation_holds(policy, from, to), "%s %u %u: CPUs %d and %d",
			          qb_pin_name(policy), producers, consumers, cpus[p],
			          cpus[producers + c]);
			if (policy == QB_PIN_SMT && p == c)
				cr_assert(from != to && from->core == to->core);
		}
	}
}

/* All CPUs are allowed, and none is used twice while another is idle. */
static void check_use(const struct qb_topology *t, const int *cpus, unsigned threads)
{
	unsigned uses[512] = { 0 };
	unsigned used = 0, most = 0;

	for (unsigned i = 0; i < threads; i++) {
		const struct qb_pu *const pu = pu_of(t, cpus[i]);

		cr_assert_not_null(pu, "CPU %d", cpus[i]);
		used += uses[pu->logical]++ == 0;
		most = uses[pu->logical] > most ? uses[pu->logical] : most;
	}
	cr_assert(most <= 1 || used == t->pu_count);
	cr_assert_eq(most > 1, qb_pinning_shares_cpu(cpus, threads));
	cr_assert_eq(most > 1, threads > t->pu_count);
}

static void check_policy(const struct qb_topology *t, enum qb_pin policy, unsigned producers,
                         unsigned consumers)
{
	const struct choice first = choose(t, policy, producers, consumers);
	const struct choice second = choose(t, policy, producers, consumers);

	cr_assert_eq(first.r, second.r);
	if (first.r != 0) {
		cr_assert_str_eq(first.error.text, second.error.text);
		cr_assert_not_null(strstr(first.error.text, "; possible here: none compact cores"));
		return;
	}
	cr_assert_arr_eq(first.cpus, second.cpus, (producers + consumers) * sizeof(int));
	check_use(t, first.cpus, producers + consumers);
	check_relations(t, policy, producers, consumers, first.cpus);
}

static void check_machine(const struct qb_topology *t)
{
	static const unsigned counts[] = { 1, 2, 3, 4, 5, 8, 16, 33 };
	const size_t count = sizeof(counts) / sizeof(counts[0]);

	for (enum qb_pin policy = QB_PIN_AUTO; policy < QB_PIN_LIST; policy++) {
		for (size_t i = 0; policy != QB_PIN_NONE && i < count * count; i++)
			check_policy(t, policy, counts[i / count], counts[i % count]);
	}
}

Test(pinning_properties, keeps_its_promises_on_every_machine)
{
	struct qb_topology hybrid = make_hybrid();

	check_machine(&hybrid);
	qb_topology_finish(&hybrid);
	for (size_t i = 0; i < MACHINE_COUNT; i++) {
		struct qb_topology t = load(machines[i]);

		check_machine(&t);
		qb_topology_finish(&t);
	}
}

/* Removes the CPUs of which the mask has no bit, as taskset does, and numbers anew. */
static void restrict_to(struct qb_topology *t, unsigned long mask)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->pu_count; i++) {
		if (!(mask >> i & 1))
			continue;
		t->pus[kept] = t->pus[i];
		t->pus[kept].logical = (unsigned)kept;
		t->pus[kept].smt = kept > 0 && t->pus[kept - 1].core == t->pus[kept].core;
		kept++;
	}
	t->pu_count = kept;
}

/* Whether any set of whole L3 domains serves: the slow way. */
static bool can_cross(const struct qb_topology *t, unsigned producers, unsigned consumers)
{
	for (unsigned set = 1; set + 1 < 1u << t->llc_count; set++) {
		size_t ours = 0, theirs = 0;

		for (size_t i = 0; i < t->pu_count; i++) {
			ours += set >> t->pus[i].llc & 1;
			theirs += !(set >> t->pus[i].llc & 1);
		}
		if (ours == 0 || theirs == 0)
			continue;
		if ((producers <= ours && consumers <= theirs) ||
		    (producers >= ours && consumers >= theirs))
			return true;
	}
	return false;
}

Test(pinning_properties, finds_a_way_across_domains_whenever_there_is_one)
{
	unsigned long mask = 12345;

	for (unsigned i = 0; i < 400; i++) {
		struct qb_topology t = load("synthetic:package:1 l3:4 core:2 pu:2");
		const unsigned producers = 1 + i % 7, consumers = 1 + i / 7 % 7;

		mask = mask * 1103515245 + 12345;
		restrict_to(&t, mask >> 16 & 0xffff);
		if (t.pu_count > 0) {
			cr_assert_eq(choose(&t, QB_PIN_CROSS_LLC, producers, consumers).r == 0,
			             can_cross(&t, producers, consumers), "mask %#lx, %u %u",
			             mask >> 16 & 0xffff, producers, consumers);
			if (i % 8 == 0)
				check_machine(&t);
		}
		qb_topology_finish(&t);
	}
}
