/*
 * The lesson's clock.
 */
#include "lab/lesson.h"

#include <math.h>

double lesson_seconds(const struct lesson_clock *clock, int64_t at_us)
{
    if (at_us == 0)
        return (double)NAN;
    int64_t us = at_us - clock->start_us;
    for (size_t i = 0; i < clock->n_pauses; i++) {
        const struct lesson_pause *pause = &clock->pauses[i];
        if (at_us <= pause->from_us)
            break;
        us -= (pause->to_us == 0 || at_us < pause->to_us ? at_us : pause->to_us) - pause->from_us;
    }
    return (double)us / 1e6;
}
