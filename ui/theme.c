/*
 * The theme: one table of roles, one row of colours per depth.  Colours are the terminal's own
 * (-1 is its default), chosen to be calm on dark and legible on light backgrounds; attention is
 * spent on the states that need somebody.
 */
#include "ui/theme.h"

#include <curses.h>
#include <math.h>
#include <stddef.h>

struct look {
    short c256, c16, c8;   /* foreground; -1: the terminal's */
    unsigned colour, mono; /* attributes with and without colours */
};

static const struct look looks[THEME_ROLES] = {
    [THEME_TEXT] = {-1, -1, -1, 0, 0},
    [THEME_STRONG] = {-1, -1, -1, A_BOLD, A_BOLD},
    [THEME_QUIET] = {246, 7, -1, 0, 0},
    [THEME_RULE] = {240, 8, -1, 0, A_DIM},
    [THEME_REST] = {238, 8, -1, A_DIM, A_DIM},
    [THEME_BRAND] = {110, 12, 6, A_BOLD, A_BOLD},
    [THEME_HEADING] = {179, 11, 3, A_BOLD, A_BOLD},
    [THEME_KEY] = {110, 12, 6, A_BOLD, A_BOLD},
    [THEME_LIVE] = {71, 10, 2, 0, 0},
    [THEME_LATE] = {179, 11, 3, A_BOLD, A_BOLD},
    [THEME_STALE] = {203, 9, 1, A_BOLD, A_BOLD | A_REVERSE},
    [THEME_TROUBLE] = {203, 9, 1, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [THEME_SELECTED] = {-1, -1, -1, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [THEME_OLD] = {243, 8, -1, 0, A_DIM},
    [THEME_GOOD] = {71, 2, 2, 0, 0},
    [THEME_PARTLY] = {179, 11, 3, 0, 0},
    [THEME_BAD] = {203, 9, 1, 0, A_BOLD},
    [THEME_FIELD] = {-1, -1, -1, A_UNDERLINE, A_UNDERLINE},
    [THEME_FIELD_FOCUS] = {-1, -1, -1, A_UNDERLINE | A_BOLD, A_UNDERLINE | A_BOLD},
    /* Signs and numbers: the more urgent, the louder; done is settled. */
    [THEME_STATE + STATE_UNKNOWN] = {139, 5, 5, 0, 0},
    [THEME_STATE + STATE_ABSENT] = {243, 8, -1, 0, A_DIM},
    [THEME_STATE + STATE_IDLE] = {248, 7, 7, 0, 0},
    [THEME_STATE + STATE_WORKING] = {110, 12, 6, 0, 0},
    [THEME_STATE + STATE_BEHIND] = {179, 11, 3, A_BOLD, A_BOLD},
    [THEME_STATE + STATE_STUCK] = {203, 9, 1, A_BOLD, A_BOLD},
    [THEME_STATE + STATE_BLOCKED] = {203, 9, 1, A_BOLD, A_BOLD},
    [THEME_STATE + STATE_DONE] = {71, 2, 2, 0, 0},
    /* Bars are large, so they are darker. */
    [THEME_BAR + STATE_UNKNOWN] = {96, 5, 5, 0, 0},
    [THEME_BAR + STATE_ABSENT] = {240, 8, -1, 0, A_DIM},
    [THEME_BAR + STATE_IDLE] = {244, 8, 7, 0, 0},
    [THEME_BAR + STATE_WORKING] = {67, 4, 6, 0, 0},
    [THEME_BAR + STATE_BEHIND] = {179, 3, 3, 0, 0},
    [THEME_BAR + STATE_STUCK] = {203, 9, 1, 0, 0},
    [THEME_BAR + STATE_BLOCKED] = {203, 9, 1, 0, 0},
    [THEME_BAR + STATE_DONE] = {65, 2, 2, 0, 0},
};

static const struct glyphs unicode_glyphs = {
    .unicode = true,
    .full = "█",
    .half = "▌",
    .rest = "░",
    .rule = "─",
    .vertical = "│",
    .live = "●",
    .stale = "○",
    .up = "↑",
    .down = "↓",
    .bullet = "·",
    .ellipsis = "…",
    .marker = "▸",
    .chosen = "•",
    .score = {"✔", "◕", "◑", "◔", "·", "?"},
    .check = {"✔", "◑", "✗", "?"},
};

static const struct glyphs ascii_glyphs = {
    .full = "#",
    .rest = ".",
    .rule = "-",
    .vertical = "|",
    .live = "*",
    .stale = "!",
    .up = "^",
    .down = "v",
    .bullet = "-",
    .ellipsis = "~",
    .marker = ">",
    .chosen = "*",
    .score = {"#", "+", "=", "-", ".", "?"},
    .check = {"#", "=", "x", "?"},
};

void theme_init(struct theme *theme, int colours, bool unicode)
{
    theme->glyphs = unicode ? unicode_glyphs : ascii_glyphs;
    for (short i = 0; i < THEME_ROLES; i++) {
        const struct look *look = &looks[i];
        if (colours < 8) {
            theme->attributes[i] = look->mono;
            continue;
        }
        short fg = colours >= 256 ? look->c256 : colours >= 16 ? look->c16 : look->c8;
        init_pair((short)(i + 1), fg, -1);
        theme->attributes[i] = look->colour | (unsigned)COLOR_PAIR(i + 1);
    }
}

const char *theme_state_glyph(const struct theme *theme, enum student_state state)
{
    static const char letters[][2] = {"?", "A", "I", "W", "B", "S", "L", "D"};
    _Static_assert(sizeof letters / sizeof *letters == STATES, "a letter for each state");
    return theme->glyphs.unicode ? state_glyph(state) : letters[state];
}

const char *theme_score_glyph(const struct theme *theme, double score)
{
    size_t i = isnan(score)  ? 5
               : score >= 1  ? 0
               : score > 0.8 ? 1
               : score > 0.5 ? 2
               : score > 0   ? 3
                             : 4;
    return theme->glyphs.score[i];
}

enum theme_role theme_score_role(double score)
{
    return isnan(score) ? THEME_STATE + STATE_UNKNOWN
           : score >= 1 ? THEME_GOOD
           : score > 0  ? THEME_PARTLY
                        : THEME_QUIET;
}

const char *theme_check_glyph(const struct theme *theme, double score)
{
    return theme->glyphs.check[isnan(score) ? 3 : score >= 1 ? 0 : score > 0 ? 1 : 2];
}
