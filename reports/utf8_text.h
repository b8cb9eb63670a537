/* utf8_text.h -- what of a text from outside is sound UTF-8. */
#ifndef QB_UTF8_TEXT_H
#define QB_UTF8_TEXT_H

#include <stdio.h>

/* Length of the UTF-8 sequence at `text`, 0 if it is none (RFC 3629).  `text` ends in a 0. */
size_t qb_utf8_text_sequence(const char *text);

/* Writes the character at `text`: a blank for a control code, '?' for a byte that is none. */
void qb_utf8_text_put(FILE *stream, const char *text);

#endif
