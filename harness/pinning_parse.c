/* pinning_parse.c -- the words of --pin
 *
 * A policy by name, or CPUs by the kernel's numbers.  What begins with a digit is meant as CPUs, so
 * that its mistakes are told as such and not as an unknown policy.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nearest.h"
#include "harness/pinning.h"
#include "harness/result.h"

#define CPU_MAX 1048575 /* far above any kernel's, far below an overflow */

struct list {
	const char *text; /* all of it, for the sentence */
	int *cpus;
	size_t count, max;
	size_t split;
};

static int refuse(const struct list *list, const char *why, struct qb_error *error)
{
	return qb_error_set(error, EINVAL,
	                    "pin: '%.64s' %s; CPUs are written 0,2,5 or 0-3, producers and "
	                    "consumers apart as 0,2/1,3",
	                    list->text, why);
}

static bool read_cpu(const char **text, int *ret_cpu)
{
	char *end;
	unsigned long cpu;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	cpu = strtoul(*text, &end, 10);
	if (errno != 0 || cpu > CPU_MAX)
		return false;
	*text = end;
	*ret_cpu = (int)cpu;
	return true;
}

/* "3" or "0-3" */
static int read_range(const char **text, struct list *list, struct qb_error *error)
{
	int first, last;

	if (!read_cpu(text, &first))
		return refuse(list, "lacks a CPU number where one is due", error);
	last = first;
	if (**text == '-') {
		++*text;
		if (!read_cpu(text, &last))
			return refuse(list, "lacks a CPU number where one is due", error);
		if (last < first)
			return refuse(list, "has a range that ends before it begins", error);
	}
	for (int cpu = first; cpu <= last; cpu++) {
		if (list->count == list->max)
			return refuse(list, "has more CPUs than there can be threads", error);
		list->cpus[list->count++] = cpu;
	}
	return 0;
}

static int read_list(struct list *list, struct qb_error *error)
{
	const char *text = list->text;
	int r = read_range(&text, list, error);

	while (r == 0 && (*text == ',' || (*text == '/' && list->split == 0))) {
		if (*text == '/')
			list->split = list->count;
		text++;
		r = read_range(&text, list, error);
	}
	if (r == 0 && *text == '/')
		return refuse(list, "has more than two sides", error);
	if (r == 0 && *text != '\0')
		return refuse(list, "is not a list of CPUs", error);
	return r;
}

static int refuse_word(const char *text, struct qb_error *error)
{
	const char *names[QB_PIN_COUNT];
	const char *nearest;

	for (int policy = 0; policy < QB_PIN_COUNT; policy++)
		names[policy] = qb_pin_name((enum qb_pin)policy);
	if (strcmp(text, names[QB_PIN_LIST]) == 0)
		return qb_error_set(error, EINVAL,
		                    "pin: 'list' stands for the CPUs themselves, such as 0,2,5 or "
		                    "0,2/1,3");
	nearest = qb_nearest_word(text, names, QB_PIN_LIST);
	if (nearest)
		return qb_error_set(error, EINVAL,
		                    "pin: unknown policy '%.64s', did you mean '%s'?", text,
		                    nearest);
	return qb_error_set(error, EINVAL,
	                    "pin: unknown policy '%.32s'; there are: auto none compact cores "
	                    "scatter smt llc cross-llc cross-package cross-numa p-cores e-cores, "
	                    "or CPUs such as 0,2,5",
	                    text);
}

int qb_pinning_parse(const char *text, struct qb_pin_request *ret_request, int *ret_list,
                     size_t list_max, struct qb_error *error)
{
	struct list list = { .text = text, .cpus = ret_list, .max = list_max };
	int r;

	for (enum qb_pin policy = QB_PIN_AUTO; policy < QB_PIN_LIST; policy++) {
		if (strcmp(text, qb_pin_name(policy)) == 0) {
			ret_request->policy = policy;
			ret_request->list_count = ret_request->list_split = 0;
			return 0;
		}
	}
	if (text[0] < '0' || text[0] > '9')
		return refuse_word(text, error);
	r = read_list(&list, error);
	if (r != 0)
		return r;
	ret_request->policy = QB_PIN_LIST;
	ret_request->list = ret_list;
	ret_request->list_count = list.count;
	ret_request->list_split = list.split;
	return 0;
}
