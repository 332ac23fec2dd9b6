/*
 * The column of who needs help now: place, sign, name, how long, where, and why, in words.  It is
 * what moves on the screen; its order is the snapshot's.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/grid.h"

enum { TALL_FROM = 24, REASON_INDENT = 3 };

/* Of the column without its rule, by columns. */
struct queue_look {
    int width, head; /* lines above the first entry */
    int sign, name;  /* first columns */
};

static struct queue_look look_of(const struct grid *grid, const struct view *view)
{
    struct queue_look look = {.width = grid->layout.queue_width - 1,
                              .head = view->rows >= TALL_FROM ? 2 : 1};
    look.sign = view->snapshot->n_queue > 9 ? 4 : 3;
    look.name = look.sign + 2;
    return look;
}

/* -- an entry ---------------------------------------------------------------------------------- */

struct entry {
    const struct snapshot_student *student;
    struct strbuf time, reason;
    int room;        /* for name and seat */
    bool seat_above; /* beside the name, not before the reason */
    int lines, reason_lines;
};

static void make_entry(struct entry *entry, const struct view *view, const struct queue_look *look,
                       size_t at)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct snapshot_student *student = &snapshot->students[snapshot->queue[at]];
    *entry = (struct entry){.student = student, .time = STRBUF_INIT, .reason = STRBUF_INIT};
    int64_t waits_s = student_waits_s(snapshot, student);
    if (waits_s >= 0)
        clock_format_span(waits_s, &entry->time);
    entry->room = look->width - 2 - canvas_width(view->canvas, entry->time.text) - look->name;
    int name = canvas_width(view->canvas, student_label(student)),
        seat = canvas_width(view->canvas, student->seat);
    entry->seat_above = seat > 0 && name + 1 + seat <= entry->room;
    if (seat > 0 && !entry->seat_above)
        strbuf_printf(&entry->reason, "%s: ", student->seat);
    student_reason(view, student, &entry->reason);
    /* The first three are to be read from afar, and whole. */
    entry->reason_lines = at < 3 ? 4 : 3;
    entry->lines = 1 + canvas_wrapped(view->canvas, look->width - 1 - look->sign,
                                      entry->reason_lines, entry->reason.text);
}

static void release_entry(struct entry *entry)
{
    strbuf_release(&entry->time);
    strbuf_release(&entry->reason);
}

static void paint_entry(const struct entry *entry, const struct view *view,
                        const struct queue_look *look, size_t at, int y, bool focused)
{
    struct canvas canvas = *view->canvas;
    const struct snapshot_student *student = entry->student;
    struct student_sign sign = student_sign(&canvas.theme, student);
    const struct snapshot_hand *hand = student_hand(view->snapshot, student);
    bool cared_for = hand != NULL && strcmp(hand->state, "waiting") != 0;
    canvas.highlight = focused;
    if (focused)
        canvas_fill(&canvas, y, 0, look->width, THEME_SELECTED, "");
    canvas_printf(&canvas, y, 1, look->sign - 1, THEME_QUIET, "%*zu", look->sign - 2, at + 1);
    canvas_text(&canvas, y, look->sign, 1, sign.role, sign.glyph);
    int used = canvas_text(&canvas, y, look->name, entry->room,
                           cared_for ? THEME_QUIET : THEME_STRONG, student_label(student));
    if (entry->seat_above) {
        bool in_words = used + 6 + canvas_width(&canvas, student->seat) <= entry->room;
        canvas_printf(&canvas, y, look->name + used + 1, entry->room - used - 1, THEME_TEXT,
                      in_words ? "seat %s" : "%s", student->seat);
    }
    canvas_right(&canvas, y, look->name, look->width - 1 - look->name, sign.role, entry->time.text);
    canvas_wrap(view->canvas, y + 1, look->sign, look->width - 1 - look->sign, entry->reason_lines,
                cared_for ? THEME_QUIET : THEME_TEXT, entry->reason.text);
}

/* -- the column -------------------------------------------------------------------------------- */

/* Hands are known without fresh numbers, other needs are not: the last line says so. */
static bool knows_hands_only(const struct view *view)
{
    return view->snapshot->freshness >= FRESH_STALE;
}

static int end_of(const struct view *view)
{
    return view->top + view->rows - knows_hands_only(view);
}

/* Walk the entries from `top` on for which there is room; a line of it is kept where it has to say
 * that there are more.  Returns the place behind the last.  `at_line`: stop at that line. */
static size_t walk(const struct grid *grid, const struct view *view, size_t top, bool paint,
                   int until_y)
{
    struct queue_look look = look_of(grid, view);
    size_t n = view->snapshot->n_queue, at = top;
    int y = view->top + look.head, end = end_of(view);
    for (; at < n; at++) {
        struct entry entry;
        make_entry(&entry, view, &look, at);
        int room = end - (at + 1 < n) - y;
        bool fits = room >= 2 || room >= entry.lines;
        if (entry.lines > room) { /* the last that is seen may end in an ellipsis */
            entry.lines = room;
            entry.reason_lines = room - 1;
        }
        if (fits && paint)
            paint_entry(&entry, view, &look, at, y,
                        grid->in_queue && roll_is_selected(view->roll, entry.student));
        y += entry.lines;
        release_entry(&entry);
        if (!fits || y > until_y)
            break;
        y += view->rows >= TALL_FROM; /* a blank, where there is room for rhythm */
    }
    return at;
}

enum { ANYWHERE = 1 << 20 };

void queue_recalc(struct grid *grid, const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    size_t n = snapshot->n_queue;
    for (size_t i = 0; i < n && grid->in_queue; i++)
        if (roll_is_selected(view->roll, &snapshot->students[snapshot->queue[i]]))
            grid->queue_at = i;
    if (grid->queue_at >= n)
        grid->queue_at = n > 0 ? n - 1 : 0;
    if (n == 0)
        grid->in_queue = false;
    /* What is seen begins with the most urgent, unless somebody goes down in it. */
    if (!grid->in_queue || grid->queue_at < grid->queue_top)
        grid->queue_top = grid->in_queue ? grid->queue_at : 0;
    grid->queue_end = walk(grid, view, grid->queue_top, false, ANYWHERE);
    while (grid->in_queue && grid->queue_end <= grid->queue_at && grid->queue_top < grid->queue_at)
        grid->queue_end = walk(grid, view, ++grid->queue_top, false, ANYWHERE);
}

void queue_move(struct grid *grid, const struct view *view, long by)
{
    const struct snapshot *snapshot = view->snapshot;
    long at = (long)grid->queue_at + by, last = (long)snapshot->n_queue - 1;
    if (last < 0)
        return;
    grid->queue_at = (size_t)(at < 0 ? 0 : at > last ? last : at);
    roll_select_login(view->roll, snapshot->students[snapshot->queue[grid->queue_at]].login);
}

long queue_at_line(const struct grid *grid, const struct view *view, int y)
{
    if (y < view->top + look_of(grid, view).head)
        return -1;
    size_t at = walk(grid, view, grid->queue_top, false, y);
    return at < grid->queue_end ? (long)at : -1;
}

static void paint_more(const struct grid *grid, const struct view *view, int width)
{
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    size_t n = view->snapshot->n_queue;
    if (grid->queue_end < n)
        canvas_printf(view->canvas, end_of(view) - 1, 1, width - 2, THEME_HEADING, "%zu more %s",
                      n - grid->queue_end, glyphs->down);
    if (knows_hands_only(view))
        canvas_text(view->canvas, end_of(view), 1, width - 2, THEME_QUIET, "the others: not known");
}

void queue_paint(const struct grid *grid, const struct view *view)
{
    const struct canvas *canvas = view->canvas;
    const struct snapshot *snapshot = view->snapshot;
    int width = grid->layout.queue_width - 1;
    canvas_column(canvas, view->top, width, view->rows, THEME_RULE, canvas->theme.glyphs.vertical);
    int x = 1 + canvas_text(canvas, view->top, 1, width - 2, THEME_HEADING, "NEED HELP NOW");
    if (snapshot->n_queue == 0) {
        canvas_wrap(canvas, view->top + 2, 1, width - 2, 3, THEME_QUIET,
                    knows_hands_only(view) ? "not known without fresh data" : "nobody");
        return;
    }
    canvas_printf(canvas, view->top, x + 2, 4, THEME_STRONG, "%zu", snapshot->n_queue);
    if (grid->queue_top > 0) {
        CLEANUP(mem_free_string)
        char *above = mem_printf("%zu more %s", grid->queue_top, canvas->theme.glyphs.up);
        canvas_right(canvas, view->top, width - 12, 11, THEME_HEADING, above);
    }
    walk(grid, view, grid->queue_top, true, ANYWHERE);
    paint_more(grid, view, width);
}
