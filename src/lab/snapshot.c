/*
 * The snapshot's life, the words for what is broken, and its JSON.
 */
#include "lab/snapshot.h"

#include <assert.h>
#include <math.h>

#include "base/text.h"

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
    [TROUBLE_PROMETHEUS] = {"prometheus", "Prometheus does not answer: see \"lectern ps\" and "
                                          "\"lectern logs prometheus\"."},
    [TROUBLE_EXPORTER] = {"exporter", "Prometheus cannot reach the exporter: "
                                      "see \"lectern logs exporter-students\"."},
    [TROUBLE_CONTROL] = {"control", "The control database cannot be read: "
                                    "see \"lectern logs postgres\"."},
    [TROUBLE_DAEMON] = {"daemon", "lecternd measures nothing: see \"lectern ps\" and "
                                  "\"lectern logs lecternd\"."},
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

static const char *const freshness_names[] = {
    [FRESH] = "fresh", [FRESH_LATE] = "late", [FRESH_STALE] = "stale", [FRESH_NEVER] = "never"};

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *words(const char *text)
{
    json_t *value = json_string(text != NULL ? text : "");
    if (value != NULL)
        return value;
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    return json_string(safe);
}

static json_t *step_json(const struct snapshot_step *step)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", words(step->name));
    json_object_set_new(object, "title", words(step->title));
    json_object_set_new(object, "score", number(step->score));
    return object;
}

static json_t *student_json(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    json_t *object = json_object();
    json_object_set_new(object, "login", words(student->login));
    json_object_set_new(object, "name", words(student->name));
    json_object_set_new(object, "seat", words(student->seat));
    json_object_set_new(object, "group", words(student->group));
    json_object_set_new(object, "progress", number(student->progress));
    json_object_set_new(object, "state", json_string(state_name(student->state)));
    json_object_set_new(object, "reason", words(student->reason));
    json_object_set_new(object, "current_step", words(student->current_step));
    double since = student->last_progress_us > 0
                       ? (double)(snapshot->now_us - student->last_progress_us) / 1e6
                       : (double)NAN;
    json_object_set_new(object, "seconds_since_progress", number(since < 0 ? 0 : since));
    json_t *steps = json_array();
    for (size_t i = 0; i < student->n_steps; i++)
        json_array_append_new(steps, step_json(&student->steps[i]));
    json_object_set_new(object, "steps", steps);
    return object;
}

json_t *snapshot_json(const struct snapshot *snapshot)
{
    json_t *object = json_object();
    json_object_set_new(object, "lab", words(snapshot->lab));
    json_object_set_new(object, "title", words(snapshot->title));
    json_object_set_new(object, "freshness", json_string(freshness_names[snapshot->freshness]));
    json_object_set_new(object, "trouble", json_string(snapshot_trouble_name(snapshot->trouble)));
    json_object_set_new(object, "message", json_string(snapshot_trouble_text(snapshot->trouble)));
    json_object_set_new(object, "age_seconds", number(snapshot->age_s));
    json_object_set_new(object, "median", number(snapshot->median));
    json_t *students = json_array();
    for (size_t i = 0; i < snapshot->n_students; i++)
        json_array_append_new(students, student_json(snapshot, &snapshot->students[i]));
    json_object_set_new(object, "students", students);
    return object;
}
