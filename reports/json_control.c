/* json_control.c -- how fast the machine itself was, read back. */
#include "reports/json_control.h"

#define VALUES_MAX ((size_t)1000000)

static void read_values(struct qb_json_reader *r, const struct qb_json_place *list,
                        struct qb_control *control)
{
	if (!qb_json_place_expect(r, list, QB_JSON_LIST, false))
		return;
	control->values = qb_json_place_allocate(r, list, VALUES_MAX, sizeof(double));
	if (!control->values)
		return;
	control->n = (unsigned)qb_json_place_count(list);
	qb_json_place_numbers(r, list, control->values);
	for (unsigned i = 0; i < control->n && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(list, i);

		if (!(control->values[i] > 0))
			qb_json_place_refuse(r, &at, "is no speed");
	}
}

void qb_json_control_read(struct qb_json_reader *r, const struct qb_json_place *root,
                          struct qb_control *control)
{
	static const struct qb_json_field reason_field = { .key = "unavailable",
		                                           .kind = QB_JSON_TEXT,
		                                           .size = sizeof(control->reason) };
	const struct qb_json_place at = qb_json_place_member(root, "control");
	const struct qb_json_place reason = qb_json_place_member(&at, "unavailable");
	const struct qb_json_place values = qb_json_place_member(&at, "values");

	if (!qb_json_place_expect(r, &at, QB_JSON_OBJECT, true))
		return;
	if (reason.value) {
		qb_json_place_field(r, &reason, &reason_field, control->reason);
		return;
	}
	qb_json_place_fields(r, &at, qb_json_control, control);
	read_values(r, &values, control);
}
