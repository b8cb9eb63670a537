/* versus -- two sides, case by case, measured in turn.
 *
 * Where one side is another qbench, both go through their command lines: then nothing but what is
 * compared differs between them. */
#include "cmd/versus.h"

#include "cmd/foreign.h"
#include "cmd/gauge.h"
#include "cmd/interrupt.h"
#include "cmd/journal.h"
#include "harness/compare.h"
#include "harness/duel.h"
#include "harness/launch.h"
#include "harness/summary.h"
#include "harness/workload.h"
#include "reports/units.h"

#define OWN_EXECUTABLE "/proc/self/exe"

/* One case as each side has it. */
struct bout {
	const struct qb_case *cases[QB_SIDE_COUNT];
};

struct ring {
	const struct qb_versus *versus;
	const struct qb_protocol *protocol;
	bool by_command_line;
	size_t count;
	struct bout *bouts;
	struct qb_comparison *comparisons;
	struct qb_samples *samples; /* of the run at hand; too large for a stack */
	unsigned run_count;
	char pin[8 * QB_WORKERS_MAX];
	char impl[PATH_MAX + QB_NAME_SIZE + 2];
};

/* "throughput/spsc..mpsc/p1c1/...": the key of both, if it is one. */
static void join_keys(const struct bout *bout, char *ret_key)
{
	const struct qb_case *base = bout->cases[QB_SIDE_BASE];
	const struct qb_case *fresh = bout->cases[QB_SIDE_FRESH];
	const size_t skipped = strlen(fresh->workload) + 1 + strlen(fresh->impl);

	if (strcmp(base->impl, fresh->impl) == 0)
		snprintf(ret_key, QB_KEY_SIZE, "%s", fresh->key);
	else
		snprintf(ret_key, QB_KEY_SIZE, "%s/%s..%s%s", fresh->workload, base->impl,
		         fresh->impl, fresh->key + skipped);
}

static void begin_comparison(const struct ring *ring, const struct bout *bout,
                             struct qb_comparison *ret_comparison)
{
	const struct qb_workload *judged = qb_workload_judged(bout->cases[QB_SIDE_FRESH]->workload);
	const struct qb_gate_options *gate = &ring->versus->options->gate;

	*ret_comparison = (struct qb_comparison){
		.gated = true,
		.rules = { .higher_is_better = judged->higher_is_better,
		           .threshold = qb_compare_threshold(gate->thresholds, judged->metric),
		           .policy = gate->policy }
	};
	join_keys(bout, ret_comparison->key);
	snprintf(ret_comparison->metric, sizeof(ret_comparison->metric), "%s", judged->metric);
	snprintf(ret_comparison->unit, sizeof(ret_comparison->unit), "%s", judged->unit);
}

/* Cases that both can serve become bouts; what one alone can serve is listed. */
static int match(struct ring *ring, struct qb_comparison_document *document, struct qb_error *error)
{
	const struct qb_plan *base = ring->versus->sides[QB_SIDE_BASE].plan;
	const struct qb_plan *fresh = ring->versus->sides[QB_SIDE_FRESH].plan;
	const size_t count = base->count < fresh->count ? base->count : fresh->count;
	const char *why = "";

	ring->bouts = calloc(count + 1, sizeof(*ring->bouts));
	ring->comparisons = calloc(count + 1, sizeof(*ring->comparisons));
	document->missing = calloc(count + 1, sizeof(*document->missing));
	document->added = calloc(count + 1, sizeof(*document->added));
	if (!ring->bouts || !ring->comparisons || !document->missing || !document->added)
		return qb_error_set(error, ENOMEM, "out of memory for %zu cases", count);
	for (size_t index = 0; index < count; index++) {
		const struct qb_case *a = &base->cases[index], *b = &fresh->cases[index];
		struct bout *bout = &ring->bouts[ring->count];

		*bout = (struct bout){ { a, b } };
		if (!a->skip_reason[0] && !b->skip_reason[0])
			begin_comparison(ring, bout, &ring->comparisons[ring->count++]);
		else if (!a->skip_reason[0])
			snprintf(document->missing[document->missing_count++], QB_KEY_SIZE, "%s",
			         a->key);
		else if (!b->skip_reason[0])
			snprintf(document->added[document->added_count++], QB_KEY_SIZE, "%s",
			         b->key);
		if (a->skip_reason[0] || b->skip_reason[0])
			why = a->skip_reason[0] ? a->skip_reason : b->skip_reason;
	}
	if (ring->count == 0)
		return qb_error_set(error, EINVAL, "no case can be served by both sides: %.180s",
		                    why);
	return 0;
}

/* The policy by name; a list of CPUs as the plan read it: producers/consumers. */
static const char *pin_of(struct ring *ring, const struct qb_case *c)
{
	size_t used = 0;

	if (c->pin != QB_PIN_LIST)
		return qb_pin_name(c->pin);
	for (unsigned worker = 0; worker < qb_case_worker_count(c); worker++)
		used += (size_t)snprintf(ring->pin + used, sizeof(ring->pin) - used, "%s%d",
		                         worker == 0                   ? ""
		                         : worker == c->producer_count ? "/"
		                                                       : ",",
		                         c->cpus[worker]);
	return ring->pin;
}

static const char *impl_of(struct ring *ring, const struct qb_versus_side *side,
                           const struct qb_case *c)
{
	if (side->impl || !c->plugin[0])
		return side->impl ? side->impl : c->impl;
	snprintf(ring->impl, sizeof(ring->impl), "%s:%s", c->plugin, c->impl);
	return ring->impl;
}

/* A key names the api only where it is not the one that the queue would have chosen. */
static enum qb_api api_of(const struct qb_case *c)
{
	char segment[32];

	snprintf(segment, sizeof(segment), "/%s", qb_api_name(c->api));
	return strstr(c->key, segment) ? c->api : QB_API_AUTO;
}

static int measure_there(struct ring *ring, const struct qb_case *c, enum qb_side_name side,
                         uint64_t seed, struct qb_result *ret_result, struct qb_error *error)
{
	const struct qb_versus_side *own = &ring->versus->sides[side];
	const struct qb_foreign_request request = { .executable = own->executable ? own->executable
		                                                                  : OWN_EXECUTABLE,
		                                    .impl = impl_of(ring, own, c),
		                                    .c = c,
		                                    .api = api_of(c),
		                                    .pin = pin_of(ring, c),
		                                    .protocol = ring->protocol,
		                                    .seed = seed,
		                                    .interrupted = &qb_interrupt_seen };

	return qb_foreign_run(&request, ret_result, error);
}

static int measure_here(struct ring *ring, const struct qb_case *c, uint64_t seed,
                        struct qb_result *ret_result, struct qb_error *error)
{
	const struct qb_launch_request request = { .c = c,
		                                   .protocol = ring->protocol,
		                                   .order = ring->run_count,
		                                   .seed = seed,
		                                   .interrupted = &qb_interrupt_seen };
	int result = qb_launch_run(&request, ring->samples, error);

	if (result != 0)
		return result;
	qb_summary_begin(ret_result, c);
	result = qb_summary_add(ret_result, ring->samples);
	if (result == 0)
		result = qb_summary_settle(ret_result, ring->protocol);
	return result == 0 ? 0 : qb_error_set(error, -result, "out of memory for a run");
}

/* What the comparison keeps of a run. */
static void take_run(const struct qb_result *result, const struct qb_comparison *comparison,
                     struct qb_side_run *run)
{
	const struct qb_metric *metric = qb_result_metric(result, comparison->metric);

	run->status = result->status;
	snprintf(run->reason, sizeof(run->reason), "%.500s", result->reason);
	if (result->run_count > 0) {
		run->disturbed = result->runs[0].disturbed;
		run->start_unix_ms = result->runs[0].start_unix_ms;
	}
	if (run->status == QB_STATUS_SKIPPED)
		run->status = QB_STATUS_INVALID;
	if (run->status != QB_STATUS_OK)
		return;
	if (metric && metric->n == 1 && metric->values[0] > 0) {
		run->value = metric->values[0];
		return;
	}
	run->status = QB_STATUS_INVALID;
	snprintf(run->reason, sizeof(run->reason), "it has no %s%s%s", comparison->metric,
	         metric && metric->reason[0] ? ": " : "", metric ? metric->reason : "");
}

static int measure(void *context, size_t index, enum qb_side_name side, uint64_t seed,
                   struct qb_side_run *ret_run, struct qb_error *error)
{
	struct ring *ring = context;
	const struct qb_comparison *comparison = &ring->comparisons[index];
	const struct qb_case *c = ring->bouts[index].cases[side];
	struct qb_result measured = { 0 };
	char figure[QB_UNITS_SIZE];
	const int result = ring->by_command_line
	                           ? measure_there(ring, c, side, seed, &measured, error)
	                           : measure_here(ring, c, seed, &measured, error);

	if (result != 0)
		return result;
	take_run(&measured, comparison, ret_run);
	qb_units_format(figure, sizeof(figure), comparison->unit, ret_run->value);
	qb_journal_note("run %u %s of %s: %s%s%s", ++ring->run_count,
	                side == QB_SIDE_BASE ? "base" : "new", comparison->key,
	                qb_status_name(ret_run->status),
	                ret_run->status == QB_STATUS_OK ? ", " : ": ",
	                ret_run->status == QB_STATUS_OK ? figure : ret_run->reason);
	qb_result_finish(&measured);
	return 0;
}

static void on_pair(void *context, const struct qb_comparison *comparison, size_t decided_count)
{
	const struct ring *ring = context;
	const struct qb_schedule schedule = qb_options_gate_schedule(&ring->versus->options->gate);
	const struct qb_judgement *j = &comparison->judgement;
	const unsigned n = (unsigned)j->base_count, next = qb_gate_next_look(&schedule, n - 1);
	char gauge[QB_GAUGE_SIZE], text[512], looks[48] = "";

	if (next > n)
		snprintf(looks, sizeof(looks), ", next look at %u", next);
	snprintf(text, sizeof(text), "%zu/%zu decided; %u pairs, %+.2f %% %s %s%s: %s",
	         decided_count, ring->count, n, j->change_pct,
	         qb_gauge_draw(j, &comparison->rules, gauge, sizeof(gauge)),
	         qb_verdict_name(j->verdict), looks, comparison->key);
	qb_terminal_progress(text, next == n);
}

/* Values of the new side, as requirements are held against. */
static int check_requirements(const struct ring *ring, struct qb_comparison_document *document,
                              struct qb_error *error)
{
	const struct qb_gate_options *gate = &ring->versus->options->gate;
	const size_t count = document->comparison_count;
	struct qb_requirement_cell *cells = calloc(count + 1, sizeof(*cells));
	double **values = calloc(count + 1, sizeof(*values));
	int result = cells && values ? 0 : -ENOMEM;

	for (size_t index = 0; index < count && result == 0; index++) {
		const struct qb_comparison *comparison = &document->comparisons[index];

		values[index] = qb_compare_values(comparison, QB_SIDE_FRESH, &cells[index].count);
		cells[index].key = comparison->key;
		cells[index].metric = comparison->metric;
		cells[index].unit = comparison->unit;
		cells[index].reason = comparison->reason;
		cells[index].values = values[index];
		result = values[index] ? 0 : -ENOMEM;
	}
	for (size_t index = 0; index < gate->requirement_count && result == 0; index++)
		result = qb_requirement_check(&gate->requirements[index], cells, count, document);
	for (size_t index = 0; index < count && values; index++)
		free(values[index]);
	free(values);
	free(cells);
	return result == 0 ? 0 : qb_error_set(error, ENOMEM, "out of memory for requirements");
}

/* A cap in time that came before the decision is told. */
static void warn_of_time(const struct qb_gate_options *gate, unsigned cap,
                         struct qb_comparison_document *document)
{
	struct qb_warning *warning = &document->warnings[document->warning_count];
	unsigned open = 0;

	for (size_t index = 0; index < document->comparison_count; index++)
		open += document->comparisons[index].judgement.verdict == QB_VERDICT_INCONCLUSIVE &&
		        document->comparisons[index].run_count[QB_SIDE_BASE] < cap;
	if (gate->time_max_ns == 0 || open == 0 || document->interrupted)
		return;
	document->warning_count++;
	snprintf(warning->code, sizeof(warning->code), "time");
	snprintf(warning->text, sizeof(warning->text),
	         "--max-time ended it before %u of %zu cases could be decided", open,
	         document->comparison_count);
}

static int fight(struct ring *ring, struct qb_comparison_document *document, struct qb_error *error)
{
	const struct qb_options *options = ring->versus->options;
	const struct qb_duel_request request = {
		.case_count = ring->count,
		.cases = ring->comparisons,
		.schedule = qb_options_gate_schedule(&options->gate),
		.time_max_ns = options->gate.time_max_ns,
		.seed = options->config.protocol.seed,
		.measure = measure,
		.progressed = on_pair,
		.context = ring,
		.interrupted = &qb_interrupt_seen,
	};
	const unsigned cap = request.schedule.looks[request.schedule.count - 1];
	int result;

	qb_terminal_progress_open(options->quiet ? QB_WHEN_NEVER : options->progress);
	result = qb_duel_run(&request, document, error);
	qb_terminal_progress_close();
	if (result == 0)
		result = check_requirements(ring, document, error);
	if (result != 0)
		return result;
	warn_of_time(&options->gate, cap, document);
	return qb_compare_settle(document, cap, error);
}

int qb_versus_run(const struct qb_versus *versus, struct qb_comparison_document *document,
                  struct qb_error *error)
{
	struct ring ring = { .versus = versus,
		             .protocol = &versus->options->config.protocol,
		             .by_command_line = versus->sides[QB_SIDE_BASE].executable ||
		                                versus->sides[QB_SIDE_FRESH].executable };
	int result = match(&ring, document, error);

	snprintf(document->mode, sizeof(document->mode), "interleaved");
	if (versus->options->gate.pairs == 0)
		snprintf(document->profile, sizeof(document->profile), "%s",
		         qb_gate_profile_name(versus->options->gate.profile));
	if (result == 0) {
		ring.samples = calloc(1, sizeof(*ring.samples));
		result = ring.samples ? fight(&ring, document, error)
		                      : qb_error_set(error, ENOMEM, "out of memory for a run");
	}
	free(ring.samples);
	free(ring.bouts);
	free(ring.comparisons);
	return result;
}
