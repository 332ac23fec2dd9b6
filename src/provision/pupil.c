/*
 * One student of the current lab.
 */
#include "provision/pupil.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "control/credentials.h"
#include "io/pg.h"
#include "provision/given.h"
#include "provision/ground.h"
#include "provision/outside.h"

/*
 * A query lab is known by what `apply` noted, and before it noted that by its template.  Settings
 * are those of the student's database, else of any other student's: all have the lab's.
 */
static const char pupil_sql[] =
    "SELECT l.lab_id, l.is_current, s.student_id, s.is_active, r.rolcanlogin AS can_login,"
    " d.oid IS NOT NULL AS has_database, coalesce(d.datallowconn, false) AS is_open,"
    " coalesce(l.limits ->> 'goal' = 'query', EXISTS (SELECT FROM pg_catalog.pg_database g"
    "   WHERE g.datname = $3)) AS is_query,"
    " (SELECT pg_catalog.string_agg(c, ',' ORDER BY c COLLATE \"C\")"
    "    FROM (SELECT o.setconfig FROM pg_catalog.pg_db_role_setting o"
    "            JOIN pg_catalog.pg_database od ON od.oid = o.setdatabase"
    "            JOIN public.provisioned p ON p.kind = 'database' AND p.name = od.datname"
    "           WHERE o.setrole = 0 AND p.lab_id = l.lab_id"
    "           ORDER BY od.oid = d.oid DESC NULLS LAST, od.datname LIMIT 1) one,"
    "         pg_catalog.unnest(one.setconfig) c) AS settings,"
    " (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(u.rolname), ', ')"
    "    FROM pg_catalog.aclexplode(d.datacl) x JOIN pg_catalog.pg_roles u ON u.oid = x.grantee"
    "   WHERE x.grantee <> d.datdba) AS grantees"
    "  FROM public.labs l JOIN public.students s USING (lab_id)"
    "  LEFT JOIN pg_catalog.pg_roles r ON r.rolname = s.login"
    "  LEFT JOIN (pg_catalog.pg_database d JOIN pg_catalog.pg_roles o ON o.oid = d.datdba"
    "    AND o.rolname = '" PROVISION_OWNER "') ON d.datname = s.login"
    " WHERE l.name = $1 AND s.login = $2";

/* -- who is ------------------------------------------------------------------------------------ */

static bool truth(const PGresult *result, const char *column)
{
    const char *text = pg_value(result, 0, column);
    return text != NULL && text[0] == 't';
}

static const char *words(struct arena *arena, const PGresult *result, const char *column)
{
    const char *text = pg_value(result, 0, column);
    return arena_strdup(arena, text != NULL ? text : "");
}

static void take(const PGresult *result, const char *lab, const char *login, struct arena *arena,
                 struct pupil *pupil)
{
    *pupil = (struct pupil){
        .lab_id = (int)strtol(pg_value(result, 0, "lab_id"), NULL, 10),
        .student_id = (int)strtol(pg_value(result, 0, "student_id"), NULL, 10),
        .login = arena_strdup(arena, login),
        .lab = arena_strdup(arena, lab),
        .is_active = truth(result, "is_active"),
        .is_query = truth(result, "is_query"),
        .can_login = truth(result, "can_login"),
        .has_database = truth(result, "has_database"),
        .is_open = truth(result, "is_open"),
        .settings = words(arena, result, "settings"),
        .grantees = words(arena, result, "grantees"),
    };
}

bool pupil_find(PGconn *conn, const char *lab, const char *login, struct arena *arena,
                struct pupil *ret_pupil, struct error *err)
{
    char given[GIVEN_NAME_SIZE];
    given_name(lab, given);
    const char *params[] = {lab, login, given};
    PGresult *result = NULL;
    if (!pg_query_now(conn, pupil_sql, 3, params, &result, err))
        return false;
    bool found = PQntuples(result) == 1, current = found && truth(result, "is_current");
    if (current)
        take(result, lab, login, arena, ret_pupil);
    PQclear(result);
    if (!found)
        return credentials_not_found(conn, lab, login, err);
    if (current)
        return true;
    error_set(err, ERROR_FAILED, "lab \"%s\" is not the current one", lab);
    return error_hint(err,
                      "What has the students' names is another lab's; \"lectern lab use %s\" "
                      "brings this one back.",
                      lab);
}

/* -- what is done ------------------------------------------------------------------------------ */

void pupil_add_event(const struct pupil *pupil, const char *kind, const char *actor,
                     const char *text, struct strbuf *sql)
{
    strbuf_printf(sql,
                  "INSERT INTO public.events (lab_id, student_id, kind, actor, text)"
                  " VALUES (%d, %d, '%s', ",
                  pupil->lab_id, pupil->student_id, kind);
    pg_add_literal(sql, actor);
    strbuf_add_string(sql, ", ");
    pg_add_literal(sql, text);
    strbuf_add_string(sql, ");");
}

bool pupil_end_sessions(PGconn *conn, const char *role, size_t *ret_sessions, struct error *err)
{
    PGresult *result = NULL;
    outside_call();
    if (!pg_query_now(conn,
                      "SELECT pg_catalog.pg_terminate_backend(pid)"
                      "  FROM pg_catalog.pg_stat_activity WHERE usename = $1",
                      1, &role, &result, err))
        return false;
    *ret_sessions = (size_t)PQntuples(result);
    PQclear(result);
    return true;
}
