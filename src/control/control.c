/*
 * Migrations of the control database.
 *
 * The migrations are the assets "assets/sql/migrations/NNNN_name.sql", in the order of their
 * numbers.  Each runs in one transaction together with its row in schema_migrations, so a program
 * that is killed leaves whole migrations only.
 */
#include "control/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "io/pg.h"

enum { ATTEMPTS = 5, ATTEMPT_PAUSE_MS = 200 };

#define FOLDER "assets/sql/migrations/"

/* The number of a migration, or 0 for an asset that is none. */
static int migration_number(const struct asset *asset)
{
    if (strncmp(asset->name, FOLDER, strlen(FOLDER)) != 0)
        return 0;
    return (int)strtol(asset->name + strlen(FOLDER), NULL, 10);
}

static int newest_known(void)
{
    int newest = 0;
    for (size_t i = 0; i < asset_count; i++)
        if (migration_number(&asset_table[i]) > newest)
            newest = migration_number(&asset_table[i]);
    return newest;
}

static bool prepare_table(PGconn *conn, struct error *err)
{
    return pg_script_now(conn,
                         "CREATE TABLE IF NOT EXISTS public.schema_migrations ("
                         " number integer PRIMARY KEY, name text NOT NULL,"
                         " applied_at timestamptz NOT NULL DEFAULT pg_catalog.now())",
                         err);
}

static bool newest_applied(PGconn *conn, int *ret_number, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT COALESCE(pg_catalog.max(number), 0) AS number"
                      "  FROM public.schema_migrations",
                      0, NULL, &result, err))
        return false;
    *ret_number = (int)strtol(pg_value(result, 0, "number"), NULL, 10);
    PQclear(result);
    return true;
}

/* Again after a deadlock: the feeds and lecternd read while tables change. */
static bool apply_one(PGconn *conn, const struct asset *asset, int number, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "BEGIN;\nSET LOCAL search_path = public, pg_catalog;\n");
    strbuf_add(&sql, asset->text, asset->len);
    strbuf_printf(&sql, "\nINSERT INTO public.schema_migrations (number, name) VALUES (%d, ",
                  number);
    pg_add_literal(&sql, path_base(asset->name));
    strbuf_add_string(&sql, ");\nCOMMIT");
    for (int attempt = 1; !pg_script_now(conn, sql.text, err); attempt++) {
        bool deadlock = strcmp(pg_sqlstate_now(conn), "40P01") == 0;
        struct error ignored = ERROR_INIT;
        if (PQstatus(conn) == CONNECTION_OK)
            pg_script_now(conn, "ROLLBACK", &ignored);
        error_clear(&ignored);
        if (!deadlock || attempt == ATTEMPTS)
            return error_wrap(err, "migration \"%s\"", path_base(asset->name));
        error_clear(err);
        clock_sleep_ms(ATTEMPT_PAUSE_MS);
    }
    return true;
}

bool control_migrate(PGconn *conn, bool *ret_changed, struct error *err)
{
    int applied = 0;
    if (!prepare_table(conn, err) || !newest_applied(conn, &applied, err))
        return error_wrap(err, "control database");
    int known = newest_known();
    if (applied > known) {
        error_set(err, ERROR_FAILED,
                  "the control database is at version %d, this program knows %d only", applied,
                  known);
        return error_hint(err, "A newer lectern made it: use that one.");
    }
    *ret_changed = applied < known;
    for (int number = applied + 1; number <= known; number++)
        for (size_t i = 0; i < asset_count; i++)
            if (migration_number(&asset_table[i]) == number &&
                !apply_one(conn, &asset_table[i], number, err))
                return error_wrap(err, "control database");
    return true;
}
