/* gauge.h -- an interval drawn with letters, so that one sees it shrink. */
#ifndef QB_GAUGE_H
#define QB_GAUGE_H

#include "harness/verdict.h"

#define QB_GAUGE_SIZE 40

/* "[   |  (==o=|) ]": losses on the left, the thresholds as bars, the interval on which no change
 * is decided between brackets; < and > where it goes on outside.  "" while there is none. */
char *qb_gauge_draw(const struct qb_judgement *judgement, const struct qb_rules *rules,
                    char *ret_text, size_t size);

#endif
