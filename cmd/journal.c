/* journal -- what is done when.  Every line is flushed, so that the file tells the story up to the
 * moment at which something died. */
#include "cmd/journal.h"

#include <time.h>

#include "cmd/terminal.h"

static struct {
	bool verbose;
	const char *path;
	FILE *file;
	int failure; /* errno of the first line that could not be written */
} journal;

int qb_journal_open(bool verbose, const char *path, struct qb_error *error)
{
	journal.verbose = verbose;
	journal.path = path;
	journal.failure = 0;
	journal.file = path ? fopen(path, "we") : NULL;
	if (path && !journal.file)
		return qb_error_set(error, errno, "cannot write '%.120s': %s", path,
		                    strerror(errno));
	return 0;
}

static void write_line(const char *text)
{
	if (!journal.file || journal.failure)
		return;
	errno = 0;
	if (fprintf(journal.file, "%s\n", text) < 0 || fflush(journal.file) != 0)
		journal.failure = errno ? errno : EIO;
}

void qb_journal_note(const char *format, ...)
{
	char text[1024], clock[32];
	struct timespec now;
	struct tm local;
	va_list arguments;
	size_t used;

	if (!journal.verbose && !journal.file)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	used = (size_t)snprintf(text, sizeof(text), "%s.%03ld ", clock, now.tv_nsec / 1000000);
	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
	if (journal.verbose)
		qb_terminal_note(text);
	write_line(text);
}

int qb_journal_close(struct qb_error *error)
{
	int failure = journal.failure;

	if (!journal.file)
		return 0;
	if (fclose(journal.file) != 0 && !failure)
		failure = errno;
	journal.file = NULL;
	if (failure)
		return qb_error_set(error, failure, "cannot write '%.120s': %s", journal.path,
		                    strerror(failure));
	return 0;
}
