/*
 * What is true of one robot, and what of it was told already.  A need is told when it begins, with
 * the times at which it can be known and will end; when the robot's clock is put back after that,
 * what was still to come moves with it, and the need is told once more at its end.  Pure.
 *
 * Times are seconds of the class since the start; the plan's are that without the robot's lag.
 */
#ifndef LECTERN_REHEARSE_TRUTH_H
#define LECTERN_REHEARSE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "rehearse/script.h"

struct told {
    struct robot_need need;
    bool begun, changed, ended;
};

struct truth {
    const struct robot_need *needs; /* borrowed */
    struct told *told;
    size_t n;
    double lesson_s;
};

void truth_init(struct truth *truth, const struct robot_script *script, double lesson_s);
void truth_release(struct truth *truth);

typedef void (*truth_cb)(size_t index, const struct robot_need *need, void *data);

/* Tell what begins until `at_s` of the plan. */
void truth_begin(struct truth *truth, double at_s, double lag_s, truth_cb tell, void *data);
/* Tell anew what has ended by now and had changed. */
void truth_end(struct truth *truth, double now_s, truth_cb tell, void *data);
/* Everything ends now. */
void truth_break_off(struct truth *truth, double now_s, truth_cb tell, void *data);
/* The robot's clock was put back by `by_s`. */
void truth_put_off(struct truth *truth, double now_s, double by_s);
/* When there is next something to tell; INFINITY: never. */
double truth_next(const struct truth *truth, double lag_s);

#endif
