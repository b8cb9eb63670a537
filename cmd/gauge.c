/* gauge -- an interval drawn with letters, so that one sees it shrink.
 *
 * The scale is in thresholds, three to each side of no change: what matters is whether the
 * interval still reaches beyond a bar, not how many percent that is. */
#include "cmd/gauge.h"

#include <math.h>
#include <stdio.h>

#define REACH 3.0 /* thresholds to each side */
#define CELLS 31  /* odd: no change is the one in the middle */

/* The cell of a delta; -1 and CELLS are outside. */
static int cell_of(const struct qb_rules *rules, double delta)
{
	const double threshold = delta > 0 ? qb_verdict_regression_bound(rules)
	                                   : qb_verdict_improvement_bound(rules);
	const double middle = (CELLS - 1) / 2.0;
	const double position = middle - delta / threshold / REACH * middle;

	return (int)fmax(-1, fmin(CELLS, round(position)));
}

char *qb_gauge_draw(const struct qb_judgement *judgement, const struct qb_rules *rules,
                    char *ret_text, size_t size)
{
	const struct qb_interval *interval =
		judgement->no_change.exists ? &judgement->no_change : &judgement->ci95;
	char cells[CELLS + 1];
	int left, right, middle;

	ret_text[0] = 0;
	if (judgement->base_count == 0 || !interval->exists)
		return ret_text;
	left = cell_of(rules, interval->high);
	right = cell_of(rules, interval->low);
	middle = cell_of(rules, interval->estimate);
	for (int cell = 0; cell < CELLS; cell++)
		cells[cell] = cell > left && cell < right ? '=' : ' ';
	cells[cell_of(rules, qb_verdict_regression_bound(rules))] = '|';
	cells[cell_of(rules, -qb_verdict_improvement_bound(rules))] = '|';
	cells[left < 0 ? 0 : left >= CELLS ? CELLS - 1 : left] = left < 0 ? '<' : '(';
	cells[right >= CELLS ? CELLS - 1 : right < 0 ? 0 : right] = right >= CELLS ? '>' : ')';
	if (middle >= 0 && middle < CELLS)
		cells[middle] = 'o';
	cells[CELLS] = 0;
	snprintf(ret_text, size, "[%s]", cells);
	return ret_text;
}
