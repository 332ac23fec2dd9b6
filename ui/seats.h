/*
 * The room: where the students sit, by their seats' names.  "C2", "A-12", "3/4", "r3c4" are a row
 * and a place in it; what is no such name, or is taken twice, comes into a list behind the rows.
 * Pure C, no curses.
 */
#ifndef LECTERN_UI_SEATS_H
#define LECTERN_UI_SEATS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/grid.h"

enum { SEAT_PART = 24 };

/* The two parts of a seat's name; false: it is no such name. */
bool seat_parse(const char *seat, char ret_row[SEAT_PART], char ret_place[SEAT_PART]);

struct place {
    size_t row, column; /* of the room; those of the list have rows from room.n_rows on */
    bool listed;
};

struct room {
    struct place *places; /* one per student of the snapshot */
    size_t n;
    char (*rows)[SEAT_PART]; /* the rows' names, from the front */
    size_t n_rows, n_columns;
    size_t n_listed;
};

void room_make(struct room *room, const struct snapshot *snapshot);
void room_release(struct room *room); /* all zero is fine, too */
/* All lines of cells, the list's included. */
size_t room_lines(const struct room *room);
/* The student of the roll who sits next in that direction; `from` where there is none. */
size_t room_next(const struct room *room, const struct roll *roll, size_t from, int down,
                 int right);

struct room_layout {
    enum grid_density density;
    int label_width; /* of the rows' names */
    int cell_width, cell_height;
    int lines, columns; /* of cells that are seen, at least 1 */
};
struct room_layout room_lay_out(int rows, int cols, size_t lines, size_t columns);

#endif
