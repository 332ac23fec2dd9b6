/*
 * One student: left the steps of the task, right the checks of the selected step, with the words
 * that say what is expected and what is there.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/student.h"

enum { HEAD_LINES = 3 }; /* name, reason, blank */

struct pane_student {
    struct pane pane;
    char *login;
    bool chosen;        /* the lab master picked a step; until then it is the one being worked on */
    size_t step;        /* index of the selected step */
    size_t first;       /* first step that is seen */
    size_t first_check; /* first check that is seen */
    size_t n_steps, n_checks;
};

static const struct snapshot_student *find(const struct pane_student *self,
                                           const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (strcmp(snapshot->students[i].login, self->login) == 0)
            return &snapshot->students[i];
    return NULL;
}

static size_t body_lines(const struct view *view)
{
    return view->rows > HEAD_LINES + 1 ? (size_t)(view->rows - HEAD_LINES) : 1;
}

/* The step that the student is at; else the first that is not complete. */
static size_t current_step(const struct snapshot_student *student)
{
    for (size_t i = 0; i < student->n_steps; i++)
        if (*student->current_step != '\0' &&
            strcmp(student->steps[i].title, student->current_step) == 0)
            return i;
    for (size_t i = 0; i < student->n_steps; i++)
        if (!(student->steps[i].score >= 1))
            return i;
    return 0;
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_student *self = (struct pane_student *)pane;
    const struct snapshot_student *student = find(self, view->snapshot);
    self->n_steps = student != NULL ? student->n_steps : 0;
    if (self->n_steps == 0)
        return;
    if (!self->chosen)
        self->step = current_step(student);
    if (self->step >= self->n_steps)
        self->step = self->n_steps - 1;
    self->n_checks = student->steps[self->step].n_checks;
    if (self->first_check >= self->n_checks)
        self->first_check = self->n_checks > 0 ? self->n_checks - 1 : 0;
    size_t lines = body_lines(view);
    if (self->step < self->first)
        self->first = self->step;
    if (self->step >= self->first + lines)
        self->first = self->step - lines + 1;
    if (self->first > 0 && self->n_steps - self->first < lines)
        self->first = self->n_steps > lines ? self->n_steps - lines : 0;
}

/* -- painting ---------------------------------------------------------------------------------- */

static void paint_head(const struct view *view, const struct snapshot_student *student)
{
    const struct canvas *canvas = view->canvas;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool old = view->snapshot->freshness >= FRESH_STALE;
    enum theme_role role = old ? THEME_OLD : THEME_STATE + student->state;
    int x = 1, y = view->top;
    x += canvas_text(canvas, y, x, view->cols / 2, THEME_STRONG, student_label(student)) + 2;
    if (*student->name != '\0' && *student_login(view, student) != '\0')
        strbuf_printf(&text, "%s  ", student->login);
    if (*student->seat != '\0')
        strbuf_printf(&text, "seat %s  ", student->seat);
    if (*student->group != '\0')
        strbuf_printf(&text, "group %s", student->group);
    canvas_text(canvas, y, x, view->cols - x - 22, THEME_QUIET, text.text);
    strbuf_reset(&text);
    strbuf_printf(&text, "%s %s", theme_state_glyph(&canvas->theme, student->state),
                  state_name(student->state));
    if (!isnan(student->progress))
        strbuf_printf(&text, "  %.0f %%", floor(student->progress * 100 + 1e-9));
    canvas_right(canvas, y, view->cols - 22, 21, role, text.text);
    strbuf_reset(&text);
    student_reason(view, student, &text);
    int64_t idle_s = student_idle_s(view->snapshot, student);
    if (text.len == 0 && idle_s >= 0) {
        strbuf_add_string(&text, "last progress ");
        clock_format_span(idle_s, &text);
        strbuf_add_string(&text, " ago");
    }
    canvas_text(canvas, y + 1, 1, view->cols - 2, student_needs_help(student) ? role : THEME_QUIET,
                text.text);
}

static void paint_steps(const struct pane_student *self, const struct view *view,
                        const struct snapshot_student *student, int width)
{
    bool old = view->snapshot->freshness >= FRESH_STALE;
    size_t lines = body_lines(view);
    for (size_t i = self->first; i < student->n_steps && i < self->first + lines; i++) {
        const struct snapshot_step *step = &student->steps[i];
        struct canvas canvas = *view->canvas;
        canvas.highlight = i == self->step;
        int y = view->top + HEAD_LINES + (int)(i - self->first);
        enum theme_role role = old ? THEME_OLD : theme_score_role(step->score);
        if (canvas.highlight)
            canvas_fill(&canvas, y, 0, width, THEME_TEXT, "");
        canvas_text(&canvas, y, 1, 1, role, theme_score_glyph(&canvas.theme, step->score));
        canvas_text(&canvas, y, 3, width - 10, old ? THEME_OLD : THEME_TEXT, step->title);
        if (isnan(step->score))
            canvas_right(&canvas, y, width - 6, 5, role, "-");
        else
            canvas_printf(&canvas, y, width - 6, 5, role, "%3.0f %%",
                          floor(step->score * 100 + 1e-9));
    }
}

/* Returns the lines it took; never more than `lines`. */
static int paint_check(const struct view *view, const struct snapshot_check *check, int y, int x,
                       int lines)
{
    const struct canvas *canvas = view->canvas;
    int width = view->cols - x - 1;
    enum theme_role role = isnan(check->score) ? THEME_STATE + STATE_UNKNOWN
                           : check->score >= 1 ? THEME_GOOD
                           : check->score > 0  ? THEME_PARTLY
                                               : THEME_BAD;
    canvas_text(canvas, y, x, 1, role, theme_check_glyph(&canvas->theme, check->score));
    int used = canvas_wrap(canvas, y, x + 2, width - 2, lines > 2 ? 2 : lines,
                           check->score >= 1 ? THEME_QUIET : THEME_TEXT, check->title);
    used = used > 0 ? used : 1;
    if (*check->verdict != '\0' && used < lines)
        used += canvas_wrap(canvas, y + used, x + 4, width - 4, lines - used > 3 ? 3 : lines - used,
                            role, check->verdict);
    return used;
}

static void paint_checks(const struct pane_student *self, const struct view *view,
                         const struct snapshot_student *student, int x)
{
    const struct snapshot_step *step = &student->steps[self->step];
    const struct canvas *canvas = view->canvas;
    int y = view->top + HEAD_LINES, end = view->top + view->rows, width = view->cols - x - 1;
    canvas_text(canvas, y++, x, width, THEME_HEADING, step->title);
    if (*step->hint != '\0') {
        int used = canvas_text(canvas, y, x, width, THEME_QUIET, "hint: ");
        y += canvas_wrap(canvas, y, x + used, width - used, 3, THEME_TEXT, step->hint);
    }
    y++;
    if (step->checks == NULL) {
        canvas_text(canvas, y, x, width, THEME_QUIET,
                    view->snapshot->trouble == TROUBLE_CONTROL
                        ? "the checks come when the control database answers"
                        : "asking for the checks ...");
        return;
    }
    for (size_t i = self->first_check; i < step->n_checks; i++) {
        bool last = i + 1 == step->n_checks;
        if (end - y < (last ? 1 : 2)) {
            canvas_printf(canvas, end - 1, x, width, THEME_HEADING, "%zu more %s  PgDn",
                          step->n_checks - i, canvas->theme.glyphs.down);
            return;
        }
        y += paint_check(view, &step->checks[i], y, x, end - y - (last ? 0 : 1));
    }
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_student *self = (const struct pane_student *)pane;
    const struct snapshot_student *student = find(self, view->snapshot);
    if (student == NULL) {
        canvas_printf(view->canvas, view->top + 1, 1, view->cols - 2, THEME_TEXT,
                      "\"%s\" is no longer on the roster", self->login);
        return;
    }
    paint_head(view, student);
    if (student->n_steps == 0) {
        canvas_text(view->canvas, view->top + HEAD_LINES, 1, view->cols - 2, THEME_QUIET,
                    "asking for the steps ...");
        return;
    }
    int width = view->cols * 2 / 5;
    width = width > 48 ? 48 : width;
    paint_steps(self, view, student, width);
    canvas_column(view->canvas, view->top + HEAD_LINES, width, view->rows - HEAD_LINES, THEME_RULE,
                  view->canvas->theme.glyphs.vertical);
    paint_checks(self, view, student, width + 2);
}

/* -- operations -------------------------------------------------------------------------------- */

static unsigned choose(struct pane_student *self, long by)
{
    long step = (long)self->step + by;
    if (self->n_steps == 0 || step < 0 || step >= (long)self->n_steps)
        return PANE_HANDLED;
    self->chosen = true;
    self->step = (size_t)step;
    self->first_check = 0;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned scroll_by(struct pane_student *self, long by)
{
    long first = (long)self->first_check + by;
    self->first_check = first < 0 ? 0 : (size_t)first;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_student *self = (struct pane_student *)pane;
    (void)view;
    switch (code) {
    case KEY_UP:
    case 'k':
        return choose(self, -1);
    case KEY_DOWN:
    case 'j':
        return choose(self, 1);
    case KEY_HOME:
    case 'g':
        return choose(self, -(long)self->step);
    case KEY_END:
    case 'G':
        return choose(self, (long)self->n_steps - 1 - (long)self->step);
    case KEY_PPAGE:
        return scroll_by(self, -5);
    case KEY_NPAGE:
    case ' ':
        return scroll_by(self, 5);
    case '?':
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case 27:
    case 'q':
    case KEY_LEFT:
    case 'h':
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return PANE_IGNORED;
    }
}

static char *more(const struct pane *pane, const struct view *view)
{
    const struct pane_student *self = (const struct pane_student *)pane;
    size_t end = self->first + body_lines(view);
    if (end >= self->n_steps)
        return NULL;
    return mem_printf("%zu more steps %s", self->n_steps - end, view->canvas->theme.glyphs.down);
}

static void free_pane(struct pane *pane)
{
    free(((struct pane_student *)pane)->login);
    free(pane);
}

static const struct pane_key keys[] = {
    {"up down", "step", "the previous and the next step; k j too"},
    {"PgUp PgDn", "checks", "scroll the checks of the step"},
    {"Esc", "back", "to the grid; q and the left arrow too"},
    {"?", "help", "this page"},
    {"Home End", NULL, "the first and the last step"},
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "student",
    .keys = keys,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .more = more,
    .free = free_pane,
};

struct pane *pane_student_new(const char *login)
{
    struct pane_student *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->login = mem_strdup(login);
    return &self->pane;
}
