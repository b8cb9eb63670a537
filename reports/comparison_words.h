/* comparison_words.h -- what a comparison says, in the same words in every format for people. */
#ifndef QB_COMPARISON_WORDS_H
#define QB_COMPARISON_WORDS_H

#include "harness/comparison.h"

#define QB_COMPARISON_WORDS_SIZE 512

/* All write into `text` and return it. */

/* "REGRESSION high (-23.1 %, 95 % CI -26.0..-19.8, at least -18.2 %)", or why it is invalid. */
char *qb_comparison_words_verdict(const struct qb_comparison *comparison, char *text, size_t size);

/* "-23.1 %", "+0.4 %"; "-" where there is no figure. */
char *qb_comparison_words_change(const struct qb_comparison *comparison, char *text, size_t size);

/* "-26.0..-19.8"; "-" where n is too small. */
char *qb_comparison_words_interval(const struct qb_comparison *comparison, char *text, size_t size);

/* "123 M msg/s (cv 1.2 %, 20 runs)"; what else is to be said of the side is not in it. */
char *qb_comparison_words_side(const struct qb_comparison *comparison, enum qb_side_name side,
                               char *text, size_t size);

/* "two modes: 118 M msg/s (70 %) and 131 M msg/s (30 %)"; "" if there are none. */
char *qb_comparison_words_modes(const struct qb_comparison *comparison, enum qb_side_name side,
                                char *text, size_t size);

/* "2 mild and 1 severe outliers"; "" if there are none. */
char *qb_comparison_words_outliers(const struct qb_comparison *comparison, enum qb_side_name side,
                                   char *text, size_t size);

/* "1 regression, 2 no change, 1 inconclusive": of the gated comparisons. */
char *qb_comparison_words_counts(const struct qb_comparison_document *document, char *text,
                                 size_t size);

/* How recordings of different times were treated; "" for runs measured in turn. */
char *qb_comparison_words_recording(const struct qb_comparison_document *document, char *text,
                                    size_t size);

/* How much the machine itself changed between two recordings; "" for runs measured in turn. */
char *qb_comparison_words_drift(const struct qb_comparison_document *document, char *text,
                                size_t size);

/* "met", "not met", "cannot tell" or "invalid", and why. */
char *qb_comparison_words_requirement(const struct qb_requirement_result *requirement, char *text,
                                      size_t size);

/* What the exit code says, in one or two words: "regression", "no regression", ... */
const char *qb_comparison_words_outcome(const struct qb_comparison_document *document);

/* "REGRESSION", "no change", ... */
const char *qb_comparison_words_name(enum qb_verdict verdict);

/* A regression that is severe enough to fail. */
bool qb_comparison_words_fails(const struct qb_comparison_document *document,
                               const struct qb_comparison *comparison);

#endif
