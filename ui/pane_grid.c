/*
 * The grid: left who needs help now and why, right every student as a card, a line or a cell.
 */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/grid.h"
#include "ui/pane.h"

struct pane_grid {
    struct pane pane;
    struct grid grid;
};

/* One student's place on the screen, and what is needed to paint it. */
struct cell {
    const struct canvas *canvas;
    const struct snapshot *snapshot;
    const struct snapshot_student *student;
    int y, x, width;
    bool old; /* the data is stale */
};

static bool is_stale(const struct snapshot *snapshot)
{
    return snapshot->freshness == FRESH_STALE || snapshot->freshness == FRESH_NEVER;
}

/* -- cells ------------------------------------------------------------------------------------- */

static enum theme_role cell_role(const struct cell *cell, enum theme_role role)
{
    return cell->old ? THEME_OLD : role;
}

static enum theme_role state_role(const struct cell *cell)
{
    return cell_role(cell, THEME_STATE + cell->student->state);
}

static char *percent(const struct snapshot_student *student)
{
    if (isnan(student->progress))
        return mem_strdup("-");
    return mem_printf("%.0f %%", floor(student->progress * 100 + 1e-9));
}

/* "▶ W", or the letter alone where there is no Unicode. */
static void paint_sign(const struct cell *cell, int y, int x)
{
    const struct theme *theme = &cell->canvas->theme;
    enum student_state state = cell->student->state;
    if (theme->glyphs.unicode)
        x += canvas_text(cell->canvas, y, x, 1, state_role(cell), theme_state_glyph(theme, state)) +
             1;
    canvas_printf(cell->canvas, y, x, 1, state_role(cell), "%c", state_letter(state));
}

static int sign_width(const struct canvas *canvas)
{
    return canvas->theme.glyphs.unicode ? 3 : 1;
}

/* Where the student is and for how long: the words of a card's third line. */
static void paint_place(const struct cell *cell, int y, int x, int width)
{
    const struct snapshot_student *student = cell->student;
    CLEANUP(strbuf_release)
    struct strbuf span = STRBUF_INIT;
    int64_t idle_s = student_idle_s(cell->snapshot, student);
    if (idle_s >= 0 && !cell->old)
        clock_format_span(idle_s, &span);
    const char *words = cell->old                         ? student->current_step
                        : student->state == STATE_DONE    ? "done"
                        : student->state == STATE_ABSENT  ? "not here"
                        : student->state == STATE_UNKNOWN ? student->reason
                                                          : student->current_step;
    int right = span.len > 0 ? canvas_width(cell->canvas, span.text) + 1 : 0;
    enum theme_role role = cell_role(cell, THEME_QUIET);
    bool urgent = student->state == STATE_STUCK || student->state == STATE_BLOCKED;
    canvas_text(cell->canvas, y, x, width - right, cell_role(cell, THEME_TEXT), words);
    canvas_right(cell->canvas, y, x + width - right, right, urgent ? state_role(cell) : role,
                 span.text);
}

static enum theme_role name_role(const struct cell *cell)
{
    bool here = cell->student->state != STATE_ABSENT;
    return cell_role(cell, here ? THEME_STRONG : THEME_STATE + STATE_ABSENT);
}

static void paint_head(const struct cell *cell, const struct canvas *canvas, int y)
{
    struct cell head = *cell;
    head.canvas = canvas;
    int sign = sign_width(canvas), right = cell->x + cell->width - 1;
    if (canvas->highlight)
        canvas_fill(canvas, y, cell->x, cell->width, THEME_SELECTED, "");
    canvas_text(canvas, y, cell->x + 1, cell->width - sign - 3, name_role(cell),
                student_label(cell->student));
    paint_sign(&head, y, right - sign);
}

/* A card: name and sign, bar and percent, step and time; a large one has the reason or the seat. */
static void paint_card(const struct cell *cell, const struct canvas *canvas,
                       const struct grid_layout *layout)
{
    int y = cell->y, x = cell->x + 1, inner = cell->width - 2;
    CLEANUP(mem_free_string)
    char *number = percent(cell->student);
    paint_head(cell, canvas, y++);
    enum theme_role bar = cell_role(cell, THEME_BAR + cell->student->state);
    canvas_bar(cell->canvas, y, x, inner - 6, cell->student->progress, bar);
    canvas_right(cell->canvas, y++, x + inner - 5, 5, state_role(cell), number);
    bool thick = layout->cell_height >= 7; /* there is room to be seen from afar */
    if (thick)
        canvas_bar(cell->canvas, y++, x, inner - 6, cell->student->progress, bar);
    paint_place(cell, y++, x, inner);
    if (layout->density != DENSITY_LARGE)
        return;
    if (student_needs_help(cell->student)) {
        CLEANUP(strbuf_release)
        struct strbuf reason = STRBUF_INIT;
        student_reason(cell->snapshot, cell->student, &reason);
        canvas_wrap(cell->canvas, y, x, inner, layout->cell_height - 4 - thick, state_role(cell),
                    reason.text);
    } else if (*cell->student->seat != '\0')
        canvas_printf(cell->canvas, y, x, inner, cell_role(cell, THEME_QUIET), "seat %s",
                      cell->student->seat);
}

/* "▶ W Alice Adams   82 % ██████░░░  loan  2 min" */
static void paint_line(const struct cell *cell, const struct canvas *canvas)
{
    const struct snapshot_student *student = cell->student;
    CLEANUP(mem_free_string)
    char *number = percent(student);
    int x = cell->x + 1, width = cell->width - 2, right = cell->x + cell->width - 1;
    int name = width < 44 ? 12 : width < 60 ? 16 : 22;
    int bar = width < 44 ? 0 : width < 60 ? 8 : width / 4;
    struct cell line = *cell;
    line.canvas = canvas;
    if (canvas->highlight)
        canvas_fill(canvas, cell->y, cell->x, cell->width, THEME_SELECTED, "");
    paint_sign(&line, cell->y, x);
    x += sign_width(canvas) + 1;
    canvas_text(canvas, cell->y, x, name, name_role(cell), student_label(student));
    x += name + 1;
    canvas_right(canvas, cell->y, x, 5, state_role(cell), number);
    x += 6;
    if (bar > 0) {
        canvas_bar(cell->canvas, cell->y, x, bar, student->progress,
                   cell_role(cell, THEME_BAR + student->state));
        x += bar + 1;
    }
    paint_place(&line, cell->y, x, right - x);
}

/* "▶ 82", and the name where there is room. */
static void paint_small(const struct cell *cell, const struct canvas *canvas)
{
    const struct snapshot_student *student = cell->student;
    CLEANUP(mem_free_string)
    char *number = percent(student);
    number[strcspn(number, " ")] = '\0';
    const char *sign = theme_state_glyph(&canvas->theme, student->state);
    int name = cell->width - 7, y = cell->y, x = cell->x;
    if (canvas->highlight)
        canvas_fill(canvas, y, x, cell->width - 1, THEME_SELECTED, "");
    canvas_text(canvas, y, x, 1, state_role(cell), sign);
    if (name >= 3)
        canvas_text(canvas, y, x + 2, name, name_role(cell), student_label(student));
    if (student->progress >= 1)
        number[1] = '\0', number[0] = state_letter(student->state);
    canvas_right(canvas, y, x + cell->width - 3, 2, state_role(cell), number);
}

static void paint_cell(const struct cell *cell, const struct grid_layout *layout, bool selected)
{
    struct canvas canvas = *cell->canvas;
    canvas.highlight = selected;
    if (layout->density == DENSITY_LINES)
        paint_line(cell, &canvas);
    else if (layout->density == DENSITY_CELLS)
        paint_small(cell, &canvas);
    else
        paint_card(cell, &canvas, layout);
}

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
            struct cell cell = {
                .canvas = view->canvas,
                .snapshot = view->snapshot,
                .student = &view->snapshot->students[grid->order[at]],
                .y = view->top + (int)line * layout->cell_height,
                .x = layout->queue_width + (int)c * layout->cell_width,
                .width = layout->cell_width - (ruled ? 1 : 0),
                .old = is_stale(view->snapshot),
            };
            paint_cell(&cell, layout, at == grid->at);
        }
}

/* -- who needs help now ------------------------------------------------------------------------ */

/* Returns the lines it took. */
static int paint_need(const struct view *view, const struct snapshot_student *student,
                      size_t number, int y, int width)
{
    const struct theme *theme = &view->canvas->theme;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    int64_t idle_s = student_idle_s(view->snapshot, student);
    if (idle_s >= 0)
        clock_format_span(idle_s, &text);
    enum theme_role role = THEME_STATE + student->state;
    int x = 1;
    x += canvas_printf(view->canvas, y, x, 3, THEME_QUIET, "%2zu", number) + 1;
    x += canvas_text(view->canvas, y, x, 1, role, theme_state_glyph(theme, student->state)) + 1;
    int right = canvas_width(view->canvas, text.text);
    canvas_right(view->canvas, y, width - 1 - right, right, role, text.text);
    int room = width - 2 - right - x;
    int used = canvas_text(view->canvas, y, x, room, THEME_STRONG, student_label(student));
    if (*student->seat != '\0' && room - used > 3)
        canvas_printf(view->canvas, y, x + used + 1, room - used - 1, THEME_QUIET,
                      room - used > 10 ? "seat %s" : "%s", student->seat);
    strbuf_reset(&text);
    student_reason(view->snapshot, student, &text);
    return 1 + canvas_wrap(view->canvas, y + 1, 6, width - 7, 2, THEME_TEXT, text.text);
}

static void paint_queue(const struct grid *grid, const struct view *view)
{
    int width = grid->layout.queue_width - 1;
    canvas_column(view->canvas, view->top, width, view->rows, THEME_RULE,
                  view->canvas->theme.glyphs.vertical);
    canvas_text(view->canvas, view->top, 1, width - 2, THEME_HEADING, "NEED HELP NOW");
    if (grid->n == 0)
        return;
    if (is_stale(view->snapshot) || grid->n_need == 0) {
        canvas_wrap(view->canvas, view->top + 2, 1, width - 2, 3, THEME_QUIET,
                    is_stale(view->snapshot) ? "not known without fresh data" : "nobody");
        return;
    }
    int y = view->top + 2, end = view->top + view->rows;
    for (size_t i = 0; i < grid->n_need; i++) {
        /* Three lines, and one for "more" unless this is the last. */
        if (y + 3 + (i + 1 < grid->n_need) > end) {
            canvas_printf(view->canvas, end - 1, 1, width - 2, THEME_HEADING, "%zu more %s",
                          grid->n_need - i, view->canvas->theme.glyphs.down);
            return;
        }
        y += paint_need(view, &view->snapshot->students[grid->need[i]], i + 1, y, width);
        y += y + 4 <= end;
    }
}

/* -- operations -------------------------------------------------------------------------------- */

/* An empty grid says what is missing and how to get it. */
static void paint_nobody(const struct view *view, int left)
{
    const char *words = "Asking the control database for the class ...";
    if (view->snapshot->trouble == TROUBLE_NO_LAB)
        words = "There is no lab here yet. F8 makes one, page by page. \"lectern demo\" shows the "
                "shipped one with a class of robots; \"lectern init --from EXAMPLE --roster CSV\" "
                "writes a lab.yaml, \"lectern apply LAB\" makes it, and this screen shows it.";
    else if (view->snapshot->trouble != TROUBLE_NONE)
        words = "The class is not known yet; this screen goes on trying.";
    else if (*view->snapshot->lab != '\0')
        words = "The roster of this lab is empty: add students to it, and \"lectern apply\" again.";
    canvas_wrap(view->canvas, view->top + 2, left + 2, view->cols - left - 4, 8, THEME_TEXT, words);
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_grid *self = (struct pane_grid *)pane;
    grid_recalc(&self->grid, view->snapshot, view->rows, view->cols);
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct grid *grid = &((const struct pane_grid *)pane)->grid;
    if (grid->layout.queue_width > 0)
        paint_queue(grid, view);
    paint_cells(grid, view);
    if (grid->n == 0)
        paint_nobody(view, grid->layout.queue_width);
}

static unsigned move_by(struct grid *grid, const struct view *view, long by)
{
    long at = (long)grid->at + by;
    long columns = grid->layout.columns;
    /* Up from the first row and down from the last stay where they are. */
    if (by == -columns && at < 0)
        return PANE_HANDLED;
    if (by == columns && (long)grid->at / columns == ((long)grid->n - 1) / columns)
        return PANE_HANDLED;
    grid_move(grid, view->snapshot, by);
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

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct grid *grid = &((struct pane_grid *)pane)->grid;
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
    case ' ':
        return move_by(grid, view, page + (columns == page));
    case KEY_HOME:
    case 'g':
        return move_by(grid, view, -(long)grid->n);
    case KEY_END:
    case 'G':
        return move_by(grid, view, (long)grid->n);
    case '+':
    case '=':
        return change_density(grid, -1);
    case '-':
        return change_density(grid, 1);
    case '0':
        grid->density = -1;
        return PANE_HANDLED | PANE_RECALC;
    case 's':
        grid->sort = (grid->sort + 1) % SORTS;
        return PANE_HANDLED | PANE_RECALC;
    case KEY_ENTER:
    case '\n':
    case '\r':
        return grid->n > 0 ? PANE_HANDLED | PANE_OPEN : PANE_HANDLED;
    case '?':
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case 'q':
        return PANE_HANDLED | PANE_QUIT;
    default:
        return PANE_IGNORED;
    }
}

/* Who is selected, in full: a cell may have cut the name. */
static char *note(const struct pane *pane, const struct view *view)
{
    const struct grid *grid = &((const struct pane_grid *)pane)->grid;
    if (grid->n == 0)
        return NULL;
    const struct snapshot_student *student = &view->snapshot->students[grid->order[grid->at]];
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, student_label(student));
    if (*student->name != '\0')
        strbuf_printf(&text, " (%s)", student->login);
    if (*student->seat != '\0')
        strbuf_printf(&text, " seat %s", student->seat);
    strbuf_printf(&text, " %s %s", view->canvas->theme.glyphs.bullet, state_name(student->state));
    if (*student->current_step != '\0')
        strbuf_printf(&text, ", %s", student->current_step);
    return strbuf_detach(&text);
}

static char *more(const struct pane *pane, const struct view *view)
{
    const struct grid *grid = &((const struct pane_grid *)pane)->grid;
    if (grid->n == 0)
        return NULL;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    struct strbuf text = STRBUF_INIT;
    if (grid_above(grid) > 0)
        strbuf_printf(&text, "%zu more %s  ", grid_above(grid), glyphs->up);
    if (grid_below(grid) > 0)
        strbuf_printf(&text, "%zu more %s  ", grid_below(grid), glyphs->down);
    strbuf_printf(&text, "by %s", grid_sort_name(grid->sort));
    return strbuf_detach(&text);
}

static const char *selected(const struct pane *pane)
{
    return ((const struct pane_grid *)pane)->grid.selected;
}

static void free_pane(struct pane *pane)
{
    grid_release(&((struct pane_grid *)pane)->grid);
    free(pane);
}

static const struct pane_key keys[] = {
    {"Enter", "student", "the student's steps and checks"},
    {"s", "sort", "by roster, progress, state, name"},
    {"+ -", NULL, "size of the cells; 0: by itself"},
    {"?", "help", "this page"},
    {"q", "quit", "leave the console; the class goes on"},
    {"arrows", NULL, "move; h j k l too"},
    {"PgUp PgDn", NULL, "a screen up or down"},
    {"Home End", NULL, "the first and the last; g G too"},
    {NULL, NULL, NULL},
};

static const struct pane_ops ops = {
    .name = "grid",
    .keys = keys,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .note = note,
    .more = more,
    .selected = selected,
    .free = free_pane,
};

struct pane *pane_grid_new(void)
{
    struct pane_grid *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    grid_init(&self->grid);
    return &self->pane;
}
