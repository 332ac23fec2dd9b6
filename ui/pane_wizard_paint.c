/*
 * The wizard on the screen: the way through the pages above, the page's fields, what its try found,
 * and what is there to see of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ui/pane_wizard.h"

static const char *const names[] = {"servers", "example", "students", "rules", "review", "run"};
static const char *const headings[] = {
    "Where are the servers?", "What do the students build?", "Who are the students?",
    "How is it judged?",      "What will be done?",          "Making it so",
};
_Static_assert(sizeof names / sizeof names[0] == DRAFT_PAGES, "a name for each page");

/* What belongs together stands together on wide screens, too. */
enum { PAGE_COLUMNS = 120 };

static int page_columns(const struct view *view)
{
    return view->cols < PAGE_COLUMNS ? view->cols : PAGE_COLUMNS;
}

/* -- above ------------------------------------------------------------------------------------- */

void pane_wizard_header(const struct pane *pane, const struct view *view)
{
    const struct wizard *wizard = ((const struct pane_wizard *)pane)->wizard;
    const struct canvas *canvas = view->canvas;
    const struct glyphs *glyphs = &canvas->theme.glyphs;
    int x = 1;
    x += canvas_text(canvas, 0, x, 10, THEME_BRAND, "lectern") + 3;
    x += canvas_text(canvas, 0, x, 10, THEME_STRONG, "new lab") + 3;
    canvas_text(canvas, 0, x, view->cols - x - 1, THEME_QUIET,
                draft_get(&wizard->draft, DRAFT_TITLE));
    x = 1;
    for (int page = 0; page < DRAFT_PAGES; page++) {
        bool here = page == (int)wizard->draft.page, before = page < (int)wizard->draft.page;
        enum theme_role role = here ? THEME_SELECTED : before ? THEME_GOOD : THEME_QUIET;
        if (page > 0)
            x += canvas_printf(canvas, 1, x, 4, THEME_RULE, " %s ", glyphs->rule);
        x += before ? canvas_printf(canvas, 1, x, 14, role, "%s %s", glyphs->check[0], names[page])
                    : canvas_printf(canvas, 1, x, 14, role, here ? " %d %s " : "%d %s", page + 1,
                                    names[page]);
    }
    canvas_fill(canvas, 2, 0, view->cols, THEME_RULE, glyphs->rule);
}

/* -- what a try found -------------------------------------------------------------------------- */

/* Each line of a text on lines of its own; returns the lines used. */
static int paint_lines(const struct canvas *canvas, int y, int x, int width, int room,
                       enum theme_role role, const char *text)
{
    int used = 0;
    for (size_t len; *text != '\0' && used < room; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        CLEANUP(mem_free_string)
        char *line = mem_strndup(text, len);
        int most = room - used > 3 ? 3 : room - used;
        used += canvas_wrap(canvas, y + used, x, width, most, role, line);
    }
    return used;
}

static const char *doing(enum draft_page page)
{
    static const char *const words[] = {
        "starting and asking the servers", "loading the example as an unprivileged role",
        "searching the directory",         "looking",
        "comparing with what is there",    "working"};
    return words[page];
}

static void add_seconds(const struct wizard_try *try, struct strbuf *out)
{
    int64_t ms = clock_monotonic_ms() - try->started_ms;
    if (ms >= 1000)
        strbuf_printf(out, "  %lld s", (long long)(ms / 1000));
}

static int paint_running(const struct wizard_try *try, enum draft_page page,
                         const struct canvas *canvas, int y, int x, int width)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_printf(&text, "%s %s", canvas->theme.glyphs.live, doing(page));
    add_seconds(try, &text);
    canvas_text(canvas, y, x, width, THEME_LATE, text.text);
    if (try->last.len == 0 || try->last.text[0] == '{' || page == PAGE_EXAMPLE)
        return 1;
    canvas_text(canvas, y + 1, x + 2, width - 2, THEME_QUIET, try->last.text);
    return 2;
}

/* Returns the lines used. */
static int paint_try(const struct wizard *wizard, const struct view *view, int y, int room)
{
    enum draft_page page = wizard->draft.page;
    const struct wizard_try *try = &wizard->tries[page];
    const struct canvas *canvas = view->canvas;
    const struct glyphs *glyphs = &canvas->theme.glyphs;
    int x = 3, width = view->cols - x - 2, used;
    if (try->state == TRY_NONE || room < 1)
        return 0;
    if (try->state == TRY_RUNNING)
        return paint_running(try, page, canvas, y, x, width);
    bool fine = try->state == TRY_FINE;
    enum theme_role role = fine ? THEME_GOOD : THEME_BAD;
    canvas_text(canvas, y, x, 1, role, fine ? glyphs->check[0] : glyphs->check[2]);
    used = paint_lines(canvas, y, x + 2, width - 2, room, fine ? THEME_TEXT : THEME_BAD,
                       try->message.text);
    used = used > 0 ? used : 1;
    if (try->hint.len > 0 && used < room) {
        canvas_text(canvas, y + used, x, 1, THEME_KEY, glyphs->marker);
        used += paint_lines(canvas, y + used, x + 2, width - 2, room - used, THEME_TEXT,
                            try->hint.text);
    }
    return used;
}

/* -- pages ------------------------------------------------------------------------------------- */

static void paint_servers(const struct pane_wizard *self, const struct view *view, int y)
{
    static const struct {
        const char *word, *text;
    } texts[] = {
        {"embedded", "F10 starts PostgreSQL, LDAP and Prometheus on this machine, unprivileged and "
                     "supervised, reachable from this machine only; \"lectern up --room NAME\" "
                     "opens them to the room later. What runs already stays as it is."},
        {"containers", "F10 asks the containers that \"docker compose up -d\" started, through the "
                       "same compose file. Nothing is started or changed by that."},
        {"existing", "F10 connects to each of them. Passwords and the token are kept in files "
                     "that only you can read, in the directory secrets of the state directory."},
    };
    if (self->wizard->tries[PAGE_SERVERS].state != TRY_NONE)
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (draft_is(&self->wizard->draft, DRAFT_SERVERS, texts[i].word))
            canvas_wrap(view->canvas, y, 3, view->cols > 100 ? 92 : view->cols - 6, 5, THEME_QUIET,
                        texts[i].text);
}

/* The first lines of the roster, as the columns make it. */
static void paint_students(const struct pane_wizard *self, const struct view *view, int y, int end)
{
    const struct roster *roster = &self->wizard->class.roster;
    const struct canvas *canvas = view->canvas;
    static const char *const titles[] = {"login", "name", "email", "seat", "group", "time"};
    int widths[] = {16, 22, 26, 6, 8, 5};
    int x = 5;
    size_t shown = 0;
    if (self->wizard->tries[PAGE_STUDENTS].state != TRY_FINE || y + 3 > end)
        return;
    canvas_printf(canvas, y++, 3, view->cols - 4, THEME_GOOD, "%s %zu student%s",
                  canvas->theme.glyphs.check[0], roster->count, roster->count == 1 ? "" : "s");
    if (self->wizard->tries[PAGE_STUDENTS].hint.len > 0) /* who was passed over */
        y += canvas_wrap(canvas, y, 5, view->cols - 7, 2, THEME_QUIET,
                         self->wizard->tries[PAGE_STUDENTS].hint.text);
    for (size_t c = 0; c < sizeof widths / sizeof widths[0]; x += widths[c] + 1, c++)
        canvas_text(canvas, y, x, x + widths[c] < view->cols ? widths[c] : view->cols - x - 1,
                    THEME_HEADING, titles[c]);
    for (y++; shown < roster->count && y < end - (shown + 1 < roster->count ? 1 : 0);
         shown++, y++) {
        const struct student *s = &roster->students[shown];
        CLEANUP(mem_free_string)
        char *factor = s->time_factor != 1 ? mem_printf("%g", s->time_factor) : mem_strdup("");
        const char *email = view->projector && *s->email != '\0' ? "(hidden)" : s->email;
        const char *const cells[] = {s->login, s->name, email, s->seat, s->group, factor};
        x = 5;
        for (size_t c = 0; c < sizeof widths / sizeof widths[0]; x += widths[c] + 1, c++)
            canvas_text(canvas, y, x, x + widths[c] < view->cols ? widths[c] : view->cols - x - 1,
                        c == 0 ? THEME_STRONG : THEME_TEXT, cells[c]);
    }
    if (shown < roster->count)
        canvas_printf(canvas, y, 5, view->cols - 6, THEME_QUIET, "%zu more %s",
                      roster->count - shown, canvas->theme.glyphs.down);
}

static void paint_step(const struct pane_wizard *self, const struct view *view, size_t i, int y,
                       bool focused)
{
    const struct draft_step *step = &self->wizard->draft.steps[i];
    struct canvas canvas = *view->canvas;
    bool here = focused && i == self->row;
    int name = page_columns(view) / 3, x = 3;
    enum theme_role role = step->skip ? THEME_QUIET : THEME_TEXT;
    CLEANUP(mem_free_string)
    char *fault = draft_step_fault(step);
    canvas.highlight = here && !self->editing;
    if (canvas.highlight)
        canvas_fill(&canvas, y, 1, view->cols - 2, role, "");
    canvas_text(&canvas, y, x, 3, step->skip ? THEME_QUIET : THEME_GOOD,
                step->skip ? "[ ]" : "[x]");
    canvas_text(&canvas, y, x + 4, name - 4, step->skip ? THEME_QUIET : THEME_STRONG, step->name);
    x += name + 1;
    canvas_printf(&canvas, y, x, 11, THEME_QUIET, "%3zu check%s", step->checks,
                  step->checks == 1 ? "" : "s");
    x += 12;
    canvas_text(&canvas, y, x, 7, THEME_QUIET, "weight");
    x += 7;
    if (here && self->editing && self->weighing)
        form_paint_edit(&self->edit, view->canvas, y, x, 8, true);
    else
        canvas_text(&canvas, y, x, 8, fault != NULL ? THEME_BAD : role, step->weight);
    x += 9;
    if (here && self->editing && !self->weighing)
        form_paint_edit(&self->edit, view->canvas, y, x, view->cols - x - 2, true);
    else
        canvas_text(&canvas, y, x, view->cols - x - 2, THEME_QUIET,
                    step->skip         ? "(left out)"
                    : *step->hint != 0 ? step->hint
                                       : "");
}

int pane_wizard_list_top(const struct pane_wizard *self, const struct view *view)
{
    int lines = 2;
    for (size_t i = 0; i < self->form.count; i++) {
        const struct form_field *field = &self->form.fields[i];
        lines += field->kind != FORM_LIST && !field->beside;
        if (field->fault != NULL)
            lines += canvas_width(view->canvas, field->fault) > page_columns(view) - 18 ? 2 : 1;
    }
    return lines + (self->wizard->tries[PAGE_RULES].state == TRY_WRONG ? 3 : 1);
}

static void paint_rules(const struct pane_wizard *self, const struct view *view, int y, int bottom)
{
    const struct draft *draft = &self->wizard->draft;
    const struct canvas *canvas = view->canvas;
    bool focused = self->form.focus < self->form.count &&
                   self->form.fields[self->form.focus].kind == FORM_LIST;
    int rows = bottom - y - 1 < self->list_rows ? bottom - y - 1 : self->list_rows;
    size_t on = 0, end = self->first_row + (size_t)(rows > 0 ? rows : 0);
    if (y >= bottom)
        return;
    for (size_t i = 0; i < draft->n_steps; i++)
        on += !draft->steps[i].skip;
    if (focused)
        canvas_text(canvas, y, 1, 1, THEME_KEY, canvas->theme.glyphs.marker);
    canvas_printf(canvas, y, 3, view->cols - 20, focused ? THEME_STRONG : THEME_HEADING,
                  "steps of the task: %zu of %zu", on, draft->n_steps);
    if (end < draft->n_steps || self->first_row > 0)
        canvas_printf(canvas, y, view->cols - 22, 21, THEME_QUIET, "%zu to %zu %s",
                      self->first_row + 1, end < draft->n_steps ? end : draft->n_steps,
                      canvas->theme.glyphs.down);
    for (size_t i = self->first_row; i < draft->n_steps && i < end; i++)
        paint_step(self, view, i, y + 1 + (int)(i - self->first_row), focused);
}

static void paint_review(const struct pane_wizard *self, const struct view *view, int y, int end)
{
    const struct wizard *wizard = self->wizard;
    const struct canvas *canvas = view->canvas;
    if (wizard->tries[PAGE_REVIEW].state != TRY_FINE &&
        wizard->tries[PAGE_REVIEW].state != TRY_WRONG)
        return;
    for (size_t i = 0; i < wizard->n_targets && y < end; i++, y++) {
        const struct wizard_target *t = &wizard->targets[i];
        canvas_text(canvas, y, 3, 12, THEME_STRONG, t->name);
        canvas_printf(canvas, y, 16, 18, t->changes > 0 ? THEME_TEXT : THEME_QUIET,
                      t->changes > 0 ? "%5zu of %zu" : "nothing to do", t->changes, t->wanted);
        canvas_text(canvas, y, 35, view->cols - 36, THEME_QUIET,
                    t->actions != NULL ? t->actions : "");
    }
    if (wizard->connections > 0 && y < end)
        canvas_printf(canvas, y + 1 < end ? y + 1 : y, 3, view->cols - 4, THEME_QUIET,
                      "PostgreSQL needs room for %d connections; F10 makes all of this so.",
                      wizard->connections);
}

static void paint_target(const struct wizard_target *target, const struct view *view, int y)
{
    const struct canvas *canvas = view->canvas;
    int bar = view->cols > 110 ? 50 : 30, x = 16;
    enum theme_role role = target->errors > 0 ? THEME_BAR + STATE_STUCK
                           : target->finished ? THEME_BAR + STATE_DONE
                                              : THEME_BAR + STATE_WORKING;
    double ratio = target->finished    ? 1
                   : target->total > 0 ? (double)target->done / (double)target->total
                                       : 0;
    canvas_text(canvas, y, 3, 12, target->begun ? THEME_STRONG : THEME_QUIET, target->name);
    canvas_bar(canvas, y, x, bar, ratio, role);
    x += bar + 2;
    if (!target->begun)
        return;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    int64_t ms = target->ended_ms - target->started_ms;
    strbuf_printf(&text, "%zu of %zu", target->done, target->total);
    if (target->finished && target->changed == 0)
        strbuf_add_string(&text, "  as it should be");
    else if (ms >= 200 && target->done > 1)
        strbuf_printf(&text, "  %.0f/s", (double)target->done * 1000 / (double)ms);
    if (target->errors > 0)
        strbuf_printf(&text, "  %zu failed", target->errors);
    canvas_text(canvas, y, x, view->cols - x - 1, target->errors > 0 ? THEME_BAD : THEME_TEXT,
                text.text);
}

static void paint_run(const struct pane_wizard *self, const struct view *view, int y, int end)
{
    const struct wizard *wizard = self->wizard;
    const struct canvas *canvas = view->canvas;
    enum try_state state = wizard->tries[PAGE_RUN].state;
    for (size_t i = 0; i < wizard->n_targets && y < end; i++, y++)
        paint_target(&wizard->targets[i], view, y);
    y++;
    if (state == TRY_NONE && y < end)
        y += canvas_wrap(canvas, y, 3, view->cols - 6, 2, THEME_TEXT,
                         wizard->draft.applying
                             ? "This was broken off before it was complete. F10 goes on with it: "
                               "what is there already stays as it is."
                             : "F10 makes the lab.");
    else if (y < end)
        y += paint_try(wizard, view, y, end - y);
    if (state == TRY_WRONG && y < end)
        canvas_text(canvas, y++, 3, view->cols - 4, THEME_QUIET,
                    "F10 tries again: what is done already stays as it is.");
    size_t room = end > y ? (size_t)(end - y) : 0;
    for (size_t i = 0; i < wizard->n_errors && i < room; i++, y++) {
        if (i + 1 == room && i + 1 < wizard->n_errors) {
            canvas_printf(canvas, y, 3, view->cols - 4, THEME_BAD, "and %zu more",
                          wizard->n_errors - i);
            return;
        }
        canvas_text(canvas, y, 3, view->cols - 4, THEME_BAD, wizard->errors[i]);
    }
}

/* Below the fields of those pages that have more to show than what the try found. */
static void paint_page(const struct pane_wizard *self, const struct view *view, int y, int end)
{
    const struct wizard *wizard = self->wizard;
    switch (wizard->draft.page) {
    case PAGE_SERVERS:
        paint_servers(self, view, y);
        break;
    case PAGE_STUDENTS:
        paint_students(self, view, y, end);
        break;
    case PAGE_RULES:
        paint_rules(self, view, y, end);
        break;
    case PAGE_REVIEW:
        paint_review(self, view, y, end);
        break;
    default:
        break;
    }
}

void pane_wizard_paint(const struct pane *pane, const struct view *view)
{
    const struct pane_wizard *self = (const struct pane_wizard *)pane;
    const struct wizard *wizard = self->wizard;
    enum draft_page page = wizard->draft.page;
    int y = view->top, end = view->top + view->rows;
    if (self->browsing) {
        wizard_browse_paint(self, view);
        return;
    }
    canvas_text(view->canvas, y, 1, view->cols - 2, THEME_HEADING, headings[page]);
    y += 2;
    if (page == PAGE_RUN) {
        paint_run(self, view, y, end);
        return;
    }
    y += form_paint(&self->form, view->canvas, y, 1, page_columns(view) - 2, !self->editing) + 1;
    bool told = page == PAGE_STUDENTS && wizard->tries[page].state == TRY_FINE;
    bool quiet = page == PAGE_RULES && wizard->tries[page].state != TRY_WRONG;
    if (!told && !quiet) {
        int used = paint_try(wizard, view, y, end - y);
        y += used + (used > 0);
    }
    paint_page(self, view, page == PAGE_RULES && !quiet ? y - 1 : y, end);
}
