/* duel -- blocks of pairs over all undecided cases, in random order, with scheduled looks. */
#include "harness/duel.h"

#include <math.h>
#include <stdio.h>

#include "harness/clock.h"
#include "harness/compare.h"
#include "harness/random.h"

struct duel {
	const struct qb_duel_request *request;
	struct qb_comparison_document *document;
	uint64_t random;
	uint64_t start_ns;
	unsigned run_count;
	bool *decided; /* by case */
};

static bool interrupted(const struct duel *duel)
{
	return duel->request->interrupted && *duel->request->interrupted;
}

static bool stopped(const struct duel *duel)
{
	const struct qb_duel_request *request = duel->request;

	if (interrupted(duel))
		return true;
	return request->time_max_ns > 0 &&
	       qb_clock_monotonic_ns() - duel->start_ns >= request->time_max_ns;
}

static size_t decided_count(const struct duel *duel)
{
	size_t count = 0;

	for (size_t index = 0; duel->decided && index < duel->request->case_count; index++)
		count += duel->decided[index];
	return count;
}

/* Room for one more pair.  -ENOMEM. */
static int grow(struct qb_comparison *comparison, struct qb_error *error)
{
	for (int side = 0; side < QB_SIDE_COUNT; side++) {
		const size_t count = comparison->run_count[side] + 1;
		struct qb_side_run *runs = realloc(comparison->runs[side], count * sizeof(*runs));

		if (!runs)
			return qb_error_set(error, ENOMEM, "out of memory for %zu runs", count);
		comparison->runs[side] = runs;
	}
	return 0;
}

static int measure_side(struct duel *duel, size_t index, enum qb_side_name side,
                        struct qb_error *error)
{
	struct qb_comparison *comparison = &duel->document->comparisons[index];
	struct qb_side_run *run = &comparison->runs[side][comparison->run_count[side]];
	int failure;

	*run = (struct qb_side_run){ .value = NAN,
		                     .order = duel->run_count,
		                     .seed = qb_random_next(&duel->random) };
	failure =
		duel->request->measure(duel->request->context, index, side, run->seed, run, error);
	/* What an interrupt cut short says nothing. */
	if (failure != 0 || run->status == QB_STATUS_INTERRUPTED)
		return failure;
	duel->run_count++;
	comparison->run_count[side]++;
	if (run->status == QB_STATUS_OK)
		return 0;
	comparison->side_status[side] = run->status;
	comparison->culprit = side;
	snprintf(comparison->reason, sizeof(comparison->reason), "%s: %s",
	         side == QB_SIDE_BASE ? "base" : "new", run->reason);
	comparison->judgement = (struct qb_judgement){ .verdict = QB_VERDICT_INVALID };
	duel->decided[index] = true;
	return 0;
}

static int measure_pair(struct duel *duel, size_t index, enum qb_side_name first,
                        struct qb_error *error)
{
	const enum qb_side_name second = first == QB_SIDE_BASE ? QB_SIDE_FRESH : QB_SIDE_BASE;
	struct qb_comparison *comparison = &duel->document->comparisons[index];
	const uint64_t start_ns = qb_clock_monotonic_ns();
	const double pairs = (double)comparison->run_count[first];
	int failure = grow(comparison, error);

	if (failure == 0)
		failure = measure_side(duel, index, first, error);
	if (failure == 0 && !duel->decided[index] && !interrupted(duel))
		failure = measure_side(duel, index, second, error);
	if (failure != 0 || duel->decided[index] ||
	    comparison->run_count[first] != comparison->run_count[second])
		return failure;
	comparison->seconds_per_unit = (comparison->seconds_per_unit * pairs +
	                                (double)(qb_clock_monotonic_ns() - start_ns) / 1e9) /
	                               (pairs + 1);
	failure = qb_compare_judge_pairs(comparison, error);
	if (failure == 0 && duel->request->progressed)
		duel->request->progressed(duel->request->context, comparison, decided_count(duel));
	return failure;
}

/* A look at a scheduled number of pairs may end the case; the last look always does. */
static void look(struct duel *duel, size_t index)
{
	const struct qb_schedule *schedule = &duel->request->schedule;
	const struct qb_comparison *comparison = &duel->document->comparisons[index];
	const unsigned n = (unsigned)comparison->run_count[QB_SIDE_BASE];

	for (unsigned at = 0; at < schedule->count; at++) {
		if (schedule->looks[at] == n)
			duel->decided[index] =
				comparison->judgement.verdict != QB_VERDICT_INCONCLUSIVE ||
				at + 1 == schedule->count;
	}
}

/* Two pairs, ABBA or BAAB; ends early where the case is decided or the cap is odd. */
static int measure_block(struct duel *duel, size_t index, struct qb_error *error)
{
	enum qb_side_name first = qb_random_below(&duel->random, 2) ? QB_SIDE_FRESH : QB_SIDE_BASE;

	for (int pair = 0; pair < 2 && !duel->decided[index] && !stopped(duel); pair++) {
		const int failure = measure_pair(duel, index, first, error);

		if (failure != 0)
			return failure;
		if (!duel->decided[index])
			look(duel, index);
		first = first == QB_SIDE_BASE ? QB_SIDE_FRESH : QB_SIDE_BASE;
	}
	return 0;
}

/* An interrupt inside a pair leaves one side a run ahead: it has no partner and counts nowhere. */
static void even_out(struct qb_comparison *comparison)
{
	const size_t base = comparison->run_count[QB_SIDE_BASE];
	const size_t fresh = comparison->run_count[QB_SIDE_FRESH];
	const size_t pairs = base < fresh ? base : fresh;

	if (comparison->judgement.verdict == QB_VERDICT_INVALID)
		return;
	comparison->run_count[QB_SIDE_BASE] = comparison->run_count[QB_SIDE_FRESH] = pairs;
}

static unsigned count_gated(const struct qb_duel_request *request)
{
	unsigned count = 0;

	for (size_t index = 0; index < request->case_count; index++)
		count += request->cases[index].gated;
	return count;
}

static int begin(struct duel *duel, struct qb_error *error)
{
	const struct qb_duel_request *request = duel->request;
	struct qb_comparison_document *document = duel->document;

	document->comparisons = calloc(request->case_count, sizeof(*document->comparisons));
	duel->decided = calloc(request->case_count, sizeof(*duel->decided));
	if (!document->comparisons || !duel->decided)
		return qb_error_set(error, ENOMEM, "out of memory for %zu cases",
		                    request->case_count);
	document->comparison_count = request->case_count;
	document->family = count_gated(request);
	document->levels =
		qb_gate_levels(&request->schedule, document->family ? document->family : 1);
	for (size_t index = 0; index < request->case_count; index++) {
		document->comparisons[index] = request->cases[index];
		document->comparisons[index].paired = true;
		document->comparisons[index].rules.levels = document->levels;
		document->comparisons[index].judgement.verdict = QB_VERDICT_INCONCLUSIVE;
	}
	return 0;
}

static int run_round(struct duel *duel, size_t *order, struct qb_error *error)
{
	const size_t count = duel->request->case_count;

	qb_random_permutation(&duel->random, order, count);
	for (size_t position = 0; position < count; position++) {
		int failure;

		if (duel->decided[order[position]] || stopped(duel))
			continue;
		failure = measure_block(duel, order[position], error);
		if (failure != 0)
			return failure;
	}
	return 0;
}

int qb_duel_run(const struct qb_duel_request *request, struct qb_comparison_document *document,
                struct qb_error *error)
{
	struct duel duel = { .request = request,
		             .document = document,
		             .random = request->seed,
		             .start_ns = qb_clock_monotonic_ns() };
	size_t *order = calloc(request->case_count + 1, sizeof(*order));
	int failure;

	if (!order)
		return qb_error_set(error, ENOMEM, "out of memory for %zu cases",
		                    request->case_count);
	failure = begin(&duel, error);
	while (failure == 0 && decided_count(&duel) < request->case_count && !stopped(&duel))
		failure = run_round(&duel, order, error);
	for (size_t index = 0; failure == 0 && index < request->case_count; index++)
		even_out(&document->comparisons[index]);
	document->interrupted = interrupted(&duel);
	free(duel.decided);
	free(order);
	return failure;
}
