/* sparkline.h -- a series of values as one line of text. */
#ifndef QB_SPARKLINE_H
#define QB_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#define QB_SPARKLINE_MAX 400 /* columns */

/* How many columns n values take where there are at most so many, and the column of one of them. */
size_t qb_sparkline_columns(size_t n, size_t columns_max);
size_t qb_sparkline_column(size_t index, size_t n, size_t columns);

/* One character for each column, by the median of its values: blocks, or ASCII from '_' to '#'. The
 * line spans at least `span_min`, so that small noise stays small.  Writes into `text`, of at least
 * 3 * columns + 1 bytes, and returns it. */
char *qb_sparkline_draw(char *text, const double *values, size_t n, size_t columns, double span_min,
                        bool utf8);

#endif
