/*
 * A new initial password for a student who forgot the own one: the next generation of what is
 * derived from the lab's secret, so that slips show it and nothing more needs to be kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/secret.h"
#include "control/connect.h"
#include "control/control.h"
#include "io/ldap.h"
#include "io/pg.h"
#include "provision/ground.h"
#include "provision/look.h"
#include "provision/provision.h"

/* In all labs, for the login's password is the same in them (their secrets are copies). */
static const char next_sql[] =
    "WITH next AS (SELECT pg_catalog.max(o.password_generation) + 1 AS generation"
    "                FROM public.students o WHERE o.login = $1::pg_catalog.text)"
    " UPDATE public.students s SET password_generation = next.generation FROM next"
    "  WHERE s.login = $1::pg_catalog.text RETURNING s.password_generation";

static bool set_in_directory(const struct site *site, const char *login, const char *password,
                             struct error *err)
{
    struct ldap_connection *ldap;
    if (!look_connect_ldap(site, &ldap, err))
        return false;
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(site, login);
    bool ok = ldap_change_password(ldap, dn, NULL, password, err);
    ldap_disconnect(ldap);
    return ok || error_wrap(err, "LDAP");
}

/* The directory changes before the commit: a failure there leaves everything as it was, and a
 * death between the two makes slips say "changed by the student" until this is done again. */
static bool renew(PGconn *conn, const struct site *site, const struct secret *secret,
                  const char *login, struct error *err)
{
    const char *const params[] = {login};
    PGresult *result = NULL;
    if (!pg_execute_now(conn, "BEGIN", 0, NULL, err) ||
        !pg_query_now(conn, next_sql, 1, params, &result, err))
        return false;
    bool known = PQntuples(result) > 0;
    unsigned generation = known ? (unsigned)strtoul(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    if (!known)
        return error_set(err, ERROR_NOT_FOUND, "there is no student \"%s\"", login);
    char password[SECRET_PASSWORD_SIZE];
    secret_student_password(secret, login, generation, password);
    bool ok = set_in_directory(site, login, password, err) &&
              pg_execute_now(conn, "COMMIT", 0, NULL, err);
    explicit_bzero(password, sizeof password);
    return ok;
}

bool provision_new_password(const struct site *site, const struct secret *secret, const char *login,
                            struct error *err)
{
    PGconn *conn;
    if (!ground_connect(site, CONTROL_DATABASE, &conn, err))
        return error_wrap(err, "the control database");
    bool ok = renew(conn, site, secret, login, err);
    PQfinish(conn);
    return ok;
}
