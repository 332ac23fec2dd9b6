/*
 * What a query lab gives to its students.
 */
#include "provision/given.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "io/pg.h"
#include "provision/ground.h"
#include "provision/outside.h"

enum { CONNECT_MS = 15000 };

/* Names are resolved in pg_catalog, whatever the example brings. */
#define INSIDE_OPTIONS "-c search_path=pg_catalog,pg_temp"

#define RIGHTS     "SELECT, REFERENCES"
#define DML_RIGHTS RIGHTS ", INSERT, UPDATE, DELETE"

void given_name(const char *lab, char ret_name[GIVEN_NAME_SIZE])
{
    snprintf(ret_name, GIVEN_NAME_SIZE, "lectern_given_%s", lab);
}

/* -- what stands ------------------------------------------------------------------------------- */

/* "lectern: given 0123456789abcdef": complete, and made from all this. */
static char *make_stamp(const struct lab *lab, const struct check_set *checks, const char *example)
{
    static const char *const texts[] = {"assets/sql/template.sql", "assets/sql/given.sql"};
    uint64_t hash = digest_fnv(DIGEST_FNV_START, example, strlen(example) + 1);
    for (size_t i = 0; i < 2; i++)
        hash = digest_fnv(hash, asset_get(texts[i])->text, asset_get(texts[i])->len);
    for (size_t i = 0; lab->given_tables[i] != NULL; i++)
        hash = digest_fnv(hash, lab->given_tables[i], strlen(lab->given_tables[i]) + 1);
    hash = digest_fnv(hash, lab->given_dml ? "1" : "0", 1);
    for (size_t i = 0; i < checks->n_checks; i++)
        hash = digest_fnv(hash, checks->checks[i].id, CHECK_ID_SIZE);
    return mem_printf(PROVISION_MARK "given %016llx", (unsigned long long)hash);
}

/* The comment on a database of lectern's, malloc'd; NULL: there is none.  Another's is refused. */
static bool read_comment(PGconn *conn, const char *name, char **ret_comment, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT pg_catalog.pg_get_userbyid(d.datdba) = '" PROVISION_OWNER "',"
                      " coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '')"
                      "  FROM pg_catalog.pg_database d WHERE d.datname = $1",
                      1, &name, &result, err))
        return false;
    bool exists = PQntuples(result) == 1, ours = exists && *PQgetvalue(result, 0, 0) == 't';
    *ret_comment = exists ? mem_strdup(PQgetvalue(result, 0, 1)) : NULL;
    PQclear(result);
    if (exists && !ours) {
        free(*ret_comment);
        error_set(err, ERROR_EXISTS, "database \"%s\" exists and was not made by lectern", name);
        return error_hint(err, "Rename or drop it; lectern leaves what it did not make alone.");
    }
    return true;
}

/* Run a statement in which $ stands for the database's name. */
static bool run_for(PGconn *conn, const char *statement, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    pg_add_naming(&sql, statement, name);
    return outside_script(conn, sql.text, err);
}

bool given_drop(PGconn *conn, const char *lab, struct error *err)
{
    char name[GIVEN_NAME_SIZE];
    char *comment = NULL;
    given_name(lab, name);
    if (!read_comment(conn, name, &comment, err))
        return false;
    bool exists = comment != NULL;
    free(comment);
    return !exists || run_for(conn, "DROP DATABASE $ WITH (FORCE)", name, err);
}

/* -- taking out -------------------------------------------------------------------------------- */

struct removal {
    char *object; /* "view public.top" */
    bool gone;
};

struct removals {
    struct removal *items;
    size_t count, capacity;
};

static void removals_release(struct removals *removals)
{
    for (size_t i = 0; i < removals->count; i++)
        free(removals->items[i].object);
    free(removals->items);
}

/* All that can be taken out: what kind of object, how it is dropped, its schema and name. */
static const char objects_sql[] =
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' ELSE 'table' END AS kind,"
    " pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN"
    "   'MATERIALIZED VIEW' ELSE 'TABLE' END, n.nspname, c.relname) AS object,"
    " n.nspname AS schema, pg_catalog.lower(c.relname) AS name"
    "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('v', 'm', 'r', 'p') AND NOT c.relispartition"
    "   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid"
    "     AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')"
    " UNION ALL "
    "SELECT 'function', pg_catalog.format('%s %I.%I(%s)', CASE p.prokind WHEN 'a' THEN 'AGGREGATE'"
    "   ELSE 'ROUTINE' END, n.nspname, p.proname,"
    "   pg_catalog.pg_get_function_identity_arguments(p.oid)),"
    " n.nspname, pg_catalog.lower(p.proname)"
    "  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    " WHERE p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype"
    "   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid"
    "     AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e')";

static bool is_task(const struct check_set *checks, const char *kind, const char *schema,
                    const char *name)
{
    enum fact_kind wanted;
    if (!fact_kind_parse(kind, &wanted))
        return false;
    for (size_t i = 0; i < checks->n_checks; i++)
        if (checks->checks[i].kind == wanted && strcmp(checks->checks[i].relation, name) == 0 &&
            strcmp(checks->checks[i].schema, schema) == 0)
            return true;
    return false;
}

static bool is_given(const struct lab *lab, const char *table)
{
    for (size_t i = 0; lab->given_tables[i] != NULL; i++)
        if (fnmatch(lab->given_tables[i], table, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

static bool list_removals(PGconn *conn, const struct lab *lab, const struct check_set *checks,
                          struct removals *removals, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn, objects_sql, 0, NULL, &result, err))
        return false;
    for (int i = 0; i < PQntuples(result); i++) {
        const char *kind = pg_value(result, i, "kind"), *name = pg_value(result, i, "name");
        bool table = strcmp(kind, "table") == 0;
        if (table ? is_given(lab, name)
                  : !is_task(checks, kind, pg_value(result, i, "schema"), name))
            continue;
        removals->items = mem_grow(removals->items, removals->count, &removals->capacity,
                                   sizeof *removals->items);
        removals->items[removals->count++] =
            (struct removal){.object = mem_strdup(pg_value(result, i, "object"))};
    }
    PQclear(result);
    return true;
}

/* One pass; views of views go in the order in which they can.  `failure`: of the last that stays.
 */
static bool drop_those_that_can(PGconn *conn, struct removals *removals, size_t *ret_gone,
                                size_t *ret_left, struct error *failure)
{
    *ret_gone = *ret_left = 0;
    for (size_t i = 0; i < removals->count; i++) {
        struct removal *removal = &removals->items[i];
        if (removal->gone)
            continue;
        CLEANUP(mem_free_string)
        char *sql = mem_printf("DROP %s", removal->object);
        error_clear(failure);
        removal->gone = outside_script(conn, sql, failure);
        *ret_gone += removal->gone;
        *ret_left += !removal->gone;
        if (!removal->gone && PQstatus(conn) != CONNECTION_OK)
            return false;
    }
    return true;
}

static bool take_out(PGconn *conn, const struct lab *lab, const struct check_set *checks,
                     struct error *err)
{
    struct removals removals = {0};
    struct error failure = ERROR_INIT;
    size_t gone = 1, left = 1;
    bool ok = list_removals(conn, lab, checks, &removals, err);
    while (ok && gone > 0 && left > 0)
        if (!drop_those_that_can(conn, &removals, &gone, &left, &failure)) {
            error_move(err, &failure);
            ok = false;
        }
    if (ok && left > 0) {
        ok = error_set(err, ERROR_INPUT,
                       "%s: what the students write cannot be taken out of the "
                       "example: %s",
                       lab->file, failure.message);
        error_hint(err, "Give them what depends on it no longer, or leave it out of the task "
                        "(leave_out): then it is given.");
    }
    error_clear(&failure);
    removals_release(&removals);
    return ok;
}

/* -- making ------------------------------------------------------------------------------------ */

static bool fill(const struct site *site, const char *name, const struct lab *lab,
                 const struct check_set *checks, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    struct pg_address address;
    PGconn *conn = NULL;
    connect_as_admin(site, name, &arena, &address);
    address.options = INSIDE_OPTIONS;
    if (!pg_connect_now(&address, CONNECT_MS, &conn, err))
        return false;
    strbuf_printf(&sql,
                  "BEGIN; SELECT pg_catalog.set_config('lectern.given_rights', '%s', false);\n",
                  lab->given_dml ? DML_RIGHTS : RIGHTS);
    strbuf_add_string(&sql, asset_get("assets/sql/template.sql")->text);
    strbuf_add_string(&sql, asset_get("assets/sql/given.sql")->text);
    strbuf_add_string(&sql, "\nCOMMIT");
    bool ok = take_out(conn, lab, checks, err) && outside_script(conn, sql.text, err);
    PQfinish(conn);
    return ok;
}

static bool create(PGconn *conn, const char *name, const char *example, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "CREATE DATABASE $ TEMPLATE ");
    pg_add_identifier(&sql, example);
    strbuf_add_string(&sql, " OWNER " PROVISION_OWNER " ALLOW_CONNECTIONS false");
    return run_for(conn, sql.text, name, err) &&
           run_for(conn, "REVOKE ALL ON DATABASE $ FROM PUBLIC, lectern_loader", name, err) &&
           run_for(conn, "ALTER DATABASE $ WITH ALLOW_CONNECTIONS true", name, err);
}

static bool make(const struct site *site, PGconn *conn, const char *name, const char *example,
                 const struct lab *lab, const struct check_set *checks, const char *stamp,
                 struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf comment = STRBUF_INIT;
    strbuf_add_string(&comment, "COMMENT ON DATABASE $ IS ");
    pg_add_literal(&comment, stamp);
    return given_drop(conn, lab->name, err) && create(conn, name, example, err) &&
           fill(site, name, lab, checks, err) &&
           run_for(conn, "ALTER DATABASE $ WITH ALLOW_CONNECTIONS false", name, err) &&
           run_for(conn, comment.text, name, err);
}

bool given_make(const struct site *site, PGconn *conn, const struct lab *lab,
                const struct check_set *checks, struct error *err)
{
    char name[GIVEN_NAME_SIZE], example[GIVEN_NAME_SIZE];
    char *loaded = NULL, *found = NULL;
    given_name(lab->name, name);
    snprintf(example, sizeof example, "lectern_example_%s", lab->name);
    if (!read_comment(conn, example, &loaded, err) || !read_comment(conn, name, &found, err)) {
        free(loaded);
        return error_wrap(err, "given tables");
    }
    CLEANUP(mem_free_string)
    char *stamp = make_stamp(lab, checks, loaded != NULL ? loaded : "");
    bool ok = (found != NULL && strcmp(found, stamp) == 0) ||
              make(site, conn, name, example, lab, checks, stamp, err);
    free(loaded);
    free(found);
    return ok ? true : error_wrap(err, "given tables");
}
