/* ranking.c -- all cases in one table, fastest first, with the ratio to the fastest.
 *
 * Cases that answer different questions are not ranked against each other: each workload and metric
 * has a table of its own, floors (where no message crosses) stand below a line of their own, and
 * what has no figure to trust comes last with its status.  A name carries each parameter that
 * differs anywhere in the document, so no two lines look alike that are not. */
#include "reports/ranking.h"

#include <math.h>

#include "reports/columns.h"
#include "reports/units.h"

#define IMPL_MAX  24
#define LABEL_MAX 200

enum group { GROUP_RANKED, GROUP_FLOOR, GROUP_UNRANKED };

struct entry {
	const struct qb_result *result;
	const struct qb_metric *metric; /* the first one; NULL: none */
	struct qb_estimate estimate;
	enum group group;
	size_t order; /* in the document */
	char label[LABEL_MAX];
};

/* The parameters that differ between results, by column. */
static void find_varying(const struct qb_document *document, bool *ret_varying)
{
	struct qb_cell first, other;

	for (size_t k = 0; qb_columns[k].key; k++) {
		const struct qb_row base = { &document->results[0], NULL };

		ret_varying[k] = false;
		if (!qb_columns[k].tag)
			continue;
		qb_columns_get(&qb_columns[k], &base, &first);
		for (size_t i = 1; i < document->result_count && !ret_varying[k]; i++) {
			const struct qb_row row = { &document->results[i], NULL };

			qb_columns_get(&qb_columns[k], &row, &other);
			ret_varying[k] = other.kind != first.kind || other.count != first.count ||
			                 strcmp(other.text, first.text) != 0;
		}
	}
}

static void add_word(char *label, const char *tag, const char *word)
{
	const size_t used = strlen(label);

	snprintf(label + used, LABEL_MAX - used, "%s%s%s", used ? " " : "", tag, word);
}

/* Without the workload, which heads the table, unless it stands among cases without a figure. */
static void print_label(const struct entry *entry, const bool *varying, char *label)
{
	const struct qb_result *result = entry->result;
	const struct qb_row row = { result, NULL };
	struct qb_cell cell;
	char word[QB_NAME_SIZE];

	label[0] = '\0';
	for (size_t k = 0; qb_columns[k].key; k++) {
		if (!varying[k] ||
		    (entry->group != GROUP_UNRANKED && strcmp(qb_columns[k].key, "workload") == 0))
			continue;
		qb_columns_get(&qb_columns[k], &row, &cell);
		qb_columns_exact(&cell, word, sizeof(word));
		add_word(label, qb_columns[k].tag, word);
	}
	if (result->c.batch_emulated)
		add_word(label, "", "emulated");
	if (result->c.oversubscribed)
		add_word(label, "", "oversubscribed");
	if (!result->c.proof)
		add_word(label, "", "unproven");
}

static void fill_entry(struct entry *entry, const struct qb_result *result, size_t order)
{
	const bool counts =
		result->status == QB_STATUS_OK || result->status == QB_STATUS_INTERRUPTED;

	entry->result = result;
	entry->order = order;
	entry->group = GROUP_UNRANKED;
	if (result->metric_count == 0)
		return;
	entry->metric = &result->metrics[0];
	entry->estimate = qb_estimate_settled(&entry->metric->estimate);
	if (counts && entry->estimate.hl > 0)
		entry->group = result->c.traits & QB_FLOOR ? GROUP_FLOOR : GROUP_RANKED;
}

static const char *metric_name(const struct entry *entry)
{
	return entry->metric ? entry->metric->name : "";
}

/* Order of tables, then best first, then as in the document. */
static int compare_tables(const struct entry *a, const struct entry *b)
{
	int order;

	if (a->group == GROUP_UNRANKED || b->group == GROUP_UNRANKED)
		return (a->group == GROUP_UNRANKED) - (b->group == GROUP_UNRANKED);
	order = strcmp(a->result->c.workload, b->result->c.workload);
	if (order == 0)
		order = strcmp(metric_name(a), metric_name(b));
	return order;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_tables(a, b);

	if (order == 0 && a->group != b->group)
		order = a->group < b->group ? -1 : 1;
	if (order == 0 && a->group != GROUP_UNRANKED && a->estimate.hl != b->estimate.hl)
		order = (a->estimate.hl > b->estimate.hl) == a->metric->higher_is_better ? -1 : 1;
	if (order == 0)
		order = a->order < b->order ? -1 : 1;
	return order;
}

/* Widths of the two columns on the left, in characters. */
struct widths {
	size_t impl, label;
};

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static struct widths measure(const struct entry *entries, size_t count, size_t room)
{
	struct widths widths = { 5, 0 };

	for (size_t i = 0; i < count; i++) {
		widths.impl = larger(widths.impl, qb_layout_columns(entries[i].result->c.impl));
		widths.label = larger(widths.label, qb_layout_columns(entries[i].label));
	}
	if (widths.impl + 2 + widths.label > room)
		widths.impl = smaller(widths.impl, smaller(IMPL_MAX, room - 2));
	if (widths.label + widths.impl + 2 > room)
		widths.label = room - widths.impl - 2;
	return widths;
}

static void print_interval(const struct entry *entry, char *text, size_t size)
{
	const struct qb_unit_scale scale = qb_units_scale(entry->metric->unit, entry->estimate.hl);
	char low[QB_UNITS_SIZE], high[QB_UNITS_SIZE];

	if (!entry->estimate.has_ci95) {
		snprintf(text, size, "n too small");
		return;
	}
	qb_units_number(low, sizeof(low), &scale, entry->estimate.ci95[0]);
	qb_units_number(high, sizeof(high), &scale, entry->estimate.ci95[1]);
	snprintf(text, size, "%s to %s", low, high);
}

/* One case; where its name and label do not fit beside the figures, the figures go below. */
static void write_entry(const struct qb_layout *out, const struct entry *entry,
                        const struct widths *widths, const char *figures)
{
	const char *impl = entry->result->c.impl;
	const size_t taken = qb_layout_columns(impl);
	const size_t gap = taken < widths->impl ? widths->impl - taken : 0;
	const size_t left = widths->impl + 2 + widths->label;
	const size_t used = taken + gap + 2 + qb_layout_columns(entry->label);

	if (used <= left) {
		qb_layout_line(out, QB_TONE_PLAIN, "  %s%*s  %s%*s  %s", impl, (int)gap, "",
		               entry->label, (int)(left - used), "", figures);
		return;
	}
	qb_layout_say(out, NULL, QB_TONE_PLAIN, "  %s%*s  %s", impl, (int)gap, "", entry->label);
	qb_layout_line(out, QB_TONE_PLAIN, "  %*s  %s", (int)left, "", figures);
}

static void write_figures(const struct qb_layout *out, const struct entry *entry,
                          const struct widths *widths, double best)
{
	char estimate[QB_UNITS_SIZE], interval[3 * QB_UNITS_SIZE], figures[240], ratio[24] = "";

	if (entry->group == GROUP_UNRANKED) {
		write_entry(out, entry, widths, qb_status_name(entry->result->status));
		return;
	}
	qb_units_format(estimate, sizeof(estimate), entry->metric->unit, entry->estimate.hl);
	print_interval(entry, interval, sizeof(interval));
	if (entry->group == GROUP_RANKED)
		snprintf(ratio, sizeof(ratio), entry->estimate.hl / best < 0.1 ? "%.2g" : "%.2f",
		         entry->estimate.hl / best);
	snprintf(figures, sizeof(figures), "%12s  %-16s %7s", estimate, interval, ratio);
	for (size_t end = strlen(figures); end > 0 && figures[end - 1] == ' '; end--)
		figures[end - 1] = '\0';
	write_entry(out, entry, widths, figures);
}

static void write_heading(const struct qb_layout *out, const struct entry *entry,
                          const struct widths *widths)
{
	const size_t left = widths->impl + 2 + widths->label;

	if (entry->group == GROUP_FLOOR)
		qb_layout_line(out, QB_TONE_LABEL, "  floors: no message crosses between threads");
	else if (entry->group == GROUP_UNRANKED)
		qb_layout_line(out, QB_TONE_LABEL, "  without a figure:");
	else
		qb_layout_line(out, QB_TONE_LABEL, "  %-*s  %12s  %-16s %7s", (int)left,
		               entry->result->c.workload, metric_name(entry), "95 % interval",
		               "ratio");
}

static void write_tables(const struct qb_layout *out, const struct entry *entries, size_t count)
{
	/* Margin, gap, estimate, gap, interval, gap, ratio. */
	const size_t room = out->style.width - (2 + 2 + 12 + 2 + 16 + 1 + 7);
	const struct widths widths = measure(entries, count, room);
	double best = NAN;
	bool ranked = false;

	for (size_t i = 0; i < count; i++) {
		const struct entry *entry = &entries[i];

		if (i == 0 || entry[-1].group != entry->group ||
		    compare_tables(&entry[-1], entry) != 0) {
			write_heading(out, entry, &widths);
			best = entry->estimate.hl;
		}
		ranked |= entry->group == GROUP_RANKED;
		write_figures(out, entry, &widths, best);
	}
	if (ranked)
		qb_layout_say(out, NULL, QB_TONE_LABEL,
		              "The ratio is to the first line of its table; where intervals "
		              "overlap, it decides nothing.");
}

int qb_ranking_write(const struct qb_document *document, const struct qb_layout *layout)
{
	struct entry *entries = calloc(document->result_count, sizeof(*entries));
	bool varying[QB_COLUMNS_MAX];

	if (!entries)
		return -ENOMEM;
	find_varying(document, varying);
	for (size_t i = 0; i < document->result_count; i++) {
		fill_entry(&entries[i], &document->results[i], i);
		print_label(&entries[i], varying, entries[i].label);
	}
	qsort(entries, document->result_count, sizeof(*entries), compare_entries);
	qb_layout_say(layout, NULL, QB_TONE_TITLE, "All cases, best first");
	write_tables(layout, entries, document->result_count);
	free(entries);
	return 0;
}
