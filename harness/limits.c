/* limits -- which pairs of CPUs are measured, and what their repetitions amount to.
 *
 * One pair per distance class speaks for the machine, because cores of one class differ little; the
 * full matrix is there for machines where they do. */
#include "harness/limits.h"

#include <math.h>
#include <time.h>

#include "harness/limits_probe.h"

#define REPETITION_NS    UINT64_C(18000000)
#define LINE_SIZE        64
#define STREAM_NAME_ROOT "stream_"

/* Highest over lowest repetition.  Quiet machines stay below 1.2; one that lost its CPU for a while
 * is far beyond. */
#define DISTURBED_RATIO 1.5

static const unsigned stream_intervals[] = { 1, 2, 4, 8, 16, 64, 512 };
#define STREAM_COUNT (sizeof(stream_intervals) / sizeof(stream_intervals[0]))

enum qb_relation qb_limits_relate(const struct qb_pu *a, const struct qb_pu *b)
{
	if (a->os == b->os)
		return QB_RELATION_SELF;
	if (a->core == b->core)
		return QB_RELATION_SMT;
	if (a->llc == b->llc)
		return QB_RELATION_LLC;
	if (a->package == b->package && a->numa == b->numa)
		return QB_RELATION_PACKAGE;
	return QB_RELATION_CROSS;
}

const char *qb_limits_relation_name(enum qb_relation relation)
{
	static const char *const names[QB_RELATION_COUNT] = { "self", "smt", "llc", "package",
		                                              "cross" };

	return (unsigned)relation < QB_RELATION_COUNT ? names[relation] : "unknown";
}

/* A list that is counted to its end even where it is too short. */
struct pair_list {
	struct qb_cpu_pair *pairs;
	size_t count, max;
};

static void add_pair(struct pair_list *list, const struct qb_pu *a, const struct qb_pu *b)
{
	struct qb_cpu_pair pair = { (int)a->os, b ? (int)b->os : QB_CPU_NONE,
		                    b ? qb_limits_relate(a, b) : QB_RELATION_SELF };

	if (list->count < list->max)
		list->pairs[list->count] = pair;
	list->count++;
}

static void add_single_cpus(struct pair_list *list, const struct qb_topology *topology,
                            bool all_pairs)
{
	for (size_t i = 0; i < topology->pu_count; i++) {
		bool first = true;

		for (size_t j = 0; j < i && first; j++)
			first = topology->pus[j].kind != topology->pus[i].kind;
		if (first || all_pairs)
			add_pair(list, &topology->pus[i], NULL);
	}
}

static void add_pairs_related(struct pair_list *list, const struct qb_topology *topology,
                              enum qb_relation relation, bool all_pairs)
{
	for (size_t i = 0; i < topology->pu_count; i++) {
		for (size_t j = i + 1; j < topology->pu_count; j++) {
			if (qb_limits_relate(&topology->pus[i], &topology->pus[j]) != relation)
				continue;
			add_pair(list, &topology->pus[i], &topology->pus[j]);
			if (!all_pairs)
				return;
		}
	}
}

size_t qb_limits_pairs(const struct qb_topology *topology, bool all_pairs,
                       struct qb_cpu_pair *ret_pairs, size_t max)
{
	struct pair_list list = { ret_pairs, 0, max };

	add_single_cpus(&list, topology, all_pairs);
	for (int relation = QB_RELATION_SMT; relation < QB_RELATION_COUNT; relation++)
		add_pairs_related(&list, topology, (enum qb_relation)relation, all_pairs);
	return list.count;
}

static int compare_doubles(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* Median, lowest and highest of the repetitions; or the interval that a probe found. */
static void settle(struct qb_limit *limit, const struct qb_probe *probe,
                   const struct qb_probe_outcome *outcome)
{
	double sorted[QB_PROBE_REPETITIONS];
	const unsigned n = outcome->n;

	limit->n = n;
	limit->measured = n != 0;
	if (n == 0)
		return;
	if (probe->bounds) {
		limit->min = outcome->low;
		limit->max = outcome->high;
		limit->value = (outcome->low + outcome->high) / 2;
		return;
	}
	memcpy(sorted, outcome->values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	limit->min = sorted[0];
	limit->max = sorted[n - 1];
	limit->value = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

static int64_t now_unix_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_limit(struct qb_limits *limits, const struct qb_cpu_pair *pair, size_t probe_index,
                      const struct qb_probe_outcome *outcome, const char *reason)
{
	const struct qb_probe *probe = &qb_probe_list[probe_index];
	struct qb_limit *limit = &limits->limits[limits->count++];

	snprintf(limit->name, sizeof(limit->name), "%s", probe->name);
	snprintf(limit->unit, sizeof(limit->unit), "%s", probe->unit);
	limit->higher_is_better = strcmp(probe->unit, "ns") != 0;
	limit->pair = *pair;
	limit->measured_unix_ms = now_unix_ms();
	settle(limit, probe, outcome);
	if (!limit->measured)
		snprintf(limit->reason, sizeof(limit->reason), "%.159s", reason);
}

static bool asked_for(const struct qb_limits_request *request, const char *name)
{
	for (size_t i = 0; i < request->name_count; i++)
		if (strcmp(request->names[i], name) == 0)
			return true;
	return !request->names;
}

static void measure_pair(const struct qb_limits_request *request, const struct qb_cpu_pair *pair,
                         struct qb_limits *limits)
{
	const bool alone = pair->cpu_b == QB_CPU_NONE;
	struct qb_probe_outcome *outcomes = calloc(qb_probe_count, sizeof(*outcomes));
	bool *wanted = calloc(qb_probe_count, sizeof(*wanted));
	struct qb_error error = { 0, "not measured" };

	if (outcomes && wanted) {
		for (size_t i = 0; i < qb_probe_count; i++)
			wanted[i] = !qb_probe_list[i].follow == alone &&
			            asked_for(request, qb_probe_list[i].name);
		qb_probe_pair(pair, wanted,
		              request->repetition_ns ? request->repetition_ns : REPETITION_NS,
		              outcomes, &error);
		for (size_t i = 0; i < qb_probe_count; i++)
			if (wanted[i])
				add_limit(limits, pair, i, &outcomes[i], error.text);
	}
	free(wanted);
	free(outcomes);
}

/* What two CPUs would be needed for, on a machine with one. */
static void add_unmeasurable(const struct qb_topology *topology,
                             const struct qb_limits_request *request, struct qb_limits *limits)
{
	const struct qb_cpu_pair pair = { (int)topology->pus[0].os, QB_CPU_NONE, QB_RELATION_SELF };
	const struct qb_probe_outcome nothing = { 0 };
	char reason[160];

	snprintf(reason, sizeof(reason), "needs two CPUs; this process may use CPU %u only",
	         topology->pus[0].os);
	for (size_t i = 0; i < qb_probe_count; i++)
		if (qb_probe_list[i].follow && asked_for(request, qb_probe_list[i].name))
			add_limit(limits, &pair, i, &nothing, reason);
}

static int prepare(const struct qb_topology *topology, const struct qb_limits_request *request,
                   struct qb_limits *limits, struct qb_error *error)
{
	const size_t pair_count = request->pairs
	                                  ? request->pair_count
	                                  : qb_limits_pairs(topology, request->all_pairs, NULL, 0);

	limits->pairs = calloc(pair_count + 1, sizeof(*limits->pairs));
	limits->limits = calloc((pair_count + 1) * qb_probe_count, sizeof(*limits->limits));
	if (!limits->pairs || !limits->limits)
		return qb_error_set(error, ENOMEM, "no memory for the limits of %zu pairs",
		                    pair_count);
	if (request->pairs && pair_count > 0)
		memcpy(limits->pairs, request->pairs, pair_count * sizeof(*limits->pairs));
	else
		qb_limits_pairs(topology, request->all_pairs, limits->pairs, pair_count);
	limits->pair_count = pair_count;
	return 0;
}

int qb_limits_measure(const struct qb_topology *topology, const struct qb_limits_request *request,
                      struct qb_limits *ret_limits, struct qb_error *error)
{
	const uint64_t start = qb_probe_now_ns();
	struct qb_limits limits = { 0 };
	int status;

	if (!topology->this_machine || topology->pu_count == 0)
		return qb_error_set(error, EINVAL, "limits are measured on this machine only");
	status = prepare(topology, request, &limits, error);
	if (status != 0) {
		qb_limits_finish(&limits);
		return status;
	}
	for (size_t i = 0; i < limits.pair_count; i++) {
		if (request->interrupted && *request->interrupted) {
			limits.interrupted = true;
			break;
		}
		if (request->progress)
			request->progress(request->context, i, limits.pair_count, &limits.pairs[i]);
		measure_pair(request, &limits.pairs[i], &limits);
	}
	if (!request->pairs && topology->pu_count == 1)
		add_unmeasurable(topology, request, &limits);
	limits.duration_ns = qb_probe_now_ns() - start;
	*ret_limits = limits;
	return 0;
}

void qb_limits_finish(struct qb_limits *limits)
{
	free(limits->pairs);
	free(limits->limits);
	*limits = (struct qb_limits){ 0 };
}

bool qb_limits_is_disturbed(const struct qb_limit *limit)
{
	/* A clock's offset lies in its interval; nothing was repeated to find it. */
	return limit->measured && limit->min > 0 && strcmp(limit->name, "clock_offset") != 0 &&
	       limit->max > DISTURBED_RATIO * limit->min;
}

const struct qb_limit *qb_limits_find(const struct qb_limits *limits, const char *name, int cpu_a,
                                      int cpu_b)
{
	for (size_t i = 0; i < limits->count; i++) {
		const struct qb_limit *limit = &limits->limits[i];
		const struct qb_cpu_pair *pair = &limit->pair;

		if (limit->measured &&
		    ((pair->cpu_a == cpu_a && pair->cpu_b == cpu_b) ||
		     (pair->cpu_a == cpu_b && pair->cpu_b == cpu_a)) &&
		    strcmp(limit->name, name) == 0)
			return limit;
	}
	return NULL;
}

static const struct qb_limit *stream_limit(const struct qb_limits *limits,
                                           const struct qb_cpu_pair *pair, size_t i)
{
	char name[32];

	snprintf(name, sizeof(name), STREAM_NAME_ROOT "%u", stream_intervals[i]);
	return qb_limits_find(limits, name, pair->cpu_a, pair->cpu_b);
}

static double stream_rate(const struct qb_limits *limits, const struct qb_cpu_pair *pair, size_t i)
{
	const struct qb_limit *limit = stream_limit(limits, pair, i);

	return limit ? limit->value : 0;
}

/* Lines per second at a publish interval between two that were measured; on a logarithmic scale,
 * on which the measured ones lie about evenly. */
static double rate_at(const struct qb_limits *limits, const struct qb_cpu_pair *pair, double lines)
{
	double before = stream_rate(limits, pair, 0);

	if (lines <= stream_intervals[0])
		return before;
	for (size_t i = 1; i < STREAM_COUNT; i++) {
		const double after = stream_rate(limits, pair, i);
		const double low = stream_intervals[i - 1], high = stream_intervals[i];

		if (lines <= high && before > 0 && after > 0)
			return before + (after - before) * log(lines / low) / log(high / low);
		before = after;
	}
	return before;
}

double qb_limits_stream(const struct qb_limits *limits, const struct qb_cpu_pair *pair,
                        size_t batch, size_t message_size)
{
	const double lines_per_message = (double)qb_stride(message_size) / LINE_SIZE;
	double rate = 0;

	if (batch > 0)
		return rate_at(limits, pair, (double)batch * lines_per_message) / lines_per_message;
	for (size_t i = 0; i < STREAM_COUNT; i++) {
		const struct qb_limit *limit = stream_limit(limits, pair, i);

		rate = limit ? fmax(rate, limit->max) : rate;
	}
	return rate / lines_per_message;
}
