/* selection -- names as written on the command line -> entries of the registry.
 *
 * A name with a slash in it, or one that ends in .so, is a file; so a queue of that name can never
 * be confused with a plug-in in the current folder. */
#include "harness/selection.h"

#include <fnmatch.h>

static bool is_selected(const struct qb_selection *selection, size_t index)
{
	for (size_t at = 0; at < selection->count; at++) {
		if (selection->indices[at] == index)
			return true;
	}
	return false;
}

static int take(struct qb_selection *selection, size_t index, struct qb_error *error)
{
	size_t *indices = reallocarray(selection->indices, selection->count + 1, sizeof(*indices));

	if (!indices)
		return qb_error_set(error, ENOMEM, "out of memory for the selected queues");
	selection->indices = indices;
	indices[selection->count++] = index;
	return 0;
}

/* Takes every entry of `plugin` ("": the built-ins) that the pattern matches.  Returns how many
 * did, or -errno. */
static int take_matches(const struct qb_registry *registry, const char *plugin, const char *pattern,
                        struct qb_selection *selection, struct qb_error *error)
{
	int count = 0;

	for (size_t index = 0; index < registry->count; index++) {
		const struct qb_entry *entry = &registry->entries[index];

		if (strcmp(entry->plugin, plugin) != 0 || fnmatch(pattern, entry->name, 0) != 0)
			continue;
		count++;
		if (!is_selected(selection, index) && take(selection, index, error))
			return -ENOMEM;
	}
	return count;
}

static bool ends_in_so(const char *name, size_t size)
{
	return size >= 3 && memcmp(name + size - 3, ".so", 3) == 0;
}

/* The length of the file's part if the name is a plug-in, else 0. */
static size_t plugin_part(const char *name)
{
	const char *colon = strrchr(name, ':');
	const size_t size = strlen(name);

	if (colon && !strchr(colon, '/') &&
	    (memchr(name, '/', (size_t)(colon - name)) || ends_in_so(name, (size_t)(colon - name))))
		return (size_t)(colon - name);
	return strchr(name, '/') || ends_in_so(name, size) ? size : 0;
}

static int select_plugin(struct qb_registry *registry, const char *name, size_t file_size,
                         struct qb_selection *selection, struct qb_error *error)
{
	const char *pattern = name[file_size] ? name + file_size + 1 : "*";
	char path[PATH_MAX], absolute[PATH_MAX];
	int result;

	if (file_size >= sizeof(path))
		return qb_error_set(error, ENAMETOOLONG, "the name of a plug-in is too long");
	memcpy(path, name, file_size);
	path[file_size] = 0;
	result = qb_registry_load(registry, path, error);
	if (result)
		return result;
	if (!realpath(path, absolute))
		return qb_error_set(error, errno, "cannot read plug-in '%s': %s", path,
		                    strerror(errno));
	result = take_matches(registry, absolute, pattern, selection, error);
	if (result == 0)
		return qb_error_set(error, ENOENT, "plug-in '%.100s' has no queue '%.60s'", path,
		                    pattern);
	return result < 0 ? result : 0;
}

static int refuse_name(const struct qb_registry *registry, const char *name, struct qb_error *error)
{
	const char *nearest = qb_registry_nearest(registry, name);

	if (strpbrk(name, "*?["))
		return qb_error_set(error, ENOENT, "no queue matches '%.100s'", name);
	if (nearest)
		return qb_error_set(error, ENOENT, "no queue '%.100s', did you mean '%s'?", name,
		                    nearest);
	return qb_error_set(error, ENOENT, "no queue '%.100s'", name);
}

static int select_one(struct qb_registry *registry, const char *name,
                      struct qb_selection *selection, struct qb_error *error)
{
	const size_t file_size = plugin_part(name);
	const char *pattern = strcmp(name, "all") == 0 ? "*" : name;
	int count;

	if (file_size)
		return select_plugin(registry, name, file_size, selection, error);
	count = take_matches(registry, "", pattern, selection, error);
	return count > 0 ? 0 : count < 0 ? count : refuse_name(registry, name, error);
}

static int refuse_twice(const char *const *names, size_t name_count, struct qb_error *error)
{
	for (size_t later = 1; later < name_count; later++) {
		for (size_t index = 0; index < later; index++) {
			if (strcmp(names[index], names[later]) == 0)
				return qb_error_set(error, EEXIST, "'%.150s' is named twice",
				                    names[later]);
		}
	}
	return 0;
}

int qb_selection_make(struct qb_registry *registry, const char *const *names, size_t name_count,
                      struct qb_selection *ret_selection, struct qb_error *error)
{
	struct qb_selection selection = { 0, NULL };
	int result = refuse_twice(names, name_count, error);

	if (name_count == 0)
		return qb_error_set(error, EINVAL, "no queue is named; --impl NAME names one");
	for (size_t index = 0; index < name_count && !result; index++)
		result = select_one(registry, names[index], &selection, error);
	if (result)
		qb_selection_finish(&selection);
	else
		*ret_selection = selection;
	return result;
}

void qb_selection_finish(struct qb_selection *selection)
{
	free(selection->indices);
	*selection = (struct qb_selection){ 0, NULL };
}
