/*
 * The students' databases, several at a time.
 *
 * CREATE DATABASE is nearly all of an apply's time and cannot be in a transaction.  Each database
 * is made closed (ALLOW_CONNECTIONS false) and opened by the transaction that sets its privileges,
 * so that there is no moment in which PUBLIC may enter.  One that is found closed was begun.
 * Opening doesn't wait for the disk: the control database's last transaction does, for all of them.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "io/loop.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/given.h"
#include "provision/ground.h"
#include "provision/outside.h"

#define DUPLICATE_DATABASE "42P04"
#define UNIQUE_VIOLATION   "23505"

enum {
    WORKERS = 4, /* more are slower: they wait for the same disk */
    CONNECT_MS = 15000,
    CREATE_MS = 180000,
    OPEN_MS = 60000,
    ASIDE_MS = 10000,
    ASIDE_POLL_MS = 50,
};

/* -- statements -------------------------------------------------------------------------------- */

static const struct found_database *find_database(const struct work *work, const char *name)
{
    for (size_t i = 0; i < work->found->n_databases; i++)
        if (strcmp(work->found->databases[i].name, name) == 0)
            return &work->found->databases[i];
    return NULL;
}

/* "ALTER DATABASE x SET" for each of the settings "name=value,name=value". */
static void add_settings(const char *name, const char *settings, struct strbuf *sql)
{
    for (const char *at = settings; *at != '\0';) {
        size_t key = strcspn(at, "="), whole = strcspn(at, ",");
        CLEANUP(mem_free_string)
        char *value = mem_strndup(at + key + 1, whole - key - 1);
        strbuf_add_string(sql, "ALTER DATABASE ");
        pg_add_identifier(sql, name);
        strbuf_printf(sql, " SET %.*s = ", (int)key, at);
        pg_add_literal(sql, value);
        strbuf_add_string(sql, ";");
        at += whole + (at[whole] == ',');
    }
}

static void add_grant(const char *what, const char *name, const char *role, struct strbuf *sql)
{
    strbuf_printf(sql, "GRANT %s ON DATABASE ", what);
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, " TO ");
    pg_add_identifier(sql, role);
    strbuf_add_string(sql, ";");
}

void apply_add_rename(const char *from, const char *to, struct strbuf *sql)
{
    strbuf_add_string(sql, "ALTER DATABASE ");
    pg_add_identifier(sql, from);
    strbuf_add_string(sql, " RENAME TO ");
    pg_add_identifier(sql, to);
    strbuf_add_string(sql, "; DELETE FROM public.provisioned WHERE kind = 'database' AND name = ");
    pg_add_literal(sql, to);
    strbuf_add_string(sql, "; UPDATE public.provisioned SET name = ");
    pg_add_literal(sql, to);
    strbuf_add_string(sql, " WHERE kind = 'database' AND name = ");
    pg_add_literal(sql, from);
    strbuf_add_string(sql, ";");
}

void apply_add_open(const char *name, const char *login, const char *grantees, const char *settings,
                    struct strbuf *sql)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    strbuf_add_string(sql, "REVOKE ALL ON DATABASE ");
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, " FROM PUBLIC");
    if (grantees[0] != '\0')
        strbuf_printf(sql, ", %s", grantees);
    strbuf_add_string(sql, ";");
    add_grant("CONNECT, CREATE, TEMPORARY", name, login, sql);
    add_grant("CONNECT", name, plan_probe_role(&arena, login), sql);
    strbuf_add_string(sql, "ALTER DATABASE ");
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, " RESET ALL;");
    add_settings(name, settings, sql);
    strbuf_add_string(sql, "ALTER DATABASE ");
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, " WITH ALLOW_CONNECTIONS true;");
}

/* What an action asks for but the making. */
static void add_open(const struct work *work, const struct plan_action *action, struct strbuf *sql)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    const char *name = action->object;
    bool back = action->verb == PLAN_BRING_BACK;
    const struct found_database *found = find_database(work, back ? action->to : name);
    if (back)
        apply_add_rename(action->to, name, sql);
    apply_add_open(name, action->login, found != NULL ? found->grantees : "",
                   plan_settings(&arena, work->lab), sql);
}

void apply_add_create(const char *name, bool query_lab, const char *lab, struct strbuf *sql)
{
    char given[GIVEN_NAME_SIZE];
    given_name(lab, given);
    strbuf_add_string(sql, "CREATE DATABASE ");
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, " TEMPLATE ");
    pg_add_identifier(sql, query_lab ? given : PROVISION_TEMPLATE);
    strbuf_add_string(sql, " OWNER " PROVISION_OWNER " ALLOW_CONNECTIONS false STRATEGY wal_log");
}

/* -- workers ----------------------------------------------------------------------------------- */

struct pool {
    struct work *work;
    struct event event;
    size_t next;         /* action */
    struct error broken; /* a connection failed: the rest is not tried */
};

struct worker {
    struct pool *pool;
    struct pg *pg;
    const struct plan_action *action;
};

static void take_next(struct worker *worker);

static void end_worker(struct worker *worker)
{
    pg_close(worker->pg);
    worker->pg = NULL;
}

/* The action failed.  An object's own trouble ends with it; a lost connection ends the worker. */
static void fail(struct worker *worker, const struct error *err)
{
    struct pool *pool = worker->pool;
    pool->event.done++;
    work_error(pool->work, &pool->event, worker->action->object, err->message);
    if (pg_is_open(worker->pg)) {
        take_next(worker);
        return;
    }
    error_set(&pool->broken, err->code, "%s", err->message);
    end_worker(worker);
}

static void on_opened(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct worker *worker = data;
    (void)pg;
    (void)result;
    if (err != NULL) {
        fail(worker, err);
        return;
    }
    outside_call();
    work_step(worker->pool->work, &worker->pool->event, true);
    take_next(worker);
}

static void open_database(struct worker *worker)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    add_open(worker->pool->work, worker->action, &sql);
    outside_call();
    pg_script(worker->pg, sql.text, OPEN_MS, on_opened, worker);
}

static void on_found(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct worker *worker = data;
    struct error foreign = ERROR_INIT;
    (void)pg;
    if (err == NULL && PQntuples(result) == 1) {
        open_database(worker);
        return;
    }
    error_set(&foreign, ERROR_EXISTS, "it exists and was not made by lectern");
    fail(worker, err != NULL ? err : &foreign);
    error_clear(&foreign);
}

/* An apply that was killed leaves the server finishing its last CREATE DATABASE: then this one
 * finds it there although it was not to be seen before. */
static void on_created(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct worker *worker = data;
    (void)result;
    if (err == NULL) {
        open_database(worker);
        return;
    }
    const char *state = pg_sqlstate(pg);
    if (strcmp(state, DUPLICATE_DATABASE) != 0 && strcmp(state, UNIQUE_VIOLATION) != 0) {
        fail(worker, err);
        return;
    }
    pg_query(pg,
             "SELECT 1 FROM pg_catalog.pg_database d"
             "  JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
             " WHERE d.datname = $1 AND r.rolname = '" PROVISION_OWNER "' AND NOT d.datallowconn",
             1, &worker->action->object, OPEN_MS, on_found, worker);
}

static void take_next(struct worker *worker)
{
    struct pool *pool = worker->pool;
    const struct plan *plan = pool->work->plan;
    while (pool->next < plan->n_actions && (plan->actions[pool->next].target != PLAN_DATABASES ||
                                            plan->actions[pool->next].verb == PLAN_SET_ASIDE))
        pool->next++;
    if (pool->next == plan->n_actions || error_is_set(&pool->broken)) {
        end_worker(worker);
        return;
    }
    worker->action = &plan->actions[pool->next++];
    if (worker->action->verb != PLAN_CREATE) {
        open_database(worker);
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    const struct lab *lab = worker->pool->work->lab;
    apply_add_create(worker->action->object, lab->goal == GOAL_QUERY, lab->name, &sql);
    outside_call();
    pg_script(worker->pg, sql.text, CREATE_MS, on_created, worker);
}

static void on_state(struct pg *pg, const struct error *err, void *data)
{
    struct worker *worker = data;
    (void)pg;
    if (err == NULL) {
        take_next(worker);
        return;
    }
    error_set(&worker->pool->broken, err->code, "%s", err->message);
    end_worker(worker);
}

bool apply_databases(struct work *work, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pool pool = {.work = work, .broken = ERROR_INIT};
    struct worker workers[WORKERS];
    size_t changes = work->plan->changes[PLAN_DATABASES];
    struct pg_address address;
    struct loop loop;
    connect_as_admin(work->site, CONTROL_DATABASE, &arena, &address);
    address.options = arena_printf(&arena, "%s -c synchronous_commit=off", address.options);
    work_start(work, &pool.event, "databases", work->plan->wanted[PLAN_DATABASES]);
    if (changes > 0) {
        loop_init(&loop);
        for (size_t i = 0; i < WORKERS; i++) {
            workers[i] = (struct worker){.pool = &pool};
            if (i < changes)
                workers[i].pg = pg_open(&loop, &address, CONNECT_MS, on_state, &workers[i]);
        }
        loop_run(&loop);
        loop_release(&loop);
    }
    if (error_is_set(&pool.broken)) {
        error_move(err, &pool.broken);
        error_hint(err, "Apply again once the server answers; that completes it.");
        return error_wrap(err, "databases");
    }
    if (!apply_templates(work, &pool.event, err))
        return error_wrap(err, "databases");
    pool.event.done = pool.event.total;
    work_done(work, &pool.event);
    return true;
}

/* -- setting aside ----------------------------------------------------------------------------- */

/*
 * End its sessions until nobody is in it: a backend takes a moment to end, and one that was just
 * being let in shows up only then.
 */
static bool empty(PGconn *conn, const char *name, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + ASIDE_MS;
    for (;;) {
        PGresult *result = NULL;
        if (!pg_query_now(conn,
                          "SELECT pg_catalog.pg_terminate_backend(pid)"
                          "  FROM pg_catalog.pg_stat_activity WHERE datname = $1",
                          1, &name, &result, err))
            return false;
        bool is_empty = PQntuples(result) == 0;
        PQclear(result);
        if (is_empty)
            return true;
        if (clock_monotonic_ms() > deadline)
            return error_set(err, ERROR_TIMEOUT, "its sessions do not end");
        clock_sleep_ms(ASIDE_POLL_MS);
    }
}

bool apply_close(PGconn *conn, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "ALTER DATABASE ");
    pg_add_identifier(&sql, name);
    strbuf_add_string(&sql, " WITH ALLOW_CONNECTIONS false");
    return outside_script(conn, sql.text, err) && empty(conn, name, err);
}

bool apply_set_aside(PGconn *conn, const char *login, const char *aside, struct error *err)
{
    if (!apply_close(conn, login, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    apply_add_rename(login, aside, &sql);
    return outside_script(conn, sql.text, err);
}
