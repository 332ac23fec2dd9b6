/*
 * One student.  Left the steps of the task with the checks of the selected one: what is expected
 * and what is there.  Right how the lesson went: progress beside the class's, errors, sessions,
 * hands, history.  Where both have no room, Tab goes from one to the other.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/lines.h"
#include "ui/list_keys.h"
#include "ui/plot.h"
#include "ui/student.h"
#include "ui/student_course.h"

enum {
    HEAD_LINES = 4,    /* name, reason, circumstances, blank (or the reason's second) */
    BOTH_FROM = 100,   /* columns: steps and course beside each other */
    CHECKS_FROM = 150, /* the checks have a column of their own */
    STEPS_MAX = 48,
    PLOT_MIN = 6,
    PLOT_MAX = 14,
    KEYS_MAX = 20
};

/* A part of the body; no columns: it has no place now. */
struct place {
    int y, x, rows, cols;
};

struct pane_student {
    struct pane pane;
    char *login;
    bool chosen;        /* the lab master picked a step; until then it is the one being worked on */
    bool in_course;     /* the keys are the right half's */
    size_t step;        /* index of the selected step */
    size_t first;       /* first step that is seen */
    size_t first_check; /* first line of the checks that is seen */
    size_t first_course; /* and of the course */
    size_t n_steps;
    struct lines checks, course;
    struct pane_key keys_now[KEYS_MAX];
};

static const struct snapshot_student *find(const struct pane_student *self,
                                           const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (strcmp(snapshot->students[i].login, self->login) == 0)
            return &snapshot->students[i];
    return NULL;
}

/* -- places ------------------------------------------------------------------------------------ */

enum part { PART_STEPS, PART_CHECKS, PART_COURSE, PARTS };

static void divide(const struct pane_student *self, const struct view *view,
                   struct place places[PARTS])
{
    int y = view->top + HEAD_LINES, rows = view->rows - HEAD_LINES, cols = view->cols;
    rows = rows > 1 ? rows : 1;
    memset(places, 0, PARTS * sizeof *places);
    if (cols < BOTH_FROM && self->in_course) {
        places[PART_COURSE] = (struct place){y, 0, rows, cols};
        return;
    }
    int steps = cols < BOTH_FROM ? cols * 2 / 5 : cols * 9 / 20;
    steps =
        cols >= CHECKS_FROM || cols < BOTH_FROM ? (steps > STEPS_MAX ? STEPS_MAX : steps) : steps;
    places[PART_STEPS] = (struct place){y, 0, rows, steps};
    if (cols < BOTH_FROM) {
        places[PART_CHECKS] = (struct place){y, steps + 1, rows, cols - steps - 1};
        return;
    }
    int course = cols >= CHECKS_FROM ? steps + 1 + (cols - steps) * 9 / 20 : steps + 1;
    places[PART_COURSE] = (struct place){y, course, rows, cols - course};
    if (cols >= CHECKS_FROM) {
        places[PART_CHECKS] = (struct place){y, steps + 1, rows, course - steps - 2};
        return;
    }
    int half = (int)self->n_steps + 1 < rows / 2 ? (int)self->n_steps + 1 : rows / 2;
    places[PART_STEPS].rows = half;
    places[PART_CHECKS] = (struct place){y + half, 0, rows - half, steps};
}

static int plot_rows(const struct place *course)
{
    int rows = course->rows / 3;
    return rows < PLOT_MIN ? PLOT_MIN : rows > PLOT_MAX ? PLOT_MAX : rows;
}

static const struct pane_key keys[] = {
    {"c", "claim", "Say that you come: a hand is up."},
    {"d", "done", "You have helped."},
    {"Tab", "course", "The other half: how the lesson went, or the steps."},
    {"Esc", "back", "Back to the pane before."},
    {"?", "help", NULL},
    {"r", "reset", "Give a new empty database; u undoes it."},
    {"u", "undo", "Bring back what the last reset put aside."},
    {"w", "password", "Give a new initial password; F6 shows the slip."},
    {"x", "kick", "End all sessions; the login stays open."},
    {"o", "unlock", "Open a login or a database that is closed."},
    {"i", "try login", "Log in as a lab PC would, with the initial password."},
    {"e", "extra time", "Give more minutes in this lesson."},
    {"n", "note", "Write something down for those who teach."},
    {"s", "psql", "Look into the database: psql, read only. Not in projector mode."},
    {"up down", NULL, "The step above or below; in the other half: scroll."},
    {"PgUp PgDn", NULL, "Scroll the checks."},
    {NULL, NULL, NULL},
};

/* -- the model --------------------------------------------------------------------------------- */

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

static void add_check(struct pane_student *self, const struct view *view,
                      const struct snapshot_check *check, int width)
{
    enum theme_role role = isnan(check->score) ? THEME_STATE + STATE_UNKNOWN
                           : check->score >= 1 ? THEME_GOOD
                           : check->score > 0  ? THEME_PARTLY
                                               : THEME_BAD;
    size_t before = self->checks.n;
    lines_wrap(&self->checks, -1, 3, width - 4, 2, check->score >= 1 ? THEME_QUIET : THEME_TEXT,
               check->title);
    if (self->checks.n == before)
        lines_add(&self->checks, -1);
    struct line *line = &self->checks.items[before];
    line->parts[line->n_parts++] = (struct line_part){
        1, 1, role, mem_strdup(theme_check_glyph(&view->canvas->theme, check->score))};
    lines_wrap(&self->checks, -1, 5, width - 6, 3, role, check->verdict);
}

static void list_checks(struct pane_student *self, const struct view *view,
                        const struct snapshot_step *step, int width)
{
    struct lines *lines = &self->checks;
    lines_add(lines, -1);
    lines_put(lines, 1, width - 2, THEME_HEADING, "%s", step->title);
    if (*step->hint != '\0') {
        CLEANUP(mem_free_string)
        char *hint = mem_printf("hint: %s", step->hint);
        lines_wrap(lines, -1, 1, width - 2, 4, THEME_QUIET, hint);
    }
    if (step->checks == NULL) {
        lines_add(lines, -1);
        lines_put(lines, 1, width - 2, THEME_QUIET, "%s",
                  view->snapshot->trouble == TROUBLE_CONTROL
                      ? "the checks come when the control database answers"
                      : "asking for the checks ...");
    }
    for (size_t i = 0; i < step->n_checks && step->checks != NULL; i++)
        add_check(self, view, &step->checks[i], width);
}

static void scroll_steps(struct pane_student *self, const struct place *place)
{
    size_t lines = place->rows > 1 ? (size_t)place->rows : 1;
    if (self->step < self->first)
        self->first = self->step;
    if (self->step >= self->first + lines)
        self->first = self->step - lines + 1;
    if (self->first > 0 && self->n_steps - self->first < lines)
        self->first = self->n_steps > lines ? self->n_steps - lines : 0;
}

/* A hand is claimed only where one is up; psql shows what is not for the room; minutes are of a
 * lesson. */
static void list_keys(struct pane_student *self, const struct view *view,
                      const struct snapshot_student *student)
{
    size_t n = 0;
    bool hand = student != NULL && student->hand > 0;
    enum lesson_state state = view->snapshot->lesson.state;
    bool lesson = state != LESSON_NONE && state != LESSON_ENDED;
    for (const struct pane_key *k = keys; k->keys != NULL && n + 1 < KEYS_MAX; k++) {
        bool of_hand = strcmp(k->keys, "c") == 0 || strcmp(k->keys, "d") == 0;
        bool of_psql = strcmp(k->keys, "s") == 0, of_lesson = strcmp(k->keys, "e") == 0;
        if ((hand || !of_hand) && !(of_psql && view->projector) && (lesson || !of_lesson))
            self->keys_now[n++] = *k;
    }
    self->keys_now[n] = (struct pane_key){NULL, NULL, NULL};
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_student *self = (struct pane_student *)pane;
    const struct snapshot_student *student = find(self, view->snapshot);
    struct place places[PARTS];
    lines_release(&self->checks);
    lines_release(&self->course);
    self->n_steps = student != NULL ? student->n_steps : 0;
    list_keys(self, view, student);
    divide(self, view, places);
    if (student == NULL)
        return;
    const struct place *course = &places[PART_COURSE], *checks = &places[PART_CHECKS];
    if (course->cols > 0) {
        int rows = course->rows - plot_rows(course) - 1;
        student_course(&self->course, view, student, course->cols);
        self->first_course =
            lines_scroll(&self->course, self->first_course, -1, rows > 0 ? (size_t)rows : 0);
    }
    if (self->n_steps == 0) {
        self->first = self->first_check = 0;
        return;
    }
    if (!self->chosen)
        self->step = current_step(student);
    if (self->step >= self->n_steps)
        self->step = self->n_steps - 1;
    if (places[PART_STEPS].cols > 0)
        scroll_steps(self, &places[PART_STEPS]);
    if (checks->cols > 0) {
        list_checks(self, view, &student->steps[self->step], checks->cols);
        self->first_check =
            lines_scroll(&self->checks, self->first_check, -1, (size_t)checks->rows);
    }
}

/* -- painting ---------------------------------------------------------------------------------- */

/* "10 min extra  4 wrong passwords  helped twice today". */
static void paint_circumstances(const struct view *view, const struct snapshot_student *student,
                                int y)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    int64_t idle_s = student_idle_s(view->snapshot, student);
    if (idle_s >= 0) {
        strbuf_add_string(&text, "last progress ");
        clock_format_span(idle_s, &text);
        strbuf_add_string(&text, " ago");
    }
    if (student->extra_s > 0 || student->extra_s < 0)
        strbuf_printf(&text, "%s%.0f min extra time", text.len > 0 ? " · " : "",
                      student->extra_s / 60);
    if (student->failed_logins > 0)
        strbuf_printf(&text, "%s%d wrong passwords", text.len > 0 ? " · " : "",
                      student->failed_logins);
    if (student->helped > 0)
        strbuf_printf(&text,
                      student->helped == 1 ? "%shelped once today" : "%shelped %d times today",
                      text.len > 0 ? " · " : "", student->helped);
    canvas_text(view->canvas, y, 1, view->cols - 2, THEME_QUIET, text.text);
}

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
    struct student_sign sign = student_sign(&canvas->theme, student);
    bool flagged = student->need != NEED_NONE;
    x = 1;
    if (flagged && text.len > 0)
        x += canvas_printf(canvas, y + 1, x, 14, sign.role, "%s %s", sign.glyph, sign.word) + 2;
    /* Two lines where one is too short: the blank one is the second. */
    int used = canvas_wrap(canvas, y + 1, x, view->cols - x - 1, 2,
                           flagged ? THEME_TEXT : THEME_QUIET, text.text);
    paint_circumstances(view, student, y + 1 + (used > 1 ? used : 1));
}

static void paint_steps(const struct pane_student *self, const struct view *view,
                        const struct snapshot_student *student, const struct place *place)
{
    bool old = view->snapshot->freshness >= FRESH_STALE;
    int width = place->cols;
    bool more = self->n_steps > self->first + (size_t)place->rows;
    for (size_t i = self->first; i < student->n_steps && i < self->first + (size_t)place->rows;
         i++) {
        const struct snapshot_step *step = &student->steps[i];
        struct canvas canvas = *view->canvas;
        canvas.highlight = i == self->step && !self->in_course;
        canvas.underline = i == self->step && self->in_course;
        int y = place->y + (int)(i - self->first);
        enum theme_role role = old ? THEME_OLD : theme_score_role(step->score);
        if (canvas.highlight)
            canvas_fill(&canvas, y, 0, width, THEME_TEXT, "");
        if (more && i + 1 == self->first + (size_t)place->rows && i != self->step) {
            canvas_printf(&canvas, y, 1, width - 2, THEME_HEADING, "%zu more %s", self->n_steps - i,
                          canvas.theme.glyphs.down);
            break;
        }
        canvas_text(&canvas, y, 1, 1, role, theme_score_glyph(&canvas.theme, step->score));
        canvas_text(&canvas, y, 3, width - 10, old ? THEME_OLD : THEME_TEXT, step->title);
        if (isnan(step->score))
            canvas_right(&canvas, y, width - 7, 5, role, "-");
        else
            canvas_printf(&canvas, y, width - 7, 5, role, "%3.0f %%",
                          floor(step->score * 100 + 1e-9));
    }
}

static void paint_course(const struct pane_student *self, const struct view *view,
                         const struct snapshot_student *student, const struct place *place)
{
    int rows = plot_rows(place);
    CLEANUP(mem_free_string)
    char *label = student_short(student, place->cols / 3);
    plot_paint(view->canvas, place->y, place->x + 1, place->cols - 2, rows, view->snapshot, label,
               student->progress);
    if (self->in_course)
        canvas_text(view->canvas, place->y, place->x, 1, THEME_KEY,
                    view->canvas->theme.glyphs.marker);
    lines_paint(&self->course, view->canvas, place->y + rows + 1, place->x, place->cols,
                place->rows - rows - 1, self->first_course, -1);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_student *self = (const struct pane_student *)pane;
    const struct snapshot_student *student = find(self, view->snapshot);
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    struct place places[PARTS];
    if (student == NULL) {
        canvas_printf(view->canvas, view->top + 1, 1, view->cols - 2, THEME_TEXT,
                      "\"%s\" is no longer on the roster", view->pseudonyms ? "" : self->login);
        return;
    }
    paint_head(view, student);
    divide(self, view, places);
    const struct place *steps = &places[PART_STEPS], *checks = &places[PART_CHECKS];
    if (places[PART_COURSE].cols > 0)
        paint_course(self, view, student, &places[PART_COURSE]);
    if (steps->cols > 0 && student->n_steps == 0)
        canvas_text(view->canvas, steps->y, 1, steps->cols - 2, THEME_QUIET,
                    "asking for the steps ...");
    else if (steps->cols > 0)
        paint_steps(self, view, student, steps);
    if (checks->cols > 0)
        lines_paint(&self->checks, view->canvas, checks->y, checks->x, checks->cols, checks->rows,
                    self->first_check, -1);
    for (enum part part = PART_CHECKS; part < PARTS; part++)
        if (places[part].cols > 0 && places[part].x > 0)
            canvas_column(view->canvas, view->top + HEAD_LINES, places[part].x - 1,
                          view->rows - HEAD_LINES, THEME_RULE, glyphs->vertical);
}

/* -- keys -------------------------------------------------------------------------------------- */

static unsigned choose(struct pane_student *self, long by)
{
    long step = (long)self->step + by, last = (long)self->n_steps - 1;
    if (self->n_steps == 0)
        return PANE_HANDLED;
    step = step < 0 ? 0 : step > last ? last : step;
    self->chosen = true;
    self->first_check = (size_t)step == self->step ? self->first_check : 0;
    self->step = (size_t)step;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned scroll_by(size_t *first, long by)
{
    long to = (long)*first + by;
    *first = to < 0 ? 0 : (size_t)to;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned move_by(struct pane_student *self, long by)
{
    return self->in_course ? scroll_by(&self->first_course, by) : choose(self, by);
}

static const struct {
    int key;
    enum action_kind kind;
} action_keys[] = {
    {'r', ACTION_RESET},  {'u', ACTION_UNDO},    {'w', ACTION_PASSWD},     {'x', ACTION_KICK},
    {'o', ACTION_UNLOCK}, {'i', ACTION_TRY},     {'e', ACTION_EXTRA_TIME}, {'n', ACTION_NOTE},
    {'c', ACTION_CLAIM},  {'d', ACTION_RESOLVE},
};

static unsigned act(const struct pane_student *self, const struct view *view, int code)
{
    for (size_t i = 0; i < sizeof action_keys / sizeof *action_keys; i++)
        if (action_keys[i].key == code) {
            const struct snapshot_student *student = find(self, view->snapshot);
            bool of_hand = code == 'c' || code == 'd';
            if (of_hand && (student == NULL || student->hand == 0))
                return PANE_HANDLED;
            action_want(view->want, action_keys[i].kind, self->login);
            return PANE_HANDLED | PANE_ACT;
        }
    /* Rows and statements: not for the room. */
    if (code != 's' || view->projector)
        return code == 's' ? PANE_HANDLED : PANE_IGNORED;
    action_want(view->want, ACTION_PSQL, self->login);
    return PANE_HANDLED | PANE_ACT;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_student *self = (struct pane_student *)pane;
    size_t *page = self->in_course ? &self->first_course : &self->first_check;
    if (code != KEY_PPAGE && code != KEY_NPAGE) {
        long by = list_keys_by(code, 0, (long)(self->n_steps + self->course.n));
        if (by != 0)
            return move_by(self, by);
    }
    switch (code) {
    case KEY_PPAGE:
        return scroll_by(page, -5);
    case KEY_NPAGE:
    case ' ':
        return scroll_by(page, 5);
    case '\t':
    case KEY_BTAB:
        self->in_course = !self->in_course;
        return PANE_HANDLED | PANE_RECALC;
    case '?':
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case 27:
    case 'q':
    case KEY_LEFT:
    case 'h':
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return act(self, view, code);
    }
}

static void free_pane(struct pane *pane)
{
    struct pane_student *self = (struct pane_student *)pane;
    lines_release(&self->checks);
    lines_release(&self->course);
    free(self->login);
    free(self);
}

static const struct pane_key *list_now(const struct pane *pane, const struct view *view)
{
    (void)view;
    return ((const struct pane_student *)pane)->keys_now;
}

static const struct pane_ops ops = {
    .name = "student",
    .keys = keys,
    .keys_now = list_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .free = free_pane,
};

struct pane *pane_student_new(const char *login)
{
    struct pane_student *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->login = mem_strdup(login);
    return &self->pane;
}
