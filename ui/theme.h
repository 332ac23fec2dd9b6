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
    THEME_HAND, /* a raised hand, and its bar */
    THEME_BAR_HAND,
    THEME_NEW,                        /* what changed just now */
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
    const char *up, *down, *left, *right, *bullet, *ellipsis, *marker, *mark;
    const char *chosen;    /* of a choice */
    const char *score[6];  /* theme_score_glyph() */
    const char *check[4];  /* full, partly, none, unknown */
    const char *hand;      /* in the fonts that a terminal has; a whole hand is in few */
    const char *levels[8]; /* of a small plot, the lowest first */
};

/* What a role looks like, before there is a terminal. */
enum theme_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256, THEME_DEPTHS };
enum theme_words {
    LOOK_BOLD = 1,
    LOOK_DIM = 2,
    LOOK_UNDERLINE = 4,
    LOOK_REVERSE = 8,
    LOOK_ITALIC = 16
};
enum { COLOUR_DEFAULT = -1, COLOUR_INHERITED = -2 /* of a background: the one of the role text */ };

struct theme_look {
    short fg, bg;   /* a number, or COLOUR_... */
    unsigned words; /* enum theme_words */
};

struct theme_set {
    bool light; /* for light backgrounds */
    struct theme_look looks[THEME_DEPTHS][THEME_ROLES];
};

struct theme {
    unsigned attributes[THEME_ROLES]; /* curses' */
    struct glyphs glyphs;
};

/* Needs a started curses.  `colours` is 0 (monochrome), 8, 16 or 256; `set` NULL: "dark". */
void theme_init(struct theme *theme, const struct theme_set *set, int colours, bool unicode);
/* "field-focus", "stuck", "bar-stuck": as files write it. */
const char *theme_role_name(enum theme_role role);

/* A state's sign: the glyph, or the letter where there is no Unicode. */
const char *theme_state_glyph(const struct theme *theme, enum student_state state);
/* Full, more than 80 %, more than half, something, nothing, unknown (NAN). */
const char *theme_score_glyph(const struct theme *theme, double score);
enum theme_role theme_score_role(double score);
const char *theme_check_glyph(const struct theme *theme, double score);

#endif
