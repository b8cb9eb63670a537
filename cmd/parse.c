/* parse -- what is written in an argument -> numbers, or where the mistake is.
 *
 * Strict on purpose: `4x`, ` 4`, `1e3`, an empty item or a number said twice is a slip that would
 * otherwise be measured for minutes before anyone sees it. */
#include "cmd/parse.h"

#include <ctype.h>
#include <math.h>

#define SHARD_MAX 100000u

/* Fills the mistake at `at` inside `text`; returns -EINVAL. */
__attribute__((format(printf, 4, 5))) static int mistake(struct qb_parse_mistake *ret_mistake,
                                                         const char *text, const char *at,
                                                         const char *format, ...)
{
	va_list arguments;

	ret_mistake->offset = (size_t)(at - text);
	va_start(arguments, format);
	vsnprintf(ret_mistake->text, sizeof(ret_mistake->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int unexpected(struct qb_parse_mistake *ret_mistake, const char *text, const char *at)
{
	const size_t character = (size_t)(at - text) + 1;

	if (!isprint((unsigned char)*at))
		return mistake(ret_mistake, text, at, "unexpected byte 0x%02x at character %zu",
		               (unsigned char)*at, character);
	return mistake(ret_mistake, text, at, "unexpected '%c' at character %zu", *at, character);
}

/* Where a number was due. */
static int no_number(struct qb_parse_mistake *ret_mistake, const char *text, const char *at)
{
	if (*at == 0)
		return mistake(ret_mistake, text, at, "a number is missing at the end");
	if (*at == ',' || *at == '-' || *at == '/')
		return mistake(ret_mistake, text, at, "a number is missing at character %zu",
		               (size_t)(at - text) + 1);
	return unexpected(ret_mistake, text, at);
}

/* What the suffix at `at` multiplies by; moves *at behind it. */
static uint64_t read_suffix(const char **at, unsigned thousand)
{
	static const char letters[] = "kMGT";
	const char *letter = **at == 'K' ? letters : **at ? strchr(letters, **at) : NULL;
	uint64_t factor = 1;

	if (!letter)
		return 1;
	if ((*at)[1] == 'i') {
		thousand = 1024;
		(*at)++;
	}
	(*at)++;
	for (const char *each = letters; each <= letter; each++)
		factor *= thousand;
	return factor;
}

/* One number at *at; moves *at behind it. */
static int read_number(const char *text, const char **at, const struct qb_parse_limits *limits,
                       uint64_t *ret_number, struct qb_parse_mistake *ret_mistake)
{
	const char *const start = *at;
	uint64_t number = 0, factor;
	bool over = false;

	if (*start == '-' && isdigit((unsigned char)start[1]))
		return mistake(ret_mistake, text, start, "a number is negative at character %zu",
		               (size_t)(start - text) + 1);
	if (!isdigit((unsigned char)*start))
		return no_number(ret_mistake, text, start);
	for (; isdigit((unsigned char)**at); (*at)++) {
		over = over || __builtin_mul_overflow(number, 10, &number) ||
		       __builtin_add_overflow(number, (uint64_t)(**at - '0'), &number);
	}
	factor = read_suffix(at, limits->thousand);
	over = over || __builtin_mul_overflow(number, factor, &number);
	if (over || number > limits->max)
		return mistake(ret_mistake, text, start, "%.*s is more than %llu",
		               (int)(*at - start < 40 ? *at - start : 40), start,
		               (unsigned long long)limits->max);
	if (number < limits->min)
		return mistake(ret_mistake, text, start, "%.*s is less than %llu",
		               (int)(*at - start < 40 ? *at - start : 40), start,
		               (unsigned long long)limits->min);
	*ret_number = number;
	return 0;
}

int qb_parse_number(const char *text, const struct qb_parse_limits *limits, uint64_t *ret_number,
                    struct qb_parse_mistake *ret_mistake)
{
	const char *at = text;
	uint64_t number;
	const int result = read_number(text, &at, limits, &number, ret_mistake);

	if (result)
		return result;
	if (*at)
		return unexpected(ret_mistake, text, at);
	*ret_number = number;
	return 0;
}

static bool contains(const struct qb_number_list *list, uint64_t number)
{
	for (size_t index = 0; index < list->count; index++) {
		if (list->values[index] == number)
			return true;
	}
	return false;
}

/* Adds first..last, written at `start`. */
static int add_range(const char *text, const char *start, uint64_t first, uint64_t last,
                     struct qb_number_list *list, struct qb_parse_mistake *ret_mistake)
{
	if (first > last)
		return mistake(ret_mistake, text, start, "the range %llu-%llu runs backwards",
		               (unsigned long long)first, (unsigned long long)last);
	if (last - first >= QB_LIST_MAX - list->count)
		return mistake(ret_mistake, text, start, "the list has more than %d numbers",
		               QB_LIST_MAX);
	for (uint64_t number = first;; number++) {
		if (contains(list, number))
			return mistake(ret_mistake, text, start, "%llu is in the list twice",
			               (unsigned long long)number);
		list->values[list->count++] = number;
		if (number == last)
			return 0;
	}
}

int qb_parse_list(const char *text, const struct qb_parse_limits *limits,
                  struct qb_number_list *ret_list, struct qb_parse_mistake *ret_mistake)
{
	struct qb_number_list list = { .count = 0 };
	const char *at = text;

	for (;;) {
		const char *const start = at;
		uint64_t first, last;
		int result = read_number(text, &at, limits, &first, ret_mistake);

		last = first;
		if (!result && *at == '-') {
			at++;
			result = read_number(text, &at, limits, &last, ret_mistake);
		}
		if (!result)
			result = add_range(text, start, first, last, &list, ret_mistake);
		if (result)
			return result;
		if (*at == 0)
			break;
		if (*at++ != ',')
			return unexpected(ret_mistake, text, at - 1);
	}
	*ret_list = list;
	return 0;
}

/* A plain decimal number at *at: digits with at most one point; no sign, exponent, inf or nan. */
static int read_decimal(const char *text, const char **at, double *ret_number,
                        struct qb_parse_mistake *ret_mistake)
{
	const char *const start = *at;
	size_t whole = strspn(start, "0123456789"), fraction = 0;
	double number = 0, scale = 1;

	if (*start == '-')
		return mistake(ret_mistake, text, start, "a number is negative at character %zu",
		               (size_t)(start - text) + 1);
	if (start[whole] == '.')
		fraction = strspn(start + whole + 1, "0123456789");
	if (whole + fraction == 0)
		return no_number(ret_mistake, text, start);
	for (size_t index = 0; index < whole; index++)
		number = number * 10 + (start[index] - '0');
	for (size_t index = 0; index < fraction; index++) {
		scale *= 10;
		number += (start[whole + 1 + index] - '0') / scale;
	}
	*at = start + whole + (start[whole] == '.') + fraction;
	*ret_number = number;
	return 0;
}

static bool read_unit(const char *unit, double *ret_factor_ns)
{
	static const struct {
		const char *name;
		double factor_ns;
	} units[] = { { "", 1e9 },   { "s", 1e9 },    { "ms", 1e6 },  { "us", 1e3 },
		      { "ns", 1.0 }, { "min", 60e9 }, { "h", 3600e9 } };

	for (size_t index = 0; index < sizeof(units) / sizeof(units[0]); index++) {
		if (strcmp(units[index].name, unit) == 0) {
			*ret_factor_ns = units[index].factor_ns;
			return true;
		}
	}
	return false;
}

int qb_parse_duration(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns,
                      struct qb_parse_mistake *ret_mistake)
{
	const char *at = text;
	double number, factor_ns, ns;
	const int result = read_decimal(text, &at, &number, ret_mistake);

	if (result)
		return result;
	if (!read_unit(at, &factor_ns))
		return mistake(ret_mistake, text, at,
		               "'%.20s' is no unit of time (ns, us, ms, s, min, h)", at);
	ns = round(number * factor_ns);
	if (!(ns >= (double)min_ns))
		return mistake(ret_mistake, text, text, "less than %g s", (double)min_ns / 1e9);
	if (!(ns <= (double)max_ns))
		return mistake(ret_mistake, text, text, "more than %g s", (double)max_ns / 1e9);
	*ret_ns = (uint64_t)ns;
	return 0;
}

int qb_parse_percent(const char *text, double *ret_share, struct qb_parse_mistake *ret_mistake)
{
	const char *at = text;
	double number = 0;
	const int result = read_decimal(text, &at, &number, ret_mistake);

	if (result)
		return result;
	if (*at == '%')
		at++;
	if (*at)
		return unexpected(ret_mistake, text, at);
	if (!(number > 0))
		return mistake(ret_mistake, text, text, "not more than 0 %%");
	if (!(number <= 100))
		return mistake(ret_mistake, text, text, "more than 100 %%");
	*ret_share = number / 100;
	return 0;
}

int qb_parse_shard(const char *text, unsigned *ret_index, unsigned *ret_count,
                   struct qb_parse_mistake *ret_mistake)
{
	const struct qb_parse_limits limits = { 1, SHARD_MAX, 1000 };
	const char *at = text;
	uint64_t index = 0, count = 0;
	int result = read_number(text, &at, &limits, &index, ret_mistake);

	if (result)
		return result;
	if (*at++ != '/')
		return mistake(ret_mistake, text, at - 1, "written as I/N, such as 2/8");
	result = read_number(text, &at, &limits, &count, ret_mistake);
	if (result)
		return result;
	if (*at)
		return unexpected(ret_mistake, text, at);
	if (index > count)
		return mistake(ret_mistake, text, text, "there is no part %u of %u",
		               (unsigned)index, (unsigned)count);
	*ret_index = (unsigned)index;
	*ret_count = (unsigned)count;
	return 0;
}
