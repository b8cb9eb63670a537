/* progress.h -- how far a campaign is, and how long it will take yet; for the terminal and for the
 * journal. */
#ifndef QB_PROGRESS_H
#define QB_PROGRESS_H

#include "cmd/terminal.h"
#include "harness/campaign.h"

/* Fills the observer to be given to the campaign. */
void qb_progress_open(enum qb_when when, const struct qb_plan *plan,
                      struct qb_campaign_observer *ret_observer);
void qb_progress_close(void);

#endif
