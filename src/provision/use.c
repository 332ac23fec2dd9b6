/*
 * Another lab becomes current: the databases of the others are set aside, its own come back.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/ground.h"
#include "provision/outside.h"

/* `mine`: this lab's that are set aside; else the others' that stand under their students' names.
 */
static const char list_sql[] =
    "SELECT p.name, l.name AS lab, s.login"
    "  FROM public.provisioned p"
    "  JOIN public.labs l ON l.lab_id = p.lab_id"
    "  JOIN public.students s ON s.lab_id = l.lab_id"
    "   AND s.login = pg_catalog.split_part(p.name, '~', 1)"
    "  JOIN pg_catalog.pg_database d ON d.datname = p.name"
    "  JOIN pg_catalog.pg_roles r ON r.oid = d.datdba AND r.rolname = '" PROVISION_OWNER "'"
    " WHERE p.kind = 'database' AND (l.name = $1) = $2::boolean"
    "   AND (pg_catalog.strpos(p.name, '~') > 0) = $2::boolean"
    "   AND pg_catalog.split_part(p.name, '~', 3) = ''" /* a reset's stay aside */
    " ORDER BY p.name";

static bool each(PGconn *conn, const char *lab, bool mine,
                 bool (*act)(PGconn *, const char *, const char *, const char *, struct error *),
                 struct event *event, event_cb on_event, void *data, struct error *err)
{
    const char *params[] = {lab, mine ? "true" : "false"};
    PGresult *result = NULL;
    if (!pg_query_now(conn, list_sql, 2, params, &result, err))
        return false;
    bool ok = true;
    event->total += (size_t)PQntuples(result);
    for (int i = 0; ok && i < PQntuples(result); i++) {
        const char *name = pg_value(result, i, "name");
        ok = act(conn, name, pg_value(result, i, "lab"), pg_value(result, i, "login"), err);
        if (!ok) {
            error_wrap(err, "database \"%s\"", name);
            break;
        }
        event->kind = EVENT_PROGRESS;
        event->done++;
        event->changed++;
        on_event(event, data);
    }
    PQclear(result);
    return ok;
}

static bool set_aside(PGconn *conn, const char *name, const char *lab, const char *login,
                      struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    return apply_set_aside(conn, name, plan_aside_name(&arena, login, lab), err);
}

static bool bring_back(PGconn *conn, const char *name, const char *lab, const char *login,
                       struct error *err)
{
    (void)lab;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    apply_add_rename(name, login, &sql);
    strbuf_add_string(&sql, "ALTER DATABASE ");
    pg_add_identifier(&sql, login);
    strbuf_add_string(&sql, " WITH ALLOW_CONNECTIONS true");
    return outside_script(conn, sql.text, err);
}

static bool find_lab(PGconn *conn, const char *name, struct lab_row *ret_row, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct lab_row *rows;
    size_t n;
    if (!control_list_labs(conn, &arena, &rows, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0) {
            *ret_row = rows[i];
            ret_row->name = ret_row->title = ret_row->source = NULL; /* they were the arena's */
            return true;
        }
    error_set(err, ERROR_NOT_FOUND, "no lab \"%s\" was applied", name);
    return error_hint(err, "\"lectern lab list\" shows those that were.");
}

static bool use(PGconn *conn, const char *name, event_cb on_event, void *data, bool *ret_changed,
                struct error *err)
{
    struct lab_row row = {0};
    struct event event = {.target = "databases", .object = "", .text = ""};
    if (!find_lab(conn, name, &row, err))
        return false;
    event.kind = EVENT_START;
    on_event(&event, data);
    if (!each(conn, name, false, set_aside, &event, on_event, data, err) ||
        !each(conn, name, true, bring_back, &event, on_event, data, err))
        return false;
    *ret_changed = !row.is_current || event.changed > 0;
    outside_call();
    if (*ret_changed && (!pg_script_now(conn, "BEGIN", err) ||
                         !control_finish_lab(conn, row.lab_id, NULL, NULL, err) ||
                         !pg_script_now(conn, "COMMIT", err)))
        return false;
    event.kind = EVENT_DONE;
    on_event(&event, data);
    return true;
}

bool provision_use(const struct site *site, const char *lab_name, event_cb on_event, void *data,
                   bool *ret_changed, struct error *err)
{
    int lock = -1;
    PGconn *conn = NULL;
    *ret_changed = false;
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = ground_connect(site, CONTROL_DATABASE, &conn, err) &&
              use(conn, lab_name, on_event, data, ret_changed, err);
    PQfinish(conn);
    close(lock);
    return ok;
}
