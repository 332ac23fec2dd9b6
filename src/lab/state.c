/*
 * A student's state: its names and signs.
 */
#include "lab/state.h"

#include <assert.h>
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
