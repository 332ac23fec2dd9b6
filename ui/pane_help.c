/*
 * Help: the keys of the pane below it, and what each sign means.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/keymap.h"
#include "ui/student.h"

enum { TIGHT = 18 }; /* lines: a smaller body has no blank ones */

struct pane_help {
    struct pane pane;
    const struct pane_ops *of;
    const struct pane_key *everywhere;
};

static void recalc(struct pane *pane, const struct view *view)
{
    (void)pane;
    (void)view;
}

static const struct {
    enum student_state state;
    const char *meaning;
} states[] = {
    {STATE_BLOCKED, "blocked: a lock, an open transaction"},
    {STATE_STUCK, "stuck: works, for long no progress"},
    {STATE_BEHIND, "behind: far below the class"},
    {STATE_WORKING, "working"},
    {STATE_IDLE, "idle: here, but nothing moves"},
    {STATE_DONE, "done: every step is complete"},
    {STATE_ABSENT, "absent: not here, or long gone"},
    {STATE_UNKNOWN, "unknown: not measured, or too old"},
};

static const struct {
    double score;
    const char *meaning;
} scores[] = {
    {1, "complete"}, {0.9, "over 80 %"}, {0.6, "over half"},
    {0.3, "begun"},  {0, "nothing yet"}, {(double)NAN, "unknown"},
};
enum { SCORES = sizeof scores / sizeof *scores };

static void paint_keys(const struct pane_help *self, const struct view *view, int width, int end)
{
    const struct canvas *canvas = view->canvas;
    int y = view->top;
    canvas_printf(canvas, y, 1, width - 2, THEME_HEADING, "KEYS: %s", self->of->name);
    y += view->rows > TIGHT ? 2 : 1;
    for (const struct pane_key *k = self->of->keys; k->keys != NULL; k++) {
        if (y >= end - (k[1].keys != NULL)) { /* where there are more than fit, that is said */
            canvas_text(canvas, end - 1, 1, 10, THEME_HEADING, canvas->theme.glyphs.down);
            return;
        }
        CLEANUP(strbuf_release)
        struct strbuf label = STRBUF_INIT;
        keymap_label(view->keys, self->of->name, k->keys, &label);
        canvas_text(canvas, y, 1, 10, THEME_KEY, label.text);
        y += canvas_wrap(canvas, y, 12, width - 13, end - y > 2 ? 2 : 1, THEME_TEXT,
                         k->help != NULL ? k->help : k->what);
    }
}

static void paint_sign(const struct view *view, int y, int x, const struct snapshot_student *like,
                       const char *meaning)
{
    const struct canvas *canvas = view->canvas;
    struct student_sign sign = student_sign(&canvas->theme, like);
    if (canvas->theme.glyphs.unicode)
        canvas_text(canvas, y, x, 2, sign.role, sign.glyph);
    canvas_printf(canvas, y, x + 2, 1, sign.role, "%c", sign.letter);
    canvas_text(canvas, y, x + 4, view->cols - x - 5, THEME_TEXT, meaning);
}

static void paint_signs(const struct view *view, int x)
{
    const struct canvas *canvas = view->canvas;
    int y = view->top, width = view->cols - x - 5;
    canvas_text(canvas, y, x, width, THEME_HEADING, "STUDENTS");
    y += view->rows > TIGHT ? 2 : 1;
    struct snapshot_student like = {.need = NEED_HAND, .state = STATE_WORKING};
    paint_sign(view, y++, x, &like, "hand: asks for help");
    like.need = NEED_NONE;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        like.state = states[i].state;
        paint_sign(view, y++, x, &like, states[i].meaning);
    }
    y++;
    canvas_text(canvas, y++, x, width, THEME_HEADING, "STEPS");
    for (size_t i = 0; i < SCORES; i++) {
        int column = x + (i < SCORES / 2 ? 0 : 18), line = y + (int)(i % (SCORES / 2));
        canvas_text(canvas, line, column, 1, theme_score_role(scores[i].score),
                    theme_score_glyph(&canvas->theme, scores[i].score));
        canvas_text(canvas, line, column + 4, view->cols - column - 5, THEME_TEXT,
                    scores[i].meaning);
    }
}

/* One line where there is little room, ending where it ends; else as many as it takes.  Returns how
 * many these are; `y` < 0: paint nothing. */
static int paint_everywhere(const struct pane_help *self, const struct view *view, int y)
{
    static const char heading[] = "EVERYWHERE";
    const struct canvas *canvas = view->canvas;
    const int indent = 1 + (int)sizeof heading + 1, end = view->cols - 1;
    int x = indent, lines = 1;
    if (y >= 0)
        canvas_text(canvas, y, 1, indent - 1, THEME_HEADING, heading);
    for (const struct pane_key *k = self->everywhere; k->keys != NULL; k++) {
        CLEANUP(strbuf_release)
        struct strbuf label = STRBUF_INIT;
        keymap_label(view->keys, KEYMAP_EVERYWHERE, k->keys, &label);
        int key = canvas_width(canvas, label.text), all = key + 1 + canvas_width(canvas, k->help);
        if (x > indent && x + all > end && view->rows > TIGHT) {
            x = indent;
            lines++;
        }
        if (y >= 0 && x < end) {
            canvas_text(canvas, y + lines - 1, x, end - x, THEME_KEY, label.text);
            canvas_text(canvas, y + lines - 1, x + key + 1, end - x - key - 1, THEME_TEXT, k->help);
        }
        x += all + 2;
    }
    return lines;
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_help *self = (const struct pane_help *)pane;
    int half = view->cols / 2, end = view->top + view->rows - paint_everywhere(self, view, -1);
    paint_keys(self, view, half, end);
    paint_signs(view, half);
    paint_everywhere(self, view, end);
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    (void)pane;
    (void)view;
    switch (code) {
    case 27:
    case 'q':
    case '?':
    case ' ':
    case '\n':
    case '\r':
    case KEY_F(1):
    case KEY_ENTER:
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return PANE_IGNORED;
    }
}

static void free_pane(struct pane *pane)
{
    free(pane);
}

static const struct pane_key keys[] = {
    {"Esc", "back", "back; q and ? too"},
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "help",
    .keys = keys,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .free = free_pane,
};

struct pane *pane_help_new(const struct pane_ops *of, const struct pane_key *everywhere)
{
    struct pane_help *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->of = of;
    self->everywhere = everywhere;
    return &self->pane;
}
