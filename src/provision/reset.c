/*
 * A student's database is exchanged: for a new one (reset), or for one that was put aside (undo).
 *
 * What takes its place is made first, closed, beside it, as "login~lab~0"; then the sessions end,
 * and one transaction renames both, gives the privileges and opens.  Until that transaction the
 * student's database is where it was, at worst closed, and what was made beside it is nobody's: a
 * call that finds such a one left over by another that was killed makes it anew.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/ground.h"
#include "provision/outside.h"
#include "provision/provision.h"
#include "provision/pupil.h"

#define DUPLICATE_DATABASE "42P04"
#define UNIQUE_VIOLATION   "23505"

enum {
    MADE = 0, /* the number of what is being made */
    CREATE_TRIES = 20,
    CREATE_PAUSE_MS = 100,
};

struct exchange {
    PGconn *conn;
    struct arena *arena;
    const char *actor;
    const char *now; /* in words */
    struct pupil pupil;
};

/* -- what is there ----------------------------------------------------------------------------- */

/* $1 the login, $2 the lab: what was put aside, and under which number. */
static const char asides_sql[] =
    "SELECT d.datname AS database, pg_catalog.split_part(d.datname, '~', 3) AS number,"
    "       coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS why,"
    "       pg_catalog.pg_database_size(d.oid) AS bytes"
    "  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
    "  JOIN public.provisioned p ON p.kind = 'database' AND p.name = d.datname"
    " WHERE pg_catalog.split_part(d.datname, '~', 1) = $1 AND p.lab_id = $2::integer"
    "   AND pg_catalog.split_part(d.datname, '~', 3) ~ '^[1-9][0-9]{0,8}$'"
    "   AND r.rolname = '" PROVISION_OWNER "'"
    " ORDER BY pg_catalog.length(pg_catalog.split_part(d.datname, '~', 3)) DESC,"
    "          pg_catalog.split_part(d.datname, '~', 3) DESC";

static bool list_asides(struct exchange *x, struct provision_aside **ret_asides, size_t *ret_n,
                        struct error *err)
{
    const char *params[] = {x->pupil.login, arena_printf(x->arena, "%d", x->pupil.lab_id)};
    PGresult *result = NULL;
    if (!pg_query_now(x->conn, asides_sql, 2, params, &result, err))
        return false;
    size_t n = (size_t)PQntuples(result);
    struct provision_aside *asides = arena_alloc_array(x->arena, n + 1, sizeof *asides);
    for (int i = 0; i < (int)n; i++)
        asides[i] = (struct provision_aside){
            .database = arena_strdup(x->arena, pg_value(result, i, "database")),
            .number = (int)strtol(pg_value(result, i, "number"), NULL, 10),
            .why = arena_strdup(x->arena, pg_value(result, i, "why")),
            .bytes = strtoll(pg_value(result, i, "bytes"), NULL, 10),
        };
    PQclear(result);
    *ret_asides = asides;
    *ret_n = n;
    return true;
}

/* The name for what is put aside now: a number that none of the login's has, in any lab. */
static bool next_name(struct exchange *x, const char **ret_name, struct error *err)
{
    static const char sql[] =
        "SELECT coalesce(pg_catalog.max(n.number::integer), 0) + 1 AS next FROM"
        " (SELECT CASE WHEN pg_catalog.split_part(d.datname, '~', 3) ~ '^[0-9]{1,8}$'"
        "    THEN pg_catalog.split_part(d.datname, '~', 3) END AS number"
        "    FROM pg_catalog.pg_database d"
        "   WHERE pg_catalog.split_part(d.datname, '~', 1) = $1) n";
    PGresult *result = NULL;
    if (!pg_query_now(x->conn, sql, 1, &x->pupil.login, &result, err))
        return false;
    int next = (int)strtol(pg_value(result, 0, "next"), NULL, 10);
    PQclear(result);
    *ret_name = plan_reset_name(x->arena, x->pupil.login, x->pupil.lab, next);
    return true;
}

/* -- the new one ------------------------------------------------------------------------------- */

/* Nobody was ever in one of that name. */
static bool drop_left_over(struct exchange *x, const char *name, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(x->conn,
                      "SELECT r.rolname = '" PROVISION_OWNER "' AND NOT d.datallowconn AS ours"
                      "  FROM pg_catalog.pg_database d"
                      "  JOIN pg_catalog.pg_roles r ON r.oid = d.datdba WHERE d.datname = $1",
                      1, &name, &result, err))
        return false;
    bool there = PQntuples(result) == 1;
    bool ours = there && pg_value(result, 0, "ours")[0] == 't';
    PQclear(result);
    if (!there)
        return true;
    if (!ours)
        return error_set(err, ERROR_EXISTS, "database \"%s\" exists and was not made by lectern",
                         name);
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "DROP DATABASE ");
    pg_add_identifier(&sql, name);
    return outside_script(x->conn, sql.text, err);
}

static bool is_duplicate(const struct exchange *x)
{
    const char *state = pg_sqlstate_now(x->conn);
    return strcmp(state, DUPLICATE_DATABASE) == 0 || strcmp(state, UNIQUE_VIOLATION) == 0;
}

/* The server may still be at the CREATE of a call that was killed: then it stands a moment later.
 */
static bool make_new(struct exchange *x, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    apply_add_create(name, x->pupil.is_query, x->pupil.lab, &sql);
    outside_call();
    if (!control_note_made(x->conn, x->pupil.lab_id, "database", &name, 1, err))
        return false;
    for (int i = 0; i < CREATE_TRIES; i++) {
        if (!drop_left_over(x, name, err))
            return false;
        if (outside_script(x->conn, sql.text, err))
            return true;
        if (!is_duplicate(x))
            return false;
        error_clear(err);
        clock_sleep_ms(CREATE_PAUSE_MS);
    }
    return error_set(err, ERROR_TIMEOUT, "database \"%s\" is being made by somebody else", name);
}

/* -- the exchange ------------------------------------------------------------------------------ */

static bool count_sessions(struct exchange *x, size_t *ret_sessions, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(x->conn,
                      "SELECT 1 FROM pg_catalog.pg_stat_activity"
                      " WHERE datname = $1 AND usename = $1",
                      1, &x->pupil.login, &result, err))
        return false;
    *ret_sessions = (size_t)PQntuples(result);
    PQclear(result);
    return true;
}

static void add_comment(const char *database, const char *text, struct strbuf *sql)
{
    strbuf_add_string(sql, "COMMENT ON DATABASE ");
    pg_add_identifier(sql, database);
    strbuf_add_string(sql, " IS ");
    pg_add_literal(sql, text);
    strbuf_add_string(sql, ";");
}

/* The transaction: `aside` is the new name of what the student has, "" when there is nothing;
 * `from` the present one of what he gets. */
static void add_exchange(struct exchange *x, const char *verb, const char *aside, const char *from,
                         struct strbuf *sql)
{
    const char *login = x->pupil.login;
    if (aside[0] != '\0') {
        apply_add_rename(login, aside, sql);
        add_comment(aside,
                    arena_printf(x->arena, "put aside by %s at %s by %s", verb, x->now, x->actor),
                    sql);
    }
    apply_add_rename(from, login, sql);
    add_comment(login,
                arena_printf(x->arena, "%s at %s by %s; what was here is kept",
                             strcmp(verb, "reset") == 0 ? "new" : "brought back", x->now, x->actor),
                sql);
    apply_add_open(login, login, "", x->pupil.settings, sql);
    pupil_add_event(&x->pupil, verb, x->actor,
                    aside[0] == '\0' ? "" : arena_printf(x->arena, "kept as %s", aside), sql);
}

/* It did not come to the transaction: what the student has is open again, if it was. */
static void reopen(struct exchange *x)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    if (!x->pupil.is_open)
        return;
    strbuf_add_string(&sql, "ALTER DATABASE ");
    pg_add_identifier(&sql, x->pupil.login);
    strbuf_add_string(&sql, " WITH ALLOW_CONNECTIONS true");
    outside_script(x->conn, sql.text, &ignored);
    error_clear(&ignored);
}

static bool exchange(struct exchange *x, const char *verb, const char *from,
                     struct provision_swap *swap, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    swap->aside = "";
    if (x->pupil.has_database && !next_name(x, &swap->aside, err))
        return false;
    add_exchange(x, verb, swap->aside, from, &sql);
    if ((!x->pupil.has_database ||
         (count_sessions(x, &swap->sessions, err) && apply_close(x->conn, x->pupil.login, err))) &&
        outside_script(x->conn, sql.text, err))
        return true;
    reopen(x);
    return error_hint(err, "The student's database is as it was.");
}

/* -- reset, undo, list ------------------------------------------------------------------------- */

static bool reset(struct exchange *x, struct provision_swap *swap, struct error *err)
{
    const char *made = plan_reset_name(x->arena, x->pupil.login, x->pupil.lab, MADE);
    swap->from = "";
    return make_new(x, made, err) && exchange(x, "reset", made, swap, err);
}

static bool undo(struct exchange *x, struct provision_swap *swap, struct error *err)
{
    struct provision_aside *asides;
    size_t n;
    if (!list_asides(x, &asides, &n, err))
        return false;
    if (n == 0) {
        error_set(err, ERROR_NOT_FOUND, "nothing of \"%s\" was put aside", x->pupil.login);
        return error_hint(err, "Only a reset can be undone.");
    }
    swap->from = asides[0].database;
    return exchange(x, "undo", swap->from, swap, err);
}

static bool run(const struct site *site, const char *lab, const char *login, const char *actor,
                struct arena *arena,
                bool (*act)(struct exchange *, struct provision_swap *, struct error *),
                struct provision_swap *ret_swap, struct error *err)
{
    struct exchange x = {.arena = arena, .actor = actor};
    struct provision_swap swap = {"", "", 0, 0};
    CLEANUP(strbuf_release)
    struct strbuf now = STRBUF_INIT;
    int lock = -1;
    clock_format_utc(clock_utc_us(), &now);
    x.now = now.text;
    if (!outside_lock(site, &lock, err))
        return false;
    int64_t start_ms = clock_monotonic_ms();
    bool ok = ground_connect(site, CONTROL_DATABASE, &x.conn, err) &&
              pupil_find(x.conn, lab, login, arena, &x.pupil, err);
    if (ok && !x.pupil.is_active)
        ok = error_set(err, ERROR_NOT_FOUND, "student \"%s\" left the roster", login);
    ok = ok && act(&x, &swap, err);
    swap.took_ms = clock_monotonic_ms() - start_ms;
    PQfinish(x.conn);
    close(lock);
    if (ok)
        *ret_swap = swap;
    return ok;
}

bool provision_reset(const struct site *site, const char *lab_name, const char *login,
                     const char *actor, struct arena *arena, struct provision_swap *ret_swap,
                     struct error *err)
{
    return run(site, lab_name, login, actor, arena, reset, ret_swap, err);
}

bool provision_undo(const struct site *site, const char *lab_name, const char *login,
                    const char *actor, struct arena *arena, struct provision_swap *ret_swap,
                    struct error *err)
{
    return run(site, lab_name, login, actor, arena, undo, ret_swap, err);
}

bool provision_asides(const struct site *site, const char *lab_name, const char *login,
                      struct arena *arena, struct provision_aside **ret_asides, size_t *ret_n,
                      struct error *err)
{
    struct exchange x = {.arena = arena};
    bool ok = ground_connect(site, CONTROL_DATABASE, &x.conn, err) &&
              pupil_find(x.conn, lab_name, login, arena, &x.pupil, err) &&
              list_asides(&x, ret_asides, ret_n, err);
    PQfinish(x.conn);
    return ok;
}
