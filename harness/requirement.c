/* requirement -- minimum requirements, held against what was measured.
 *
 * Met and not met are said where the whole 99 % interval over runs is on one side of the limit;
 * else nobody can tell, and a coin is not tossed. */
#include "harness/requirement.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>

#define LEVEL 0.01

static int refuse(const char *text, const char *why, struct qb_error *error)
{
	return qb_error_set(error, EINVAL,
	                    "requirement '%.80s': %s; write it as 'spsc: throughput >= 100M' or "
	                    "'latency_p99 <= 100us'",
	                    text, why);
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static double scale_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		double scale;
	} rows[] = {
		{ "", 1 },       { "k", 1e3 },       { "K", 1e3 },          { "M", 1e6 },
		{ "G", 1e9 },    { "Ki", 1024 },     { "Mi", 1048576 },     { "Gi", 1073741824 },
		{ "KiB", 1024 }, { "MiB", 1048576 }, { "GiB", 1073741824 }, { "B", 1 },
		{ "ns", 1 },     { "us", 1e3 },      { "ms", 1e6 },         { "s", 1e9 },
	};

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		if (strcmp(suffix, rows[row].suffix) == 0)
			return rows[row].scale;
	}
	return 0;
}

static int parse_limit(const char *text, const char *number, double *ret_limit,
                       struct qb_error *error)
{
	char *end, suffix[8] = "";
	double value, scale;
	size_t length;

	if (!isdigit((unsigned char)*number) && *number != '.')
		return refuse(text, "a number is missing behind the comparison", error);
	value = strtod(number, &end);
	end = (char *)skip_blanks(end);
	length = strcspn(end, " \t");
	if (length < sizeof(suffix))
		memcpy(suffix, end, length);
	scale = length < sizeof(suffix) ? scale_of(suffix) : 0;
	if (scale == 0 || *skip_blanks(end + length))
		return refuse(text, "its number ends in something unknown", error);
	if (!isfinite(value * scale) || !(value * scale > 0))
		return refuse(text, "its number is not above 0, or too large", error);
	*ret_limit = value * scale;
	return 0;
}

/* Copies without the blanks around it.  False: nothing is left, or it is too long. */
static bool take(const char *begin, const char *end, char *ret_text, size_t size)
{
	begin = skip_blanks(begin);
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end <= begin || (size_t)(end - begin) >= size)
		return false;
	memcpy(ret_text, begin, (size_t)(end - begin));
	ret_text[end - begin] = 0;
	return true;
}

/* The colon behind the scope: the last one before the comparison, since a key may hold one. */
static const char *find_colon(const char *text, const char *comparison)
{
	const char *colon = NULL;

	for (const char *at = text; at < comparison; at++) {
		if (*at == ':')
			colon = at;
	}
	return colon;
}

int qb_requirement_parse(const char *text, struct qb_requirement *ret_requirement,
                         struct qb_error *error)
{
	struct qb_requirement made = { .limit = 0 };
	const char *comparison = strpbrk(text, "<>");
	const char *colon;
	int result;

	if (strlen(text) >= sizeof(made.text))
		return refuse(text, "it is too long", error);
	if (!comparison || comparison[1] != '=')
		return refuse(text, "it has neither >= nor <=", error);
	colon = find_colon(text, comparison);
	if (colon && !take(text, colon, made.scope, sizeof(made.scope)))
		return refuse(text, "nothing stands before the colon", error);
	if (!take(colon ? colon + 1 : text, comparison, made.metric, sizeof(made.metric)) ||
	    strpbrk(made.metric, " \t"))
		return refuse(text, "one metric must stand before the comparison", error);
	result = parse_limit(text, skip_blanks(comparison + 2), &made.limit, error);
	if (result != 0)
		return result;
	snprintf(made.text, sizeof(made.text), "%s", text);
	made.at_least = *comparison == '>';
	*ret_requirement = made;
	return 0;
}

/* The queue's name in "throughput/mpsc/p4c1/..."; of two sides ("spsc..mpsc") the new one's. */
static void name_of_key(const char *key, char *ret_name, size_t size)
{
	const char *begin = strchr(key, '/'), *dots;
	size_t length;

	begin = begin ? begin + 1 : key;
	length = strcspn(begin, "/");
	dots = strstr(begin, "..");
	if (dots && dots < begin + length) {
		length -= (size_t)(dots + 2 - begin);
		begin = dots + 2;
	}
	snprintf(ret_name, size, "%.*s", (int)length, begin);
}

bool qb_requirement_concerns(const struct qb_requirement *requirement, const char *key)
{
	char name[QB_KEY_SIZE];

	name_of_key(key, name, sizeof(name));
	return requirement->scope[0] == 0 || fnmatch(requirement->scope, name, 0) == 0 ||
	       fnmatch(requirement->scope, key, 0) == 0;
}

/* From the interval of the logs: which side of the limit. */
static void judge(const struct qb_requirement *requirement, const struct qb_interval *interval,
                  struct qb_requirement_result *result)
{
	const bool above = result->interval[0] >= requirement->limit;
	const bool below = result->interval[1] <= requirement->limit;

	if (!interval->exists) {
		snprintf(result->reason, sizeof(result->reason),
		         "%u runs are too few for an interval", result->n);
		result->verdict = QB_VERDICT_INCONCLUSIVE;
	} else if (requirement->at_least ? above : below) {
		result->verdict = QB_VERDICT_NO_CHANGE;
	} else if (requirement->at_least ? below : above) {
		result->verdict = QB_VERDICT_REGRESSION;
	} else {
		snprintf(result->reason, sizeof(result->reason),
		         "the limit lies within the interval; more runs narrow it");
		result->verdict = QB_VERDICT_INCONCLUSIVE;
	}
}

/* -ENOMEM. */
static int measure_up(const struct qb_requirement *requirement,
                      const struct qb_requirement_cell *cell, struct qb_requirement_result *result)
{
	double *logs = calloc(cell->count + 1, sizeof(*logs));
	struct qb_interval interval;

	if (!logs)
		return -ENOMEM;
	for (size_t run = 0; run < cell->count; run++)
		logs[run] = log(cell->values[run]);
	interval = qb_stats_signed_rank(logs, cell->count, LEVEL);
	free(logs);
	result->n = (unsigned)cell->count;
	result->value = exp(interval.estimate);
	result->has_interval = interval.exists;
	result->interval[0] = exp(interval.low);
	result->interval[1] = exp(interval.high);
	judge(requirement, &interval, result);
	return 0;
}

static struct qb_requirement_result *add(const struct qb_requirement *requirement,
                                         struct qb_comparison_document *document)
{
	struct qb_requirement_result *grown = reallocarray(
		document->requirements, document->requirement_count + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	document->requirements = grown;
	grown += document->requirement_count++;
	*grown = (struct qb_requirement_result){ .verdict = QB_VERDICT_INVALID,
		                                 .value = NAN,
		                                 .limit = requirement->limit };
	snprintf(grown->text, sizeof(grown->text), "%s", requirement->text);
	return grown;
}

static int check_cell(const struct qb_requirement *requirement,
                      const struct qb_requirement_cell *cell,
                      struct qb_comparison_document *document)
{
	struct qb_requirement_result *result = add(requirement, document);

	if (!result)
		return -ENOMEM;
	snprintf(result->key, sizeof(result->key), "%s", cell->key);
	snprintf(result->unit, sizeof(result->unit), "%s", cell->unit);
	if (cell->count > 0)
		return measure_up(requirement, cell, result);
	snprintf(result->reason, sizeof(result->reason), "%s",
	         cell->reason && cell->reason[0] ? cell->reason : "nothing was measured");
	return 0;
}

int qb_requirement_check(const struct qb_requirement *requirement,
                         const struct qb_requirement_cell *cells, size_t cell_count,
                         struct qb_comparison_document *document)
{
	struct qb_requirement_result *none;
	bool any = false;

	for (size_t index = 0; index < cell_count; index++) {
		int failure;

		if (strcmp(cells[index].metric, requirement->metric) != 0 ||
		    !qb_requirement_concerns(requirement, cells[index].key))
			continue;
		any = true;
		failure = check_cell(requirement, &cells[index], document);
		if (failure != 0)
			return failure;
	}
	if (any)
		return 0;
	none = add(requirement, document);
	if (!none)
		return -ENOMEM;
	snprintf(none->reason, sizeof(none->reason), "no case that it concerns has this metric");
	return 0;
}
