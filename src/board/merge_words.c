/*
 * The documents of the control database's words: assets/sql/console_class.sql and
 * console_student.sql make what is read here.
 */
#include <math.h>
#include <string.h>

#include "board/merge_inside.h"
#include "lab/lesson.h"

enum {
    HANDS_MAX = 1000,
    EVENTS_MAX = 200,
    ERRORS_MAX = 50,
    SESSIONS_MAX = 20,
    POINTS_MAX = 1100,
    PAUSES_MAX = 1000,
    TEXT_MAX = 2000, /* bytes */
};

static const char *text(struct arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    size_t len = json_string_length(value);
    return len == 0
               ? ""
               : arena_strndup(arena, json_string_value(value), len > TEXT_MAX ? TEXT_MAX : len);
}

static int64_t whole(const json_t *value)
{
    json_int_t n = json_integer_value(value);
    return n > 0 ? (int64_t)n : 0;
}

static int64_t moment(const json_t *object, const char *key)
{
    return whole(json_object_get(object, key));
}

static size_t count(const json_t *object, const char *key)
{
    int64_t n = moment(object, key);
    return n > INT32_MAX ? INT32_MAX : (size_t)n;
}

/* The array's length, `max` at most; 0 for whatever is no array. */
static size_t length(const json_t *array, size_t max)
{
    size_t n = json_array_size(array);
    return n > max ? max : n;
}

/* -- the class --------------------------------------------------------------------------------- */

static void take_lesson(struct snapshot *snapshot, const json_t *lesson)
{
    struct snapshot_lesson *to = &snapshot->lesson;
    const json_t *list = json_object_get(lesson, "pauses");
    size_t n = length(list, PAUSES_MAX);
    struct lesson_pause *pauses = arena_alloc_array(&snapshot->arena, n + 1, sizeof *pauses);
    bool frozen = json_is_true(json_object_get(lesson, "frozen"));
    struct lesson of = {.clock = {moment(lesson, "started"), pauses, n},
                        .length_s = moment(lesson, "length_s"),
                        .ended_us = moment(lesson, "ended"),
                        .frozen_us = frozen ? snapshot->now_us : 0};
    if (of.clock.start_us == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(list, i);
        pauses[i].from_us = whole(json_array_get(pair, 0));
        pauses[i].to_us = whole(json_array_get(pair, 1));
    }
    double elapsed_s = lesson_elapsed(&of, snapshot->now_us);
    to->state = lesson_state_at(&of, snapshot->now_us);
    to->started_us = of.clock.start_us;
    to->elapsed_s = elapsed_s > 0 ? elapsed_s : 0;
    to->left_s = lesson_left(&of, 0, snapshot->now_us);
    to->end_announced = !frozen && of.ended_us > snapshot->now_us;
}

static struct snapshot_student *student_of(struct snapshot *snapshot,
                                           const struct merge_entry *by_login, const char *login)
{
    const struct merge_entry *entry =
        login != NULL ? merge_find(by_login, snapshot->n_students, login) : NULL;
    return entry != NULL ? &snapshot->students[entry->index] : NULL;
}

static void take_students(struct snapshot *snapshot, const json_t *class,
                          const struct merge_entry *by_login)
{
    json_t *helped = json_object_get(class, "helped"), *value;
    json_t *extra = json_object_get(json_object_get(class, "lesson"), "extra");
    const char *login;
    json_object_foreach(helped, login, value) {
        struct snapshot_student *student = student_of(snapshot, by_login, login);
        int64_t n = whole(value);
        if (student == NULL || n > 10000)
            continue;
        student->helped = (int)n;
        snapshot->helped_today += (size_t)n;
    }
    json_object_foreach(extra, login, value) {
        struct snapshot_student *student = student_of(snapshot, by_login, login);
        if (student != NULL)
            student->extra_s = json_is_number(value) ? json_number_value(value) : 0;
    }
}

static void take_hands(struct snapshot *snapshot, const json_t *list,
                       const struct merge_entry *by_login)
{
    struct arena *arena = &snapshot->arena;
    size_t n = length(list, HANDS_MAX);
    snapshot->hands = arena_alloc_array(arena, n + 1, sizeof *snapshot->hands);
    for (size_t i = 0; i < n; i++) {
        const json_t *from = json_array_get(list, i);
        const struct snapshot_student *student =
            student_of(snapshot, by_login, json_string_value(json_object_get(from, "login")));
        if (student == NULL)
            continue;
        snapshot->hands[snapshot->n_hands++] = (struct snapshot_hand){
            .id = moment(from, "id"),
            .student = (size_t)(student - snapshot->students),
            .message = text(arena, from, "message"),
            .state = text(arena, from, "state"),
            .helper = text(arena, from, "helper"),
            .outcome = text(arena, from, "outcome"),
            .note = text(arena, from, "note"),
            .raised_us = moment(from, "raised"),
            .claimed_us = moment(from, "claimed"),
            .resolved_us = moment(from, "resolved"),
            .not_found = (int)count(from, "not_found"),
        };
    }
}

static size_t step_called(const struct words *words, const char *name)
{
    size_t i = 0;
    while (i < words->n_steps && (name == NULL || strcmp(words->steps[i].name, name) != 0))
        i++;
    return i;
}

static void take_lacks(struct snapshot *snapshot, const struct words *words, const json_t *list)
{
    size_t n = length(list, words->n_steps);
    if (n == 0)
        return;
    snapshot->lacks =
        arena_alloc_array(&snapshot->arena, snapshot->n_steps + 1, sizeof *snapshot->lacks);
    for (size_t i = 0; i < snapshot->n_steps; i++)
        snapshot->lacks[i].missed = "";
    for (size_t i = 0; i < n; i++) {
        const json_t *from = json_array_get(list, i);
        size_t step = step_called(words, json_string_value(json_object_get(from, "step")));
        if (step == words->n_steps)
            continue;
        snapshot->lacks[step] = (struct snapshot_lack){
            .here = count(from, "here"),
            .lack = count(from, "lack"),
            .at = count(from, "at"),
            .since_us = moment(from, "since"),
            .missed = text(&snapshot->arena, from, "missed"),
            .misses = count(from, "misses"),
        };
        if (json_is_true(json_object_get(from, "hardest")))
            snapshot->hardest = (int)step;
    }
}

/* `login` NULL: each event has its own. */
static struct snapshot_event *take_events(struct arena *arena, const json_t *list,
                                          const char *login, size_t *ret_n)
{
    size_t n = length(list, EVENTS_MAX);
    struct snapshot_event *events = arena_alloc_array(arena, n + 1, sizeof *events);
    for (size_t i = 0; i < n; i++) {
        const json_t *from = json_array_get(list, i);
        events[i] = (struct snapshot_event){
            .at_us = moment(from, "at"),
            .kind = text(arena, from, "kind"),
            .login = login != NULL ? login : text(arena, from, "login"),
            .actor = text(arena, from, "actor"),
            .text = text(arena, from, "text"),
        };
    }
    *ret_n = n;
    return events;
}

void merge_class(struct snapshot *snapshot, const struct words *words,
                 const struct merge_entry *by_login)
{
    struct arena *arena = &snapshot->arena;
    const json_t *class = words->class;
    snapshot->n_steps = words->n_steps;
    snapshot->steps = arena_alloc_array(arena, words->n_steps + 1, sizeof *snapshot->steps);
    for (size_t i = 0; i < words->n_steps; i++)
        snapshot->steps[i] = arena_strdup(arena, words->steps[i].title);
    take_lesson(snapshot, json_object_get(class, "lesson"));
    snapshot->announcement = text(arena, class, "announcement");
    take_students(snapshot, class, by_login);
    take_hands(snapshot, json_object_get(class, "hands"), by_login);
    take_lacks(snapshot, words, json_object_get(class, "lacks"));
    snapshot->events =
        take_events(arena, json_object_get(class, "events"), NULL, &snapshot->n_events);
}

/* -- the open student -------------------------------------------------------------------------- */

static void take_errors(struct arena *arena, struct snapshot_open *open, const json_t *list)
{
    open->n_errors = length(list, ERRORS_MAX);
    open->errors = arena_alloc_array(arena, open->n_errors + 1, sizeof *open->errors);
    for (size_t i = 0; i < open->n_errors; i++) {
        const json_t *from = json_array_get(list, i);
        open->errors[i] = (struct snapshot_error){
            .at_us = moment(from, "at"),
            .kind = text(arena, from, "kind"),
            .sqlstate = text(arena, from, "sqlstate"),
            .message = text(arena, from, "message"),
            .statement = text(arena, from, "statement"),
            .position = (int)count(from, "position"),
        };
    }
}

static void take_sessions(struct arena *arena, struct snapshot_open *open, const json_t *list)
{
    open->n_sessions = length(list, SESSIONS_MAX);
    open->sessions = arena_alloc_array(arena, open->n_sessions + 1, sizeof *open->sessions);
    for (size_t i = 0; i < open->n_sessions; i++) {
        const json_t *from = json_array_get(list, i);
        open->sessions[i] = (struct snapshot_session){
            .pid = (int)count(from, "pid"),
            .state = text(arena, from, "state"),
            .application = text(arena, from, "application"),
            .query = text(arena, from, "query"),
            .since_us = moment(from, "since"),
            .waits_for = text(arena, from, "waits_for"),
        };
    }
}

static struct snapshot_point *take_points(struct arena *arena, const json_t *list, size_t *ret_n)
{
    size_t n = length(list, POINTS_MAX);
    struct snapshot_point *points = arena_alloc_array(arena, n + 1, sizeof *points);
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(list, i), *value = json_array_get(pair, 1);
        struct snapshot_point point = {whole(json_array_get(pair, 0)), json_number_value(value)};
        if (point.at_us > 0 && json_is_number(value) && point.progress >= 0 && point.progress <= 1)
            points[(*ret_n)++] = point;
    }
    return points;
}

void merge_open(struct snapshot *snapshot, const char *login, const json_t *document)
{
    struct arena *arena = &snapshot->arena;
    struct snapshot_open *open = &snapshot->open;
    const char *of = json_string_value(json_object_get(document, "login"));
    if (of == NULL || strcmp(of, login) != 0)
        return;
    open->login = arena_strdup(arena, login);
    take_errors(arena, open, json_object_get(document, "errors"));
    take_sessions(arena, open, json_object_get(document, "sessions"));
    open->points = take_points(arena, json_object_get(document, "points"), &open->n_points);
    open->medians = take_points(arena, json_object_get(document, "medians"), &open->n_medians);
    open->events =
        take_events(arena, json_object_get(document, "events"), open->login, &open->n_events);
}
