/*
 * PostgreSQL on the loop: libpq's asynchronous connect and queries, driven by a uv_poll on its
 * socket and one timer for the deadline of whatever runs.
 *
 * Two things to know.  While it connects, libpq may close its socket and open another, even under
 * the same number, so each step of the connect gets a new uv_poll.  And no callback of a user is
 * ever called from within the user's own call: what fails at once is reported by the timer.
 */
#include "io/pg.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/pg_text.h"

enum {
    MAX_ROWS = 1000000,
    MAX_BYTES = 64 << 20,
    READS_PER_TURN = 64, /* other connections want their turn as well */
};

enum query_kind { QUERY_PARAMS, QUERY_PREPARE, QUERY_PREPARED, QUERY_SCRIPT };

struct query {
    struct query *next;
    enum query_kind kind;
    char *name, *sql; /* owned; one of them may be NULL */
    int n_params;
    char **params; /* owned */
    int64_t timeout_ms;
    pg_result_cb on_result;
    void *data;
};

enum state { STATE_CONNECTING, STATE_OPEN, STATE_CLOSED };

struct pg {
    struct loop *loop;
    PGconn *conn;
    enum state state;
    bool dead;       /* pg_close() was called */
    uv_poll_t *poll; /* on the socket as it is now; frees itself */
    int events;
    uv_timer_t timer;
    struct query *first, *last; /* the first one runs when `running` */
    bool running;
    PGresult *result; /* collected so far */
    size_t rows, bytes, max_rows, max_bytes;
    bool too_large, copying;
    struct error failure; /* to be reported by the timer */
    char sqlstate[PG_SQLSTATE_SIZE];
    unsigned notices;
    pg_state_cb on_state;
    void *data;
};

static void run_next(struct pg *pg);

/* -- the socket ------------------------------------------------------------------------------ */

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

static void drop_poll(struct pg *pg)
{
    if (pg->poll == NULL)
        return;
    pg->poll->data = NULL;
    uv_poll_stop(pg->poll);
    uv_close((uv_handle_t *)pg->poll, free_poll);
    pg->poll = NULL;
    pg->events = 0;
}

static void on_socket(uv_poll_t *poll, int status, int events);

static void want_events(struct pg *pg, int events)
{
    if (pg->poll == NULL) {
        pg->poll = mem_alloc(sizeof(*pg->poll));
        int failed = uv_poll_init(&pg->loop->uv, pg->poll, PQsocket(pg->conn));
        assert(failed == 0);
        (void)failed;
        pg->poll->data = pg;
    }
    if (pg->events != events)
        uv_poll_start(pg->poll, events, on_socket);
    pg->events = events;
}

/* -- ends ------------------------------------------------------------------------------------ */

static void free_query(struct query *query)
{
    for (int i = 0; i < query->n_params; i++)
        free(query->params[i]);
    free(query->params);
    free(query->name);
    free(query->sql);
    free(query);
}

static struct query *take_first(struct pg *pg)
{
    struct query *query = pg->first;
    pg->first = query->next;
    if (pg->first == NULL)
        pg->last = NULL;
    return query;
}

static void close_socket(struct pg *pg)
{
    drop_poll(pg);
    uv_timer_stop(&pg->timer);
    PQclear(pg->result);
    pg->result = NULL;
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg->state = STATE_CLOSED;
    pg->running = false;
}

/* The connection is no more: tell those who wait.  Takes the contents of `err`. */
static void break_off(struct pg *pg, struct error *err)
{
    bool tell_state = pg->state == STATE_CONNECTING || pg->first == NULL;
    struct error failure = *err;
    *err = ERROR_INIT;
    close_socket(pg);
    /* Only those who wait now: a callback may queue more, whose failure comes by the timer. */
    struct query *waiting = pg->first;
    pg->first = pg->last = NULL;
    while (waiting != NULL) {
        struct query *query = waiting;
        waiting = query->next;
        if (!pg->dead)
            query->on_result(pg, NULL, &failure, query->data);
        free_query(query);
    }
    if (tell_state && !pg->dead && pg->on_state != NULL)
        pg->on_state(pg, &failure, pg->data);
    error_clear(&failure);
}

static void on_timer(uv_timer_t *timer)
{
    struct pg *pg = timer->data;
    struct error err = ERROR_INIT;
    if (error_is_set(&pg->failure))
        error_move(&err, &pg->failure);
    else if (pg->state == STATE_CLOSED)
        error_set(&err, ERROR_CONNECTION, "the connection is closed");
    else if (pg->state == STATE_CONNECTING)
        error_set(&err, ERROR_TIMEOUT, "the server did not answer in time");
    else
        error_set(&err, ERROR_TIMEOUT, "the query did not end within %lld ms",
                  (long long)pg->first->timeout_ms);
    break_off(pg, &err);
}

/* Report `pg->failure`, or that the connection is closed, when the loop next turns. */
static void fail_soon(struct pg *pg)
{
    drop_poll(pg);
    uv_timer_start(&pg->timer, on_timer, 0, 0);
}

static void set_deadline(struct pg *pg, int64_t timeout_ms)
{
    uv_timer_stop(&pg->timer);
    if (timeout_ms <= 0)
        return;
    uv_update_time(&pg->loop->uv);
    uv_timer_start(&pg->timer, on_timer, (uint64_t)timeout_ms, 0);
}

/* -- connecting ------------------------------------------------------------------------------ */

static void count_notice(void *data, const PGresult *result)
{
    (void)result;
    ((struct pg *)data)->notices++;
}

static void go_on_connecting(struct pg *pg)
{
    drop_poll(pg);
    PostgresPollingStatusType step = PQconnectPoll(pg->conn);
    if (step == PGRES_POLLING_READING) {
        want_events(pg, UV_READABLE);
        return;
    }
    if (step == PGRES_POLLING_WRITING) {
        want_events(pg, UV_WRITABLE);
        return;
    }
    if (step == PGRES_POLLING_OK) {
        uv_timer_stop(&pg->timer);
        pg_finish_connect(pg->conn);
        PQsetnonblocking(pg->conn, 1);
        pg->state = STATE_OPEN;
        want_events(pg, UV_READABLE);
        if (pg->on_state != NULL)
            pg->on_state(pg, NULL, pg->data);
        if (!pg->dead)
            run_next(pg);
        return;
    }
    struct error err = ERROR_INIT;
    pg_connect_error(pg->conn, pg->sqlstate, &err);
    break_off(pg, &err);
}

struct pg *pg_open(struct loop *loop, const struct pg_address *address, int64_t timeout_ms,
                   pg_state_cb on_state, void *data)
{
    struct pg *pg = mem_alloc(sizeof(*pg));
    *pg = (struct pg){.loop = loop,
                      .failure = ERROR_INIT,
                      .max_rows = MAX_ROWS,
                      .max_bytes = MAX_BYTES,
                      .on_state = on_state,
                      .data = data};
    uv_timer_init(&loop->uv, &pg->timer);
    pg->timer.data = pg;
    struct pg_keywords keywords;
    pg_fill_keywords(address, &keywords);
    pg->conn = PQconnectStartParams(keywords.names, keywords.values, 0);
    if (pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD) {
        pg_connect_error(pg->conn, pg->sqlstate, &pg->failure);
        fail_soon(pg);
        return pg;
    }
    pg_prepare_connect(pg->conn, count_notice, pg);
    want_events(pg, UV_WRITABLE);
    set_deadline(pg, timeout_ms > 0 ? timeout_ms : 1);
    return pg;
}

/* -- queries --------------------------------------------------------------------------------- */

static int send_query(struct pg *pg, const struct query *query)
{
    const char *const *params = (const char *const *)query->params;
    switch (query->kind) {
    case QUERY_PARAMS:
        return PQsendQueryParams(pg->conn, query->sql, query->n_params, NULL, params, NULL, NULL,
                                 0);
    case QUERY_PREPARE:
        return PQsendPrepare(pg->conn, query->name, query->sql, 0, NULL);
    case QUERY_PREPARED:
        return PQsendQueryPrepared(pg->conn, query->name, query->n_params, params, NULL, NULL, 0);
    case QUERY_SCRIPT:
        return PQsendQuery(pg->conn, query->sql);
    }
    return 0;
}

static void flush(struct pg *pg)
{
    int left = PQflush(pg->conn);
    want_events(pg, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
    /* A failed write shows up as a failed read, with the server's last words. */
}

static void run_next(struct pg *pg)
{
    if (pg->state != STATE_OPEN || pg->running || pg->first == NULL || error_is_set(&pg->failure))
        return;
    pg->running = true;
    pg->too_large = pg->copying = false;
    pg->rows = pg->bytes = 0;
    if (send_query(pg, pg->first) == 0) {
        pg_connection_error(pg->conn, &pg->failure);
        fail_soon(pg);
        return;
    }
    /* Row by row, so that a result above the cap is never held as a whole. */
    PQsetSingleRowMode(pg->conn);
    set_deadline(pg, pg->first->timeout_ms);
    flush(pg);
}

static void finish_query(struct pg *pg)
{
    struct query *query = take_first(pg);
    PGresult *result = pg->result;
    struct error err = ERROR_INIT;
    pg->result = NULL;
    pg->running = false;
    uv_timer_stop(&pg->timer);
    ExecStatusType status = PQresultStatus(result);
    if (pg->too_large)
        error_set(&err, ERROR_FAILED, "the result is larger than %zu rows or %zu bytes",
                  pg->max_rows, pg->max_bytes);
    else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        pg_result_error(pg->conn, result, pg->sqlstate, &err);
    else
        pg->sqlstate[0] = '\0';
    bool failed = error_is_set(&err);
    query->on_result(pg, failed ? NULL : result, failed ? &err : NULL, query->data);
    free_query(query);
    PQclear(result);
    error_clear(&err);
}

/* One row more of the result that runs. */
static void add_row(struct pg *pg, const PGresult *row)
{
    int n = PQnfields(row);
    if (pg->result == NULL || PQresultStatus(pg->result) != PGRES_TUPLES_OK || pg->rows == 0) {
        PQclear(pg->result);
        pg->result = PQcopyResult(row, PG_COPYRES_ATTRS);
        assert(pg->result != NULL);
    }
    for (int i = 0; i < n; i++)
        pg->bytes += (size_t)PQgetlength(row, 0, i);
    if (pg->too_large || ++pg->rows > pg->max_rows || pg->bytes > pg->max_bytes) {
        pg->too_large = true;
        return;
    }
    int at = PQntuples(pg->result);
    for (int i = 0; i < n; i++) {
        bool null = PQgetisnull(row, 0, i);
        /* PQsetvalue() copies; its prototype is older than const. */
        PQsetvalue(pg->result, at, i, null ? NULL : PQgetvalue(row, 0, i),
                   null ? -1 : PQgetlength(row, 0, i));
    }
}

/* A part of what the server answered; keeps the first error, else the last result. */
static void take_result(struct pg *pg, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_SINGLE_TUPLE) {
        add_row(pg, result);
        PQclear(result);
        return;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        pg->copying = true;
    bool had_rows = pg->rows > 0;
    pg->rows = 0;
    if (status == PGRES_TUPLES_OK && had_rows) { /* the end of the rows; it holds none itself */
        PQclear(result);
        return;
    }
    if (pg->result != NULL && PQresultStatus(pg->result) == PGRES_FATAL_ERROR) {
        PQclear(result);
        return;
    }
    PQclear(pg->result);
    pg->result = result;
}

static void lose_connection(struct pg *pg)
{
    struct error err = ERROR_INIT;
    if (pg->result != NULL && PQresultStatus(pg->result) == PGRES_FATAL_ERROR) {
        pg_result_error(pg->conn, pg->result, pg->sqlstate, &err);
        err.code = ERROR_CONNECTION; /* "terminating connection ...": its last words */
    } else {
        pg_connection_error(pg->conn, &err);
    }
    break_off(pg, &err);
}

/* Take what has arrived.  False when the connection broke and everybody was told. */
static bool take_answers(struct pg *pg)
{
    while (pg->running && !PQisBusy(pg->conn)) {
        PGresult *result = PQgetResult(pg->conn);
        if (result == NULL) {
            if (PQstatus(pg->conn) == CONNECTION_BAD)
                break;
            finish_query(pg);
            if (pg->dead || pg->state != STATE_OPEN)
                return false;
            run_next(pg);
            continue;
        }
        take_result(pg, result);
        if (pg->copying) {
            struct error err = ERROR_INIT;
            error_set(&err, ERROR_CONNECTION, "the statement would copy to or from the client");
            break_off(pg, &err);
            return false;
        }
    }
    if (PQstatus(pg->conn) != CONNECTION_BAD)
        return true;
    /* The last words of a server that shuts down may still wait in libpq. */
    for (PGresult *result; pg->running && (result = PQgetResult(pg->conn)) != NULL;)
        take_result(pg, result);
    lose_connection(pg);
    return false;
}

/*
 * Read until the socket has nothing more.  With TLS libpq may have read a record that it has not
 * yet handed out, of which the socket knows nothing; hence the one read beyond.
 */
static bool read_socket(struct pg *pg)
{
    for (int i = 0; i < READS_PER_TURN; i++) {
        struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};
        bool more = poll(&fd, 1, 0) > 0;
        bool ok = PQconsumeInput(pg->conn) == 1;
        if (!take_answers(pg))
            return false;
        if (!ok) {
            lose_connection(pg);
            return false;
        }
        if (!more || !PQsslInUse(pg->conn))
            break;
    }
    return true;
}

static void on_socket(uv_poll_t *poll_handle, int status, int events)
{
    struct pg *pg = poll_handle->data;
    if (pg == NULL)
        return;
    if (pg->state == STATE_CONNECTING) {
        go_on_connecting(pg);
        return;
    }
    if (status < 0)
        events = UV_READABLE; /* reading tells what is wrong */
    if ((events & UV_READABLE) != 0 && !read_socket(pg))
        return;
    if (!pg->dead && pg->state == STATE_OPEN && pg->poll != NULL) {
        flush(pg);
        for (PGnotify *n; (n = PQnotifies(pg->conn)) != NULL;) /* nobody listens */
            PQfreemem(n);
    }
}

static void queue(struct pg *pg, struct query *query)
{
    assert(!pg->dead);
    if (pg->last != NULL)
        pg->last->next = query;
    else
        pg->first = query;
    pg->last = query;
    if (pg->state == STATE_CLOSED)
        fail_soon(pg);
    else
        run_next(pg);
}

static void queue_new(struct pg *pg, enum query_kind kind, const char *name, const char *sql,
                      size_t n, const char *const params[], int64_t timeout_ms,
                      pg_result_cb on_result, void *data)
{
    struct query *query = mem_alloc(sizeof(*query));
    *query = (struct query){.kind = kind,
                            .name = mem_strdup(name),
                            .sql = mem_strdup(sql),
                            .n_params = (int)n,
                            .params = n > 0 ? mem_alloc_array(n, sizeof(char *)) : NULL,
                            .timeout_ms = timeout_ms,
                            .on_result = on_result,
                            .data = data};
    for (size_t i = 0; i < n; i++)
        query->params[i] = mem_strdup(params[i]);
    queue(pg, query);
}

void pg_query(struct pg *pg, const char *sql, size_t n, const char *const params[],
              int64_t timeout_ms, pg_result_cb on_result, void *data)
{
    queue_new(pg, QUERY_PARAMS, NULL, sql, n, params, timeout_ms, on_result, data);
}

void pg_prepare(struct pg *pg, const char *name, const char *sql, int64_t timeout_ms,
                pg_result_cb on_result, void *data)
{
    queue_new(pg, QUERY_PREPARE, name, sql, 0, NULL, timeout_ms, on_result, data);
}

void pg_query_prepared(struct pg *pg, const char *name, size_t n, const char *const params[],
                       int64_t timeout_ms, pg_result_cb on_result, void *data)
{
    queue_new(pg, QUERY_PREPARED, name, NULL, n, params, timeout_ms, on_result, data);
}

void pg_script(struct pg *pg, const char *sql, int64_t timeout_ms, pg_result_cb on_result,
               void *data)
{
    queue_new(pg, QUERY_SCRIPT, NULL, sql, 0, NULL, timeout_ms, on_result, data);
}

/* -- the rest -------------------------------------------------------------------------------- */

void pg_set_limits(struct pg *pg, size_t max_rows, size_t max_bytes)
{
    if (max_rows > 0)
        pg->max_rows = max_rows;
    if (max_bytes > 0)
        pg->max_bytes = max_bytes;
}

bool pg_is_open(const struct pg *pg)
{
    return pg != NULL && pg->state == STATE_OPEN && !error_is_set(&pg->failure);
}

bool pg_is_busy(const struct pg *pg)
{
    return pg->first != NULL;
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}

int pg_backend_pid(const struct pg *pg)
{
    return pg->conn != NULL ? PQbackendPID(pg->conn) : 0;
}

unsigned pg_notices(const struct pg *pg)
{
    return pg->notices;
}

static void free_pg(uv_handle_t *handle)
{
    struct pg *pg = handle->data;
    error_clear(&pg->failure);
    free(pg);
}

void pg_close(struct pg *pg)
{
    if (pg == NULL || pg->dead)
        return;
    pg->dead = true;
    close_socket(pg);
    while (pg->first != NULL)
        free_query(take_first(pg));
    uv_close((uv_handle_t *)&pg->timer, free_pg);
}
