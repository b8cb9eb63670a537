/* test_kernel_file.c -- reading what the kernel says, and that it says nothing */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/kernel_file.h"
#include "tests/tree.h"

Test(kernel_file, reads_numbers_strictly)
{
	const struct tree tree = tree_create();
	uint64_t number = 7;

	tree_write(&tree, "/good", "12345\n");
	tree_write(&tree, "/bad", "12x\n");
	tree_write(&tree, "/negative", "-1\n");
	tree_write(&tree, "/empty", "");
	cr_assert(qb_kernel_file_number(tree.root, "/good", &number));
	cr_assert_eq(number, 12345);
	cr_assert_not(qb_kernel_file_number(tree.root, "/bad", &number));
	cr_assert_not(qb_kernel_file_number(tree.root, "/negative", &number));
	cr_assert_not(qb_kernel_file_number(tree.root, "/empty", &number));
	cr_assert_not(qb_kernel_file_number(tree.root, "/absent", &number));
	cr_assert_eq(number, 0);
	tree_destroy(&tree);
}

Test(kernel_file, finds_the_value_of_exactly_this_key)
{
	const struct tree tree = tree_create();
	char text[32];

	tree_write(&tree, "/info", "model name\t: Foo \nmodel\t\t: 12\nmodels : 3\nempty :\n");
	cr_assert(qb_kernel_file_value(tree.root, "/info", "model", text, sizeof(text)));
	cr_assert_str_eq(text, "12");
	cr_assert(qb_kernel_file_value(tree.root, "/info", "model name", text, sizeof(text)));
	cr_assert_str_eq(text, "Foo");
	cr_assert_not(qb_kernel_file_value(tree.root, "/info", "empty", text, sizeof(text)));
	cr_assert_not(qb_kernel_file_value(tree.root, "/info", "mode", text, sizeof(text)));
	cr_assert_str_eq(text, "");
	tree_destroy(&tree);
}

Test(kernel_file, cuts_what_does_not_fit)
{
	const struct tree tree = tree_create();
	char text[4];

	tree_write(&tree, "/line", "abcdef\n");
	cr_assert(qb_kernel_file_line(tree.root, "/line", text, sizeof(text)));
	cr_assert_str_eq(text, "abc");
	tree_destroy(&tree);
}
