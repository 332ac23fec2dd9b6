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
/* When it was so late in the lesson, the first time; NAN: 0, never. */
int64_t lesson_moment_us(const struct lesson_clock *clock, double seconds);

/* -- the lesson itself ------------------------------------------------------------------------- */

enum lesson_state { LESSON_NONE, LESSON_RUNNING, LESSON_PAUSED, LESSON_ENDING, LESSON_ENDED };

/* As the control database has it; times in UTC microseconds. */
struct lesson {
    struct lesson_clock clock;
    int64_t length_s;  /* of its clock; 0: it ends when it is ended */
    int64_t ended_us;  /* 0: nobody asked to end it; in the future: the end is announced */
    int64_t frozen_us; /* 0: the results do not stand yet */
};

/* Before its announced end a lesson runs; between its end and the results it is ending. */
enum lesson_state lesson_state_at(const struct lesson *lesson, int64_t at_us);

/* Seconds of its clock at `at_us`, or at its end when that was before. */
double lesson_elapsed(const struct lesson *lesson, int64_t at_us);

/*
 * Seconds that are left for a student with `extra_s` more; below 0 is overtime, for nothing ends by
 * itself; NAN: open end.  An announced end is the same for everybody, and no pause moves it.
 */
double lesson_left(const struct lesson *lesson, double extra_s, int64_t at_us);

#endif
