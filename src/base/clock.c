/*
 * The clock: see clock.h.
 */
#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "base/strbuf.h"

static struct {
    bool frozen;
    int64_t monotonic_ms;
    int64_t utc_us;
} clock_state;

int64_t clock_monotonic_ms(void)
{
    if (clock_state.frozen)
        return clock_state.monotonic_ms;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_utc_us(void)
{
    if (clock_state.frozen)
        return clock_state.utc_us;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_freeze(int64_t monotonic_ms, int64_t utc_us)
{
    clock_state.frozen = true;
    clock_state.monotonic_ms = monotonic_ms;
    clock_state.utc_us = utc_us;
}

void clock_thaw(void)
{
    clock_state.frozen = false;
}

void clock_format_utc(int64_t utc_us, struct strbuf *out)
{
    time_t seconds = (time_t)(utc_us / 1000000);
    struct tm parts;
    char text[32];
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    strbuf_add_string(out, text);
}

void clock_format_minute(int64_t utc_us, struct strbuf *out)
{
    time_t seconds = (time_t)(utc_us / 1000000);
    struct tm parts;
    char text[16];
    localtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%H:%M", &parts);
    strbuf_add_string(out, text);
}

void clock_format_span(int64_t seconds, struct strbuf *out)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds < 60)
        strbuf_printf(out, "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        strbuf_printf(out, "%" PRId64 " min", seconds / 60);
    else if (seconds < 86400)
        strbuf_printf(out, "%" PRId64 " h %02" PRId64 " min", seconds / 3600, seconds / 60 % 60);
    else
        strbuf_printf(out, "%" PRId64 " d", seconds / 86400);
}

void clock_format_left(double seconds, struct strbuf *out)
{
    int64_t s = (int64_t)(seconds < 0 ? -seconds : seconds);
    clock_format_span(seconds >= 60 ? s + 59 : s, out);
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}
