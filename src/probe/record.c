/*
 * Record: a student's standing is brought up to date by each measurement and each look, marking
 * what changed; a turn's document is made of the marks.
 */
#include "probe/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Scores are ratios of small sums: below this they are equal. */
static const double nothing = 1e-9;

static bool same_score(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) == isnan(b) : fabs(a - b) < nothing;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool is_full(double score)
{
    return score >= 1 - nothing;
}

void record_init(struct record *record)
{
    record->progress = json_array();
    record->events = json_array();
    record->lacks = json_array();
    record->memory = json_null();
}

void record_release(struct record *record)
{
    json_decref(record->progress);
    json_decref(record->events);
    json_decref(record->lacks);
    json_decref(record->memory);
    *record = (struct record){.progress = NULL};
}

/* -- measurements ------------------------------------------------------------------------------ */

/* A ratio; rounding must not carry it over 1, and JSON has no number for unknown. */
static json_t *ratio(double value)
{
    return isnan(value) ? json_null() : json_real(value > 1 ? 1 : value);
}

static json_t *moment(int64_t us)
{
    return us == 0 ? json_null() : json_integer(us);
}

static bool set_score(struct measured_score *score, double value, const char *verdict,
                      int64_t at_us)
{
    char *words = verdict != NULL && *verdict != '\0' ? str_disarm(verdict) : NULL;
    if (score->measured_us != 0 && same_score(score->value, value) &&
        same_text(score->verdict, words)) {
        free(words);
        return false;
    }
    score->value = value;
    if (!isnan(value))
        score->known = value;
    free(score->verdict);
    score->verdict = words;
    score->measured_us = at_us;
    return score->changed = true;
}

static void add_event(struct record *record, const struct measured_student *student,
                      const char *kind, const char *text, int64_t at_us)
{
    json_array_append_new(record->events,
                          json_pack("{s:i, s:I, s:s, s:s}", "student", student->student_id, "at",
                                    (json_int_t)at_us, "kind", kind, "text", text));
}

/* The class's view of a step's change: done or lost.  True when the step rose. */
static bool step_moved(struct record *record, const struct measured_student *student,
                       const struct step *step, double before, double now, int64_t at_us)
{
    if (isnan(now))
        return false;
    if (is_full(now) && !is_full(before)) /* also when it was never known */
        add_event(record, student, "step_done", step->title, at_us);
    else if (is_full(before) && !is_full(now))
        add_event(record, student, "step_lost", step->title, at_us);
    return now > (isnan(before) ? 0 : before) + nothing;
}

/* A step is known when all of it is that counts: who hides his rows must not gain by it. */
static double whole_step(const struct check_set *set, const struct score *scores, size_t step)
{
    for (size_t i = 0; i < set->n_checks; i++)
        if (set->checks[i].step == step && set->checks[i].weight > 0 && isnan(scores[i].value))
            return (double)NAN;
    return score_step(set, scores, step);
}

/*
 * Progress by the last known score of each step, 0 where there never was one; unknown when no step
 * is known now.  A lock on what is unfinished does not raise it, nor does one on what is finished
 * lower it, and `reason` tells that a part was not measured.
 */
static double known_progress(const struct measured_lab *lab, const struct measured_student *student)
{
    double *steps = mem_alloc_array(lab->checks.n_steps + 1, sizeof(*steps));
    bool any = false;
    for (size_t i = 0; i < lab->checks.n_steps; i++) {
        double known = student->steps[i].known;
        any |= !isnan(student->steps[i].value);
        steps[i] = isnan(known) ? 0 : known;
    }
    double progress = any ? score_progress(&lab->checks, steps) : (double)NAN;
    free(steps);
    return progress;
}

/* The step that a student is at: what rose last and is not done; what he was at; the first that is
 * not done.  `rising`: the step that rose now; -1: none. */
static int step_at(const struct check_set *set, const struct measured_student *student, int rising)
{
    if (rising >= 0 && !is_full(student->steps[rising].value))
        return rising;
    int at = student->current_step;
    if (at >= 0 && !is_full(student->steps[at].value) && student->steps[at].value != 0)
        return at;
    for (size_t i = 0; i < set->n_steps; i++)
        if (!is_full(student->steps[i].value))
            return (int)i;
    return -1;
}

static void sum_up(const struct measured_lab *lab, struct measured_student *student, int rising)
{
    const struct check_set *set = &lab->checks;
    student->steps_done = 0;
    for (size_t i = 0; i < set->n_steps; i++)
        student->steps_done += is_full(student->steps[i].value);
    student->current_step = step_at(set, student, rising);
    student->progress = known_progress(lab, student);
}

static void set_reason(struct measured_student *student, const char *reason)
{
    char *disarmed = str_disarm(reason);
    free(student->reason);
    student->reason = disarmed;
}

bool record_measured(struct record *record, struct measured_lab *lab, size_t index,
                     const struct score *scores, const char *reason, int64_t at_us)
{
    const struct check_set *set = &lab->checks;
    struct measured_student *student = &lab->students[index];
    double before = student->timeline;
    bool first = student->probed_us == 0, moved = false, changed = false;
    int rising = -1;

    for (size_t i = 0; i < set->n_checks; i++)
        set_score(&student->scores[i], scores[i].value, scores[i].verdict, at_us);
    for (size_t i = 0; i < set->n_steps; i++) {
        struct measured_score *step = &student->steps[i];
        double now = whole_step(set, scores, i);
        if (step_moved(record, student, &set->steps[i], step->known, now, at_us))
            rising = (int)i;
        moved |= !isnan(step->known) && !isnan(now) && !same_score(step->known, now);
        changed |= set_score(step, now, NULL, at_us);
    }
    sum_up(lab, student, rising);
    set_reason(student, reason);
    student->probed_us = at_us;
    if (rising >= 0)
        student->last_progress_us = at_us;
    /* A session that came and went between two looks left no other trace.  One that is there has
     * its own: what is measured late, as results of views are, is not done now. */
    if (moved && student->sessions == 0 && at_us > student->last_activity_us)
        student->last_activity_us = at_us;
    double now = student->progress;
    if (!isnan(now) && (first || !same_score(before, now))) {
        student->timeline = now;
        json_array_append_new(record->progress,
                              json_pack("{s:i, s:I, s:o, s:i}", "student", student->student_id,
                                        "at", (json_int_t)at_us, "progress", ratio(now),
                                        "steps_done", student->steps_done));
    }
    student->changed = true;
    return changed;
}

void record_unknown(struct measured_lab *lab, size_t index, const char *reason, int64_t at_us)
{
    struct measured_student *student = &lab->students[index];
    CLEANUP(mem_free_string)
    char *disarmed = str_disarm(reason);
    if (isnan(student->progress) && same_text(student->reason, disarmed) && student->probed_us != 0)
        return;
    for (size_t i = 0; i < lab->checks.n_checks; i++)
        set_score(&student->scores[i], (double)NAN, NULL, at_us);
    for (size_t i = 0; i < lab->checks.n_steps; i++)
        set_score(&student->steps[i], (double)NAN, NULL, at_us);
    student->progress = (double)NAN;
    student->steps_done = 0;
    student->current_step = -1;
    set_reason(student, reason);
    student->changed = true;
}

void record_kept(struct measured_lab *lab, size_t index, const char *reason)
{
    struct measured_student *student = &lab->students[index];
    if (same_text(student->reason, reason))
        return;
    set_reason(student, reason);
    student->changed = true;
}

/* -- looks -------------------------------------------------------------------------- */

void record_acted(struct measured_lab *lab, size_t index, int64_t at_us)
{
    struct measured_student *student = &lab->students[index];
    if (at_us > student->last_activity_us) {
        student->last_activity_us = at_us;
        student->changed = true;
    }
    if (student->first_seen_us == 0 && student->last_activity_us != 0) {
        student->first_seen_us = student->last_activity_us;
        student->changed = true;
    }
}

void record_watched(struct measured_lab *lab, size_t index, const struct watch_row *row)
{
    struct measured_student *student = &lab->students[index];
    record_acted(lab, index, row->active_us);
    if (row->sessions != student->sessions) {
        student->sessions = row->sessions;
        student->changed = true;
    }
}

/* -- the turn's document ----------------------------------------------------------------------- */

static bool any_changed(const struct measured_score *scores, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (scores[i].changed)
            return true;
    return false;
}

bool record_is_due(const struct record *record, const struct measured_lab *lab)
{
    if (json_array_size(record->progress) > 0 || json_array_size(record->events) > 0)
        return true;
    for (size_t i = 0; i < lab->n_students; i++)
        if (lab->students[i].changed || any_changed(lab->students[i].steps, lab->checks.n_steps) ||
            any_changed(lab->students[i].scores, lab->checks.n_checks))
            return true;
    return false;
}

static json_t *activity_row(const struct measured_lab *lab, const struct measured_student *s)
{
    json_t *step = s->current_step < 0 ? json_null() : json_integer(lab->step_ids[s->current_step]);
    json_t *row = json_pack(
        "{s:i, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:o}", "student", s->student_id,
        "progress", ratio(s->progress), "steps_done",
        isnan(s->progress) ? json_null() : json_integer(s->steps_done), "current_step", step,
        "state", state_name(s->state), "reason", s->reason, "first_seen", moment(s->first_seen_us),
        "last_progress", moment(s->last_progress_us), "last_activity", moment(s->last_activity_us),
        "probed", moment(s->probed_us), "sessions", s->sessions, "bytes",
        s->bytes < 0 ? json_null() : json_integer(s->bytes));
    json_t *need = json_pack("{s:s, s:s, s:i, s:o, s:o}", "need",
                             s->need == NEED_NONE ? "" : need_name(s->need), "need_reason",
                             s->need_reason != NULL ? s->need_reason : "", "need_severity",
                             need_severity(s->need), "need_since", moment(s->need_since_us),
                             "need_raised", moment(s->need_raised_us));
    json_object_update(row, need);
    json_decref(need);
    return row;
}

static void take_steps(json_t *rows, const struct measured_lab *lab, struct measured_student *s)
{
    for (size_t i = 0; i < lab->checks.n_steps; i++) {
        struct measured_score *score = &s->steps[i];
        if (!score->changed)
            continue;
        score->changed = false;
        json_array_append_new(
            rows, json_pack("{s:i, s:i, s:o, s:o, s:I}", "student", s->student_id, "step",
                            lab->step_ids[i], "score", ratio(score->value), "last_score",
                            ratio(score->known), "at", (json_int_t)score->measured_us));
    }
}

static void take_scores(json_t *rows, const struct measured_lab *lab, struct measured_student *s)
{
    for (size_t i = 0; i < lab->checks.n_checks; i++) {
        struct measured_score *score = &s->scores[i];
        if (!score->changed)
            continue;
        score->changed = false;
        json_array_append_new(rows, json_pack("{s:i, s:s, s:o, s:s, s:I}", "student", s->student_id,
                                              "check", lab->checks.checks[i].id, "score",
                                              ratio(score->value), "verdict",
                                              score->verdict != NULL ? score->verdict : "", "at",
                                              (json_int_t)score->measured_us));
    }
}

char *record_take(struct record *record, struct measured_lab *lab)
{
    json_t *activity = json_array(), *steps = json_array(), *scores = json_array();
    for (size_t i = 0; i < lab->n_students; i++) {
        struct measured_student *s = &lab->students[i];
        if (s->changed)
            json_array_append_new(activity, activity_row(lab, s));
        s->changed = false;
        take_steps(steps, lab, s);
        take_scores(scores, lab, s);
    }
    json_t *document =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "activity", activity, "steps", steps,
                  "scores", scores, "progress", record->progress, "events", record->events, "lacks",
                  record->lacks, "memory", record->memory);
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    record_init(record);
    return text;
}
