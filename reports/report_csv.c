/* report_csv.c -- RFC 4180: one row per case and metric, the columns of columns.c, exact digits.
 *
 * A case without figures keeps its row, so that whoever counts rows sees what was skipped. */
#include "reports/columns.h"
#include "reports/csv_text.h"
#include "reports/report.h"

static int write_row(const struct qb_row *row, void *context)
{
	FILE *stream = context;
	char text[QB_CELL_SIZE];
	struct qb_cell cell;

	for (const struct qb_column *column = qb_columns; column->key; column++) {
		qb_columns_get(column, row, &cell);
		qb_columns_exact(&cell, text, sizeof(text));
		qb_csv_text_write(stream, text, column == qb_columns);
	}
	fputs("\r\n", stream);
	return 0;
}

int qb_report_csv_write(const struct qb_document *document, const struct qb_report_style *style,
                        FILE *stream)
{
	(void)style;
	for (const struct qb_column *column = qb_columns; column->key; column++)
		qb_csv_text_write(stream, column->key, column == qb_columns);
	fputs("\r\n", stream);
	return qb_columns_each_row(document, write_row, stream);
}
