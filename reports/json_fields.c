/* json_fields.c -- the keys of qbench-result/1 and the members they stand for.
 *
 * Lists and objects within objects are spelled out by the writer and the reader; everything that is
 * one value has one row here. */
#include "reports/json_fields.h"

/* clang-format off */
#define FIELD(key, kind, flags, type, member) \
	key, kind, flags, offsetof(type, member), sizeof(((type *)0)->member)
#define TEXT(key, flags, type, member) \
	{ FIELD(key, QB_JSON_TEXT, flags, type, member), 0, NULL, 0 }
#define COUNT(key, flags, type, member) \
	{ FIELD(key, QB_JSON_COUNT, flags, type, member), 0, NULL, 0 }
#define UP_TO(key, limit, flags, type, member) \
	{ FIELD(key, QB_JSON_COUNT, flags, type, member), limit, NULL, 0 }
#define PLAIN(KIND, key, flags, type, member) \
	{ FIELD(key, QB_JSON_##KIND, flags, type, member), 0, NULL, 0 }
#define WORD(key, flags, type, member, words, count) \
	{ FIELD(key, QB_JSON_WORD, flags, type, member), 0, words, count }
#define END { NULL, QB_JSON_TEXT, 0, 0, 0, 0, NULL, 0 }

#define MUST QB_JSON_REQUIRED
#define MAYBE QB_JSON_ABSENT_IS_0

/* More threads than any machine has, few enough for sums of unsigned. */
#define THREAD_LIMIT 1000000u
#define RATE_LIMIT   1000000000u /* what --rate takes */

static const char *status_word(int value) { return qb_status_name((enum qb_status)value); }
static const char *api_word(int value) { return qb_api_name((enum qb_api)value); }
static const char *wait_word(int value) { return qb_wait_name((enum qb_wait)value); }
static const char *pin_word(int value) { return qb_pin_name((enum qb_pin)value); }
static const char *arrivals_word(int value) { return qb_arrivals_name((enum qb_arrivals)value); }
static const char *fault_word(int value) { return qb_fault_name((enum qb_fault_kind)value); }

const struct qb_json_field qb_json_document[] = {
	TEXT("created", MAYBE, struct qb_document, created),
	PLAIN(SEED, "seed", 0, struct qb_document, seed),
	PLAIN(FLAG, "interrupted", 0, struct qb_document, interrupted),
	END
};

const struct qb_json_field qb_json_tool[] = {
	TEXT("name", MAYBE, struct qb_tool, name),
	TEXT("version", MAYBE, struct qb_tool, version),
	TEXT("commit", MAYBE, struct qb_tool, commit),
	TEXT("compiler", MAYBE, struct qb_tool, compiler),
	TEXT("flags", MAYBE, struct qb_tool, flags),
	END
};

const struct qb_json_field qb_json_machine[] = {
	TEXT("fingerprint", MAYBE, struct qb_machine, fingerprint),
	TEXT("cpu", MAYBE, struct qb_machine, cpu),
	TEXT("architecture", MAYBE, struct qb_machine, architecture),
	COUNT("logical_cpus", MAYBE, struct qb_machine, logical_cpus),
	COUNT("cores", MAYBE, struct qb_machine, cores),
	COUNT("packages", MAYBE, struct qb_machine, packages),
	COUNT("numa_nodes", MAYBE, struct qb_machine, numa_nodes),
	PLAIN(FLAG, "smt", 0, struct qb_machine, smt),
	TEXT("allowed_cpus", MAYBE, struct qb_machine, allowed_cpus),
	PLAIN(NUMBER, "cpu_quota", MAYBE, struct qb_machine, cpu_quota),
	COUNT("memory_bytes", MAYBE, struct qb_machine, memory_bytes),
	TEXT("hypervisor", MAYBE, struct qb_machine, hypervisor),
	TEXT("kernel", MAYBE, struct qb_machine, kernel),
	TEXT("governor", MAYBE, struct qb_machine, governor),
	TEXT("clocksource", MAYBE, struct qb_machine, clocksource),
	END
};

const struct qb_json_field qb_json_protocol[] = {
	COUNT("runs", 0, struct qb_protocol, runs),
	COUNT("runs_max", 0, struct qb_protocol, runs_max),
	PLAIN(NUMBER, "precision", MAYBE, struct qb_protocol, precision),
	PLAIN(SECONDS, "time_s", 0, struct qb_protocol, time_ns),
	PLAIN(SECONDS, "warmup_s", 0, struct qb_protocol, warmup_ns),
	PLAIN(SECONDS, "interval_s", 0, struct qb_protocol, interval_ns),
	COUNT("messages", MAYBE, struct qb_protocol, message_count),
	PLAIN(SECONDS, "timeout_s", 0, struct qb_protocol, timeout_ns),
	PLAIN(SEED, "seed", 0, struct qb_protocol, seed),
	END
};

/* Stands among the protocol's members, but is the document's. */
const struct qb_json_field qb_json_hash[] = {
	TEXT("hash", MAYBE, struct qb_document, protocol_hash),
	END
};

const struct qb_json_field qb_json_warning[] = {
	TEXT("code", MUST, struct qb_warning, code),
	TEXT("text", MUST, struct qb_warning, text),
	END
};

const struct qb_json_field qb_json_case[] = {
	TEXT("key", MUST, struct qb_case, key),
	TEXT("impl", MUST, struct qb_case, impl),
	TEXT("plugin", MAYBE, struct qb_case, plugin),
	TEXT("workload", MUST, struct qb_case, workload),
	UP_TO("producers", THREAD_LIMIT, MUST, struct qb_case, producer_count),
	UP_TO("consumers", THREAD_LIMIT, MUST, struct qb_case, consumer_count),
	COUNT("batch", MUST, struct qb_case, batch),
	PLAIN(FLAG, "batch_emulated", 0, struct qb_case, batch_emulated),
	WORD("api", MUST, struct qb_case, api, api_word, QB_API_ZEROCOPY + 1),
	COUNT("message_size", MUST, struct qb_case, message_size),
	COUNT("capacity", MUST, struct qb_case, capacity),
	WORD("wait", MUST, struct qb_case, wait, wait_word, QB_WAIT_BLOCK + 1),
	WORD("pin", MUST, struct qb_case, pin, pin_word, QB_PIN_COUNT),
	PLAIN(FLAG, "pin_required", 0, struct qb_case, pin_required),
	PLAIN(FLAG, "oversubscribed", 0, struct qb_case, oversubscribed),
	PLAIN(FLAG, "proof", 0, struct qb_case, proof),
	UP_TO("rate", RATE_LIMIT, MAYBE, struct qb_case, rate),
	WORD("arrivals", MAYBE, struct qb_case, arrivals, arrivals_word, QB_ARRIVALS_COUNT),
	END
};

const struct qb_json_field qb_json_outcome[] = {
	WORD("status", MUST, struct qb_result, status, status_word, QB_STATUS_COUNT),
	TEXT("reason", MAYBE, struct qb_result, reason),
	END
};

const struct qb_json_field qb_json_delivery[] = {
	COUNT("sent", MUST, struct qb_delivery, sent),
	COUNT("received", MUST, struct qb_delivery, received),
	COUNT("lost", MUST, struct qb_delivery, lost),
	COUNT("duplicated", MUST, struct qb_delivery, duplicated),
	COUNT("reordered", MUST, struct qb_delivery, reordered),
	COUNT("corrupted", MUST, struct qb_delivery, corrupted),
	PLAIN(FLAG, "beyond_bitmap", 0, struct qb_delivery, beyond_bitmap),
	END
};

const struct qb_json_field qb_json_fault[] = {
	WORD("kind", MUST, struct qb_fault, kind, fault_word, QB_FAULT_CORRUPTED + 1),
	COUNT("consumer", 0, struct qb_fault, consumer),
	COUNT("registration", 0, struct qb_fault, registration),
	COUNT("sequence", 0, struct qb_fault, sequence),
	COUNT("expected", 0, struct qb_fault, expected),
	END
};

const struct qb_json_field qb_json_metric[] = {
	TEXT("unit", MUST, struct qb_metric, unit),
	PLAIN(FLAG, "gated", 0, struct qb_metric, gated),
	TEXT("reason", MAYBE, struct qb_metric, reason),
	COUNT("n", MUST, struct qb_metric, n),
	END
};

const struct qb_json_field qb_json_estimate[] = {
	PLAIN(NUMBER, "median", 0, struct qb_estimate, median),
	PLAIN(NUMBER, "mean", 0, struct qb_estimate, mean),
	PLAIN(NUMBER, "stddev", 0, struct qb_estimate, stddev),
	PLAIN(NUMBER, "cv", 0, struct qb_estimate, cv),
	PLAIN(NUMBER, "min", 0, struct qb_estimate, min),
	PLAIN(NUMBER, "max", 0, struct qb_estimate, max),
	PLAIN(NUMBER, "hl", 0, struct qb_estimate, hl),
	END
};

const struct qb_json_field qb_json_counter[] = {
	PLAIN(NUMBER, "value", 0, struct qb_counter, value),
	PLAIN(NUMBER, "per_message", 0, struct qb_counter, per_message),
	PLAIN(NUMBER, "coverage", 0, struct qb_counter, coverage),
	END
};

const struct qb_json_field qb_json_counter_absence[] = {
	TEXT("unavailable", 0, struct qb_counter, reason),
	TEXT("code", MAYBE, struct qb_counter, code),
	END
};

const struct qb_json_field qb_json_counter_roles[] = {
	PLAIN(NUMBER, "producer_per_message", 0, struct qb_counter, role_per_message[QB_PRODUCE]),
	PLAIN(NUMBER, "consumer_per_message", 0, struct qb_counter, role_per_message[QB_CONSUME]),
	END
};

const struct qb_json_field qb_json_run[] = {
	COUNT("order", 0, struct qb_run_record, order),
	PLAIN(HEX, "seed", 0, struct qb_run_record, seed),
	COUNT("start_unix_ms", 0, struct qb_run_record, start_unix_ms),
	WORD("status", MUST, struct qb_run_record, status, status_word, QB_STATUS_COUNT),
	TEXT("reason", MAYBE, struct qb_run_record, reason),
	PLAIN(NUMBER, "throughput", 0, struct qb_run_record, throughput),
	COUNT("window_ns", 0, struct qb_run_record, window_ns),
	COUNT("messages", 0, struct qb_run_record, messages),
	PLAIN(NUMBER, "steal_share", 0, struct qb_run_record, steal_share),
	PLAIN(NUMBER, "run_delay_share", 0, struct qb_run_record, run_delay_share),
	PLAIN(NUMBER, "foreign_share", 0, struct qb_run_record, foreign_share),
	PLAIN(NUMBER, "interrupts", 0, struct qb_run_record, interrupts),
	PLAIN(NUMBER, "throttled_periods", 0, struct qb_run_record, throttled_periods),
	PLAIN(NUMBER, "thermal_throttles", 0, struct qb_run_record, thermal_throttles),
	COUNT("involuntary_switches", 0, struct qb_run_record, involuntary_switches),
	COUNT("migrations", 0, struct qb_run_record, migrations),
	COUNT("minor_faults", 0, struct qb_run_record, minor_faults),
	COUNT("major_faults", 0, struct qb_run_record, major_faults),
	COUNT("pins_refused", 0, struct qb_run_record, pins_refused),
	TEXT("perf_ctl", MAYBE, struct qb_run_record, perf_ctl),
	PLAIN(FLAG, "clock_checked", 0, struct qb_run_record, clock_checked),
	PLAIN(SIGNED, "clock_disagreement_ppm", 0, struct qb_run_record, clock_disagreement_ppm),
	PLAIN(SIGNED, "trending", 0, struct qb_run_record, trending),
	PLAIN(FLAG, "disturbed", 0, struct qb_run_record, disturbed),
	END
};

const struct qb_json_field qb_json_latency[] = {
	COUNT("due", 0, struct qb_latency_record, due_count),
	PLAIN(NUMBER, "backlog_growth", 0, struct qb_latency_record, backlog_growth),
	COUNT("unsent", 0, struct qb_latency_record, unsent_count),
	PLAIN(FLAG, "saturated", 0, struct qb_latency_record, saturated),
	PLAIN(FLAG, "by_ticks", 0, struct qb_latency_record, by_ticks),
	PLAIN(NUMBER, "timer_overhead_ns", 0, struct qb_latency_record, timer_ns),
	END
};

const struct qb_json_field qb_json_fairness[] = {
	PLAIN(NUMBER, "jain", 0, struct qb_fairness, jain),
	PLAIN(NUMBER, "min_share", 0, struct qb_fairness, min_share),
	PLAIN(NUMBER, "max_share", 0, struct qb_fairness, max_share),
	END
};

const struct qb_json_field qb_json_flow[] = {
	PLAIN(NUMBER, "producer_misses_per_message", 0,
	      struct qb_flow, producer_misses_per_message),
	PLAIN(NUMBER, "consumer_misses_per_message", 0,
	      struct qb_flow, consumer_misses_per_message),
	PLAIN(NUMBER, "producer_batch_mean", 0, struct qb_flow, producer_batch_mean),
	PLAIN(NUMBER, "consumer_batch_mean", 0, struct qb_flow, consumer_batch_mean),
	PLAIN(NUMBER, "producer_full_share", 0, struct qb_flow, producer_full_share),
	PLAIN(NUMBER, "consumer_empty_share", 0, struct qb_flow, consumer_empty_share),
	PLAIN(NUMBER, "sleeps_per_message", 0, struct qb_flow, sleeps_per_message),
	PLAIN(NUMBER, "switches_per_second", 0, struct qb_flow, switches_per_second),
	PLAIN(NUMBER, "slices_lost_per_second", 0, struct qb_flow, slices_lost_per_second),
	END
};

const struct qb_json_field qb_json_control[] = {
	TEXT("name", MUST, struct qb_control, name),
	UP_TO("cpu_a", INT_MAX, MUST, struct qb_control, cpu_a),
	UP_TO("cpu_b", INT_MAX, MUST, struct qb_control, cpu_b),
	END
};

const struct qb_json_field qb_json_program[] = {
	TEXT("path", MUST, struct qb_program, path),
	TEXT("sha256", MUST, struct qb_program, sha256),
	END
};

const struct qb_json_field qb_json_bound[] = {
	TEXT("relation", MUST, struct qb_bound, relation),
	UP_TO("cpu_a", INT_MAX, MUST, struct qb_bound, cpu_a),
	UP_TO("cpu_b", INT_MAX, MUST, struct qb_bound, cpu_b),
	PLAIN(NUMBER, "lanes", 0, struct qb_bound, lanes),
	PLAIN(NUMBER, "limit", 0, struct qb_bound, limit),
	PLAIN(NUMBER, "pattern", 0, struct qb_bound, pattern),
	PLAIN(NUMBER, "pattern_batch", 0, struct qb_bound, pattern_batch),
	PLAIN(NUMBER, "share_of_pattern", 0, struct qb_bound, share_of_pattern),
	PLAIN(NUMBER, "ceiling", 0, struct qb_bound, ceiling),
	PLAIN(NUMBER, "round_trip_ns", 0, struct qb_bound, round_trip_ns),
	PLAIN(FLAG, "same_sitting", 0, struct qb_bound, same_sitting),
	PLAIN(FLAG, "disturbed", 0, struct qb_bound, disturbed),
	COUNT("measured_unix_ms", 0, struct qb_bound, measured_unix_ms),
	PLAIN(NUMBER, "age_s", 0, struct qb_bound, age_s),
	END
};
/* clang-format on */

uint64_t qb_json_count_get(const struct qb_json_field *field, const void *base)
{
	const char *at = (const char *)base + field->offset;
	uint64_t wide;
	unsigned narrow;

	if (field->size == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

int64_t qb_json_signed_get(const struct qb_json_field *field, const void *base)
{
	const uint64_t value = qb_json_count_get(field, base);

	return field->size == sizeof(int) ? (int)(unsigned)value : (int64_t)value;
}

void qb_json_count_set(const struct qb_json_field *field, void *base, uint64_t value)
{
	const unsigned narrow = (unsigned)value;
	char *at = (char *)base + field->offset;

	if (field->size == sizeof(narrow))
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &value, sizeof(value));
}
