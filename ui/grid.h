/*
 * The grid's model: who stands where, how large, and who needs help first.  Pure C, no curses.
 */
#ifndef LECTERN_UI_GRID_H
#define LECTERN_UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/snapshot.h"

struct strbuf;

enum grid_sort { SORT_ROSTER, SORT_PROGRESS, SORT_STATE, SORT_NAME, SORTS };
enum grid_density { DENSITY_LARGE, DENSITY_CARDS, DENSITY_LINES, DENSITY_CELLS, DENSITIES };

enum {
    GRID_QUEUE_FROM = 100, /* columns: as wide a screen has the column of who needs help */
    GRID_MIN_COLS = 80,
    GRID_MIN_ROWS = 24,
};

/* Where the cells go, in the body of `rows` lines and `cols` columns. */
struct grid_layout {
    enum grid_density density;
    int queue_width;             /* columns left of the cells, with their rule; 0: none */
    int columns;                 /* of cells, at least 1 */
    int cell_width, cell_height; /* with what separates them */
    int lines;                   /* rows of cells that are seen, at least 1 */
};

/* `density` is what the lab master chose, or -1: the largest in which all `n` are seen. */
struct grid_layout grid_lay_out(int rows, int cols, size_t n, int density);

struct grid {
    enum grid_sort sort;
    int density;    /* chosen, or -1 */
    char *selected; /* login; NULL: nobody */
    size_t *order;  /* indexes into the snapshot's students */
    size_t n, capacity;
    size_t at;    /* of the selected student in `order` */
    size_t top;   /* first row of cells that is seen */
    size_t *need; /* indexes of who needs help, the most urgent first */
    size_t n_need;
    struct grid_layout layout;
};

void grid_init(struct grid *grid);
void grid_release(struct grid *grid);
/* Bring order, needs, layout and scrolling up to date; the selection follows its student. */
void grid_recalc(struct grid *grid, const struct snapshot *snapshot, int rows, int cols);
/* Move the selection by cells; stays inside.  Then call grid_recalc(). */
void grid_move(struct grid *grid, const struct snapshot *snapshot, long by);
size_t grid_above(const struct grid *grid); /* students that are scrolled off the top */
size_t grid_below(const struct grid *grid);
const char *grid_sort_name(enum grid_sort sort);

/* What a student is called on the screen: the name, or the login where there is none. */
const char *student_label(const struct snapshot_student *student);
bool student_needs_help(const struct snapshot_student *student);
/* Seconds since the last progress; -1: there never was any. */
int64_t student_idle_s(const struct snapshot *snapshot, const struct snapshot_student *student);
/* Why: what lecternd said, or the words that follow from the state. */
void student_reason(const struct snapshot *snapshot, const struct snapshot_student *student,
                    struct strbuf *out);

#endif
