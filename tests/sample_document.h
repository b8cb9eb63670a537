/* sample_document.h -- one document made by hand, with everything that a report must cope with:
 * good figures, too few runs, a floor, a queue that lies, one that crashed, a skipped case, names
 * and reasons that need quoting, numbers that are not finite. */
#ifndef QB_SAMPLE_DOCUMENT_H
#define QB_SAMPLE_DOCUMENT_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/result.h"

static const char *const sample_command[] = { "qbench", "run", "--impl", "all, \"quoted\"" };

/* Text of a literal, or of anything that fits. */
#define SAMPLE_TEXT(member, text) snprintf(member, sizeof(member), "%s", text)

static void sample_case(struct qb_case *c, const char *impl, unsigned producers, uint64_t traits)
{
	SAMPLE_TEXT(c->impl, impl);
	SAMPLE_TEXT(c->workload, "throughput");
	c->producer_count = producers;
	c->consumer_count = 1;
	c->batch = 64;
	c->api = QB_API_ZEROCOPY;
	c->message_size = 8;
	c->capacity = 65536;
	c->wait = QB_WAIT_YIELD;
	c->pin = QB_PIN_AUTO;
	c->proof = true;
	c->traits = traits;
	for (unsigned i = 0; i <= producers; i++)
		c->cpus[i] = (int)(i % 2);
	snprintf(c->key, sizeof(c->key), "throughput/%s/p%uc1/b64/m8/q65536/yield/auto", impl,
	         producers);
}

static void sample_metric(struct qb_result *result, const double *values,
                          const struct qb_estimate *estimate)
{
	const size_t size = estimate->n * sizeof(double);

	result->metric_count = 1;
	result->metrics = calloc(1, sizeof(*result->metrics));
	SAMPLE_TEXT(result->metrics->name, "throughput");
	SAMPLE_TEXT(result->metrics->unit, "msg/s");
	result->metrics->higher_is_better = true;
	result->metrics->gated = true;
	result->metrics->n = estimate->n;
	result->metrics->values = malloc(size);
	memcpy(result->metrics->values, values, size);
	result->metrics->estimate = *estimate;
}

static void sample_runs(struct qb_result *result, const double *values, unsigned count)
{
	result->run_count = count;
	result->runs = calloc(count, sizeof(*result->runs));
	for (unsigned i = 0; i < count; i++) {
		struct qb_run_record *run = &result->runs[i];

		run->order = 3 * i;
		run->seed = 0x9e3779b97f4a7c15u * (i + 1);
		run->start_unix_ms = 1700000000000 + 500 * i;
		run->throughput = values[i];
		run->window_ns = 300000000;
		run->messages = (uint64_t)(values[i] * 0.3);
		run->steal_share = i == 2 ? 0.031 : 0;
		run->run_delay_share = i == 0 ? NAN : 0.4;
		run->foreign_share = i == 0 ? NAN : 0.0125;
		run->involuntary_switches = 12 + i;
		run->migrations = i == 2;
		run->disturbed = i == 2;
		run->clock_checked = true;
		run->clock_disagreement_ppm = (long)i - 3;
		run->trending = i == 1 ? -1 : 0;
		snprintf(run->perf_ctl, sizeof(run->perf_ctl), "%s", i == 1 ? "ok" : "");
		run->interval_count = 3;
		run->interval_messages = calloc(3, sizeof(uint32_t));
		for (unsigned k = 0; k < 3; k++)
			run->interval_messages[k] = (uint32_t)(values[i] * 0.1) + k;
	}
}

static void sample_warn(struct qb_result *result, const char *code, const char *text)
{
	struct qb_warning *warning;

	result->warnings =
		realloc(result->warnings, (result->warning_count + 1) * sizeof(*result->warnings));
	warning = &result->warnings[result->warning_count++];
	memset(warning, 0, sizeof(*warning));
	SAMPLE_TEXT(warning->code, code);
	SAMPLE_TEXT(warning->text, text);
}

static void sample_counter(struct qb_counter *counter, const char *name, double per_message)
{
	SAMPLE_TEXT(counter->name, name);
	counter->available = per_message > 0;
	counter->value = per_message * 1842000000;
	counter->per_message = per_message;
	counter->coverage = 0.5;
	if (counter->available)
		return;
	SAMPLE_TEXT(counter->reason, "the hypervisor offers no hardware counters");
	SAMPLE_TEXT(counter->code, "no-pmu");
}

/* Of as many runs as the throughput has. */
static void sample_share(struct qb_result *result)
{
	const struct qb_metric throughput = result->metrics[0];
	const struct qb_estimate *e = &throughput.estimate;
	const double limit = 1400e6;
	struct qb_metric *metric;

	result->metrics = realloc(result->metrics, 2 * sizeof(throughput));
	metric = &result->metrics[result->metric_count++];
	*metric = throughput;
	SAMPLE_TEXT(metric->name, "share_of_limit");
	SAMPLE_TEXT(metric->unit, "1");
	metric->gated = false;
	metric->values = malloc(metric->n * sizeof(double));
	for (unsigned i = 0; i < metric->n; i++)
		metric->values[i] = throughput.values[i] / limit;
	metric->estimate =
		(struct qb_estimate){ .n = e->n,
		                      .median = e->median / limit,
		                      .mean = e->mean / limit,
		                      .stddev = e->stddev / limit,
		                      .cv = e->cv,
		                      .min = e->min / limit,
		                      .max = e->max / limit,
		                      .hl = e->hl / limit,
		                      .has_ci95 = true,
		                      .ci95 = { e->ci95[0] / limit, e->ci95[1] / limit } };
	result->bound = (struct qb_bound){ .known = true,
		                           .relation = "llc",
		                           .cpu_b = 1,
		                           .lanes = 1,
		                           .limit = 1400e6,
		                           .pattern = 1375e6,
		                           .ceiling = 1968e6,
		                           .pattern_batch = 61.2,
		                           .share_of_pattern = 0.448,
		                           .round_trip_ns = 118,
		                           .measured_unix_ms = 1699990000000,
		                           .age_s = 10000 };
	result->reading_count = 1;
	SAMPLE_TEXT(result->readings[0].code, "taking-turns");
	SAMPLE_TEXT(result->readings[0].text,
	            "threads take turns, 2.5 on a CPU: full and empty tell of the scheduler here, "
	            "not of the queue; use no more threads than CPUs to measure the queue alone");
}

static void sample_mpsc(struct qb_result *result)
{
	static const double values[] = { 612750575.0, 620594720.6, 603596149.4, 618508572.8,
		                         629242939.4, 619598276.4, 641362108.5, 595963842.1,
		                         613238525.9, 599188213.7 };
	static const struct qb_estimate estimate = { .n = 10,
		                                     .median = 615873549.3499999,
		                                     .mean = 615404392.38,
		                                     .stddev = 13790255.371162552,
		                                     .cv = 0.02240844482411062,
		                                     .min = 595963842.1,
		                                     .max = 641362108.5,
		                                     .hl = 615867912.3321689,
		                                     .has_ci95 = true,
		                                     .ci95 = { 605931450.3125746,
		                                               624903869.5403211 } };

	sample_case(&result->c, "mpsc", 4, QB_MPSC | QB_BOUNDED | QB_LOCK_FREE);
	result->c.oversubscribed = true;
	result->delivery.sent = result->delivery.received = 1842000123;
	result->delivery.beyond_bitmap = true;
	sample_metric(result, values, &estimate);
	sample_runs(result, values, 10);
	result->fairness = (struct qb_fairness){ true, 0.998, 0.94, 1.07 };
	result->totals.producer_messages = calloc(4, sizeof(uint64_t));
	for (unsigned i = 0; i < 4; i++)
		result->totals.producer_messages[i] = 432870028 + 10000000 * i;
	result->flow =
		(struct qb_flow){ 0.0005, 0.00125, 61.2, 60, 0.0297, 0.0698, 0.00001, 812.5, 40.5 };
	sample_share(result);
	result->counter_count = 2;
	result->counters = calloc(2, sizeof(*result->counters));
	sample_counter(&result->counters[0], "cycles", 7.25);
	sample_counter(&result->counters[1], "cache-misses", 0);
	result->internal_count = 1;
	sample_counter(&result->internals[0], "futex wakes", 0.00012);
	result->internals[0].coverage = NAN;
	sample_warn(
		result, "oversubscribed",
		"5 threads on 2 CPUs take turns: the figure is of the scheduler too; use at most "
		"2 threads, or read it as such");
}

static void sample_spsc(struct qb_result *result)
{
	static const double values[] = { 375015487.9, 386431192.8, 394338984.2 };
	static const struct qb_estimate estimate = { .n = 3,
		                                     .median = 386431192.8,
		                                     .mean = 385261888.3,
		                                     .stddev = 9714670.970975742,
		                                     .cv = 0.025215759113476115,
		                                     .min = 375015487.9,
		                                     .max = 394338984.2,
		                                     .hl = 385492397.1603401 };

	sample_case(&result->c, "my-ring-of-a-long-name-that-is-cut", 1, QB_SPSC | QB_WAIT_FREE);
	SAMPLE_TEXT(result->c.plugin, "/home/me/\xc3\xa9t\xc3\xa9, \"new\"/ring.so");
	result->c.batch_emulated = true;
	result->c.api = QB_API_BATCH;
	result->c.numa = QB_NUMA_NODE;
	result->c.numa_node = 1;
	result->c.pin = QB_PIN_NONE;
	result->c.cpus[0] = result->c.cpus[1] = QB_CPU_NONE;
	result->c.proof = false;
	result->delivery.sent = result->delivery.received = 347000000;
	sample_metric(result, values, &estimate);
	sample_runs(result, values, 3);
	result->flow = (struct qb_flow){ NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	SAMPLE_TEXT(result->bound.reason, "its threads are not all pinned");
}

static void sample_floor(struct qb_result *result)
{
	static const double values[] = { 1411780681.1 };
	static const struct qb_estimate estimate = { .n = 1,
		                                     .median = 1411780681.1,
		                                     .mean = 1411780681.1,
		                                     .min = 1411780681.1,
		                                     .max = 1411780681.1,
		                                     .hl = 1411780681.1 };

	sample_case(&result->c, "null", 1, QB_MPMC | QB_FLOOR);
	result->delivery.sent = result->delivery.received = 423534204;
	sample_metric(result, values, &estimate);
	sample_runs(result, values, 1);
	sample_warn(result, "floor", "no queue: its messages never pass between threads");
	result->flow.producer_batch_mean = result->flow.consumer_batch_mean = 64;
}

static void sample_liar(struct qb_result *result)
{
	static const struct qb_estimate estimate = { .n = 1, .median = 9e7, .mean = INFINITY };
	static const double values[] = { 9e7 };
	const struct qb_fault faults[] = {
		{ QB_FAULT_LOST, 0, 2, 1000003, 0 },
		{ QB_FAULT_REORDERED, 0, 1, 17, 15 },
		{ QB_FAULT_DUPLICATED, 0, 1, 15, 0 },
		{ QB_FAULT_CORRUPTED, 0, 0, 4611686018427387904, 0 },
	};

	sample_case(&result->c, "liar", 2, QB_MPSC);
	SAMPLE_TEXT(result->c.workload, "burst");
	result->status = QB_STATUS_INCORRECT;
	SAMPLE_TEXT(result->reason, "1 of 27000000 messages lost, 1 delivered twice");
	result->delivery = (struct qb_delivery){ 27000000, 27000001, 1, 1, 1, 1, 4, { { 0 } }, 0 };
	memcpy(result->delivery.faults, faults, sizeof(faults));
	sample_metric(result, values, &estimate);
	sample_runs(result, values, 1);
	result->runs[0].status = QB_STATUS_INCORRECT;
	result->runs[0].throughput = NAN;
}

static void sample_rest(struct qb_result *skipped, struct qb_result *crashed)
{
	sample_case(&skipped->c, "spsc", 4, QB_SPSC);
	skipped->status = QB_STATUS_SKIPPED;
	SAMPLE_TEXT(skipped->c.skip_reason, "'spsc' serves one producer, 4 were asked for");
	SAMPLE_TEXT(skipped->reason, skipped->c.skip_reason);
	sample_case(&crashed->c, "wild", 1, QB_SPSC);
	crashed->status = QB_STATUS_CRASHED;
	SAMPLE_TEXT(crashed->reason,
	            "the run died of signal 11 (Segmentation fault) while measuring,\n"
	            "\033[31mproducer 0\033[0m inside an operation");
	crashed->delivery.sent = 12345;
	crashed->delivery.received = 12000;
}

static void sample_facts(struct qb_document *document)
{
	struct qb_machine *m = &document->machine;

	SAMPLE_TEXT(document->tool.name, "qbench");
	SAMPLE_TEXT(document->tool.version, "0.1.0");
	SAMPLE_TEXT(document->tool.commit, "5f3c2ab91d04");
	SAMPLE_TEXT(document->tool.compiler, "gcc 12.2.0");
	SAMPLE_TEXT(document->tool.flags, "-O2 -g");
	SAMPLE_TEXT(document->created, "2024-05-06T07:08:09Z");
	document->command = sample_command;
	document->command_count = 4;
	document->seed = 0xffffffffffffffffu;
	SAMPLE_TEXT(m->fingerprint, "x86_64-0123456789abcdef");
	SAMPLE_TEXT(m->cpu, "Intel(R) Xeon(R) Platinum\xae 8272CL CPU @ 2.60GHz");
	SAMPLE_TEXT(m->architecture, "x86_64");
	SAMPLE_TEXT(m->hypervisor, "kvm");
	SAMPLE_TEXT(m->kernel, "Linux 6.1.0-13-amd64");
	SAMPLE_TEXT(m->clocksource, "tsc");
	SAMPLE_TEXT(m->allowed_cpus, "0-1");
	m->logical_cpus = m->cores = 2;
	m->packages = m->numa_nodes = 1;
	m->cpu_quota = 1.5;
	m->memory_bytes = 8589934592;
	m->warning_count = 1;
	SAMPLE_TEXT(m->warnings[0].code, "load");
	SAMPLE_TEXT(m->warnings[0].text,
	            "other programs keep 1.2 CPUs busy: stop them, or expect the "
	            "spread to hide small differences");
	document->protocol = (struct qb_protocol){ .runs = 10,
		                                   .runs_max = 10,
		                                   .time_ns = 300000000,
		                                   .warmup_ns = 100000000,
		                                   .interval_ns = 20000000,
		                                   .timeout_ns = 10000000000,
		                                   .seed = 42 };
	SAMPLE_TEXT(document->protocol_hash, "0f1e2d3c4b5a6978");
}

static void sample_control(struct qb_control *control)
{
	static const double values[] = { 9015000.25, 8990123.5, 9102000, 9050321.75 };

	SAMPLE_TEXT(control->name, "ping-pong/1");
	control->cpu_b = 1;
	control->n = 4;
	control->values = malloc(sizeof(values));
	memcpy(control->values, values, sizeof(values));
}

/* Release with qb_document_finish. */
static struct qb_document sample_document(void)
{
	struct qb_document document = { .result_count = 6 };

	document.results = calloc(document.result_count, sizeof(*document.results));
	sample_facts(&document);
	sample_control(&document.control);
	document.program_count = 1;
	document.programs = calloc(1, sizeof(*document.programs));
	SAMPLE_TEXT(document.programs->path, "/usr/local/bin/qbench");
	SAMPLE_TEXT(document.programs->sha256,
	            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sample_mpsc(&document.results[0]);
	sample_spsc(&document.results[1]);
	sample_floor(&document.results[2]);
	sample_liar(&document.results[3]);
	sample_rest(&document.results[4], &document.results[5]);
	return document;
}

#endif
