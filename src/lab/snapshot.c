/*
 * The snapshot's life, and the words for what is broken.
 */
#include "lab/snapshot.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void snapshot_init(struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){.arena = ARENA_INIT,
                                  .lab = "",
                                  .title = "",
                                  .freshness = FRESH_NEVER,
                                  .age_s = (double)NAN,
                                  .median = (double)NAN,
                                  .lesson.left_s = (double)NAN,
                                  .announcement = "",
                                  .hardest = -1};
}

void snapshot_release(struct snapshot *snapshot)
{
    arena_release(&snapshot->arena);
    snapshot_init(snapshot);
}

static const struct {
    const char *name;
    const char *text;
} troubles[] = {
    /* Each fits on one line of the smallest screen. */
    [TROUBLE_NONE] = {"none", ""},
    [TROUBLE_PROMETHEUS] = {"prometheus",
                            "Prometheus does not answer: \"lectern doctor\" tells why."},
    [TROUBLE_EXPORTER] = {"exporter", "Prometheus cannot reach the exporter: \"lectern doctor\" "
                                      "tells why."},
    [TROUBLE_CONTROL] = {"control", "The control database cannot be read: \"lectern doctor\" "
                                    "tells why."},
    [TROUBLE_DAEMON] = {"daemon", "lecternd measures nothing: \"lectern doctor\" tells why."},
    [TROUBLE_NO_LAB] = {"no_lab", "No lab is current: \"lectern demo\" shows one, \"lectern apply "
                                  "LAB\" makes one."},
};

const char *snapshot_trouble_text(enum trouble trouble)
{
    assert(trouble < sizeof troubles / sizeof troubles[0]);
    return troubles[trouble].text;
}

const char *snapshot_trouble_name(enum trouble trouble)
{
    assert(trouble < sizeof troubles / sizeof troubles[0]);
    return troubles[trouble].name;
}

static const char *const lesson_names[] = {[LESSON_NONE] = "none",
                                           [LESSON_RUNNING] = "running",
                                           [LESSON_PAUSED] = "paused",
                                           [LESSON_ENDING] = "ending",
                                           [LESSON_ENDED] = "ended"};

const char *snapshot_lesson_name(enum lesson_state state)
{
    assert(state < sizeof lesson_names / sizeof lesson_names[0]);
    return lesson_names[state];
}

bool snapshot_is_stuck(const struct snapshot *snapshot)
{
    size_t n = 0;
    if (snapshot->hardest < 0 || (size_t)snapshot->hardest >= snapshot->n_steps)
        return false;
    const char *step = snapshot->steps[snapshot->hardest];
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        bool needs = student->need == NEED_HAND || student->need == NEED_BLOCKED ||
                     student->need == NEED_STUCK || student->need == NEED_BEHIND;
        n += needs && strcmp(student->current_step, step) == 0;
    }
    return n >= 2;
}
