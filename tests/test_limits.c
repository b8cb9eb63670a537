/* test_limits -- bounds are bounded in time, plausible, and honest where there is one CPU. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "harness/limits.h"
#include "tests/machines.h"

#define SHORT_NS UINT64_C(1000000)

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The CPUs this process may use, each a core of its own. */
static struct qb_topology plain_topology(struct qb_pu *pus, unsigned max)
{
	struct qb_topology topology = { .this_machine = true, .pus = pus };
	cpu_set_t allowed;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && topology.pu_count < max; cpu++) {
		const unsigned at = (unsigned)topology.pu_count;

		if (CPU_ISSET(cpu, &allowed)) {
			pus[at] = (struct qb_pu){ .os = cpu, .logical = at, .core = at };
			topology.pu_count++;
		}
	}
	return topology;
}

static const struct qb_limit *named(const struct qb_limits *limits, const char *name)
{
	for (size_t i = 0; i < limits->count; i++)
		if (strcmp(limits->limits[i].name, name) == 0)
			return &limits->limits[i];
	return NULL;
}

Test(limits, relates_cpus_by_the_nearest_thing_they_share)
{
	const struct qb_pu base = { 0 };
	struct qb_pu other = { .os = 1 };

	cr_assert_eq(qb_limits_relate(&base, &base), QB_RELATION_SELF);
	cr_assert_eq(qb_limits_relate(&base, &other), QB_RELATION_SMT);
	other.core = 1;
	cr_assert_eq(qb_limits_relate(&base, &other), QB_RELATION_LLC);
	other.llc = 1;
	cr_assert_eq(qb_limits_relate(&base, &other), QB_RELATION_PACKAGE);
	other.numa = 1;
	cr_assert_eq(qb_limits_relate(&base, &other), QB_RELATION_CROSS);
	other.numa = 0;
	other.package = 1;
	cr_assert_eq(qb_limits_relate(&base, &other), QB_RELATION_CROSS);
}

Test(limits, chooses_one_pair_for_each_distance)
{
	struct qb_pu pus[16];
	const struct qb_topology topology = make_packages(pus, 16, 8);
	const struct qb_cpu_pair expected[] = { { 0, QB_CPU_NONE, QB_RELATION_SELF },
		                                { 0, 1, QB_RELATION_SMT },
		                                { 0, 2, QB_RELATION_LLC },
		                                { 0, 4, QB_RELATION_PACKAGE },
		                                { 0, 8, QB_RELATION_CROSS } };
	struct qb_cpu_pair pairs[8];

	cr_assert_eq(qb_limits_pairs(&topology, false, pairs, 8), 5);
	for (size_t i = 0; i < 5; i++) {
		cr_assert_eq(pairs[i].cpu_a, expected[i].cpu_a);
		cr_assert_eq(pairs[i].cpu_b, expected[i].cpu_b);
		cr_assert_eq(pairs[i].relation, expected[i].relation);
	}
}

Test(limits, lists_every_pair_once_when_asked_for_all)
{
	struct qb_pu pus[16];
	const struct qb_topology topology = make_packages(pus, 16, 8);
	struct qb_cpu_pair pairs[16 + 120];
	bool seen[16][16] = { { false } };

	cr_assert_eq(qb_limits_pairs(&topology, true, pairs, 16 + 120), 16 + 120);
	for (size_t i = 16; i < 16 + 120; i++) {
		cr_assert(pairs[i].cpu_a < pairs[i].cpu_b);
		cr_assert_not(seen[pairs[i].cpu_a][pairs[i].cpu_b]);
		seen[pairs[i].cpu_a][pairs[i].cpu_b] = true;
	}
	/* A list that is too short is not overrun. */
	pairs[3].cpu_a = -7;
	cr_assert_eq(qb_limits_pairs(&topology, true, pairs, 3), 16 + 120);
	cr_assert_eq(pairs[3].cpu_a, -7);
}

Test(limits, measures_in_bounded_time_what_is_plausible, .timeout = 60)
{
	struct qb_pu pus[2];
	const struct qb_topology topology = plain_topology(pus, 2);
	const struct qb_limits_request request = { .repetition_ns = SHORT_NS };
	struct qb_limits limits;
	struct qb_error error;
	const double start = seconds();

	cr_assert_eq(qb_limits_measure(&topology, &request, &limits, &error), 0);
	/* 120 repetitions of 1 ms, and the patience with a machine that is busy with others. */
	cr_assert_lt(seconds() - start, 10);
	cr_assert_eq(limits.count, 20);
	for (size_t i = 0; i < limits.count; i++) {
		const struct qb_limit *limit = &limits.limits[i];

		if (!limit->measured) {
			cr_assert_neq(limit->reason[0], '\0', "%s", limit->name);
			continue;
		}
		cr_assert(isfinite(limit->value) && limit->min <= limit->value &&
		                  limit->value <= limit->max,
		          "%s %g %g %g", limit->name, limit->min, limit->value, limit->max);
		cr_assert_geq(limit->n, 1);
		if (strcmp(limit->name, "clock_offset") != 0)
			cr_assert_gt(limit->min, 0, "%s", limit->name);
	}
	cr_assert(named(&limits, "fetch_add")->measured);
	cr_assert_lt(named(&limits, "fetch_add")->min, 1e5);
	cr_assert_gt(named(&limits, "futex_wake")->value, named(&limits, "fetch_add")->min);
	qb_limits_finish(&limits);
}

Test(limits, says_why_one_cpu_cannot_be_a_pair, .timeout = 60)
{
	struct qb_pu pus[1];
	const struct qb_topology topology = plain_topology(pus, 1);
	const struct qb_limits_request request = { .repetition_ns = SHORT_NS };
	struct qb_limits limits;
	struct qb_error error;

	cr_assert_eq(qb_limits_measure(&topology, &request, &limits, &error), 0);
	cr_assert_eq(limits.count, 20);
	cr_assert(named(&limits, "fetch_add")->measured);
	cr_assert_not(named(&limits, "rtt_one_line")->measured);
	cr_assert(strstr(named(&limits, "rtt_one_line")->reason, "two CPUs") != NULL);
	cr_assert_null(qb_limits_find(&limits, "rtt_one_line", (int)pus[0].os, QB_CPU_NONE));
	qb_limits_finish(&limits);
}

Test(limits, gives_up_with_a_reason_where_a_cpu_may_not_be_used, .timeout = 60)
{
	struct qb_pu pus[1];
	const struct qb_topology topology = plain_topology(pus, 1);
	const struct qb_cpu_pair pairs[] = { { (int)pus[0].os, 4095, QB_RELATION_CROSS },
		                             { (int)pus[0].os, (int)pus[0].os, QB_RELATION_SELF } };
	const struct qb_limits_request request = { .repetition_ns = SHORT_NS,
		                                   .pairs = pairs,
		                                   .pair_count = 2 };
	struct qb_limits limits;
	struct qb_error error;
	const double start = seconds();

	cr_assert_eq(qb_limits_measure(&topology, &request, &limits, &error), 0);
	cr_assert_lt(seconds() - start, 10);
	cr_assert_eq(limits.count, 26);
	for (size_t i = 0; i < limits.count; i++) {
		cr_assert_not(limits.limits[i].measured);
		cr_assert_neq(limits.limits[i].reason[0], '\0');
	}
	qb_limits_finish(&limits);
}

Test(limits, measures_only_what_is_asked_for, .timeout = 60)
{
	struct qb_pu pus[1];
	const struct qb_topology topology = plain_topology(pus, 1);
	const char *const names[] = { "store_fence" };
	const struct qb_limits_request request = { .repetition_ns = SHORT_NS,
		                                   .names = names,
		                                   .name_count = 1 };
	struct qb_limits limits;
	struct qb_error error;

	cr_assert_eq(qb_limits_measure(&topology, &request, &limits, &error), 0);
	cr_assert_eq(limits.count, 1);
	cr_assert(limits.limits[0].measured);
	qb_limits_finish(&limits);
}

Test(limits, refuses_a_topology_of_another_machine)
{
	const struct qb_topology topology = { .this_machine = false };
	const struct qb_limits_request request = { 0 };
	struct qb_limits limits;
	struct qb_error error = { 0 };

	cr_assert_eq(qb_limits_measure(&topology, &request, &limits, &error), -EINVAL);
	cr_assert_neq(error.text[0], '\0');
}

static struct qb_limit stream_limit(const char *name, double value)
{
	struct qb_limit limit = {
		.measured = true, .value = value, .max = 1.1 * value, .pair = { 0, 1, 0 }
	};

	snprintf(limit.name, sizeof(limit.name), "%s", name);
	return limit;
}

Test(limits, converts_streamed_lines_into_messages)
{
	struct qb_limit list[] = {
		stream_limit("stream_1", 40e6),   stream_limit("stream_2", 80e6),
		stream_limit("stream_4", 160e6),  stream_limit("stream_8", 170e6),
		stream_limit("stream_16", 180e6), stream_limit("stream_64", 160e6),
		stream_limit("stream_512", 240e6)
	};
	const struct qb_limits limits = { .count = 7, .limits = list };
	const struct qb_cpu_pair pair = { 1, 0, QB_RELATION_LLC }, other = { 0, 2, 0 };

	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 1, 8), 320e6, 1);
	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 64, 8), 8 * 170e6, 1);
	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 1, 128), 40e6, 1);
	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 1 << 20, 8), 8 * 240e6, 1);
	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 0, 8), 8 * 264e6, 1);
	/* Between 8 and 16 lines on a logarithmic scale. */
	cr_assert_float_eq(qb_limits_stream(&limits, &pair, 1, 724), 175e6 / (728 / 64.0), 2e5);
	cr_assert_float_eq(qb_limits_stream(&limits, &other, 64, 8), 0, 0);
}
