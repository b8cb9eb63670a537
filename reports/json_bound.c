/* json_bound.c -- what a result is held against and what it means, read back.  Files of earlier
 * versions have neither. */
#include "reports/json_bound.h"

static void read_bound(struct qb_json_reader *r, const struct qb_json_place *up,
                       struct qb_bound *bound)
{
	static const struct qb_json_field reason_field = { .key = "unavailable",
		                                           .kind = QB_JSON_TEXT,
		                                           .size = sizeof(bound->reason) };
	const struct qb_json_place at = qb_json_place_member(up, "bound");
	const struct qb_json_place reason = qb_json_place_member(&at, "unavailable");

	*bound = (struct qb_bound){ .cpu_a = QB_CPU_NONE, .cpu_b = QB_CPU_NONE };
	if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, true))
		return;
	bound->known = !reason.value;
	if (bound->known)
		qb_json_place_fields(r, &at, qb_json_bound, bound);
	else
		qb_json_place_field(r, &reason, &reason_field, bound->reason);
}

static void read_readings(struct qb_json_reader *r, const struct qb_json_place *up,
                          struct qb_result *result)
{
	const struct qb_json_place list = qb_json_place_member(up, "readings");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	if (qb_json_place_count(&list) > QB_READINGS_MAX) {
		qb_json_place_refuse(r, &list, "holds more than %d", QB_READINGS_MAX);
		return;
	}
	qb_json_place_objects(r, &list, qb_json_warning, result->readings,
	                      sizeof(result->readings[0]));
	result->reading_count = (unsigned)qb_json_place_count(&list);
}

void qb_json_bound_read(struct qb_json_reader *r, const struct qb_json_place *at,
                        struct qb_result *result)
{
	read_bound(r, at, &result->bound);
	read_readings(r, at, result);
}
