/*
 * The log of a program: lines on stderr, "TIME LEVEL message", disarmed.  The supervisor stores and
 * rotates them.  Library code reports through struct error; only the tops of programs log.
 */
#ifndef LECTERN_BASE_LOG_H
#define LECTERN_BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

void log_set_level(enum log_level lowest); /* default LOG_LEVEL_INFO */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
