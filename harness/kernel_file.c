/* kernel_file.c -- what the kernel says in /proc and /sys, read under a root
 *
 * Absent is an answer of its own: many of these files are missing in guests, in containers and on
 * other architectures, so every reader says whether it found something.
 */
#include "harness/kernel_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_under(const char *root, const char *path)
{
	char full[PATH_MAX];
	const int length = snprintf(full, sizeof(full), "%s%s", root, path);

	return length > 0 && (size_t)length < sizeof(full) ? fopen(full, "re") : NULL;
}

static void trim_end(char *text)
{
	size_t length = strcspn(text, "\n");

	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	text[length] = '\0';
}

bool qb_kernel_file_line(const char *root, const char *path, char *ret_text, size_t size)
{
	FILE *const file = open_under(root, path);
	bool found;

	ret_text[0] = '\0';
	if (!file)
		return false;
	found = fgets(ret_text, (int)size, file) != NULL;
	fclose(file);
	if (!found)
		ret_text[0] = '\0';
	trim_end(ret_text);
	return ret_text[0] != '\0';
}

bool qb_kernel_file_number(const char *root, const char *path, uint64_t *ret_number)
{
	char text[64], *end;

	*ret_number = 0;
	if (!qb_kernel_file_line(root, path, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	*ret_number = strtoull(text, &end, 10);
	return *end == '\0';
}

/* The value in "key   : value", or NULL if the line is about something else. */
static const char *value_of(const char *line, const char *key)
{
	const size_t length = strlen(key);

	if (strncmp(line, key, length) != 0)
		return NULL;
	line += length + strspn(line + length, " \t");
	return *line == ':' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

bool qb_kernel_file_value(const char *root, const char *path, const char *key, char *ret_text,
                          size_t size)
{
	FILE *const file = open_under(root, path);
	char *line = NULL;
	size_t line_size = 0;
	const char *value = NULL;

	ret_text[0] = '\0';
	if (!file)
		return false;
	while (!value && getline(&line, &line_size, file) >= 0)
		value = value_of(line, key);
	if (value)
		snprintf(ret_text, size, "%s", value);
	trim_end(ret_text);
	free(line);
	fclose(file);
	return ret_text[0] != '\0';
}
