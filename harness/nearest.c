/* nearest.c -- the word somebody probably meant
 *
 * The optimal string alignment distance, because a swap of two neighbors is one slip of the
 * fingers, not two.  Words are short: three rows of the table on the stack do.
 */
#include <stdint.h>
#include <string.h>

#include "harness/nearest.h"

#define WORD_MAX 64

static size_t min(size_t a, size_t b) { return a < b ? a : b; }

/* Row i of the table from the two rows before it. */
static void fill_row(const char *a, const char *b, size_t i, size_t (*rows[3])[WORD_MAX + 1])
{
	size_t *const before = *rows[0], *const above = *rows[1], *const row = *rows[2];

	row[0] = i;
	for (size_t j = 1; b[j - 1]; j++) {
		row[j] = min(min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
			row[j] = min(row[j], before[j - 2] + 1);
	}
}

size_t qb_nearest_distance(const char *a, const char *b)
{
	const size_t a_length = strlen(a), b_length = strlen(b);
	size_t table[3][WORD_MAX + 1] = { { 0 } };

	if (a_length >= WORD_MAX || b_length >= WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t(*rows[3])[WORD_MAX + 1] = { &table[(i + 1) % 3], &table[(i - 1) % 3],
			                           &table[i % 3] };

		fill_row(a, b, i, rows);
	}
	return table[a_length % 3][b_length];
}

static size_t tolerance(const char *a, const char *b)
{
	const size_t a_length = strlen(a), b_length = strlen(b);
	const size_t third = (a_length > b_length ? a_length : b_length) / 3;

	return third > 1 ? third : 1;
}

const char *qb_nearest_word(const char *word, const char *const *words, size_t word_count)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < word_count; i++) {
		const size_t distance = qb_nearest_distance(word, words[i]);

		if (distance < best && distance <= tolerance(word, words[i])) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
