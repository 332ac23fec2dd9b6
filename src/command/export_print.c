/*
 * The results of a lesson as CSV (RFC 4180, harmless in a spreadsheet) and as JSON.  A column of
 * the CSV is a name and what it says of a student; some stand for one column per step or per need.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/act.h"
#include "command/export.h"
#include "lab/snapshot.h"

/* -- values ------------------------------------------------------------------------------------ */

static void add_ratio(struct strbuf *out, double value)
{
    if (!isnan(value))
        strbuf_printf(out, "%.4g", value);
}

static void add_seconds(struct strbuf *out, double value)
{
    if (!isnan(value))
        strbuf_printf(out, "%.0f", value);
}

static void add_moment(struct strbuf *out, int64_t us)
{
    if (us != 0)
        clock_format_utc(us, out);
}

/* -- columns ----------------------------------------------------------------------------------- */

enum many { ONE, PER_STEP, PER_NEED };

struct column {
    const char *name;
    enum many many;
    bool chosen; /* without --columns */
    /* `i`: the step or the need. */
    void (*add)(struct strbuf *out, const struct outcome_student *s, size_t i);
};

#define TEXT(what)                                                                                 \
    static void add_##what(struct strbuf *out, const struct outcome_student *s, size_t i)          \
    {                                                                                              \
        (void)i;                                                                                   \
        csv_add_field(out, s->what);                                                               \
    }
#define NUMBER(what, format, value)                                                                \
    static void add_##what(struct strbuf *out, const struct outcome_student *s, size_t i)          \
    {                                                                                              \
        (void)i;                                                                                   \
        strbuf_printf(out, format, value);                                                         \
    }

TEXT(login)
TEXT(name)
TEXT(email)
TEXT(seat)
TEXT(group)
TEXT(reason)
NUMBER(time_factor, "%g", s->time_factor)
NUMBER(hands, "%d", s->hands)
NUMBER(hands_wait, "%.0f", s->hands_wait_s)
NUMBER(helped, "%d", s->helped)
NUMBER(resets, "%d", s->resets)
NUMBER(errors, "%d", s->errors)
NUMBER(notes, "%d", s->notes)
NUMBER(extra, "%lld", (long long)s->extra_s)

static void add_progress(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    (void)i;
    add_ratio(out, s->progress);
}

static void add_steps_done(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    (void)i;
    if (s->steps_done >= 0)
        strbuf_printf(out, "%d", s->steps_done);
}

static void add_measured(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    (void)i;
    add_moment(out, s->measured_us);
}

static void add_step(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    add_ratio(out, s->steps[i].score);
}

static void add_done(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    add_moment(out, s->steps[i].done_us);
}

static void add_step_seconds(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    add_seconds(out, s->steps[i].seconds);
}

static void add_need(struct strbuf *out, const struct outcome_student *s, size_t i)
{
    add_seconds(out, s->needs[i]);
}

static const struct column columns[] = {
    {"login", ONE, true, add_login},
    {"name", ONE, true, add_name},
    {"email", ONE, false, add_email},
    {"seat", ONE, true, add_seat},
    {"group", ONE, true, add_group},
    {"time_factor", ONE, true, add_time_factor},
    {"progress", ONE, true, add_progress},
    {"steps_done", ONE, true, add_steps_done},
    {"measured_at", ONE, true, add_measured},
    {"reason", ONE, true, add_reason},
    {"score", PER_STEP, true, add_step},
    {"done_at", PER_STEP, true, add_done},
    {"seconds", PER_STEP, true, add_step_seconds},
    {"need_seconds", PER_NEED, true, add_need},
    {"hands", ONE, true, add_hands},
    {"hands_wait_seconds", ONE, true, add_hands_wait},
    {"helped", ONE, true, add_helped},
    {"resets", ONE, true, add_resets},
    {"errors", ONE, true, add_errors},
    {"extra_seconds", ONE, true, add_extra},
    {"notes", ONE, true, add_notes},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* The names of all columns, joined by ", ". */
static void add_names(struct strbuf *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", columns[i].name);
}

/* How many columns it is; needs without the kind that is none. */
static size_t width(const struct outcome *outcome, const struct column *column)
{
    return column->many == PER_STEP ? outcome->n_steps : column->many == PER_NEED ? NEEDS - 1 : 1;
}

/* malloc'd. */
static char *heading(const struct outcome *outcome, const struct column *column, size_t i)
{
    if (column->many == ONE)
        return mem_strdup(column->name);
    return mem_printf("%s: %s", column->name,
                      column->many == PER_STEP ? outcome->step_names[i]
                                               : need_name((enum need_kind)(i + 1)));
}

/* A column with all of its steps or needs, or those from `from` up to `to`. */
struct choice {
    const struct column *column;
    size_t from, to;
};

/* Whether the list begins with this name; a step's may have commas. */
static bool begins_with(const char *list, const char *name)
{
    size_t len = strlen(name);
    return strncmp(list, name, len) == 0 && (list[len] == ',' || list[len] == '\0');
}

/* What the list begins with: a column's name, or a heading as the CSV has it. */
static size_t find_choice(const struct outcome *outcome, const char *list,
                          struct choice *ret_choice)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t n = width(outcome, &columns[c]);
        *ret_choice = (struct choice){&columns[c], 0, n};
        if (begins_with(list, columns[c].name))
            return strlen(columns[c].name);
        for (size_t i = 0; i < n; i++) {
            CLEANUP(mem_free_string)
            char *name = heading(outcome, &columns[c], i);
            *ret_choice = (struct choice){&columns[c], i, i + 1};
            if (begins_with(list, name))
                return strlen(name);
        }
    }
    return 0;
}

static bool unknown_column(const char *name, size_t len, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf names = STRBUF_INIT;
    add_names(&names);
    error_set(err, ERROR_USAGE, "there is no column \"%.*s\"", (int)len, name);
    return error_hint(err, "There are %s.", names.text);
}

/* Those that are wanted, in the order in which they were named; malloc'd. */
static bool choose(const struct outcome *outcome, const char *wanted, struct choice **ret_list,
                   size_t *ret_n, struct error *err)
{
    struct choice *list = NULL;
    size_t n = 0, capacity = 0;
    for (size_t i = 0; wanted == NULL && i < COLUMNS; i++)
        if (columns[i].chosen) {
            list = mem_grow(list, n, &capacity, sizeof(*list));
            list[n++] = (struct choice){&columns[i], 0, width(outcome, &columns[i])};
        }
    for (const char *at = wanted; at != NULL && *at != '\0';) {
        struct choice choice;
        size_t len = find_choice(outcome, at, &choice);
        if (len == 0) {
            free(list);
            return unknown_column(at, strcspn(at, ","), err);
        }
        list = mem_grow(list, n, &capacity, sizeof(*list));
        list[n++] = choice;
        at += len + (at[len] == ',');
    }
    if (n == 0)
        return unknown_column("", 0, err);
    *ret_list = list;
    *ret_n = n;
    return true;
}

/* -- CSV --------------------------------------------------------------------------------------- */

static void add_heading(struct strbuf *out, const struct outcome *outcome,
                        const struct column *column, size_t i)
{
    CLEANUP(mem_free_string)
    char *name = heading(outcome, column, i);
    csv_add_field(out, name);
}

/* A line: of the student, or of the headings (NULL). */
static void add_line(struct strbuf *out, const struct outcome *outcome, const struct choice *list,
                     size_t n, const struct outcome_student *student)
{
    bool first = true;
    for (const struct choice *c = list; c < list + n; c++)
        for (size_t i = c->from; i < c->to; i++) {
            if (!first)
                strbuf_add_char(out, ',');
            first = false;
            if (student == NULL)
                add_heading(out, outcome, c->column, i);
            else
                c->column->add(out, student, c->column->many == PER_NEED ? i + 1 : i);
        }
    strbuf_add_string(out, "\r\n");
}

bool export_add_csv(struct strbuf *out, const struct outcome *outcome, const char *wanted,
                    struct error *err)
{
    struct choice *list = NULL;
    size_t n = 0;
    if (!choose(outcome, wanted, &list, &n, err))
        return false;
    add_line(out, outcome, list, n, NULL);
    for (size_t i = 0; i < outcome->n_students; i++)
        add_line(out, outcome, list, n, &outcome->students[i]);
    free(list);
    return true;
}

/* -- JSON -------------------------------------------------------------------------------------- */

static json_t *real(double value, double scale)
{
    return isnan(value) ? json_null() : json_real(round(value * scale) / scale);
}

static json_t *steps_json(const struct outcome *outcome, const struct outcome_student *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < outcome->n_steps; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "step", outcome->step_names[i], "title",
                            outcome->step_titles[i], "score", real(s->steps[i].score, 1e6),
                            "first_done_at", act_moment(s->steps[i].done_us), "seconds",
                            real(s->steps[i].seconds, 10)));
    return list;
}

static json_t *needs_json(const struct outcome_student *s)
{
    json_t *needs = json_object();
    for (int kind = NEED_NONE + 1; kind < NEEDS; kind++)
        json_object_set_new(needs, need_name((enum need_kind)kind), real(s->needs[kind], 10));
    return needs;
}

static json_t *student_json(const struct outcome *outcome, const struct outcome_student *s)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:f}", "login", s->login, "name", s->name, "email",
                  s->email, "seat", s->seat, "group", s->group, "time_factor", s->time_factor);
    json_object_set_new(o, "progress", real(s->progress, 1e6));
    json_object_set_new(o, "steps_done",
                        s->steps_done >= 0 ? json_integer(s->steps_done) : json_null());
    json_object_set_new(o, "measured_at", act_moment(s->measured_us));
    json_object_set_new(o, "reason", json_string(s->reason));
    json_object_set_new(o, "steps", steps_json(outcome, s));
    json_object_set_new(o, "need_seconds", needs_json(s));
    json_object_set_new(o, "hands",
                        json_pack("{s:i, s:o, s:i}", "count", s->hands, "wait_seconds",
                                  real(s->hands_wait_s, 10), "helped", s->helped));
    json_object_set_new(o, "resets", json_integer(s->resets));
    json_object_set_new(o, "errors", json_integer(s->errors));
    json_object_set_new(o, "extra_seconds", json_integer(s->extra_s));
    json_object_set_new(o, "notes", json_integer(s->notes));
    return o;
}

static json_t *lesson_json(const struct outcome *outcome)
{
    const struct lesson *lesson = &outcome->lesson;
    if (outcome->number == 0)
        return json_null();
    return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "lesson", outcome->number, "state",
                     snapshot_lesson_name(lesson_state_at(lesson, outcome->at_us)), "started_at",
                     act_moment(lesson->clock.start_us), "ended_at", act_moment(lesson->ended_us),
                     "frozen_at", act_moment(lesson->frozen_us), "length_seconds",
                     lesson->length_s > 0 ? json_integer(lesson->length_s) : json_null(),
                     "elapsed_seconds", real(lesson_elapsed(lesson, outcome->at_us), 10));
}

json_t *export_json(const struct outcome *outcome)
{
    json_t *students = json_array();
    for (size_t i = 0; i < outcome->n_students; i++)
        json_array_append_new(students, student_json(outcome, &outcome->students[i]));
    return json_pack("{s:s, s:s, s:o, s:b, s:o, s:o}", "lab", outcome->lab, "title", outcome->title,
                     "lesson", lesson_json(outcome), "frozen", (int)outcome->frozen, "at",
                     act_moment(outcome->at_us), "students", students);
}
