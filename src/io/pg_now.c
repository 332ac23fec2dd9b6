/*
 * PostgreSQL for commands that wait: connect within a deadline, run a query, tell the SQLSTATE.
 * What belongs to a connection (the last SQLSTATE) hangs on it as libpq's instance data.
 */
#include <errno.h>
#include <libpq-events.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/pg.h"
#include "io/pg_text.h"

struct extra {
    char sqlstate[PG_SQLSTATE_SIZE];
};

static int on_event(PGEventId event, void *info, void *data)
{
    (void)data;
    if (event == PGEVT_CONNDESTROY)
        free(PQinstanceData(((PGEventConnDestroy *)info)->conn, on_event));
    return 1;
}

static struct extra *extra_of(const PGconn *conn)
{
    return PQinstanceData(conn, on_event);
}

static void drop_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

/* Wait for the socket; false when the deadline passed. */
static bool wait_for(PGconn *conn, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0)
            return false;
        struct pollfd fd = {.fd = PQsocket(conn), .events = events};
        int n = poll(&fd, 1, left > 60000 ? 60000 : (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static bool connect_steps(PGconn *conn, const struct pg_address *address, int64_t timeout_ms,
                          struct error *err)
{
    char sqlstate[PG_SQLSTATE_SIZE];
    int64_t deadline = clock_monotonic_ms() + timeout_ms;
    PostgresPollingStatusType step =
        PQstatus(conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        if (!wait_for(conn, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
            error_set(err, ERROR_TIMEOUT, "the server at \"%s\" did not answer within %lld s",
                      address->host != NULL ? address->host : "the local socket",
                      (long long)((timeout_ms + 999) / 1000));
            return false;
        }
        step = PQconnectPoll(conn);
    }
    return step == PGRES_POLLING_OK || pg_connect_error(conn, sqlstate, err);
}

bool pg_connect_now(const struct pg_address *address, int64_t timeout_ms, PGconn **ret_conn,
                    struct error *err)
{
    struct pg_keywords keywords;
    pg_fill_keywords(address, &keywords);
    PGconn *conn = PQconnectStartParams(keywords.names, keywords.values, 0);
    pg_prepare_connect(conn, drop_notice, NULL);
    if (!connect_steps(conn, address, timeout_ms, err)) {
        PQfinish(conn);
        return false;
    }
    pg_finish_connect(conn);
    if (PQregisterEventProc(conn, on_event, "lectern", NULL) != 0) {
        struct extra *extra = mem_alloc(sizeof(*extra));
        PQsetInstanceData(conn, on_event, extra);
    }
    *ret_conn = conn;
    return true;
}

/* Take the result of a call; false with `err` when it failed. */
static bool judge(PGconn *conn, PGresult *result, PGresult **ret_result, struct error *err)
{
    char sqlstate[PG_SQLSTATE_SIZE] = "";
    ExecStatusType status = PQresultStatus(result);
    bool ok =
        status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
        error_set(err, ERROR_FAILED, "the statement would copy to or from the client");
        if (status == PGRES_COPY_IN)
            PQputCopyEnd(conn, "nothing to copy");
        for (char *row; status != PGRES_COPY_IN && PQgetCopyData(conn, &row, 0) > 0;)
            PQfreemem(row);
        for (PGresult *rest; (rest = PQgetResult(conn)) != NULL;)
            PQclear(rest);
    } else if (!ok) {
        pg_result_error(conn, result, sqlstate, err);
    }
    struct extra *extra = extra_of(conn);
    if (extra != NULL)
        memcpy(extra->sqlstate, sqlstate, sizeof(sqlstate));
    if (ok && ret_result != NULL)
        *ret_result = result;
    else
        PQclear(result);
    return ok;
}

bool pg_query_now(PGconn *conn, const char *sql, size_t n, const char *const params[],
                  PGresult **ret_result, struct error *err)
{
    PGresult *result = PQexecParams(conn, sql, (int)n, NULL, params, NULL, NULL, 0);
    return judge(conn, result, ret_result, err);
}

bool pg_execute_now(PGconn *conn, const char *sql, size_t n, const char *const params[],
                    struct error *err)
{
    return pg_query_now(conn, sql, n, params, NULL, err);
}

bool pg_script_now(PGconn *conn, const char *sql, struct error *err)
{
    return judge(conn, PQexec(conn, sql), NULL, err);
}

const char *pg_sqlstate_now(const PGconn *conn)
{
    const struct extra *extra = extra_of(conn);
    return extra != NULL ? extra->sqlstate : "";
}
