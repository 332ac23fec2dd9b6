/*
 * Dialogs over another pane: the question before an action and the texts it needs, and a choice of
 * actions.
 */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/form.h"
#include "ui/pane.h"
#include "ui/student.h"

enum { ENTER = '\n', RETURN = '\r', ESCAPE = 27 };
enum { FIELD_HELPER, FIELD_TEXT };
enum { BOX_MAX = 72, MARGIN = 2 };

/* -- the box ----------------------------------------------------------------------------------- */

/* A frame of ASCII or lines in the middle of the body, blank inside; returns its inner place. */
static void paint_box(const struct view *view, int lines, const char *title, int *ret_y, int *ret_x,
                      int *ret_width)
{
    const struct canvas *canvas = view->canvas;
    bool unicode = canvas->theme.glyphs.unicode;
    int width = view->cols - 8 < BOX_MAX ? view->cols - 8 : BOX_MAX;
    int height = lines + 4;
    int x = (view->cols - width) / 2, y = view->top + (view->rows - height) / 3;
    y = y < view->top ? view->top : y;
    for (int i = 0; i < height; i++) {
        canvas_fill(canvas, y + i, x - 1, width + 2, THEME_TEXT, "");
        canvas_text(canvas, y + i, x, 1, THEME_HEADING, unicode ? "│" : "|");
        canvas_text(canvas, y + i, x + width - 1, 1, THEME_HEADING, unicode ? "│" : "|");
    }
    canvas_fill(canvas, y, x, width, THEME_HEADING, unicode ? "─" : "-");
    canvas_fill(canvas, y + height - 1, x, width, THEME_HEADING, unicode ? "─" : "-");
    canvas_text(canvas, y, x, 1, THEME_HEADING, unicode ? "╭" : "+");
    canvas_text(canvas, y, x + width - 1, 1, THEME_HEADING, unicode ? "╮" : "+");
    canvas_text(canvas, y + height - 1, x, 1, THEME_HEADING, unicode ? "╰" : "+");
    canvas_text(canvas, y + height - 1, x + width - 1, 1, THEME_HEADING, unicode ? "╯" : "+");
    canvas_printf(canvas, y, x + 2, width - 4, THEME_STRONG, " %s ", title);
    *ret_y = y + 2;
    *ret_x = x + 1 + MARGIN;
    *ret_width = width - 2 - 2 * MARGIN;
}

static int lines_of(const struct view *view, const char *text, int width)
{
    return text != NULL ? canvas_wrapped(view->canvas, width, 5, text) : 0;
}

static int inner_width(const struct view *view)
{
    return (view->cols - 8 < BOX_MAX ? view->cols - 8 : BOX_MAX) - 2 - 2 * MARGIN;
}

static void recalc(struct pane *pane, const struct view *view)
{
    (void)pane;
    (void)view;
}

/* -- a question, texts ------------------------------------------------------------------------- */

struct pane_ask {
    struct pane pane;
    struct action action;
    struct form form;
    const char *fault; /* of the answers; NULL: none, or nothing was tried yet */
};

/* "Reset the database: Bob Baker". */
static char *title_of(const struct pane_ask *self, const struct view *view)
{
    const char *title = action_ask(self->action.kind)->title;
    for (size_t i = 0; i < view->snapshot->n_students; i++)
        if (*self->action.login != '\0' &&
            strcmp(view->snapshot->students[i].login, self->action.login) == 0)
            return mem_printf("%s: %s", title, student_label(&view->snapshot->students[i]));
    return mem_strdup(title);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_ask *self = (const struct pane_ask *)pane;
    const struct action_ask *ask = action_ask(self->action.kind);
    const struct canvas *canvas = view->canvas;
    int y, x, width = inner_width(view);
    int form = (int)self->form.count, lines = lines_of(view, ask->question, width) + form;
    lines += ask->help != NULL ? 1 + lines_of(view, ask->help, width) : form > 0 ? 2 : 1;
    CLEANUP(mem_free_string)
    char *title = title_of(self, view);
    paint_box(view, lines, title, &y, &x, &width);
    if (ask->question != NULL)
        y += canvas_wrap(canvas, y, x, width, 5, THEME_TEXT, ask->question) + 1;
    if (self->form.count > 0)
        y += form_paint(&self->form, canvas, y, x, width, true) + 1;
    if (self->fault != NULL)
        canvas_wrap(canvas, y, x, width, 2, THEME_BAD, self->fault);
    else if (ask->help != NULL)
        canvas_wrap(canvas, y, x, width, 3, THEME_QUIET, ask->help);
    else if (ask->question != NULL) {
        x += canvas_text(canvas, y, x, width, THEME_KEY, "y") + 1;
        x += canvas_text(canvas, y, x, width, THEME_TEXT, "do it") + 3;
        x += canvas_text(canvas, y, x, width, THEME_KEY, "n") + 1;
        canvas_text(canvas, y, x, width, THEME_TEXT, "leave it");
    }
}

static unsigned finish(struct pane_ask *self, const struct view *view)
{
    for (size_t i = 0; i < self->form.count; i++) {
        const struct form_field *field = &self->form.fields[i];
        char *to = field->id == FIELD_HELPER ? self->action.helper : self->action.text;
        size_t size =
            field->id == FIELD_HELPER ? sizeof self->action.helper : sizeof self->action.text;
        const char *text = field->edit.text.text;
        text += strspn(text, " ");
        snprintf(to, size, "%s", text);
        while (*to != '\0' && to[strlen(to) - 1] == ' ')
            to[strlen(to) - 1] = '\0';
    }
    self->fault = action_fault(&self->action);
    if (self->fault != NULL)
        return PANE_HANDLED | PANE_REPAINT;
    self->action.asked = true;
    *view->want = self->action;
    return PANE_HANDLED | PANE_CLOSE | PANE_ACT;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_ask *self = (struct pane_ask *)pane;
    if (code == ESCAPE)
        return PANE_HANDLED | PANE_CLOSE;
    if (self->form.count == 0)
        return code == 'y' || code == 'Y'                  ? finish(self, view)
               : code == 'n' || code == 'N' || code == 'q' ? PANE_HANDLED | PANE_CLOSE
                                                           : PANE_HANDLED;
    if (code == ENTER || code == RETURN || code == KEY_ENTER) {
        bool last = self->form.focus + 1 == self->form.count;
        if (last)
            return finish(self, view);
        self->form.focus++;
        return PANE_HANDLED | PANE_REPAINT;
    }
    self->fault = NULL;
    form_key(&self->form, code);
    return PANE_HANDLED | PANE_REPAINT;
}

static void free_ask(struct pane *pane)
{
    struct pane_ask *self = (struct pane_ask *)pane;
    form_clear(&self->form);
    free(self);
}

static const struct pane_key text_keys[] = {
    {"Enter", "do it", "Do it with what was typed."},
    {"Tab", NULL, "The next field."},
    {"Esc", "leave it", "Leave everything as it is."},
    {NULL, NULL, NULL},
};
static const struct pane_key question_keys[] = {
    {"y", "do it", "Do it."},
    {"n Esc", "leave it", "Leave everything as it is."},
    {NULL, NULL, NULL},
};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    (void)view;
    return ((const struct pane_ask *)pane)->form.count > 0 ? text_keys : question_keys;
}

static bool takes_text(const struct pane *pane)
{
    return form_takes_text(&((const struct pane_ask *)pane)->form);
}

static const struct pane_ops ops = {
    .name = "question",
    .keys = text_keys,
    .keys_now = keys_now,
    .over = true,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .takes_text = takes_text,
    .free = free_ask,
};

struct pane *pane_ask_new(const struct action *action)
{
    const struct action_ask *ask = action_ask(action->kind);
    struct pane_ask *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->action = *action;
    if (ask->needs_helper)
        edit_offer(&form_add(&self->form, FIELD_HELPER, FORM_TEXT, "your name", NULL)->edit,
                   action->helper);
    if (ask->label != NULL)
        edit_offer(&form_add(&self->form, FIELD_TEXT, FORM_TEXT, ask->label, NULL)->edit,
                   ask->text);
    return &self->pane;
}

/* -- a choice ---------------------------------------------------------------------------------- */

struct choice {
    int key;
    enum action_kind kind;
    const char *what;
};

struct pane_timer {
    struct pane pane;
    char *login; /* of the selected student; NULL: nobody */
};

enum { CHOICES_MAX = 6 };

/* What can be done with the lesson as it is now; returns how many. */
static size_t choices_of(const struct pane_timer *self, const struct view *view,
                         struct choice choices[CHOICES_MAX])
{
    const struct snapshot_lesson *lesson = &view->snapshot->lesson;
    enum lesson_state state = lesson->state;
    bool open = state == LESSON_RUNNING || state == LESSON_PAUSED,
         announced = lesson->end_announced;
    size_t n = 0;
    if (state == LESSON_NONE || state == LESSON_ENDED)
        choices[n++] = (struct choice){'s', ACTION_LESSON_START, "start a lesson"};
    if (state == LESSON_RUNNING)
        choices[n++] = (struct choice){'p', ACTION_LESSON_PAUSE, "pause: nobody gets late by it"};
    if (state == LESSON_PAUSED)
        choices[n++] = (struct choice){'p', ACTION_LESSON_RESUME,
                                       announced ? "go on, and take its end back" : "go on"};
    if (state == LESSON_RUNNING && announced)
        choices[n++] = (struct choice){'b', ACTION_LESSON_RESUME, "take its end back"};
    if (open)
        choices[n++] = (struct choice){'a', ACTION_LESSON_ANNOUNCE,
                                       announced ? "move its end" : "announce its end"};
    if (open)
        choices[n++] = (struct choice){'e', ACTION_LESSON_END, "end it now: the results stand"};
    if (state != LESSON_NONE)
        choices[n++] =
            (struct choice){'c', ACTION_LESSON_CLOSE,
                            open ? "end it now and close the logins" : "close the logins"};
    if (state != LESSON_NONE && state != LESSON_ENDED && self->login != NULL)
        choices[n++] = (struct choice){'x', ACTION_EXTRA_TIME, "extra time for"};
    return n;
}

static const char *state_words(const struct snapshot_lesson *lesson)
{
    if (lesson->state == LESSON_NONE)
        return "no lesson is open; everybody is measured all the same";
    if (lesson->end_announced)
        return lesson->state == LESSON_PAUSED ? "paused, and its end is announced"
                                              : "running, and its end is announced";
    return snapshot_lesson_name(lesson->state);
}

static void paint_timer(const struct pane *pane, const struct view *view)
{
    const struct pane_timer *self = (const struct pane_timer *)pane;
    const struct canvas *canvas = view->canvas;
    struct choice choices[CHOICES_MAX];
    size_t n = choices_of(self, view, choices);
    int y, x, width;
    paint_box(view, (int)n + 1, "Lesson", &y, &x, &width);
    canvas_text(canvas, y++, x, width, THEME_QUIET, state_words(&view->snapshot->lesson));
    for (size_t i = 0; i < n; i++, y++) {
        const char letter[2] = {(char)choices[i].key, '\0'};
        canvas_text(canvas, y, x, 1, THEME_KEY, letter);
        int used = 3 + canvas_text(canvas, y, x + 3, width - 3, THEME_TEXT, choices[i].what) + 1;
        for (size_t s = 0; choices[i].kind == ACTION_EXTRA_TIME && s < view->snapshot->n_students;
             s++)
            if (strcmp(view->snapshot->students[s].login, self->login) == 0)
                canvas_text(canvas, y, x + used, width - used, THEME_STRONG,
                            student_label(&view->snapshot->students[s]));
    }
}

static unsigned key_timer(struct pane *pane, const struct view *view, int code)
{
    const struct pane_timer *self = (const struct pane_timer *)pane;
    struct choice choices[CHOICES_MAX];
    size_t n = choices_of(self, view, choices);
    for (size_t i = 0; i < n; i++)
        if (choices[i].key == code) {
            bool of_student = choices[i].kind == ACTION_EXTRA_TIME;
            action_want(view->want, choices[i].kind, of_student ? self->login : NULL);
            return PANE_HANDLED | PANE_CLOSE | PANE_ACT;
        }
    return code == ESCAPE || code == 'q' || code == 't' ? PANE_HANDLED | PANE_CLOSE : PANE_HANDLED;
}

static void free_timer(struct pane *pane)
{
    struct pane_timer *self = (struct pane_timer *)pane;
    free(self->login);
    free(self);
}

static const struct pane_key timer_keys[] = {
    {"Esc", "leave it", "Leave everything as it is."},
    {NULL, NULL, NULL},
};

static const struct pane_ops timer_ops = {
    .name = "lesson",
    .keys = timer_keys,
    .over = true,
    .recalc = recalc,
    .paint = paint_timer,
    .key = key_timer,
    .free = free_timer,
};

struct pane *pane_timer_new(const char *login)
{
    struct pane_timer *self = mem_alloc(sizeof *self);
    self->pane.ops = &timer_ops;
    self->login = mem_strdup(login);
    return &self->pane;
}
