/*
 * The snapshot as JSON.  Times are text ("2026-03-01T10:42:07Z") or null, spans are seconds.
 */
#include <math.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "lab/snapshot.h"

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

static json_t *moment(int64_t at_us)
{
    if (at_us <= 0)
        return json_null();
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    clock_format_utc(at_us, &text);
    return json_string(text.text);
}

static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void put_words(json_t *object, const char *key, const char *text)
{
    put(object, key, words(text));
}

/* -- students ---------------------------------------------------------------------------------- */

static json_t *check_json(const struct snapshot_check *check)
{
    json_t *object = json_object();
    put_words(object, "title", check->title);
    put(object, "score", number(check->score));
    put_words(object, "verdict", check->verdict);
    return object;
}

static json_t *step_json(const struct snapshot_step *step)
{
    json_t *object = json_object();
    put_words(object, "name", step->name);
    put_words(object, "title", step->title);
    put(object, "score", number(step->score));
    if (step->checks == NULL)
        return object;
    json_t *checks = json_array();
    for (size_t i = 0; i < step->n_checks; i++)
        json_array_append_new(checks, check_json(&step->checks[i]));
    put_words(object, "hint", step->hint);
    put(object, "checks", checks);
    return object;
}

static json_t *student_json(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    json_t *object = json_object();
    put_words(object, "login", student->login);
    put_words(object, "name", student->name);
    put_words(object, "seat", student->seat);
    put_words(object, "group", student->group);
    put(object, "progress", number(student->progress));
    put_words(object, "state", state_name(student->state));
    put_words(object, "need", need_name(student->need));
    put(object, "need_since", moment(student->need_since_us));
    put_words(object, "reason", student->reason);
    put(object, "hand",
        student->hand > 0 ? json_integer((json_int_t)snapshot->hands[student->hand - 1].id)
                          : json_null());
    put_words(object, "current_step", student->current_step);
    double since = student->last_progress_us > 0
                       ? (double)(snapshot->now_us - student->last_progress_us) / 1e6
                       : (double)NAN;
    put(object, "seconds_since_progress", number(since < 0 ? 0 : since));
    put(object, "last_activity", moment(student->last_activity_us));
    put(object, "failed_logins", json_integer(student->failed_logins));
    put(object, "helped_today", json_integer(student->helped));
    put(object, "extra_seconds", number(student->extra_s));
    json_t *steps = json_array();
    for (size_t i = 0; i < student->n_steps; i++)
        json_array_append_new(steps, step_json(&student->steps[i]));
    put(object, "steps", steps);
    return object;
}

/* -- the class --------------------------------------------------------------------------------- */

static json_t *lesson_json(const struct snapshot_lesson *lesson)
{
    json_t *object = json_object();
    put_words(object, "state", snapshot_lesson_name(lesson->state));
    put(object, "started", moment(lesson->started_us));
    put(object, "elapsed_seconds",
        lesson->state == LESSON_NONE ? json_null() : number(lesson->elapsed_s));
    put(object, "left_seconds", number(lesson->left_s));
    return object;
}

static json_t *hand_json(const struct snapshot *snapshot, const struct snapshot_hand *hand)
{
    const struct snapshot_student *student = &snapshot->students[hand->student];
    json_t *object = json_object();
    put(object, "hand", json_integer((json_int_t)hand->id));
    put_words(object, "login", student->login);
    put_words(object, "name", student->name);
    put_words(object, "seat", student->seat);
    put_words(object, "state", hand->state);
    put_words(object, "message", hand->message);
    put(object, "raised", moment(hand->raised_us));
    put_words(object, "helper", hand->helper);
    put(object, "claimed", moment(hand->claimed_us));
    put(object, "not_found", json_integer(hand->not_found));
    put_words(object, "outcome", hand->outcome);
    put_words(object, "note", hand->note);
    put(object, "resolved", moment(hand->resolved_us));
    return object;
}

static json_t *queue_json(const struct snapshot *snapshot)
{
    json_t *queue = json_array();
    for (size_t i = 0; i < snapshot->n_queue; i++) {
        const struct snapshot_student *student = &snapshot->students[snapshot->queue[i]];
        const struct snapshot_hand *hand =
            student->hand > 0 ? &snapshot->hands[student->hand - 1] : NULL;
        json_t *object = json_object();
        put(object, "place", json_integer((json_int_t)i + 1));
        put_words(object, "login", student->login);
        put_words(object, "need", need_name(student->need));
        put_words(object, "reason", student->reason);
        put(object, "since", moment(student->need_since_us));
        put_words(object, "helper", hand != NULL ? hand->helper : "");
        json_array_append_new(queue, object);
    }
    return queue;
}

static json_t *stuck_json(const struct snapshot *snapshot)
{
    json_t *list = json_array();
    for (size_t i = 0; i < snapshot->n_steps && snapshot->lacks != NULL; i++) {
        const struct snapshot_lack *lack = &snapshot->lacks[i];
        json_t *object = json_object();
        put_words(object, "step", snapshot->steps[i]);
        put(object, "lacking", json_integer((json_int_t)lack->lack));
        put(object, "of", json_integer((json_int_t)lack->here));
        put(object, "at_work", json_integer((json_int_t)lack->at));
        put(object, "since", moment(lack->since_us));
        put_words(object, "missed", lack->missed);
        put(object, "missing_it", json_integer((json_int_t)lack->misses));
        put(object, "hardest", json_boolean(snapshot->hardest == (int)i));
        json_array_append_new(list, object);
    }
    return list;
}

json_t *snapshot_json(const struct snapshot *snapshot)
{
    json_t *object = json_object();
    put_words(object, "lab", snapshot->lab);
    put_words(object, "title", snapshot->title);
    put_words(object, "freshness", freshness_names[snapshot->freshness]);
    put_words(object, "trouble", snapshot_trouble_name(snapshot->trouble));
    put_words(object, "message", snapshot_trouble_text(snapshot->trouble));
    put(object, "age_seconds", number(snapshot->age_s));
    put(object, "median", number(snapshot->median));
    put(object, "lesson", lesson_json(&snapshot->lesson));
    put_words(object, "announcement", snapshot->announcement);
    put(object, "stuck_on", stuck_json(snapshot));
    put(object, "queue", queue_json(snapshot));
    json_t *hands = json_array();
    for (size_t i = 0; i < snapshot->n_hands; i++)
        json_array_append_new(hands, hand_json(snapshot, &snapshot->hands[i]));
    put(object, "hands", hands);
    put(object, "helped_today", json_integer((json_int_t)snapshot->helped_today));
    json_t *students = json_array();
    for (size_t i = 0; i < snapshot->n_students; i++)
        json_array_append_new(students, student_json(snapshot, &snapshot->students[i]));
    put(object, "students", students);
    return object;
}

/* -- what happened, and the open student ------------------------------------------------------- */

json_t *snapshot_events_json(const struct snapshot_event *events, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_object();
        put(object, "at", moment(events[i].at_us));
        put_words(object, "kind", events[i].kind);
        put_words(object, "login", events[i].login);
        put_words(object, "actor", events[i].actor);
        put_words(object, "text", events[i].text);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *errors_json(const struct snapshot_open *open)
{
    json_t *list = json_array();
    for (size_t i = 0; i < open->n_errors; i++) {
        const struct snapshot_error *error = &open->errors[i];
        json_t *object = json_object();
        put(object, "at", moment(error->at_us));
        put_words(object, "kind", error->kind);
        put_words(object, "sqlstate", error->sqlstate);
        put_words(object, "message", error->message);
        put_words(object, "statement", error->statement);
        put(object, "position", error->position > 0 ? json_integer(error->position) : json_null());
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *sessions_json(const struct snapshot_open *open)
{
    json_t *list = json_array();
    for (size_t i = 0; i < open->n_sessions; i++) {
        const struct snapshot_session *session = &open->sessions[i];
        json_t *object = json_object();
        put(object, "pid", json_integer(session->pid));
        put_words(object, "state", session->state);
        put_words(object, "application", session->application);
        put_words(object, "query", session->query);
        put(object, "since", moment(session->since_us));
        put_words(object, "waits_for", session->waits_for);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *points_json(const struct snapshot_point *points, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("[o, o]", moment(points[i].at_us), number(points[i].progress)));
    return list;
}

json_t *snapshot_student_json(const struct snapshot *snapshot,
                              const struct snapshot_student *student)
{
    const struct snapshot_open *open = &snapshot->open;
    json_t *object = student_json(snapshot, student), *hands = json_array();
    for (size_t i = 0; i < snapshot->n_hands; i++)
        if (&snapshot->students[snapshot->hands[i].student] == student)
            json_array_append_new(hands, hand_json(snapshot, &snapshot->hands[i]));
    put(object, "hands", hands);
    put(object, "errors", errors_json(open));
    put(object, "sessions", sessions_json(open));
    put(object, "timeline", points_json(open->points, open->n_points));
    put(object, "class_timeline", points_json(open->medians, open->n_medians));
    put(object, "history", snapshot_events_json(open->events, open->n_events));
    return object;
}
