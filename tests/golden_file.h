/* golden_file.h -- what a report writes, held against a file of the tree; tests/golden/README.md
 * says how to make these anew. */
#ifndef QB_TESTS_GOLDEN_FILE_H
#define QB_TESTS_GOLDEN_FILE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes `got`. */
static inline void expect_golden(const char *path, char *got)
{
	char *expected = calloc(1, 1 << 16);
	const bool update = getenv("QB_UPDATE_GOLDEN") != NULL;
	FILE *stream = fopen(path, update ? "w+" : "r");

	cr_assert(stream, "cannot open %s: run from the root of the tree", path);
	if (update) {
		fputs(got, stream);
		rewind(stream);
	}
	cr_assert_lt(fread(expected, 1, (1 << 16) - 1, stream), (1 << 16) - 1);
	fclose(stream);
	cr_assert(strcmp(got, expected) == 0, "%s differs from what is written now:\n%s", path,
	          got);
	free(got);
	free(expected);
}

#endif
