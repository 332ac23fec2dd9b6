/*
 * The truth about a robot, told in time.
 */
#include "rehearse/truth.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rehearse/laws.h"

void truth_init(struct truth *truth, const struct robot_script *script, double lesson_s)
{
    *truth = (struct truth){.needs = script->needs, .n = script->n_needs, .lesson_s = lesson_s};
    truth->told = mem_alloc_array(truth->n + 1, sizeof(*truth->told));
}

void truth_release(struct truth *truth)
{
    free(truth->told);
    truth->told = NULL;
}

/* The lesson's end is not put off by anybody's lag. */
static double until_of(const struct truth *truth, double until_s, double lag_s)
{
    return until_s >= truth->lesson_s ? truth->lesson_s : fmin(until_s + lag_s, truth->lesson_s);
}

void truth_begin(struct truth *truth, double at_s, double lag_s, truth_cb tell, void *data)
{
    for (size_t i = 0; i < truth->n; i++) {
        const struct robot_need *need = &truth->needs[i];
        struct told *told = &truth->told[i];
        if (told->begun || need->onset_s > at_s)
            continue;
        *told = (struct told){.begun = true, .need = *need};
        told->need.onset_s += lag_s;
        told->need.visible_s += lag_s;
        told->need.until_s = until_of(truth, need->until_s, lag_s);
        tell(i, &told->need, data);
    }
}

void truth_end(struct truth *truth, double now_s, truth_cb tell, void *data)
{
    for (size_t i = 0; i < truth->n; i++) {
        struct told *told = &truth->told[i];
        if (!told->begun || told->ended || told->need.until_s > now_s)
            continue;
        told->ended = true;
        if (told->changed)
            tell(i, &told->need, data);
    }
}

void truth_break_off(struct truth *truth, double now_s, truth_cb tell, void *data)
{
    for (size_t i = 0; i < truth->n; i++) {
        struct told *told = &truth->told[i];
        if (!told->begun || told->ended || told->need.until_s <= now_s)
            continue;
        told->need.until_s = now_s;
        if (!(told->need.visible_s + laws.least_need_s <= now_s))
            told->need.visible_s = (double)NAN;
        told->changed = true;
    }
    truth_end(truth, now_s, tell, data);
}

void truth_put_off(struct truth *truth, double now_s, double by_s)
{
    for (size_t i = 0; i < truth->n; i++) {
        struct told *told = &truth->told[i];
        if (!told->begun || told->ended)
            continue;
        told->changed = true;
        if (told->need.visible_s > now_s)
            told->need.visible_s += by_s;
        if (told->need.until_s < truth->lesson_s)
            told->need.until_s = until_of(truth, told->need.until_s, by_s);
    }
}

double truth_next(const struct truth *truth, double lag_s)
{
    double next = (double)INFINITY;
    for (size_t i = 0; i < truth->n; i++) {
        const struct told *told = &truth->told[i];
        if (!told->begun)
            next = fmin(next, truth->needs[i].onset_s + lag_s);
        else if (!told->ended)
            next = fmin(next, told->need.until_s);
    }
    return next;
}
