/* stats_claims.h -- how check_stats says what it counted, and whether its bound holds. */
#ifndef QB_TESTS_STATS_CLAIMS_H
#define QB_TESTS_STATS_CLAIMS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned passed_count, failed_count;

/* One line: what, the count, its bound, and whether it holds. */
static void report(const char *what, bool holds, unsigned count, unsigned total, const char *bound)
{
	printf("%s  %-58s %4u of %4u (%5.1f %%)  bound %s\n", holds ? "ok  " : "FAIL", what, count,
	       total, 100.0 * count / total, bound);
	fflush(stdout);
	passed_count += holds;
	failed_count += !holds;
}

static void report_most(const char *what, unsigned count, unsigned total, unsigned most)
{
	char bound[32];

	snprintf(bound, sizeof(bound), "<= %u", most);
	report(what, count <= most, count, total, bound);
}

static void report_least(const char *what, unsigned count, unsigned total, unsigned least)
{
	char bound[32];

	snprintf(bound, sizeof(bound), ">= %u", least);
	report(what, count >= least, count, total, bound);
}

/* A count that no bound is set to. */
static void tell(const char *what, unsigned count, unsigned total)
{
	printf("      %-58s %4u of %4u (%5.1f %%)  no bound\n", what, count, total,
	       100.0 * count / total);
}

static bool file_has(const char *path, const char *text)
{
	static char content[1 << 16];
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
	fclose(file);
	return strstr(content, text);
}

/* README.md has what `write` writes, to the letter. */
static void check_table(void (*write)(FILE *stream))
{
	char *table = NULL;
	size_t size;
	FILE *stream = open_memstream(&table, &size);

	if (!stream)
		abort();
	write(stream);
	fclose(stream);
	fputs(table, stdout);
	report_least("README.md shows this table", file_has("README.md", table), 1, 1);
	free(table);
}

#endif
