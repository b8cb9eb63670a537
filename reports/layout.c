/* layout.c -- wrapped, labeled lines for a terminal or a pipe.
 *
 * Queue names, reasons and CPU names come from plug-ins and files: control codes in them would move
 * a terminal's cursor, so they are printed as '?'.  A line break stays one where text is wrapped.
 */
#include "reports/layout.h"

#include "reports/units.h"

#define TEXT_MAX     4096 /* longer paragraphs end in "..." */
#define LABEL_COLUMN 2u
#define TEXT_COLUMN  14u
#define WIDTH_MIN    60u /* a narrower terminal wraps by itself */
#define WIDTH_MAX    500u

void qb_layout_begin(struct qb_layout *layout, const struct qb_report_style *style, FILE *stream)
{
	layout->stream = stream;
	layout->style = style ? *style : (struct qb_report_style){ .width = 80 };
	if (layout->style.width < WIDTH_MIN)
		layout->style.width = WIDTH_MIN;
	if (layout->style.width > WIDTH_MAX)
		layout->style.width = WIDTH_MAX;
}

static void set_tone(const struct qb_layout *layout, enum qb_layout_tone tone)
{
	static const char *const codes[] = {
		[QB_TONE_PLAIN] = "",        [QB_TONE_TITLE] = "\033[1m",
		[QB_TONE_LABEL] = "\033[2m", [QB_TONE_GOOD] = "\033[32m",
		[QB_TONE_WARN] = "\033[33m", [QB_TONE_BAD] = "\033[1;31m",
	};

	if (layout->style.color)
		fputs(codes[tone], layout->stream);
}

static void end_tone(const struct qb_layout *layout, enum qb_layout_tone tone)
{
	if (layout->style.color && tone != QB_TONE_PLAIN)
		fputs("\033[0m", layout->stream);
}

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

size_t qb_layout_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += !continues(*text);
	return columns;
}

static char printable(char c)
{
	if (c == '\t' || c == '\r')
		return ' ';
	return (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
}

/* Makes the text printable in place; one character becomes one '?' where it cannot be shown. */
static void clean(const struct qb_layout *layout, char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		const bool wide = (unsigned char)*from >= 0x80;

		if (*from == QB_LAYOUT_GLUE || *from == '\n' || (wide && layout->style.utf8))
			*to++ = *from;
		else if (!wide)
			*to++ = printable(*from);
		else if (!continues(*from))
			*to++ = '?';
	}
	*to = '\0';
}

/* Prints what of `text` fits into `room` columns and returns where the next line begins: behind a
 * line break or the last space, or within a word that is longer than a line. */
static const char *print_line(const struct qb_layout *layout, const char *text, size_t room)
{
	const char *end = text, *space = NULL, *next;
	size_t columns = 0;

	while (*end && *end != '\n' && (columns < room || continues(*end))) {
		if (*end == ' ')
			space = end;
		columns += !continues(*end);
		end++;
	}
	if (*end && !strchr(" \n", *end) && space && space > text)
		end = space;
	for (const char *c = text; c < end; c++)
		fputc(*c == QB_LAYOUT_GLUE ? ' ' : *c, layout->stream);
	next = end;
	while (*next == ' ')
		next++;
	return *next == '\n' ? next + 1 : next;
}

static void print_wrapped(const struct qb_layout *layout, enum qb_layout_tone tone,
                          const char *text, size_t first, size_t indent)
{
	size_t column = first;

	do {
		set_tone(layout, tone);
		text = print_line(layout, text, layout->style.width - column);
		end_tone(layout, tone);
		fputc('\n', layout->stream);
		if (*text)
			fprintf(layout->stream, "%*s", (int)indent, "");
		column = indent;
	} while (*text);
}

static __attribute__((format(printf, 2, 0))) void format_text(char *text, const char *format,
                                                              va_list arguments)
{
	const int length = vsnprintf(text, TEXT_MAX, format, arguments);

	if (length >= TEXT_MAX)
		strcpy(text + TEXT_MAX - sizeof("..."), "...");
}

void qb_layout_say(const struct qb_layout *layout, const char *label, enum qb_layout_tone tone,
                   const char *format, ...)
{
	char text[TEXT_MAX], name[TEXT_COLUMN];
	va_list arguments;

	va_start(arguments, format);
	format_text(text, format, arguments);
	va_end(arguments);
	clean(layout, text);
	if (!label) {
		print_wrapped(layout, tone, text, 0, LABEL_COLUMN);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(TEXT_COLUMN - LABEL_COLUMN - 1), label);
	clean(layout, name);
	fprintf(layout->stream, "%*s", (int)LABEL_COLUMN, "");
	set_tone(layout, QB_TONE_LABEL);
	fputs(name, layout->stream);
	end_tone(layout, QB_TONE_LABEL);
	fprintf(layout->stream, "%*s", (int)(TEXT_COLUMN - LABEL_COLUMN - qb_layout_columns(name)),
	        "");
	print_wrapped(layout, tone, text, TEXT_COLUMN, TEXT_COLUMN);
}

void qb_layout_line(const struct qb_layout *layout, enum qb_layout_tone tone, const char *format,
                    ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	format_text(text, format, arguments);
	va_end(arguments);
	clean(layout, text);
	set_tone(layout, tone);
	for (const char *c = text; *c; c++)
		fputc(*c == QB_LAYOUT_GLUE || *c == '\n' ? ' ' : *c, layout->stream);
	end_tone(layout, tone);
	fputc('\n', layout->stream);
}

char *qb_layout_figure(char *text, size_t size, const char *unit, double value)
{
	qb_units_format(text, size, unit, value);
	for (char *c = text; *c; c++) {
		if (*c == ' ')
			*c = QB_LAYOUT_GLUE;
	}
	return text;
}
