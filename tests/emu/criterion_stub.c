/* criterion_stub -- what a test needs of Criterion's library, where there is none to link with:
 * plain_runner.c has the rest. */
#include <criterion/criterion.h>
#include <criterion/options.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct criterion_options criterion_options;

/* The first argument behind the number of the message is the condition's own text. */
char *cr_translate_assert_msg(int msg_index, ...)
{
	va_list arguments;
	char *text = NULL;

	(void)msg_index;
	va_start(arguments, msg_index);
	if (asprintf(&text, "not so: %s", va_arg(arguments, const char *)) < 0)
		text = NULL;
	va_end(arguments);
	return text;
}

int cr_asprintf(char **strp, const char *fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vasprintf(strp, fmt, arguments);
	va_end(arguments);
	return length;
}

void cr_asprintf_free(char *buf) { free(buf); }
