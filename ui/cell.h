/*
 * A student's cell: the same in the grid and at the seats, in four densities.
 */
#ifndef LECTERN_UI_CELL_H
#define LECTERN_UI_CELL_H

#include "ui/grid.h"

struct cell {
    const struct view *view;
    const struct snapshot_student *student;
    enum grid_density density;
    int y, x, width, height; /* without what separates it from the next */
    bool selected;
    bool focused; /* the keys are where this cell is */
};

void cell_paint(const struct cell *cell);

#endif
