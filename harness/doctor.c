/* doctor -- runs the tables of checks and puts the worst first. */
#include "harness/doctor.h"

#include <stdarg.h>
#include <stdio.h>

static const struct qb_doctor_check *const tables[] = { qb_doctor_load, qb_doctor_machine,
	                                                qb_doctor_settings };

const char *qb_doctor_health_name(enum qb_health health)
{
	static const char *const names[] = { "ok", "note", "unknown", "warning" };

	return names[health];
}

enum qb_health qb_doctor_say(struct qb_finding *finding, enum qb_health health, const char *format,
                             ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	return health;
}

void qb_doctor_mend(struct qb_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->mend, sizeof(finding->mend), format, arguments);
	va_end(arguments);
}

static size_t run_table(const struct qb_doctor_check *check, const struct qb_doctor_facts *facts,
                        struct qb_finding *ret_findings, size_t max)
{
	size_t count = 0;

	for (; check->code && count < max; check++) {
		struct qb_finding *finding = &ret_findings[count++];

		*finding = (struct qb_finding){ .code = check->code };
		finding->health = check->look(facts, finding);
		if (finding->health != QB_HEALTH_OK)
			finding->effect = check->effect;
	}
	return count;
}

/* Stable, by insertion: the lists are short. */
static void sort(struct qb_finding *findings, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct qb_finding moved = findings[i];
		size_t at = i;

		for (; at > 0 && findings[at - 1].health < moved.health; at--)
			findings[at] = findings[at - 1];
		findings[at] = moved;
	}
}

size_t qb_doctor_examine(const struct qb_doctor_facts *facts,
                         struct qb_finding ret_findings[QB_DOCTOR_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count += run_table(tables[i], facts, ret_findings + count, QB_DOCTOR_MAX - count);
	sort(ret_findings, count);
	return count;
}
