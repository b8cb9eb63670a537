/* json_print.c -- a tree of values as text that people can read too.
 *
 * jansson escapes the text; the layout is ours, because one run, one thread or one list of numbers
 * reads better on one line than on twenty, and because a number is written with the shortest digits
 * that read back as the same double. */
#include "reports/json_print.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>

#include "reports/units.h"

struct output {
	FILE *stream;
	bool failed; /* out of memory */
};

static void write_scalar(struct output *out, const json_t *value)
{
	char digits[QB_UNITS_SIZE], *text;

	if (json_is_real(value)) {
		fputs(qb_units_exact(digits, sizeof(digits), json_real_value(value)), out->stream);
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY);
	if (text)
		fputs(text, out->stream);
	else
		out->failed = true;
	free(text);
}

static void write_key(struct output *out, const char *key)
{
	json_t *name = json_string(key);

	write_scalar(out, name);
	fputs(": ", out->stream);
	json_decref(name);
}

static int larger(int a, int b) { return a > b ? a : b; }

/* How many containers stand one inside another in `value`; at most `limit` are looked at. */
static int count_levels(json_t *value, int limit)
{
	const char *key;
	json_t *member;
	int levels = 0;
	size_t i;

	if (limit == 0 || (!json_is_array(value) && !json_is_object(value)))
		return 0;
	json_array_foreach(value, i, member) levels =
		larger(levels, count_levels(member, limit - 1));
	json_object_foreach(value, key, member) levels =
		larger(levels, count_levels(member, limit - 1));
	return levels + 1;
}

/* Before a member; depth < 0: on one line with its container. */
static void write_gap(struct output *out, bool *first, int depth)
{
	fputs(*first ? "" : depth < 0 ? ", " : ",", out->stream);
	if (depth >= 0)
		fprintf(out->stream, "\n%*s", 2 * depth, "");
	*first = false;
}

/* On one line are lists of scalars, and objects in a list down to their own lists: one thread, one
 * fault, one run. */
static void write_value(struct output *out, json_t *value, int depth, bool in_list)
{
	const bool is_list = json_is_array(value);
	const bool flat = depth < 0 || count_levels(value, 3) <= (in_list ? 2 : is_list ? 1 : 0);
	const int inner = flat ? -1 : depth + 1;
	bool first = true;
	const char *key;
	json_t *member;
	size_t i;

	if (!is_list && !json_is_object(value)) {
		write_scalar(out, value);
		return;
	}
	fputc(is_list ? '[' : '{', out->stream);
	json_array_foreach(value, i, member)
	{
		write_gap(out, &first, inner);
		write_value(out, member, inner, true);
	}
	json_object_foreach(value, key, member)
	{
		write_gap(out, &first, inner);
		write_key(out, key);
		write_value(out, member, inner, false);
	}
	if (!flat && !first)
		fprintf(out->stream, "\n%*s", 2 * depth, "");
	fputc(is_list ? ']' : '}', out->stream);
}

int qb_json_print_tree(json_t *root, FILE *stream)
{
	struct output out = { stream, false };

	write_value(&out, root, 0, false);
	fputc('\n', stream);
	return out.failed ? -ENOMEM : 0;
}
