/*
 * The heat map's model: students down, the task's steps across, what changed when, what of it is
 * seen, and how the steps' names stand above it.  Pure C, no curses.
 */
#ifndef LECTERN_UI_HEAT_H
#define LECTERN_UI_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/roll.h"

enum heat_age { HEAT_OLD, HEAT_RECENT, HEAT_NEW }; /* more than a minute; less; just now */

struct heat_layout {
    int name_width; /* of the column that stays: sign, name, percent */
    int column_width;
    int head;          /* lines of the steps' names: each is a line below the one before it */
    int foot;          /* lines below the students: the totals, and the legend */
    int rows, columns; /* students and steps that are seen, at least 1 */
};

struct heat {
    struct heat_row *rows; /* what is remembered of each student */
    size_t n_rows, n_steps;
    size_t top, left; /* the first student and step that are seen */
    size_t n, at;     /* the roll's */
    size_t step;      /* the selected one */
    struct heat_layout layout;
};

/* `longest`: columns of the longest name of a step. */
struct heat_layout heat_lay_out(int rows, int cols, size_t n_students, size_t n_steps, int longest);

void heat_release(struct heat *heat); /* all zero is fine, too */
/* Remember the scores, and see which changed. */
void heat_learn(struct heat *heat, const struct snapshot *snapshot);
enum heat_age heat_age(const struct heat *heat, const struct snapshot *snapshot, size_t student,
                       size_t step);
/* Layout and scrolling for a body of that size; after heat_learn(). */
void heat_recalc(struct heat *heat, const struct snapshot *snapshot, const struct roll *roll,
                 int rows, int cols);

/* Title of a step; "" when it is not known. */
const char *heat_title(const struct snapshot *snapshot, size_t step);
/* Of the students who came, those who have not finished the step. */
size_t heat_lacking(const struct snapshot *snapshot, size_t step, size_t *ret_of);

#endif
