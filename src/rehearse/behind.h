/*
 * Who truly falls behind, whatever the reason: known from what everybody does in the whole lesson.
 * Shared by the robots of a rehearsal and by the model of tests/bench/need_model.c.  Pure.
 */
#ifndef LECTERN_REHEARSE_BEHIND_H
#define LECTERN_REHEARSE_BEHIND_H

#include <stdbool.h>
#include <stddef.h>

/* What one robot had done at each minute of the lesson, as parts of the lab. */
struct course {
    double came_s;
    bool left_behind;            /* works at a fraction of the pace as long as it is here */
    const double *work, *handed; /* done; and handed in */
};

struct behind_calls {
    /* Whether robot `i` has another need at that time. */
    bool (*has_other)(size_t i, double at_s, void *data);
    /* A need to be behind, in the order of onset; `visible_s` NAN: it cannot be known. */
    void (*tell)(size_t i, double onset_s, double visible_s, double until_s, void *data);
    void *data;
};

/* Who has done less than half of what the class (its median) had done as long after coming, and
 * lacks a quarter of the lab to it, is behind.  Who is left behind is from its coming to the end.
 */
void behind_find(const struct course *courses, size_t n, size_t minutes, double lesson_s,
                 const struct behind_calls *calls);

#endif
