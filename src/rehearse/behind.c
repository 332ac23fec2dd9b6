/*
 * Who falls behind, whatever the reason: known from all plans together.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rehearse/script_inside.h"

enum curve { WORK, HANDED };

/* What was done at `minute` after coming; NAN: that is behind the lesson's end. */
static double after_coming(const struct planner *p, enum curve curve, size_t minute)
{
    size_t m = (size_t)(p->came_s / 60) + minute;
    return m >= p->minutes ? (double)NAN : curve == WORK ? p->work[m] : p->handed[m];
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The class's median at each minute after coming; NAN where few are left. */
static double *curve_of(const struct planner *planners, size_t n, enum curve curve)
{
    size_t minutes = planners[0].minutes;
    double *medians = mem_alloc_array(minutes + 1, sizeof(*medians));
    double *values = mem_alloc_array(n + 1, sizeof(*values));
    for (size_t m = 0; m < minutes; m++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            double done = after_coming(&planners[i], curve, m);
            if (planners[i].came_s < planners[i].class->lesson_s && !isnan(done))
                values[count++] = done;
        }
        qsort(values, count, sizeof(*values), compare_numbers);
        medians[m] = count > 2 ? values[count / 2] : (double)NAN;
    }
    free(values);
    return medians;
}

static bool has_other(const struct planner *p, size_t n, double at_s)
{
    for (size_t i = 0; i < n; i++)
        if (at_s >= p->needs[i].onset_s && at_s < p->needs[i].until_s)
            return true;
    return false;
}

/* Who is left behind needs it from the beginning. */
static void find_behind(struct planner *p, const double *work, const double *handed)
{
    size_t others = p->n_needs;
    bool left_behind = p->profile == PROFILE_LEFT_BEHIND;
    double onset = (double)NAN, visible = (double)NAN;
    for (size_t m = 0; m < p->minutes; m++) {
        double at = p->came_s + 60 * (double)m;
        bool is = laws_far_behind(after_coming(p, WORK, m), work[m]) && !has_other(p, others, at);
        if (is && isnan(onset))
            onset = at;
        if (is && isnan(visible) && laws_far_behind(after_coming(p, HANDED, m), handed[m]))
            visible = at;
        if (is || isnan(onset))
            continue;
        if (at - onset < laws.least_behind_s)
            visible = (double)NAN;
        bool first = p->n_needs == others;
        plan_need(p, NEED_BEHIND, left_behind && first ? p->came_s : onset, visible, at);
        onset = visible = (double)NAN;
    }
    if (left_behind && p->n_needs == others) /* true, and cannot be known */
        plan_need(p, NEED_BEHIND, p->came_s, (double)NAN, p->class->lesson_s);
}

void plan_behind(struct planner *planners, size_t n)
{
    if (n == 0)
        return;
    double *work = curve_of(planners, n, WORK), *handed = curve_of(planners, n, HANDED);
    for (size_t i = 0; i < n; i++)
        if (planners[i].came_s < planners[i].class->lesson_s)
            find_behind(&planners[i], work, handed);
    free(work);
    free(handed);
}
