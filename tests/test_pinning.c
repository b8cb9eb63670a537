/* test_pinning.c -- who goes where, on machines that hwloc makes up */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/pinning.h"
#include "harness/result.h"
#include "tests/machines.h"

/* Writes "0 8 1" for what was chosen, and compares. */
static void goes(const struct qb_topology *topology, enum qb_pin policy, unsigned producers,
                 unsigned consumers, const char *expected)
{
	const struct choice choice = choose(topology, policy, producers, consumers);
	char text[1024] = "";
	size_t length = 0;

	cr_assert_eq(choice.r, 0, "%s", choice.error.text);
	for (unsigned i = 0; i < producers + consumers; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d",
		                           i > 0 ? " " : "", choice.cpus[i]);
	cr_assert_str_eq(text, expected, "%s: %s, expected %s", qb_pin_name(policy), text,
	                 expected);
}

static void refuses(const struct qb_topology *topology, enum qb_pin policy, unsigned producers,
                    unsigned consumers, const char *sentence)
{
	const struct choice choice = choose(topology, policy, producers, consumers);

	cr_assert_eq(choice.r, -EINVAL);
	cr_assert_str_eq(choice.error.text, sentence);
}

/* ---- each policy ---- */

Test(pinning, fills_cores_before_smt_siblings)
{
	struct qb_topology t = load(TWO_BY_TWO);

	goes(&t, QB_PIN_CORES, 4, 4, "0 2 4 6 8 10 12 14");
	goes(&t, QB_PIN_CORES, 16, 1, "0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 1");
	qb_topology_finish(&t);
}

Test(pinning, compact_puts_siblings_side_by_side)
{
	struct qb_topology t = load(LINUX_SMT);

	goes(&t, QB_PIN_COMPACT, 3, 3, "0 8 1 9 2 10");
	goes(&t, QB_PIN_CORES, 2, 2, "0 1 2 3");
	qb_topology_finish(&t);
}

Test(pinning, scatter_goes_round_packages_then_l3_then_cores)
{
	struct qb_topology t = load(TWO_BY_TWO);

	goes(&t, QB_PIN_SCATTER, 1, 1, "0 16");
	goes(&t, QB_PIN_SCATTER, 4, 4, "0 16 8 24 2 18 10 26");
	goes(&t, QB_PIN_SCATTER, 16, 1, "0 16 8 24 2 18 10 26 4 20 12 28 6 22 14 30 1");
	qb_topology_finish(&t);

	t = load(FOUR_NODES);
	goes(&t, QB_PIN_SCATTER, 4, 4, "0 4 2 6 1 5 3 7");
	qb_topology_finish(&t);
}

Test(pinning, smt_pairs_producers_with_consumers_on_siblings)
{
	struct qb_topology t = load(LINUX_SMT);

	goes(&t, QB_PIN_SMT, 1, 1, "0 8");
	goes(&t, QB_PIN_SMT, 3, 3, "0 1 2 8 9 10");
	goes(&t, QB_PIN_SMT, 4, 1, "0 1 9 2 8");
	qb_topology_finish(&t);

	t = load(SMT4);
	goes(&t, QB_PIN_SMT, 2, 2, "0 4 1 5");
	goes(&t, QB_PIN_SMT, 4, 4, "0 4 2 6 1 5 3 7");
	qb_topology_finish(&t);

	t = make_hybrid();
	goes(&t, QB_PIN_SMT, 1, 1, "0 1");
	cr_assert_eq(choose(&t, QB_PIN_SMT, 7, 7).r, -EINVAL);
	qb_topology_finish(&t);
}

Test(pinning, llc_stays_in_one_domain_and_prefers_cores_of_their_own)
{
	struct qb_topology t = load(TWO_BY_TWO);

	goes(&t, QB_PIN_LLC, 2, 2, "0 2 4 6");
	goes(&t, QB_PIN_LLC, 4, 4, "0 2 4 6 1 3 5 7");
	refuses(&t, QB_PIN_LLC, 8, 1,
	        "pin: llc needs 9 CPUs in one L3; CPUs 0-31 of this topology are 2 packages (4 L3, "
	        "16 cores, SMT); possible here: none compact cores scatter smt cross-llc "
	        "cross-package list");
	qb_topology_finish(&t);
}

Test(pinning, cross_policies_take_the_nearest_different_domains)
{
	struct qb_topology t = load("synthetic:package:2 [numa] l3:2 core:4 pu:2");

	goes(&t, QB_PIN_CROSS_LLC, 1, 1, "0 8");
	goes(&t, QB_PIN_CROSS_LLC, 4, 1, "0 2 4 6 8");
	goes(&t, QB_PIN_CROSS_LLC, 9, 2, "0 2 4 6 1 3 5 7 8 16 18");
	goes(&t, QB_PIN_CROSS_PACKAGE, 2, 2, "0 2 16 18");
	goes(&t, QB_PIN_CROSS_NUMA, 2, 2, "0 2 16 18");
	qb_topology_finish(&t);

	t = load(FOUR_NODES);
	goes(&t, QB_PIN_CROSS_NUMA, 1, 1, "0 2");
	goes(&t, QB_PIN_CROSS_PACKAGE, 1, 1, "0 4");
	qb_topology_finish(&t);

	t = load("synthetic:package:2 core:1 pu:1");
	goes(&t, QB_PIN_CROSS_PACKAGE, 4, 1, "0 0 0 0 1");
	qb_topology_finish(&t);
}

Test(pinning, p_cores_and_e_cores_stay_on_their_kind)
{
	struct qb_topology t = make_hybrid();

	goes(&t, QB_PIN_P_CORES, 6, 2, "0 2 4 6 8 10 1 3");
	goes(&t, QB_PIN_E_CORES, 2, 1, "12 13 14");
	cr_assert_eq(choose(&t, QB_PIN_P_CORES, 12, 1).r, -EINVAL);
	refuses(&t, QB_PIN_E_CORES, 8, 1,
	        "pin: e-cores needs 9 CPUs on E cores; CPUs 0-19 of this topology are 1 package "
	        "(1 L3, 14 cores, SMT, hybrid); possible here: none compact cores smt llc p-cores "
	        "list");
	qb_topology_finish(&t);
}

Test(pinning, auto_takes_cores_of_one_llc_and_widens_only_when_they_run_out)
{
	struct qb_topology t = load(CCX);

	goes(&t, QB_PIN_AUTO, 4, 4, "0 2 4 6 8 10 12 14");
	goes(&t, QB_PIN_AUTO, 8, 1, "0 2 4 6 8 10 12 14 16");
	qb_topology_finish(&t);

	t = load("synthetic:package:2 l3:2 core:2 pu:2");
	goes(&t, QB_PIN_AUTO, 7, 3, "0 2 4 6 8 10 12 14 1 3");
	qb_topology_finish(&t);

	t = load("synthetic:package:1 l3:3 core:2 pu:1");
	goes(&t, QB_PIN_AUTO, 4, 1, "0 1 2 3 4");
	qb_topology_finish(&t);
}

Test(pinning, auto_goes_to_p_cores_then_e_cores_then_siblings)
{
	struct qb_topology t = make_hybrid();

	goes(&t, QB_PIN_AUTO, 4, 2, "0 2 4 6 8 10");
	goes(&t, QB_PIN_AUTO, 6, 2, "0 2 4 6 8 10 12 13");
	goes(&t, QB_PIN_AUTO, 14, 1, "0 2 4 6 8 10 12 13 14 15 16 17 18 19 1");
	qb_topology_finish(&t);

	/* Where the E cores come first, they still come second. */
	t = make_hybrid();
	for (size_t i = 0; i < t.pu_count; i++)
		t.pus[i].kind = !t.pus[i].kind;
	goes(&t, QB_PIN_AUTO, 8, 1, "12 13 14 15 16 17 18 19 0");
	qb_topology_finish(&t);
}

Test(pinning, none_pins_nobody)
{
	struct qb_topology t = load(TWO_CORES);

	goes(&t, QB_PIN_NONE, 4, 1, "-1 -1 -1 -1 -1");
	qb_topology_finish(&t);
}

Test(pinning, uses_cpus_in_turn_when_threads_outnumber_them)
{
	struct qb_topology t = load(TWO_CORES);

	goes(&t, QB_PIN_AUTO, 4, 1, "0 1 0 1 0");
	goes(&t, QB_PIN_LLC, 4, 1, "0 1 0 1 0");
	goes(&t, QB_PIN_COMPACT, 2, 2, "0 1 0 1");
	qb_topology_finish(&t);
}

/* ---- lists ---- */

static struct choice choose_list(const char *text, unsigned producers, unsigned consumers,
                                 const char *machine)
{
	struct qb_topology t = load(machine);
	struct qb_pin_request request = { .producer_count = producers,
		                          .consumer_count = consumers };
	struct choice choice = { .r = 0 };
	int list[64];

	cr_assert_eq(qb_pinning_parse(text, &request, list, 64, &choice.error), 0, "%s",
	             choice.error.text);
	choice.r = qb_pinning_choose(&t, &request, choice.cpus, &choice.error);
	qb_topology_finish(&t);
	return choice;
}

static void list_goes(const char *text, unsigned producers, unsigned consumers, const int *expected)
{
	const struct choice choice = choose_list(text, producers, consumers, SMT);

	cr_assert_eq(choice.r, 0, "%s", choice.error.text);
	for (unsigned i = 0; i < producers + consumers; i++)
		cr_assert_eq(choice.cpus[i], expected[i], "%s: thread %u on %d", text, i,
		             choice.cpus[i]);
}

Test(pinning, list_is_taken_in_turn_and_to_the_letter)
{
	list_goes("5,2,0", 2, 1, (const int[]){ 5, 2, 0 });
	list_goes("0-3", 3, 3, (const int[]){ 0, 1, 2, 3, 0, 1 });
	list_goes("3", 2, 2, (const int[]){ 3, 3, 3, 3 });
	list_goes("0,2/1,3", 2, 2, (const int[]){ 0, 2, 1, 3 });
	list_goes("0-1/7", 3, 2, (const int[]){ 0, 1, 0, 7, 7 });
}

Test(pinning, list_names_a_cpu_that_may_not_be_used)
{
	const struct choice choice = choose_list("0,7", 1, 1, TWO_CORES);

	cr_assert_eq(choice.r, -EINVAL);
	cr_assert_str_eq(choice.error.text,
	                 "pin: list needs CPU 7, which is not there or not allowed; CPUs 0-1 of "
	                 "this topology are 1 package (1 L3, 2 cores, no SMT); possible here: none "
	                 "compact cores llc list");
}

/* ---- words ---- */

Test(pinning, parses_every_policy_by_its_name)
{
	for (enum qb_pin policy = QB_PIN_AUTO; policy < QB_PIN_LIST; policy++) {
		struct qb_pin_request request = { .policy = QB_PIN_LIST, .producer_count = 3 };
		struct qb_error error;
		int list[4];

		cr_assert_eq(qb_pinning_parse(qb_pin_name(policy), &request, list, 4, &error), 0);
		cr_assert_eq(request.policy, policy);
		cr_assert_eq(request.producer_count, 3);
	}
}

Test(pinning, parses_lists_with_ranges_and_sides)
{
	struct qb_pin_request request = { .policy = QB_PIN_AUTO };
	struct qb_error error;
	int list[8];

	cr_assert_eq(qb_pinning_parse("0,2-4/7,6", &request, list, 8, &error), 0);
	cr_assert_eq(request.policy, QB_PIN_LIST);
	cr_assert_eq(request.list, list);
	cr_assert_eq(request.list_count, 6);
	cr_assert_eq(request.list_split, 4);
	cr_assert_arr_eq(list, ((const int[]){ 0, 2, 3, 4, 7, 6 }), 6 * sizeof(int));
}

static void rejects(const char *text, const char *part)
{
	struct qb_pin_request request = { .policy = QB_PIN_SMT };
	struct qb_error error = { 0 };
	int list[8];

	cr_assert_eq(qb_pinning_parse(text, &request, list, 8, &error), -EINVAL, "'%s'", text);
	cr_assert_not_null(strstr(error.text, part), "'%s': %s", text, error.text);
	cr_assert_eq(request.policy, QB_PIN_SMT, "left alone on failure");
}

Test(pinning, rejects_what_is_no_policy_and_no_list)
{
	rejects("comapct", "did you mean 'compact'?");
	rejects("cross-numma", "did you mean 'cross-numa'?");
	rejects("LLC", "there are: auto none compact");
	rejects("", "there are: auto none compact");
	rejects("-1", "there are: auto none compact");
	rejects("list", "such as 0,2,5");
	rejects("0,", "lacks a CPU number");
	rejects("0,,1", "lacks a CPU number");
	rejects("0/", "lacks a CPU number");
	rejects("0-", "lacks a CPU number");
	rejects("0--1", "lacks a CPU number");
	rejects("3-0", "ends before it begins");
	rejects("0/1/2", "more than two sides");
	rejects("0 1", "is not a list");
	rejects("4x", "is not a list");
	rejects("0-2-4", "is not a list");
	rejects("0-8", "more CPUs than");
	rejects("0-99999", "more CPUs than");
	rejects("99999999999999999999999", "lacks a CPU number");
}

/* ---- refusals ---- */

Test(pinning, says_what_it_needs_what_is_here_and_what_is_possible)
{
	struct qb_topology t = load(TWO_CORES);

	t.this_machine = true;
	refuses(&t, QB_PIN_CROSS_PACKAGE, 1, 1,
	        "pin: cross-package needs 2 packages; CPUs 0-1 of this machine are 1 package (1 "
	        "L3, "
	        "2 cores, no SMT); possible here: none compact cores llc list");
	t.this_machine = false;
	refuses(&t, QB_PIN_SMT, 4, 1,
	        "pin: smt needs 1 core with 2 hardware threads; CPUs 0-1 of this topology are 1 "
	        "package (1 L3, 2 cores, no SMT); possible here: none compact cores llc list");
	qb_topology_finish(&t);

	t = load(ONE_CORE);
	refuses(&t, QB_PIN_CROSS_LLC, 1, 1,
	        "pin: cross-llc needs 2 L3 domains; CPU 0 of this topology is 1 package (1 L3, 1 "
	        "core, no SMT); possible here: none compact cores llc list");
	qb_topology_finish(&t);

	t = load(FOUR_NODES);
	refuses(&t, QB_PIN_CROSS_PACKAGE, 5, 1,
	        "pin: cross-package needs 5 + 1 CPUs in different packages; CPUs 0-7 of this "
	        "topology are 2 packages (4 NUMA nodes, 4 L3, 8 cores, no SMT); possible here: "
	        "none "
	        "compact cores scatter cross-llc cross-numa list");
	qb_topology_finish(&t);
}

Test(pinning, every_refusal_fits_its_sentence)
{
	static const char *const big = "synthetic:package:4 group:4 [numa] l3:4 core:16 pu:2";
	struct qb_topology t = load(big);
	const struct choice choice = choose(&t, QB_PIN_CROSS_PACKAGE, 200, 100);

	cr_assert_eq(choice.r, 0);
	cr_assert_eq(choose(&t, QB_PIN_E_CORES, 150, 150).r, -EINVAL);
	cr_assert_lt(strlen(choose(&t, QB_PIN_E_CORES, 150, 150).error.text),
	             sizeof(choice.error.text) - 1);
	cr_assert_lt(strlen(choose(&t, QB_PIN_LLC, 150, 150).error.text),
	             sizeof(choice.error.text) - 1);
	qb_topology_finish(&t);
}
