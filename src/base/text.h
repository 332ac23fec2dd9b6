/*
 * Text that strangers wrote: UTF-8 checks, disarming, and width on a terminal.
 *
 * Whatever a student, a roster or a server named goes through str_disarm() before it reaches a
 * screen, a log or a file for people.
 */
#ifndef LECTERN_BASE_TEXT_H
#define LECTERN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decode one code point from `text` (at most `len` bytes, len > 0).  Returns the number of bytes
 * (1..4) and the code point, or 1 and U+FFFD for a byte that is no part of valid UTF-8 (RFC 3629).
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code);
bool utf8_valid(const char *text, size_t len);

/* Columns of a terminal that the string takes: wcwidth() per code point; wide 2, combining 0. */
int str_width(const char *text);
/* The longest prefix, in bytes, that takes at most `columns`; a base is never cut from its marks.
 */
size_t str_fit(const char *text, int columns);
/* The bytes of the first line of a text that is wider than that: to the last blank that fits, else
 * behind an underscore, else what fits; 0: not one letter does. */
size_t str_break(const char *text, int columns);

/*
 * A malloc'd copy for comparing names: normalised (NFC) and case-folded, so that two spellings of
 * what people take for the same text are equal.  Invalid UTF-8 is returned as it is.
 */
char *str_fold(const char *text);

/* qsort()'s comparison, in bytes: of strings, or of structs that begin with one. */
int str_compare(const void *a, const void *b);

/* Levenshtein's distance in bytes, for "did you mean"; 99 where `b` is longer than 64. */
size_t str_distance(const char *a, const char *b);

/*
 * A malloc'd copy that is safe on a terminal, on one line: C0, DEL, C1, bidi controls (U+061C,
 * U+200E/F, U+202A-E, U+2066-9), other format and line separators, and invalid bytes become
 * visible "\x1b" or "\u202e" escapes.  Right-to-left letters, ZWJ and variation selectors stay.
 */
char *str_disarm(const char *text);
/* As str_disarm(), but newlines and tabs stay: for messages of several lines. */
char *str_disarm_text(const char *text);

#endif
