/*
 * Errors: every function that can fail returns false exactly when it has filled `err`.
 *
 * The last parameter of such a function is `struct error *err`, never NULL and empty on entry.
 * The first error wins: setting an error that is already set keeps the first.  Context is added on
 * the way up with error_wrap(); only the top of a program reports, once, with error_report().
 *
 * Messages follow PostgreSQL's rules: the primary line is short, lower case and without a full
 * stop; detail and hint are sentences; names are quoted; input errors begin "FILE:LINE:COLUMN: ".
 */
#ifndef LECTERN_BASE_ERROR_H
#define LECTERN_BASE_ERROR_H

#include <stdbool.h>
#include <stdio.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_FAILED,      /* anything without a code of its own */
    ERROR_USAGE,       /* the command line is wrong: exit status 2 */
    ERROR_INPUT,       /* a file or document of the user's is wrong */
    ERROR_NOT_FOUND,   /* the named thing does not exist */
    ERROR_EXISTS,      /* the named thing exists and is not ours */
    ERROR_TIMEOUT,     /* a deadline passed */
    ERROR_CONNECTION,  /* a server could not be reached or went away */
    ERROR_AUTH,        /* a server refused the login */
    ERROR_INTERRUPTED, /* the user broke it off */
};

struct error {
    enum error_code code;
    char *message; /* owned; NULL when there is no error */
    char *detail;  /* owned; may be NULL */
    char *hint;    /* owned; may be NULL */
};

#define ERROR_INIT ((struct error){ERROR_NONE, NULL, NULL, NULL})

/* Fill `err` unless it is already set.  Returns false, so that `return error_set(...)` reads well.
 */
bool error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set() with ERROR_FAILED (or ERROR_NOT_FOUND for ENOENT), adding strerror(errnum). */
bool error_set_errno(struct error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " before the message.  Returns false.  `err` must be set. */
bool error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Set detail or hint; replaces an earlier one.  Return false. */
bool error_detail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool error_is_set(const struct error *err);

/* Move `from` into `to` (which keeps its own error when it has one); `from` is empty afterwards. */
void error_move(struct error *to, struct error *from);

/* Print "PROGRAM: message", and indented "detail:"/"hint:" lines, disarmed, to `stream`. */
void error_report(const struct error *err, FILE *stream, const char *program);

/* Free the contents and make `err` empty, ready for use again. */
void error_clear(struct error *err);

#endif
