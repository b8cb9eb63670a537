/* comparison_csv -- RFC 4180: one row per comparison, requirement and case of one side alone.
 *
 * Columns are known by their key; new ones go to the end, none is ever renamed. */
#include "reports/comparison_report.h"

#include <math.h>

#include "reports/csv_text.h"
#include "reports/units.h"

static const char *const columns[] = {
	"kind",         "key",           "metric",      "unit",           "gated",
	"verdict",      "severity",      "change_pct",  "ci95_low_pct",   "ci95_high_pct",
	"at_least_pct", "threshold_pct", "base_median", "new_median",     "base_cv",
	"new_cv",       "n_base",        "n_new",       "base_disturbed", "new_disturbed",
	"cliffs_delta", "advice",        "reason"
};

struct row {
	FILE *stream;
	bool begun;
};

static void put_text(struct row *row, const char *text)
{
	qb_csv_text_write(row->stream, text, !row->begun);
	row->begun = true;
}

static void put_number(struct row *row, double number)
{
	char text[QB_UNITS_SIZE] = "";

	if (isfinite(number))
		qb_units_exact(text, sizeof(text), number);
	put_text(row, text);
}

static void put_empty(struct row *row, int count)
{
	for (int index = 0; index < count; index++)
		put_text(row, "");
}

static void end_row(struct row *row)
{
	fputs("\r\n", row->stream);
	row->begun = false;
}

static void write_comparison(struct row *row, const struct qb_comparison *comparison)
{
	const struct qb_judgement *j = &comparison->judgement;
	const struct qb_side_shape *base = &comparison->shapes[QB_SIDE_BASE];
	const struct qb_side_shape *fresh = &comparison->shapes[QB_SIDE_FRESH];
	const bool valid = j->verdict != QB_VERDICT_INVALID, known = valid && j->ci95.exists;

	put_text(row, "comparison");
	put_text(row, comparison->key);
	put_text(row, comparison->metric);
	put_text(row, comparison->unit);
	put_text(row, comparison->gated ? "true" : "false");
	put_text(row, qb_verdict_name(j->verdict));
	put_text(row, j->severity == QB_SEVERITY_NONE ? "" : qb_verdict_severity_name(j->severity));
	put_number(row, valid ? j->change_pct : NAN);
	put_number(row, known ? j->ci95_pct[0] : NAN);
	put_number(row, known ? j->ci95_pct[1] : NAN);
	put_number(row, j->at_least_pct > 0 ? j->at_least_pct : NAN);
	put_number(row, 100 * comparison->rules.threshold.regression);
	put_number(row, base->n ? base->median : NAN);
	put_number(row, fresh->n ? fresh->median : NAN);
	put_number(row, base->n > 1 ? base->cv : NAN);
	put_number(row, fresh->n > 1 ? fresh->cv : NAN);
	put_number(row, base->n);
	put_number(row, fresh->n);
	put_number(row, base->disturbed_count);
	put_number(row, fresh->disturbed_count);
	put_number(row, valid ? comparison->cliff : NAN);
	put_text(row, comparison->advice_text);
	put_text(row, comparison->reason);
	end_row(row);
}

static void write_requirement(struct row *row, const struct qb_requirement_result *requirement)
{
	put_text(row, "requirement");
	put_text(row, requirement->key);
	put_text(row, requirement->text);
	put_empty(row, 2);
	put_text(row, qb_verdict_name(requirement->verdict));
	put_empty(row, 7);
	put_number(row, requirement->value);
	put_empty(row, 8);
	put_text(row, requirement->reason);
	end_row(row);
}

static void write_alone(struct row *row, const char *kind, char (*const keys)[QB_KEY_SIZE],
                        size_t count)
{
	for (size_t index = 0; index < count; index++) {
		put_text(row, kind);
		put_text(row, keys[index]);
		put_empty(row, (int)(sizeof(columns) / sizeof(columns[0])) - 2);
		end_row(row);
	}
}

int qb_comparison_csv_write(const struct qb_comparison_document *document,
                            const struct qb_report_style *style, FILE *stream)
{
	struct row row = { .stream = stream };

	(void)style;
	for (size_t index = 0; index < sizeof(columns) / sizeof(columns[0]); index++)
		put_text(&row, columns[index]);
	end_row(&row);
	for (size_t index = 0; index < document->comparison_count; index++)
		write_comparison(&row, &document->comparisons[index]);
	for (size_t index = 0; index < document->requirement_count; index++)
		write_requirement(&row, &document->requirements[index]);
	write_alone(&row, "missing", document->missing, document->missing_count);
	write_alone(&row, "added", document->added, document->added_count);
	return 0;
}
