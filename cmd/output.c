/* output -- a result file: tried before measuring, written in one piece afterwards.
 *
 * The trial creates the temporary file that will be needed and removes it again, so that a folder
 * that cannot be written is found before the first minute of measuring, and a killed qbench leaves
 * nothing behind. */
#include "cmd/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const struct qb_output *output, int code, struct qb_error *error)
{
	return qb_error_set(error, code, "cannot write '%.120s': %s", output->path, strerror(code));
}

static bool is_stream_of(const struct stat *file, int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_dev == file->st_dev &&
	       status.st_ino == file->st_ino;
}

/* Opens what is not replaced but written to. */
static int open_directly(struct qb_output *output, int fd, struct qb_error *error)
{
	if (fd < 0)
		return refuse(output, errno, error);
	output->target[0] = 0;
	output->stream = fdopen(fd, "w");
	if (output->stream)
		return 0;
	close(fd);
	return refuse(output, ENOMEM, error);
}

/* Creates an empty temporary file beside the target; returns its descriptor. */
static int open_temporary(const struct qb_output *output, char *ret_path)
{
	const char *slash = strrchr(output->target, '/');
	const size_t folder = slash ? (size_t)(slash - output->target) + 1 : 0;

	if ((size_t)snprintf(ret_path, PATH_MAX, "%.*s.%.200s.XXXXXX", (int)folder, output->target,
	                     output->target + folder) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkostemp(ret_path, O_CLOEXEC);
}

static int try_folder(const struct qb_output *output, struct qb_error *error)
{
	char path[PATH_MAX];
	const int fd = open_temporary(output, path);

	if (fd < 0)
		return refuse(output, errno, error);
	close(fd);
	unlink(path);
	return 0;
}

static int open_new(struct qb_output *output, struct qb_error *error)
{
	const mode_t mask = umask(0);
	struct stat link;

	umask(mask);
	output->mode = 0666 & ~mask;
	/* A link to nowhere: write through it, as a shell would. */
	if (lstat(output->path, &link) == 0)
		return open_directly(
			output, open(output->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), error);
	if (strlen(output->path) >= sizeof(output->target))
		return refuse(output, ENAMETOOLONG, error);
	snprintf(output->target, sizeof(output->target), "%s", output->path);
	return try_folder(output, error);
}

static int open_existing(struct qb_output *output, const struct stat *file, struct qb_error *error)
{
	if (S_ISDIR(file->st_mode))
		return refuse(output, EISDIR, error);
	/* /dev/stdout into a file: replacing that file would lose what else goes there. */
	if (is_stream_of(file, STDOUT_FILENO))
		return open_directly(output, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), error);
	if (is_stream_of(file, STDERR_FILENO))
		return open_directly(output, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), error);
	if (!S_ISREG(file->st_mode))
		return open_directly(output, open(output->path, O_WRONLY | O_NOCTTY | O_CLOEXEC),
		                     error);
	if (access(output->path, W_OK) != 0 || !realpath(output->path, output->target))
		return refuse(output, errno, error);
	output->mode = file->st_mode & 07777;
	return try_folder(output, error);
}

int qb_output_open(const char *path, struct qb_output *ret_output, struct qb_error *error)
{
	struct qb_output output = { .path = path };
	struct stat file;
	int result;

	if (stat(path, &file) == 0)
		result = open_existing(&output, &file, error);
	else if (errno == ENOENT)
		result = open_new(&output, error);
	else
		result = refuse(&output, errno, error);
	if (result == 0)
		*ret_output = output;
	return result;
}

int qb_output_open_all(const struct qb_output_request *requests, size_t count,
                       struct qb_output *ret_outputs, size_t *ret_opened, struct qb_error *error)
{
	for (*ret_opened = 0; *ret_opened < count; ++*ret_opened) {
		struct qb_output *output = &ret_outputs[*ret_opened];
		const int result = qb_output_open(requests[*ret_opened].path, output, error);

		if (result != 0)
			return result;
		for (const struct qb_output *before = ret_outputs; before < output; before++) {
			if (!qb_output_is_same(output, before))
				continue;
			qb_output_close(output);
			return qb_error_set(error, EINVAL, "file '%.120s' is named twice",
			                    output->path);
		}
	}
	return 0;
}

/* Writes to the stream and closes it; whatever fails first is what is told. */
static int write_and_close(struct qb_output *output, FILE *stream,
                           const struct qb_output_content *content, struct qb_error *error)
{
	static const struct qb_report_style style = { .width = 80, .utf8 = true };
	int code = -content->write(content->what, &style, stream);

	errno = 0;
	if (code == 0 && (fflush(stream) != 0 || ferror(stream)))
		code = errno ? errno : EIO;
	/* A disk that is full may say so only here.  Pipes and terminals cannot be synchronized. */
	if (code == 0 && fsync(fileno(stream)) != 0 && errno != EINVAL && errno != EROFS &&
	    errno != ENOTSUP)
		code = errno;
	if (fclose(stream) != 0 && code == 0)
		code = errno;
	return code ? refuse(output, code, error) : 0;
}

static int replace(struct qb_output *output, const struct qb_output_content *content,
                   struct qb_error *error)
{
	char path[PATH_MAX];
	const int fd = open_temporary(output, path);
	FILE *stream;
	int result;

	if (fd < 0)
		return refuse(output, errno, error);
	stream = fdopen(fd, "w");
	if (!stream) {
		close(fd);
		unlink(path);
		return refuse(output, ENOMEM, error);
	}
	(void)!fchmod(fd, output->mode); /* a file system without modes needs none */
	result = write_and_close(output, stream, content, error);
	if (result == 0 && rename(path, output->target) != 0)
		result = refuse(output, errno, error);
	if (result != 0)
		unlink(path);
	return result;
}

int qb_output_write(struct qb_output *output, const struct qb_output_content *content,
                    struct qb_error *error)
{
	FILE *stream = output->stream;

	if (!stream)
		return replace(output, content, error);
	output->stream = NULL;
	return write_and_close(output, stream, content, error);
}

void qb_output_close(struct qb_output *output)
{
	if (output->stream)
		fclose(output->stream);
	output->stream = NULL;
}

bool qb_output_is_same(const struct qb_output *a, const struct qb_output *b)
{
	return strcmp(a->path, b->path) == 0 || (a->target[0] && strcmp(a->target, b->target) == 0);
}
