/*
 * The words of the class: queries on the control database, and their results as plain structs.
 */
#include "control/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "lab/snapshot.h"

const char words_lab_sql[] =
    "SELECT l.name, l.title, l.is_current"
    "  FROM public.labs l"
    " WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END";

const char words_steps_sql[] =
    "SELECT p.name, p.title, p.hint"
    "  FROM public.steps p JOIN public.labs l USING (lab_id)"
    " WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END"
    " ORDER BY p.position, p.step_id";

const char words_students_sql[] =
    "SELECT s.login, s.name, s.seat, s.group_name, p.title AS current_step,"
    "       CASE WHEN a.need_reason <> '' THEN a.need_reason ELSE a.reason END AS reason, a.need,"
    "       (extract(epoch FROM a.need_since_at) * 1000000)::bigint AS need_since_us,"
    "       (extract(epoch FROM a.last_activity_at) * 1000000)::bigint AS last_activity_us,"
    "       a.failed_logins"
    "  FROM public.labs l"
    "  JOIN public.students s ON s.lab_id = l.lab_id AND s.is_active"
    "  LEFT JOIN public.activity a ON a.student_id = s.student_id"
    "  LEFT JOIN public.steps p ON p.step_id = a.current_step_id"
    " WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END"
    " ORDER BY s.position, s.login";

const char words_checks_sql[] =
    "SELECT p.name AS step, t.score AS step_score, c.title, r.score, r.verdict,"
    "       CASE WHEN r.score IS NULL AND r.verdict <> ''"
    "            THEN extract(epoch FROM pg_catalog.clock_timestamp() - r.measured_at)::bigint END"
    "       AS unknown_s"
    "  FROM public.labs l"
    "  JOIN public.students s ON s.lab_id = l.lab_id AND s.login = $2::text"
    "  JOIN public.checks c ON c.lab_id = l.lab_id"
    "  JOIN public.steps p ON p.step_id = c.step_id"
    "  LEFT JOIN public.step_scores t ON t.student_id = s.student_id AND t.step_id = p.step_id"
    "  LEFT JOIN public.scores r ON r.student_id = s.student_id AND r.check_id = c.check_id"
    " WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END"
    " ORDER BY p.position, p.step_id, c.position, c.check_id";

const char words_events_sql[] =
    "SELECT (extract(epoch FROM e.at) * 1000000)::bigint AS at_us, e.kind, s.login, e.actor, e.text"
    "  FROM public.events e"
    "  JOIN public.labs l USING (lab_id)"
    "  LEFT JOIN public.students s USING (student_id)"
    " WHERE l.name = $1::text AND ($2::text = '' OR s.login = $2::text)"
    " ORDER BY e.event_id DESC LIMIT $3::integer";

enum { STUDENT_COLUMNS = 10 };

/* A column's text, "" for NULL; columns are counted from 0 in the order of the query. */
static const char *text(struct words *words, const PGresult *result, int row, int column)
{
    return arena_strndup(&words->arena, PQgetvalue(result, row, column),
                         (size_t)PQgetlength(result, row, column));
}

static bool check_shape(const PGresult *result, int columns, int rows_max, const char *what,
                        struct error *err)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQnfields(result) != columns)
        return error_set(err, ERROR_FAILED, "the control database has another form of %s", what);
    if (PQntuples(result) > rows_max)
        return error_set(err, ERROR_FAILED, "the control database has %d %s, more than %d",
                         PQntuples(result), what, rows_max);
    return true;
}

bool words_add_lab(struct words *words, const PGresult *result, struct error *err)
{
    if (!check_shape(result, 3, 1, "labs", err))
        return false;
    if (PQntuples(result) == 0)
        return true;
    words->lab = text(words, result, 0, 0);
    words->title = text(words, result, 0, 1);
    words->is_current = PQgetvalue(result, 0, 2)[0] == 't';
    return true;
}

bool words_add_steps(struct words *words, const PGresult *result, struct error *err)
{
    if (!check_shape(result, 3, WORDS_STEPS_MAX, "steps", err))
        return false;
    words->n_steps = (size_t)PQntuples(result);
    words->steps = arena_alloc_array(&words->arena, words->n_steps + 1, sizeof *words->steps);
    for (size_t i = 0; i < words->n_steps; i++) {
        int row = (int)i;
        words->steps[i] = (struct words_step){
            .name = text(words, result, row, 0),
            .title = text(words, result, row, 1),
            .hint = text(words, result, row, 2),
        };
    }
    return true;
}

bool words_add_students(struct words *words, const PGresult *result, struct error *err)
{
    if (!check_shape(result, STUDENT_COLUMNS, WORDS_STUDENTS_MAX, "students", err))
        return false;
    words->n_students = (size_t)PQntuples(result);
    words->students =
        arena_alloc_array(&words->arena, words->n_students + 1, sizeof *words->students);
    for (size_t i = 0; i < words->n_students; i++) {
        int row = (int)i;
        words->students[i] = (struct words_student){
            .login = text(words, result, row, 0),
            .name = text(words, result, row, 1),
            .seat = text(words, result, row, 2),
            .group = text(words, result, row, 3),
            .current_step = text(words, result, row, 4),
            .reason = text(words, result, row, 5),
            .need = text(words, result, row, 6),
            .need_since_us = strtoll(PQgetvalue(result, row, 7), NULL, 10),
            .last_activity_us = strtoll(PQgetvalue(result, row, 8), NULL, 10),
            .failed_logins = (int)strtol(PQgetvalue(result, row, 9), NULL, 10),
        };
    }
    return true;
}

static size_t find_step(const struct words *words, const char *name)
{
    for (size_t i = 0; i < words->n_steps; i++)
        if (strcmp(words->steps[i].name, name) == 0)
            return i;
    return words->n_steps;
}

static double number(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? (double)NAN
                                            : strtod(PQgetvalue(result, row, column), NULL);
}

/* What was found; for a check that can't be measured the reason, and for how long it has held. */
static const char *verdict(struct words *words, const PGresult *result, int row)
{
    enum { VERDICT = 4, UNKNOWN_S = 5 };
    if (PQgetisnull(result, row, UNKNOWN_S))
        return text(words, result, row, VERDICT);
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_printf(&out, "%s, for ", PQgetvalue(result, row, VERDICT));
    clock_format_span(strtoll(PQgetvalue(result, row, UNKNOWN_S), NULL, 10), &out);
    return arena_strdup(&words->arena, out.text);
}

bool words_add_checks(struct words *words, const char *login, const PGresult *result,
                      struct error *err)
{
    if (!check_shape(result, 6, WORDS_CHECKS_MAX, "checks", err))
        return false;
    words->login = arena_strdup(&words->arena, login);
    words->n_checks = (size_t)PQntuples(result);
    words->checks = arena_alloc_array(&words->arena, words->n_checks + 1, sizeof *words->checks);
    for (size_t i = 0; i < words->n_checks; i++) {
        int row = (int)i;
        words->checks[i] = (struct words_check){
            .step = find_step(words, PQgetvalue(result, row, 0)),
            .step_score = number(result, row, 1),
            .title = text(words, result, row, 2),
            .score = number(result, row, 3),
            .verdict = verdict(words, result, row),
        };
    }
    return true;
}

static bool add_document(json_t **document, const PGresult *result, const char *what,
                         struct error *err)
{
    if (!check_shape(result, 1, 1, what, err))
        return false;
    if (PQntuples(result) == 0)
        return true;
    json_error_t fault;
    size_t len = (size_t)PQgetlength(result, 0, 0);
    if (len > WORDS_DOCUMENT_MAX)
        return error_set(err, ERROR_FAILED, "the control database has too much for %s", what);
    json_decref(*document);
    *document = json_loadb(PQgetvalue(result, 0, 0), len, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(*document)) {
        json_decref(*document);
        *document = NULL;
        return error_set(err, ERROR_FAILED, "the control database has another form of %s: %s", what,
                         fault.text);
    }
    return true;
}

bool words_add_class(struct words *words, const PGresult *result, struct error *err)
{
    return add_document(&words->class, result, "the class", err);
}

bool words_add_open(struct words *words, const PGresult *result, struct error *err)
{
    return add_document(&words->open, result, "the student", err);
}

bool words_read_events(struct arena *arena, const PGresult *result,
                       struct snapshot_event **ret_events, size_t *ret_n, struct error *err)
{
    if (!check_shape(result, 5, WORDS_EVENTS_MAX, "events", err))
        return false;
    size_t n = (size_t)PQntuples(result);
    struct snapshot_event *events = arena_alloc_array(arena, n + 1, sizeof *events);
    for (int row = 0; row < (int)n; row++)
        events[row] = (struct snapshot_event){
            .at_us = strtoll(PQgetvalue(result, row, 0), NULL, 10),
            .kind = arena_strdup(arena, PQgetvalue(result, row, 1)),
            .login = arena_strdup(arena, PQgetvalue(result, row, 2)),
            .actor = arena_strdup(arena, PQgetvalue(result, row, 3)),
            .text = arena_strdup(arena, PQgetvalue(result, row, 4)),
        };
    *ret_events = events;
    *ret_n = n;
    return true;
}

void words_release(struct words *words)
{
    json_decref(words->class);
    json_decref(words->open);
    arena_release(&words->arena);
    *words = (struct words){.arena = ARENA_INIT};
}
