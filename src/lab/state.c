/*
 * A student's state: its names and signs, and the rule that computes it.
 */
#include "lab/state.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    const char *glyph;
    char letter;
} signs[STATES] = {
    [STATE_UNKNOWN] = {"unknown", "?", '?'},      [STATE_ABSENT] = {"absent", "\u00b7", 'A'},
    [STATE_IDLE] = {"idle", "\u25cc", 'I'},       [STATE_WORKING] = {"working", "\u25b6", 'W'},
    [STATE_BEHIND] = {"behind", "\u25e3", 'B'},   [STATE_STUCK] = {"stuck", "\u25b2", 'S'},
    [STATE_BLOCKED] = {"blocked", "\u25a0", 'L'}, [STATE_DONE] = {"done", "\u2714", 'D'},
};

const char *state_name(enum student_state state)
{
    assert(state < STATES);
    return signs[state].name;
}

bool state_parse(const char *name, enum student_state *ret_state)
{
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(signs[i].name, name) == 0) {
            *ret_state = (enum student_state)i;
            return true;
        }
    return false;
}

const char *state_glyph(enum student_state state)
{
    assert(state < STATES);
    return signs[state].glyph;
}

char state_letter(enum student_state state)
{
    assert(state < STATES);
    return signs[state].letter;
}

/* Without a session for so many times the idle limit: no longer here. */
enum { ABSENT_FACTOR = 3 };

/* Seconds since `then`; a time that is in the future (clocks differ) is now. */
static int64_t age_s(int64_t now_us, int64_t then_us)
{
    return then_us >= now_us ? 0 : (now_us - then_us) / 1000000;
}

enum student_state state_compute(const struct state_input *in)
{
    double factor = in->time_factor > 0 ? in->time_factor : 1;
    int64_t active_us =
        in->last_activity_us > in->first_seen_us ? in->last_activity_us : in->first_seen_us;
    int64_t moved_us =
        in->last_progress_us > in->first_seen_us ? in->last_progress_us : in->first_seen_us;
    int64_t quiet_s = age_s(in->now_us, active_us);

    /* Rounding: a weighted mean of ones need not be exactly one. */
    if (in->progress >= 1 - 1e-9)
        return STATE_DONE;
    if (in->sessions <= 0 && (active_us == 0 || quiet_s >= ABSENT_FACTOR * in->idle_after_s))
        return STATE_ABSENT;
    /* Before unknown: a student's own open lock is the usual reason for not knowing. */
    if (in->in_transaction)
        return STATE_BLOCKED;
    if (isnan(in->progress))
        return STATE_UNKNOWN;
    if (active_us != 0 && quiet_s >= in->idle_after_s)
        return STATE_IDLE;
    if (moved_us != 0 && (double)age_s(in->now_us, moved_us) >= (double)in->stuck_after_s * factor)
        return STATE_STUCK;
    /* Who has more time is expected to be as far as the class was at that part of it. */
    if (!isnan(in->median) && in->progress < in->median / factor - in->behind_by)
        return STATE_BEHIND;
    return STATE_WORKING;
}
