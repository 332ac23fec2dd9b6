/*
 * A student's state in the grid, and its glyph and letter: one enum for daemon, feed and panes.
 */
#ifndef LECTERN_LAB_STATE_H
#define LECTERN_LAB_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum student_state {
    STATE_UNKNOWN, /* not measured, or what was measured is too old */
    STATE_ABSENT,  /* never connected in this lab's life, or not for a long time */
    STATE_IDLE,    /* connected or recently here, nothing moves */
    STATE_WORKING,
    STATE_BEHIND,  /* works, far below the class's median */
    STATE_STUCK,   /* active without progress for long */
    STATE_BLOCKED, /* waits for a lock, or sits in an open transaction */
    STATE_DONE,
    STATES
};

const char *state_name(enum student_state state); /* "working": the metric's label */
bool state_parse(const char *name, enum student_state *ret_state);
const char *state_glyph(enum student_state state); /* UTF-8, one column: "▶" */
char state_letter(enum student_state state);       /* 'W' */

/* What the state is computed from.  Times are UTC microseconds, 0: never. */
struct state_input {
    double progress;     /* NAN: unknown */
    double median;       /* of the class's known progress; NAN: unknown */
    int sessions;        /* the student's own connections now */
    bool in_transaction; /* one of them idle in transaction longer than the limit, or waiting for a
                            lock */
    int64_t now_us, last_activity_us, last_progress_us, first_seen_us;
    double time_factor;                  /* the roster's; 1: normal */
    int64_t idle_after_s, stuck_after_s; /* the lab's limits */
    double behind_by;                    /* below the median by this much, 0..1 */
};
enum student_state state_compute(const struct state_input *input);

#endif
