/* csv_text -- one field of a row as RFC 4180 wants it. */
#include "reports/csv_text.h"

#include <string.h>

void qb_csv_text_write(FILE *stream, const char *text, bool first)
{
	if (!first)
		fputc(',', stream);
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, stream);
		return;
	}
	fputc('"', stream);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}
