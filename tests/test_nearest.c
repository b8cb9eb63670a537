/* test_nearest.c -- what counts as a slip of the fingers */
#include <criterion/criterion.h>
#include <stdint.h>

#include "harness/nearest.h"

static const char *const words[] = { "spsc", "mpsc", "mpmc", "mutex", "cross-llc" };
#define COUNT (sizeof(words) / sizeof(words[0]))

Test(nearest, counts_edits)
{
	cr_assert_eq(qb_nearest_distance("", ""), 0);
	cr_assert_eq(qb_nearest_distance("", "abc"), 3);
	cr_assert_eq(qb_nearest_distance("abc", ""), 3);
	cr_assert_eq(qb_nearest_distance("kitten", "sitting"), 3);
	cr_assert_eq(qb_nearest_distance("mutex", "mutex"), 0);
}

Test(nearest, counts_a_swap_of_neighbors_once)
{
	cr_assert_eq(qb_nearest_distance("mtuex", "mutex"), 1);
	cr_assert_eq(qb_nearest_distance("ab", "ba"), 1);
}

Test(nearest, finds_the_nearest_word_and_the_first_of_equals)
{
	cr_assert_str_eq(qb_nearest_word("mutx", words, COUNT), "mutex");
	cr_assert_str_eq(qb_nearest_word("cros-lcl", words, COUNT), "cross-llc");
	cr_assert_str_eq(qb_nearest_word("mpxc", words, COUNT), "mpsc");
}

Test(nearest, finds_nothing_where_nothing_is_near)
{
	cr_assert_null(qb_nearest_word("banana", words, COUNT));
	cr_assert_null(qb_nearest_word("", words, COUNT));
	cr_assert_null(qb_nearest_word("mutex", words, 0));
}

Test(nearest, does_not_compare_what_is_longer_than_a_word)
{
	char text[200];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = 'x';
	text[sizeof(text) - 1] = '\0';
	cr_assert_eq(qb_nearest_distance(text, "x"), SIZE_MAX);
	cr_assert_null(qb_nearest_word(text, words, COUNT));
}
