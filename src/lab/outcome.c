/*
 * What came of a lesson: the arithmetic of its times.
 */
#include "lab/outcome.h"

#include <math.h>

void outcome_release(struct outcome *outcome)
{
    arena_release(&outcome->arena);
    *outcome = (struct outcome){.arena = ARENA_INIT};
}

double outcome_span(const struct lesson_clock *clock, int64_t from_us, int64_t to_us,
                    int64_t begin_us, int64_t end_us)
{
    if (begin_us < from_us)
        begin_us = from_us;
    if (end_us == 0 || end_us > to_us)
        end_us = to_us;
    if (begin_us >= end_us)
        return 0;
    return lesson_seconds(clock, end_us) - lesson_seconds(clock, begin_us);
}

/* The earliest time above `after_us` at which a step was met, and how many were; 0: none. */
static int64_t next_done(const struct outcome_step *steps, size_t n, int64_t after_us,
                         size_t *ret_together)
{
    int64_t next = 0;
    *ret_together = 0;
    for (size_t i = 0; i < n; i++) {
        if (steps[i].done_us <= after_us)
            continue;
        if (next == 0 || steps[i].done_us < next) {
            next = steps[i].done_us;
            *ret_together = 0;
        }
        *ret_together += steps[i].done_us == next;
    }
    return next;
}

void outcome_step_seconds(const struct lesson_clock *clock, int64_t start_us, int64_t first_seen_us,
                          struct outcome_step *steps, size_t n)
{
    size_t together;
    int64_t done = next_done(steps, n, start_us, &together), from_us = start_us;
    /* A session that came and went between two looks is seen by its work only. */
    if (first_seen_us > start_us && first_seen_us <= done)
        from_us = first_seen_us;
    for (size_t i = 0; i < n; i++)
        steps[i].seconds = (double)NAN;
    for (; done != 0; done = next_done(steps, n, from_us, &together)) {
        double seconds = outcome_span(clock, from_us, done, from_us, done) / (double)together;
        for (size_t i = 0; i < n; i++)
            if (steps[i].done_us == done && from_us != 0)
                steps[i].seconds = seconds;
        from_us = done;
    }
}
