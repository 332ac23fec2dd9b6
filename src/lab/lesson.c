/*
 * The lesson's clock.
 */
#include "lab/lesson.h"

#include <math.h>
#include <stdbool.h>

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

int64_t lesson_moment_us(const struct lesson_clock *clock, double seconds)
{
    if (isnan(seconds))
        return 0;
    int64_t at_us = clock->start_us + (int64_t)llround(seconds * 1e6);
    for (size_t i = 0; i < clock->n_pauses; i++) {
        const struct lesson_pause *pause = &clock->pauses[i];
        if (at_us <= pause->from_us || pause->to_us == 0)
            break;
        at_us += pause->to_us - pause->from_us;
    }
    return at_us;
}

/* -- the lesson itself ------------------------------------------------------------------------- */

enum lesson_state lesson_state_at(const struct lesson *lesson, int64_t at_us)
{
    const struct lesson_clock *clock = &lesson->clock;
    if (lesson->frozen_us != 0)
        return LESSON_ENDED;
    if (lesson->ended_us != 0 && at_us >= lesson->ended_us)
        return LESSON_ENDING;
    for (size_t i = 0; i < clock->n_pauses; i++)
        if (at_us >= clock->pauses[i].from_us &&
            (clock->pauses[i].to_us == 0 || at_us < clock->pauses[i].to_us))
            return LESSON_PAUSED;
    return LESSON_RUNNING;
}

static bool is_over(const struct lesson *lesson, int64_t at_us)
{
    return lesson->ended_us != 0 && at_us >= lesson->ended_us;
}

double lesson_elapsed(const struct lesson *lesson, int64_t at_us)
{
    return lesson_seconds(&lesson->clock, is_over(lesson, at_us) ? lesson->ended_us : at_us);
}

double lesson_left(const struct lesson *lesson, double extra_s, int64_t at_us)
{
    if (lesson->ended_us != 0)
        return is_over(lesson, at_us) ? 0 : (double)(lesson->ended_us - at_us) / 1e6;
    if (lesson->length_s == 0)
        return (double)NAN;
    return (double)lesson->length_s + extra_s - lesson_seconds(&lesson->clock, at_us);
}
