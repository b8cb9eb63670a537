/* csv_text.h -- one field of a row as RFC 4180 wants it. */
#ifndef QB_CSV_TEXT_H
#define QB_CSV_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/* Writes a field, behind a comma unless it is the first; quoted if it holds what would end it. */
void qb_csv_text_write(FILE *stream, const char *text, bool first);

#endif
