/*
 * What was learnt of a class, as a document, and back: each student's pace and what the judgement
 * remembers of him.  The class itself is learnt anew from the paces.  Steps and students go by
 * their ids, so that an apply that adds some in the middle of a lesson loses nothing of the others.
 * Its size is bounded: a student has at most four errors, two tables of spells, a time per stage of
 * each step and CURVE_MAX points of his curve.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "probe/needs.h"
#include "probe/needs_inside.h"

enum {
    MEMORY_VERSION = 2,
    MEMORY_US = 30000000,
    CURVE_MAX = 300,
    TODAY_S = 6 * 3600, /* a class without a lesson is another one after so long a rest */
};

/* -- to the document -----------------------------------------------------------------------------
 */

/* Nothing needs more than a tenth of a second. */
static json_t *seconds(double value)
{
    return isnan(value) ? json_null() : json_real(round(value * 10) / 10);
}

/* [bin, count, ...] of the bins that have some. */
static json_t *spells(const struct pace_spells *from)
{
    json_t *list = json_array();
    for (int b = 0; b < PACE_BINS; b++)
        if (from->bins[b] > 0) {
            json_array_append_new(list, json_integer(b));
            json_array_append_new(list, json_integer(from->bins[b]));
        }
    return list;
}

/* [minute, thousandths, ...] where the curve bends, and its last minute. */
static json_t *curve(const struct pace *pace)
{
    json_t *list = json_array();
    long before = -1;
    for (size_t m = 0; m < pace->n_minutes; m++) {
        long now = lround((double)pace->by_minute[m] * 1000);
        bool last = m + 1 == pace->n_minutes;
        if ((now == before || json_array_size(list) >= 2 * (CURVE_MAX - 1)) && !last)
            continue;
        json_array_append_new(list, json_integer((json_int_t)m));
        json_array_append_new(list, json_integer(now));
        before = now;
    }
    return list;
}

/* [step_id, stage, seconds, ...] */
static json_t *stages(const struct measured_lab *lab, const struct pace *pace)
{
    json_t *list = json_array();
    for (size_t c = 0; c < pace->n_steps * PACE_STAGES; c++)
        if (pace->longest[c] > 0) {
            json_array_append_new(list, json_integer(lab->step_ids[c / PACE_STAGES]));
            json_array_append_new(list, json_integer((json_int_t)(c % PACE_STAGES)));
            json_array_append_new(list, seconds(pace->longest[c]));
        }
    return list;
}

static json_t *errors(const struct pace *pace)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PACE_ERRORS; i++) {
        const struct pace_error *e = &pace->same[i];
        json_array_append_new(list, json_pack("[s, s, i, o, o]", e->sqlstate, e->text, e->count,
                                              seconds(e->first_s), seconds(e->last_s)));
    }
    return list;
}

static json_t *student_row(const struct needs *needs, size_t i)
{
    const struct pace *pace = &needs->paces[i];
    json_t *row = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "student",
                            needs->lab->students[i].student_id, "worked", seconds(pace->worked_s),
                            "first", seconds(pace->first_s), "active", seconds(pace->active_s),
                            "progress", seconds(pace->progress_s), "open", seconds(pace->open_s),
                            "quiet", spells(&pace->quiet), "opens", spells(&pace->open), "curve",
                            curve(pace), "stages", stages(needs->lab, pace));
    if (pace->held)
        json_object_set_new(row, "held", seconds(pace->held_worked_s));
    if (pace->errors > 0) {
        json_object_set_new(
            row, "errors", json_pack("[i, i, i]", pace->errors, pace->different, pace->last_error));
        json_object_set_new(row, "same", errors(pace));
    }
    if (pace->logins_failed > 0)
        json_object_set_new(
            row, "logins", json_pack("[i, o]", pace->logins_failed, seconds(pace->login_failed_s)));
    json_object_set_new(row, "waiting", seconds(needs->waiting_s[i]));
    json_object_set_new(row, "unknown", seconds(needs->unknown_s[i]));
    json_object_set_new(row, "by_errors", json_boolean(needs->needs[i].errors));
    json_object_set_new(row, "turned", seconds(needs->needs[i].turned_s));
    return row;
}

/* Whether anybody did anything, or is looked after for another reason. */
static uint64_t standing(const struct needs *needs)
{
    uint64_t sum = (uint64_t)needs->lesson.lesson_id + 1;
    for (size_t i = 0; i < needs->lab->n_students; i++) {
        const struct measured_student *s = &needs->lab->students[i];
        sum = sum * 31 + (uint64_t)s->last_activity_us;
        sum = sum * 31 + (uint64_t)s->need_raised_us + (uint64_t)s->need;
        sum = sum * 31 + (uint64_t)needs->paces[i].errors;
    }
    return sum;
}

json_t *needs_memory(struct needs *needs, int64_t now_us, bool last)
{
    if (!needs->begun || (!last && now_us - needs->remembered_us < MEMORY_US))
        return NULL;
    uint64_t now = standing(needs);
    if (!last && now == needs->remembered)
        return NULL;
    needs->remembered = now;
    needs->remembered_us = now_us;
    json_t *students = json_array();
    for (size_t i = 0; i < needs->lab->n_students; i++)
        json_array_append_new(students, student_row(needs, i));
    return json_pack("{s:i, s:i, s:I, s:f, s:o}", "version", MEMORY_VERSION, "lesson",
                     needs->lesson.lesson_id, "start", (json_int_t)needs->lesson.clock.start_us,
                     "speed", needs->speed, "students", students);
}

/* -- and back ------------------------------------------------------------------------------------
 */

static double read_seconds(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int read_int(const json_t *list, size_t i)
{
    json_int_t value = json_integer_value(json_array_get(list, i));
    return value < 0 || value > 1000000 ? 0 : (int)value;
}

static void read_spells(struct pace_spells *spells_, const json_t *list)
{
    for (size_t i = 0; i + 1 < json_array_size(list); i += 2) {
        int bin = read_int(list, i), count = read_int(list, i + 1);
        if (bin < PACE_BINS)
            spells_->bins[bin] = (unsigned short)(count < UINT16_MAX ? count : UINT16_MAX);
    }
}

static void read_curve(struct pace *pace, const json_t *list)
{
    for (size_t i = 0; i + 1 < json_array_size(list); i += 2) {
        int minute = read_int(list, i);
        float value = (float)read_int(list, i + 1) / 1000, before = value;
        if (pace->n_minutes > 0)
            before = pace->by_minute[pace->n_minutes - 1];
        while (pace->n_minutes <= (size_t)minute && pace->n_minutes < PACE_MINUTES_MAX) {
            pace->by_minute = mem_grow(pace->by_minute, pace->n_minutes, &pace->capacity,
                                       sizeof(*pace->by_minute));
            pace->by_minute[pace->n_minutes] = pace->n_minutes == (size_t)minute ? value : before;
            pace->n_minutes++;
        }
    }
}

static void read_stages(struct pace *pace, const struct measured_lab *lab, const json_t *list)
{
    for (size_t i = 0; i + 2 < json_array_size(list); i += 3) {
        int id = read_int(list, i), stage = read_int(list, i + 1);
        double longest = json_number_value(json_array_get(list, i + 2));
        for (size_t step = 0; step < pace->n_steps && stage < PACE_STAGES; step++)
            if (lab->step_ids[step] == id)
                pace->longest[step * PACE_STAGES + (size_t)stage] = longest;
    }
}

static void read_errors(struct pace *pace, const json_t *row)
{
    const json_t *counts = json_object_get(row, "errors"), *same = json_object_get(row, "same");
    if (counts == NULL)
        return;
    pace->errors = read_int(counts, 0);
    pace->different = read_int(counts, 1);
    pace->last_error = read_int(counts, 2) % PACE_ERRORS;
    for (size_t i = 0; i < PACE_ERRORS && i < json_array_size(same); i++) {
        const json_t *from = json_array_get(same, i);
        const char *state = json_string_value(json_array_get(from, 0));
        const char *text = json_string_value(json_array_get(from, 1));
        struct pace_error *error = &pace->same[i];
        snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", state != NULL ? state : "");
        snprintf(error->text, sizeof(error->text), "%s", text != NULL ? text : "");
        error->count = read_int(from, 2);
        error->first_s = json_number_value(json_array_get(from, 3));
        error->last_s = json_number_value(json_array_get(from, 4));
    }
}

static void read_student(struct needs *needs, size_t i, const json_t *row)
{
    struct pace *pace = &needs->paces[i];
    double worked_s = read_seconds(row, "worked"), held_s = read_seconds(row, "held");
    pace->worked_s = worked_s > 0 ? worked_s : 0;
    pace->held = !isnan(held_s);
    pace->held_worked_s = pace->held ? held_s : 0;
    pace->first_s = read_seconds(row, "first");
    pace->active_s = read_seconds(row, "active");
    pace->progress_s = read_seconds(row, "progress");
    pace->open_s = read_seconds(row, "open");
    read_spells(&pace->quiet, json_object_get(row, "quiet"));
    read_spells(&pace->open, json_object_get(row, "opens"));
    read_curve(pace, json_object_get(row, "curve"));
    read_stages(pace, needs->lab, json_object_get(row, "stages"));
    read_errors(pace, row);
    const json_t *logins = json_object_get(row, "logins");
    if (logins != NULL) {
        pace->logins_failed = read_int(logins, 0);
        pace->login_failed_s = json_number_value(json_array_get(logins, 1));
    }
    needs->waiting_s[i] = read_seconds(row, "waiting");
    needs->unknown_s[i] = read_seconds(row, "unknown");
    double turned_s = read_seconds(row, "turned");
    needs->needs[i].errors = json_is_true(json_object_get(row, "by_errors"));
    needs->needs[i].turned_s = turned_s > 0 ? turned_s : 0;
}

/* Whether it is of the class that sits there now. */
static bool fits(const struct needs *needs, const json_t *memory, int64_t now_us)
{
    int lesson_id = (int)json_integer_value(json_object_get(memory, "lesson"));
    double speed = json_number_value(json_object_get(memory, "speed"));
    int64_t age_us = now_us - needs->lab->memory_us;
    return json_integer_value(json_object_get(memory, "version")) == MEMORY_VERSION &&
           lesson_id == needs->lesson.lesson_id && fabs(speed - needs->speed) < 1e-6 &&
           (lesson_id != 0 || age_us < (int64_t)TODAY_S * 1000000);
}

static void read_students(struct needs *needs, const json_t *rows)
{
    const struct measured_lab *lab = needs->lab;
    size_t n = json_array_size(rows), at = 0;
    for (size_t i = 0; i < lab->n_students && n > 0; i++)
        /* In the same order, apart from those who came or went. */
        for (size_t k = 0; k < n; k++, at = (at + 1) % n) {
            const json_t *row = json_array_get(rows, at);
            if (json_integer_value(json_object_get(row, "student")) ==
                lab->students[i].student_id) {
                read_student(needs, i, row);
                at = (at + 1) % n;
                break;
            }
        }
}

/* A flag that was up is up, since then. */
static void keep_flags(struct needs *needs)
{
    for (size_t i = 0; i < needs->lab->n_students; i++) {
        const struct measured_student *s = &needs->lab->students[i];
        struct need *need = &needs->needs[i];
        need->kind = s->need;
        need->since_s = needs_seconds(needs, s->need_since_us);
        need->raised_s = needs_seconds(needs, s->need_raised_us);
    }
}

bool needs_remember(struct needs *needs, int64_t now_us)
{
    json_t *memory = needs->lab->memory != NULL ? json_loads(needs->lab->memory, 0, NULL) : NULL;
    if (memory == NULL || !fits(needs, memory, now_us)) {
        json_decref(memory);
        return false;
    }
    if (needs->lesson.lesson_id == 0)
        needs->lesson.clock.start_us =
            (int64_t)json_integer_value(json_object_get(memory, "start"));
    read_students(needs, json_object_get(memory, "students"));
    json_decref(memory);
    keep_flags(needs);
    return true;
}
