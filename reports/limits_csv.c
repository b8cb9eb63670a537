/* limits_csv -- RFC 4180: one row per limit and pair, exact digits. */
#include "reports/csv_text.h"
#include "reports/limits_report.h"
#include "reports/units.h"

static void write_number(FILE *stream, bool known, double number)
{
	char digits[QB_UNITS_SIZE] = "";

	if (known)
		qb_units_exact(digits, sizeof(digits), number);
	qb_csv_text_write(stream, digits, false);
}

static void write_limit(FILE *stream, const struct qb_limit *limit)
{
	qb_csv_text_write(stream, limit->name, true);
	qb_csv_text_write(stream, limit->unit, false);
	qb_csv_text_write(stream, limit->higher_is_better ? "higher" : "lower", false);
	qb_csv_text_write(stream, qb_limits_relation_name(limit->pair.relation), false);
	write_number(stream, true, limit->pair.cpu_a);
	write_number(stream, limit->pair.cpu_b != QB_CPU_NONE, limit->pair.cpu_b);
	write_number(stream, limit->measured, limit->value);
	write_number(stream, limit->measured, limit->min);
	write_number(stream, limit->measured, limit->max);
	write_number(stream, true, limit->n);
	write_number(stream, true, (double)limit->measured_unix_ms);
	qb_csv_text_write(stream, limit->reason, false);
	fputs("\r\n", stream);
}

int qb_limits_csv_write(const struct qb_limits_document *document,
                        const struct qb_report_style *style, FILE *stream)
{
	(void)style;
	fputs("name,unit,better,relation,cpu_a,cpu_b,value,min,max,n,measured_unix_ms,reason\r\n",
	      stream);
	for (size_t i = 0; i < document->limits.count; i++)
		write_limit(stream, &document->limits.limits[i]);
	return 0;
}
