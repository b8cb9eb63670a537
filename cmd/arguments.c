/* arguments -- whether argv fits the options of a command, as one sentence.
 *
 * getopt reads the same table afterwards and then finds nothing to refuse.  Looking first is what
 * makes one sentence with the nearest name possible: argp only says that something failed. */
#include "cmd/arguments.h"

#include <ctype.h>

#include "harness/nearest.h"

#define OPTION_MAX 64

struct table {
	size_t count;
	const struct argp_option *options[OPTION_MAX];
};

void qb_arguments_list(const struct argp *argp,
                       void (*hear)(void *context, const struct argp_option *option), void *context)
{
	for (const struct argp_option *option = argp->options;
	     option && (option->name || option->key || option->doc); option++) {
		if (option->name)
			hear(context, option);
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		qb_arguments_list(child->argp, hear, context);
}

static void add(void *context, const struct argp_option *option)
{
	struct table *table = context;

	if (table->count < OPTION_MAX)
		table->options[table->count++] = option;
}

static const struct argp_option *find_short(const struct table *table, char letter)
{
	for (size_t index = 0; index < table->count; index++) {
		if (table->options[index]->key == letter && isalnum((unsigned char)letter))
			return table->options[index];
	}
	return NULL;
}

static int refuse_long(const struct table *table, const char *name, size_t size,
                       struct qb_error *error)
{
	const char *names[OPTION_MAX];
	const char *nearest;
	char written[64];

	snprintf(written, sizeof(written), "%.*s", (int)(size < 60 ? size : 60), name);
	for (size_t index = 0; index < table->count; index++)
		names[index] = table->options[index]->name;
	nearest = qb_nearest_word(written, names, table->count);
	if (nearest)
		return qb_error_set(error, EINVAL, "no option '--%s', did you mean '--%s'?",
		                    written, nearest);
	return qb_error_set(error, EINVAL, "no option '--%s'", written);
}

/* The option of that name, or of the only name that begins so. */
static const struct argp_option *find_long(const struct table *table, const char *name, size_t size,
                                           struct qb_error *error)
{
	const struct argp_option *found = NULL;

	for (size_t index = 0; index < table->count; index++) {
		const struct argp_option *option = table->options[index];

		if (strncmp(option->name, name, size) != 0)
			continue;
		if (option->name[size] == 0)
			return option;
		if (found)
			return qb_fail(error, EINVAL, "option '--%.*s' could be '--%s' or '--%s'",
			               (int)size, name, found->name, option->name);
		found = option;
	}
	if (!found || size == 0)
		refuse_long(table, name, size, error);
	return size ? found : NULL;
}

/* Looks at `--name[=value]`; *ret_takes_next if its value is the next argument. */
static int check_long(const struct table *table, const char *argument, bool *ret_takes_next,
                      struct qb_error *error)
{
	const char *name = argument + 2, *value = strchr(name, '=');
	const size_t size = value ? (size_t)(value - name) : strlen(name);
	const struct argp_option *option = find_long(table, name, size, error);

	if (!option)
		return -EINVAL;
	if (value && !option->arg)
		return qb_error_set(error, EINVAL, "option '--%s' takes no value", option->name);
	*ret_takes_next = option->arg && !value;
	return 0;
}

/* Looks at `-abc` or `-avalue`. */
static int check_short(const struct table *table, const char *argument, bool *ret_takes_next,
                       struct qb_error *error)
{
	const size_t size = strcspn(argument + 1, "=");

	/* `-impl` is a slip, not `-i mpl`. */
	for (size_t index = 0; index < table->count && size > 1; index++) {
		const char *name = table->options[index]->name;

		if (strlen(name) == size && strncmp(name, argument + 1, size) == 0)
			return qb_error_set(error, EINVAL, "no option '-%s', did you mean '--%s'?",
			                    name, name);
	}
	for (const char *letter = argument + 1; *letter; letter++) {
		const struct argp_option *option = find_short(table, *letter);

		if (!option)
			return qb_error_set(error, EINVAL, "no option '-%c'",
			                    isprint((unsigned char)*letter) ? *letter : '?');
		if (option->arg) {
			*ret_takes_next = letter[1] == 0;
			return 0;
		}
	}
	return 0;
}

int qb_arguments_check(const struct argp *argp, int argc, char **argv, int word_max,
                       struct qb_error *error)
{
	struct table table = { .count = 0 };
	bool options_over = false;
	int word_count = 0;

	qb_arguments_list(argp, add, &table);
	for (int index = 1; index < argc; index++) {
		const char *argument = argv[index];
		bool takes_next = false;
		int result = 0;

		if (!options_over && strcmp(argument, "--") == 0)
			options_over = true;
		else if (options_over || argument[0] != '-' || argument[1] == 0)
			word_count++;
		else if (argument[1] == '-')
			result = check_long(&table, argument, &takes_next, error);
		else
			result = check_short(&table, argument, &takes_next, error);
		if (result)
			return result;
		if (word_count > word_max)
			return qb_error_set(error, EINVAL, "unexpected argument '%.100s'",
			                    argument);
		if (takes_next && ++index == argc)
			return qb_error_set(error, EINVAL, "option '%.60s' needs a value",
			                    argument);
	}
	return 0;
}
