/*
 * Errors: filling, wrapping and reporting them.  See error.h for the rules.
 */
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

bool error_is_set(const struct error *err)
{
    return err->message != NULL;
}

__attribute__((format(printf, 3, 0))) static bool
error_vset(struct error *err, enum error_code code, const char *format, va_list args)
{
    assert(err != NULL && code != ERROR_NONE);
    if (!error_is_set(err)) {
        err->code = code;
        err->message = mem_vprintf(format, args);
    }
    return false;
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(err, code, format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, int errnum, const char *format, ...)
{
    if (error_is_set(err))
        return false;
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    error_set(err, errnum == ENOENT ? ERROR_NOT_FOUND : ERROR_FAILED, "%s: %s", text,
              strerror(errnum));
    free(text);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    assert(error_is_set(err));
    va_list args;
    va_start(args, format);
    char *context = mem_vprintf(format, args);
    va_end(args);
    char *message = mem_printf("%s: %s", context, err->message);
    free(context);
    free(err->message);
    err->message = message;
    return false;
}

bool error_detail(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(err->detail);
    err->detail = mem_vprintf(format, args);
    va_end(args);
    return false;
}

bool error_hint(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(err->hint);
    err->hint = mem_vprintf(format, args);
    va_end(args);
    return false;
}

void error_move(struct error *to, struct error *from)
{
    if (error_is_set(to)) {
        error_clear(from);
        return;
    }
    *to = *from;
    *from = ERROR_INIT;
}

static void report_line(FILE *stream, const char *label, const char *text)
{
    char *safe = str_disarm_text(text);
    fprintf(stream, "%s: ", label);
    for (char *rest = safe, *line; (line = strsep(&rest, "\n")) != NULL;)
        fprintf(stream, "%s%s\n", line == safe ? "" : "          ", line);
    free(safe);
}

void error_report(const struct error *err, FILE *stream, const char *program)
{
    report_line(stream, program, err->message != NULL ? err->message : "no error");
    if (err->detail != NULL)
        report_line(stream, "  detail", err->detail);
    if (err->hint != NULL)
        report_line(stream, "  hint", err->hint);
}

void error_clear(struct error *err)
{
    free(err->message);
    free(err->detail);
    free(err->hint);
    *err = ERROR_INIT;
}
