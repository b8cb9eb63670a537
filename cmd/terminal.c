/* terminal -- what a person sees: sentences and the progress line on stderr, width and color.
 *
 * The progress line is one state per process, because stderr is.  It is cut to the width that the
 * terminal has at that moment, and before it is drawn again the rows that the former one takes at
 * the present width are erased: so a window that was made narrower leaves no remains. */
#include "cmd/terminal.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_SIZE 512

static struct {
	bool open, is_terminal;
	volatile unsigned drawn; /* columns of the line on the screen; 0: none */
} line;

void qb_terminal_keep_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return;
	}
}

static unsigned width_of(int fd)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	const long wanted = columns ? strtol(columns, NULL, 10) : 0;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return wanted >= 20 && wanted <= 1000 ? (unsigned)wanted : 80;
}

static bool wants_color(enum qb_when when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != QB_WHEN_AUTO)
		return when == QB_WHEN_ALWAYS;
	if (no_color && no_color[0])
		return false;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

void qb_terminal_style(enum qb_when color, struct qb_report_style *ret_style)
{
	setlocale(LC_CTYPE, "");
	ret_style->width = isatty(STDOUT_FILENO) ? width_of(STDOUT_FILENO) : 80;
	ret_style->color = wants_color(color, STDOUT_FILENO);
	ret_style->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void write_all(const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(STDERR_FILENO, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return; /* stderr is gone: there is nobody left to tell */
		text += written;
		size -= (size_t)written;
	}
}

void qb_terminal_erase(void)
{
	static const char up[] = "\033[A", clear[] = "\r\033[J";
	const int saved = errno;
	struct winsize size;

	if (line.drawn > 0) {
		const unsigned width =
			ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
				? size.ws_col
				: 80;

		for (unsigned row = (line.drawn - 1) / width; row > 0; row--)
			write_all(up, sizeof(up) - 1);
		write_all(clear, sizeof(clear) - 1);
		line.drawn = 0;
	}
	errno = saved;
}

/* One write per line, so that lines of several processes do not mix. */
__attribute__((format(printf, 2, 0))) static void say(const char *prefix, const char *format,
                                                      va_list arguments)
{
	char text[2 * LINE_SIZE];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", prefix);

	vsnprintf(text + used, sizeof(text) - used - 1, format, arguments);
	used = strlen(text);
	text[used++] = '\n';
	qb_terminal_erase();
	write_all(text, used);
}

void qb_terminal_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("qbench: ", format, arguments);
	va_end(arguments);
}

void qb_terminal_hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("hint: ", format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

void qb_terminal_note(const char *text) { note("%s", text); }

void qb_terminal_progress_open(enum qb_when when)
{
	const char *term = getenv("TERM");

	line.is_terminal = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	line.open = when == QB_WHEN_ALWAYS || (when == QB_WHEN_AUTO && line.is_terminal);
}

void qb_terminal_progress(const char *text, bool milestone)
{
	char shown[LINE_SIZE];
	size_t size;

	if (!line.open)
		return;
	if (!line.is_terminal) {
		if (milestone)
			note("%s", text);
		return;
	}
	size = strnlen(text, sizeof(shown));
	/* The last column stays free: a full row would wrap on some terminals. */
	if (size > width_of(STDERR_FILENO) - 1)
		size = width_of(STDERR_FILENO) - 1;
	if (size > sizeof(shown))
		size = sizeof(shown);
	memcpy(shown, text, size);
	qb_terminal_erase();
	write_all(shown, size);
	line.drawn = (unsigned)size;
}

void qb_terminal_progress_close(void)
{
	qb_terminal_erase();
	line.open = false;
}

int qb_terminal_flush(struct qb_error *error)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return qb_error_set(error, errno ? errno : EIO, "cannot write to standard output: %s",
	                    strerror(errno ? errno : EIO));
}
