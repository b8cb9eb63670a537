/* units.h -- figures as people read them: "12.3 M msg/s", "41.2 ns", "99.9 %", "1.5 GiB".
 * Three significant digits, because no spread met in practice carries more. */
#ifndef QB_UNITS_H
#define QB_UNITS_H

#include <stddef.h>

#define QB_UNITS_SIZE 40 /* bytes that hold any figure */

/* Units that scale; any other unit is printed behind its number as it is. */
#define QB_UNIT_RATE  "msg/s"
#define QB_UNIT_NS    "ns"
#define QB_UNIT_SHARE "share" /* 1 is printed as 100 % */
#define QB_UNIT_ONE   "1"     /* a metric that is a share: likewise */
#define QB_UNIT_BYTES "B"
#define QB_UNIT_COUNT "" /* 12.3 M */

/* How to print a value and its neighbors alike: an estimate and the ends of its interval. */
struct qb_unit_scale {
	double factor;      /* what one of `suffix` is worth */
	const char *prefix; /* "M " */
	const char *unit;   /* "msg/s" */
	int decimals;
};

/* The scale that gives `value` three significant digits. */
struct qb_unit_scale qb_units_scale(const char *unit, double value);

/* All write into `text` and return it.  What is not finite is "-". */
char *qb_units_number(char *text, size_t size, const struct qb_unit_scale *scale, double value);
char *qb_units_format(char *text, size_t size, const char *unit, double value);

/* A change in percent, with its sign: "-0.04", "+7.31", "-23.1", "+140"; not known: "?". */
char *qb_units_change(char *text, size_t size, double percent);

/* How long ago something was: "40 seconds", "1 minute", "3 hours", "12 days". */
char *qb_units_age(char *text, size_t size, double seconds);

/* The shortest digits that read back as the same double: 0.1, 12345678, 1.5e-9. */
char *qb_units_exact(char *text, size_t size, double value);

#endif
