/* counters_resolve -- trying what opens.
 *
 * That libpfm4 knows a CPU does not mean that the kernel can count on it, nor the other way round;
 * only opening tells.  Each event is tried alone, in this thread, and closed again. */
#include "perfcounters/counters_resolve.h"

#include <ctype.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PERF_PMU_TYPE_SHIFT, which headers before Linux 5.13 lack. */
#define EXTENDED_TYPE_SHIFT 32

static int try_open(const struct qb_counters_system *system, const struct qb_unit_member *member)
{
	const struct qb_unit_place self = { 0, -1 };
	const int fd = qb_counters_unit_open_one(system, member, self, -1);

	if (fd >= 0)
		system->close(fd);
	return fd < 0 ? fd : 0;
}

static int try_software(const struct qb_counters_system *system, uint64_t config, bool user_only)
{
	const struct qb_unit_member member = {
		.code = { .type = PERF_TYPE_SOFTWARE, .config = config },
		.user_only = user_only,
	};

	return try_open(system, &member);
}

int qb_counters_resolve_access(const struct qb_counters_system *system,
                               struct qb_counters *counters, struct qb_counters_why *ret_why)
{
	const struct qb_absence_facts *facts = &counters->machine.facts;
	const int rc = try_software(system, PERF_COUNT_SW_DUMMY, true);
	const struct qb_absence_refusal refusal = {
		.err = -rc,
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.event = "software events",
		.pmu = "software",
	};

	/* A kernel without this one event may have others. */
	if (rc < 0 && rc != -ENOENT && rc != -EINVAL) {
		qb_absence_refused(facts, &refusal, ret_why);
		return rc;
	}
	counters->migrations = try_software(system, PERF_COUNT_SW_CPU_MIGRATIONS, false) == 0;
	if (counters->scope == QB_COUNTERS_ALL &&
	    try_software(system, PERF_COUNT_SW_DUMMY, false) == -EACCES) {
		counters->scope = QB_COUNTERS_USER;
		qb_absence_set(&counters->notes[counters->note_count++], QB_ABSENCE_DENIED, EACCES,
		               "counting user mode only: paranoid is %d", facts->paranoid);
	}
	return 0;
}

int qb_counters_resolve_name(const char *request, struct qb_counters_event *ret_event,
                             struct qb_counters_why *ret_why)
{
	const char *equals = strchr(request, '=');
	const char *colon = strchr(request, ':');
	/* Attributes of an event hold `=` too, behind a colon. */
	const bool named = equals && (!colon || equals < colon);
	const char *event = named ? equals + 1 : request;
	const size_t length = named ? (size_t)(equals - request) : strlen(request);

	memset(ret_event, 0, sizeof(*ret_event));
	if (length == 0 || *event == '\0')
		return qb_absence_set(ret_why, QB_ABSENCE_OTHER, EINVAL, "'%s' names no event",
		                      request);
	if (length >= sizeof(ret_event->name) || strlen(event) >= sizeof(ret_event->source))
		return qb_absence_set(ret_why, QB_ABSENCE_OTHER, EINVAL,
		                      "'%.100s' is too long for an event", request);
	memcpy(ret_event->name, request, length);
	snprintf(ret_event->source, sizeof(ret_event->source), "%s", event);
	ret_event->semantic = qb_semantic_events_find(event);
	return 0;
}

/* `rNNNN`, as perf writes raw codes. */
static bool parse_raw(const char *text, struct qb_event_code *ret_code)
{
	char *end;

	if (text[0] != 'r' || !isxdigit((unsigned char)text[1]))
		return false;
	*ret_code = (struct qb_event_code){ .type = PERF_TYPE_RAW,
		                            .config = strtoull(text + 1, &end, 16) };
	return *end == '\0';
}

/* True if a core PMU counts events of that type. */
static bool is_core(const struct qb_counters_machine *machine, uint32_t type)
{
	for (unsigned i = 0; i < machine->pmu_count; i++)
		if (type == machine->pmus[i].type)
			return true;
	return type == PERF_TYPE_HARDWARE || type == PERF_TYPE_HW_CACHE || type == PERF_TYPE_RAW;
}

/* Directs a code to one PMU.  A generic event counts on one core type only, unless the other is
 * named in the upper half of config; a raw one goes to a PMU by its type. */
static void direct(const struct qb_counters_machine *machine, unsigned pmu,
                   struct qb_event_code *code)
{
	const uint32_t type = machine->pmus[pmu].type;

	if (!machine->facts.core_pmu)
		return;
	if (code->type == PERF_TYPE_RAW)
		code->type = type;
	else if (machine->pmu_count > 1 && is_core(machine, code->type) && code->type != type)
		code->config |= (uint64_t)type << EXTENDED_TYPE_SHIFT;
}

/* One attempt: opens the code on the PMU, and keeps it or the reason. */
static bool attempt(const struct qb_counters_system *system, const struct qb_counters *counters,
                    struct qb_counters_event *event, unsigned pmu, struct qb_event_code code)
{
	struct qb_unit_member member = { .user_only = counters->scope == QB_COUNTERS_USER };
	struct qb_absence_refusal refusal = { .event = event->name };
	int rc;

	direct(&counters->machine, pmu, &code);
	event->core = is_core(&counters->machine, code.type);
	member.code = code;
	rc = try_open(system, &member);
	/* PMUs that are shared by all CPUs cannot leave the kernel out. */
	if (rc == -EINVAL && !event->core && member.user_only) {
		member.user_only = false;
		rc = try_open(system, &member);
	}
	if (rc == 0) {
		event->on[pmu].member = member;
		event->on[pmu].available = true;
		event->on[pmu].why.code = QB_ABSENCE_NONE;
		return true;
	}
	refusal.err = -rc;
	refusal.type = code.type;
	refusal.config = code.config;
	refusal.pmu = counters->machine.pmus[pmu].name;
	/* The first reason is the best event's; but any is better than "missing". */
	if (!event->on[pmu].why.code || event->on[pmu].why.code == QB_ABSENCE_EVENT_MISSING)
		qb_absence_refused(&counters->machine.facts, &refusal, &event->on[pmu].why);
	return false;
}

/* Encodes a candidate; -ENOENT if it is not to be had. */
static int encode(const struct qb_counters_system *system,
                  const struct qb_event_candidate *candidate, struct qb_event_code *ret_code)
{
	*ret_code = candidate->code;
	if (candidate->generic || candidate->name[0] == '\0')
		return 0;
	return system->encode(candidate->name, ret_code) < 0 ? -ENOENT : 0;
}

/* False if the PMU says itself that it lacks the event of this meaning. */
static bool implemented(const struct qb_counters_system *system, const struct qb_core_pmu *pmu,
                        enum qb_event semantic)
{
	struct qb_event_code code;
	const char *name = qb_semantic_events_row(semantic, pmu->march, &code);

	return !name || qb_counters_machine_implements(system, pmu, name, code.config);
}

static void resolve_own(const struct qb_counters_system *system, const struct qb_counters *counters,
                        struct qb_counters_event *event, unsigned pmu)
{
	const struct qb_core_pmu *which = &counters->machine.pmus[pmu];
	const enum qb_event semantic = (enum qb_event)event->semantic;
	struct qb_event_candidate ways[QB_CANDIDATES_MAX];
	const size_t count = qb_semantic_events_candidates(semantic, which->march, ways);
	const bool native = implemented(system, which, semantic);
	struct qb_event_code code;

	for (size_t i = 0; i < count; i++) {
		if ((!native && !ways[i].generic) || encode(system, &ways[i], &code) < 0)
			continue;
		if (!attempt(system, counters, event, pmu, code))
			continue;
		event->generic = ways[i].generic;
		if (ways[i].name[0])
			snprintf(event->source, sizeof(event->source), "%.*s",
			         (int)sizeof(event->source) - 1, ways[i].name);
		else
			snprintf(event->source, sizeof(event->source), "raw 0x%llx",
			         (unsigned long long)code.config);
		return;
	}
}

/* A name without a table is meant for this core type's own: libpfm4 would take the first CPU that
 * it detects, and detects none that is newer than itself. */
static int encode_users(const struct qb_counters_system *system, const struct qb_core_pmu *pmu,
                        const char *event, struct qb_event_code *ret_code)
{
	char full[128];

	if (parse_raw(event, ret_code))
		return 0;
	for (const char *const *table = qb_semantic_events_tables(pmu->march);
	     *table && !strstr(event, "::"); table++) {
		snprintf(full, sizeof(full), "%s::%s", *table, event);
		if (system->encode(full, ret_code) == 0)
			return 0;
	}
	return system->encode(event, ret_code);
}

static void resolve_users(const struct qb_counters_system *system,
                          const struct qb_counters *counters, struct qb_counters_event *event,
                          unsigned pmu)
{
	struct qb_event_code code = { 0 };
	const int rc = encode_users(system, &counters->machine.pmus[pmu], event->source, &code);

	if (rc == -ENOSYS)
		qb_absence_set(&event->on[pmu].why, QB_ABSENCE_NO_LIBRARY, ENOSYS,
		               "%s: built without libpfm4; give the raw code, as rNNNN",
		               event->name);
	else if (rc < 0)
		qb_absence_set(&event->on[pmu].why, QB_ABSENCE_EVENT_MISSING, ENOENT,
		               "%s: libpfm4 knows no event '%s' for this machine", event->name,
		               event->source);
	else
		attempt(system, counters, event, pmu, code);
}

/* No encoding at all was worth a try. */
static void tell_missing(const struct qb_counters *counters, struct qb_counters_event *event,
                         unsigned pmu)
{
	const struct qb_absence_refusal refusal = {
		.err = ENOENT,
		.event = event->name,
		.pmu = counters->machine.pmus[pmu].name,
	};

	qb_absence_refused(&counters->machine.facts, &refusal, &event->on[pmu].why);
}

void qb_counters_resolve_event(const struct qb_counters_system *system,
                               const struct qb_counters *counters, struct qb_counters_event *event)
{
	for (unsigned pmu = 0; pmu < counters->machine.pmu_count; pmu++) {
		if (event->semantic >= 0)
			resolve_own(system, counters, event, pmu);
		else
			resolve_users(system, counters, event, pmu);
		if (!event->on[pmu].available && !event->on[pmu].why.code)
			tell_missing(counters, event, pmu);
	}
}
