/*
 * The grid's model.
 */
#include "ui/grid.h"

enum { QUEUE_MIN_COLS = 30, QUEUE_MAX_COLS = 48 };

/* -- layout ------------------------------------------------------------------------------------ */

static const struct {
    /* Of a cell, with the rule or the blank that follows it; it grows where there is room. */
    int min_width, max_width, height, max_height;
} sizes[DENSITIES] = {
    [DENSITY_LARGE] = {30, 46, 5, 14},
    [DENSITY_CARDS] = {20, 34, 4, 5},
    [DENSITY_LINES] = {25, 72, 1, 1},
    [DENSITY_CELLS] = {4, 18, 1, 1},
};

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

static struct grid_layout lay_out(int rows, int area, int queue_width, size_t n,
                                  enum grid_density density)
{
    int height = sizes[density].height;
    /* The last row of cards needs no blank below it. */
    int lines = at_least((rows + (height > 1)) / height, 1);
    int most = at_least(area / sizes[density].min_width, 1);
    int needed = n > 100000 ? most : at_least(((int)n + lines - 1) / lines, 1);
    int roomy = (area + sizes[density].max_width - 1) / sizes[density].max_width;
    int columns = needed > roomy ? needed : roomy;
    columns = columns > most ? most : columns;
    int used = at_least(n > 100000 ? lines : ((int)n + columns - 1) / columns, 1);
    int roomier = (rows + (height > 1)) / (used < lines ? used : lines);
    height = roomier > sizes[density].max_height ? sizes[density].max_height : roomier;
    lines = at_least((rows + (height > 1)) / height, 1);
    return (struct grid_layout){
        .density = density,
        .queue_width = queue_width,
        .columns = columns,
        .cell_width = area / columns,
        .cell_height = height,
        .lines = lines,
    };
}

struct grid_layout grid_lay_out(int rows, int cols, size_t n, int density)
{
    int queue = at_least(cols * 3 / 10, QUEUE_MIN_COLS);
    queue = queue > QUEUE_MAX_COLS ? QUEUE_MAX_COLS : queue;
    if (density >= 0)
        return lay_out(rows, cols - queue, queue, n, (enum grid_density)density);
    struct grid_layout layout;
    for (int d = DENSITY_LARGE; d < DENSITIES; d++) {
        layout = lay_out(rows, cols - queue, queue, n, (enum grid_density)d);
        if ((size_t)layout.lines * (size_t)layout.columns >= n)
            break;
    }
    return layout;
}

/* -- what is seen ------------------------------------------------------------------------------ */

void grid_init(struct grid *grid)
{
    *grid = (struct grid){.density = -1};
}

void grid_recalc(struct grid *grid, const struct view *view)
{
    grid->n = view->roll->n;
    grid->at = view->roll->at;
    grid->layout = grid_lay_out(view->rows, view->cols, grid->n, grid->density);
    size_t columns = (size_t)grid->layout.columns, lines = (size_t)grid->layout.lines;
    size_t row = grid->at / columns, all = (grid->n + columns - 1) / columns;
    grid->top = roll_scroll(grid->top, row, lines, all);
    queue_recalc(grid, view);
}

size_t grid_above(const struct grid *grid)
{
    return grid->top * (size_t)grid->layout.columns;
}

size_t grid_below(const struct grid *grid)
{
    size_t seen = (grid->top + (size_t)grid->layout.lines) * (size_t)grid->layout.columns;
    return grid->n > seen ? grid->n - seen : 0;
}
