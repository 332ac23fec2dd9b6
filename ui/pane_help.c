/*
 * Help: the keys of the pane below it, and what each sign means.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/keymap.h"
#include "ui/lines.h"
#include "ui/list_keys.h"
#include "ui/student.h"

enum {
    TIGHT = 18,   /* lines: a smaller body has no blank ones */
    LABEL = 10,   /* columns */
    WORDS_MAX = 6 /* lines of one key's words */
};

struct pane_help {
    struct pane pane;
    const struct pane_ops *of;
    const struct pane_key *everywhere;
    struct lines lines; /* the keys of `of` */
    size_t first;
    int seen; /* lines */
};

static const struct {
    enum student_state state;
    const char *meaning;
} states[] = {
    {STATE_BLOCKED, "blocked: lock or open transaction"},
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

/* Above line `end`. */
static void paint_signs(const struct view *view, int x, int end)
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
    y += end - y > 1 + (int)SCORES / 2;
    canvas_text(canvas, y++, x, width, THEME_HEADING, "STEPS");
    for (size_t i = 0; i < SCORES; i++) {
        int column = x + (i < SCORES / 2 ? 0 : 18), line = y + (int)(i % (SCORES / 2));
        canvas_text(canvas, line, column, 1, theme_score_role(scores[i].score),
                    theme_score_glyph(&canvas->theme, scores[i].score));
        canvas_text(canvas, line, column + 4, view->cols - column - 5, THEME_TEXT,
                    scores[i].meaning);
    }
}

/* Returns the lines that it takes; `y` < 0: paint nothing. */
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
        if (x > indent && x + all > end) {
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

/* The keys of the pane, each with as many lines as its words take. */
static void list_keys(struct pane_help *self, const struct view *view, int width)
{
    lines_release(&self->lines);
    for (const struct pane_key *k = self->of->keys; k->keys != NULL; k++) {
        CLEANUP(strbuf_release)
        struct strbuf label = STRBUF_INIT;
        keymap_label(view->keys, self->of->name, k->keys, &label);
        lines_add(&self->lines, -1);
        lines_put(&self->lines, 1, LABEL, THEME_KEY, "%s", label.text);
        lines_wrap_on(&self->lines, -1, LABEL + 2, width - LABEL - 3, WORDS_MAX, THEME_TEXT,
                      k->help != NULL ? k->help : k->what);
    }
}

static int keys_top(const struct view *view)
{
    return view->top + (view->rows > TIGHT ? 2 : 1);
}

static int signs_end(const struct pane_help *self, const struct view *view)
{
    return view->top + view->rows - paint_everywhere(self, view, -1);
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_help *self = (struct pane_help *)pane;
    int seen = signs_end(self, view) - keys_top(view);
    self->seen = seen > 1 ? seen : 1;
    list_keys(self, view, view->cols / 2);
    self->first = lines_scroll(&self->lines, self->first, -1, (size_t)self->seen);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_help *self = (const struct pane_help *)pane;
    int half = view->cols / 2, end = signs_end(self, view);
    canvas_printf(view->canvas, view->top, 1, half - 2, THEME_HEADING, "KEYS: %s", self->of->name);
    lines_paint(&self->lines, view->canvas, keys_top(view), 0, half, self->seen, self->first, -1);
    paint_signs(view, half, end);
    paint_everywhere(self, view, end);
}

static unsigned scroll_by(struct pane_help *self, long by)
{
    long to = (long)self->first + by;
    self->first = to < 0 ? 0 : (size_t)to;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_help *self = (struct pane_help *)pane;
    long by = list_keys_by(code, self->seen, (long)self->lines.n);
    (void)view;
    if (by != 0)
        return scroll_by(self, by);
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
    lines_release(&((struct pane_help *)pane)->lines);
    free(pane);
}

static const struct pane_key keys[] = {
    {"Esc", "back", "back; q and ? too"},
    {NULL, NULL, NULL},
};
static const struct pane_key more_keys[] = {
    {"Esc", "back", NULL},
    {"up down", "more keys", NULL},
    {NULL, NULL, NULL},
};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    const struct pane_help *self = (const struct pane_help *)pane;
    (void)view;
    return self->lines.n > (size_t)self->seen ? more_keys : keys;
}

static const struct pane_ops ops = {
    .name = "help",
    .keys = keys,
    .keys_now = keys_now,
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
