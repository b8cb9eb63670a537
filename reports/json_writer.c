/* json_writer -- JSON as it is said.
 *
 * Text from outside (a path, a plug-in's summary) need not be UTF-8, but JSON must be: every byte
 * that is not ASCII and not part of a sound sequence becomes '?'. */
#include "reports/json_writer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "reports/units.h"
#include "reports/utf8_text.h"

static void write_string(FILE *stream, const char *text)
{
	fputc('"', stream);
	while (*text) {
		const size_t size = qb_utf8_text_sequence(text);

		if (*text == '"' || *text == '\\')
			fprintf(stream, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(stream, "\\u%04x", (unsigned)(unsigned char)*text);
		else
			fprintf(stream, "%.*s", size ? (int)size : 1, size ? text : "?");
		text += size ? size : 1;
	}
	fputc('"', stream);
}

static bool is_flat(const struct qb_json_writer *writer)
{
	return writer->flat_from > 0 && writer->depth >= writer->flat_from;
}

static void indent(const struct qb_json_writer *writer)
{
	fprintf(writer->stream, "\n%*s", 2 * (int)writer->depth, "");
}

/* What stands before every value. */
static void lead(struct qb_json_writer *writer, const char *key)
{
	if (writer->depth > 0) {
		if (writer->any[writer->depth])
			fputs(is_flat(writer) ? ", " : ",", writer->stream);
		writer->any[writer->depth] = true;
		if (!is_flat(writer))
			indent(writer);
	}
	if (key) {
		write_string(writer->stream, key);
		fputs(": ", writer->stream);
	}
}

static void open(struct qb_json_writer *writer, const char *key, char opening, char closing)
{
	lead(writer, key);
	fputc(opening, writer->stream);
	assert(writer->depth + 1 < QB_JSON_WRITER_DEPTH);
	writer->depth++;
	writer->any[writer->depth] = false;
	writer->closing[writer->depth] = closing;
}

void qb_json_writer_begin(struct qb_json_writer *ret_writer, FILE *stream)
{
	memset(ret_writer, 0, sizeof(*ret_writer));
	ret_writer->stream = stream;
}

void qb_json_writer_open_object(struct qb_json_writer *writer, const char *key)
{
	open(writer, key, '{', '}');
}

void qb_json_writer_open_list(struct qb_json_writer *writer, const char *key)
{
	open(writer, key, '[', ']');
}

void qb_json_writer_flatten(struct qb_json_writer *writer)
{
	assert(writer->depth > 0);
	if (!is_flat(writer))
		writer->flat_from = writer->depth;
}

void qb_json_writer_close(struct qb_json_writer *writer)
{
	const bool any = writer->any[writer->depth] && !is_flat(writer);
	const char closing = writer->closing[writer->depth];

	assert(writer->depth > 0);
	if (writer->depth == writer->flat_from)
		writer->flat_from = 0;
	writer->depth--;
	if (any)
		indent(writer);
	fputc(closing, writer->stream);
	if (writer->depth == 0)
		fputc('\n', writer->stream);
}

void qb_json_writer_text(struct qb_json_writer *writer, const char *key, const char *text)
{
	lead(writer, key);
	write_string(writer->stream, text);
}

void qb_json_writer_text_or_null(struct qb_json_writer *writer, const char *key, const char *text)
{
	if (text && text[0])
		qb_json_writer_text(writer, key, text);
	else
		qb_json_writer_null(writer, key);
}

void qb_json_writer_count(struct qb_json_writer *writer, const char *key, uint64_t number)
{
	lead(writer, key);
	fprintf(writer->stream, "%llu", (unsigned long long)number);
}

void qb_json_writer_number(struct qb_json_writer *writer, const char *key, double number)
{
	char text[QB_UNITS_SIZE];

	if (!isfinite(number)) {
		qb_json_writer_null(writer, key);
		return;
	}
	lead(writer, key);
	fputs(qb_units_exact(text, sizeof(text), number), writer->stream);
}

void qb_json_writer_flag(struct qb_json_writer *writer, const char *key, bool flag)
{
	lead(writer, key);
	fputs(flag ? "true" : "false", writer->stream);
}

void qb_json_writer_null(struct qb_json_writer *writer, const char *key)
{
	lead(writer, key);
	fputs("null", writer->stream);
}
