/*
 * Checks of io/pg against a real server, for io.sh: check_pg NAME HOST PORT USER PASSWORD, where
 * NAME is one of the functions below.  Exit status 0: as it should be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"
#include "io/pg.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct seen {
    struct pg *pg;
    bool done;
    int states, results, errors;
    enum error_code code;
    char message[300], value[100], sqlstate[6];
    int rows;
    const char *next; /* a query to send from within the callback */
};

static struct pg_address address;
static struct loop loop;

static void note_error(struct seen *seen, const struct error *err)
{
    seen->errors++;
    seen->code = err->code;
    snprintf(seen->message, sizeof(seen->message), "%s", err->message);
    snprintf(seen->sqlstate, sizeof(seen->sqlstate), "%s", pg_sqlstate(seen->pg));
}

static void on_state(struct pg *pg, const struct error *err, void *data)
{
    struct seen *seen = data;
    seen->pg = pg;
    seen->states++;
    if (err != NULL)
        note_error(seen, err);
    seen->done = true;
}

static void on_result(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct seen *seen = data;
    seen->results++;
    if (err != NULL) {
        note_error(seen, err);
    } else {
        seen->rows = PQntuples(result);
        if (PQntuples(result) > 0)
            snprintf(seen->value, sizeof(seen->value), "%s", PQgetvalue(result, 0, 0));
    }
    if (seen->next != NULL) {
        pg_query(pg, seen->next, 0, NULL, 5000, on_result, data);
        seen->next = NULL;
        return;
    }
    seen->done = !pg_is_busy(pg);
}

static void on_result_close(struct pg *pg, const PGresult *result, const struct error *err,
                            void *data)
{
    (void)result;
    (void)err;
    struct seen *seen = data;
    seen->results++;
    seen->done = true;
    pg_close(pg);
}

static void wait_done(struct seen *seen)
{
    EXPECT(loop_run_until(&loop, &seen->done, 15000));
    seen->done = false;
}

static struct pg *open_it(struct seen *seen)
{
    *seen = (struct seen){.pg = NULL};
    seen->pg = pg_open(&loop, &address, 10000, on_state, seen);
    EXPECT(seen->states == 0); /* never from within the call */
    wait_done(seen);
    return seen->pg;
}

static struct pg *open_well(struct seen *seen)
{
    struct pg *pg = open_it(seen);
    if (seen->errors > 0)
        printf("%s\n", seen->message);
    EXPECT(pg_is_open(pg) && pg_backend_pid(pg) > 0);
    return pg;
}

static void check_queries(void)
{
    struct seen seen;
    struct pg *pg = open_well(&seen);
    const char *params[] = {"7", NULL, "it's"};
    pg_query(pg, "SELECT $1::int * 6, $2::text, $3::text", 3, params, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(strcmp(seen.value, "42") == 0 && seen.errors == 0);
    /* Queued, and sent from within a callback. */
    seen = (struct seen){.pg = pg, .next = "SELECT 'from the callback'"};
    pg_prepare(pg, "p", "SELECT $1::text || '!'", 5000, on_result, &seen);
    const char *word[] = {"prepared"};
    pg_query_prepared(pg, "p", 1, word, 5000, on_result, &seen);
    pg_query(pg, "SELECT generate_series(1, 50000), repeat('x', 100)", 0, NULL, 5000, on_result,
             &seen);
    wait_done(&seen);
    EXPECT(seen.results == 4 && seen.errors == 0);
    EXPECT(strcmp(seen.value, "from the callback") == 0);
    seen = (struct seen){.pg = pg};
    pg_script(pg, "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (2); TABLE t", 5000,
              on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 0 && seen.rows == 2);
    /* Zero rows keep their columns; notices are dropped and counted. */
    pg_query(pg, "SELECT 1 AS a WHERE false", 0, NULL, 5000, on_result, &seen);
    pg_query(pg, "DO $$BEGIN RAISE NOTICE 'hello'; END$$", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 0 && pg_notices(pg) == 1);
    pg_close(pg);
    loop_run(&loop);
}

static void check_errors(void)
{
    struct seen seen;
    struct pg *pg = open_well(&seen);
    pg_query(pg, "SELECT 1 FROM no_such_table", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_FAILED && strcmp(seen.sqlstate, "42P01") == 0);
    EXPECT(strstr(seen.message, "no_such_table") != NULL && pg_is_open(pg));
    pg_query(pg, "COPY (SELECT 1) TO STDOUT", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 2 && !pg_is_open(pg) && seen.states == 1);
    /* A query on a closed connection is told so, later. */
    pg_query(pg, "SELECT 1", 0, NULL, 5000, on_result, &seen);
    EXPECT(seen.errors == 2);
    wait_done(&seen);
    EXPECT(seen.errors == 3 && seen.code == ERROR_CONNECTION && seen.states == 1);
    pg_close(pg);
    pg = open_well(&seen);
    pg_query(pg, "SELECT 1", 0, NULL, 5000, on_result_close, &seen);
    pg_query(pg, "SELECT 2", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    loop_run(&loop);
    EXPECT(seen.results == 1); /* pg_close() in the first callback */
}

static void check_limits(void)
{
    struct seen seen;
    struct pg *pg = open_well(&seen);
    pg_set_limits(pg, 1000, 0);
    pg_query(pg, "SELECT generate_series(1, 1000)", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 0 && seen.rows == 1000);
    pg_query(pg, "SELECT generate_series(1, 1001)", 0, NULL, 5000, on_result, &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_FAILED && pg_is_open(pg));
    pg_set_limits(pg, 0, 5000);
    pg_query(pg, "SELECT repeat('x', 100) FROM generate_series(1, 51)", 0, NULL, 5000, on_result,
             &seen);
    wait_done(&seen);
    EXPECT(seen.errors == 2 && pg_is_open(pg));
    pg_close(pg);
    loop_run(&loop);
}

static void check_deadline(void)
{
    struct seen seen, other;
    struct pg *witness = open_well(&other);
    struct pg *pg = open_well(&seen);
    CLEANUP(mem_free_string)
    char *pid = mem_printf("%d", pg_backend_pid(pg));
    int64_t start = clock_monotonic_ms();
    pg_query(pg, "SELECT pg_sleep(60)", 0, NULL, 300, on_result, &seen);
    pg_query(pg, "SELECT 1", 0, NULL, 300, on_result, &seen);
    while (seen.results < 2)
        wait_done(&seen);
    EXPECT(clock_monotonic_ms() - start < 5000);
    EXPECT(seen.errors == 2 && seen.code == ERROR_TIMEOUT && !pg_is_open(pg) && seen.states == 1);
    pg_close(pg);
    /* The socket is closed: the backend ends by client_connection_check_interval. */
    const char *params[] = {pid};
    for (start = clock_monotonic_ms(); clock_monotonic_ms() - start < 10000;) {
        pg_query(witness, "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = $1::int", 1,
                 params, 5000, on_result, &other);
        wait_done(&other);
        if (strcmp(other.value, "0") == 0)
            break;
        clock_sleep_ms(50);
    }
    EXPECT(strcmp(other.value, "0") == 0);
    pg_close(witness);
    loop_run(&loop);
}

static void check_wrong_password(void)
{
    struct seen seen;
    address.password = "wrong";
    struct pg *pg = open_it(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_AUTH && strcmp(seen.sqlstate, "28P01") == 0);
    EXPECT(strstr(seen.message, "password authentication failed") != NULL);
    EXPECT(strstr(seen.message, "FATAL") == NULL);
    pg_close(pg);
    address.password = NULL;
    pg = open_it(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_AUTH);
    pg_close(pg);
    loop_run(&loop);
    PGconn *conn = NULL;
    struct error err = ERROR_INIT;
    address.password = "wrong";
    EXPECT(!pg_connect_now(&address, 5000, &conn, &err) && err.code == ERROR_AUTH && conn == NULL);
    error_clear(&err);
}

static void check_no_database(void)
{
    struct seen seen;
    address.dbname = "nowhere";
    struct pg *pg = open_it(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_NOT_FOUND);
    pg_close(pg);
    address.dbname = "postgres";
    address.host = "127.0.0.1";
    address.port = "1"; /* nobody listens there */
    pg = open_it(&seen);
    EXPECT(seen.errors == 1 && seen.code == ERROR_CONNECTION);
    pg_close(pg);
    loop_run(&loop);
}

/* argv[6]: what restarts the server. */
static void check_restart(const char *command)
{
    struct seen idle, busy;
    struct pg *sleeping = open_well(&busy);
    struct pg *resting = open_well(&idle);
    pg_query(sleeping, "SELECT pg_sleep(60)", 0, NULL, 60000, on_result, &busy);
    struct error err = ERROR_INIT;
    int status = -1;
    struct child_spec spec = {.argv = (const char *const[]){"sh", "-c", command, NULL}};
    bool never = false;
    loop_run_until(&loop, &never, 200); /* the query is on its way */
    EXPECT(child_run(&spec, &status, NULL, NULL, &err) && status == 0);
    while (idle.errors == 0)
        wait_done(&idle);
    while (busy.errors == 0)
        wait_done(&busy);
    EXPECT(idle.code == ERROR_CONNECTION && idle.states == 2 && !pg_is_open(resting));
    EXPECT(busy.code == ERROR_CONNECTION && busy.states == 1 && busy.results == 1);
    pg_close(sleeping);
    pg_close(resting);
    pg_close(open_well(&idle));
    loop_run(&loop);
}

static void check_blocking(void)
{
    struct error err = ERROR_INIT;
    PGconn *conn = NULL;
    PGresult *result = NULL;
    EXPECT(pg_connect_now(&address, 5000, &conn, &err));
    const char *params[] = {"x"};
    EXPECT(pg_query_now(conn, "SELECT $1::text AS \"Word\"", 1, params, &result, &err));
    EXPECT(strcmp(pg_value(result, 0, "Word"), "x") == 0);
    PQclear(result);
    result = NULL;
    EXPECT(!pg_execute_now(conn, "SELECT 1/0", 0, NULL, &err) && err.code == ERROR_FAILED);
    EXPECT(strcmp(pg_sqlstate_now(conn), "22012") == 0);
    error_clear(&err);
    EXPECT(!pg_script_now(conn, "COPY pg_catalog.pg_class TO STDOUT", &err));
    error_clear(&err);
    EXPECT(!pg_script_now(conn, "SELECT 1; CREATE TEMP TABLE c (a int); COPY c FROM STDIN", &err));
    error_clear(&err);
    EXPECT(pg_script_now(conn, "SELECT 1; SELECT 2", &err));
    EXPECT(strcmp(pg_sqlstate_now(conn), "") == 0);
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "SELECT ");
    pg_add_literal(&sql, "it's \\ 1");
    strbuf_add_string(&sql, " AS ");
    pg_add_identifier(&sql, "a \"b\"");
    EXPECT(pg_query_now(conn, sql.text, 0, NULL, &result, &err));
    EXPECT(strcmp(pg_value(result, 0, "a \"b\""), "it's \\ 1") == 0);
    PQclear(result);
    PQfinish(conn);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    const char *name = argv[1];
    address = (struct pg_address){.host = argv[2],
                                  .port = argv[3],
                                  .user = argv[4],
                                  .password = argv[5],
                                  .dbname = "postgres",
                                  .sslmode = "disable",
                                  .options = "-c client_connection_check_interval=200ms"};
    char *root = getenv("CHECK_PG_ROOT"); /* a CA file: over TLS */
    if (root != NULL) {
        address.sslrootcert = root;
        address.sslmode = "verify-full";
        address.host = "localhost";
        address.hostaddr = "127.0.0.1";
    }
    loop_init(&loop);
    if (strcmp(name, "queries") == 0)
        check_queries();
    else if (strcmp(name, "errors") == 0)
        check_errors();
    else if (strcmp(name, "limits") == 0)
        check_limits();
    else if (strcmp(name, "deadline") == 0)
        check_deadline();
    else if (strcmp(name, "wrong_password") == 0)
        check_wrong_password();
    else if (strcmp(name, "no_database") == 0)
        check_no_database();
    else if (strcmp(name, "blocking") == 0)
        check_blocking();
    else if (strcmp(name, "restart") == 0 && argc > 6)
        check_restart(argv[6]);
    else
        return 2;
    loop_release(&loop);
    return 0;
}
