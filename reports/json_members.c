/* json_members -- members listed as data, written one by one. */
#include "reports/json_members.h"

static void write_digits(struct qb_json_writer *writer, const struct qb_json_field *field,
                         uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), field->kind == QB_JSON_HEX ? "%016llx" : "%llu",
	         (unsigned long long)value);
	qb_json_writer_text(writer, field->key, digits);
}

static void write_count(struct qb_json_writer *writer, const struct qb_json_field *field,
                        uint64_t count)
{
	if ((field->flags & QB_JSON_ABSENT_IS_0) && count == 0)
		qb_json_writer_null(writer, field->key);
	else if (field->kind == QB_JSON_SEED && count > INT64_MAX)
		write_digits(writer, field, count);
	else
		qb_json_writer_count(writer, field->key, count > INT64_MAX ? INT64_MAX : count);
}

static void write_number(struct qb_json_writer *writer, const struct qb_json_field *field,
                         const char *at)
{
	double number;

	memcpy(&number, at, sizeof(number));
	if ((field->flags & QB_JSON_ABSENT_IS_0) && !(number > 0))
		qb_json_writer_null(writer, field->key);
	else
		qb_json_writer_number(writer, field->key, number);
}

static void write_member(struct qb_json_writer *writer, const struct qb_json_field *field,
                         const void *base)
{
	const char *at = (const char *)base + field->offset;

	switch (field->kind) {
	case QB_JSON_TEXT:
		if (field->flags & QB_JSON_ABSENT_IS_0)
			qb_json_writer_text_or_null(writer, field->key, at);
		else
			qb_json_writer_text(writer, field->key, at);
		break;
	case QB_JSON_COUNT:
	case QB_JSON_SEED:
		write_count(writer, field, qb_json_count_get(field, base));
		break;
	case QB_JSON_SIGNED:
		qb_json_writer_number(writer, field->key, (double)qb_json_signed_get(field, base));
		break;
	case QB_JSON_HEX:
		write_digits(writer, field, qb_json_count_get(field, base));
		break;
	case QB_JSON_SECONDS:
		qb_json_writer_number(writer, field->key,
		                      (double)qb_json_count_get(field, base) / 1e9);
		break;
	case QB_JSON_NUMBER:
		write_number(writer, field, at);
		break;
	case QB_JSON_FLAG:
		qb_json_writer_flag(writer, field->key, *(const bool *)at);
		break;
	case QB_JSON_WORD:
		qb_json_writer_text(writer, field->key,
		                    field->word((int)qb_json_count_get(field, base)));
		break;
	}
}

void qb_json_members_write(struct qb_json_writer *writer, const struct qb_json_field *fields,
                           const void *base)
{
	for (; fields->key; fields++)
		write_member(writer, fields, base);
}

void qb_json_members_write_warnings(struct qb_json_writer *writer, const char *key,
                                    const struct qb_warning *warnings, size_t count)
{
	qb_json_writer_open_list(writer, key);
	for (size_t index = 0; index < count; index++) {
		qb_json_writer_open_object(writer, NULL);
		qb_json_writer_flatten(writer);
		qb_json_members_write(writer, qb_json_warning, &warnings[index]);
		qb_json_writer_close(writer);
	}
	qb_json_writer_close(writer);
}
