/* baseline -- results kept by name.
 *
 * A name is kept below the present folder, which usually is a repository: so every branch and
 * every clone has its own, and git can be told to keep or to ignore them. */
#include "cmd/baseline.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/nearest.h"

#define FOLDER    ".qbench"
#define ENDING    ".json"
#define NAMES_MAX 256

bool qb_baseline_name_is_sound(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	const size_t length = strlen(name);

	return length > 0 && length <= QB_BASELINE_NAME_MAX && name[0] != '.' &&
	       strspn(name, letters) == length;
}

int qb_baseline_prepare(const char *name, char *ret_path, size_t size, struct qb_error *error)
{
	if (mkdir(FOLDER, 0777) != 0 && errno != EEXIST)
		return qb_error_set(error, errno, "cannot make the folder '" FOLDER "': %s",
		                    strerror(errno));
	snprintf(ret_path, size, FOLDER "/%s" ENDING, name);
	return 0;
}

/* Names of what is kept; at most NAMES_MAX, each to be freed. */
static size_t list_names(char **ret_names)
{
	DIR *folder = opendir(FOLDER);
	const struct dirent *entry;
	size_t count = 0;

	while (folder && count < NAMES_MAX && (entry = readdir(folder))) {
		const char *ending = strstr(entry->d_name, ENDING);

		if (!ending || ending[sizeof(ENDING) - 1])
			continue;
		ret_names[count] = strndup(entry->d_name, (size_t)(ending - entry->d_name));
		count += ret_names[count] != NULL;
	}
	if (folder)
		closedir(folder);
	return count;
}

static int refuse(const char *word, struct qb_error *error)
{
	char *names[NAMES_MAX];
	const size_t count = list_names(names);
	const char *nearest = qb_nearest_word(word, (const char *const *)names, count);

	if (nearest)
		qb_error_set(error, ENOENT, "no saved result '%.80s', did you mean '%s'?", word,
		             nearest);
	else
		qb_error_set(error, ENOENT,
		             "no file and no saved result '%.80s'; 'qbench run "
		             "--save-baseline=NAME' saves one",
		             word);
	for (size_t index = 0; index < count; index++)
		free(names[index]);
	return -ENOENT;
}

int qb_baseline_find(const char *word, char *ret_path, size_t size, struct qb_error *error)
{
	if (qb_baseline_name_is_sound(word)) {
		snprintf(ret_path, size, FOLDER "/%s" ENDING, word);
		if (access(ret_path, F_OK) == 0)
			return 0;
	}
	if (word[0] && strlen(word) < size && (strchr(word, '/') || access(word, F_OK) == 0)) {
		snprintf(ret_path, size, "%s", word);
		return 0;
	}
	return refuse(word, error);
}
