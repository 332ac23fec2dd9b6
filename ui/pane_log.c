/*
 * The log: what lecternd and people did, the latest first, filtered by what is typed.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "ui/form.h"
#include "ui/happened.h"
#include "ui/lines.h"
#include "ui/list_keys.h"

enum { ESCAPE = 27, ENTER = '\n', RETURN = '\r', TEXT_LINES = 3 };

struct pane_log {
    struct pane pane;
    struct lines lines;
    struct edit filter;
    bool typing;
    size_t first, found;
};

static bool matches(const struct view *view, const struct snapshot_event *event, const char *words)
{
    if (*words == '\0')
        return true;
    CLEANUP(mem_free_string)
    char *kind = event_kind(event);
    CLEANUP(mem_free_string)
    char *all =
        mem_printf("%s %s %s %s %s", kind, login_label(view, event->login),
                   view->pseudonyms ? "" : event->login, event->actor, event_text(view, event));
    CLEANUP(mem_free_string)
    char *folded = str_fold(all);
    CLEANUP(mem_free_string)
    char *wanted = str_fold(words);
    return strstr(folded, wanted) != NULL;
}

static void add_event(struct pane_log *self, const struct view *view,
                      const struct snapshot_event *event)
{
    int name = view->cols >= 100 ? 22 : 16, who = 29, text = who + name + 1;
    CLEANUP(mem_free_string)
    char *kind = event_kind(event);
    CLEANUP(strbuf_release)
    struct strbuf ago = STRBUF_INIT;
    int64_t s = (view->snapshot->now_us - event->at_us) / 1000000;
    clock_format_span(s < 0 ? 0 : s, &ago);
    bool lost = strcmp(event->kind, "step_lost") == 0 || strcmp(event->kind, "guard") == 0;
    bool done = strcmp(event->kind, "step_done") == 0 || strcmp(event->kind, "done") == 0;
    lines_add(&self->lines, -1);
    lines_put(&self->lines, 1, 10, THEME_QUIET, "%s", ago.text);
    lines_put(&self->lines, 12, 16, lost ? THEME_LATE : done ? THEME_GOOD : THEME_TEXT, "%s", kind);
    lines_put(&self->lines, who, name, THEME_STRONG, "%s",
              *event->login != '\0' ? login_label(view, event->login) : "the class");
    /* Who did it is said when it is somebody else. */
    bool unsaid = strcmp(event->actor, "lectern_daemon") == 0 || *event->actor == '\0' ||
                  strcmp(event->actor, event->login) == 0 || view->pseudonyms;
    CLEANUP(mem_free_string)
    char *words = mem_printf("%s%s%s", event_text(view, event), unsaid ? "" : ", by ",
                             unsaid ? "" : event->actor);
    lines_wrap_on(&self->lines, -1, text, view->cols - text - 1, TEXT_LINES, THEME_TEXT, words);
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_log *self = (struct pane_log *)pane;
    const struct snapshot *snapshot = view->snapshot;
    lines_release(&self->lines);
    self->found = 0;
    for (size_t i = 0; i < snapshot->n_events; i++)
        if (matches(view, &snapshot->events[i], self->filter.text.text)) {
            add_event(self, view, &snapshot->events[i]);
            self->found++;
        }
    if (self->found == 0) {
        lines_add(&self->lines, -1);
        lines_put(&self->lines, 1, 70, THEME_QUIET, "%s",
                  snapshot->n_events > 0 ? "nothing of what happened has these words"
                                         : "nothing has happened yet");
    }
    self->first = lines_scroll(&self->lines, self->first, -1, (size_t)view->rows);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_log *self = (const struct pane_log *)pane;
    lines_paint(&self->lines, view->canvas, view->top, 0, view->cols, view->rows, self->first, -1);
}

static char *note(const struct pane *pane, const struct view *view)
{
    const struct pane_log *self = (const struct pane_log *)pane;
    if (self->typing || self->filter.text.len > 0)
        return mem_printf("/%s%s", self->filter.text.text, self->typing ? "_" : "");
    return mem_printf("the latest %zu events; all of them: lectern log", view->snapshot->n_events);
}

static unsigned type(struct pane_log *self, int code)
{
    if (code == ESCAPE)
        edit_set(&self->filter, "");
    if (code == ESCAPE || code == ENTER || code == RETURN || code == KEY_ENTER)
        self->typing = false;
    else
        edit_key(&self->filter, code);
    self->first = 0;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned scroll_by(struct pane_log *self, long by)
{
    long first = (long)self->first + by;
    self->first = first < 0 ? 0 : (size_t)first;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_log *self = (struct pane_log *)pane;
    if (self->typing)
        return type(self, code);
    /* A blank pages down, too. */
    long by = list_keys_by(code == ' ' ? KEY_NPAGE : code, view->rows - 1, (long)self->lines.n);
    if (by != 0)
        return scroll_by(self, by);
    switch (code) {
    case '/':
        self->typing = true;
        return PANE_HANDLED | PANE_REPAINT;
    case '?':
        return PANE_HANDLED | PANE_HELP;
    case ESCAPE:
        if (self->filter.text.len > 0) {
            edit_set(&self->filter, "");
            return PANE_HANDLED | PANE_RECALC;
        }
        return PANE_HANDLED | PANE_CLOSE;
    case 'q':
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return PANE_IGNORED;
    }
}

static bool is_typing(const struct pane *pane)
{
    return ((const struct pane_log *)pane)->typing;
}

static void free_pane(struct pane *pane)
{
    struct pane_log *self = (struct pane_log *)pane;
    lines_release(&self->lines);
    edit_release(&self->filter);
    free(self);
}

static const struct pane_key keys[] = {
    {"/", "filter", "Only what has these words: of kind, student, actor or text. Esc shows all."},
    {"up down", "scroll", "Older and newer; PgUp, PgDn, Home and End, too."},
    {"Esc", "back", "Back to the pane before."},
    {"?", "help", NULL},
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "log",
    .keys = keys,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .is_typing = is_typing,
    .note = note,
    .free = free_pane,
};

struct pane *pane_log_new(void)
{
    struct pane_log *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->filter.text = STRBUF_INIT;
    return &self->pane;
}
