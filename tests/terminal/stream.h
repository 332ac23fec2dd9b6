/*
 * The bytes that a program wrote, beside what its terminal has by the system's description of it
 * (terminfo): a sequence that stands there in no capability is none that this terminal knows.
 */
#ifndef TESTS_TERMINAL_STREAM_H
#define TESTS_TERMINAL_STREAM_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/* Each sequence is one of the terminal's, and where `ascii` there is no other byte.  Else a
 * sentence about the first that is not goes to `fault`. */
bool stream_fits(const char *written, size_t len, const char *type, bool ascii,
                 struct strbuf *fault);

/* The highest colour that was set, from 1 on, as in "7 of 8" for white; 0: none, nor was one set
 * back to the terminal's own. */
int stream_colours(const char *written, size_t len);

#endif
