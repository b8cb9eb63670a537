/* programs -- the files whose code was measured: a path, and what its content was. */
#include "harness/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/sha256.h"

#define OWN "/proc/self/exe"

static const struct qb_program *find(const struct qb_document *document, const char *path)
{
	for (size_t index = 0; index < document->program_count; index++)
		if (strcmp(document->programs[index].path, path) == 0)
			return &document->programs[index];
	return NULL;
}

/* Reads the file by `from`, which is another name of it. */
static int note(struct qb_document *document, const char *path, const char *from)
{
	struct qb_program program = { .path = "" }, *grown;

	if (find(document, path) || qb_sha256_file(from, program.sha256) != 0)
		return 0;
	grown = realloc(document->programs, (document->program_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	document->programs = grown;
	snprintf(program.path, sizeof(program.path), "%s", path);
	grown[document->program_count++] = program;
	return 0;
}

int qb_programs_note(const struct qb_plan *plan, struct qb_document *document)
{
	char own[PATH_MAX];
	const ssize_t length = readlink(OWN, own, sizeof(own) - 1);
	int status = 0;

	if (length > 0) {
		own[length] = 0;
		status = note(document, own, OWN);
	}
	for (size_t index = 0; index < plan->count && status == 0; index++)
		if (plan->cases[index].plugin[0])
			status = note(document, plan->cases[index].plugin,
			              plan->cases[index].plugin);
	return status;
}

static bool is_intact(const struct qb_program *program, char *ret_why, size_t size)
{
	char now[QB_SHA256_SIZE];
	const int status = qb_sha256_file(program->path, now);

	if (status != 0)
		snprintf(ret_why, size, "'%.160s' cannot be read: %s", program->path,
		         strerror(-status));
	else if (strcmp(now, program->sha256) != 0)
		snprintf(ret_why, size, "'%.160s' has changed since", program->path);
	return status == 0 && strcmp(now, program->sha256) == 0;
}

bool qb_programs_are_intact(const struct qb_document *document, char *ret_why, size_t size)
{
	ret_why[0] = 0;
	if (document->program_count == 0) {
		snprintf(ret_why, size, "it does not tell which program measured it");
		return false;
	}
	for (size_t index = 0; index < document->program_count; index++)
		if (!is_intact(&document->programs[index], ret_why, size))
			return false;
	for (size_t index = 0; index < document->result_count; index++) {
		const char *plugin = document->results[index].c.plugin;

		if (!plugin[0] || find(document, plugin))
			continue;
		snprintf(ret_why, size, "it does not tell what '%.160s' was", plugin);
		return false;
	}
	if (access(document->programs[0].path, X_OK) == 0)
		return true;
	snprintf(ret_why, size, "'%.160s' cannot be run: %s", document->programs[0].path,
	         strerror(errno));
	return false;
}

bool qb_programs_are_this(const struct qb_document *document)
{
	char own[QB_SHA256_SIZE];

	return document->program_count > 0 && qb_sha256_file(OWN, own) == 0 &&
	       strcmp(own, document->programs[0].sha256) == 0;
}
