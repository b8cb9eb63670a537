/* sparkline -- a series of values as one line of text. */
#include "reports/sparkline.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "harness/stats.h"

#define STEPS 8

static const char *const blocks[STEPS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const letters[STEPS] = { "_", ".", "-", "~", "=", "+", "*", "#" };

size_t qb_sparkline_columns(size_t n, size_t columns_max)
{
	const size_t most = columns_max < QB_SPARKLINE_MAX ? columns_max : QB_SPARKLINE_MAX;

	return n < most ? n : most;
}

size_t qb_sparkline_column(size_t index, size_t n, size_t columns) { return index * columns / n; }

/* The first value of a column. */
static size_t begin_of(size_t column, size_t n, size_t columns)
{
	return (column * n + columns - 1) / columns;
}

char *qb_sparkline_draw(char *text, const double *values, size_t n, size_t columns, double span_min,
                        bool utf8)
{
	double levels[QB_SPARKLINE_MAX], low = INFINITY, high = -INFINITY;
	char *end = text;

	assert(columns <= n && columns <= QB_SPARKLINE_MAX);
	for (size_t c = 0; c < columns; c++) {
		const size_t from = begin_of(c, n, columns), to = begin_of(c + 1, n, columns);

		levels[c] = qb_stats_median(values + from, to - from);
		low = fmin(low, levels[c]);
		high = fmax(high, levels[c]);
	}
	if (high - low < span_min) {
		low = (low + high - span_min) / 2;
		high = low + span_min;
	}
	*end = '\0';
	for (size_t c = 0; c < columns; c++) {
		const double share = high > low ? (levels[c] - low) / (high - low) : 0.5;
		const size_t step = (size_t)fmin(share * STEPS, STEPS - 1);

		end = stpcpy(end, utf8 ? blocks[step] : letters[step]);
	}
	return text;
}
