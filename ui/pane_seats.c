/*
 * The seats: the room as rows and columns, the same cells as the grid's, the front at the top (r
 * turns the room around); who has no seat in it is listed behind the last row.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/cell.h"
#include "ui/roll_keys.h"
#include "ui/seats.h"

struct pane_seats {
    struct roll_pane base;
    struct room room;
    struct room_layout layout;
    bool turned;      /* the front is at the bottom, as whoever stands there sees it */
    size_t top, left; /* the first line and column that are seen */
};

enum { FRAME_LINES = 1 }; /* the front */

/* -- where what is ----------------------------------------------------------------------------- */

/* The line on which a row of the room stands: the list is the last, turned or not. */
static size_t line_of(const struct pane_seats *self, size_t row)
{
    bool turned = self->turned && row < self->room.n_rows;
    return turned ? self->room.n_rows - 1 - row : row;
}

static size_t column_of(const struct pane_seats *self, const struct place *place)
{
    bool turned = self->turned && place->row < self->room.n_rows;
    return turned ? self->room.n_columns - 1 - place->column : place->column;
}

/* Where the cell is on the screen; false: not in sight. */
static bool find_cell(const struct pane_seats *self, const struct view *view, size_t student,
                      struct cell *cell)
{
    const struct room_layout *layout = &self->layout;
    const struct place *place = &self->room.places[student];
    size_t line = line_of(self, place->row), column = column_of(self, place);
    if (line < self->top || line >= self->top + (size_t)layout->lines || column < self->left ||
        column >= self->left + (size_t)layout->columns)
        return false;
    *cell = (struct cell){
        .view = view,
        .student = &view->snapshot->students[student],
        .density = layout->density,
        .y = view->top + FRAME_LINES + (int)(line - self->top) * layout->cell_height,
        .x = layout->label_width + (int)(column - self->left) * layout->cell_width,
        .width = layout->cell_width - 1,
        .height = layout->cell_height - 1,
        .selected = roll_is_selected(view->roll, &view->snapshot->students[student]),
        .focused = true,
    };
    return true;
}

/* -- painting ---------------------------------------------------------------------------------- */

static void paint_front(const struct pane_seats *self, const struct view *view)
{
    const struct canvas *canvas = view->canvas;
    const char *words = self->turned ? " the back of the room " : " the front of the room ";
    int width = canvas_width(canvas, words);
    canvas_fill(canvas, view->top, 0, view->cols, THEME_RULE, canvas->theme.glyphs.rule);
    canvas_text(canvas, view->top, (view->cols - width) / 2, width, THEME_HEADING, words);
}

static void paint_labels(const struct pane_seats *self, const struct view *view)
{
    for (size_t row = 0; row < self->room.n_rows; row++) {
        size_t line = line_of(self, row);
        if (line >= self->top && line < self->top + (size_t)self->layout.lines)
            canvas_text(view->canvas,
                        view->top + FRAME_LINES +
                            (int)(line - self->top) * self->layout.cell_height,
                        1, self->layout.label_width - 1, THEME_HEADING, self->room.rows[row]);
    }
    size_t list = self->room.n_rows;
    if (self->room.n_listed > 0 && list > 0 && list >= self->top &&
        list < self->top + (size_t)self->layout.lines)
        canvas_text(view->canvas,
                    view->top + FRAME_LINES + (int)(list - self->top) * self->layout.cell_height, 1,
                    self->layout.label_width - 1, THEME_HEADING, "...");
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_seats *self = (const struct pane_seats *)pane;
    if (roll_paint_no_class(view) || roll_paint_nobody(view, 0))
        return;
    paint_front(self, view);
    paint_labels(self, view);
    for (size_t i = 0; i < view->roll->n; i++) {
        struct cell cell;
        if (find_cell(self, view, view->roll->order[i], &cell))
            cell_paint(&cell);
    }
}

/* -- operations -------------------------------------------------------------------------------- */

static size_t selected_index(const struct view *view)
{
    const struct snapshot_student *student = roll_selected(view->roll, view->snapshot);
    return student != NULL ? (size_t)(student - view->snapshot->students) : 0;
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_seats *self = (struct pane_seats *)pane;
    room_make(&self->room, view->snapshot);
    size_t lines = room_lines(&self->room);
    self->layout = room_lay_out(view->rows - FRAME_LINES, view->cols, lines, self->room.n_columns);
    if (view->snapshot->n_students == 0)
        return;
    const struct place *place = &self->room.places[selected_index(view)];
    self->top =
        roll_scroll(self->top, line_of(self, place->row), (size_t)self->layout.lines, lines);
    self->left = roll_scroll(self->left, column_of(self, place), (size_t)self->layout.columns,
                             self->room.n_columns);
}

static unsigned go(const struct pane_seats *self, const struct view *view, int down, int right)
{
    if (view->roll->n == 0)
        return PANE_HANDLED;
    int by = self->turned ? -1 : 1;
    size_t next = room_next(&self->room, view->roll, selected_index(view), down * by, right * by);
    roll_select_login(view->roll, view->snapshot->students[next].login);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_seats *self = (struct pane_seats *)pane;
    unsigned flags = roll_keys_press(&self->base.common, view, code);
    if (flags != PANE_IGNORED || self->base.common.typing)
        return flags;
    switch (code) {
    case KEY_LEFT:
    case 'h':
        return go(self, view, 0, -1);
    case KEY_RIGHT:
    case 'l':
        return go(self, view, 0, 1);
    case KEY_UP:
    case 'k':
        return go(self, view, -1, 0);
    case KEY_DOWN:
    case 'j':
        return go(self, view, 1, 0);
    case 'r':
        self->turned = !self->turned;
        return PANE_HANDLED | PANE_RECALC;
    default:
        return roll_pane_key(view, code);
    }
}

static unsigned mouse(struct pane *pane, const struct view *view, int y, int x, enum mouse_act act)
{
    const struct pane_seats *self = (const struct pane_seats *)pane;
    if (act == MOUSE_UP || act == MOUSE_DOWN)
        return go(self, view, act == MOUSE_UP ? -1 : 1, 0);
    for (size_t i = 0; i < view->roll->n; i++) {
        struct cell cell;
        if (!find_cell(self, view, view->roll->order[i], &cell) || y < cell.y || x < cell.x ||
            y >= cell.y + self->layout.cell_height || x >= cell.x + self->layout.cell_width)
            continue;
        roll_select_login(view->roll, cell.student->login);
        return PANE_HANDLED | PANE_RECALC | (act == MOUSE_DOUBLE ? PANE_OPEN : 0);
    }
    return PANE_HANDLED;
}

static void add_more(struct strbuf *text, size_t n, const char *what, const char *glyph)
{
    if (n > 0)
        strbuf_printf(text, "%s%zu more %s %s", text->len > 0 ? "  " : "", n, what, glyph);
}

static char *more(const struct pane *pane, const struct view *view)
{
    const struct pane_seats *self = (const struct pane_seats *)pane;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    size_t lines = room_lines(&self->room), bottom = self->top + (size_t)self->layout.lines,
           right = self->left + (size_t)self->layout.columns;
    struct strbuf text = STRBUF_INIT;
    add_more(&text, self->left, "columns", glyphs->left);
    add_more(&text, self->room.n_columns > right ? self->room.n_columns - right : 0, "columns",
             glyphs->right);
    add_more(&text, self->top, "rows", glyphs->up);
    add_more(&text, lines > bottom ? lines - bottom : 0, "rows", glyphs->down);
    if (self->room.n_listed > 0 && self->room.n_rows > 0)
        strbuf_printf(&text, "%s%zu without a row", text.len > 0 ? "  " : "", self->room.n_listed);
    return strbuf_detach(&text);
}

static void free_pane(struct pane *pane)
{
    struct pane_seats *self = (struct pane_seats *)pane;
    room_release(&self->room);
    roll_pane_free(pane);
}

static const struct pane_key keys[] = {
    {"Enter", "student", "steps, checks, errors"},
    {"arrows", "move", "h j k l too"},
    {"r", "turn", "the front at the bottom"},
    ROLL_KEYS_FIND,
    {"Esc", "back", "to the grid; q too"},
    {"?", "help", "this page"},
    ROLL_KEYS_HELP,
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "seats",
    .keys = keys,
    .keys_now = roll_pane_keys_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .is_typing = roll_pane_is_typing,
    .mouse = mouse,
    .note = roll_pane_note,
    .more = more,
    .free = free_pane,
};

struct pane *pane_seats_new(void)
{
    return roll_pane_new(sizeof(struct pane_seats), &ops);
}
