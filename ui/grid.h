/*
 * The grid's model: how large the students are shown, what of them is seen, and how the column of
 * who needs help is laid out.  Pure C, no curses.
 */
#ifndef LECTERN_UI_GRID_H
#define LECTERN_UI_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/roll.h"
#include "ui/student.h"

enum grid_density { DENSITY_LARGE, DENSITY_CARDS, DENSITY_LINES, DENSITY_CELLS, DENSITIES };

enum {
    GRID_MIN_COLS = 80,
    GRID_MIN_ROWS = 24,
};

/* Where the cells go, in the body of `rows` lines and `cols` columns. */
struct grid_layout {
    enum grid_density density;
    int queue_width;             /* columns left of the cells, with their rule */
    int columns;                 /* of cells, at least 1 */
    int cell_width, cell_height; /* with what separates them */
    int lines;                   /* rows of cells that are seen, at least 1 */
};

/* `density` is what the lab master chose, or -1: the largest in which all `n` are seen. */
struct grid_layout grid_lay_out(int rows, int cols, size_t n, int density);

struct grid {
    int density;  /* chosen, or -1 */
    size_t n, at; /* the roll's */
    size_t top;   /* first row of cells that is seen */
    struct grid_layout layout;
    bool in_queue;    /* the keys move in the column of who needs help */
    size_t queue_at;  /* there */
    size_t queue_top; /* the first of the queue that is seen */
    size_t queue_end; /* behind the last that is */
};

void grid_init(struct grid *grid);
/* Bring layout and scrolling up to date. */
void grid_recalc(struct grid *grid, const struct view *view);
size_t grid_above(const struct grid *grid); /* students that are scrolled off the top */
size_t grid_below(const struct grid *grid);

/* -- the queue: ui/grid_queue.c ---------------------------------------------------------------- */

/* Bring the queue's part of the grid up to date. */
void queue_recalc(struct grid *grid, const struct view *view);
/* Move in it; the roll's selection goes with it. */
void queue_move(struct grid *grid, const struct view *view, long by);
/* The place in the queue that is painted on that line of the screen; -1: none. */
long queue_at_line(const struct grid *grid, const struct view *view, int y);
void queue_paint(const struct grid *grid, const struct view *view);

#endif
