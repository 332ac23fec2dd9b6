/*
 * A child's errors as one line.
 */
#include "command/console_words.h"

#include <string.h>

#include "base/strbuf.h"

static const char *without(const char *line, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(line, prefix, len) == 0 ? line + len : line;
}

char *console_words(const char *errors, const char *command)
{
    struct strbuf line = STRBUF_INIT;
    while (*errors != '\0') {
        const char *end = errors + strcspn(errors, "\n");
        const char *start = without(errors + strspn(errors, " "), "lectern: ");
        size_t len = strlen(command);
        if (strncmp(start, command, len) == 0 && strncmp(start + len, ": ", 2) == 0)
            start += len + 2;
        if (line.len > 0 && end > start)
            strbuf_add_string(&line, "; ");
        if (end > start)
            strbuf_add(&line, start, (size_t)(end - start));
        errors = *end == '\n' ? end + 1 : end;
    }
    return strbuf_detach(&line);
}
