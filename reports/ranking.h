/* ranking.h -- the table at the end of a text report: all cases, fastest first. */
#ifndef QB_RANKING_H
#define QB_RANKING_H

#include "reports/layout.h"

/* 0 or -ENOMEM. */
int qb_ranking_write(const struct qb_document *document, const struct qb_layout *layout);

#endif
