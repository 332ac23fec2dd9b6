/*
 * Time: monotonic milliseconds for waiting, UTC microseconds since the Unix epoch for showing and
 * storing.  The only place that asks the system for the time; tests freeze it.
 */
#ifndef LECTERN_BASE_CLOCK_H
#define LECTERN_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct strbuf;

int64_t clock_monotonic_ms(void);
int64_t clock_utc_us(void);

/* Tests: from now on both clocks stand still at these values; clock_thaw() lets them run again. */
void clock_freeze(int64_t monotonic_ms, int64_t utc_us);
void clock_thaw(void);

/* "2026-03-01T10:42:07Z". */
void clock_format_utc(int64_t utc_us, struct strbuf *out);

/* "10:42", as the clock on this machine's wall shows it. */
void clock_format_minute(int64_t utc_us, struct strbuf *out);

/* "42 s", "9 min", "2 h 05 min", "3 d": the words for an age or a duration. */
void clock_format_span(int64_t seconds, struct strbuf *out);
/* The same for time that is left, or over: whole minutes to come, not those that are gone. */
void clock_format_left(double seconds, struct strbuf *out);

void clock_sleep_ms(int64_t ms); /* blocking: only in commands and tests, never on the loop */

#endif
