/*
 * CSV (RFC 4180, and what spreadsheets make of it): UTF-8 with or without BOM; LF, CRLF or CR;
 * separator , ; or tab, found from the first line; quotes with newlines inside; Excel's "sep=;"
 * line.  Every field knows its place, in lines and letters from 1.  Errors begin
 * "FILE:LINE:COLUMN: ".
 */
#ifndef LECTERN_BASE_CSV_H
#define LECTERN_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;
struct strbuf;

struct csv_field {
    const char *text; /* in the reader's arena; blanks around a field without quotes are gone */
    int line, column; /* of its first letter, behind the quote */
};

struct csv_row {
    struct csv_field *fields; /* owned by the reader, valid until the next row */
    size_t count;
    int line;
};

struct csv_reader {
    const char *file;
    const char *text; /* borrowed */
    size_t len, at;
    int line, column; /* of `at` */
    char separator;
    struct arena *arena;
    struct csv_field *fields;
    size_t capacity;
};

/*
 * Begin to read: checks that all of the text is UTF-8 without NUL.  Fields are allocated from
 * `arena`.  End with csv_close().
 */
bool csv_open(struct csv_reader *reader, const char *file, const char *text, size_t len,
              struct arena *arena, struct error *err);
/* The next row; lines with nothing but blanks and separators are skipped.  *ret_more is false at
 * the end. */
bool csv_next(struct csv_reader *reader, struct csv_row *ret_row, bool *ret_more,
              struct error *err);
void csv_close(struct csv_reader *reader);

/*
 * Append one field for a file that people open in a spreadsheet: disarmed, a leading = + - @ made
 * harmless with an apostrophe, quoted where needed.  The caller adds separators and "\r\n".
 */
void csv_add_field(struct strbuf *out, const char *text);

#endif
