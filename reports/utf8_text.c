/* utf8_text -- what of a text from outside is sound UTF-8. */
#include "reports/utf8_text.h"

size_t qb_utf8_text_sequence(const char *text)
{
	const unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
	const size_t size = first < 0x80   ? 1
	                    : first < 0xc2 ? 0
	                    : first < 0xe0 ? 2
	                    : first < 0xf0 ? 3
	                    : first < 0xf5 ? 4
	                                   : 0;

	for (size_t index = 1; index < size; index++) {
		if (((unsigned char)text[index] & 0xc0) != 0x80)
			return 0;
	}
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
		return 0;
	return size;
}

void qb_utf8_text_put(FILE *stream, const char *text)
{
	const size_t size = qb_utf8_text_sequence(text);

	if (size == 0)
		fputc('?', stream);
	else if (size == 1 && ((unsigned char)*text < 0x20 || *text == 0x7f))
		fputc(' ', stream);
	else
		fprintf(stream, "%.*s", (int)size, text);
}
