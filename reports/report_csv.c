/* report_csv.c -- RFC 4180: one row per case and metric, the columns of columns.c, exact digits.
 *
 * A case without figures keeps its row, so that whoever counts rows sees what was skipped. */
#include <string.h>

#include "reports/columns.h"
#include "reports/report.h"

/* One field; quoted if it holds what would end it. */
static void write_field(FILE *stream, const char *text, bool first)
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

static int write_row(const struct qb_row *row, void *context)
{
	FILE *stream = context;
	char text[QB_CELL_SIZE];
	struct qb_cell cell;

	for (const struct qb_column *column = qb_columns; column->key; column++) {
		qb_columns_get(column, row, &cell);
		qb_columns_exact(&cell, text, sizeof(text));
		write_field(stream, text, column == qb_columns);
	}
	fputs("\r\n", stream);
	return 0;
}

int qb_report_csv_write(const struct qb_document *document, const struct qb_report_style *style,
                        FILE *stream)
{
	(void)style;
	for (const struct qb_column *column = qb_columns; column->key; column++)
		write_field(stream, column->key, column == qb_columns);
	fputs("\r\n", stream);
	return qb_columns_each_row(document, write_row, stream);
}
