/*
 * Making and dropping scratch databases.
 */
#include "example/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/strbuf.h"

enum { CONNECT_TIMEOUT_MS = 10 * 1000 };

#define SESSION_PREFIX "lectern scratch "
#define NAME_PREFIX    "lectern_scratch_"

bool scratch_run_init(struct scratch_run *run, const struct pg_address *admin, struct error *err)
{
    unsigned char name[(SCRATCH_RUN_SIZE - 1) / 2];
    *run = (struct scratch_run){.admin = *admin};
    if (getrandom(name, sizeof name, 0) != sizeof name ||
        getrandom(run->secret.bytes, sizeof run->secret.bytes, 0) != sizeof run->secret.bytes)
        return error_set(err, ERROR_FAILED, "the kernel gave no random bytes");
    for (size_t i = 0; i < sizeof name; i++)
        snprintf(run->name + 2 * i, 3, "%02x", name[i]);
    return true;
}

char *scratch_session_name(const struct scratch_run *run)
{
    return mem_printf(SESSION_PREFIX "%s", run->name);
}

/* Run a statement in which $ stands for the quoted name. */
static bool run_for(PGconn *conn, const char *statement, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    for (const char *p = statement; *p != '\0'; p++)
        if (*p == '$')
            pg_add_identifier(&sql, name);
        else
            strbuf_add_char(&sql, *p);
    return pg_execute_now(conn, sql.text, 0, NULL, err);
}

static bool make_role(const struct scratch_run *run, PGconn *admin, const struct scratch *scratch,
                      struct error *err)
{
    CLEANUP(mem_free_string)
    char *verifier =
        secret_scram_verifier(&run->secret, scratch->name, scratch->password, SECRET_SCRAM_ONE);
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "CREATE ROLE ");
    pg_add_identifier(&sql, scratch->name);
    strbuf_add_string(&sql, " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 8 "
                            "PASSWORD ");
    pg_add_literal(&sql, verifier);
    if (!pg_execute_now(admin, sql.text, 0, NULL, err)) {
        error_hint(err, "The login must be allowed to make roles and databases.");
        return error_wrap(err, "role \"%s\"", scratch->name);
    }
    PGresult *result = NULL;
    if (!pg_query_now(admin, "SELECT FROM pg_catalog.pg_roles WHERE rolname = '" SCRATCH_GROUP "'",
                      0, NULL, &result, err))
        return false;
    bool grouped = PQntuples(result) == 1;
    PQclear(result);
    return !grouped || run_for(admin, "GRANT " SCRATCH_GROUP " TO $", scratch->name, err);
}

static bool make_database(const struct scratch_run *run, PGconn *admin, const char *name,
                          struct error *err)
{
    /* Nobody may connect before the privileges stand.  An administrator that is no superuser must
     * be a member to give something to the role. */
    static const char *const statements[] = {
        "GRANT $ TO CURRENT_USER",
        "CREATE DATABASE $ TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false",
        "REVOKE ALL ON DATABASE $ FROM PUBLIC",
        "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE $ TO $",
        "ALTER DATABASE $ ALLOW_CONNECTIONS true",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (!run_for(admin, statements[i], name, err))
            return error_wrap(err, "database \"%s\"", name);
    struct pg_address inside = run->admin;
    inside.dbname = name;
    PGconn *conn = NULL;
    if (!pg_connect_now(&inside, CONNECT_TIMEOUT_MS, &conn, err))
        return false;
    bool ok = run_for(conn, "ALTER SCHEMA public OWNER TO $", name, err) &&
              run_for(conn, "REVOKE ALL ON SCHEMA public FROM PUBLIC", name, err);
    PQfinish(conn);
    return ok;
}

bool scratch_make(struct scratch_run *run, PGconn *admin, struct scratch *ret_scratch,
                  struct error *err)
{
    struct scratch *scratch = ret_scratch;
    *scratch = (struct scratch){.login = run->admin};
    snprintf(scratch->name, sizeof scratch->name, NAME_PREFIX "%s_%u", run->name, ++run->count);
    secret_role_password(&run->secret, scratch->name, scratch->password);
    scratch->login.dbname = scratch->login.user = scratch->name;
    scratch->login.password = scratch->password;
    scratch->login.options = NULL;
    scratch->login.application_name = NULL;
    if (make_role(run, admin, scratch, err) && make_database(run, admin, scratch->name, err))
        return true;
    struct error ignored = ERROR_INIT;
    scratch_drop(admin, scratch->name, &ignored);
    error_clear(&ignored);
    return false;
}

bool scratch_drop(PGconn *admin, const char *name, struct error *err)
{
    return run_for(admin, "DROP DATABASE IF EXISTS $ WITH (FORCE)", name, err) &&
           run_for(admin, "DROP ROLE IF EXISTS $", name, err);
}

/* Drop what the query names; all of them, whatever becomes of one. */
static bool drop_all(PGconn *admin, const char *sql, const char *parameter, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(admin, sql, 1, &parameter, &result, err))
        return false;
    for (int i = 0; i < PQntuples(result); i++) {
        struct error one = ERROR_INIT;
        if (!scratch_drop(admin, PQgetvalue(result, i, 0), &one))
            error_move(err, &one);
        error_clear(&one);
    }
    PQclear(result);
    return !error_is_set(err);
}

#define NAMES                                                                                      \
    "SELECT n.name FROM (SELECT d.datname::pg_catalog.text AS name FROM pg_catalog.pg_database d " \
    "UNION SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles r) n"                        \
    " WHERE n.name ~ '^" NAME_PREFIX "[0-9a-f]{16}_[0-9]+$'"

bool scratch_drop_run(PGconn *admin, const struct scratch_run *run, struct error *err)
{
    return drop_all(admin, NAMES " AND pg_catalog.substr(n.name, 17, 16) = $1", run->name, err);
}

bool scratch_sweep(PGconn *admin, struct error *err)
{
    return drop_all(admin,
                    NAMES " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a"
                          " WHERE a.application_name = $1 || pg_catalog.substr(n.name, 17, 16))",
                    SESSION_PREFIX, err);
}
