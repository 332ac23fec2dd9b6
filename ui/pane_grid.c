/*
 * The grid: left who needs help now and why, right every student as a card, a line or a cell.
 */
#include <curses.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/cell.h"
#include "ui/list_keys.h"
#include "ui/roll_keys.h"

enum { QUEUE_PAGE = 3 };

struct pane_grid {
    struct roll_pane base;
    struct grid grid;
};

/* -- painting ---------------------------------------------------------------------------------- */

static void paint_cells(const struct grid *grid, const struct view *view)
{
    const struct grid_layout *layout = &grid->layout;
    size_t columns = (size_t)layout->columns;
    bool ruled = layout->density != DENSITY_CELLS;
    for (int c = 1; ruled && grid->n > 0 && c < layout->columns; c++)
        canvas_column(view->canvas, view->top, layout->queue_width + c * layout->cell_width - 1,
                      view->rows, THEME_RULE, view->canvas->theme.glyphs.vertical);
    for (size_t line = 0; line < (size_t)layout->lines; line++)
        for (size_t c = 0; c < columns; c++) {
            size_t at = (grid->top + line) * columns + c;
            if (at >= grid->n)
                return;
            const struct snapshot_student *student = roll_student(view->roll, view->snapshot, at);
            struct cell cell = {
                .view = view,
                .student = student,
                .density = layout->density,
                .y = view->top + (int)line * layout->cell_height,
                .x = layout->queue_width + (int)c * layout->cell_width,
                .width = layout->cell_width - 1,
                .height = layout->cell_height - 1,
                .selected = roll_is_selected(view->roll, student),
                .focused = !grid->in_queue,
            };
            cell_paint(&cell);
        }
}

static void recalc(struct pane *pane, const struct view *view)
{
    grid_recalc(&((struct pane_grid *)pane)->grid, view);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct grid *grid = &((const struct pane_grid *)pane)->grid;
    if (roll_paint_no_class(view))
        return;
    queue_paint(grid, view);
    paint_cells(grid, view);
    roll_paint_nobody(view, grid->layout.queue_width);
}

/* -- keys -------------------------------------------------------------------------------------- */

static unsigned move_by(const struct grid *grid, const struct view *view, long by)
{
    long at = (long)grid->at + by;
    long columns = grid->layout.columns;
    /* Up from the first row and down from the last stay where they are. */
    if (by == -columns && at < 0)
        return PANE_HANDLED;
    if (by == columns && (long)grid->at / columns == ((long)grid->n - 1) / columns)
        return PANE_HANDLED;
    roll_move(view->roll, view->snapshot, by);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned change_density(struct grid *grid, int by)
{
    int density = (int)grid->layout.density + by;
    if (density < 0 || density >= DENSITIES)
        return PANE_HANDLED;
    grid->density = density;
    return PANE_HANDLED | PANE_RECALC;
}

/* v goes through the four sizes, and then to the one that fits by itself. */
static unsigned next_density(struct grid *grid)
{
    grid->density = grid->density + 1 < DENSITIES ? grid->density + 1 : -1;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned change_part(struct grid *grid, const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    grid->in_queue = !grid->in_queue && snapshot->n_queue > 0;
    if (!grid->in_queue)
        return PANE_HANDLED | PANE_RECALC;
    grid->queue_at = 0;
    for (size_t i = 0; i < snapshot->n_queue; i++)
        if (roll_is_selected(view->roll, &snapshot->students[snapshot->queue[i]]))
            grid->queue_at = i;
    queue_move(grid, view, 0);
    return PANE_HANDLED | PANE_RECALC;
}

/* Of the selected student's raised hand: take it, or say that it was helped. */
static unsigned hand_key(const struct view *view, int code)
{
    const struct snapshot_student *student = roll_selected(view->roll, view->snapshot);
    if (student == NULL || student_hand(view->snapshot, student) == NULL)
        return PANE_HANDLED;
    action_want(view->want, code == 'c' ? ACTION_CLAIM : ACTION_RESOLVE, student->login);
    return PANE_HANDLED | PANE_ACT;
}

static unsigned queue_key(struct grid *grid, const struct view *view, int code)
{
    long by = list_keys_by(code, QUEUE_PAGE, (long)view->snapshot->n_queue);
    if (by != 0) {
        queue_move(grid, view, by);
        return PANE_HANDLED | PANE_RECALC;
    }
    switch (code) {
    case KEY_RIGHT:
    case 'l':
    case 27:
        return change_part(grid, view);
    default:
        return PANE_IGNORED;
    }
}

static unsigned cells_key(struct grid *grid, const struct view *view, int code)
{
    long columns = grid->layout.columns, page = columns * grid->layout.lines;
    switch (code) {
    case KEY_LEFT:
    case 'h':
        return move_by(grid, view, -1);
    case KEY_RIGHT:
    case 'l':
        return move_by(grid, view, 1);
    case KEY_UP:
    case 'k':
        return move_by(grid, view, -columns);
    case KEY_DOWN:
    case 'j':
        return move_by(grid, view, columns);
    case KEY_PPAGE:
        return move_by(grid, view, -page - (columns == page));
    case KEY_NPAGE:
        return move_by(grid, view, page + (columns == page));
    case KEY_HOME:
    case 'g':
        return move_by(grid, view, -(long)grid->n);
    case KEY_END:
    case 'G':
        return move_by(grid, view, (long)grid->n);
    default:
        return PANE_IGNORED;
    }
}

static unsigned other_key(struct grid *grid, const struct view *view, int code)
{
    switch (code) {
    case '\t':
    case KEY_BTAB:
        return change_part(grid, view);
    case '+':
    case '=':
        return change_density(grid, -1);
    case '-':
        return change_density(grid, 1);
    case '0':
        grid->density = -1;
        return PANE_HANDLED | PANE_RECALC;
    case 'v':
        return next_density(grid);
    case 'c':
    case 'd':
        return hand_key(view, code);
    case 27:
        return PANE_IGNORED;
    case 'q':
        return PANE_HANDLED | PANE_QUIT;
    default:
        return roll_pane_key(view, code);
    }
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_grid *self = (struct pane_grid *)pane;
    struct grid *grid = &self->grid;
    unsigned flags = PANE_IGNORED;
    if (self->base.common.typing)
        return roll_keys_press(&self->base.common, view, code);
    flags = grid->in_queue ? queue_key(grid, view, code) : cells_key(grid, view, code);
    if (flags == PANE_IGNORED)
        flags = roll_keys_press(&self->base.common, view, code);
    return flags != PANE_IGNORED ? flags : other_key(grid, view, code);
}

static unsigned queue_mouse(struct grid *grid, const struct view *view, int y, enum mouse_act act)
{
    long at = queue_at_line(grid, view, y);
    if (view->snapshot->n_queue == 0)
        return PANE_HANDLED;
    if (act == MOUSE_UP || act == MOUSE_DOWN) {
        if (!grid->in_queue)
            change_part(grid, view);
        queue_move(grid, view, act == MOUSE_UP ? -1 : 1);
        return PANE_HANDLED | PANE_RECALC;
    }
    if (at < 0)
        return PANE_HANDLED;
    grid->in_queue = true;
    queue_move(grid, view, at - (long)grid->queue_at);
    return PANE_HANDLED | PANE_RECALC | (act == MOUSE_DOUBLE ? PANE_OPEN : 0);
}

static unsigned mouse(struct pane *pane, const struct view *view, int y, int x, enum mouse_act act)
{
    struct grid *grid = &((struct pane_grid *)pane)->grid;
    const struct grid_layout *layout = &grid->layout;
    if (y < view->top || y >= view->top + view->rows)
        return PANE_IGNORED;
    if (x < layout->queue_width)
        return queue_mouse(grid, view, y, act);
    grid->in_queue = false;
    if (act == MOUSE_UP || act == MOUSE_DOWN)
        return move_by(grid, view, act == MOUSE_UP ? -layout->columns : layout->columns) |
               PANE_RECALC;
    size_t line = (size_t)((y - view->top) / layout->cell_height),
           column = (size_t)((x - layout->queue_width) / layout->cell_width);
    size_t at = (grid->top + line) * (size_t)layout->columns + column;
    if (line >= (size_t)layout->lines || column >= (size_t)layout->columns || at >= grid->n)
        return PANE_HANDLED | PANE_RECALC;
    roll_select(view->roll, view->snapshot, at);
    return PANE_HANDLED | PANE_RECALC | (act == MOUSE_DOUBLE ? PANE_OPEN : 0);
}

/* -- operations -------------------------------------------------------------------------------- */

static char *more(const struct pane *pane, const struct view *view)
{
    const struct grid *grid = &((const struct pane_grid *)pane)->grid;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    struct strbuf text = STRBUF_INIT;
    if (view->snapshot->n_students == 0)
        return NULL;
    if (grid_above(grid) > 0)
        strbuf_printf(&text, "%zu more %s  ", grid_above(grid), glyphs->up);
    if (grid_below(grid) > 0)
        strbuf_printf(&text, "%zu more %s  ", grid_below(grid), glyphs->down);
    strbuf_printf(&text, "by %s", roll_sort_name(view->roll->sort));
    return strbuf_detach(&text);
}

static const struct pane_key keys[] = {
    {"Enter", "student", "steps, checks, errors"},
    {"Tab", "queue", "to who needs help, and back"},
    ROLL_KEYS_FIND,
    {"c d", NULL, "take the hand; it was helped"},
    {"s", "sort", "seat, name, progress, state"},
    {"v", "view", "size; + and - too, 0 fits"},
    {"?", "help", "this page"},
    {"q", "quit", "leave; the class goes on"},
    ROLL_KEYS_HELP,
    {"arrows", NULL, "h j k l, PgUp, Home too"},
    {"mouse", NULL, "select; twice opens"},
    {NULL, NULL, NULL},
};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    static const struct pane_key hand[] = {
        {"Enter", "student", NULL}, {"c", "claim", NULL}, {"d", "done", NULL},
        {"Tab", "grid", NULL},      {"m", "mark", NULL},  {"/", "filter", NULL},
        {"?", "help", NULL},        {"q", "quit", NULL},  {NULL, NULL, NULL},
    };
    static const struct pane_key in_queue[] = {
        {"Enter", "student", NULL}, {"Tab", "grid", NULL}, {"up down", "whom", NULL},
        {"m", "mark", NULL},        {"/", "filter", NULL}, {"?", "help", NULL},
        {"q", "quit", NULL},        {NULL, NULL, NULL},
    };
    static const struct pane_key filtered[] = {
        {"Enter", "student", NULL}, {"Esc", "show all", NULL}, {"/", "filter", NULL},
        {"Tab", "queue", NULL},     {"m", "mark", NULL},       {"s", "sort", NULL},
        {"?", "help", NULL},        {"q", "quit", NULL},       {NULL, NULL, NULL},
    };
    static const struct pane_key empty[] = {
        {"?", "help", NULL}, {"q", "quit", NULL}, {NULL, NULL, NULL}};
    const struct pane_grid *self = (const struct pane_grid *)pane;
    const struct pane_key *typing = roll_keys_now(&self->base.common);
    const struct snapshot_student *student = roll_selected(view->roll, view->snapshot);
    if (typing != NULL)
        return typing;
    if (view->snapshot->n_students == 0)
        return empty;
    if (self->grid.in_queue)
        return student != NULL && student_hand(view->snapshot, student) != NULL ? hand : in_queue;
    return roll_is_filtered(view->roll) ? filtered : keys;
}

static const struct pane_ops ops = {
    .name = "grid",
    .keys = keys,
    .keys_now = keys_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .is_typing = roll_pane_is_typing,
    .mouse = mouse,
    .note = roll_pane_note,
    .more = more,
    .free = roll_pane_free,
};

struct pane *pane_grid_new(int density)
{
    struct pane_grid *self = roll_pane_new(sizeof *self, &ops);
    grid_init(&self->grid);
    self->grid.density = density;
    return &self->base.pane;
}
