/*
 * The lesson's clock: seconds of a lesson that is paused now and then.  All that is judged about
 * time (lab/pace, lab/class, lab/need) is in these seconds, so that a pause makes nobody idle, late
 * or stuck.  Pure.
 */
#ifndef LECTERN_LAB_LESSON_H
#define LECTERN_LAB_LESSON_H

#include <stddef.h>
#include <stdint.h>

/* A pause; UTC microseconds.  `to_us` 0: it is on. */
struct lesson_pause {
    int64_t from_us, to_us;
};

struct lesson_clock {
    int64_t start_us;                  /* second 0 */
    const struct lesson_pause *pauses; /* by time, apart from each other */
    size_t n_pauses;
};

/* Seconds of the lesson at `at_us`; within a pause it stands still.  `at_us` 0, never: NAN. */
double lesson_seconds(const struct lesson_clock *clock, int64_t at_us);

#endif
