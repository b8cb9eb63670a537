/* test_share -- what bounds a case, what share of it was reached, and what is impossible. */
#include <math.h>

#include "harness/share.h"
#include "tests/machines.h"
#include "tests/made_runs.h"

#define NOW INT64_C(1700000000000)

static struct qb_limit limit(const char *name, double value, double spread,
                             const struct qb_cpu_pair *pair)
{
	struct qb_limit made = { .measured = true,
		                 .value = value,
		                 .min = value / spread,
		                 .max = value * spread,
		                 .n = 3,
		                 .pair = *pair,
		                 .measured_unix_ms = NOW - 60000 };

	snprintf(made.name, sizeof(made.name), "%s", name);
	return made;
}

/* 100 M lines/s from interval 8 on, 25 M at 1; 800 and 200 M messages of 8 bytes. */
static struct qb_limits made_limits(struct qb_limit *list, struct qb_cpu_pair *pair, double spread)
{
	static const char *const names[] = { "stream_1",  "stream_2",  "stream_4",  "stream_8",
		                             "stream_16", "stream_64", "stream_512" };

	for (size_t i = 0; i < 7; i++)
		list[i] = limit(names[i], i < 3 ? 25e6 * (double)(i + 1) : 100e6, spread, pair);
	list[7] = limit("rtt_one_line", 120, spread, pair);
	return (struct qb_limits){ .pair_count = 1, .pairs = pair, .count = 8, .limits = list };
}

/* A result of ten runs of `rate` M messages per second on the machine above. */
static struct qb_result measured(const struct qb_case *c, double rate)
{
	struct qb_result result;

	qb_summary_begin(&result, c);
	for (unsigned i = 0; i < 10; i++)
		add(&result, make_run(c, (uint64_t)(rate * 1e6 * 0.3) + i));
	settle(&result);
	return result;
}

static struct qb_result shared(const struct qb_case *c, double rate, double spread, bool sitting)
{
	struct qb_cpu_pair pair = { 0, 2, QB_RELATION_LLC };
	struct qb_result result = measured(c, rate);
	struct qb_limit list[8];
	struct qb_limits limits = made_limits(list, &pair, spread);
	const struct qb_share_basis basis = { &limits, NULL, sitting, NOW };
	struct qb_pu pus[8];
	const struct qb_topology topology = make_packages(pus, 8, 4);

	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_assert_eq(qb_share_judge(&result), 0);
	return result;
}

static struct qb_case placed(unsigned producers, unsigned consumers, const int *cpus)
{
	struct qb_case c = make_case(producers, consumers);

	memcpy(c.cpus, cpus, (producers + consumers) * sizeof(*cpus));
	return c;
}

static bool warned(const struct qb_result *result, const char *code)
{
	for (size_t i = 0; i < result->warning_count; i++)
		if (strcmp(result->warnings[i].code, code) == 0)
			return true;
	return false;
}

Test(share, is_of_batches_of_64_whatever_the_own_batch)
{
	struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_result result = shared(&c, 160, 1.1, true);
	const struct qb_metric *share = qb_result_metric(&result, "share_of_limit");

	cr_assert(share);
	cr_expect_str_eq(share->unit, "1");
	cr_expect(share->higher_is_better && !share->gated);
	cr_expect_eq(share->n, 10);
	cr_expect_float_eq(share->estimate.hl, 0.2, 1e-5);
	cr_expect_float_eq(result.bound.limit, 800e6, 1);
	cr_expect_float_eq(result.bound.pattern, 200e6, 1);
	cr_expect_float_eq(result.bound.ceiling, 880e6, 1);
	cr_expect_float_eq(result.bound.age_s, 60, 1e-9);
	cr_expect_float_eq(result.bound.round_trip_ns, 120, 1e-9);
	cr_expect_float_eq(result.bound.share_of_pattern, 0.8, 1e-5);
	qb_result_finish(&result);
}

Test(share, of_its_pattern_goes_by_the_batch_that_moved)
{
	struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_cpu_pair pair = { 2, 0, QB_RELATION_LLC };
	struct qb_limit list[8];
	struct qb_limits limits = made_limits(list, &pair, 1.1);
	const struct qb_share_basis basis = { &limits, NULL, true, NOW };
	struct qb_pu pus[8];
	const struct qb_topology topology = make_packages(pus, 8, 4);
	struct qb_result result = measured(&c, 160);

	result.flow.producer_batch_mean = 31.8; /* four lines, less a little */
	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_expect_float_eq(result.bound.pattern, 8 * 75e6, 1);
	result.flow.producer_batch_mean = NAN; /* not known: what was asked for */
	result.c.batch = 64;
	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_expect_float_eq(result.bound.pattern, 800e6, 1);
	result.c.message_size = 64; /* a line each */
	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_expect_float_eq(result.bound.limit, 100e6, 1);
	cr_expect_eq(result.metric_count, 2, "settled again, not added again");
	qb_result_finish(&result);
}

Test(share, counts_as_many_streams_as_cpus_can_keep_up)
{
	static const struct {
		unsigned producers, consumers;
		int cpus[8];
		double lanes;
	} cases[] = {
		{ 1, 1, { 0, 1 }, 1 },          { 4, 1, { 0, 1, 2, 3, 4 }, 1 },
		{ 4, 1, { 0, 1, 0, 1, 1 }, 1 }, { 2, 2, { 0, 1, 0, 1 }, 1 },
		{ 2, 2, { 0, 1, 2, 3 }, 2 },    { 4, 4, { 0, 1, 2, 3, 4, 5, 6, 7 }, 4 },
		{ 2, 2, { 0, 1, 1, 2 }, 1.5 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct qb_case c =
			placed(cases[i].producers, cases[i].consumers, cases[i].cpus);

		cr_expect_float_eq(qb_share_lanes(&c), cases[i].lanes, 1e-9, "case %zu", i);
	}
}

Test(share, is_bound_by_the_nearest_pair_that_differs)
{
	struct qb_pu pus[8];
	const struct qb_topology topology = make_packages(pus, 8, 4);
	struct qb_case c = placed(2, 1, (int[]){ 4, 2, 0 });
	struct qb_cpu_pair pair;
	char reason[160];

	cr_assert(qb_share_pair(&c, &topology, &pair, reason, sizeof(reason)));
	cr_expect_eq(pair.cpu_a, 2);
	cr_expect_eq(pair.relation, QB_RELATION_LLC);
	c = placed(2, 1, (int[]){ 0, 4, 0 });
	cr_assert(qb_share_pair(&c, &topology, &pair, reason, sizeof(reason)));
	cr_expect_eq(pair.relation, QB_RELATION_CROSS);
}

static void check_unknown(const struct qb_case *c, const char *expected)
{
	struct qb_result result = shared(c, 100, 1.1, true);

	cr_expect_not(result.bound.known);
	cr_expect(strstr(result.bound.reason, expected), "%s", result.bound.reason);
	cr_expect_null(qb_result_metric(&result, "share_of_limit"));
	qb_result_finish(&result);
}

Test(share, is_absent_with_a_reason)
{
	struct qb_case c = placed(1, 1, (int[]){ 0, QB_CPU_NONE });

	check_unknown(&c, "not all pinned");
	c = placed(2, 1, (int[]){ 3, 3, 3 });
	check_unknown(&c, "share one CPU");
	c = placed(1, 1, (int[]){ 0, 1 });
	check_unknown(&c, "not measured yet between CPUs 0 and 1");
	c.traits = QB_FLOOR;
	check_unknown(&c, "floor");
}

Test(share, takes_a_pair_of_the_same_relation_for_one_that_was_not_measured)
{
	const struct qb_case c = placed(1, 1, (int[]){ 5, 6 });
	struct qb_result result = shared(&c, 400, 1.1, true);

	cr_assert(result.bound.known);
	cr_expect_eq(result.bound.cpu_a, 0);
	cr_expect_eq(result.bound.cpu_b, 2);
	cr_expect_str_eq(result.bound.relation, "llc");
	qb_result_finish(&result);
}

Test(share, beyond_the_best_repetition_is_impossible)
{
	struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_result result = shared(&c, 870, 1.1, true);

	c.batch = 64;
	cr_expect_eq(result.status, QB_STATUS_OK, "%s", result.reason);
	cr_expect(warned(&result, "beyond-limit"));
	qb_result_finish(&result);
	result = shared(&c, 890, 1.1, true);
	cr_expect_eq(result.status, QB_STATUS_INVALID);
	cr_expect(strstr(result.reason, "faster than possible: 890 M msg/s"), "%s", result.reason);
	cr_expect(qb_result_metric(&result, "share_of_limit"), "the figure stays, to be judged");
	qb_result_finish(&result);
}

Test(share, is_not_impossible_if_one_run_was_possible)
{
	const struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_result result = shared(&c, 890, 1.1, true);
	struct qb_metric *throughput = qb_result_metric(&result, "throughput");

	cr_assert(qb_share_is_impossible(&result));
	throughput->values[3] = 870e6;
	throughput->estimate = qb_summary_estimate(throughput->values, throughput->n);
	cr_expect_not(qb_share_is_impossible(&result));
	qb_result_finish(&result);
}

Test(share, of_each_run_is_of_the_limits_around_it)
{
	const struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_cpu_pair pair = { 0, 2, QB_RELATION_LLC };
	struct qb_result result = measured(&c, 400);
	struct qb_limit list[8];
	struct qb_limits limits = made_limits(list, &pair, 1);
	struct qb_limits_series series = { .round_count = 0 };
	struct qb_share_basis basis = { .series = &series,
		                        .same_sitting = true,
		                        .now_unix_ms = NOW };
	struct qb_pu pus[8];
	const struct qb_topology topology = make_packages(pus, 8, 4);

	for (unsigned round = 0; round < 11; round++) {
		/* From the fifth run on the CPUs are twice as near. */
		for (size_t i = 0; round == 5 && i < limits.count; i++)
			limits.limits[i].value *= 2, limits.limits[i].min *= 2,
				limits.limits[i].max *= 2;
		cr_assert_eq(qb_limits_series_add(&series, &limits), 0);
	}
	basis.limits = qb_limits_series_settle(&series);
	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_expect_float_eq(qb_result_metric(&result, "share_of_limit")->values[0], 0.5, 1e-4);
	cr_expect_float_eq(qb_result_metric(&result, "share_of_limit")->values[9], 0.25, 1e-4);
	qb_limits_series_finish(&series);
	qb_result_finish(&result);
}

Test(share, of_old_or_disturbed_limits_proves_nothing)
{
	const struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_result result = shared(&c, 2000, 1.1, false);

	cr_expect(qb_share_is_impossible(&result));
	cr_expect_eq(result.status, QB_STATUS_OK);
	cr_expect(warned(&result, "beyond-limit"));
	qb_result_finish(&result);
	result = shared(&c, 2000, 1.6, true);
	cr_expect_eq(result.status, QB_STATUS_OK);
	cr_expect(warned(&result, "beyond-limit"));
	qb_result_finish(&result);
}

Test(share, may_pass_the_limit_where_messages_need_not_cross)
{
	const struct qb_case c = placed(2, 1, (int[]){ 0, 2, 2 });
	struct qb_result result = shared(&c, 2000, 1.1, true);

	cr_expect_not(qb_share_is_impossible(&result));
	cr_expect_eq(result.status, QB_STATUS_OK);
	cr_expect_not(warned(&result, "beyond-limit"));
	cr_expect_float_eq(qb_result_metric(&result, "share_of_limit")->estimate.hl, 2.5, 1e-4);
	qb_result_finish(&result);
}

Test(share, of_a_result_without_figures_is_not_made)
{
	struct qb_case c = placed(1, 1, (int[]){ 0, 2 });
	struct qb_limits none = { 0 };
	const struct qb_share_basis basis = { &none, NULL, false, NOW };
	struct qb_pu pus[8];
	const struct qb_topology topology = make_packages(pus, 8, 4);
	struct qb_result result;

	strcpy(c.skip_reason, "not served");
	qb_summary_begin(&result, &c);
	cr_assert_eq(qb_share_settle(&result, &topology, &basis), 0);
	cr_assert_eq(qb_share_judge(&result), 0);
	cr_expect_eq(result.metric_count, 0);
	qb_result_finish(&result);
}
