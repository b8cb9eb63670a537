/* sample_limits.h -- limits of a machine of five CPUs made by hand, with every distance, a pair
 * that was disturbed and one that was not measured. */
#ifndef QB_SAMPLE_LIMITS_H
#define QB_SAMPLE_LIMITS_H

#include <stdlib.h>
#include <string.h>

#include "reports/limits_report.h"

#define SAMPLE_CREATED_MS INT64_C(1700000000000)
#define PER_PAIR          10

static void sample_limit(struct qb_limits *limits, const struct qb_cpu_pair *pair, const char *name,
                         double value)
{
	struct qb_limit *limit = &limits->limits[limits->count++];
	const bool rate = strncmp(name, "stream_", 7) == 0;

	*limit = (struct qb_limit){ .higher_is_better = rate,
		                    .measured = true,
		                    .value = value,
		                    .min = 0.95 * value,
		                    .max = 1.05 * value,
		                    .n = rate ? 3 : 6,
		                    .pair = *pair,
		                    .measured_unix_ms = SAMPLE_CREATED_MS - 5400000 };
	snprintf(limit->name, sizeof(limit->name), "%s", name);
	snprintf(limit->unit, sizeof(limit->unit), "%s", rate ? "line/s" : "ns");
}

static void sample_pair(struct qb_limits *limits, const struct qb_cpu_pair *pair, double rtt)
{
	limits->pairs[limits->pair_count++] = *pair;
	sample_limit(limits, pair, "rtt_one_line", rtt);
	sample_limit(limits, pair, "stream_1", 6e9 / rtt);
	sample_limit(limits, pair, "stream_2", 9e9 / rtt);
	sample_limit(limits, pair, "stream_4", 14e9 / rtt);
	sample_limit(limits, pair, "stream_8", 20e9 / rtt);
	sample_limit(limits, pair, "stream_16", 22e9 / rtt);
	sample_limit(limits, pair, "stream_64", 21e9 / rtt);
	sample_limit(limits, pair, "stream_512", 26e9 / rtt);
	sample_limit(limits, pair, "fetch_add_contended", rtt / 8);
	sample_limit(limits, pair, "clock_offset", rtt / 100);
}

static void sample_unmeasured(struct qb_limits *limits, const struct qb_cpu_pair *pair)
{
	sample_pair(limits, pair, 100);
	for (size_t i = limits->count - PER_PAIR; i < limits->count; i++) {
		limits->limits[i].measured = false;
		limits->limits[i].n = 0;
		snprintf(limits->limits[i].reason, sizeof(limits->limits[i].reason),
		         "CPUs 2 and 8: one did not answer the other within 300 ms");
	}
}

/* Release with qb_limits_finish(&document.limits). */
static struct qb_limits_document sample_limits(void)
{
	static const struct qb_cpu_pair single = { 0, QB_CPU_NONE, QB_RELATION_SELF };
	static const struct qb_cpu_pair smt = { 0, 1, QB_RELATION_SMT };
	static const struct qb_cpu_pair llc = { 0, 2, QB_RELATION_LLC };
	static const struct qb_cpu_pair llc_too = { 1, 2, QB_RELATION_LLC };
	static const struct qb_cpu_pair package = { 0, 4, QB_RELATION_PACKAGE };
	static const struct qb_cpu_pair cross = { 0, 8, QB_RELATION_CROSS };
	static const struct qb_cpu_pair silent = { 2, 8, QB_RELATION_CROSS };
	struct qb_limits_document document = { .created = "2023-11-14T22:13:20Z",
		                               .created_unix_ms = SAMPLE_CREATED_MS,
		                               .cached = true };
	struct qb_limits *limits = &document.limits;

	snprintf(document.tool.name, sizeof(document.tool.name), "qbench");
	snprintf(document.machine.fingerprint, sizeof(document.machine.fingerprint), "0123abcd");
	snprintf(document.machine.cpu, sizeof(document.machine.cpu), "EPYC 7773X");
	snprintf(document.machine.hypervisor, sizeof(document.machine.hypervisor), "kvm");
	document.machine.logical_cpus = 5;
	limits->pairs = calloc(7, sizeof(*limits->pairs));
	limits->limits = calloc(80, sizeof(*limits->limits));
	limits->duration_ns = 5200000000;
	limits->pairs[limits->pair_count++] = single;
	sample_limit(limits, &single, "fetch_add", 6.1);
	sample_limit(limits, &single, "clock_gettime", 21);
	limits->limits[1].max = 900;
	sample_pair(limits, &smt, 22);
	sample_pair(limits, &llc, 46);
	sample_pair(limits, &llc_too, 50);
	sample_pair(limits, &package, 118);
	sample_pair(limits, &cross, 303);
	sample_unmeasured(limits, &silent);
	return document;
}

#endif
