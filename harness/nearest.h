/* nearest.h -- the word somebody probably meant. */
#ifndef QB_NEAREST_H
#define QB_NEAREST_H

#include <stddef.h>

/* Edit distance of two words: insertions, deletions, substitutions and swaps of neighbors.
 * Words of 64 bytes or more are at SIZE_MAX from everything. */
size_t qb_nearest_distance(const char *a, const char *b);

/* The one of `words` nearest to `word`, the first of several; NULL if none is near, which is a
 * third of the longer word's length, and at least 1. */
const char *qb_nearest_word(const char *word, const char *const *words, size_t word_count);

#endif
