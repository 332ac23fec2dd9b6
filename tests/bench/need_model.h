/*
 * The model: classes of robots with known truth, for the measure of need.  Pure and seeded.  Each
 * robot's lesson is a row of events as they happen; which needs it has, from when and from when
 * they can be known, is written down with it, by the rules in need.md, before anything looks at it.
 */
#ifndef LECTERN_BENCH_NEED_MODEL_H
#define LECTERN_BENCH_NEED_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/need.h"
#include "rehearse/profile.h"

enum model_event_kind {
    MODEL_IN,
    MODEL_OUT,
    MODEL_ACT,   /* a statement reached the server */
    MODEL_SCORE, /* `step` has `score` from now on */
    MODEL_ERROR, /* the `step`-th of the errors that this robot makes */
    MODEL_OPEN,  /* its transaction sits open */
    MODEL_CLOSE,
    MODEL_WAIT, /* for a lock of robot `step` */
    MODEL_WAITED,
    MODEL_KEEPS, /* robot `step` waits for it */
    MODEL_KEPT,
    MODEL_HAND,
    MODEL_HELPED,
    MODEL_REFUSED, /* a wrong password */
    MODEL_HIDE,    /* nothing can be measured */
    MODEL_SHOW,
};

struct model_event {
    double at_s;   /* when it happens */
    double seen_s; /* when lecternd can know of it */
    enum model_event_kind kind;
    int step;
    double score;
};

/* A need that a robot truly has. */
struct model_need {
    enum need_kind kind;
    double onset_s, visible_s,
        end_s; /* visible NAN: it cannot be known; such a need is not counted */
};

struct model_robot {
    enum profile profile;
    double time_factor;
    struct model_event *events; /* by seen_s */
    size_t n_events, events_capacity;
    struct model_need *needs;
    size_t n_needs, needs_capacity;
};

struct model_class {
    const char *lab;
    double lesson_s;
    size_t n_steps;
    struct model_robot *robots;
    size_t n_robots;
};

/* A class of `n` on the library lab (even seeds) or chinook. */
void model_play(unsigned long seed, size_t n, struct model_class *ret_class);
void model_release(struct model_class *class);

#endif
