/*
 * The plan of a lesson: its clock with all pauses, its length, and who has extra time, as lecternd
 * asks the control database for them at each look.
 */
#ifndef LECTERN_LAB_LESSON_PLAN_H
#define LECTERN_LAB_LESSON_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/lesson.h"

struct lesson_extra {
    int student_id;
    double seconds;
};

struct lesson_plan {
    int lesson_id;               /* 0: there is none */
    struct lesson_clock clock;   /* stands still from the end on */
    struct lesson_pause *pauses; /* the clock's */
    double length_s;             /* 0: it ends when it is ended */
    int64_t ended_us;            /* 0: not yet; may lie in the future */
    struct lesson_extra *extras;
    size_t n_extras;
};

/* Read {"lesson": id, "start": us, "length": s, "ended": us, "pauses": [[from, to], ...], "extra":
 * {"<student_id>": s, ...}}, nulls where there is none; NULL or "": no lesson.  False, and no
 * lesson, for what is not that. */
bool lesson_plan_read(struct lesson_plan *plan, const char *text);
void lesson_plan_release(struct lesson_plan *plan);
/* By how much more time a student with extra time has; 1 for all others and an open end. */
double lesson_plan_factor(const struct lesson_plan *plan, int student_id);

#endif
