/*
 * What came of a lesson, student by student: for the export.  And the arithmetic of its times, all
 * in seconds of the lesson's clock, so that pauses count nowhere.  Pure.
 */
#ifndef LECTERN_LAB_OUTCOME_H
#define LECTERN_LAB_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/lesson.h"
#include "lab/need.h"

struct outcome_step {
    double score;    /* NAN: unknown */
    int64_t done_us; /* when it was first met, UTC; 0: never */
    double seconds;  /* that it took: outcome_step_seconds(); NAN: not known */
};

struct outcome_student {
    int student_id;
    const char *login, *name, *email, *seat, *group;
    double time_factor;
    double progress;                    /* NAN: unknown */
    int steps_done;                     /* -1: unknown */
    int64_t measured_us, first_seen_us; /* 0: never */
    const char *reason;                 /* why some of it is unknown; "" */
    struct outcome_step *steps;         /* of outcome.steps */
    double needs[NEEDS];                /* seconds for which each was shown */
    int hands, helped;
    double hands_wait_s;
    int resets, errors, notes;
    int64_t extra_s;
};

struct outcome {
    struct arena arena;
    const char *lab, *title;
    int number; /* of the lesson, from 1; 0: there was none, and all of the lab's time is told */
    struct lesson lesson;
    bool frozen;   /* the results stand; else they are those of `at_us` */
    int64_t at_us; /* until when is told */
    const char *const *step_names, *const *step_titles;
    size_t n_steps;
    struct outcome_student *students; /* in the roster's order */
    size_t n_students;
};

void outcome_release(struct outcome *outcome);

/* Seconds of the lesson's clock of the part of [begin, end) that lies in [from, to); an `end_us` of
 * 0 is behind all. */
double outcome_span(const struct lesson_clock *clock, int64_t from_us, int64_t to_us,
                    int64_t begin_us, int64_t end_us);

/*
 * How long a student was at each step, into its `seconds`: from when the step before it was met
 * until it was first met itself.  The first one begins with the lesson, or when he was first seen
 * if that was later and before he met it; a student who was not seen coming, in no lesson
 * (`start_us` 0), has none.  Steps that one measurement found met at once share their time.  Steps
 * met before the lesson, or never, took no time that is known: NAN.
 */
void outcome_step_seconds(const struct lesson_clock *clock, int64_t start_us, int64_t first_seen_us,
                          struct outcome_step *steps, size_t n);

#endif
