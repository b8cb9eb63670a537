/* limits_cache -- limits that earlier invocations measured on this machine.
 *
 * One file per machine: its fingerprint covers the CPU, the kernel, the build and whatever else
 * figures depend on.  Within it each limit says for which CPUs it holds and when it was measured.
 */
#include "cmd/limits_cache.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/output.h"
#include "harness/limits_stock.h"

int qb_limits_cache_path(const char *fingerprint, char *ret_path, size_t size,
                         struct qb_error *error)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int length;

	/* A relative path there is to be ignored, says the XDG Base Directory Specification. */
	if (cache && cache[0] == '/')
		length = snprintf(ret_path, size, "%s/qbench/limits-%s.json", cache, fingerprint);
	else if (home && home[0] == '/')
		length = snprintf(ret_path, size, "%s/.cache/qbench/limits-%s.json", home,
		                  fingerprint);
	else
		return qb_error_set(error, ENOENT,
		                    "neither XDG_CACHE_HOME nor HOME names a folder "
		                    "for the cache");
	if ((size_t)length >= size)
		return qb_error_set(error, ENAMETOOLONG, "the path of the cache is too long");
	return 0;
}

int qb_limits_cache_load(const struct qb_machine *machine, struct qb_limits *ret_limits,
                         struct qb_error *error)
{
	struct qb_limits_document document;
	char path[PATH_MAX];
	int result = qb_limits_cache_path(machine->fingerprint, path, sizeof(path), error);

	if (result == 0)
		result = qb_limits_json_load(path, &document, error);
	if (result != 0)
		return result;
	if (strcmp(document.machine.fingerprint, machine->fingerprint) != 0) {
		qb_limits_finish(&document.limits);
		return qb_error_set(error, EINVAL, "'%.120s' is of another machine", path);
	}
	*ret_limits = document.limits;
	return 0;
}

/* Creates the folder of a file and those above it. */
static int make_folders(char *path, struct qb_error *error)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int result = 0;

		*slash = '\0';
		/* 0700, as the XDG specification wants it. */
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			result = qb_error_set(error, errno, "cannot create '%.120s': %s", path,
			                      strerror(errno));
		*slash = '/';
		if (result != 0)
			return result;
	}
	return 0;
}

static int write_json(const void *what, const struct qb_report_style *style, FILE *stream)
{
	return qb_limits_json_write(what, style, stream);
}

static int write_file(const char *path, const struct qb_limits_document *document,
                      struct qb_error *error)
{
	const struct qb_output_content content = { write_json, document };
	struct qb_output output;
	int result = qb_output_open(path, &output, error);

	if (result == 0) {
		result = qb_output_write(&output, &content, error);
		qb_output_close(&output);
	}
	return result;
}

int qb_limits_cache_keep(const struct qb_limits_document *document, struct qb_error *error)
{
	struct qb_limits_document all = *document;
	struct qb_error ignored;
	char path[PATH_MAX];
	int result = qb_limits_cache_path(document->machine.fingerprint, path, sizeof(path), error);

	if (result == 0)
		result = make_folders(path, error);
	if (result != 0)
		return result;
	/* A file that cannot be read is replaced. */
	if (qb_limits_cache_load(&document->machine, &all.limits, &ignored) != 0)
		all.limits = (struct qb_limits){ 0 };
	if (qb_limits_stock_put(&all.limits, &document->limits) == 0)
		result = write_file(path, &all, error);
	else
		result = qb_error_set(error, ENOMEM, "out of memory for the cache");
	qb_limits_finish(&all.limits);
	return result;
}
