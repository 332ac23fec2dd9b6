/*
 * What came of a lesson, from the control database.
 */
#include "control/outcomes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "control/lesson.h"
#include "io/pg.h"

static const char lab_sql[] =
    "SELECT l.title, (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint AS now_us"
    "  FROM public.labs l WHERE l.name = $1";

static const char steps_sql[] =
    "SELECT t.name, t.title FROM public.steps t JOIN public.labs l USING (lab_id)"
    " WHERE l.name = $1 ORDER BY t.position, t.step_id";

/* Score, and when it was first met: until $4; $2 the lesson, $3 whether its results stand. */
static const char scores_sql[] =
    "WITH done AS MATERIALIZED (SELECT e.student_id, e.text, pg_catalog.min(e.at) AS at"
    "   FROM public.events e JOIN public.labs l USING (lab_id)"
    "  WHERE l.name = $1::text AND e.kind = 'step_done'"
    "    AND e.at <= 'epoch'::timestamptz + $4::bigint * '1 microsecond'::interval"
    "  GROUP BY e.student_id, e.text)"
    "SELECT s.student_id, t.name,"
    " CASE WHEN $3::boolean THEN (r.steps ->> t.name)::float8 ELSE c.score END AS score,"
    " coalesce((extract(epoch FROM d.at) * 1000000)::bigint, 0) AS done_us"
    "  FROM public.labs l JOIN public.students s USING (lab_id) JOIN public.steps t USING (lab_id)"
    "  LEFT JOIN public.step_scores c ON c.student_id = s.student_id AND c.step_id = t.step_id"
    "  LEFT JOIN public.results r ON r.student_id = s.student_id AND r.lesson_id = $2::integer"
    "  LEFT JOIN done d ON d.student_id = s.student_id AND d.text = t.title"
    " WHERE l.name = $1::text";

/* Those that touch the time from $2 to $3. */
static const char needs_sql[] =
    "SELECT n.student_id, n.kind, (extract(epoch FROM n.raised_at) * 1000000)::bigint AS begin_us,"
    " coalesce((extract(epoch FROM n.ended_at) * 1000000)::bigint, 0) AS end_us"
    "  FROM public.needs n JOIN public.students s USING (student_id)"
    "  JOIN public.labs l USING (lab_id) WHERE l.name = $1"
    "   AND n.raised_at < 'epoch'::timestamptz + $3::bigint * '1 microsecond'::interval"
    "   AND (n.ended_at > 'epoch'::timestamptz + $2::bigint * '1 microsecond'::interval"
    "        OR n.ended_at IS NULL)";

static const char hands_sql[] =
    "SELECT h.student_id, h.outcome = 'helped' AS helped,"
    " (extract(epoch FROM h.raised_at) * 1000000)::bigint AS begin_us,"
    " coalesce((extract(epoch FROM coalesce(h.claimed_at, h.resolved_at)) * 1000000)::bigint, 0)"
    "   AS end_us"
    "  FROM public.hands h JOIN public.students s USING (student_id)"
    "  JOIN public.labs l USING (lab_id) WHERE l.name = $1"
    "   AND h.raised_at < 'epoch'::timestamptz + $3::bigint * '1 microsecond'::interval"
    "   AND h.raised_at >= 'epoch'::timestamptz + $2::bigint * '1 microsecond'::interval";

struct reading {
    PGconn *conn;
    struct outcome *outcome;
    int lesson_id;
    int64_t from_us;
    struct error *err;
};

/* -- small readers ----------------------------------------------------------------------------- */

static const char *words(struct reading *r, const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return arena_strdup(&r->outcome->arena, text != NULL ? text : "");
}

static const char *decimal(struct reading *r, int64_t value)
{
    return arena_printf(&r->outcome->arena, "%lld", (long long)value);
}

/* Rows come in no order; a class is small. */
static struct outcome_student *find_student(struct reading *r, const PGresult *result, int row)
{
    int id = (int)pg_whole(result, row, "student_id", 0);
    for (size_t i = 0; i < r->outcome->n_students; i++)
        if (r->outcome->students[i].student_id == id)
            return &r->outcome->students[i];
    return NULL;
}

static size_t find_step(const struct outcome *outcome, const char *name)
{
    size_t i = 0;
    while (i < outcome->n_steps && strcmp(outcome->step_names[i], name) != 0)
        i++;
    return i;
}

static bool query(struct reading *r, const char *sql, size_t n, const char *const params[],
                  void (*take)(struct reading *, const PGresult *))
{
    PGresult *result = NULL;
    if (!pg_query_now(r->conn, sql, n, params, &result, r->err))
        return false;
    take(r, result);
    PQclear(result);
    return true;
}

/* -- what is read ------------------------------------------------------------------------------ */

static void take_lab(struct reading *r, const PGresult *result)
{
    if (PQntuples(result) == 0) {
        error_set(r->err, ERROR_NOT_FOUND, "there is no lab \"%s\"", r->outcome->lab);
        return;
    }
    r->outcome->title = words(r, result, 0, "title");
    r->outcome->at_us = pg_whole(result, 0, "now_us", 0);
}

static bool read_lesson(struct reading *r, int number)
{
    struct outcome *outcome = r->outcome;
    struct lesson_row row;
    bool found;
    if (!lessons_read(r->conn, outcome->lab, number, &outcome->arena, &row, &found, r->err))
        return false;
    if (!found && number != 0)
        return error_set(r->err, ERROR_NOT_FOUND, "lab \"%s\" has no lesson %d", outcome->lab,
                         number);
    if (!found)
        return true;
    outcome->number = row.number;
    outcome->lesson = row.lesson;
    outcome->frozen = row.lesson.frozen_us != 0;
    outcome->at_us = outcome->frozen ? row.lesson.frozen_us : row.now_us;
    r->lesson_id = row.lesson_id;
    r->from_us = row.lesson.clock.start_us;
    return true;
}

static void take_steps(struct reading *r, const PGresult *result)
{
    struct arena *arena = &r->outcome->arena;
    size_t n = (size_t)PQntuples(result);
    const char **names = arena_alloc_array(arena, n + 1, sizeof *names);
    const char **titles = arena_alloc_array(arena, n + 1, sizeof *titles);
    for (size_t i = 0; i < n; i++) {
        names[i] = words(r, result, (int)i, "name");
        titles[i] = words(r, result, (int)i, "title");
    }
    r->outcome->step_names = names;
    r->outcome->step_titles = titles;
    r->outcome->n_steps = n;
}

static void take_students(struct reading *r, const PGresult *result)
{
    struct outcome *outcome = r->outcome;
    outcome->n_students = (size_t)PQntuples(result);
    outcome->students =
        arena_alloc_array(&outcome->arena, outcome->n_students + 1, sizeof *outcome->students);
    for (int i = 0; i < PQntuples(result); i++) {
        struct outcome_step *steps =
            arena_alloc_array(&outcome->arena, outcome->n_steps + 1, sizeof *steps);
        for (size_t k = 0; k < outcome->n_steps; k++)
            steps[k].score = (double)NAN;
        outcome->students[i] = (struct outcome_student){
            .student_id = (int)pg_whole(result, i, "student_id", 0),
            .login = words(r, result, i, "login"),
            .name = words(r, result, i, "name"),
            .email = words(r, result, i, "email"),
            .seat = words(r, result, i, "seat"),
            .group = words(r, result, i, "group_name"),
            .time_factor = pg_number(result, i, "time_factor"),
            .progress = pg_number(result, i, "progress"),
            .steps_done = (int)pg_whole(result, i, "steps_done", -1),
            .measured_us = pg_whole(result, i, "measured_us", 0),
            .first_seen_us = pg_whole(result, i, "first_seen_us", 0),
            .reason = words(r, result, i, "reason"),
            .resets = (int)pg_whole(result, i, "resets", 0),
            .errors = (int)pg_whole(result, i, "errors", 0),
            .notes = (int)pg_whole(result, i, "notes", 0),
            .extra_s = pg_whole(result, i, "extra_s", 0),
            .steps = steps,
        };
    }
}

static void take_scores(struct reading *r, const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct outcome_student *student = find_student(r, result, i);
        size_t step = find_step(r->outcome, pg_value(result, i, "name"));
        if (student == NULL || step == r->outcome->n_steps)
            continue;
        student->steps[step].score = pg_number(result, i, "score");
        student->steps[step].done_us = pg_whole(result, i, "done_us", 0);
    }
}

static double span(const struct reading *r, const PGresult *result, int row)
{
    return outcome_span(&r->outcome->lesson.clock, r->from_us, r->outcome->at_us,
                        pg_whole(result, row, "begin_us", 0), pg_whole(result, row, "end_us", 0));
}

static void take_needs(struct reading *r, const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct outcome_student *student = find_student(r, result, i);
        enum need_kind kind;
        if (student != NULL && need_parse(pg_value(result, i, "kind"), &kind))
            student->needs[kind] += span(r, result, i);
    }
}

static void take_hands(struct reading *r, const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct outcome_student *student = find_student(r, result, i);
        if (student == NULL)
            continue;
        student->hands++;
        student->helped += pg_value(result, i, "helped")[0] == 't';
        student->hands_wait_s += span(r, result, i);
    }
}

static void add_seconds(struct reading *r)
{
    for (size_t i = 0; i < r->outcome->n_students; i++) {
        struct outcome_student *student = &r->outcome->students[i];
        outcome_step_seconds(&r->outcome->lesson.clock, r->from_us, student->first_seen_us,
                             student->steps, r->outcome->n_steps);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool read_all(struct reading *r, int number)
{
    struct outcome *outcome = r->outcome;
    const char *lab[] = {outcome->lab};
    if (!query(r, lab_sql, 1, lab, take_lab) || error_is_set(r->err) || !read_lesson(r, number) ||
        !query(r, steps_sql, 1, lab, take_steps))
        return false;
    const char *id = decimal(r, r->lesson_id), *frozen = outcome->frozen ? "true" : "false";
    const char *from = decimal(r, r->from_us), *to = decimal(r, outcome->at_us);
    const char *students[] = {outcome->lab, id, from, to, frozen};
    const char *scores[] = {outcome->lab, id, frozen, to};
    const char *times[] = {outcome->lab, from, to};
    if (!query(r, asset_get("assets/sql/export_students.sql")->text, 5, students, take_students) ||
        !query(r, scores_sql, 4, scores, take_scores) ||
        !query(r, needs_sql, 3, times, take_needs) || !query(r, hands_sql, 3, times, take_hands))
        return false;
    add_seconds(r);
    return true;
}

bool outcomes_read(PGconn *conn, const char *lab, int number, struct outcome *ret_outcome,
                   struct error *err)
{
    struct outcome outcome = {.arena = ARENA_INIT};
    struct reading r = {.conn = conn, .outcome = &outcome, .err = err};
    outcome.lab = arena_strdup(&outcome.arena, lab);
    if (!pg_script_now(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err))
        return false;
    bool ok = read_all(&r, number) && pg_script_now(conn, "COMMIT", err);
    if (ok)
        *ret_outcome = outcome;
    else
        outcome_release(&outcome);
    return ok;
}
