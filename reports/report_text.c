/* report_text.c -- the report for people: one block per case, then a ranking.
 *
 * A block says what was measured, how sure the figure is, what proves it and what to doubt, in the
 * order in which a reader asks.  What is not known is not printed; what is wrong comes with what to
 * do. */
#include "reports/report.h"

#include <math.h>

#include "reports/columns.h"
#include "reports/counter_text.h"
#include "reports/latency_text.h"
#include "reports/layout.h"
#include "reports/ranking.h"
#include "reports/units.h"

#define FIGURE_SIZE QB_UNITS_SIZE

/* Lists of more threads than this are cut; the JSON has them all. */
#define PLACEMENT_MAX 64u

static void say_tool(const struct qb_layout *out, const struct qb_tool *tool, const char *created)
{
	qb_layout_say(out, NULL, QB_TONE_TITLE, "%s %s%s%s%s%s%s%s", tool->name, tool->version,
	              tool->commit[0] ? " (" : "", tool->commit, tool->commit[0] ? ")" : "",
	              created[0] ? ", " : "", created, "");
	if (tool->compiler[0])
		qb_layout_say(out, "built by", QB_TONE_PLAIN, "%s %s", tool->compiler, tool->flags);
}

static void say_machine(const struct qb_layout *out, const struct qb_machine *m)
{
	char quota[64] = "";

	if (m->cpu_quota > 0)
		snprintf(quota, sizeof(quota), ", quota of %.3g CPUs", m->cpu_quota);
	if (m->cpu[0])
		qb_layout_say(out, "machine", QB_TONE_PLAIN, "%s%s%s", m->cpu,
		              m->hypervisor[0] ? ", guest of " : "", m->hypervisor);
	if (m->logical_cpus > 0)
		qb_layout_say(out, "CPUs", QB_TONE_PLAIN,
		              "%u (%u cores, %s), %u package%s, %u NUMA node%s%s%s%s",
		              m->logical_cpus, m->cores, m->smt ? "SMT" : "no SMT", m->packages,
		              m->packages == 1 ? "" : "s", m->numa_nodes,
		              m->numa_nodes == 1 ? "" : "s", m->allowed_cpus[0] ? ", usable: " : "",
		              m->allowed_cpus, quota);
	if (m->kernel[0])
		qb_layout_say(out, "system", QB_TONE_PLAIN, "%s%s%s%s%s", m->kernel,
		              m->governor[0] ? ", governor " : "", m->governor,
		              m->clocksource[0] ? ", clock " : "", m->clocksource);
}

static void say_protocol(const struct qb_layout *out, const struct qb_document *document)
{
	const struct qb_protocol *p = &document->protocol;
	char time[FIGURE_SIZE], warmup[FIGURE_SIZE];

	if (p->runs == 0)
		return;
	if (p->message_count > 0)
		qb_layout_figure(time, sizeof(time), "messages", (double)p->message_count);
	else
		qb_layout_figure(time, sizeof(time), QB_UNIT_NS, (double)p->time_ns);
	qb_layout_figure(warmup, sizeof(warmup), QB_UNIT_NS, (double)p->warmup_ns);
	qb_layout_say(out, "protocol", QB_TONE_PLAIN,
	              "%u run%s of %s after %s of warm-up, each in a process of its own; seed %llu",
	              p->runs, p->runs == 1 ? "" : "s", time, warmup,
	              (unsigned long long)document->seed);
}

/* That a case is a floor is no reason to doubt it: said, but not as a warning. */
static void say_warnings(const struct qb_layout *out, const struct qb_warning *warnings,
                         size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const bool floor = strcmp(warnings[i].code, "floor") == 0;

		qb_layout_say(out, floor ? "floor" : "warning",
		              floor ? QB_TONE_PLAIN : QB_TONE_WARN, "%s", warnings[i].text);
	}
}

static void say_title(const struct qb_layout *out, const struct qb_result *result)
{
	const struct qb_case *c = &result->c;
	const bool usual = strcmp(c->workload, "throughput") == 0;
	char size[FIGURE_SIZE];

	qb_layout_figure(size, sizeof(size), QB_UNIT_BYTES, (double)c->message_size);
	qb_layout_say(out, NULL, QB_TONE_TITLE,
	              "%s%s%s%s: p%u c%u, batch %zu%s, %s, capacity %zu, %s, "
	              "wait %s, pin %s",
	              c->impl, c->traits & QB_FLOOR ? " (floor)" : "", usual ? "" : " ",
	              usual ? "" : c->workload, c->producer_count, c->consumer_count, c->batch,
	              c->batch_emulated ? " (emulated)" : "", size, c->capacity,
	              qb_api_name(c->api), qb_wait_name(c->wait), qb_pin_name(c->pin));
	if (c->plugin[0])
		qb_layout_say(out, "plug-in", QB_TONE_PLAIN, "%s", c->plugin);
}

static void say_status(const struct qb_layout *out, const struct qb_result *result)
{
	const bool bad =
		result->status != QB_STATUS_SKIPPED && result->status != QB_STATUS_INTERRUPTED;

	if (result->status != QB_STATUS_OK)
		qb_layout_say(out, qb_status_name(result->status), bad ? QB_TONE_BAD : QB_TONE_WARN,
		              "%s", result->reason[0] ? result->reason : "no reason was recorded");
}

static void say_estimate(const struct qb_layout *out, const struct qb_metric *metric)
{
	const struct qb_estimate e = qb_estimate_settled(&metric->estimate);
	const struct qb_unit_scale scale = qb_units_scale(metric->unit, e.hl);
	char figure[FIGURE_SIZE], low[FIGURE_SIZE], high[FIGURE_SIZE];

	qb_layout_figure(figure, sizeof(figure), metric->unit, e.hl);
	if (e.has_ci95)
		qb_layout_say(out, metric->name, QB_TONE_GOOD, "%s, 95%c%% interval %s%cto%c%s",
		              figure, QB_LAYOUT_GLUE,
		              qb_units_number(low, sizeof(low), &scale, e.ci95[0]), QB_LAYOUT_GLUE,
		              QB_LAYOUT_GLUE,
		              qb_units_number(high, sizeof(high), &scale, e.ci95[1]));
	else
		qb_layout_say(out, metric->name, QB_TONE_PLAIN,
		              "%s; n too small for a 95 %% interval (%u run%s)", figure, metric->n,
		              metric->n == 1 ? "" : "s");
}

static void say_spread(const struct qb_layout *out, const struct qb_metric *metric)
{
	const struct qb_estimate e = qb_estimate_settled(&metric->estimate);
	const struct qb_unit_scale scale = qb_units_scale(metric->unit, e.hl);
	char low[FIGURE_SIZE], high[FIGURE_SIZE], cv[FIGURE_SIZE], unit[32];

	if (metric->n < 2)
		return;
	snprintf(unit, sizeof(unit), "%s%s", scale.prefix, scale.unit);
	qb_layout_say(out, "spread", QB_TONE_PLAIN, "cv %s, %s to %s%c%s over %u runs",
	              qb_layout_figure(cv, sizeof(cv), QB_UNIT_SHARE, e.cv),
	              qb_units_number(low, sizeof(low), &scale, e.min),
	              qb_units_number(high, sizeof(high), &scale, e.max), QB_LAYOUT_GLUE, unit,
	              metric->n);
}

static bool is_share(const struct qb_metric *metric)
{
	return strcmp(metric->name, "share_of_limit") == 0;
}

/* The share of its own pattern is said only where it is another one. */
static void say_share(const struct qb_layout *out, const struct qb_result *result)
{
	const struct qb_metric *metric = qb_result_metric(result, "share_of_limit");
	const struct qb_bound *bound = &result->bound;
	char limit[FIGURE_SIZE], own[FIGURE_SIZE], rate[FIGURE_SIZE], age[FIGURE_SIZE];
	char pattern[128] = "";

	if (!bound->known || result->status == QB_STATUS_INCORRECT || !metric || metric->n == 0)
		return;
	qb_layout_figure(limit, sizeof(limit), QB_UNIT_SHARE,
	                 qb_estimate_settled(&metric->estimate).hl);
	qb_layout_figure(own, sizeof(own), QB_UNIT_SHARE, bound->share_of_pattern);
	qb_layout_figure(rate, sizeof(rate), QB_UNIT_RATE, bound->limit);
	qb_units_age(age, sizeof(age), bound->age_s);
	if (bound->pattern < 0.995 * bound->limit)
		snprintf(pattern, sizeof(pattern), "; %s of a ring that publishes every %.3g", own,
		         bound->pattern_batch);
	qb_layout_say(out, "share", QB_TONE_PLAIN,
	              "%s of the %s that CPUs %d and %d (%s) can stream, measured %s%s%s%s", limit,
	              rate, bound->cpu_a, bound->cpu_b, bound->relation,
	              bound->same_sitting ? "around each run" : age,
	              bound->same_sitting ? "" : " before",
	              bound->disturbed ? ", though disturbed" : "", pattern);
}

static void say_metrics(const struct qb_layout *out, const struct qb_result *result)
{
	/* A figure of a queue that did not deliver is no figure. */
	if (result->status == QB_STATUS_INCORRECT || result->status == QB_STATUS_SKIPPED)
		return;
	qb_latency_text_write(out, result);
	for (size_t i = 0; i < result->metric_count && result->c.rate == 0; i++) {
		if (result->metrics[i].n == 0 || is_share(&result->metrics[i]))
			continue;
		say_estimate(out, &result->metrics[i]);
		say_spread(out, &result->metrics[i]);
	}
}

static void add_count(char *text, size_t size, uint64_t count, const char *what)
{
	const size_t used = strlen(text);

	if (count > 0)
		snprintf(text + used, size - used, "%s%llu %s", used ? ", " : "",
		         (unsigned long long)count, what);
}

static void say_fault(const struct qb_layout *out, const struct qb_fault *fault)
{
	const unsigned long long sequence = fault->sequence, sender = fault->registration;
	char message[96];

	snprintf(message, sizeof(message), "message %llu of sender %llu", sequence, sender);
	if (sender == 0)
		snprintf(message, sizeof(message), "a message that nobody sent (number %llu)",
		         sequence);
	if (fault->kind == QB_FAULT_LOST)
		qb_layout_say(out, "", QB_TONE_BAD, "lost: %s never arrived", message);
	else if (fault->kind == QB_FAULT_REORDERED)
		qb_layout_say(out, "", QB_TONE_BAD,
		              "reordered: consumer %u got %s where %llu was due", fault->consumer,
		              message, (unsigned long long)fault->expected);
	else
		qb_layout_say(out, "", QB_TONE_BAD, "%s: consumer %u got %s",
		              qb_fault_name(fault->kind), fault->consumer, message);
}

static void say_delivery(const struct qb_layout *out, const struct qb_result *result)
{
	const struct qb_delivery *d = &result->delivery;
	char sent[FIGURE_SIZE], received[FIGURE_SIZE], wrong[160] = "";

	if (d->sent == 0 && d->received == 0)
		return;
	qb_layout_figure(sent, sizeof(sent), QB_UNIT_COUNT, (double)d->sent);
	qb_layout_figure(received, sizeof(received), QB_UNIT_COUNT, (double)d->received);
	add_count(wrong, sizeof(wrong), d->lost, "lost");
	add_count(wrong, sizeof(wrong), d->duplicated, "duplicated");
	add_count(wrong, sizeof(wrong), d->reordered, "reordered");
	add_count(wrong, sizeof(wrong), d->corrupted, "corrupted");
	if (wrong[0])
		qb_layout_say(out, "delivery", QB_TONE_BAD, "%llu sent, %llu received: %s",
		              (unsigned long long)d->sent, (unsigned long long)d->received, wrong);
	else if (!result->c.proof)
		qb_layout_say(out, "delivery", QB_TONE_WARN,
		              "%s sent, %s received; not proven (--no-proof)", sent, received);
	else if (d->sent == d->received)
		qb_layout_say(out, "delivery", QB_TONE_PLAIN,
		              "%s sent = received; 0 lost, duplicated, reordered or corrupted",
		              sent);
	else
		qb_layout_say(out, "delivery", QB_TONE_WARN, "%s sent, %s received when it ended",
		              sent, received);
	for (unsigned i = 0; i < d->fault_count; i++)
		say_fault(out, &d->faults[i]);
}

static void say_fairness(const struct qb_layout *out, const struct qb_fairness *fairness)
{
	char low[FIGURE_SIZE], high[FIGURE_SIZE];

	if (!fairness->known)
		return;
	qb_layout_figure(low, sizeof(low), QB_UNIT_SHARE, fairness->min_share);
	qb_layout_figure(high, sizeof(high), QB_UNIT_SHARE, fairness->max_share);
	qb_layout_say(out, "fairness", QB_TONE_PLAIN,
	              "%s to %s of an equal share per producer (Jain %.3f)", low, high,
	              fairness->jain);
}

static void say_side(const struct qb_layout *out, bool producers, double batch_mean, double misses)
{
	const double tries = misses + 1 / batch_mean; /* per message */
	char share[FIGURE_SIZE];

	if (!(batch_mean > 0) || !isfinite(tries))
		return;
	qb_layout_figure(share, sizeof(share), QB_UNIT_SHARE, misses / tries);
	qb_layout_say(out, producers ? "flow" : "", QB_TONE_PLAIN,
	              "%s move %.3g per operation, %s at %s of tries",
	              producers ? "producers" : "consumers", batch_mean,
	              producers ? "full" : "empty", share);
}

static void say_flow(const struct qb_layout *out, const struct qb_flow *flow)
{
	say_side(out, true, flow->producer_batch_mean, flow->producer_misses_per_message);
	say_side(out, false, flow->consumer_batch_mean, flow->consumer_misses_per_message);
	if (flow->slices_lost_per_second >= 1)
		qb_layout_say(out, "", QB_TONE_PLAIN, "%.3g time slices lost a second and thread",
		              flow->slices_lost_per_second);
	if (flow->sleeps_per_message > 0)
		qb_layout_say(out, "", QB_TONE_PLAIN, "%.3g sleeps per message",
		              flow->sleeps_per_message);
}

static void say_placement(const struct qb_layout *out, const struct qb_result *result)
{
	const unsigned count = qb_case_worker_count(&result->c);
	char text[PLACEMENT_MAX * 24], rest[64] = "";

	if (result->status == QB_STATUS_SKIPPED)
		return;
	qb_columns_placement(result, PLACEMENT_MAX, text, sizeof(text));
	if (text[0] && count > PLACEMENT_MAX)
		snprintf(rest, sizeof(rest), " and %u more (the JSON has them all)",
		         count - PLACEMENT_MAX);
	qb_layout_say(out, "placement", QB_TONE_PLAIN, "%s%s%s", text[0] ? text : "not pinned",
	              rest, result->c.oversubscribed ? " (oversubscribed)" : "");
}

/* Once, not for every case: how to find out. */
static void say_unknown_limits(const struct qb_layout *out, const struct qb_document *document)
{
	for (size_t i = 0; i < document->result_count; i++) {
		const struct qb_bound *bound = &document->results[i].bound;

		if (bound->known || strncmp(bound->reason, "not measured", 12) != 0)
			continue;
		qb_layout_say(out, "limits", QB_TONE_PLAIN, "%s", bound->reason);
		return;
	}
}

static void say_result(const struct qb_layout *out, const struct qb_document *document,
                       const struct qb_result *result)
{
	say_title(out, result);
	say_status(out, result);
	say_metrics(out, result);
	say_share(out, result);
	say_delivery(out, result);
	say_fairness(out, &result->fairness);
	if (result->run_count > 0)
		say_flow(out, &result->flow);
	for (unsigned i = 0; i < result->reading_count; i++)
		qb_layout_say(out, i ? "" : "reading", QB_TONE_PLAIN, "%s",
		              result->readings[i].text);
	say_placement(out, result);
	qb_counter_text_write(out, document, result);
	for (size_t i = 0; i < result->explanation_count; i++)
		qb_layout_say(out, i ? "" : "explained", QB_TONE_PLAIN, "%s: %s",
		              result->explanations[i].code, result->explanations[i].text);
	say_warnings(out, result->warnings, result->warning_count);
	fputc('\n', out->stream);
}

int qb_report_text_write(const struct qb_document *document, const struct qb_report_style *style,
                         FILE *stream)
{
	struct qb_layout out;

	qb_layout_begin(&out, style, stream);
	say_tool(&out, &document->tool, document->created);
	say_machine(&out, &document->machine);
	say_protocol(&out, document);
	say_unknown_limits(&out, document);
	qb_counter_text_missing(&out, document);
	say_warnings(&out, document->machine.warnings, document->machine.warning_count);
	if (document->interrupted)
		qb_layout_say(&out, "warning", QB_TONE_WARN,
		              "interrupted: what was not finished is missing");
	fputc('\n', stream);
	for (size_t i = 0; i < document->result_count; i++)
		say_result(&out, document, &document->results[i]);
	return document->result_count > 1 ? qb_ranking_write(document, &out) : 0;
}
