/* limits_matrix -- one limit between all CPUs at a glance: near and far, fast and slow.
 *
 * All cells have one unit, said above them, so that a cell is a few digits and a dozen CPUs fit 80
 * columns; more are broken into blocks.  Colors go by the logarithm from the best pair to
 * the worst, because distances differ by factors. */
#include <math.h>

#include "reports/layout.h"
#include "reports/limits_report.h"
#include "reports/units.h"

#define CELL_COLUMNS 6u
#define RAMP_STEPS   5

struct matrix {
	const struct qb_limits *limits;
	const char *name;
	const struct qb_limit *sample; /* any measured one */
	int *cpus;
	size_t cpu_count, pair_count;
	double low, high;
	struct qb_unit_scale scale;
};

static bool is_one(const struct matrix *matrix, const struct qb_limit *limit)
{
	return limit->measured && limit->pair.cpu_b != QB_CPU_NONE &&
	       strcmp(limit->name, matrix->name) == 0;
}

static void add_cpu(struct matrix *matrix, int cpu)
{
	for (size_t i = 0; i < matrix->cpu_count; i++)
		if (matrix->cpus[i] == cpu)
			return;
	matrix->cpus[matrix->cpu_count++] = cpu;
}

static int compare_ints(const void *a, const void *b)
{
	const int left = *(const int *)a, right = *(const int *)b;

	return (left > right) - (left < right);
}

static void survey(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->limits->count; i++) {
		const struct qb_limit *limit = &matrix->limits->limits[i];

		if (!is_one(matrix, limit))
			continue;
		matrix->low = matrix->sample ? fmin(matrix->low, limit->value) : limit->value;
		matrix->high = fmax(matrix->high, limit->value);
		matrix->sample = limit;
		matrix->pair_count++;
		add_cpu(matrix, limit->pair.cpu_a);
		add_cpu(matrix, limit->pair.cpu_b);
	}
	qsort(matrix->cpus, matrix->cpu_count, sizeof(*matrix->cpus), compare_ints);
}

/* 0: the best pair's color ... RAMP_STEPS - 1: the worst's. */
static int shade(const struct matrix *matrix, const struct qb_limit *limit)
{
	double place = log(limit->value / matrix->low) / log(matrix->high / matrix->low);

	if (!isfinite(place))
		return 0;
	place = limit->higher_is_better ? 1 - place : place;
	return (int)fmin(place * RAMP_STEPS, RAMP_STEPS - 1);
}

static void write_cell(const struct matrix *matrix, const struct qb_layout *out,
                       const struct qb_limit *limit)
{
	/* Of the 256 colors of terminals: green to red, all dark enough for white digits. */
	static const int ramp[RAMP_STEPS] = { 28, 64, 94, 130, 124 };
	char figure[QB_UNITS_SIZE] = ".";

	if (limit)
		qb_units_number(figure, sizeof(figure), &matrix->scale, limit->value);
	if (limit && out->style.color)
		fprintf(out->stream, "\033[97;48;5;%dm%*s \033[0m", ramp[shade(matrix, limit)],
		        (int)CELL_COLUMNS - 1, figure);
	else
		fprintf(out->stream, "%*s ", (int)CELL_COLUMNS - 1, figure);
}

/* Columns `from` to `end` of all rows. */
static void write_block(const struct matrix *matrix, const struct qb_layout *out, size_t from,
                        size_t end)
{
	fprintf(out->stream, "  %4s ", "CPU");
	for (size_t column = from; column < end; column++)
		fprintf(out->stream, "%*d ", (int)CELL_COLUMNS - 1, matrix->cpus[column]);
	fputc('\n', out->stream);
	for (size_t row = 0; row < matrix->cpu_count; row++) {
		fprintf(out->stream, "  %4d ", matrix->cpus[row]);
		for (size_t column = from; column < end; column++)
			write_cell(matrix, out,
			           row == column ? NULL
			                         : qb_limits_find(matrix->limits, matrix->name,
			                                          matrix->cpus[row],
			                                          matrix->cpus[column]));
		fputc('\n', out->stream);
	}
}

void qb_limits_matrix_write(const struct qb_limits *limits, const char *name,
                            const struct qb_report_style *style, FILE *stream)
{
	struct matrix matrix = { .limits = limits, .name = name };
	struct qb_layout out;
	size_t fit;

	qb_layout_begin(&out, style, stream);
	fit = (out.style.width - 7) / CELL_COLUMNS;
	matrix.cpus = calloc(2 * limits->pair_count + 1, sizeof(*matrix.cpus));
	if (matrix.cpus)
		survey(&matrix);
	if (matrix.pair_count > 1) {
		matrix.scale = qb_units_scale(matrix.sample->unit, matrix.low);
		matrix.scale.decimals = matrix.high < 100 * matrix.scale.factor;
		qb_layout_line(&out, QB_TONE_TITLE, "%s, %s%s", qb_limits_title(name),
		               matrix.scale.prefix, matrix.scale.unit);
		for (size_t from = 0; from < matrix.cpu_count; from += fit)
			write_block(&matrix, &out, from,
			            from + fit < matrix.cpu_count ? from + fit : matrix.cpu_count);
		fputc('\n', stream);
	}
	free(matrix.cpus);
}
