/* history_claims.h -- how often `trend` is wrong on simulated histories, with bounds. */
#ifndef QB_TESTS_HISTORY_CLAIMS_H
#define QB_TESTS_HISTORY_CLAIMS_H

#include "tests/simulated_history.h"
#include "tests/stats_claims.h"

#define HISTORIES    200
#define HISTORY_ROWS 3
#define ORDERS       20000

/* Runs scatter by 2 %, by 3 %, or have a heavy tail. */
static struct history_counts history_alarms[HISTORY_ROWS], history_found[HISTORY_ROWS];

static void write_history_rates(FILE *stream, const char *name, size_t rule)
{
	fprintf(stream, "| %-33s |", name);
	for (size_t i = 0; i < HISTORY_ROWS; i++) {
		const struct history_counts *alarms = &history_alarms[i],
					    *found = &history_found[i];

		fprintf(stream, " %.1f / %.1f |",
		        100.0 * (rule ? alarms->jumps : alarms->changes) / HISTORIES,
		        100.0 * (rule ? found->jumps : found->changes) / HISTORIES);
	}
	fputc('\n', stream);
}

static void write_history_table(FILE *stream)
{
	fprintf(stream, "| %-33s |", "false alarms / steps found, %");
	for (size_t i = 0; i < HISTORY_ROWS; i++)
		fprintf(stream, " %s |", noise_rows[i].name);
	fputs("\n|---|---|---|---|\n", stream);
	write_history_rates(stream, "`qbench trend`", 0);
	write_history_rates(stream, "5 % off the value before", 1);
}

static void check_thresholds(void)
{
	static const size_t sizes[] = { 12, 33, 100, 400 };
	char what[96];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const unsigned beyond =
			history_count_beyond(sizes[i], 0.005, ORDERS, 1320 + sizes[i]);

		snprintf(what, sizeof(what), "random orders of %zu values beyond the 0.5 %% line",
		         sizes[i]);
		report_most(what, beyond, ORDERS, 128);
		if (i > 0) /* of 12 values none is so rare and not rarer */
			report_least(what, beyond, ORDERS, 74);
	}
}

static void check_histories(void)
{
	const struct noise wandering = { NOISE_GAUSS, 0.02 };
	char what[96];

	puts("\nA13 histories of 100 values: false alarms, and a step of 5 % seen from 10 values");
	for (size_t i = 0; i < HISTORY_ROWS; i++) {
		const struct noise *noise = &noise_rows[i].noise;

		history_alarms[i] = history_count_alarms(noise, 0, HISTORIES, 1300 + i);
		history_found[i] = history_count_found(noise, HISTORIES, 1310 + i);
		snprintf(what, sizeof(what), "%s: nothing changed, and a change is found",
		         noise_rows[i].name);
		report_most(what, history_alarms[i].changes, HISTORIES, 5);
		snprintf(what, sizeof(what), "%s: the step is found, at most 5 values off",
		         noise_rows[i].name);
		if (i == 1) /* 3 % is more than the bound is set for */
			tell(what, history_found[i].changes, HISTORIES);
		else
			report_least(what, history_found[i].changes, HISTORIES, 180);
	}
	tell("each value takes half of the deviation before: alarms",
	     history_count_alarms(&wandering, 0.5, HISTORIES, 1330).changes, HISTORIES);
	check_thresholds();
	check_table(write_history_table);
}

#endif
