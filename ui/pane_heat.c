/*
 * The heat map: students down, the steps of the task across, a sign for each score; below it how
 * many lack each step.  The names stay where they are when it scrolls.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "ui/heat.h"
#include "ui/list_keys.h"
#include "ui/roll_keys.h"
#include "ui/student.h"

struct pane_heat {
    struct roll_pane base;
    struct heat heat;
};

/* -- steps' names ------------------------------------------------------------------------------ */

static enum theme_role step_role(const struct heat *heat, const struct snapshot *snapshot,
                                 size_t step)
{
    (void)heat;
    return (int)step == snapshot->hardest ? THEME_HEADING : THEME_TEXT;
}

/* A name has as many columns as there are lines, and a line down to its column where none is. */
static void paint_step(const struct heat *heat, const struct view *view, int c, bool stem)
{
    const struct heat_layout *layout = &heat->layout;
    size_t step = heat->left + (size_t)c;
    struct canvas canvas = *view->canvas;
    int line = c % layout->head, y = view->top + line;
    int x = layout->name_width + c * layout->column_width;
    for (int i = 1; stem && line + i < layout->head; i++)
        canvas_text(&canvas, y + i, x, 1, THEME_RULE, canvas.theme.glyphs.vertical);
    if (stem)
        return;
    int width = layout->head * layout->column_width - 1;
    width = width < view->cols - x ? width : view->cols - x;
    canvas.highlight = step == heat->step;
    int used = canvas_text(&canvas, y, x, width, step_role(heat, view->snapshot, step),
                           heat_title(view->snapshot, step));
    canvas.highlight = false;
    canvas_text(&canvas, y, x + used, 1, THEME_TEXT, " ");
}

static void paint_steps(const struct heat *heat, const struct view *view)
{
    for (int stem = 1; stem >= 0; stem--)
        for (int c = 0; c < heat->layout.columns && heat->left + (size_t)c < heat->n_steps; c++)
            paint_step(heat, view, c, stem == 1);
}

/* -- students ---------------------------------------------------------------------------------- */

static void paint_name(const struct heat *heat, const struct view *view,
                       const struct snapshot_student *student, int y)
{
    struct canvas canvas = *view->canvas;
    struct student_sign sign = student_sign(&canvas.theme, student);
    bool old = view->snapshot->freshness >= FRESH_STALE;
    int x = 1, width = heat->layout.name_width;
    canvas.highlight = roll_is_selected(view->roll, student);
    if (canvas.highlight)
        canvas_fill(&canvas, y, 0, width - 1, THEME_SELECTED, "");
    if (roll_is_marked(view->roll, student->login))
        canvas_text(&canvas, y, 0, 1, THEME_KEY, canvas.theme.glyphs.mark);
    if (canvas.theme.glyphs.unicode) {
        canvas_text(&canvas, y, x, 2, old ? THEME_OLD : sign.role, sign.glyph);
        x += 2;
    }
    canvas_printf(&canvas, y, x, 1, old ? THEME_OLD : sign.role, "%c", sign.letter);
    x += 2;
    CLEANUP(mem_free_string)
    char *name = student_short(student, width - x - 8);
    canvas_text(&canvas, y, x, width - x - 8, old ? THEME_OLD : THEME_STRONG, name);
    CLEANUP(mem_free_string)
    char *number = student_percent(student);
    canvas_right(&canvas, y, width - 7, 5, old ? THEME_OLD : sign.role, number);
}

/* The newest change is the brightest. */
static void paint_score(const struct heat *heat, const struct view *view, size_t student,
                        size_t step, int y, int x)
{
    const struct snapshot_student *who = &view->snapshot->students[student];
    double score = step < who->n_steps ? who->steps[step].score : (double)NAN;
    enum heat_age age = heat_age(heat, view->snapshot, student, step);
    bool old = view->snapshot->freshness >= FRESH_STALE || who->state == STATE_UNKNOWN;
    struct canvas canvas = *view->canvas;
    bool here = step == heat->step && roll_is_selected(view->roll, who);
    canvas.highlight = here || (age == HEAT_NEW && !old);
    enum theme_role role = old               ? THEME_OLD
                           : age != HEAT_OLD ? THEME_NEW
                           : !(score > 0)    ? THEME_REST
                                             : theme_score_role(score);
    if (isnan(score) && who->state == STATE_ABSENT)
        canvas_text(&canvas, y, x, 1, THEME_REST, here ? " " : "");
    else
        canvas_text(&canvas, y, x, 1, role, theme_score_glyph(&canvas.theme, score));
}

static void paint_rows(const struct heat *heat, const struct view *view)
{
    const struct heat_layout *layout = &heat->layout;
    for (int line = 0; line < layout->rows; line++) {
        size_t at = heat->top + (size_t)line;
        if (at >= heat->n)
            return;
        size_t student = view->roll->order[at];
        int y = view->top + layout->head + line;
        paint_name(heat, view, &view->snapshot->students[student], y);
        for (int c = 0; c < layout->columns; c++) {
            size_t step = heat->left + (size_t)c;
            if (step < heat->n_steps)
                paint_score(heat, view, student, step, y,
                            layout->name_width + c * layout->column_width);
        }
    }
}

/* -- below ------------------------------------------------------------------------------------- */

static void paint_totals(const struct heat *heat, const struct view *view)
{
    const struct heat_layout *layout = &heat->layout;
    const struct snapshot *snapshot = view->snapshot;
    int shown = heat->n < (size_t)layout->rows ? (int)heat->n : layout->rows;
    int y = view->top + layout->head + shown + (shown < layout->rows);
    size_t of = 0;
    bool old = snapshot->freshness >= FRESH_STALE;
    for (int c = 0; c < layout->columns; c++) {
        size_t step = heat->left + (size_t)c;
        if (step >= heat->n_steps)
            break;
        size_t lacking = heat_lacking(snapshot, step, &of);
        enum theme_role role = lacking == 0 ? THEME_QUIET : step_role(heat, snapshot, step);
        canvas_printf(view->canvas, y, layout->name_width + c * layout->column_width,
                      layout->column_width, old ? THEME_OLD : role, "%zu", lacking);
    }
    canvas_printf(view->canvas, y, 1, layout->name_width - 2, THEME_HEADING, "lacking it, of %zu",
                  of);
}

static void paint_legend(const struct view *view)
{
    static const struct {
        double score;
        const char *meaning;
    } signs[] = {{1, "done"},    {0.9, ">80 %"}, {0.6, ">50 %"},
                 {0.3, "begun"}, {0, "none"},    {(double)NAN, "unknown"}};
    const struct canvas *canvas = view->canvas;
    int y = view->top + view->rows - 1, x = 1;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        enum theme_role role = signs[i].score > 0 ? theme_score_role(signs[i].score) : THEME_QUIET;
        x += canvas_text(canvas, y, x, 1, role, theme_score_glyph(&canvas->theme, signs[i].score));
        x += canvas_text(canvas, y, x + 1, 12, THEME_QUIET, signs[i].meaning) + 3;
    }
    struct canvas bright = *canvas;
    bright.highlight = true;
    canvas_text(&bright, y, x, 1, THEME_NEW, canvas->theme.glyphs.score[0]);
    canvas_text(canvas, y, x + 2, view->cols - x - 3, THEME_QUIET, "just changed");
}

/* -- operations -------------------------------------------------------------------------------- */

static bool has_scores(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        for (size_t s = 0; s < snapshot->students[i].n_steps; s++)
            if (!isnan(snapshot->students[i].steps[s].score))
                return true;
    return false;
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct heat *heat = &((struct pane_heat *)pane)->heat;
    heat_learn(heat, view->snapshot);
    heat_recalc(heat, view->snapshot, view->roll, view->rows, view->cols);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct heat *heat = &((const struct pane_heat *)pane)->heat;
    if (roll_paint_no_class(view) || roll_paint_nobody(view, 0))
        return;
    paint_rows(heat, view);
    if (!has_scores(view->snapshot)) {
        canvas_text(view->canvas, view->top, heat->layout.name_width,
                    view->cols - heat->layout.name_width - 1, THEME_QUIET,
                    "asking for everybody's steps ...");
        return;
    }
    paint_steps(heat, view);
    paint_totals(heat, view);
    paint_legend(view);
}

static unsigned move_step(struct heat *heat, long by)
{
    long step = (long)heat->step + by, last = (long)heat->n_steps - 1;
    heat->step = (size_t)(step < 0 || last < 0 ? 0 : step > last ? last : step);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned move_student(const struct view *view, long by)
{
    roll_move(view->roll, view->snapshot, by);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_heat *self = (struct pane_heat *)pane;
    struct heat *heat = &self->heat;
    unsigned flags = roll_keys_press(&self->base.common, view, code);
    if (flags != PANE_IGNORED || self->base.common.typing)
        return flags;
    long by = list_keys_by(code, heat->layout.rows, (long)heat->n);
    if (by != 0)
        return move_student(view, by);
    switch (code) {
    case KEY_LEFT:
    case 'h':
        return move_step(heat, -1);
    case KEY_RIGHT:
    case 'l':
        return move_step(heat, 1);
    case '0':
    case '^':
        return move_step(heat, -(long)heat->n_steps);
    case '$':
        return move_step(heat, (long)heat->n_steps);
    default:
        return roll_pane_key(view, code);
    }
}

static unsigned mouse(struct pane *pane, const struct view *view, int y, int x, enum mouse_act act)
{
    struct heat *heat = &((struct pane_heat *)pane)->heat;
    const struct heat_layout *layout = &heat->layout;
    if (act == MOUSE_UP || act == MOUSE_DOWN)
        return move_student(view, act == MOUSE_UP ? -3 : 3);
    int line = y - view->top - layout->head;
    size_t at = heat->top + (size_t)(line < 0 ? 0 : line);
    if (line >= layout->rows || y < view->top)
        return PANE_IGNORED;
    if (line >= 0 && at < heat->n)
        roll_select(view->roll, view->snapshot, at);
    if (x >= layout->name_width)
        move_step(heat, (long)heat->left + (x - layout->name_width) / layout->column_width -
                            (long)heat->step);
    return PANE_HANDLED | PANE_RECALC | (act == MOUSE_DOUBLE && line >= 0 ? PANE_OPEN : 0);
}

/* What the cell is, in full: the names above may be cut. */
static char *note(const struct pane *pane, const struct view *view)
{
    const struct pane_heat *self = (const struct pane_heat *)pane;
    const struct snapshot *snapshot = view->snapshot;
    const struct snapshot_student *student = roll_selected(view->roll, snapshot);
    if (self->base.common.typing || student == NULL || self->heat.n_steps == 0)
        return roll_keys_note(&self->base.common, view);
    struct strbuf text = STRBUF_INIT;
    if (roll_is_filtered(view->roll)) {
        CLEANUP(mem_free_string)
        char *words = roll_words(view->roll);
        strbuf_printf(&text, "%s: %zu of %zu %s ", words, view->roll->n, snapshot->n_students,
                      view->canvas->theme.glyphs.bullet);
    }
    size_t step = self->heat.step, of;
    double score = step < student->n_steps ? student->steps[step].score : (double)NAN;
    strbuf_printf(&text, "%s: %s ", student_label(student), heat_title(snapshot, step));
    if (isnan(score))
        strbuf_add_string(&text, "unknown");
    else
        strbuf_printf(&text, "%.0f %%", floor(score * 100 + 1e-9));
    size_t lacking = heat_lacking(snapshot, step, &of);
    strbuf_printf(&text, " %s %zu of %zu lack it", view->canvas->theme.glyphs.bullet, lacking, of);
    return strbuf_detach(&text);
}

static void add_more(struct strbuf *text, size_t n, const char *glyph)
{
    if (n > 0)
        strbuf_printf(text, "%s%zu more %s", text->len > 0 ? "  " : "", n, glyph);
}

static char *more(const struct pane *pane, const struct view *view)
{
    const struct heat *heat = &((const struct pane_heat *)pane)->heat;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    size_t bottom = heat->top + (size_t)heat->layout.rows,
           right = heat->left + (size_t)heat->layout.columns;
    struct strbuf text = STRBUF_INIT;
    add_more(&text, heat->left, glyphs->left);
    add_more(&text, heat->n_steps > right ? heat->n_steps - right : 0, glyphs->right);
    add_more(&text, heat->top, glyphs->up);
    add_more(&text, heat->n > bottom ? heat->n - bottom : 0, glyphs->down);
    return strbuf_detach(&text);
}

static void free_pane(struct pane *pane)
{
    heat_release(&((struct pane_heat *)pane)->heat);
    roll_pane_free(pane);
}

static const struct pane_key keys[] = {
    {"Enter", "student", "steps, checks, errors"},
    {"arrows", "move", "h j k l, PgUp, Home, ^ $ too"},
    ROLL_KEYS_FIND,
    {"s", "sort", "seat, name, progress, state"},
    {"Esc", "back", "to the grid; q too"},
    {"?", "help", "this page"},
    ROLL_KEYS_HELP,
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "heat map",
    .keys = keys,
    .keys_now = roll_pane_keys_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .is_typing = roll_pane_is_typing,
    .mouse = mouse,
    .note = note,
    .more = more,
    .all_steps = true,
    .free = free_pane,
};

struct pane *pane_heat_new(void)
{
    return roll_pane_new(sizeof(struct pane_heat), &ops);
}
