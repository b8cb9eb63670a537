/* limits_probe -- two pinned threads, fresh pages, and a start and an end for every repetition.
 *
 * Both threads walk through the same list of probes and meet at a barrier around every repetition,
 * so a thread is pinned and verified once per pair.  Nothing waits without a deadline: a partner
 * that is kept from running ends the pair with a reason instead of a hang. */
#include "harness/limits_probe.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#define PATIENCE_NS UINT64_C(1000000000) /* for a thread that is late at the barrier */

uint64_t qb_probe_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void qb_probe_break(struct qb_duel *duel, const char *reason)
{
	if (!atomic_exchange(&duel->broken, true)) {
		if (duel->pair.cpu_b == QB_CPU_NONE)
			qb_fail(&duel->error, ETIMEDOUT, "CPU %d: %s", duel->pair.cpu_a, reason);
		else
			qb_fail(&duel->error, ETIMEDOUT, "CPUs %d and %d: %s", duel->pair.cpu_a,
			        duel->pair.cpu_b, reason);
	}
	atomic_store(&duel->stop, true);
}

/* Waits until both threads are here.  False: the pair is given up. */
static bool meet(struct qb_duel *duel)
{
	const unsigned here = atomic_fetch_add(&duel->arrived, 1);
	const unsigned awaited = (here / 2 + 1) * 2;
	const uint64_t late = qb_probe_now_ns() + PATIENCE_NS;

	if (duel->pair.cpu_b == QB_CPU_NONE)
		return !atomic_load(&duel->broken);
	for (unsigned spins = 1; atomic_load(&duel->arrived) < awaited; spins++) {
		if (atomic_load(&duel->broken))
			return false;
		qb_pause();
		if (spins % 4096 == 0 && qb_probe_now_ns() > late)
			qb_probe_break(duel, "one thread did not run for a second");
	}
	return !atomic_load(&duel->broken);
}

/* Before a repetition, while the follower waits. */
static void reset(struct qb_duel *duel, bool slip)
{
	struct qb_probe_arena *arena = duel->arena;

	atomic_store(&arena->ping, 0);
	atomic_store(&arena->pong, 0);
	atomic_store(&arena->tail, 0);
	atomic_store(&arena->head, 0);
	atomic_store(&arena->calls[0], 0);
	atomic_store(&arena->calls[1], 0);
	duel->slip = slip;
	duel->offset_low = INT64_MIN;
	duel->offset_high = INT64_MAX;
	duel->follower = (struct qb_probe_side){ 0 };
	atomic_store(&duel->stop, false);
	duel->deadline = qb_probe_now_ns() + duel->repetition_ns;
}

static double median_of_three(const double *values)
{
	const double a = values[0], b = values[1], c = values[2];

	if ((a <= b) == (b <= c))
		return b;
	return (b <= a) == (a <= c) ? a : c;
}

/* Of a probe with two variants, run in turn, keeps the faster one's repetitions. */
static void keep_better_variant(struct qb_probe_outcome *outcome)
{
	const unsigned half = QB_PROBE_REPETITIONS / 2;
	double variants[2][QB_PROBE_REPETITIONS / 2];

	if (outcome->n != QB_PROBE_REPETITIONS)
		return;
	for (unsigned i = 0; i < QB_PROBE_REPETITIONS; i++)
		variants[i % 2][i / 2] = outcome->values[i];
	memcpy(outcome->values,
	       variants[median_of_three(variants[1]) > median_of_three(variants[0])],
	       half * sizeof(double));
	outcome->n = half;
}

/* Narrows the interval by what this repetition found; -EINVAL leaves none. */
static void narrow(struct qb_duel *duel, struct qb_probe_outcome *outcome, double ns_per_tick)
{
	const double low = (double)duel->offset_low * ns_per_tick;
	const double high = (double)duel->offset_high * ns_per_tick;

	outcome->low = outcome->n == 0 || low > outcome->low ? low : outcome->low;
	outcome->high = outcome->n == 0 || high < outcome->high ? high : outcome->high;
	if (outcome->low > outcome->high) {
		qb_probe_break(duel, "the clocks drift against each other");
		outcome->n = 0;
		return;
	}
	outcome->n++;
}

/* What a repetition amounts to.  Each side's rate is taken over its own time, so that a side that
 * is kept from running for a while does not make the other one look faster than it was. */
static void account(struct qb_duel *duel, size_t index, const struct qb_probe_side *leader)
{
	const struct qb_probe *probe = &qb_probe_list[index];
	struct qb_probe_outcome *outcome = &duel->outcomes[index];
	const struct qb_probe_side *follower = &duel->follower;
	double rate = 0;

	if (leader->count > 0)
		rate += (double)leader->count / (double)leader->elapsed_ns;
	if (follower->count > 0)
		rate += (double)follower->count / (double)follower->elapsed_ns;
	if (!(rate > 0))
		return;
	if (probe->bounds)
		narrow(duel, outcome, (double)leader->elapsed_ns / (double)leader->elapsed_ticks);
	else if (strcmp(probe->unit, "ns") == 0)
		outcome->values[outcome->n++] = 1 / rate;
	else
		outcome->values[outcome->n++] = rate * 1e9;
}

static void run_side(struct qb_duel *duel, qb_probe_side_fn *side, unsigned parameter,
                     struct qb_probe_side *ret_side)
{
	const uint64_t start_ticks = qb_probe_ticks(), start = qb_probe_now_ns();

	ret_side->count = side(duel, parameter);
	/* Plus one: a divisor is never 0. */
	ret_side->elapsed_ns = qb_probe_now_ns() - start + 1;
	ret_side->elapsed_ticks = qb_probe_ticks() - start_ticks + 1;
}

/* One repetition, the leader's side.  False: given up. */
static bool lead_repetition(struct qb_duel *duel, size_t index, bool slip)
{
	const struct qb_probe *probe = &qb_probe_list[index];
	struct qb_probe_side leader;

	if (!meet(duel))
		return false;
	reset(duel, slip);
	if (!meet(duel))
		return false;
	run_side(duel, probe->lead, probe->parameter, &leader);
	atomic_store(&duel->stop, true);
	if (!meet(duel))
		return false;
	account(duel, index, &leader);
	return !atomic_load(&duel->broken);
}

static bool follow_repetition(struct qb_duel *duel, const struct qb_probe *probe)
{
	if (!meet(duel)) /* before the leader's reset */
		return false;
	if (!meet(duel)) /* and after it */
		return false;
	run_side(duel, probe->follow, probe->parameter, &duel->follower);
	return meet(duel);
}

/* Binds this thread to one CPU and makes sure that it is there. */
static bool settle_on(struct qb_duel *duel, int cpu)
{
	const size_t size = CPU_ALLOC_SIZE((size_t)cpu + 1);
	cpu_set_t *set = CPU_ALLOC((size_t)cpu + 1);
	bool there = false;

	if (set) {
		CPU_ZERO_S(size, set);
		CPU_SET_S((size_t)cpu, size, set);
		there = sched_setaffinity(0, size, set) == 0 && sched_getcpu() == cpu;
		CPU_FREE(set);
	}
	if (!there)
		qb_probe_break(duel, "a thread could not be pinned");
	return there;
}

static void *lead(void *context)
{
	struct qb_duel *duel = context;
	bool going = settle_on(duel, duel->pair.cpu_a);

	if (going)
		memset(duel->arena, 0, sizeof(*duel->arena)); /* faults its pages in, near cpu_a */
	for (size_t i = 0; i < qb_probe_count && going; i++) {
		if (!duel->wanted[i])
			continue;
		for (unsigned n = 0; n < QB_PROBE_REPETITIONS && going; n++)
			going = lead_repetition(duel, i, qb_probe_list[i].slips && n % 2 == 1);
		if (qb_probe_list[i].slips)
			keep_better_variant(&duel->outcomes[i]);
	}
	return NULL;
}

static void *follow(void *context)
{
	struct qb_duel *duel = context;
	bool going = settle_on(duel, duel->pair.cpu_b);

	for (size_t i = 0; i < qb_probe_count && going; i++)
		for (unsigned n = 0; duel->wanted[i] && n < QB_PROBE_REPETITIONS && going; n++)
			going = follow_repetition(duel, &qb_probe_list[i]);
	return NULL;
}

static void run_duel(struct qb_duel *duel)
{
	pthread_t leader, follower;
	const bool paired = duel->pair.cpu_b != QB_CPU_NONE;
	bool following = false;

	if (pthread_create(&leader, NULL, lead, duel) != 0) {
		qb_probe_break(duel, "no thread could be started");
		return;
	}
	if (paired) {
		following = pthread_create(&follower, NULL, follow, duel) == 0;
		if (!following)
			qb_probe_break(duel, "no second thread could be started");
	}
	pthread_join(leader, NULL);
	if (following)
		pthread_join(follower, NULL);
}

int qb_probe_pair(const struct qb_cpu_pair *pair, const bool *wanted, uint64_t repetition_ns,
                  struct qb_probe_outcome *ret_outcomes, struct qb_error *error)
{
	struct qb_duel duel = { .pair = *pair,
		                .wanted = wanted,
		                .outcomes = ret_outcomes,
		                .repetition_ns = repetition_ns };

	if (pair->cpu_a == pair->cpu_b)
		return qb_error_set(error, EINVAL, "CPU %d is no pair with itself", pair->cpu_a);
	duel.arena = mmap(NULL, sizeof(*duel.arena), PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (duel.arena == MAP_FAILED)
		return qb_error_set(error, ENOMEM, "no memory for the pages to be measured");
	run_duel(&duel);
	munmap(duel.arena, sizeof(*duel.arena));
	if (!atomic_load(&duel.broken))
		return 0;
	*error = duel.error;
	return -error->code;
}
