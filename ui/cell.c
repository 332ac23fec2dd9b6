/*
 * Cells.
 */
#include "ui/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"

/* What a cell is painted from. */
struct look {
    const struct canvas *plain; /* of its bars and of all below the head */
    struct canvas head;         /* with the selection's looks */
    struct student_sign sign;
    bool old;   /* its data is: it fades */
    bool stale; /* all data is */
};

static enum theme_role faded(const struct look *look, enum theme_role role)
{
    return look->old ? THEME_OLD : role;
}

static struct look look_of(const struct cell *cell)
{
    const struct canvas *canvas = cell->view->canvas;
    struct look look = {.plain = canvas, .head = *canvas};
    look.stale = cell->view->snapshot->freshness >= FRESH_STALE;
    look.old = look.stale || cell->student->state == STATE_UNKNOWN;
    look.sign = student_sign(&canvas->theme, cell->student);
    look.head.highlight = cell->selected && cell->focused;
    look.head.underline = cell->selected && !cell->focused;
    return look;
}

static enum theme_role sign_role(const struct look *look)
{
    return look->stale ? THEME_OLD : look->sign.role;
}

static int sign_width(const struct canvas *canvas)
{
    return canvas->theme.glyphs.unicode ? 3 : 1;
}

/* "▶ W", or the letter alone where there is no Unicode. */
static void paint_sign(const struct look *look, int y, int x)
{
    if (look->head.theme.glyphs.unicode) {
        canvas_text(&look->head, y, x, 2, sign_role(look), look->sign.glyph);
        x += 2;
    }
    canvas_printf(&look->head, y, x, 1, sign_role(look), "%c", look->sign.letter);
}

static enum theme_role name_role(const struct look *look, const struct cell *cell)
{
    bool here = cell->student->state != STATE_ABSENT;
    return faded(look, here ? THEME_STRONG : THEME_STATE + STATE_ABSENT);
}

static void paint_name(const struct look *look, const struct cell *cell, int y, int x, int width)
{
    CLEANUP(mem_free_string)
    char *name = student_short(cell->student, width);
    canvas_text(&look->head, y, x, width, name_role(look, cell), name);
}

static bool is_marked(const struct cell *cell)
{
    return roll_is_marked(cell->view->roll, cell->student->login);
}

/* How long there was no progress, or how long it is that anything was measured. */
static void add_age(const struct cell *cell, const struct look *look, bool in_words,
                    struct strbuf *out)
{
    const struct snapshot *snapshot = cell->view->snapshot;
    int64_t s = student_idle_s(snapshot, cell->student);
    if (look->stale && !isnan(snapshot->age_s)) {
        clock_format_span((int64_t)snapshot->age_s, out);
        strbuf_add_string(out, in_words ? " old" : "");
        return;
    }
    if (student_needs_help(cell->student) || cell->student->state == STATE_UNKNOWN)
        s = student_waits_s(snapshot, cell->student);
    if (s >= 0 && !look->stale)
        clock_format_span(s, out);
}

/* Where the student is and for how long: the words of a card's third line. */
static void paint_place(const struct cell *cell, const struct look *look,
                        const struct canvas *canvas, int y, int x, int width)
{
    const struct snapshot_student *student = cell->student;
    CLEANUP(strbuf_release)
    struct strbuf span = STRBUF_INIT;
    const char *words = look->stale                       ? student->current_step
                        : student->state == STATE_DONE    ? "done"
                        : student->state == STATE_ABSENT  ? "not here"
                        : student->state == STATE_UNKNOWN ? student->reason
                                                          : student->current_step;
    add_age(cell, look, width >= 20, &span);
    int right = span.len > 0 ? canvas_width(canvas, span.text) + 1 : 0;
    bool urgent = student_needs_help(student) && !look->old;
    canvas_text(canvas, y, x, width - right, faded(look, THEME_TEXT), words);
    canvas_right(canvas, y, x + width - right, right,
                 urgent ? sign_role(look) : faded(look, THEME_QUIET), span.text);
}

static void paint_head(const struct cell *cell, const struct look *look, int y)
{
    int sign = sign_width(look->plain), right = cell->x + cell->width - 1;
    if (look->head.highlight)
        canvas_fill(&look->head, y, cell->x, cell->width, THEME_SELECTED, "");
    if (is_marked(cell))
        canvas_text(&look->head, y, cell->x, 1, THEME_KEY, look->plain->theme.glyphs.mark);
    paint_name(look, cell, y, cell->x + 1, cell->width - sign - 3);
    paint_sign(look, y, right - sign);
}

/* What a large card has below: why help is needed, or the seat. */
static void paint_below(const struct cell *cell, const struct look *look, int y, int lines)
{
    int x = cell->x + 1, inner = cell->width - 2;
    if (student_needs_help(cell->student) && !look->old) {
        CLEANUP(strbuf_release)
        struct strbuf reason = STRBUF_INIT;
        student_reason(cell->view, cell->student, &reason);
        canvas_wrap(look->plain, y, x, inner, lines, THEME_TEXT, reason.text);
    } else if (*cell->student->seat != '\0')
        canvas_printf(look->plain, y, x, inner, faded(look, THEME_QUIET), "seat %s",
                      cell->student->seat);
}

/* A card: name and sign, bar and percent, step and time; a large one has the reason or the seat. */
static void paint_card(const struct cell *cell, const struct look *look)
{
    int y = cell->y, x = cell->x + 1, inner = cell->width - 2;
    CLEANUP(mem_free_string)
    char *number = student_percent(cell->student);
    paint_head(cell, look, y++);
    enum theme_role bar = faded(look, look->sign.bar);
    canvas_right(look->plain, y, x + inner - 5, 5, sign_role(look), number);
    /* A bar is as thick as there is room, to be seen from afar. */
    int thick = cell->density != DENSITY_LARGE || cell->height < 6 ? 1 : cell->height / 3;
    for (int i = 0; i < thick; i++)
        canvas_bar(look->plain, y++, x, inner - 6, cell->student->progress, bar);
    paint_place(cell, look, look->plain, y++, x, inner);
    if (cell->density == DENSITY_LARGE)
        paint_below(cell, look, y, cell->y + cell->height - y);
}

/* "▶ W Alice Adams   82 % ██████░░░  loan  2 min" */
static void paint_line(const struct cell *cell, const struct look *look)
{
    CLEANUP(mem_free_string)
    char *number = student_percent(cell->student);
    int x = cell->x + 1, y = cell->y, inner = cell->width - 2, end = x + inner;
    int sign = sign_width(look->plain);
    int name = inner < 34 ? inner - sign - 7 : inner < 44 ? 14 : inner < 60 ? 16 : 22;
    int bar = inner < 48 ? 0 : inner < 60 ? 8 : inner / 5;
    if (look->head.highlight)
        canvas_fill(&look->head, y, cell->x, cell->width, THEME_SELECTED, "");
    if (is_marked(cell))
        canvas_text(&look->head, y, cell->x, 1, THEME_KEY, look->plain->theme.glyphs.mark);
    paint_sign(look, y, x);
    x += sign + 1;
    paint_name(look, cell, y, x, name);
    x += name + 1;
    canvas_right(&look->head, y, x, 5, sign_role(look), number);
    x += 6;
    if (bar > 0) {
        canvas_bar(look->plain, y, x, bar, cell->student->progress, faded(look, look->sign.bar));
        x += bar + 1;
    }
    if (end - x >= 6)
        paint_place(cell, look, &look->head, y, x, end - x);
}

/* "▶ 82", and the name where there is room. */
static void paint_small(const struct cell *cell, const struct look *look)
{
    const struct snapshot_student *student = cell->student;
    CLEANUP(mem_free_string)
    char *number = student_percent(student);
    number[strcspn(number, " ")] = '\0';
    int y = cell->y, x = cell->x, name = cell->width - 5;
    if (look->head.highlight)
        canvas_fill(&look->head, y, x, cell->width, THEME_SELECTED, "");
    bool wide = canvas_width(look->plain, look->sign.glyph) > 1;
    if (wide && cell->width < 5)
        canvas_printf(&look->head, y, x, 1, sign_role(look), "%c", look->sign.letter);
    else
        canvas_text(&look->head, y, x, 2, sign_role(look), look->sign.glyph);
    if (name >= 3)
        paint_name(look, cell, y, x + 2, name);
    if (student->progress >= 1)
        number[1] = '\0', number[0] = look->sign.letter;
    canvas_right(&look->head, y, x + cell->width - 2, 2, sign_role(look), number);
    if (is_marked(cell))
        canvas_text(look->plain, y, x + cell->width, 1, THEME_KEY, look->plain->theme.glyphs.mark);
}

void cell_paint(const struct cell *cell)
{
    struct look look = look_of(cell);
    if (cell->density == DENSITY_LINES)
        paint_line(cell, &look);
    else if (cell->density == DENSITY_CELLS)
        paint_small(cell, &look);
    else
        paint_card(cell, &look);
}
