/*
 * What things look like: semantic names, resolved once for the terminal's number of colours, and
 * the signs for terminals with and without Unicode.  No pane knows a colour.
 */
#ifndef LECTERN_UI_THEME_H
#define LECTERN_UI_THEME_H

#include <stdbool.h>

#include "lab/state.h"

enum theme_role {
    THEME_TEXT,
    THEME_STRONG,  /* names, numbers that count */
    THEME_QUIET,   /* what only fills in */
    THEME_RULE,    /* lines */
    THEME_REST,    /* the part of a bar that is still to do */
    THEME_BRAND,   /* the program's name */
    THEME_HEADING, /* of a column */
    THEME_KEY,     /* keys in the bottom line */
    THEME_LIVE,    /* the age of the data: fresh, late, stale */
    THEME_LATE,
    THEME_STALE,
    THEME_TROUBLE, /* the sentence that says what is broken */
    THEME_SELECTED,
    THEME_OLD,  /* whatever is no longer true for sure */
    THEME_GOOD, /* a check's score */
    THEME_PARTLY,
    THEME_BAD,
    THEME_FIELD, /* a place to type, and the one that has the keys */
    THEME_FIELD_FOCUS,
    THEME_STATE,                      /* + enum student_state: glyph, letter, percent */
    THEME_BAR = THEME_STATE + STATES, /* + enum student_state: the bar */
    THEME_ROLES = THEME_BAR + STATES
};

/* Signs, each one column wide. */
struct glyphs {
    bool unicode;
    const char *full, *half, *rest; /* of a bar; half is NULL where there is none */
    const char *rule, *vertical;
    const char *live, *stale; /* dots */
    const char *up, *down, *bullet, *ellipsis, *marker;
    const char *chosen;   /* of a choice */
    const char *score[6]; /* theme_score_glyph() */
    const char *check[4]; /* full, partly, none, unknown */
};

struct theme {
    unsigned attributes[THEME_ROLES]; /* curses' */
    struct glyphs glyphs;
};

/* Needs a started curses.  `colours` is 0 (monochrome), 8, 16 or 256. */
void theme_init(struct theme *theme, int colours, bool unicode);

/* A state's sign: the glyph, or the letter where there is no Unicode. */
const char *theme_state_glyph(const struct theme *theme, enum student_state state);
/* Full, more than 80 %, more than half, something, nothing, unknown (NAN). */
const char *theme_score_glyph(const struct theme *theme, double score);
enum theme_role theme_score_role(double score);
const char *theme_check_glyph(const struct theme *theme, double score);

#endif
