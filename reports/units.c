/* units.c -- figures as people read them; unit families are data.
 *
 * A value takes the largest step of its family that leaves at least 1 before the point, with
 * rounding taken into account, so that 999.97 M is 1.00 G and never 1000 M. */
#include "reports/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECIMALS_MAX 6 /* nobody counts more zeros: beyond, powers of ten */

struct step {
	double factor;
	const char *prefix, *unit; /* unit NULL: the family's own name */
};

struct family {
	const char *name;
	const struct step *steps; /* from large to small; the last one serves all that is smaller */
	size_t step_count;
};

static const struct step decimal_steps[] = {
	{ 1e12, "T ", NULL }, { 1e9, "G ", NULL }, { 1e6, "M ", NULL },
	{ 1e3, "k ", NULL },  { 1, "", NULL },
};
static const struct step time_steps[] = {
	{ 1e9, "", "s" },
	{ 1e6, "", "ms" },
	{ 1e3, "", "us" },
	{ 1, "", "ns" },
};
static const struct step share_steps[] = { { 0.01, "", "%" } };
static const struct step byte_steps[] = {
	{ 1099511627776.0, "", "TiB" },
	{ 1073741824.0, "", "GiB" },
	{ 1048576.0, "", "MiB" },
	{ 1024.0, "", "KiB" },
	{ 1, "", "B" },
};

#define STEPS(table) (table), sizeof(table) / sizeof((table)[0])

static const struct family families[] = {
	{ QB_UNIT_RATE, STEPS(decimal_steps) }, { QB_UNIT_NS, STEPS(time_steps) },
	{ QB_UNIT_SHARE, STEPS(share_steps) },  { QB_UNIT_ONE, STEPS(share_steps) },
	{ QB_UNIT_BYTES, STEPS(byte_steps) },   { QB_UNIT_COUNT, STEPS(decimal_steps) },
};

static const struct family *find_family(const char *unit)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strcmp(families[i].name, unit) == 0)
			return &families[i];
	}
	return &families[sizeof(families) / sizeof(families[0]) - 1];
}

static const struct step *find_step(const struct family *family, double magnitude)
{
	size_t i = 0;

	/* 0.9995 of a step is printed as 1.00 of it. */
	while (i + 1 < family->step_count && magnitude < 0.9995 * family->steps[i].factor)
		i++;
	return &family->steps[i];
}

/* Decimals that give `scaled` three significant digits; none where it is a small whole number of
 * things that cannot be split (8 B, 65536 of nothing), for which ".00" would claim a measurement.
 */
static int count_decimals(const struct family *family, double scaled)
{
	const bool countable = family->steps == byte_steps || family->name[0] == '\0';

	if (scaled == 0 || (countable && scaled < 999.5 && scaled == floor(scaled)))
		return 0;
	if (countable && scaled < 99.5 && scaled * 10 == floor(scaled * 10))
		return 1;
	for (int decimals = 0; decimals < DECIMALS_MAX; decimals++) {
		if (scaled * pow(10, decimals) >= 99.95)
			return decimals;
	}
	return DECIMALS_MAX;
}

struct qb_unit_scale qb_units_scale(const char *unit, double value)
{
	const struct family *family = find_family(unit);
	const double magnitude = isfinite(value) ? fabs(value) : 0;
	const struct step *step = find_step(family, magnitude);

	return (struct qb_unit_scale){
		.factor = step->factor,
		.prefix = step->prefix,
		.unit = step->unit ? step->unit : unit,
		.decimals = count_decimals(family, magnitude / step->factor),
	};
}

char *qb_units_number(char *text, size_t size, const struct qb_unit_scale *scale, double value)
{
	const double scaled = value / scale->factor;

	if (!isfinite(scaled))
		snprintf(text, size, "-");
	else if (fabs(scaled) >= 1e9 || (scale->decimals == DECIMALS_MAX && fabs(scaled) < 1e-4))
		snprintf(text, size, "%.2e", scaled);
	else
		snprintf(text, size, "%.*f", scale->decimals, scaled);
	return text;
}

char *qb_units_format(char *text, size_t size, const char *unit, double value)
{
	const struct qb_unit_scale scale = qb_units_scale(unit, value);
	char number[QB_UNITS_SIZE];

	qb_units_number(number, sizeof(number), &scale, value);
	if (isfinite(value))
		snprintf(text, size, "%s %s%s", number, scale.prefix, scale.unit);
	else
		snprintf(text, size, "-");
	for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--)
		text[end - 1] = '\0';
	return text;
}

/* Three digits where they say something. */
char *qb_units_change(char *text, size_t size, double percent)
{
	const double magnitude = fabs(percent);

	if (magnitude < 0.005)
		percent = 0; /* never -0.00 */
	if (!isfinite(percent))
		snprintf(text, size, "%s", percent > 0 ? "inf" : percent < 0 ? "-inf" : "?");
	else
		snprintf(text, size, "%+.*f",
		         magnitude >= 99.95   ? 0
		         : magnitude >= 9.995 ? 1
		                              : 2,
		         percent);
	return text;
}

char *qb_units_age(char *text, size_t size, double seconds)
{
	static const struct {
		double s;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t at = 0;
	double count;

	/* Two of a unit at least, where there is a smaller one: "90 minutes" says more than
	 * "1 hour". */
	while (at < 3 && seconds < 2 * units[at].s)
		at++;
	count = floor(fmax(seconds, 0) / units[at].s);
	snprintf(text, size, "%.0f %s%s", count, units[at].name, count == 1 ? "" : "s");
	return text;
}

char *qb_units_exact(char *text, size_t size, double value)
{
	char *exponent;

	if (!isfinite(value)) {
		snprintf(text, size, "-");
		return text;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	exponent = strstr(text, "e+");
	if (exponent) /* 1e+20 -> 1e20: one spelling in every format */
		memmove(exponent + 1, exponent + 2, strlen(exponent + 2) + 1);
	return text;
}
