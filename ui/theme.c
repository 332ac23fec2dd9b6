/*
 * The theme: roles and signs.  What the roles look like stands in files (assets/themes).
 */
#include "ui/theme.h"

#include <assert.h>
#include <curses.h>
#include <math.h>
#include <stddef.h>

#include "ui/theme_file.h"

static const char *const role_names[THEME_ROLES] = {
    [THEME_TEXT] = "text",
    [THEME_STRONG] = "strong",
    [THEME_QUIET] = "quiet",
    [THEME_RULE] = "rule",
    [THEME_REST] = "rest",
    [THEME_BRAND] = "brand",
    [THEME_HEADING] = "heading",
    [THEME_KEY] = "key",
    [THEME_LIVE] = "live",
    [THEME_LATE] = "late",
    [THEME_STALE] = "stale",
    [THEME_TROUBLE] = "trouble",
    [THEME_SELECTED] = "selected",
    [THEME_OLD] = "old",
    [THEME_GOOD] = "good",
    [THEME_PARTLY] = "partly",
    [THEME_BAD] = "bad",
    [THEME_FIELD] = "field",
    [THEME_FIELD_FOCUS] = "field-focus",
    [THEME_HAND] = "hand",
    [THEME_BAR_HAND] = "bar-hand",
    [THEME_NEW] = "new",
    [THEME_STATE + STATE_UNKNOWN] = "unknown",
    [THEME_STATE + STATE_ABSENT] = "absent",
    [THEME_STATE + STATE_IDLE] = "idle",
    [THEME_STATE + STATE_WORKING] = "working",
    [THEME_STATE + STATE_BEHIND] = "behind",
    [THEME_STATE + STATE_STUCK] = "stuck",
    [THEME_STATE + STATE_BLOCKED] = "blocked",
    [THEME_STATE + STATE_DONE] = "done",
    [THEME_BAR + STATE_UNKNOWN] = "bar-unknown",
    [THEME_BAR + STATE_ABSENT] = "bar-absent",
    [THEME_BAR + STATE_IDLE] = "bar-idle",
    [THEME_BAR + STATE_WORKING] = "bar-working",
    [THEME_BAR + STATE_BEHIND] = "bar-behind",
    [THEME_BAR + STATE_STUCK] = "bar-stuck",
    [THEME_BAR + STATE_BLOCKED] = "bar-blocked",
    [THEME_BAR + STATE_DONE] = "bar-done",
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
    .left = "←",
    .right = "→",
    .bullet = "·",
    .ellipsis = "…",
    .marker = "▸",
    .mark = "★",
    .chosen = "•",
    .score = {"✔", "◕", "◑", "◔", "·", "?"},
    .check = {"✔", "◑", "✗", "?"},
    .hand = "☝",
    .levels = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
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
    .left = "<",
    .right = ">",
    .bullet = "-",
    .ellipsis = "~",
    .marker = ">",
    .mark = "*",
    .chosen = "*",
    .score = {"#", "+", "=", "-", ".", "?"},
    .check = {"#", "=", "x", "?"},
    .hand = "H",
    .levels = {"_", ".", ":", "-", "=", "+", "*", "#"},
};

const char *theme_role_name(enum theme_role role)
{
    return role_names[role];
}

static unsigned attributes_of(unsigned words)
{
    static const struct {
        unsigned word, attribute;
    } table[] = {{LOOK_BOLD, A_BOLD},
                 {LOOK_DIM, A_DIM},
                 {LOOK_UNDERLINE, A_UNDERLINE},
                 {LOOK_REVERSE, A_REVERSE},
                 {LOOK_ITALIC, A_ITALIC}};
    unsigned attributes = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (words & table[i].word)
            attributes |= table[i].attribute;
    return attributes;
}

void theme_init(struct theme *theme, const struct theme_set *set, int colours, bool unicode)
{
    struct theme_set dark;
    theme->glyphs = unicode ? unicode_glyphs : ascii_glyphs;
    if (set == NULL && theme_built_in("dark", &dark))
        set = &dark;
    assert(set != NULL);
    enum theme_depth depth = colours >= 256  ? DEPTH_256
                             : colours >= 16 ? DEPTH_16
                             : colours >= 8  ? DEPTH_8
                                             : DEPTH_MONO;
    short ground = set->looks[depth][THEME_TEXT].bg;
    for (short i = 0; i < THEME_ROLES; i++) {
        const struct theme_look *look = &set->looks[depth][i];
        theme->attributes[i] = attributes_of(look->words);
        if (depth == DEPTH_MONO)
            continue;
        short bg = look->bg == COLOUR_INHERITED ? ground : look->bg;
        init_pair((short)(i + 1), look->fg, bg < 0 ? COLOUR_DEFAULT : bg);
        theme->attributes[i] |= (unsigned)COLOR_PAIR(i + 1);
    }
    bkgdset((chtype)' ' | theme->attributes[THEME_TEXT]);
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
