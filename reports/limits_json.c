/* limits_json -- qbench-limits/1: every limit of every pair with its date, and back.
 *
 * The same file is the cache, so what is written is read by the same table. */
#include <math.h>

#include "reports/json_members.h"
#include "reports/json_place.h"
#include "reports/limits_report.h"

#define SCHEMA     "qbench-limits/1"
#define LIMITS_MAX 4000000 /* a thousand CPUs in pairs would have more; nobody waits for them */

static const char *relation_word(int value)
{
	return qb_limits_relation_name((enum qb_relation)value);
}

/* clang-format off */
#define MEMBER(key, kind, flags, member) \
	key, kind, flags, offsetof(struct qb_limit, member), sizeof(((struct qb_limit *)0)->member)

static const struct qb_json_field limit_fields[] = {
	{ MEMBER("name", QB_JSON_TEXT, QB_JSON_REQUIRED, name), 0, NULL, 0 },
	{ MEMBER("unit", QB_JSON_TEXT, QB_JSON_REQUIRED, unit), 0, NULL, 0 },
	{ MEMBER("relation", QB_JSON_WORD, QB_JSON_REQUIRED, pair.relation),
	  0, relation_word, QB_RELATION_COUNT },
	{ MEMBER("cpu_a", QB_JSON_COUNT, QB_JSON_REQUIRED, pair.cpu_a), INT_MAX, NULL, 0 },
	{ NULL, QB_JSON_TEXT, 0, 0, 0, 0, NULL, 0 },
};
static const struct qb_json_field cpu_b_field =
	{ MEMBER("cpu_b", QB_JSON_COUNT, 0, pair.cpu_b), INT_MAX, NULL, 0 };

static const struct qb_json_field figure_fields[] = {
	{ MEMBER("value", QB_JSON_NUMBER, 0, value), 0, NULL, 0 },
	{ MEMBER("min", QB_JSON_NUMBER, 0, min), 0, NULL, 0 },
	{ MEMBER("max", QB_JSON_NUMBER, 0, max), 0, NULL, 0 },
	{ MEMBER("n", QB_JSON_COUNT, QB_JSON_REQUIRED, n), 0, NULL, 0 },
	{ MEMBER("measured_unix_ms", QB_JSON_COUNT, QB_JSON_REQUIRED, measured_unix_ms),
	  0, NULL, 0 },
	{ MEMBER("reason", QB_JSON_TEXT, QB_JSON_ABSENT_IS_0, reason), 0, NULL, 0 },
	{ NULL, QB_JSON_TEXT, 0, 0, 0, 0, NULL, 0 },
};
/* clang-format on */

static void write_limit(struct qb_json_writer *json, const struct qb_limit *limit)
{
	struct qb_limit shown = *limit;

	if (!shown.measured)
		shown.value = shown.min = shown.max = NAN;
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_flatten(json);
	qb_json_members_write(json, limit_fields, &shown);
	if (shown.pair.cpu_b == QB_CPU_NONE)
		qb_json_writer_null(json, cpu_b_field.key);
	else
		qb_json_writer_count(json, cpu_b_field.key, (uint64_t)shown.pair.cpu_b);
	qb_json_writer_text(json, "better", shown.higher_is_better ? "higher" : "lower");
	qb_json_members_write(json, figure_fields, &shown);
	qb_json_writer_close(json);
}

int qb_limits_json_write(const struct qb_limits_document *document,
                         const struct qb_report_style *style, FILE *stream)
{
	struct qb_json_writer json;

	(void)style;
	qb_json_writer_begin(&json, stream);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", SCHEMA);
	qb_json_writer_open_object(&json, "tool");
	qb_json_members_write(&json, qb_json_tool, &document->tool);
	qb_json_writer_close(&json);
	qb_json_writer_text(&json, "created", document->created);
	qb_json_writer_open_object(&json, "machine");
	qb_json_members_write(&json, qb_json_machine, &document->machine);
	qb_json_members_write_warnings(&json, "warnings", document->machine.warnings,
	                               document->machine.warning_count);
	qb_json_writer_close(&json);
	qb_json_writer_flag(&json, "cached", document->cached);
	qb_json_writer_flag(&json, "interrupted", document->limits.interrupted);
	qb_json_writer_open_list(&json, "limits");
	for (size_t i = 0; i < document->limits.count; i++)
		write_limit(&json, &document->limits.limits[i]);
	qb_json_writer_close(&json);
	qb_json_writer_close(&json);
	return 0;
}

static void read_limit(struct qb_json_reader *r, const struct qb_json_place *at,
                       struct qb_limit *limit)
{
	const struct qb_json_place cpu_b = qb_json_place_member(at, cpu_b_field.key);
	const struct qb_json_place better = qb_json_place_member(at, "better");

	if (!qb_json_place_expect(r, at, QB_JSON_OBJECT, false) ||
	    !qb_json_place_expect(r, &better, QB_JSON_STRING, false))
		return;
	limit->pair.cpu_b = QB_CPU_NONE;
	qb_json_place_fields(r, at, limit_fields, limit);
	if (cpu_b.value && !qb_json_place_is_null(&cpu_b))
		qb_json_place_field(r, &cpu_b, &cpu_b_field, limit);
	limit->higher_is_better = strcmp(qb_json_place_text(&better), "higher") == 0;
	qb_json_place_fields(r, at, figure_fields, limit);
	limit->measured = limit->n > 0;
	if (limit->measured &&
	    !(isfinite(limit->value) && isfinite(limit->min) && isfinite(limit->max)))
		qb_json_place_refuse(r, at, "was measured but has no figure");
}

/* The limits of a pair stand together; a pair begins where another one ended. */
static void collect_pairs(struct qb_limits *limits)
{
	for (size_t i = 0; i < limits->count; i++) {
		const struct qb_cpu_pair *pair = &limits->limits[i].pair;
		const struct qb_cpu_pair *last = limits->pairs + limits->pair_count - 1;

		if (limits->pair_count == 0 || pair->cpu_a != last->cpu_a ||
		    pair->cpu_b != last->cpu_b)
			limits->pairs[limits->pair_count++] = *pair;
	}
}

static void read_limits(struct qb_json_reader *r, const struct qb_json_place *root,
                        struct qb_limits *limits)
{
	const struct qb_json_place list = qb_json_place_member(root, "limits");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, false))
		return;
	limits->limits = qb_json_place_allocate(r, &list, LIMITS_MAX, sizeof(*limits->limits));
	limits->pairs = qb_json_place_allocate(r, &list, LIMITS_MAX, sizeof(*limits->pairs));
	limits->count = limits->limits && limits->pairs ? qb_json_place_count(&list) : 0;
	for (size_t i = 0; i < limits->count && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);

		read_limit(r, &at, &limits->limits[i]);
	}
	collect_pairs(limits);
}

static void read_document(struct qb_json_reader *r, const struct qb_json_place *root,
                          struct qb_limits_document *document)
{
	static const struct qb_json_field created = { .key = "created",
		                                      .kind = QB_JSON_TEXT,
		                                      .size = sizeof(document->created) };
	const struct qb_json_place schema = qb_json_place_member(root, "schema");
	const struct qb_json_place machine = qb_json_place_member(root, "machine");
	const struct qb_json_place date = qb_json_place_member(root, "created");

	if (!qb_json_place_expect(r, root, QB_JSON_OBJECT, false) ||
	    !qb_json_place_expect(r, &schema, QB_JSON_STRING, false))
		return;
	if (strcmp(qb_json_place_text(&schema), SCHEMA) != 0)
		qb_json_place_refuse(r, &schema, "is '%.40s', but only '%s' is understood",
		                     qb_json_place_text(&schema), SCHEMA);
	if (!qb_json_place_expect(r, &machine, QB_JSON_OBJECT, false))
		return;
	qb_json_place_fields(r, &machine, qb_json_machine, &document->machine);
	qb_json_place_field(r, &date, &created, document->created);
	read_limits(r, root, &document->limits);
}

int qb_limits_json_load(const char *path, struct qb_limits_document *ret_document,
                        struct qb_error *error)
{
	struct qb_json_reader r = { .name = qb_json_text_name(path), .error = error };
	struct qb_limits_document document = { .created = "" };
	struct qb_json_text text;
	struct qb_json_place root;
	FILE *stream = fopen(path, "re");
	int status;

	if (!stream)
		return qb_error_set(error, errno, "cannot open '%s': %s", r.name, strerror(errno));
	status = qb_json_text_read(stream, path, &text, error);
	fclose(stream);
	if (status != 0)
		return status;
	status = qb_json_place_open(&r, &text, &root);
	qb_json_text_finish(&text);
	if (status != 0)
		return status;
	read_document(&r, &root, &document);
	qb_json_place_close(&r);
	if (r.status == 0)
		*ret_document = document;
	else
		qb_limits_finish(&document.limits);
	return r.status;
}
