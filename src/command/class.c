/*
 * The logins of a lab, read over a connection of its own.
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
    if (err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT)
        error_hint(err, "\"lectern ps\" shows whether PostgreSQL runs.");
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
