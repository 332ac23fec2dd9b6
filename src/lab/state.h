/*
 * A student's state in the grid, and its glyph and letter: one enum for daemon, feed and panes.
 * lab/need tells which it is.
 */
#ifndef LECTERN_LAB_STATE_H
#define LECTERN_LAB_STATE_H

#include <stdbool.h>

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

#endif
