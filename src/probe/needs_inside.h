/*
 * Between needs.c, needs_memory.c and needs_lacks.c: what is kept of a class while it is measured.
 */
#ifndef LECTERN_PROBE_NEEDS_INSIDE_H
#define LECTERN_PROBE_NEEDS_INSIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/measured.h"
#include "lab/class.h"
#include "lab/lesson_plan.h"
#include "lab/need.h"
#include "lab/pace.h"

/* The hand that a student has up. */
struct hand {
    int64_t since_us; /* 0: none */
    int helped;       /* times so far */
};

struct needs {
    struct measured_lab *lab;
    struct class class;
    struct pace *paces;
    struct need *needs;
    double *factors, *steps;
    double *waiting_s, *unknown_s; /* since when; NAN */
    struct hand *hands;
    bool begun;                /* the clock is set */
    char *lesson_text;         /* what was read last; NULL: nothing was */
    struct lesson_plan lesson; /* its clock is also that of a class without a lesson: since the
                             first look, without pauses */
    double speed;              /* of the class's clock: robots play faster than people */
    int64_t learnt_us;
    struct class_lack *lacks; /* as they were told last */
    int hardest;
    bool lacks_told;
    int64_t lacks_us;
    int64_t remembered_us; /* when the memory was given last */
    uint64_t remembered;   /* what stood in it, in short */
};

/* Seconds of the class; NAN: never. */
double needs_seconds(const struct needs *needs, int64_t us);
int64_t needs_moment_us(const struct needs *needs, double seconds); /* NAN: 0 */

/* Take over what is remembered of this lesson (or, without one, of a class of today); false: there
 * is nothing that fits. */
bool needs_remember(struct needs *needs, int64_t now_us);

#endif
