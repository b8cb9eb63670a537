/* tree.h -- a folder that stands for /, with the files that a test wants */
#ifndef QB_TESTS_TREE_H
#define QB_TESTS_TREE_H

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char root[32];
};

static inline struct tree tree_create(void)
{
	struct tree tree = { "/tmp/qb-tree-XXXXXX" };

	cr_assert_not_null(mkdtemp(tree.root));
	return tree;
}

static inline void tree_write_bytes(const struct tree *tree, const char *path, const char *bytes,
                                    size_t size)
{
	char full[PATH_MAX];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		cr_assert(mkdir(full, 0777) == 0 || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(full, "we");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
}

static inline void tree_write(const struct tree *tree, const char *path, const char *text)
{
	tree_write_bytes(tree, path, text, strlen(text));
}

static inline int tree_remove_one(const char *path, const struct stat *status, int flag,
                                  struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(path);
}

static inline void tree_destroy(const struct tree *tree)
{
	nftw(tree->root, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
