/* json_text.c -- a JSON file as text, with a look at its shape before it is parsed.
 *
 * A parser turns two bytes of "[]" into a hundred of memory, so a file of brackets that fits on any
 * disk would take all memory.  Counting brackets and commas outside strings bounds what the tree
 * can cost, while the file is read.  It judges no syntax: that is the parser's. */
#include "reports/json_text.h"

const char *qb_json_text_name(const char *name)
{
	const size_t length = strlen(name);

	return length > 80 ? name + length - 80 : name;
}

/* Of the text so far. */
struct shape {
	size_t checked, value_count, newlines;
	unsigned depth;
	bool in_string, escaped;
};

static void walk(struct shape *shape, char c)
{
	shape->newlines += c == '\n';
	if (shape->in_string) {
		shape->in_string = shape->escaped || c != '"';
		shape->escaped = !shape->escaped && c == '\\';
		return;
	}
	shape->in_string = c == '"';
	shape->value_count += c == ',' || c == '[' || c == '{';
	shape->depth += c == '[' || c == '{';
	if ((c == ']' || c == '}') && shape->depth > 0)
		shape->depth--;
}

/* Goes on where it ended before. */
static int check_shape(struct shape *shape, const struct qb_json_text *text, const char *name,
                       struct qb_error *error)
{
	while (shape->checked < text->size) {
		walk(shape, text->bytes[shape->checked++]);
		if (shape->depth > QB_JSON_DEPTH_MAX)
			return qb_error_set(error, EINVAL,
			                    "'%s' is no result file: nested deeper than %d levels "
			                    "at line %zu",
			                    name, QB_JSON_DEPTH_MAX, shape->newlines + 1);
		if (shape->value_count > QB_JSON_VALUES_MAX)
			return qb_error_set(error, EFBIG,
			                    "'%s' is no result file: more than %zu values by "
			                    "line %zu",
			                    name, QB_JSON_VALUES_MAX, shape->newlines + 1);
	}
	return 0;
}

static int grow(struct qb_json_text *text, size_t *capacity)
{
	const size_t wanted = *capacity ? *capacity * 2 : (size_t)64 << 10;
	char *bytes = realloc(text->bytes, wanted);

	if (!bytes)
		return -ENOMEM;
	text->bytes = bytes;
	*capacity = wanted;
	return 0;
}

static int read_all(FILE *stream, const char *name, struct qb_json_text *text,
                    struct qb_error *error)
{
	struct shape shape = { 0 };
	size_t capacity = 0, got;

	do {
		if (text->size == capacity && grow(text, &capacity) != 0)
			return qb_error_set(error, ENOMEM, "cannot read '%s': out of memory", name);
		errno = 0;
		got = fread(text->bytes + text->size, 1, capacity - text->size, stream);
		text->size += got;
		if (text->size > QB_JSON_TEXT_MAX)
			return qb_error_set(error, EFBIG,
			                    "'%s' is no result file: longer than %zu MiB", name,
			                    QB_JSON_TEXT_MAX >> 20);
		/* As it comes, so that what cannot be a result is not even held. */
		if (check_shape(&shape, text, name, error) != 0)
			return -error->code;
	} while (got > 0);
	if (ferror(stream)) {
		const int code = errno ? errno : EIO;

		return qb_error_set(error, code, "cannot read '%s': %s", name, strerror(code));
	}
	if (text->size == 0)
		return qb_error_set(error, EINVAL, "'%s' is empty", name);
	return 0;
}

int qb_json_text_read(FILE *stream, const char *name, struct qb_json_text *ret_text,
                      struct qb_error *error)
{
	struct qb_json_text text = { NULL, 0 };
	int status;

	name = qb_json_text_name(name);
	status = read_all(stream, name, &text, error);
	if (status == 0)
		*ret_text = text;
	else
		qb_json_text_finish(&text);
	return status;
}

void qb_json_text_finish(struct qb_json_text *text)
{
	free(text->bytes);
	text->bytes = NULL;
	text->size = 0;
}
