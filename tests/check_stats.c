/* check_stats -- how often the decisions are wrong: simulated comparisons, counted.
 *
 * Deterministic: every row has its own seed.  A bound is what a correct rule exceeds by chance in
 * less than 0.5 % of cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/advice.h"
#include "harness/contrast.h"
#include "harness/quantiles.h"
#include "tests/history_claims.h"
#include "tests/reference_values.h"
#include "tests/simulated_duel.h"
#include "tests/simulated_recordings.h"
#include "tests/usual_rules.h"

struct counts {
	unsigned of[QB_VERDICT_COUNT];
	unsigned long pairs;
};

static struct counts simulate(const struct noise *noise, double loss, unsigned trials,
                              uint64_t seed)
{
	const struct qb_schedule schedule = qb_gate_schedule(QB_PROFILE_CI, 0);
	struct counts counts = { 0 };
	static struct duel duel;

	for (unsigned i = 0; i < trials; i++) {
		duel_begin(&duel, noise, loss, &seed);
		counts.of[duel_decide(&duel, &schedule, 1, &seed).verdict]++;
		counts.pairs += duel.count;
	}
	return counts;
}

#define NULL_TRIALS 1000
#define LOSS_TRIALS 500

#define NULL_ROWS (COUNT(noise_rows) - 1)

static const struct noise_row *const null_rows = noise_rows + 1; /* 3 % is harder than 2 % */

/* What the sequential rule came to: of NULL_TRIALS, of LOSS_TRIALS. */
static unsigned sequential_alarms[NULL_ROWS], sequential_found[NULL_ROWS];

static void check_nulls(void)
{
	char what[96];

	puts("\nA2  nothing changed, sequential 'ci': false verdicts");
	for (size_t i = 0; i < NULL_ROWS; i++) {
		const struct counts counts = simulate(&null_rows[i].noise, 0, NULL_TRIALS, 200 + i);
		const unsigned alarms =
			counts.of[QB_VERDICT_REGRESSION] + counts.of[QB_VERDICT_IMPROVEMENT];

		snprintf(what, sizeof(what), "%s (%lu pairs on average, %u open)",
		         null_rows[i].name, counts.pairs / NULL_TRIALS,
		         counts.of[QB_VERDICT_INCONCLUSIVE]);
		report_most(what, alarms, NULL_TRIALS, 19);
		sequential_alarms[i] = alarms;
	}
}

static void check_losses(void)
{
	char what[96];

	puts("\nA3  a true loss of 5 %, sequential 'ci'");
	for (size_t i = 0; i < COUNT(noise_rows); i++) {
		const char *name = noise_rows[i].name;
		const struct counts counts =
			simulate(&noise_rows[i].noise, -log(0.95), LOSS_TRIALS, 300 + i);
		const unsigned found = counts.of[QB_VERDICT_REGRESSION];

		snprintf(what, sizeof(what), "%s: regression (%lu pairs, %u open)", name,
		         counts.pairs / LOSS_TRIALS, counts.of[QB_VERDICT_INCONCLUSIVE]);
		if (noise_rows[i].open)
			tell(what, found, LOSS_TRIALS);
		else
			report_least(what, found, LOSS_TRIALS, 475);
		snprintf(what, sizeof(what), "%s: improvement", name);
		report_most(what, counts.of[QB_VERDICT_IMPROVEMENT], LOSS_TRIALS, 0);
		snprintf(what, sizeof(what), "%s: no change", name);
		report_most(what, counts.of[QB_VERDICT_NO_CHANGE], LOSS_TRIALS, 12);
		if (i > 0)
			sequential_found[i - 1] = found;
	}
}

static void check_family(void)
{
	const struct qb_schedule schedule = qb_gate_schedule(QB_PROFILE_CI, 0);
	const struct noise noise = { NOISE_GAUSS, 0.03 };
	static struct duel duel;
	uint64_t seed = 400;
	unsigned alarms = 0;

	puts("\nA4  20 comparisons a suite, nothing changed");
	for (unsigned i = 0; i < 200; i++) {
		struct qb_tally tally = { 0 };

		for (unsigned cell = 0; cell < 20; cell++) {
			struct qb_judgement judgement;

			duel_begin(&duel, &noise, 0, &seed);
			judgement = duel_decide(&duel, &schedule, 20, &seed);
			qb_gate_count(&tally, &judgement, QB_SEVERITY_MINOR);
		}
		alarms += qb_gate_exit_code(&tally, QB_INCONCLUSIVE_REPORT) == 1;
	}
	report_most("suites that exit 1", alarms, 200, 6);
}

static void check_files(void)
{
	const struct qb_recording_term usual = qb_recording_estimate(NULL, 0, true);
	const struct qb_recording_term none = { 1, 0, true };

	puts("\nA5  two files, recordings 3 % apart, nothing changed: false verdicts");
	report_most("with the assumed term between recordings", count_false_files(&usual, 500), 500,
	            16);
	report_most("with the term estimated from five recordings", count_false_history(501), 500,
	            16);
	report_least("without the term (so the warning against it is true)",
	             count_false_files(&none, 502), 500, 101);
}

/* Ten pilot pairs; where they leave it open, as many as advised and one more look. */
static bool follow_advice(struct duel *duel, uint64_t *state)
{
	struct qb_judgement judgement;
	struct qb_advice advice;

	duel_measure(duel, 10, state);
	judgement = qb_verdict_pairs(&duel->rules, duel->deltas, duel->count);
	if (judgement.verdict != QB_VERDICT_INCONCLUSIVE)
		return true;
	advice = qb_advice_make(&judgement, &duel->rules, 0, NULL);
	if (advice.kind != QB_ADVICE_MORE || advice.total > PAIRS_MAX)
		return false;
	duel_measure(duel, (unsigned)advice.total, state);
	judgement = qb_verdict_pairs(&duel->rules, duel->deltas, duel->count);
	return judgement.verdict != QB_VERDICT_INCONCLUSIVE;
}

static void check_advice(void)
{
	static const double losses[] = { 0, 0.0512932944 };
	static struct duel duel;
	char what[96];

	puts("\nA12 'needs N more pairs', from ten pilot pairs: decided when followed");
	for (unsigned percent = 2; percent <= 5; percent++) {
		const struct noise noise = { NOISE_GAUSS, percent / 100.0 };

		for (size_t l = 0; l < COUNT(losses); l++) {
			uint64_t seed = 1200 + 10 * percent + l;
			unsigned decided = 0;
			unsigned long pairs = 0;

			for (unsigned i = 0; i < 200; i++) {
				duel_begin(&duel, &noise, losses[l], &seed);
				duel.rules.levels = (struct qb_levels){ 0.01, 0.01 };
				decided += follow_advice(&duel, &seed);
				pairs += duel.count;
			}
			snprintf(what, sizeof(what), "gauss %u %%, true loss %s (%lu pairs)",
			         percent, l == 0 ? "0" : "5 %", pairs / 200);
			report_least(what, decided, 200, 180);
		}
	}
}

/* One line of the table: a rule at each noise. */
static void write_rates(FILE *stream, const char *name, const unsigned *alarms,
                        const unsigned *found)
{
	fprintf(stream, "| %-31s |", name);
	for (size_t i = 0; i < NULL_ROWS; i++)
		fprintf(stream, " %.1f / %.1f |", 100.0 * alarms[i] / NULL_TRIALS,
		        100.0 * found[i] / LOSS_TRIALS);
	fputc('\n', stream);
}

/* In Markdown, for README.md. */
static void write_table(FILE *stream)
{
	unsigned alarms[USUAL_RULES][NULL_ROWS], found[USUAL_RULES][NULL_ROWS];

	for (size_t i = 0; i < NULL_ROWS; i++) {
		const struct noise *noise = &null_rows[i].noise;
		const struct findings none = count_findings(noise, 0, NULL_TRIALS, 1500 + i);
		const struct findings loss =
			count_findings(noise, -log(0.95), LOSS_TRIALS, 1600 + i);

		for (size_t rule = 0; rule < USUAL_RULES; rule++) {
			alarms[rule][i] = none.losses[rule] + none.gains[rule];
			found[rule][i] = loss.losses[rule];
		}
	}
	fprintf(stream, "| %-31s |", "false alarms / losses found, %");
	for (size_t i = 0; i < NULL_ROWS; i++)
		fprintf(stream, " %s |", null_rows[i].name);
	fputs("\n|---|---|---|---|---|---|\n", stream);
	write_rates(stream, "`qbench ab` (profile `ci`)", sequential_alarms, sequential_found);
	for (size_t rule = 0; rule < USUAL_RULES; rule++)
		write_rates(stream, usual_rules[rule].name, alarms[rule], found[rule]);
}

static void check_usual_rules(void)
{
	puts("\nThe usual rules, 20 runs a side, on the same noise: they have no bound");
	check_table(write_table);
}

/* Every bit of what was decided, in text. */
static void write_judgements(FILE *stream, uint64_t seed)
{
	const struct qb_schedule schedule = qb_gate_schedule(QB_PROFILE_CI, 0);
	static struct duel duel;

	for (size_t i = 0; i < NULL_ROWS; i++) {
		struct qb_judgement j;

		duel_begin(&duel, &null_rows[i].noise, 0.03, &seed);
		j = duel_decide(&duel, &schedule, 5, &seed);
		fprintf(stream, "%s %s %s %u %a %a %a %a %a %a %a\n", qb_verdict_name(j.verdict),
		        qb_verdict_severity_name(j.severity),
		        qb_verdict_severity_name(j.severity_confirmed), duel.count, j.change_pct,
		        j.ci95_pct[0], j.ci95_pct[1], j.at_least_pct, j.change.low, j.change.high,
		        j.no_change.low);
	}
}

static void check_determinism(void)
{
	char *texts[2] = { NULL };
	size_t sizes[2];

	puts("\nA14 same values, same seed: same verdicts to the last bit");
	for (unsigned i = 0; i < 2; i++) {
		FILE *stream = open_memstream(&texts[i], &sizes[i]);

		if (!stream)
			abort();
		write_judgements(stream, 1400);
		fclose(stream);
	}
	report_least("equal bytes", strcmp(texts[0], texts[1]) == 0 ? (unsigned)sizes[0] : 0,
	             (unsigned)sizes[0], (unsigned)sizes[0]);
	free(texts[0]);
	free(texts[1]);
}

static unsigned count_indices(void)
{
	static const double levels[] = { 0.05, 0.01, 0.002 };
	unsigned right = 0;

	for (size_t row = 0; row < COUNT(index_rows); row++) {
		const struct index_row *r = &index_rows[row];

		for (size_t i = 0; i < 3; i++) {
			right += qb_stats_mann_whitney_index(r->n, r->n, levels[i]) ==
			         r->mann_whitney[i];
			right += qb_stats_signed_rank_index(r->n, levels[i]) == r->signed_rank[i];
		}
		right += qb_stats_sign_index(r->n, 0.05) == r->sign[0];
		right += qb_stats_sign_index(r->n, 0.01) == r->sign[1];
	}
	return right;
}

static bool matches(const struct qb_interval *got, const double *wanted)
{
	return got->exists && fabs(got->estimate - wanted[0]) < 1e-6 &&
	       fabs(got->low - wanted[1]) < 1e-6 && fabs(got->high - wanted[2]) < 1e-6;
}

static unsigned count_vectors(void)
{
	const double *fresh[] = { sample_b, sample_c };
	unsigned right = 0;

	for (size_t side = 0; side < 2; side++) {
		double base_logs[SAMPLE_SIZE], logs[SAMPLE_SIZE], deltas[SAMPLE_SIZE];

		for (size_t i = 0; i < SAMPLE_SIZE; i++) {
			base_logs[i] = log(sample_a[i]);
			logs[i] = log(fresh[side][i]);
			deltas[i] = base_logs[i] - logs[i];
		}
		for (size_t row = 0; row < COUNT(paired_rows); row++) {
			const double alpha = paired_rows[row].alpha;
			const struct qb_interval pairs =
				qb_stats_signed_rank(deltas, SAMPLE_SIZE, alpha);
			const struct qb_interval shift =
				qb_stats_shift(logs, SAMPLE_SIZE, base_logs, SAMPLE_SIZE, alpha);

			right += matches(&pairs, side ? paired_rows[row].c : paired_rows[row].b);
			right += matches(&shift, side ? shift_rows[row].c : shift_rows[row].b);
		}
	}
	return right;
}

static void check_values(void)
{
	const unsigned index_total = 8 * COUNT(index_rows), vector_total = 4 * COUNT(paired_rows);
	unsigned right = 0;

	puts("A1  published values");
	report_least("indices of rank intervals", count_indices(), index_total, index_total);
	for (size_t i = 0; i < COUNT(student_rows); i++)
		right += fabs(qb_quantiles_student(student_rows[i].alpha, student_rows[i].degrees) -
		              student_rows[i].t) < 1e-4;
	report_least("critical values of Student's t", right, COUNT(student_rows),
	             COUNT(student_rows));
	right = fabs(qb_quantiles_normal(0.975) - 1.959964) < 1e-6;
	right += fabs(qb_quantiles_normal(0.995) - 2.575829) < 1e-6;
	report_least("quantiles of the normal distribution", right, 2, 2);
	report_least("intervals of the reference samples", count_vectors(), vector_total,
	             vector_total);
}

int main(void)
{
	check_values();
	check_nulls();
	check_losses();
	check_family();
	check_files();
	check_advice();
	check_usual_rules();
	check_histories();
	check_determinism();
	printf("\n%u passed, %u failed\n", passed_count, failed_count);
	return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
