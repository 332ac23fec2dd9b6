/*
 * Who falls behind.
 */
#include "rehearse/behind.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rehearse/laws.h"

enum curve { WORK, HANDED };

struct behind {
    const struct course *courses;
    size_t n, minutes;
    double lesson_s;
    double *work, *handed; /* the class's medians, by the minute after coming */
    const struct behind_calls *calls;
};

/* What was done at `minute` after coming; NAN: that is behind the lesson's end. */
static double after_coming(const struct behind *b, size_t i, enum curve curve, size_t minute)
{
    const struct course *course = &b->courses[i];
    size_t m = (size_t)(course->came_s / 60) + minute;
    return m >= b->minutes ? (double)NAN : curve == WORK ? course->work[m] : course->handed[m];
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* NAN where few are left. */
static double *medians_of(const struct behind *b, enum curve curve)
{
    double *medians = mem_alloc_array(b->minutes + 1, sizeof(*medians));
    double *values = mem_alloc_array(b->n + 1, sizeof(*values));
    for (size_t m = 0; m < b->minutes; m++) {
        size_t count = 0;
        for (size_t i = 0; i < b->n; i++) {
            double done = after_coming(b, i, curve, m);
            if (b->courses[i].came_s < b->lesson_s && !isnan(done))
                values[count++] = done;
        }
        qsort(values, count, sizeof(*values), compare_numbers);
        medians[m] = count > 2 ? values[count / 2] : (double)NAN;
    }
    free(values);
    return medians;
}

static void tell(const struct behind *b, size_t i, double onset_s, double visible_s, double until_s)
{
    b->calls->tell(i, onset_s, visible_s, until_s, b->calls->data);
}

static void find(const struct behind *b, size_t i)
{
    const struct course *course = &b->courses[i];
    double onset = (double)NAN, visible = (double)NAN, first_visible = (double)NAN;
    for (size_t m = 0; m < b->minutes; m++) {
        double at = course->came_s + 60 * (double)m;
        bool is = laws_far_behind(after_coming(b, i, WORK, m), b->work[m]) &&
                  !b->calls->has_other(i, at, b->calls->data);
        if (is && isnan(onset))
            onset = at;
        if (is && isnan(visible) && laws_far_behind(after_coming(b, i, HANDED, m), b->handed[m]))
            visible = at;
        if (is || isnan(onset))
            continue;
        if (at - onset < laws.least_behind_s)
            visible = (double)NAN;
        if (!course->left_behind)
            tell(b, i, onset, visible, at);
        else if (isnan(first_visible))
            first_visible = visible;
        onset = visible = (double)NAN;
    }
    if (course->left_behind)
        tell(b, i, course->came_s, first_visible, b->lesson_s);
}

void behind_find(const struct course *courses, size_t n, size_t minutes, double lesson_s,
                 const struct behind_calls *calls)
{
    struct behind b = {courses, n, minutes, lesson_s, NULL, NULL, calls};
    b.work = medians_of(&b, WORK);
    b.handed = medians_of(&b, HANDED);
    for (size_t i = 0; i < n; i++)
        if (courses[i].came_s < lesson_s)
            find(&b, i);
    free(b.work);
    free(b.handed);
}
