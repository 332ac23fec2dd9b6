/*
 * The cluster's roles of lectern's own.
 *
 * One table says what each may do; one transaction brings them there.  Passwords are SCRAM
 * verifiers made on this side, the same each time, so that a second run finds nothing to change.
 */
#include "provision/ground.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "io/pg.h"
#include "provision/outside.h"

struct cluster_role {
    const char *name;
    bool login; /* by SCRAM with the password derived from its secret */
    int limit;
    const char *member_of; /* NULL, or a list */
    const char *comment;
};

static const struct cluster_role cluster_roles[] = {
    {"lectern_owner", false, -1, NULL, "owns the students' databases and the template"},
    {"lectern_agent", false, -1, NULL, "owns schema lectern in them, and nothing else"},
    {"lectern_student", false, -1, NULL, "what every student may"},
    {"lectern_probe", false, -1, NULL, "what every probe may"},
    {"lectern_given", false, -1, NULL, "owns what query labs give to students"},
    {"lectern_scratch", false, -1, NULL, "roles of scratch databases may log in"},
    {"lectern_daemon", true, 8, "pg_monitor, pg_signal_backend", "lecternd's control connection"},
    {"lectern_exporter", true, 4, NULL, "the exporters: schema metrics only"},
    {"lectern_console", true, 16, NULL, "the console"},
    {"lectern_loader", true, 8, NULL, "loads examples and dumps"},
};

/* What a role is, apart from its name, as a text that can be compared. */
static void describe(struct strbuf *out, bool login, int limit, const char *member_of,
                     const char *verifier, const char *comment)
{
    strbuf_printf(out, "%s limit %d, in %s, %s, %s", login ? "login" : "nologin", limit,
                  member_of != NULL ? member_of : "", verifier != NULL ? verifier : "", comment);
}

static bool make_verifier(const struct site *site, const char *role, char **ret_verifier,
                          struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, connect_secret_name(role));
    struct secret secret;
    if (!secret_load(path, &secret, err))
        return false;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    secret_role_password(&secret, role, password);
    *ret_verifier = secret_scram_verifier(&secret, role, password, SECRET_SCRAM_USUAL);
    explicit_bzero(password, sizeof password);
    secret_wipe(&secret);
    return true;
}

/* Append what brings the role to its state; `found` is its row in `result`, or -1. */
static bool add_role(const struct site *site, const struct cluster_role *role,
                     const PGresult *result, int found, struct strbuf *sql, size_t *changed,
                     struct error *err)
{
    CLEANUP(mem_free_string)
    char *verifier = NULL;
    CLEANUP(mem_free_string)
    char *comment = mem_printf(PROVISION_MARK "%s", role->comment);
    if (found >= 0 &&
        strncmp(pg_value(result, found, "comment"), PROVISION_MARK, strlen(PROVISION_MARK)) != 0) {
        error_set(err, ERROR_EXISTS, "role \"%s\" exists and was not made by lectern", role->name);
        return error_hint(err, "Rename or drop it; lectern leaves what it did not make alone.");
    }
    if (role->login && !make_verifier(site, role->name, &verifier, err))
        return false;
    if (found >= 0) {
        CLEANUP(strbuf_release)
        struct strbuf wanted = STRBUF_INIT, is = STRBUF_INIT;
        describe(&wanted, role->login, role->limit, role->member_of, verifier, comment);
        describe(&is, pg_value(result, found, "login")[0] == 't',
                 (int)strtol(pg_value(result, found, "limit"), NULL, 10),
                 pg_value(result, found, "member_of"), pg_value(result, found, "verifier"),
                 pg_value(result, found, "comment"));
        if (strcmp(wanted.text, is.text) == 0)
            return true;
    }
    (*changed)++;
    strbuf_printf(sql, "%s ROLE %s WITH NOSUPERUSER NOCREATEDB NOCREATEROLE %s CONNECTION LIMIT %d",
                  found >= 0 ? "ALTER" : "CREATE", role->name, role->login ? "LOGIN" : "NOLOGIN",
                  role->limit);
    if (verifier != NULL) {
        strbuf_add_string(sql, " PASSWORD ");
        pg_add_literal(sql, verifier);
    }
    strbuf_printf(sql, ";\nCOMMENT ON ROLE %s IS ", role->name);
    pg_add_literal(sql, comment);
    strbuf_add_string(sql, ";\n");
    if (role->member_of != NULL)
        strbuf_printf(sql, "GRANT %s TO %s;\n", role->member_of, role->name);
    return true;
}

static int find_row(const PGresult *result, const char *name)
{
    for (int row = 0; row < PQntuples(result); row++)
        if (strcmp(pg_value(result, row, "name"), name) == 0)
            return row;
    return -1;
}

bool ground_roles(const struct site *site, PGconn *conn, size_t *changed, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(
            conn,
            "SELECT a.rolname AS name, a.rolcanlogin AS login, a.rolconnlimit AS limit,"
            "       a.rolpassword AS verifier,"
            "       COALESCE(pg_catalog.shobj_description(a.oid, 'pg_authid'), '') AS comment,"
            "       (SELECT pg_catalog.string_agg(g.rolname, ', ' ORDER BY g.rolname)"
            "          FROM pg_catalog.pg_auth_members m"
            "          JOIN pg_catalog.pg_authid g ON g.oid = m.roleid"
            "         WHERE m.member = a.oid) AS member_of"
            "  FROM pg_catalog.pg_authid a WHERE a.rolname LIKE 'lectern\\_%'",
            0, NULL, &result, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    bool ok = true;
    strbuf_add_string(&sql, "BEGIN;\n");
    size_t nothing = sql.len;
    for (size_t i = 0; ok && i < sizeof cluster_roles / sizeof *cluster_roles; i++)
        ok = add_role(site, &cluster_roles[i], result, find_row(result, cluster_roles[i].name),
                      &sql, changed, err);
    PQclear(result);
    if (!ok || sql.len == nothing)
        return ok;
    strbuf_add_string(&sql, "COMMIT");
    return outside_script(conn, sql.text, err) ? true : error_wrap(err, "roles");
}
