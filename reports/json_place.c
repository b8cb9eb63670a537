/* json_place.c -- values of a JSON file with their places: types, ranges and lengths are checked
 * here, so that what reads the document only says what it wants where.
 *
 * A value that does not fit exactly is refused, because a figure read wrongly would be compared as
 * if it were right. */
#include "reports/json_place.h"

#include <jansson.h>
#include <math.h>

static size_t print_place(const struct qb_json_place *at, char *text, size_t size)
{
	size_t used;

	text[0] = '\0';
	if (!at->up)
		return 0;
	used = print_place(at->up, text, size);
	if (at->key)
		snprintf(text + used, size - used, "%s%.40s", used ? "." : "", at->key);
	else
		snprintf(text + used, size - used, "[%zu]", at->index);
	return strlen(text);
}

/* What a file holds may be anything; a sentence is one line without control codes. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

void qb_json_place_refuse(struct qb_json_reader *r, const struct qb_json_place *at,
                          const char *format, ...)
{
	char place[100], why[100];
	va_list arguments;

	if (r->status != 0)
		return;
	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	print_place(at, place, sizeof(place));
	r->status = qb_error_set(r->error, EINVAL, "'%.80s': %s %s", r->name,
	                         place[0] ? place : "the document", why);
	make_printable(r->error->text);
}

static int refuse_memory(struct qb_json_reader *r)
{
	return qb_error_set(r->error, ENOMEM, "cannot read '%.80s': out of memory", r->name);
}

int qb_json_place_open(struct qb_json_reader *r, const struct qb_json_text *text,
                       struct qb_json_place *ret_root)
{
	json_error_t error;

	r->root = json_loadb(text->bytes, text->size, JSON_REJECT_DUPLICATES, &error);
	if (!r->root && (!error.text[0] || json_error_code(&error) == json_error_out_of_memory)) {
		r->status = refuse_memory(r);
		return r->status;
	}
	if (!r->root) {
		r->status = qb_error_set(r->error, EINVAL,
		                         "'%.80s' is no valid JSON at line %d, column %d: %.80s",
		                         r->name, error.line, error.column, error.text);
		make_printable(r->error->text);
		return r->status;
	}
	*ret_root = (struct qb_json_place){ NULL, NULL, 0, r->root };
	return 0;
}

void qb_json_place_close(struct qb_json_reader *r)
{
	json_decref(r->root);
	r->root = NULL;
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

/* Says that the value is not what was wanted ("a count"), or not there at all. */
static void refuse_type(struct qb_json_reader *r, const struct qb_json_place *at,
                        const char *wanted)
{
	if (!at->value)
		qb_json_place_refuse(r, at, "is missing");
	else
		qb_json_place_refuse(r, at, "is %s, not %s", type_name(at->value), wanted);
}

bool qb_json_place_expect(struct qb_json_reader *r, const struct qb_json_place *at,
                          enum qb_json_type type, bool may_be_absent)
{
	static const struct {
		json_type type;
		const char *name;
	} types[] = {
		[QB_JSON_OBJECT] = { JSON_OBJECT, "an object" },
		[QB_JSON_LIST] = { JSON_ARRAY, "a list" },
		[QB_JSON_STRING] = { JSON_STRING, "a string" },
	};

	if (at->value && json_typeof(at->value) == types[type].type)
		return r->status == 0;
	if (!may_be_absent || (at->value && !json_is_null(at->value)))
		refuse_type(r, at, types[type].name);
	return false;
}

struct qb_json_place qb_json_place_member(const struct qb_json_place *at, const char *key)
{
	return (struct qb_json_place){ at, key, 0, json_object_get(at->value, key) };
}

struct qb_json_place qb_json_place_element(const struct qb_json_place *at, size_t index)
{
	return (struct qb_json_place){ at, NULL, index, json_array_get(at->value, index) };
}

size_t qb_json_place_count(const struct qb_json_place *at)
{
	return json_is_object(at->value) ? json_object_size(at->value) : json_array_size(at->value);
}

struct qb_json_place qb_json_place_nth(const struct qb_json_place *at, size_t n)
{
	json_t *object = (json_t *)(uintptr_t)at->value; /* iterators want it writable */
	void *iterator = json_object_iter(object);

	while (n-- > 0)
		iterator = json_object_iter_next(object, iterator);
	return (struct qb_json_place){ at, json_object_iter_key(iterator), 0,
		                       json_object_iter_value(iterator) };
}

bool qb_json_place_is_null(const struct qb_json_place *at) { return json_is_null(at->value); }

const char *qb_json_place_text(const struct qb_json_place *at)
{
	return json_string_value(at->value);
}

static void read_text(struct qb_json_reader *r, const struct qb_json_place *at,
                      const struct qb_json_field *field, void *base)
{
	const size_t length = json_string_length(at->value);

	if (!json_is_string(at->value))
		refuse_type(r, at, "a string");
	else if (length >= field->size)
		qb_json_place_refuse(r, at, "is longer than %zu bytes", field->size - 1);
	else
		memcpy((char *)base + field->offset, json_string_value(at->value), length + 1);
}

static void read_count(struct qb_json_reader *r, const struct qb_json_place *at,
                       const struct qb_json_field *field, void *base)
{
	const uint64_t widest = field->size == sizeof(unsigned) ? UINT_MAX : INT64_MAX;
	const uint64_t limit = field->limit ? field->limit : widest;
	const json_int_t value = json_integer_value(at->value);

	if (!json_is_integer(at->value))
		refuse_type(r, at, "a whole number");
	else if (value < 0 || (uint64_t)value > limit)
		qb_json_place_refuse(r, at, "is out of range: %lld", (long long)value);
	else
		qb_json_count_set(field, base, (uint64_t)value);
}

static void read_signed(struct qb_json_reader *r, const struct qb_json_place *at,
                        const struct qb_json_field *field, void *base)
{
	const json_int_t value = json_integer_value(at->value);

	if (!json_is_integer(at->value))
		refuse_type(r, at, "a whole number");
	else if (value < INT_MIN || value > INT_MAX)
		qb_json_place_refuse(r, at, "is out of range: %lld", (long long)value);
	else
		qb_json_count_set(field, base, (uint64_t)value);
}

/* A string of digits and nothing else. */
static void read_digits(struct qb_json_reader *r, const struct qb_json_place *at,
                        const struct qb_json_field *field, void *base)
{
	const bool hex = field->kind == QB_JSON_HEX;
	const char *text = json_string_value(at->value);
	unsigned long long value;

	if (!text) {
		refuse_type(r, at, "a string of digits");
		return;
	}
	errno = 0;
	value = strtoull(text, NULL, hex ? 16 : 10);
	if (errno != 0 || !*text ||
	    strspn(text, hex ? "0123456789abcdef" : "0123456789") != strlen(text) ||
	    (field->limit && value > field->limit))
		qb_json_place_refuse(r, at, "is '%.40s', not a number that fits", text);
	else
		qb_json_count_set(field, base, value);
}

static void read_number(struct qb_json_reader *r, const struct qb_json_place *at,
                        const struct qb_json_field *field, void *base)
{
	const double number = json_number_value(at->value);

	if (!json_is_number(at->value))
		refuse_type(r, at, "a number");
	else if (field->kind == QB_JSON_NUMBER)
		memcpy((char *)base + field->offset, &number, sizeof(number));
	else if (number < 0 || number > 1e9)
		qb_json_place_refuse(r, at, "is out of range");
	else
		qb_json_count_set(field, base, (uint64_t)llround(number * 1e9));
}

static void read_word(struct qb_json_reader *r, const struct qb_json_place *at,
                      const struct qb_json_field *field, void *base)
{
	const char *word = json_string_value(at->value);
	int i = 0;

	if (!word) {
		refuse_type(r, at, "a string");
		return;
	}
	while (i < field->word_count && strcmp(field->word(i), word) != 0)
		i++;
	if (i == field->word_count)
		qb_json_place_refuse(r, at, "is '%.40s', a word that this version does not know",
		                     word);
	else
		qb_json_count_set(field, base, (uint64_t)i);
}

static void read_flag(struct qb_json_reader *r, const struct qb_json_place *at,
                      const struct qb_json_field *field, void *base)
{
	const bool flag = json_is_true(at->value);

	if (json_is_boolean(at->value))
		memcpy((char *)base + field->offset, &flag, sizeof(flag));
	else
		refuse_type(r, at, "true or false");
}

static void read_absent(struct qb_json_reader *r, const struct qb_json_place *at,
                        const struct qb_json_field *field, void *base)
{
	const double unknown = NAN;

	if (field->flags & QB_JSON_REQUIRED)
		qb_json_place_refuse(r, at, at->value ? "is null" : "is missing");
	else if (field->kind == QB_JSON_NUMBER && !(field->flags & QB_JSON_ABSENT_IS_0))
		memcpy((char *)base + field->offset, &unknown, sizeof(unknown));
}

void qb_json_place_field(struct qb_json_reader *r, const struct qb_json_place *at,
                         const struct qb_json_field *field, void *base)
{
	typedef void read_fn(struct qb_json_reader *, const struct qb_json_place *,
	                     const struct qb_json_field *, void *);
	static read_fn *const readers[] = {
		[QB_JSON_SIGNED] = read_signed, [QB_JSON_TEXT] = read_text,
		[QB_JSON_COUNT] = read_count,   [QB_JSON_SEED] = read_count,
		[QB_JSON_HEX] = read_digits,    [QB_JSON_SECONDS] = read_number,
		[QB_JSON_NUMBER] = read_number, [QB_JSON_FLAG] = read_flag,
		[QB_JSON_WORD] = read_word,
	};

	if (!at->value || json_is_null(at->value))
		read_absent(r, at, field, base);
	else if (field->kind == QB_JSON_SEED && json_is_string(at->value))
		read_digits(r, at, field, base);
	else
		readers[field->kind](r, at, field, base);
}

void qb_json_place_fields(struct qb_json_reader *r, const struct qb_json_place *at,
                          const struct qb_json_field *fields, void *base)
{
	for (; fields->key && r->status == 0; fields++) {
		const struct qb_json_place member = qb_json_place_member(at, fields->key);

		qb_json_place_field(r, &member, fields, base);
	}
}

void qb_json_place_objects(struct qb_json_reader *r, const struct qb_json_place *list,
                           const struct qb_json_field *fields, void *base, size_t size)
{
	for (size_t i = 0; i < qb_json_place_count(list) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(list, i);

		if (qb_json_place_expect(r, &at, QB_JSON_OBJECT, false))
			qb_json_place_fields(r, &at, fields, (char *)base + i * size);
	}
}

void qb_json_place_numbers(struct qb_json_reader *r, const struct qb_json_place *list,
                           double *numbers)
{
	for (size_t i = 0; i < qb_json_place_count(list) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(list, i);

		if (json_is_number(at.value))
			numbers[i] = json_number_value(at.value);
		else
			refuse_type(r, &at, "a number");
	}
}

void *qb_json_place_allocate(struct qb_json_reader *r, const struct qb_json_place *list,
                             size_t limit, size_t size)
{
	const size_t count = qb_json_place_count(list);
	void *memory;

	if (count > limit)
		qb_json_place_refuse(r, list, "holds %zu, more than %zu", count, limit);
	if (r->status != 0 || count == 0)
		return NULL;
	memory = calloc(count, size);
	if (!memory)
		r->status = refuse_memory(r);
	return memory;
}
