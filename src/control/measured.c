/*
 * lecternd's side of the control database: loading the current lab with what was measured so far,
 * watching the class, recording turns.
 */
#include "control/measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"

enum { QUERY_TIMEOUT_MS = 5000, LOAD_TIMEOUT_MS = 20000 };

/* "lectern" as a number: the advisory lock of the one lecternd of a control database. */
static const char lock_sql[] =
    "SELECT pg_catalog.pg_try_advisory_lock(7809639181116367214) AS held";

static const char size_sql[] =
    "SELECT pg_catalog.pg_database_size(d.oid) AS bytes FROM pg_catalog.pg_database d"
    " WHERE d.datname = $1::name AND d.datallowconn";

static const char lab_sql[] =
    "SELECT l.lab_id, l.generation, l.name,"
    " coalesce((l.limits ->> 'speed')::float8, 1) AS speed,"
    " coalesce(l.limits ->> 'feedback', '') AS feedback, l.limits::text AS limits"
    " FROM public.labs l WHERE l.is_current";

static const char steps_sql[] =
    "SELECT t.step_id, t.name, t.title, t.hint, t.weight FROM public.steps t"
    " JOIN public.labs l USING (lab_id) WHERE l.is_current ORDER BY t.position, t.step_id";

static const char checks_sql[] =
    "SELECT c.check_id, c.step_id, c.kind, c.schema_name, c.relation, c.name, c.title, c.weight,"
    " c.expected::text AS expected FROM public.checks c JOIN public.steps t USING (step_id)"
    " JOIN public.labs l ON l.lab_id = c.lab_id WHERE l.is_current"
    " ORDER BY t.position, t.step_id, c.position, c.check_id";

static const char step_scores_sql[] =
    "SELECT a.student_id, a.step_id, a.score, a.last_score, '' AS verdict,"
    " coalesce((extract(epoch FROM a.measured_at) * 1000000)::bigint, 0) AS measured_us"
    " FROM public.step_scores a JOIN public.students s USING (student_id)"
    " JOIN public.labs l USING (lab_id) WHERE l.is_current AND s.is_active";

static const char scores_sql[] =
    "SELECT a.student_id, a.check_id, a.score, a.score AS last_score, a.verdict,"
    " coalesce((extract(epoch FROM a.measured_at) * 1000000)::bigint, 0) AS measured_us"
    " FROM public.scores a JOIN public.students s USING (student_id)"
    " JOIN public.labs l ON l.lab_id = s.lab_id WHERE l.is_current AND s.is_active";

/* -- small readers of results ------------------------------------------------------------------ */

static const char *words(struct arena *arena, const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return arena_strdup(arena, text != NULL ? text : "");
}

/* -- the lab ----------------------------------------------------------------------------------- */

static void student_release(struct measured_student *student, const struct check_set *set)
{
    for (size_t i = 0; i < set->n_checks; i++)
        free(student->scores[i].verdict);
    free(student->reason);
    free(student->need_reason);
}

void measured_lab_free(struct measured_lab *lab)
{
    if (lab == NULL)
        return;
    for (size_t i = 0; i < lab->n_students; i++)
        student_release(&lab->students[i], &lab->checks);
    check_set_release(&lab->checks);
    arena_release(&lab->arena);
    free(lab->memory);
    free(lab);
}

static void read_lab(struct measured_lab *lab, const PGresult *result)
{
    lab->lab_id = (int)pg_whole(result, 0, "lab_id", 0);
    lab->generation = pg_whole(result, 0, "generation", 0);
    lab->name = words(&lab->arena, result, 0, "name");
    json_t *limits = json_loads(pg_value(result, 0, "limits"), 0, NULL);
    lab->rules = class_rules_default();
    class_rules_read(&lab->rules, limits);
    json_decref(limits);
    lab->speed = pg_number(result, 0, "speed");
    lab->feedback = FEEDBACK_STEPS;
    for (int i = FEEDBACK_NOTHING; i <= FEEDBACK_VERDICTS; i++)
        if (strcmp(pg_value(result, 0, "feedback"), lab_feedback_name((enum lab_feedback)i)) == 0)
            lab->feedback = (enum lab_feedback)i;
}

static void read_steps(struct measured_lab *lab, const PGresult *result)
{
    struct check_set *set = &lab->checks;
    set->n_steps = (size_t)PQntuples(result);
    set->steps = arena_alloc_array(&set->arena, set->n_steps, sizeof(*set->steps));
    lab->step_ids = arena_alloc_array(&lab->arena, set->n_steps, sizeof(*lab->step_ids));
    for (int i = 0; i < (int)set->n_steps; i++) {
        lab->step_ids[i] = (int)pg_whole(result, i, "step_id", 0);
        set->steps[i] = (struct step){
            .name = words(&set->arena, result, i, "name"),
            .title = words(&set->arena, result, i, "title"),
            .hint = words(&set->arena, result, i, "hint"),
            .weight = pg_number(result, i, "weight"),
        };
    }
}

static int find_step(const struct measured_lab *lab, int step_id)
{
    for (size_t i = 0; i < lab->checks.n_steps; i++)
        if (lab->step_ids[i] == step_id)
            return (int)i;
    return -1;
}

static bool read_checks(struct measured_lab *lab, const PGresult *result, struct error *err)
{
    struct check_set *set = &lab->checks;
    size_t n = (size_t)PQntuples(result);
    set->checks = arena_alloc_array(&set->arena, n, sizeof(*set->checks));
    for (int i = 0; i < (int)n; i++) {
        struct check *check = &set->checks[set->n_checks];
        const char *kind = pg_value(result, i, "kind");
        int step = find_step(lab, (int)pg_whole(result, i, "step_id", 0));
        if (step < 0) /* an apply came in between: the generation will show it */
            continue;
        if (!fact_kind_parse(kind, &check->kind))
            return error_set(err, ERROR_FAILED,
                             "check \"%s\" is of a kind this program does not know: \"%s\"",
                             pg_value(result, i, "title"), kind);
        snprintf(check->id, sizeof(check->id), "%s", pg_value(result, i, "check_id"));
        check->step = (size_t)step;
        check->schema = words(&set->arena, result, i, "schema_name");
        check->relation = words(&set->arena, result, i, "relation");
        check->name = words(&set->arena, result, i, "name");
        check->title = words(&set->arena, result, i, "title");
        check->weight = pg_number(result, i, "weight");
        check->expected = json_loads(pg_value(result, i, "expected"), JSON_DECODE_ANY, NULL);
        if (check->expected == NULL)
            return error_set(err, ERROR_FAILED, "what check \"%s\" expects cannot be read",
                             check->title);
        set->n_checks++;
    }
    return true;
}

static void read_students(struct measured_lab *lab, const PGresult *result)
{
    struct arena *arena = &lab->arena;
    lab->n_students = (size_t)PQntuples(result);
    lab->students = arena_alloc_array(arena, lab->n_students, sizeof(*lab->students));
    for (int i = 0; i < (int)lab->n_students; i++) {
        struct measured_student *s = &lab->students[i];
        s->student_id = (int)pg_whole(result, i, "student_id", 0);
        s->login = words(arena, result, i, "login");
        s->seat = words(arena, result, i, "seat");
        s->time_factor = pg_number(result, i, "time_factor");
        s->progress = pg_number(result, i, "progress");
        s->timeline = pg_number(result, i, "timeline");
        s->steps_done = (int)pg_whole(result, i, "steps_done", 0);
        s->current_step = find_step(lab, (int)pg_whole(result, i, "current_step_id", -1));
        if (!state_parse(pg_value(result, i, "state"), &s->state))
            s->state = STATE_UNKNOWN;
        s->reason = mem_strdup(pg_value(result, i, "reason"));
        if (!need_parse(pg_value(result, i, "need"), &s->need))
            s->need = NEED_NONE;
        s->need_reason = mem_strdup(pg_value(result, i, "need_reason"));
        s->need_since_us = pg_whole(result, i, "need_since_us", 0);
        s->need_raised_us = pg_whole(result, i, "need_raised_us", 0);
        s->first_seen_us = pg_whole(result, i, "first_seen_us", 0);
        s->last_progress_us = pg_whole(result, i, "last_progress_us", 0);
        s->last_activity_us = pg_whole(result, i, "last_activity_us", 0);
        s->probed_us = pg_whole(result, i, "probed_us", 0);
        s->sessions = (int)pg_whole(result, i, "sessions", 0);
        s->failed_logins = (int)pg_whole(result, i, "failed_logins", 0);
        s->bytes = pg_whole(result, i, "database_bytes", -1);
        const struct check_set *set = &lab->checks;
        s->scores = arena_alloc_array(arena, set->n_checks, sizeof(*s->scores));
        for (size_t k = 0; k < set->n_checks; k++)
            s->scores[k].value = s->scores[k].known = (double)NAN;
        s->steps = arena_alloc_array(arena, set->n_steps, sizeof(*s->steps));
        for (size_t k = 0; k < set->n_steps; k++)
            s->steps[k].value = s->steps[k].known = (double)NAN;
    }
}

/* Ids that are looked up many times: ordered, with the index of what they stand for. */
struct key {
    char text[24];
    size_t index;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->text, ((const struct key *)b)->text);
}

static const struct key *find_key(const struct key *keys, size_t n, const char *text)
{
    struct key wanted = {.index = 0};
    snprintf(wanted.text, sizeof(wanted.text), "%s", text);
    return n > 0 ? bsearch(&wanted, keys, n, sizeof(*keys), compare_keys) : NULL;
}

static struct key *student_keys(const struct measured_lab *lab)
{
    struct key *keys = mem_alloc_array(lab->n_students + 1, sizeof(*keys));
    for (size_t i = 0; i < lab->n_students; i++) {
        snprintf(keys[i].text, sizeof(keys[i].text), "%d", lab->students[i].student_id);
        keys[i].index = i;
    }
    qsort(keys, lab->n_students, sizeof(*keys), compare_keys);
    return keys;
}

static struct key *check_keys(const struct measured_lab *lab)
{
    const struct check_set *set = &lab->checks;
    struct key *keys = mem_alloc_array(set->n_checks + 1, sizeof(*keys));
    for (size_t i = 0; i < set->n_checks; i++) {
        snprintf(keys[i].text, sizeof(keys[i].text), "%s", set->checks[i].id);
        keys[i].index = i;
    }
    qsort(keys, set->n_checks, sizeof(*keys), compare_keys);
    return keys;
}

static void read_score(struct measured_score *score, const PGresult *result, int row)
{
    const char *verdict = pg_value(result, row, "verdict");
    score->value = pg_number(result, row, "score");
    score->known = pg_number(result, row, "last_score");
    score->measured_us = pg_whole(result, row, "measured_us", 0);
    free(score->verdict);
    score->verdict = verdict != NULL && *verdict != '\0' ? mem_strdup(verdict) : NULL;
}

static void read_step_scores(struct measured_lab *lab, const PGresult *result)
{
    struct key *students = student_keys(lab);
    for (int i = 0; i < PQntuples(result); i++) {
        const struct key *student =
            find_key(students, lab->n_students, pg_value(result, i, "student_id"));
        int step = find_step(lab, (int)pg_whole(result, i, "step_id", -1));
        if (student != NULL && step >= 0)
            read_score(&lab->students[student->index].steps[step], result, i);
    }
    free(students);
}

static void read_scores(struct measured_lab *lab, const PGresult *result)
{
    struct key *students = student_keys(lab);
    struct key *checks = check_keys(lab);
    for (int i = 0; i < PQntuples(result); i++) {
        const struct key *student =
            find_key(students, lab->n_students, pg_value(result, i, "student_id"));
        const struct key *check =
            find_key(checks, lab->checks.n_checks, pg_value(result, i, "check_id"));
        if (student != NULL && check != NULL)
            read_score(&lab->students[student->index].scores[check->index], result, i);
    }
    free(students);
    free(checks);
}

/* -- loading ----------------------------------------------------------------------------------- */

/* One load: the queries run one after the other in one read-only snapshot; each gets its callback,
 * also when the connection breaks, so the last one reports. */
struct measured_load {
    struct measured_lab *lab; /* NULL: there is no current lab */
    measured_load_cb on_load;
    void *data;
    struct error err;
};

static bool goes_on(struct measured_load *load, const struct error *err)
{
    if (err != NULL)
        error_set(&load->err, err->code, "%s", err->message);
    return load->err.code == ERROR_NONE && load->lab != NULL;
}

static void on_begin(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    goes_on(data, err);
}

static void on_lab(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (!goes_on(load, err))
        return;
    if (PQntuples(result) > 0) {
        read_lab(load->lab, result);
        return;
    }
    measured_lab_free(load->lab);
    load->lab = NULL;
}

static void on_steps(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (goes_on(load, err))
        read_steps(load->lab, result);
}

static void on_checks(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (goes_on(load, err))
        read_checks(load->lab, result, &load->err);
}

static void on_students(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (goes_on(load, err))
        read_students(load->lab, result);
}

static void on_step_scores(struct pg *pg, const PGresult *result, const struct error *err,
                           void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (goes_on(load, err))
        read_step_scores(load->lab, result);
}

static void on_scores(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (goes_on(load, err))
        read_scores(load->lab, result);
}

static void on_memory(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    if (!goes_on(load, err) || PQntuples(result) == 0)
        return;
    load->lab->memory = mem_strdup(pg_value(result, 0, "learnt"));
    load->lab->memory_us = pg_whole(result, 0, "at_us", 0);
}

void measured_load_cancel(struct measured_load *load)
{
    if (load == NULL)
        return;
    measured_lab_free(load->lab);
    error_clear(&load->err);
    free(load);
}

static void on_end(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measured_load *load = data;
    (void)pg;
    (void)result;
    goes_on(load, err);
    struct measured_lab *lab = load->lab;
    bool failed = error_is_set(&load->err);
    if (!failed)
        load->lab = NULL; /* the receiver's */
    load->on_load(failed ? NULL : lab, failed ? &load->err : NULL, load->data);
    measured_load_cancel(load);
}

struct measured_load *measured_load(struct pg *pg, measured_load_cb on_load, void *data)
{
    struct measured_load *load = mem_alloc(sizeof(*load));
    load->on_load = on_load;
    load->data = data;
    load->lab = mem_alloc(sizeof(*load->lab));
    check_set_init(&load->lab->checks);
    const int64_t limit = LOAD_TIMEOUT_MS;
    pg_query(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL, limit, on_begin, load);
    pg_query(pg, lab_sql, 0, NULL, limit, on_lab, load);
    pg_query(pg, steps_sql, 0, NULL, limit, on_steps, load);
    pg_query(pg, checks_sql, 0, NULL, limit, on_checks, load);
    pg_query(pg, asset_get("assets/sql/daemon_students.sql")->text, 0, NULL, limit, on_students,
             load);
    pg_query(pg, step_scores_sql, 0, NULL, limit, on_step_scores, load);
    pg_query(pg, scores_sql, 0, NULL, limit, on_scores, load);
    pg_query(pg, asset_get("assets/sql/daemon_memory.sql")->text, 0, NULL, limit, on_memory, load);
    pg_query(pg, "ROLLBACK", 0, NULL, limit, on_end, load);
    return load;
}

/* -- lock, watch, record ----------------------------------------------------------------------- */

void measured_lock(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_query(pg, lock_sql, 0, NULL, QUERY_TIMEOUT_MS, on_result, data);
}

void measured_prepare(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_prepare(pg, "current", asset_get("assets/sql/daemon_current.sql")->text, QUERY_TIMEOUT_MS,
               on_result, data);
    pg_prepare(pg, "watch", asset_get("assets/sql/daemon_watch.sql")->text, QUERY_TIMEOUT_MS,
               on_result, data);
    pg_prepare(pg, "size", size_sql, QUERY_TIMEOUT_MS, on_result, data);
    pg_prepare(pg, "record", asset_get("assets/sql/daemon_record.sql")->text, QUERY_TIMEOUT_MS,
               on_result, data);
    pg_prepare(pg, "freeze", asset_get("assets/sql/daemon_freeze.sql")->text, QUERY_TIMEOUT_MS,
               on_result, data);
}

void measured_current(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_query_prepared(pg, "current", 0, NULL, QUERY_TIMEOUT_MS, on_result, data);
}

void measured_watch(struct pg *pg, int lab_id, pg_result_cb on_result, void *data)
{
    char id[16];
    snprintf(id, sizeof(id), "%d", lab_id);
    const char *params[] = {id};
    pg_query_prepared(pg, "watch", 1, params, QUERY_TIMEOUT_MS, on_result, data);
}

void measured_size(struct pg *pg, const char *dbname, pg_result_cb on_result, void *data)
{
    const char *params[] = {dbname};
    pg_query_prepared(pg, "size", 1, params, QUERY_TIMEOUT_MS, on_result, data);
}

void measured_record(struct pg *pg, int lab_id, const char *document, pg_result_cb on_result,
                     void *data)
{
    char id[16];
    snprintf(id, sizeof(id), "%d", lab_id);
    const char *params[] = {id, document};
    pg_query_prepared(pg, "record", 2, params, QUERY_TIMEOUT_MS, on_result, data);
}

void measured_freeze(struct pg *pg, int lesson_id, pg_result_cb on_result, void *data)
{
    char id[16];
    snprintf(id, sizeof(id), "%d", lesson_id);
    const char *params[] = {id};
    pg_query_prepared(pg, "freeze", 1, params, QUERY_TIMEOUT_MS, on_result, data);
}
