/*
 * The logins of a lab, read over a connection of its own, and its secret.
 */
#include "command/class.h"

#include "base/error.h"
#include "base/memory.h"
#include "control/connect.h"
#include "control/control.h"
#include "io/pg.h"

enum { CONNECT_MS = 5000 };

bool class_connect(const struct site *site, PGconn **ret_conn, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    if (connect_as_role(site, "lectern_console", CONTROL_DATABASE, &arena, &address, err) &&
        pg_connect_now(&address, CONNECT_MS, ret_conn, err))
        return true;
    if (err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT || !site_is_ours(site))
        error_hint(err, "\"lectern doctor\" tells why.");
    return error_wrap(err, "the control database");
}

bool class_read(const struct site *site, const char *lab, struct credentials *ret_credentials,
                struct error *err)
{
    PGconn *conn;
    if (!class_connect(site, &conn, err))
        return false;
    bool good = credentials_read(conn, lab, ret_credentials, err);
    PQfinish(conn);
    return good;
}

bool class_load_secret(const struct site *site, const char *lab, const char *hint,
                       struct secret *ret_secret, struct error *err)
{
    CLEANUP(mem_free_string)
    char *relative = mem_printf("labs/%s/secret", lab);
    CLEANUP(mem_free_string)
    char *path = site_path(site, relative);
    if (secret_load(path, ret_secret, err))
        return true;
    if (err->code == ERROR_NOT_FOUND)
        error_hint(err, "%s", hint);
    return error_wrap(err, "the secret of lab \"%s\"", lab);
}

bool class_knows(const struct site *site, const char *lab, const char *login, struct error *err)
{
    PGconn *conn;
    struct credentials credentials;
    if (!class_connect(site, &conn, err))
        return false;
    bool good = credentials_read(conn, lab, &credentials, err);
    if (good) {
        good = credentials_find(&credentials, login) != NULL ||
               credentials_not_found(conn, lab, login, err);
        credentials_release(&credentials);
    }
    PQfinish(conn);
    return good;
}

static bool refuse_to_leave(const PGresult *result, struct error *err)
{
    if (PQntuples(result) == 0)
        return true;
    const char *lab = pg_value(result, 0, "name");
    error_set(err, ERROR_EXISTS,
              "a lesson of lab \"%s\" is running, with %s of its students connected", lab,
              pg_value(result, 0, "here"));
    error_detail(err,
                 "Another lab sets their databases aside and ends their sessions.  Nothing was "
                 "changed.");
    return error_hint(err, "End the lesson first (\"lectern lesson %s end\"), or say --yes.", lab);
}

bool class_may_leave(const struct site *site, const char *for_lab, struct error *err)
{
    static const char sql[] =
        "SELECT l.name, pg_catalog.count(DISTINCT s.login) AS here"
        "  FROM public.labs l JOIN public.lessons n USING (lab_id)"
        "  JOIN public.students s USING (lab_id)"
        "  JOIN pg_catalog.pg_stat_activity a ON a.usename = s.login AND a.datname = s.login"
        " WHERE l.is_current AND l.name <> $1 AND n.ended_at IS NULL GROUP BY l.name";
    PGconn *conn;
    PGresult *result;
    if (!class_connect(site, &conn, err))
        return false;
    bool good = pg_query_now(conn, sql, 1, &for_lab, &result, err);
    if (good) {
        good = refuse_to_leave(result, err);
        PQclear(result);
    }
    PQfinish(conn);
    return good;
}
