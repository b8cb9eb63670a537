/* json_text.c -- a JSON file as text, with a look at its shape before it is parsed.
 *
 * A parser turns two bytes of "[]" into a hundred of memory, so a file of brackets that fits on any
 * disk would take all memory.  Counting brackets and commas outside strings bounds what the tree
 * can cost, in one pass without memory of its own.  It judges no syntax: that is the parser's. */
#include "reports/json_text.h"

const char *qb_json_text_name(const char *name)
{
	const size_t length = strlen(name);

	return length > 80 ? name + length - 80 : name;
}

static int check_shape(const struct qb_json_text *text, const char *name, struct qb_error *error)
{
	size_t value_count = 0, line = 1;
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text->size; i++) {
		const char c = text->bytes[i];

		if (c == '\n')
			line++;
		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
			continue;
		}
		in_string = c == '"';
		value_count += c == ',' || c == '[' || c == '{';
		depth += c == '[' || c == '{';
		if ((c == ']' || c == '}') && depth > 0)
			depth--;
		if (depth > QB_JSON_DEPTH_MAX)
			return qb_error_set(error, EINVAL,
			                    "'%s' is no result file: nested deeper than %d levels "
			                    "at line %zu",
			                    name, QB_JSON_DEPTH_MAX, line);
		if (value_count > QB_JSON_VALUES_MAX)
			return qb_error_set(error, EFBIG,
			                    "'%s' is no result file: more than %zu values by "
			                    "line %zu",
			                    name, QB_JSON_VALUES_MAX, line);
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
		status = check_shape(&text, name, error);
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
