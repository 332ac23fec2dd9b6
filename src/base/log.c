/*
 * The log: see log.h.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

static enum log_level log_lowest = LOG_LEVEL_INFO;

void log_set_level(enum log_level lowest)
{
    log_lowest = lowest;
}

static void write_line(enum log_level level, const char *text)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT;
    clock_format_utc(clock_utc_us(), &line);
    char *safe = str_disarm_text(text);
    strbuf_printf(&line, " %s %s\n", names[level], safe);
    free(safe);
    fputs(line.text, stderr);
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < log_lowest)
        return;
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    write_line(level, text);
    free(text);
}
