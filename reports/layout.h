/* layout.h -- text in columns for a terminal or a pipe: wrapped lines behind a label, with color
 * where the style wants it.  What comes from outside is made printable on the way. */
#ifndef QB_LAYOUT_H
#define QB_LAYOUT_H

#include "reports/report.h"

enum qb_layout_tone {
	QB_TONE_PLAIN,
	QB_TONE_TITLE,
	QB_TONE_LABEL,
	QB_TONE_GOOD,
	QB_TONE_WARN,
	QB_TONE_BAD
};

struct qb_layout {
	FILE *stream;
	struct qb_report_style style;
};

/* A space at which no line is broken: within a figure and its unit. */
#define QB_LAYOUT_GLUE '\x1f'

/* Style NULL: 80 columns, no color, ASCII. */
void qb_layout_begin(struct qb_layout *layout, const struct qb_report_style *style, FILE *stream);

/* A paragraph: `label` in a column of its own, the text behind it, wrapped at the width.  Label
 * NULL: the text starts at the left edge and its further lines are indented by 2. */
__attribute__((format(printf, 4, 5))) void qb_layout_say(const struct qb_layout *layout,
                                                         const char *label,
                                                         enum qb_layout_tone tone,
                                                         const char *format, ...);

/* One line as it is, not wrapped; for tables that have counted their columns. */
__attribute__((format(printf, 3, 4))) void
qb_layout_line(const struct qb_layout *layout, enum qb_layout_tone tone, const char *format, ...);

/* Columns that a text takes: its characters, not its bytes. */
size_t qb_layout_columns(const char *text);

/* A figure whose parts stay on one line; writes into `text` and returns it. */
char *qb_layout_figure(char *text, size_t size, const char *unit, double value);

#endif
