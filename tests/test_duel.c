/* test_duel -- the interleaved comparison, fed by simulated runs. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>

#include "harness/compare.h"
#include "harness/duel.h"
#include "harness/random.h"

#define RUNS_MAX 1000

/* What a simulated side does: a level, its noise, and from which run on it breaks. */
struct simulation {
	double level[2], cv, drift_per_run;
	unsigned broken_from; /* 0: never */
	enum qb_side_name broken_side;
	enum qb_status broken_status;
	unsigned interrupt_at;
	int interrupted;
	uint64_t random;
	unsigned run_count;
	enum qb_side_name sides[RUNS_MAX];
	size_t indices[RUNS_MAX];
};

static double gauss(uint64_t *random)
{
	const double u = ((double)qb_random_below(random, 1u << 30) + 1) / ((1u << 30) + 1);
	const double v = (double)qb_random_below(random, 1u << 30) / (1u << 30);

	return sqrt(-2 * log(u)) * cos(2 * acos(-1) * v);
}

static int measure(void *context, size_t index, enum qb_side_name side, uint64_t seed,
                   struct qb_side_run *run, struct qb_error *error)
{
	struct simulation *simulation = context;

	(void)seed;
	(void)error;
	cr_assert_lt(simulation->run_count, RUNS_MAX);
	simulation->sides[simulation->run_count] = side;
	simulation->indices[simulation->run_count++] = index;
	if (simulation->run_count == simulation->interrupt_at)
		simulation->interrupted = 1;
	run->status = QB_STATUS_OK;
	run->value =
		simulation->level[side] * exp(simulation->cv * gauss(&simulation->random) +
	                                      simulation->drift_per_run * simulation->run_count);
	if (simulation->broken_from && simulation->run_count >= simulation->broken_from &&
	    side == simulation->broken_side) {
		run->status = simulation->broken_status;
		snprintf(run->reason, sizeof(run->reason), "seeded fault");
	}
	return 0;
}

static struct simulation even(double cv)
{
	return (struct simulation){ .level = { 1e8, 1e8 }, .cv = cv, .random = 5 };
}

static struct qb_comparison_document duel(struct simulation *simulation, size_t case_count,
                                          struct qb_schedule schedule, uint64_t seed)
{
	struct qb_comparison_document document = { .fail_on = QB_SEVERITY_MINOR };
	struct qb_comparison *cases = calloc(case_count, sizeof(*cases));
	struct qb_error error;
	const struct qb_duel_request request = { .case_count = case_count,
		                                 .cases = cases,
		                                 .schedule = schedule,
		                                 .seed = seed,
		                                 .measure = measure,
		                                 .context = simulation,
		                                 .interrupted = &simulation->interrupted };

	for (size_t index = 0; index < case_count; index++) {
		snprintf(cases[index].key, sizeof(cases[index].key), "case/%zu", index);
		snprintf(cases[index].metric, sizeof(cases[index].metric), "throughput");
		cases[index].gated = true;
		cases[index].rules =
			(struct qb_rules){ .higher_is_better = true,
			                   .threshold = qb_verdict_threshold("throughput") };
	}
	cr_assert_eq(qb_duel_run(&request, &document, &error), 0, "%s", error.text);
	cr_assert_eq(qb_compare_settle(&document, schedule.looks[schedule.count - 1], &error), 0);
	free(cases);
	return document;
}

Test(duel, same_thing_twice_is_no_change)
{
	struct simulation simulation = even(0.01);
	struct qb_comparison_document document =
		duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);

	cr_expect_eq(document.comparisons[0].judgement.verdict, QB_VERDICT_NO_CHANGE);
	cr_expect_eq(document.exit_code, 0);
	cr_expect_eq(document.counts[QB_VERDICT_NO_CHANGE], 1);
	cr_expect_leq(fabs(document.ratio_gmean - 1), 0.02);
	qb_comparison_finish(&document);
}

Test(duel, loss_of_a_tenth_is_a_regression_and_the_reverse_an_improvement)
{
	struct simulation slower = even(0.02), faster = even(0.02);
	struct qb_comparison_document worse, better;

	slower.level[QB_SIDE_FRESH] = 0.9e8;
	faster.level[QB_SIDE_FRESH] = 1.1e8;
	worse = duel(&slower, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
	better = duel(&faster, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
	cr_expect_eq(worse.comparisons[0].judgement.verdict, QB_VERDICT_REGRESSION);
	cr_expect_eq(worse.exit_code, 1);
	cr_expect_lt(worse.comparisons[0].judgement.change_pct, -5);
	cr_expect_eq(better.comparisons[0].judgement.verdict, QB_VERDICT_IMPROVEMENT);
	cr_expect_eq(better.exit_code, 0);
	qb_comparison_finish(&worse);
	qb_comparison_finish(&better);
}

Test(duel, noise_too_large_is_inconclusive_with_advice)
{
	struct simulation simulation = even(0.3);
	struct qb_comparison_document document =
		duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_QUICK, 0), 1);

	cr_expect_eq(document.comparisons[0].judgement.verdict, QB_VERDICT_INCONCLUSIVE);
	cr_expect_eq(document.exit_code, 3);
	cr_expect_neq(document.comparisons[0].advice_text[0], 0);
	cr_expect_eq(document.comparisons[0].run_count[QB_SIDE_BASE], 20, "the cap of the profile");
	qb_comparison_finish(&document);
}

Test(duel, drift_of_the_machine_is_no_verdict)
{
	struct simulation simulation = even(0.01);
	struct qb_comparison_document document;

	simulation.drift_per_run = -0.005; /* 18 % over 20 pairs */
	document = duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
	cr_expect_eq(document.comparisons[0].judgement.verdict, QB_VERDICT_NO_CHANGE);
	qb_comparison_finish(&document);
}

Test(duel, blocks_go_abba_or_baab_and_both_occur)
{
	unsigned abba = 0, baab = 0;
	struct simulation simulation = even(0.3);
	struct qb_comparison_document document =
		duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 9);

	for (unsigned block = 0; block + 3 < simulation.run_count; block += 4) {
		const enum qb_side_name *s = &simulation.sides[block];

		cr_expect_eq(s[0], s[3]);
		cr_expect_eq(s[1], s[2]);
		cr_expect_neq(s[0], s[1]);
		abba += s[0] == QB_SIDE_BASE;
		baab += s[0] == QB_SIDE_FRESH;
	}
	cr_expect_gt(abba, 0);
	cr_expect_gt(baab, 0);
	qb_comparison_finish(&document);
}

Test(duel, cases_take_turns_block_by_block)
{
	struct simulation simulation = even(0.3);
	struct qb_comparison_document document =
		duel(&simulation, 3, qb_gate_schedule(QB_PROFILE_QUICK, 0), 9);
	unsigned seen = 0;

	for (unsigned run = 0; run < 12; run++)
		seen |= 1u << simulation.indices[run];
	cr_expect_eq(seen, 7, "each case has had its block before any has a second");
	cr_expect_eq(document.family, 3);
	cr_expect_lt(document.levels.change, document.levels.no_change);
	qb_comparison_finish(&document);
}

Test(duel, side_that_breaks_ends_its_case_alone)
{
	const enum qb_status statuses[] = { QB_STATUS_CRASHED, QB_STATUS_TIMEOUT,
		                            QB_STATUS_INCORRECT };
	const int codes[] = { 4, 4, 5 };

	for (unsigned variant = 0; variant < 3; variant++) {
		struct simulation simulation = even(0.01);
		struct qb_comparison_document document;

		simulation.broken_from = 5;
		simulation.broken_side = QB_SIDE_FRESH;
		simulation.broken_status = statuses[variant];
		document = duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
		cr_expect_eq(document.comparisons[0].judgement.verdict, QB_VERDICT_INVALID);
		cr_expect_eq(document.comparisons[0].culprit, QB_SIDE_FRESH);
		cr_expect(strstr(document.comparisons[0].reason, "seeded fault"));
		cr_expect_eq(document.exit_code, codes[variant]);
		qb_comparison_finish(&document);
	}
}

Test(duel, interrupt_keeps_whole_pairs)
{
	struct simulation simulation = even(0.3);
	struct qb_comparison_document document;

	simulation.interrupt_at = 7;
	document = duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
	cr_expect(document.interrupted);
	cr_expect_eq(document.exit_code, 130);
	cr_expect_eq(document.comparisons[0].run_count[QB_SIDE_BASE],
	             document.comparisons[0].run_count[QB_SIDE_FRESH]);
	qb_comparison_finish(&document);
}

Test(duel, run_cut_short_by_an_interrupt_is_no_fault_of_its_side)
{
	for (unsigned run = 22; run <= 25; run++) {
		struct simulation simulation = even(0.3);
		struct qb_comparison_document document;

		simulation.interrupt_at = simulation.broken_from = run;
		simulation.broken_status = QB_STATUS_INTERRUPTED;
		for (int side = 0; side < 2; side++) {
			simulation.broken_side = (enum qb_side_name)side;
			simulation.run_count = 0;
			simulation.interrupted = 0;
			document = duel(&simulation, 1, qb_gate_schedule(QB_PROFILE_CI, 0), 1);
			cr_expect_eq(document.comparisons[0].judgement.verdict,
			             QB_VERDICT_INCONCLUSIVE);
			cr_expect_eq(document.exit_code, 130);
			cr_expect_eq(document.comparisons[0].judgement.base_count,
			             document.comparisons[0].run_count[QB_SIDE_BASE]);
			qb_comparison_finish(&document);
		}
	}
}

Test(duel, same_seed_gives_the_same_order_and_verdict)
{
	struct simulation one = even(0.1), two = even(0.1);
	struct qb_comparison_document a = duel(&one, 2, qb_gate_schedule(QB_PROFILE_QUICK, 0), 33);
	struct qb_comparison_document b = duel(&two, 2, qb_gate_schedule(QB_PROFILE_QUICK, 0), 33);

	cr_assert_eq(one.run_count, two.run_count);
	cr_expect_arr_eq(one.sides, two.sides, one.run_count * sizeof(one.sides[0]));
	for (unsigned index = 0; index < 2; index++)
		cr_expect_eq(a.comparisons[index].judgement.change_pct,
		             b.comparisons[index].judgement.change_pct);
	qb_comparison_finish(&a);
	qb_comparison_finish(&b);
}
