/*
 * The queue: whom to help next and why, who is being helped and by whom, what was put off, and
 * what was resolved today.  Its order is the snapshot's; the selection stays with its student.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "ui/happened.h"
#include "ui/lines.h"
#include "ui/list_keys.h"
#include "ui/roll.h"
#include "ui/roll_keys.h"
#include "ui/student.h"

enum { ENTER = '\n', RETURN = '\r', RESOLVED_MAX = 50, PAGE = 8 };
enum { TODAY_FROM = 110 }; /* columns: who was helped has a column of its own */

/* What can be chosen: a student in the queue, or a hand that was resolved. */
struct item {
    char *login;
    int64_t hand; /* of a resolved one; 0: in the queue */
};

struct pane_queue {
    struct pane pane;
    struct lines lines, today;
    struct item *items;
    size_t n, capacity;
    size_t at, first;
    bool moved; /* by the lab master: also on to who was helped already */
};

/* -- the list ---------------------------------------------------------------------------------- */

static long add_item(struct pane_queue *self, const char *login, int64_t hand)
{
    self->items = mem_grow(self->items, self->n, &self->capacity, sizeof *self->items);
    self->items[self->n] = (struct item){mem_strdup(login), hand};
    return (long)self->n++;
}

static void drop_items(struct pane_queue *self)
{
    for (size_t i = 0; i < self->n; i++)
        free(self->items[i].login);
    self->n = 0;
    lines_release(&self->lines);
    lines_release(&self->today);
}

static void add_heading(struct lines *lines, const char *title, size_t n)
{
    if (lines->n > 0)
        lines_add(lines, -1);
    lines_add(lines, -1);
    lines_put(lines, 1, 60, THEME_HEADING, "%s  %zu", title, n);
}

/* "RESOLVED TODAY  5, helped 3": the others took the hand down again by themselves, or left. */
static void add_heading_today(struct lines *lines, const struct snapshot *snapshot)
{
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_hands; i++)
        n += strcmp(snapshot->hands[i].state, "resolved") == 0;
    add_heading(lines, "RESOLVED TODAY", n);
    struct line *heading = &lines->items[lines->n - 1];
    if (n > 0)
        lines_put(lines, 1 + str_width(heading->parts[0].text), 30, THEME_QUIET, ", helped %zu",
                  snapshot->helped_today);
}

/* Columns of the queue itself. */
static int queue_width(const struct view *view)
{
    return view->cols >= TODAY_FROM ? view->cols * 2 / 3 : view->cols;
}

struct columns {
    int sign, name, name_width, seat, waits, who, width;
};

static struct columns columns_of(const struct view *view)
{
    int width = queue_width(view), name = width / 4 < 20 ? 20 : width / 4 > 32 ? 32 : width / 4;
    return (struct columns){.sign = 5,
                            .name = 8,
                            .name_width = name,
                            .seat = 9 + name,
                            .waits = 9 + name + 6,
                            .who = 9 + name + 18,
                            .width = width};
}

static char *span_since(const struct view *view, int64_t at_us, const char *after)
{
    struct strbuf text = STRBUF_INIT;
    if (at_us > 0) {
        int64_t s = (view->snapshot->now_us - at_us) / 1000000;
        clock_format_span(s < 0 ? 0 : s, &text);
        strbuf_add_string(&text, after);
    }
    return strbuf_detach(&text);
}

/* "Kim is there, 3 min"; "nobody sat there"; "was helped 2 times today". */
static void put_who(struct pane_queue *self, const struct view *view, const struct columns *columns,
                    const struct snapshot_student *student, const struct snapshot_hand *hand)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    enum theme_role role = THEME_QUIET;
    if (hand != NULL && strcmp(hand->state, "claimed") == 0) {
        CLEANUP(mem_free_string)
        char *since = span_since(view, hand->claimed_us, "");
        strbuf_printf(&text, "%s is there, %s", hand->helper, since);
        role = THEME_GOOD;
    } else if (hand != NULL && hand->not_found > 0) {
        strbuf_add_string(&text, "nobody sat there");
        role = THEME_LATE;
    } else if (student->helped > 0)
        strbuf_printf(&text, student->helped > 1 ? "helped %d times today" : "helped once today",
                      student->helped);
    lines_put(&self->lines, columns->who, columns->width - columns->who - 1, role, "%s", text.text);
}

static void add_student(struct pane_queue *self, const struct view *view, size_t place)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct snapshot_student *student = &snapshot->students[snapshot->queue[place]];
    const struct snapshot_hand *hand = student_hand(snapshot, student);
    struct student_sign sign = student_sign(&view->canvas->theme, student);
    struct columns columns = columns_of(view);
    long item = add_item(self, student->login, 0);
    CLEANUP(mem_free_string)
    char *waits = span_since(view, student->need_since_us, "");
    lines_add(&self->lines, item);
    lines_put(&self->lines, 1, 3, THEME_QUIET, "%3zu", place + 1);
    lines_put(&self->lines, columns.sign, 2, sign.role, "%s", sign.glyph);
    lines_put(&self->lines, columns.name, columns.name_width, THEME_STRONG, "%s",
              student_label(student));
    lines_put(&self->lines, columns.seat, 5, THEME_TEXT, "%s", student->seat);
    lines_put(&self->lines, columns.waits, 10, sign.role, "%s", waits);
    put_who(self, view, &columns, student, hand);
    CLEANUP(strbuf_release)
    struct strbuf reason = STRBUF_INIT;
    student_reason(view, student, &reason);
    if (hand != NULL && *hand->note != '\0' && !view->projector)
        strbuf_printf(&reason, "%snote: %s", reason.len > 0 ? "; " : "", hand->note);
    lines_wrap(&self->lines, item, columns.name, columns.width - columns.name - 2, 2, THEME_TEXT,
               reason.text);
}

static int turn_of(const struct snapshot *snapshot, size_t place)
{
    const struct snapshot_student *student = &snapshot->students[snapshot->queue[place]];
    const struct snapshot_hand *hand = student_hand(snapshot, student);
    return hand == NULL || strcmp(hand->state, "waiting") == 0 ? 0
           : strcmp(hand->state, "claimed") == 0               ? 1
                                                               : 2;
}

/* `airy`: there is room for a blank line between two students. */
static void add_queue(struct pane_queue *self, const struct view *view, bool airy)
{
    static const char *const titles[] = {"TO HELP NEXT", "SOMEBODY IS THERE", "PUT OFF"};
    const struct snapshot *snapshot = view->snapshot;
    int before = -1;
    for (size_t i = 0; i < snapshot->n_queue; i++) {
        int turn = turn_of(snapshot, i);
        size_t n = 0;
        for (size_t j = i; turn != before && j < snapshot->n_queue; j++)
            n += turn_of(snapshot, j) == turn;
        if (turn != before)
            add_heading(&self->lines, titles[turn], n);
        if (airy && turn == before)
            lines_add(&self->lines, -1);
        before = turn;
        add_student(self, view, i);
    }
    if (snapshot->n_queue > 0)
        return;
    lines_add(&self->lines, -1);
    lines_put(&self->lines, 1, 70, THEME_QUIET, "%s",
              snapshot->freshness >= FRESH_STALE ? "who needs help is not known without fresh data"
                                                 : "nobody waits for help");
}

/* Two lines in `lines`; `item` -1: they can't be chosen. */
static void add_resolved(struct lines *lines, const struct view *view,
                         const struct snapshot_hand *hand, long item, int width)
{
    const struct snapshot_student *student = &view->snapshot->students[hand->student];
    bool helped = strcmp(hand->outcome, "helped") == 0 || strcmp(hand->outcome, "thanks") == 0;
    bool note = *hand->note != '\0' && !view->projector;
    CLEANUP(mem_free_string)
    char *ago = span_since(view, hand->resolved_us, "");
    lines_add(lines, item);
    lines_put(lines, 1, 1, helped ? THEME_GOOD : THEME_QUIET, "%s",
              theme_check_glyph(&view->canvas->theme, helped ? 1 : 0.5));
    lines_put(lines, 3, width - 14, THEME_TEXT, "%s", student_label(student));
    lines_put(lines, width - 10, 9, THEME_QUIET, "%s", ago);
    CLEANUP(mem_free_string)
    char *how = hand_outcome(hand);
    CLEANUP(mem_free_string)
    char *words = mem_printf("%s%s%s", how, note ? ": " : "", note ? hand->note : "");
    lines_wrap(lines, item, 3, width - 4, 2, THEME_QUIET, words);
}

static void add_today(struct pane_queue *self, const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    bool apart = view->cols >= TODAY_FROM;
    struct lines *lines = apart ? &self->today : &self->lines;
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_hands && n < RESOLVED_MAX; i++) {
        const struct snapshot_hand *hand = &snapshot->hands[i];
        if (strcmp(hand->state, "resolved") != 0)
            continue;
        if (n++ == 0)
            add_heading_today(lines, snapshot);
        const char *login = snapshot->students[hand->student].login;
        add_resolved(lines, view, hand, apart ? -1 : add_item(self, login, hand->id),
                     apart ? view->cols - queue_width(view) - 1 : view->cols);
    }
    if (n == 0 && apart) {
        add_heading_today(lines, snapshot);
        lines_add(lines, -1);
        lines_put(lines, 1, 30, THEME_QUIET, "nobody yet");
    }
}

static void fill(struct pane_queue *self, const struct view *view, bool airy)
{
    drop_items(self);
    add_queue(self, view, airy);
    add_today(self, view);
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_queue *self = (struct pane_queue *)pane;
    struct item before = {NULL, 0};
    if (self->at < self->n && !self->moved && self->items[self->at].hand != 0)
        self->at = 0; /* nobody waited; now somebody may */
    else if (self->at < self->n)
        before = (struct item){mem_strdup(self->items[self->at].login), self->items[self->at].hand};
    else if (view->roll->selected != NULL)
        before.login = mem_strdup(view->roll->selected);
    fill(self, view, false);
    if (self->lines.n + view->snapshot->n_queue <= (size_t)(view->rows > 0 ? view->rows : 0))
        fill(self, view, true);
    bool found = false;
    for (size_t i = 0; i < self->n && !found && before.login != NULL; i++)
        if (strcmp(self->items[i].login, before.login) == 0 && self->items[i].hand == before.hand)
            self->at = i, found = true;
    free(before.login);
    if (self->at >= self->n)
        self->at = self->n > 0 ? self->n - 1 : 0;
    self->first = lines_scroll(&self->lines, self->first, self->at == 0 ? 0 : (long)self->at,
                               (size_t)(view->rows > 0 ? view->rows : 0));
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_queue *self = (const struct pane_queue *)pane;
    int width = queue_width(view);
    if (roll_paint_no_class(view))
        return;
    lines_paint(&self->lines, view->canvas, view->top, 0, width, view->rows, self->first,
                (long)self->at);
    if (width == view->cols)
        return;
    canvas_column(view->canvas, view->top, width, view->rows, THEME_RULE,
                  view->canvas->theme.glyphs.vertical);
    lines_paint(&self->today, view->canvas, view->top, width + 1, view->cols - width - 1,
                view->rows, 0, -1);
}

/* -- keys -------------------------------------------------------------------------------------- */

static unsigned move_by(struct pane_queue *self, const struct view *view, long by)
{
    long at = (long)self->at + by, last = (long)self->n - 1;
    if (last < 0)
        return PANE_HANDLED;
    self->at = (size_t)(at < 0 ? 0 : at > last ? last : at);
    self->moved = true;
    roll_select_login(view->roll, self->items[self->at].login);
    return PANE_HANDLED | PANE_RECALC;
}

static const struct snapshot_hand *chosen_hand(const struct pane_queue *self,
                                               const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    for (size_t i = 0; i < snapshot->n_students && self->at < self->n; i++)
        if (self->items[self->at].hand == 0 &&
            strcmp(snapshot->students[i].login, self->items[self->at].login) == 0)
            return student_hand(snapshot, &snapshot->students[i]);
    return NULL;
}

static unsigned want(const struct pane_queue *self, const struct view *view, enum action_kind kind)
{
    if (chosen_hand(self, view) == NULL)
        return PANE_HANDLED;
    action_want(view->want, kind, self->items[self->at].login);
    return PANE_HANDLED | PANE_ACT;
}

static unsigned put_off(const struct pane_queue *self, const struct view *view)
{
    const struct snapshot_hand *hand = chosen_hand(self, view);
    bool waits = hand != NULL && strcmp(hand->state, "waiting") == 0;
    return want(self, view, waits ? ACTION_PAUSE : ACTION_RESUME);
}

static unsigned open_chosen(const struct pane_queue *self, const struct view *view)
{
    if (self->at >= self->n)
        return PANE_HANDLED;
    roll_select_login(view->roll, self->items[self->at].login);
    return PANE_HANDLED | PANE_OPEN;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_queue *self = (struct pane_queue *)pane;
    long by = list_keys_by(code, PAGE, (long)self->n);
    if (by != 0)
        return move_by(self, view, by);
    switch (code) {
    case ENTER:
    case RETURN:
    case KEY_ENTER:
        return open_chosen(self, view);
    case 'c':
        return want(self, view, ACTION_CLAIM);
    case 'd':
        return want(self, view, ACTION_RESOLVE);
    case 'z':
        return put_off(self, view);
    case 'x':
        return want(self, view, ACTION_NOT_FOUND);
    default:
        return roll_pane_key(view, code);
    }
}

static void free_pane(struct pane *pane)
{
    struct pane_queue *self = (struct pane_queue *)pane;
    drop_items(self);
    free(self->items);
    free(self);
}

static const struct pane_key with_hand[] = {
    {"c", "claim", "Say that you come, so that nobody else does."},
    {"d", "done", "You have helped; a note for those who teach, if you like."},
    {"z", "put off", "Put the hand off, or give it back to the queue. Its place is kept."},
    {"x", "not found", "You came and nobody sat there. The second time the hand goes down."},
    {"Enter", "open", "All about the student."},
    {"up down", NULL, "The student above or below."},
    {"Esc", "back", "Back to the pane before."},
    {"?", "help", NULL},
    {NULL, NULL, NULL},
};
static const struct pane_key without_hand[] = {
    {"Enter", "open", NULL}, {"up down", "choose", NULL}, {"Esc", "back", NULL},
    {"?", "help", NULL},     {NULL, NULL, NULL},
};

static const struct pane_key nobody[] = {
    {"Esc", "back", NULL},
    {"?", "help", NULL},
    {NULL, NULL, NULL},
};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    const struct pane_queue *self = (const struct pane_queue *)pane;
    if (self->n == 0)
        return nobody;
    return chosen_hand(self, view) != NULL ? with_hand : without_hand;
}

static const struct pane_ops ops = {
    .name = "queue",
    .keys = with_hand,
    .keys_now = keys_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .free = free_pane,
};

struct pane *pane_queue_new(void)
{
    struct pane_queue *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    return &self->pane;
}
