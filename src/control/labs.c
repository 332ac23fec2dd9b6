/*
 * Labs in the control database.  Rows travel as one JSON parameter per table, so that a class costs
 * as many round trips as a student.
 */
#include "control/labs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/pg.h"
#include "lab/class.h"

static bool run(PGconn *conn, const char *sql, size_t n, const char *const params[],
                size_t *ret_rows, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn, sql, n, params, &result, err))
        return error_wrap(err, "control database");
    if (ret_rows != NULL)
        *ret_rows += strtoul(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return true;
}

/* Run with $1 the lab and $2 the JSON, which is released. */
static bool run_rows(PGconn *conn, const char *sql, int lab_id, json_t *rows, size_t *ret_rows,
                     struct error *err)
{
    char id[16];
    snprintf(id, sizeof id, "%d", lab_id);
    char *text = json_dumps(rows, JSON_COMPACT);
    const char *params[] = {id, text};
    bool ok = run(conn, sql, 2, params, ret_rows, err);
    free(text);
    json_decref(rows);
    return ok;
}

char *control_limits(const struct lab *lab)
{
    struct class_rules rules;
    lab_class_rules(lab, &rules);
    json_t *limits =
        json_pack("{s:f, s:I, s:s, s:s}", "speed", lab->speed, "content_max_rows",
                  (json_int_t)lab->content_max_rows, "feedback", lab_feedback_name(lab->feedback),
                  "goal", lab->goal == GOAL_QUERY ? "query" : "build");
    class_rules_write(&rules, limits);
    char *text = json_dumps(limits, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(limits);
    return text;
}

bool control_save_lab(PGconn *conn, const struct lab *lab, const char *source, int *ret_lab_id,
                      struct error *err)
{
    CLEANUP(mem_free_string)
    char *limits = control_limits(lab);
    const char *params[] = {lab->name, lab->title, source, limits};
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "INSERT INTO public.labs AS l (name, title, source, limits, is_current)"
                      " VALUES ($1, $2, $3, $4::jsonb, false)"
                      " ON CONFLICT (name) DO UPDATE SET title = EXCLUDED.title,"
                      "    source = EXCLUDED.source, limits = EXCLUDED.limits"
                      " RETURNING lab_id",
                      4, params, &result, err))
        return error_wrap(err, "control database");
    *ret_lab_id = (int)strtol(pg_value(result, 0, "lab_id"), NULL, 10);
    PQclear(result);
    return true;
}

bool control_save_roster(PGconn *conn, int lab_id, const struct roster *roster, struct error *err)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < roster->count; i++) {
        const struct student *s = &roster->students[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:I}", "login",
                                              s->login, "name", s->name, "email", s->email, "seat",
                                              s->seat, "group_name", s->group, "time_factor",
                                              s->time_factor, "position", (json_int_t)i + 1));
    }
    static const char sql[] =
        "WITH wanted AS (SELECT * FROM pg_catalog.jsonb_to_recordset($2::jsonb) AS"
        " r(login text, name text, email text, seat text, group_name text, time_factor float8,"
        "   position integer)),"
        " gone AS (UPDATE public.students SET is_active = false"
        "  WHERE lab_id = $1::integer AND is_active"
        "    AND login NOT IN (SELECT login FROM wanted))"
        "INSERT INTO public.students AS s"
        " (lab_id, login, name, email, seat, group_name, time_factor, position, is_active,"
        "  password_generation)"
        " SELECT $1::integer, w.login, w.name, w.email, w.seat, w.group_name, w.time_factor,"
        "   w.position, true, COALESCE((SELECT pg_catalog.max(o.password_generation)"
        "                               FROM public.students o WHERE o.login = w.login), 0)"
        "   FROM wanted w"
        " ON CONFLICT (lab_id, login) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email,"
        "  seat = EXCLUDED.seat, group_name = EXCLUDED.group_name,"
        "  time_factor = EXCLUDED.time_factor, position = EXCLUDED.position, is_active = true"
        " WHERE (s.name, s.email, s.seat, s.group_name, s.time_factor, s.position, s.is_active)"
        "  IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.email, EXCLUDED.seat, EXCLUDED.group_name,"
        "  EXCLUDED.time_factor, EXCLUDED.position, true)";
    return run_rows(conn, sql, lab_id, rows, NULL, err);
}

bool control_note_made(PGconn *conn, int lab_id, const char *kind, const char *const *names,
                       size_t n, struct error *err)
{
    json_t *rows = json_array();
    CLEANUP(mem_free_string)
    char *stamp = strcmp(kind, "database") == 0 ? control_template_stamp() : mem_strdup("");
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s}", "kind", kind, "name", names[i], "template", stamp));
    static const char sql[] =
        "INSERT INTO public.provisioned AS p (kind, name, lab_id, template)"
        " SELECT kind, name, $1::integer, template"
        "   FROM pg_catalog.jsonb_to_recordset($2::jsonb) AS r(kind text, name text, template text)"
        " ON CONFLICT (kind, name) DO UPDATE SET lab_id = EXCLUDED.lab_id"
        " WHERE p.lab_id IS DISTINCT FROM EXCLUDED.lab_id";
    return run_rows(conn, sql, lab_id, rows, NULL, err);
}

char *control_template_stamp(void)
{
    const struct asset *asset = asset_get("assets/sql/template.sql");
    uint64_t hash = digest_fnv(DIGEST_FNV_START, asset->text, asset->len);
    return mem_printf("%016llx", (unsigned long long)hash);
}

bool control_note_template(PGconn *conn, const char *name, struct error *err)
{
    CLEANUP(mem_free_string)
    char *stamp = control_template_stamp();
    const char *params[] = {name, stamp};
    return run(conn,
               "UPDATE public.provisioned SET template = $2 WHERE kind = 'database' AND name = $1",
               2, params, NULL, err);
}

bool control_note_gone(PGconn *conn, const char *kind, const char *name, struct error *err)
{
    const char *params[] = {kind, name};
    return run(conn, "DELETE FROM public.provisioned WHERE kind = $1 AND name = $2", 2, params,
               NULL, err);
}

bool control_account_lab(PGconn *conn, int lab_id, struct arena *arena, const char **ret_lab,
                         struct error *err)
{
    char id[16];
    snprintf(id, sizeof id, "%d", lab_id);
    const char *params[] = {id};
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT l.name FROM public.students s"
                      "  JOIN public.provisioned p ON p.kind = 'ldap' AND p.name = s.login"
                      "  JOIN public.labs l ON l.lab_id = p.lab_id"
                      " WHERE s.lab_id = $1::integer AND l.lab_id <> s.lab_id"
                      " GROUP BY l.name ORDER BY pg_catalog.count(*) DESC, l.name LIMIT 1",
                      1, params, &result, err))
        return error_wrap(err, "control database");
    *ret_lab = PQntuples(result) == 1 ? arena_strdup(arena, pg_value(result, 0, "name")) : NULL;
    PQclear(result);
    return true;
}

/* -- steps and checks -------------------------------------------------------------------------- */

static json_t *step_rows(const struct check_set *checks)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < checks->n_steps; i++) {
        const struct step *step = &checks->steps[i];
        json_array_append_new(rows,
                              json_pack("{s:I, s:s, s:s, s:s, s:f}", "position", (json_int_t)i + 1,
                                        "name", step->name, "title", step->title, "hint",
                                        step->hint, "weight", step->weight));
    }
    return rows;
}

static json_t *check_rows(const struct check_set *checks)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < checks->n_checks; i++) {
        const struct check *check = &checks->checks[i];
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:f, s:O}", "check_id", check->id,
                      "step", checks->steps[check->step].name, "position", (json_int_t)i + 1,
                      "kind", fact_kind_name(check->kind), "schema_name", check->schema, "relation",
                      check->relation, "name", check->name, "title", check->title, "weight",
                      check->weight, "expected", check->expected));
    }
    return rows;
}

bool control_save_checks(PGconn *conn, int lab_id, const struct check_set *checks,
                         bool *ret_changed, struct error *err)
{
    static const char drop_steps[] =
        "DELETE FROM public.steps WHERE lab_id = $1::integer AND name NOT IN"
        " (SELECT name FROM pg_catalog.jsonb_to_recordset($2::jsonb) AS r(name text))";
    static const char save_steps[] =
        "INSERT INTO public.steps AS s (lab_id, position, name, title, hint, weight)"
        " SELECT $1::integer, position, name, title, hint, weight"
        "   FROM pg_catalog.jsonb_to_recordset($2::jsonb)"
        "     AS r(position integer, name text, title text, hint text, weight float8)"
        " ON CONFLICT (lab_id, name) DO UPDATE SET position = EXCLUDED.position,"
        "  title = EXCLUDED.title, hint = EXCLUDED.hint, weight = EXCLUDED.weight"
        " WHERE (s.position, s.title, s.hint, s.weight) IS DISTINCT FROM"
        "  (EXCLUDED.position, EXCLUDED.title, EXCLUDED.hint, EXCLUDED.weight)";
    static const char drop_checks[] =
        "DELETE FROM public.checks WHERE lab_id = $1::integer AND check_id NOT IN"
        " (SELECT check_id FROM pg_catalog.jsonb_to_recordset($2::jsonb) AS r(check_id text))";
    static const char save_checks[] =
        "INSERT INTO public.checks AS c (lab_id, check_id, step_id, position, kind, schema_name,"
        "  relation, name, title, weight, expected)"
        " SELECT $1::integer, r.check_id, s.step_id, r.position, r.kind, r.schema_name,"
        "        r.relation, r.name, r.title, r.weight, r.expected"
        "   FROM pg_catalog.jsonb_to_recordset($2::jsonb)"
        "     AS r(check_id text, step text, position integer, kind text, schema_name text,"
        "          relation text, name text, title text, weight float8, expected jsonb)"
        "   JOIN public.steps s ON s.lab_id = $1::integer AND s.name = r.step"
        " ON CONFLICT (lab_id, check_id) DO UPDATE SET step_id = EXCLUDED.step_id,"
        "  position = EXCLUDED.position, kind = EXCLUDED.kind,"
        "  schema_name = EXCLUDED.schema_name, relation = EXCLUDED.relation,"
        "  name = EXCLUDED.name, title = EXCLUDED.title, weight = EXCLUDED.weight,"
        "  expected = EXCLUDED.expected"
        " WHERE (c.step_id, c.position, c.kind, c.schema_name, c.relation, c.name, c.title,"
        "  c.weight, c.expected) IS DISTINCT FROM (EXCLUDED.step_id, EXCLUDED.position,"
        "  EXCLUDED.kind, EXCLUDED.schema_name, EXCLUDED.relation, EXCLUDED.name,"
        "  EXCLUDED.title, EXCLUDED.weight, EXCLUDED.expected)";
    size_t rows = 0;
    if (!run_rows(conn, drop_steps, lab_id, step_rows(checks), &rows, err) ||
        !run_rows(conn, save_steps, lab_id, step_rows(checks), &rows, err) ||
        !run_rows(conn, drop_checks, lab_id, check_rows(checks), &rows, err) ||
        !run_rows(conn, save_checks, lab_id, check_rows(checks), &rows, err))
        return false;
    *ret_changed = rows > 0;
    return true;
}

bool control_finish_lab(PGconn *conn, int lab_id, const char *definition, const char *checks_from,
                        struct error *err)
{
    char id[16];
    snprintf(id, sizeof id, "%d", lab_id);
    const char *params[] = {id, definition, checks_from};
    return run(conn,
               "UPDATE public.labs SET is_current = false"
               " WHERE is_current AND lab_id <> $1::integer",
               1, params, NULL, err) &&
           run(conn,
               "UPDATE public.labs SET is_current = true, generation = generation + 1,"
               "  applied_at = pg_catalog.now(), definition = COALESCE($2, definition),"
               "  checks_from = COALESCE($3, checks_from) WHERE lab_id = $1::integer",
               3, params, NULL, err);
}

bool control_list_labs(PGconn *conn, struct arena *arena, struct lab_row **ret_rows, size_t *ret_n,
                       struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT l.lab_id, l.name, l.title, l.source, l.is_current,"
                      "  (SELECT pg_catalog.count(*) FROM public.students s"
                      "    WHERE s.lab_id = l.lab_id AND s.is_active) AS students"
                      "  FROM public.labs l ORDER BY l.name",
                      0, NULL, &result, err))
        return error_wrap(err, "control database");
    size_t n = (size_t)PQntuples(result);
    struct lab_row *rows = arena_alloc_array(arena, n + 1, sizeof *rows);
    for (int i = 0; i < (int)n; i++)
        rows[i] = (struct lab_row){
            .lab_id = (int)strtol(pg_value(result, i, "lab_id"), NULL, 10),
            .name = arena_strdup(arena, pg_value(result, i, "name")),
            .title = arena_strdup(arena, pg_value(result, i, "title")),
            .source = arena_strdup(arena, pg_value(result, i, "source")),
            .is_current = pg_value(result, i, "is_current")[0] == 't',
            .students = (int)strtol(pg_value(result, i, "students"), NULL, 10),
        };
    PQclear(result);
    *ret_rows = rows;
    *ret_n = n;
    return true;
}
