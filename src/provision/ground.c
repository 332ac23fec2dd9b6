/*
 * The ground that every lab stands on: secrets, the template, the control database, files.
 *
 * Databases of lectern's own belong to lectern_owner, which owns nothing else: that is how they are
 * recognised, half-made ones included.
 */
#include "provision/ground.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "control/control.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/grafana.h"
#include "provision/outside.h"
#include "render/render.h"

enum { CONNECT_MS = 10000, GROUND_PARTS = 5 };

bool ground_connect(const struct site *site, const char *dbname, PGconn **ret_conn,
                    struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    connect_as_admin(site, dbname, &arena, &address);
    return pg_connect_now(&address, CONNECT_MS, ret_conn, err);
}

/* -- secrets ----------------------------------------------------------------------------------- */

static bool give_to(const char *path, const char *user, struct error *err)
{
    uid_t uid;
    gid_t gid;
    if (user[0] == '\0' || geteuid() != 0)
        return true;
    if (!render_find_user(user, &uid, &gid, err))
        return false;
    if (chown(path, uid, gid) != 0)
        return error_set_errno(err, errno, "could not give \"%s\" to \"%s\"", path, user);
    return true;
}

static bool ground_secrets(const struct site *site, size_t *changed, struct error *err)
{
    static const char *const names[] = {"daemon", "console", "exporter", "loader"};
    CLEANUP(mem_free_string)
    char *directory = site_path(site, "secrets");
    if (!file_make_directories(directory, 0700, err))
        return false;
    /* lecternd, another user, must get at its own file; the others stay closed by their modes */
    if (site->daemon_user[0] != '\0' && geteuid() == 0 && chmod(directory, 0711) != 0)
        return error_set_errno(err, errno, "could not open \"%s\" to lecternd", directory);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(mem_free_string)
        char *path = site_secret_path(site, names[i]);
        struct secret secret;
        if (!file_exists(path)) {
            outside_call();
            (*changed)++;
        }
        if (!secret_load_or_create(path, &secret, err))
            return false;
        secret_wipe(&secret);
    }
    CLEANUP(mem_free_string)
    char *daemon = site_secret_path(site, "daemon");
    return give_to(daemon, site->daemon_user, err);
}

/* -- databases --------------------------------------------------------------------------------- */

struct own_database {
    bool exists, ours, open;
    char *comment; /* malloc'd; NULL when there is none */
    char *grants;
};

static void own_database_release(struct own_database *found)
{
    mem_free_string(&found->comment);
    mem_free_string(&found->grants);
}

static bool look_for(PGconn *conn, const char *name, struct own_database *ret_found,
                     struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(
            conn,
            "SELECT r.rolname = '" PROVISION_OWNER "' AS ours, d.datallowconn AS open,"
            "       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,"
            "       (SELECT pg_catalog.string_agg(CASE a.grantee WHEN 0 THEN 'PUBLIC'"
            "               ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END COLLATE \"C\""
            "               || ' ' || a.privilege_type, ',' ORDER BY CASE a.grantee WHEN 0 THEN"
            "               'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END"
            "               COLLATE \"C\", a.privilege_type)"
            "          FROM pg_catalog.aclexplode(COALESCE(d.datacl,"
            "               pg_catalog.acldefault('d', d.datdba))) a"
            "         WHERE a.grantee <> d.datdba) AS grants"
            "  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
            " WHERE d.datname = $1",
            1, &name, &result, err))
        return false;
    *ret_found = (struct own_database){.exists = PQntuples(result) == 1};
    if (ret_found->exists) {
        ret_found->ours = strcmp(pg_value(result, 0, "ours"), "t") == 0;
        ret_found->open = strcmp(pg_value(result, 0, "open"), "t") == 0;
        ret_found->comment = mem_strdup(pg_value(result, 0, "comment"));
        ret_found->grants = mem_strdup(pg_value(result, 0, "grants"));
    }
    PQclear(result);
    if (!ret_found->exists || ret_found->ours)
        return true;
    own_database_release(ret_found);
    error_set(err, ERROR_EXISTS, "database \"%s\" exists and was not made by lectern", name);
    return error_hint(err, "Rename or drop it; lectern leaves what it did not make alone.");
}

/* "lectern: template 0123456789abcdef": complete, and made from this text. */
static char *template_stamp(void)
{
    CLEANUP(mem_free_string)
    char *stamp = control_template_stamp();
    return mem_printf(PROVISION_MARK "template %s", stamp);
}

/* Rewritten, the catalogues are smaller and have no free space and visibility maps: every student's
 * database is a quarter of the files and an eighth of the bytes cheaper. */
static bool fill_template(const struct site *site, struct error *err)
{
    PGconn *conn = NULL;
    if (!ground_connect(site, PROVISION_TEMPLATE, &conn, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "BEGIN;\n");
    strbuf_add_string(&sql, asset_get("assets/sql/template.sql")->text);
    strbuf_add_string(&sql, "\nCOMMIT");
    bool ok = outside_script(conn, sql.text, err) && outside_script(conn, "VACUUM FULL", err);
    PQfinish(conn);
    return ok;
}

static bool close_template(PGconn *conn, const char *stamp, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "BEGIN;"
                            "ALTER DATABASE " PROVISION_TEMPLATE
                            " WITH ALLOW_CONNECTIONS false IS_TEMPLATE true;"
                            "COMMENT ON DATABASE " PROVISION_TEMPLATE " IS ");
    pg_add_literal(&sql, stamp);
    strbuf_add_string(&sql, ";COMMIT");
    return outside_script(conn, sql.text, err);
}

static bool ground_template(const struct site *site, PGconn *conn, size_t *changed,
                            struct error *err)
{
    CLEANUP(mem_free_string)
    char *stamp = template_stamp();
    CLEANUP(own_database_release)
    struct own_database found = {0};
    if (!look_for(conn, PROVISION_TEMPLATE, &found, err))
        return false;
    if (found.exists && found.comment != NULL && strcmp(found.comment, stamp) == 0)
        return true;
    /* half-made, or made by another version: students' databases are copies, so it can go */
    if (found.exists &&
        (!outside_script(conn, "ALTER DATABASE " PROVISION_TEMPLATE " WITH IS_TEMPLATE false",
                         err) ||
         !outside_script(conn, "DROP DATABASE " PROVISION_TEMPLATE " WITH (FORCE)", err)))
        return error_wrap(err, "template");
    (*changed)++;
    bool ok =
        outside_script(conn,
                       "CREATE DATABASE " PROVISION_TEMPLATE
                       " TEMPLATE template0 OWNER " PROVISION_OWNER " ALLOW_CONNECTIONS false",
                       err) &&
        outside_script(conn,
                       "BEGIN; REVOKE ALL ON DATABASE " PROVISION_TEMPLATE " FROM PUBLIC;"
                       "ALTER DATABASE " PROVISION_TEMPLATE " WITH ALLOW_CONNECTIONS true; COMMIT",
                       err) &&
        fill_template(site, err) && close_template(conn, stamp, err);
    return ok ? true : error_wrap(err, "template");
}

/* The control database's own doors, and on a server of ours those that PUBLIC has elsewhere. */
static bool set_doors(const struct site *site, PGconn *conn, const struct own_database *found,
                      size_t *changed, struct error *err)
{
    static const char wanted[] =
        "lectern_console CONNECT,lectern_daemon CONNECT,lectern_exporter CONNECT";
    if (!found->exists || !found->open || found->grants == NULL ||
        strcmp(found->grants, wanted) != 0) {
        (*changed)++;
        if (!outside_script(conn,
                            "BEGIN; REVOKE ALL ON DATABASE lectern FROM PUBLIC;"
                            "GRANT CONNECT ON DATABASE lectern"
                            " TO lectern_daemon, lectern_exporter, lectern_console;"
                            "ALTER DATABASE lectern WITH ALLOW_CONNECTIONS true; COMMIT",
                            err))
            return false;
    }
    if (!site_is_ours(site))
        return true;
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT 1 FROM pg_catalog.pg_database d,"
                      " pg_catalog.aclexplode(COALESCE(d.datacl,"
                      " pg_catalog.acldefault('d', d.datdba))) a"
                      " WHERE d.datname IN ('postgres', 'template1') AND a.grantee = 0",
                      0, NULL, &result, err))
        return false;
    bool open = PQntuples(result) > 0;
    PQclear(result);
    if (!open)
        return true;
    (*changed)++;
    return outside_script(conn, "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC", err);
}

static bool ground_control(const struct site *site, PGconn *conn, size_t *changed,
                           struct error *err)
{
    CLEANUP(own_database_release)
    struct own_database found = {0};
    if (!look_for(conn, CONTROL_DATABASE, &found, err))
        return false;
    if (!found.exists) {
        (*changed)++;
        if (!outside_script(conn,
                            "CREATE DATABASE lectern TEMPLATE template0 OWNER " PROVISION_OWNER
                            " ALLOW_CONNECTIONS false",
                            err))
            return error_wrap(err, "control database");
    }
    if (!set_doors(site, conn, &found, changed, err))
        return error_wrap(err, "control database");
    PGconn *control = NULL;
    bool migrated = false;
    if (!ground_connect(site, CONTROL_DATABASE, &control, err))
        return error_wrap(err, "control database");
    outside_call();
    bool ok = control_migrate(control, &migrated, err);
    PQfinish(control);
    *changed += migrated;
    return ok;
}

/* -- all of it --------------------------------------------------------------------------------- */

static bool lay(const struct site *site, PGconn *conn, size_t *changed,
                struct provision_changes *changes, struct error *err)
{
    if (!ground_secrets(site, changed, err) || !ground_roles(site, conn, changed, err) ||
        !ground_template(site, conn, changed, err) || !ground_control(site, conn, changed, err) ||
        !ground_files(site, true, changes, err) ||
        !grafana_files(site, true, &changes->grafana, err))
        return false;
    *changed += (size_t)changes->exporters + changes->prometheus + changes->grafana;
    return true;
}

bool provision_ground(const struct site *site, event_cb on_event, void *data,
                      struct provision_changes *ret_changes, struct error *err)
{
    *ret_changes = (struct provision_changes){false, false, false};
    struct event event = {.target = "groundwork", .object = "", .text = "", .total = GROUND_PARTS};
    int lock = -1;
    if (!outside_lock(site, &lock, err))
        return false;
    event.kind = EVENT_START;
    on_event(&event, data);
    PGconn *conn = NULL;
    bool ok = ground_connect(site, "postgres", &conn, err) &&
              lay(site, conn, &event.changed, ret_changes, err);
    PQfinish(conn);
    close(lock);
    if (!ok)
        return false;
    event.kind = EVENT_DONE;
    event.done = GROUND_PARTS;
    on_event(&event, data);
    return true;
}
