/* limits_text -- the limits for people: one column for each distance, then a matrix of all pairs.
 *
 * Where several pairs have one distance their median stands for them; JSON and CSV have each. */
#include <math.h>

#include "reports/layout.h"
#include "reports/limits_report.h"
#include "reports/units.h"

#define TITLE_COLUMNS 24u
#define CELL_COLUMNS  13u
#define COLUMNS_MAX   64 /* of a table; they are broken into rows of columns that fit */
#define OFFSET        "clock_offset"

/* Pairs that one column stands for. */
struct column {
	struct qb_cpu_pair first;
	bool whole_relation; /* all pairs of that relation, not the first alone */
	size_t pair_count;
	char heading[32];
};

static bool alone(const struct qb_cpu_pair *pair) { return pair->cpu_b == QB_CPU_NONE; }

static bool stands_for(const struct column *column, const struct qb_cpu_pair *pair)
{
	if (column->whole_relation)
		return pair->relation == column->first.relation;
	return pair->cpu_a == column->first.cpu_a && pair->cpu_b == column->first.cpu_b;
}

static void name_column(struct column *column)
{
	const struct qb_cpu_pair *pair = &column->first;
	const char *relation = qb_limits_relation_name(pair->relation);

	if (column->pair_count > 1 && alone(pair))
		snprintf(column->heading, sizeof(column->heading), "%zu CPUs", column->pair_count);
	else if (column->pair_count > 1)
		snprintf(column->heading, sizeof(column->heading), "%s, %zu", relation,
		         column->pair_count);
	else if (alone(pair))
		snprintf(column->heading, sizeof(column->heading), "CPU %d", pair->cpu_a);
	else
		snprintf(column->heading, sizeof(column->heading), "%s %d-%d", relation,
		         pair->cpu_a, pair->cpu_b);
}

/* One CPU alone each, because there are few (one of each kind of core), else all in one column; two
 * CPUs by their relation. */
static size_t make_columns(const struct qb_limits *limits, bool singles, struct column *columns)
{
	size_t single_count = 0, count = 0;

	for (size_t i = 0; i < limits->pair_count; i++)
		single_count += alone(&limits->pairs[i]);
	for (size_t i = 0; i < limits->pair_count && count < COLUMNS_MAX; i++) {
		const struct qb_cpu_pair *pair = &limits->pairs[i];
		size_t at = 0;

		if (alone(pair) != singles)
			continue;
		while (at < count && !stands_for(&columns[at], pair))
			at++;
		if (at == count)
			columns[count++] =
				(struct column){ .first = *pair,
				                 .whole_relation = !singles || single_count > 3 };
		columns[at].pair_count++;
	}
	for (size_t at = 0; at < count; at++)
		name_column(&columns[at]);
	return count;
}

static int compare_doubles(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The median; NaN of none. */
static double take_median(double *values, size_t n)
{
	if (n == 0)
		return NAN;
	qsort(values, n, sizeof(*values), compare_doubles);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/* The median over the column's pairs; NaN where none was measured.  *ret_half is half the interval
 * of the first pair, for what is only bounded. */
static double column_value(const struct qb_limits *limits, const struct column *column,
                           const char *name, double *ret_half)
{
	double *values = malloc((limits->count + 1) * sizeof(*values)), median;
	size_t n = 0;

	for (size_t i = 0; values && i < limits->count; i++) {
		const struct qb_limit *limit = &limits->limits[i];

		if (!limit->measured || strcmp(limit->name, name) != 0 ||
		    !stands_for(column, &limit->pair))
			continue;
		if (n == 0)
			*ret_half = (limit->max - limit->min) / 2;
		values[n++] = limit->value;
	}
	median = take_median(values, n);
	free(values);
	return median;
}

/* Messages of 8 bytes per second that can stream at most, in batches. */
static double column_messages(const struct qb_limits *limits, const struct column *column,
                              size_t batch)
{
	double *values = malloc((limits->pair_count + 1) * sizeof(*values)), median;
	size_t n = 0;

	for (size_t i = 0; values && i < limits->pair_count; i++) {
		const struct qb_cpu_pair *pair = &limits->pairs[i];
		const double rate =
			stands_for(column, pair) ? qb_limits_stream(limits, pair, batch, 8) : 0;

		if (rate > 0)
			values[n++] = rate;
	}
	median = take_median(values, n);
	free(values);
	return median;
}

static void put_cell(char *row, size_t size, const char *text)
{
	const size_t used = strlen(row);

	snprintf(row + used, size - used, "%*s", (int)CELL_COLUMNS, text);
}

static void write_row(const struct qb_layout *out, const struct qb_limits *limits,
                      const struct qb_limit *limit, const struct column *columns, size_t count)
{
	/* A row of rates has its unit in its title. */
	const char *unit = strcmp(limit->unit, "line/s") == 0 ? QB_UNIT_COUNT : limit->unit;
	char row[1024], figure[QB_UNITS_SIZE];

	snprintf(row, sizeof(row), "  %-*s", (int)TITLE_COLUMNS, qb_limits_title(limit->name));
	for (size_t at = 0; at < count; at++) {
		double half = 0;
		const double value = column_value(limits, &columns[at], limit->name, &half);

		qb_units_format(figure, sizeof(figure), unit, value);
		if (strcmp(limit->name, OFFSET) == 0 && isfinite(value))
			snprintf(figure, sizeof(figure),
			         half < 10 ? "%.1f+-%.1f ns" : "%.0f+-%.0f ns", value, half);
		put_cell(row, sizeof(row), figure);
	}
	qb_layout_line(out, QB_TONE_PLAIN, "%s", row);
}

/* What the streamed lines amount to for messages of 8 bytes, of which a line holds 8. */
static void write_messages_row(const struct qb_layout *out, const struct qb_limits *limits,
                               size_t batch, const struct column *columns, size_t count)
{
	char row[1024], title[32], figure[QB_UNITS_SIZE];

	snprintf(title, sizeof(title), "msg/s of 8 B, batch %zu", batch);
	snprintf(row, sizeof(row), "  %-*s", (int)TITLE_COLUMNS, title);
	for (size_t at = 0; at < count; at++) {
		qb_units_format(figure, sizeof(figure), QB_UNIT_COUNT,
		                column_messages(limits, &columns[at], batch));
		put_cell(row, sizeof(row), figure);
	}
	qb_layout_line(out, QB_TONE_PLAIN, "%s", row);
}

/* True for the first limit of its name; rows are in the order of measuring. */
static bool first_of_name(const struct qb_limits *limits, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(limits->limits[i].name, limits->limits[index].name) == 0)
			return false;
	return true;
}

static void write_columns(const struct qb_layout *out, const struct qb_limits *limits,
                          const char *title, const struct column *columns, size_t count)
{
	const bool singles = alone(&columns[0].first);
	char heading[1024];

	snprintf(heading, sizeof(heading), "%-*s", (int)TITLE_COLUMNS + 2, title);
	for (size_t at = 0; at < count; at++)
		put_cell(heading, sizeof(heading), columns[at].heading);
	qb_layout_line(out, QB_TONE_TITLE, "%s", heading);
	for (size_t i = 0; i < limits->count; i++) {
		const struct qb_limit *limit = &limits->limits[i];

		if (limit->measured && alone(&limit->pair) == singles && first_of_name(limits, i))
			write_row(out, limits, limit, columns, count);
	}
	if (!singles && qb_limits_stream(limits, &columns[0].first, 64, 8) > 0) {
		write_messages_row(out, limits, 1, columns, count);
		write_messages_row(out, limits, 64, columns, count);
	}
	fputc('\n', out->stream);
}

static void write_table(const struct qb_layout *out, const struct qb_limits *limits,
                        const char *title, bool singles)
{
	struct column columns[COLUMNS_MAX];
	const size_t count = make_columns(limits, singles, columns);
	const size_t fit = (out->style.width - TITLE_COLUMNS - 2) / CELL_COLUMNS;

	for (size_t at = 0; at < count; at += fit)
		write_columns(out, limits, title, &columns[at],
		              count - at < fit ? count - at : fit);
}

/* Runs of limits that are missing for one reason. */
static void write_missing(const struct qb_layout *out, const struct qb_limits *limits)
{
	for (size_t i = 0, end; i < limits->count; i = end) {
		const struct qb_limit *limit = &limits->limits[i];

		end = i + 1;
		if (limit->measured)
			continue;
		while (end < limits->count && !limits->limits[end].measured &&
		       strcmp(limits->limits[end].reason, limit->reason) == 0)
			end++;
		qb_layout_say(out, "missing", QB_TONE_WARN, "%s%s: %s",
		              qb_limits_title(limit->name), end > i + 1 ? " and more" : "",
		              limit->reason);
	}
}

static void write_doubts(const struct qb_layout *out, const struct qb_limits *limits)
{
	size_t noisy = 0, measured = 0;

	write_missing(out, limits);
	for (size_t i = 0; i < limits->count; i++) {
		const struct qb_limit *limit = &limits->limits[i];

		measured += limit->measured;
		noisy += qb_limits_is_disturbed(limit);
	}
	if (noisy > 0)
		qb_layout_say(out, "warning", QB_TONE_WARN,
		              "%zu of %zu limits differ by more than half between repetitions: "
		              "something else was running; see 'qbench doctor', then use --fresh",
		              noisy, measured);
	if (limits->interrupted)
		qb_layout_say(out, "warning", QB_TONE_WARN,
		              "interrupted: pairs that were not reached are missing");
}

static void write_age(const struct qb_layout *out, const struct qb_limits_document *document)
{
	const struct qb_limits *limits = &document->limits;
	int64_t oldest = document->created_unix_ms;
	char age[QB_UNITS_SIZE];

	for (size_t i = 0; i < limits->count; i++)
		if (limits->limits[i].measured_unix_ms < oldest)
			oldest = limits->limits[i].measured_unix_ms;
	qb_units_age(age, sizeof(age), (double)(document->created_unix_ms - oldest) / 1000);
	if (document->cached)
		qb_layout_say(out, "measured", QB_TONE_PLAIN, "%s ago; --fresh measures again",
		              age);
	else
		qb_layout_say(out, "measured", QB_TONE_PLAIN, "just now, in %.1f s",
		              (double)limits->duration_ns / 1e9);
}

int qb_limits_text_write(const struct qb_limits_document *document,
                         const struct qb_report_style *style, FILE *stream)
{
	static const char *const mapped[] = { "rtt_one_line", "stream_8", "fetch_add_contended" };
	const struct qb_limits *limits = &document->limits;
	struct qb_layout out;

	qb_layout_begin(&out, style, stream);
	qb_layout_say(&out, NULL, QB_TONE_TITLE, "Limits of %s%s%s",
	              document->machine.cpu[0] ? document->machine.cpu : "this machine",
	              document->machine.hypervisor[0] ? ", guest of " : "",
	              document->machine.hypervisor);
	write_age(&out, document);
	fputc('\n', stream);
	write_table(&out, limits, "one CPU", true);
	write_table(&out, limits, "two CPUs", false);
	for (size_t i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++)
		qb_limits_matrix_write(limits, mapped[i], &out.style, stream);
	write_doubts(&out, limits);
	return 0;
}
