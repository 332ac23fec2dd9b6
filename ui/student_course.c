/*
 * Errors, sessions, hands and history of the open student.  On a projector an error is its time and
 * what its code means; messages, statements and notes are for the lab master's eyes.
 */
#include "ui/student_course.h"
#include "lab/sqlstate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/happened.h"
#include "ui/student.h"

enum { TIME = 1, WHAT = 12 };

struct course {
    struct lines *lines;
    const struct view *view;
    int width;
};

static void add_heading(const struct course *c, const char *title, size_t n)
{
    if (c->lines->n > 0)
        lines_add(c->lines, -1);
    lines_add(c->lines, -1);
    lines_put(c->lines, TIME, c->width, THEME_HEADING, "%s  %zu", title, n);
}

/* A line that begins with how long ago it was. */
static void add_at(const struct course *c, int64_t at_us)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    int64_t s = (c->view->snapshot->now_us - at_us) / 1000000;
    if (at_us > 0)
        clock_format_span(s < 0 ? 0 : s, &text);
    lines_add(c->lines, -1);
    lines_put(c->lines, TIME, WHAT - TIME - 1, THEME_QUIET, "%s", text.text);
}

static int room(const struct course *c)
{
    return c->width - WHAT - 1;
}

static bool hides(const struct course *c)
{
    return c->view->projector;
}

static void add_errors(const struct course *c, const struct snapshot_open *open)
{
    if (open->n_errors > 0)
        add_heading(c, "ERRORS", open->n_errors);
    for (size_t i = 0; i < open->n_errors; i++) {
        const struct snapshot_error *error = &open->errors[i];
        const char *name = strcmp(error->kind, "login") == 0 ? "could not log in"
                                                             : sqlstate_words(error->sqlstate);
        add_at(c, error->at_us);
        lines_put(c->lines, WHAT, 5, THEME_STRONG, "%s", error->sqlstate);
        lines_put(c->lines, WHAT + 6, room(c) - 6, THEME_TEXT, "%s",
                  *name != '\0' ? name
                  : hides(c)    ? ""
                                : error->message);
        if (hides(c))
            continue;
        if (*name != '\0')
            lines_wrap(c->lines, -1, WHAT, room(c), 2, THEME_TEXT, error->message);
        if (*error->statement != '\0')
            lines_wrap(c->lines, -1, WHAT, room(c), 2, THEME_QUIET, error->statement);
    }
}

static void add_sessions(const struct course *c, const struct snapshot_open *open)
{
    if (open->n_sessions > 0)
        add_heading(c, "SESSIONS", open->n_sessions);
    for (size_t i = 0; i < open->n_sessions; i++) {
        const struct snapshot_session *session = &open->sessions[i];
        bool odd = strncmp(session->state, "idle in", 7) == 0;
        add_at(c, session->since_us);
        lines_put(c->lines, WHAT, room(c), odd ? THEME_LATE : THEME_TEXT, "%s%s%s (%d)",
                  session->state, *session->application != '\0' ? ", " : "", session->application,
                  session->pid);
        if (*session->waits_for != '\0' && !c->view->pseudonyms)
            lines_wrap(c->lines, -1, WHAT, room(c), 2, THEME_LATE, session->waits_for);
        if (!hides(c) && *session->query != '\0')
            lines_wrap(c->lines, -1, WHAT, room(c), 2, THEME_QUIET, session->query);
    }
}

static void add_hand(const struct course *c, const struct snapshot_hand *hand)
{
    CLEANUP(mem_free_string)
    char *outcome = hand_outcome(hand);
    add_at(c, hand->raised_us);
    lines_put(c->lines, WHAT, room(c), THEME_TEXT, "%s", outcome);
    if (!hides(c) && *hand->message != '\0')
        lines_wrap(c->lines, -1, WHAT, room(c), 3, THEME_QUIET, hand->message);
    if (!hides(c) && *hand->note != '\0')
        lines_wrap(c->lines, -1, WHAT, room(c), 2, THEME_QUIET, hand->note);
}

static void add_hands(const struct course *c, const struct snapshot_student *student)
{
    const struct snapshot *snapshot = c->view->snapshot;
    size_t n = 0, index = (size_t)(student - snapshot->students);
    for (size_t i = 0; i < snapshot->n_hands; i++)
        n += snapshot->hands[i].student == index;
    if (n > 0)
        add_heading(c, "HANDS", n);
    for (size_t i = 0; i < snapshot->n_hands; i++)
        if (snapshot->hands[i].student == index)
            add_hand(c, &snapshot->hands[i]);
}

static void add_history(const struct course *c, const struct snapshot_open *open)
{
    if (open->n_events > 0)
        add_heading(c, "HISTORY", open->n_events);
    for (size_t i = 0; i < open->n_events; i++) {
        const struct snapshot_event *event = &open->events[i];
        CLEANUP(mem_free_string)
        char *kind = event_kind(event);
        const char *text = event_text(c->view, event);
        add_at(c, event->at_us);
        lines_put(c->lines, WHAT, 14, THEME_TEXT, "%s", kind);
        lines_put(c->lines, WHAT + 15, room(c) - 15, THEME_TEXT, "%s", text);
    }
}

void student_course(struct lines *lines, const struct view *view,
                    const struct snapshot_student *student, int width)
{
    const struct snapshot_open *open = &view->snapshot->open;
    struct course c = {lines, view, width};
    if (open->login == NULL || strcmp(open->login, student->login) != 0) {
        lines_add(lines, -1);
        lines_put(lines, TIME, width - 2, THEME_QUIET, "%s",
                  view->snapshot->trouble == TROUBLE_CONTROL
                      ? "the rest comes when the control database answers"
                      : "asking for the rest ...");
        return;
    }
    add_errors(&c, open);
    add_sessions(&c, open);
    add_hands(&c, student);
    add_history(&c, open);
}
