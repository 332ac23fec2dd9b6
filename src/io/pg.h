/*
 * PostgreSQL through libpq: an asynchronous connection on the loop (struct pg), and blocking calls
 * for commands that have nothing else to do.  The only code that calls libpq's I/O functions.
 *
 * Rules that hold for both: notices are counted and dropped; hosts are numeric addresses or socket
 * directories (a DNS look-up must not stop the loop; command-line code resolves first); every query
 * is one constant text with parameters as text; a deadline belongs to each call, and past it the
 * socket is closed (client_connection_check_interval then ends the backend).
 */
#ifndef LECTERN_IO_PG_H
#define LECTERN_IO_PG_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"

struct arena;
struct error;
struct strbuf;

/* Where to connect and as whom.  Strings are borrowed until the connection stands; NULL: unset. */
struct pg_address {
    const char *host;     /* a directory, a numeric address, or (with sslmode verify-full) a name */
    const char *hostaddr; /* numeric, when `host` is a name */
    const char *port;
    const char *dbname;
    const char *user;
    const char *password;
    const char *sslmode;          /* default "disable" on sockets, "verify-full" elsewhere */
    const char *sslrootcert;      /* CA file */
    const char *options;          /* start-up options, "-c name=value ..." */
    const char *application_name; /* default "lectern" */
};

/* The same as NULL-terminated "PGNAME=value" for PostgreSQL's programs (psql, pg_dump), in the
 * arena: nothing of it is to stand in their arguments. */
const char *const *pg_environment(const struct pg_address *address, struct arena *arena);

/* pg_dump or pg_restore of the server's own version, where `lectern --compose` named a directory of
 * such (LECTERN_PG_PROGRAMS); malloc'd, or NULL: whatever this machine has. */
char *pg_own_program(const char *name);

/* -- asynchronous ------------------------------------------------------------------------------ */

struct pg; /* opaque */

/*
 * The connection stands (err NULL), failed, or was lost while no query was waiting (err set).  It
 * is then closed: a query on it gets ERROR_CONNECTION, and pg_close() still has to free the struct.
 * Codes of a failed connect: ERROR_AUTH (wrong password, no such role, refused by pg_hba.conf),
 * ERROR_NOT_FOUND (no such database), ERROR_TIMEOUT, else ERROR_CONNECTION; pg_sqlstate() has the
 * server's code.  Callbacks come from the loop, never from within the call that asks for them.
 */
typedef void (*pg_state_cb)(struct pg *pg, const struct error *err, void *data);
/*
 * A query's end: `result` (borrowed, only during the call) or `err`.  After ERROR_TIMEOUT and
 * ERROR_CONNECTION the connection is closed, each query that waits gets its callback with the
 * error, and the state callback is not called for it; an SQL error leaves it open, and
 * pg_sqlstate() tells the code.  A result above the cap (pg_set_limits) is an ERROR_FAILED.
 * The callback may call every function here, pg_close() included.
 */
typedef void (*pg_result_cb)(struct pg *pg, const PGresult *result, const struct error *err,
                             void *data);

struct pg *pg_open(struct loop *loop, const struct pg_address *address, int64_t timeout_ms,
                   pg_state_cb on_state, void *data);
/* Queue a query; queries run one after the other.  NULL params and n = 0 for none. */
void pg_query(struct pg *pg, const char *sql, size_t n, const char *const params[],
              int64_t timeout_ms, pg_result_cb on_result, void *data);
/* Queue preparing `sql` under `name`, and running it by name. */
void pg_prepare(struct pg *pg, const char *name, const char *sql, int64_t timeout_ms,
                pg_result_cb on_result, void *data);
void pg_query_prepared(struct pg *pg, const char *name, size_t n, const char *const params[],
                       int64_t timeout_ms, pg_result_cb on_result, void *data);
/* Several statements in one string by the simple protocol (the last result is given). */
void pg_script(struct pg *pg, const char *sql, int64_t timeout_ms, pg_result_cb on_result,
               void *data);
/* Cap of one result: rows and bytes of values (default 1,000,000 rows, 64 MB; 0: as it is). */
void pg_set_limits(struct pg *pg, size_t max_rows, size_t max_bytes);
bool pg_is_open(const struct pg *pg);
bool pg_is_busy(const struct pg *pg);         /* a query is running or queued */
const char *pg_sqlstate(const struct pg *pg); /* of the last SQL error; "" when none */
int pg_backend_pid(const struct pg *pg);
unsigned pg_notices(const struct pg *pg); /* how many notices were dropped */
/*
 * Close the socket at once; no callback is called any more.  Frees `pg` when the loop next turns;
 * it must not be used after the call.  NULL is fine.  Closing a session this way does not wait for
 * its running statement: the server notices by client_connection_check_interval.
 */
void pg_close(struct pg *pg);

/* -- blocking ---------------------------------------------------------------------------------- */

/* Connect within `timeout_ms`.  The caller ends it with PQfinish(). */
bool pg_connect_now(const struct pg_address *address, int64_t timeout_ms, PGconn **ret_conn,
                    struct error *err);
/* Run a query; the caller PQclear()s the result.  Errors carry the server's detail and hint; the
 * SQLSTATE is in pg_sqlstate_now(). */
bool pg_query_now(PGconn *conn, const char *sql, size_t n, const char *const params[],
                  PGresult **ret_result, struct error *err);
/* As above for statements without an interesting result. */
bool pg_execute_now(PGconn *conn, const char *sql, size_t n, const char *const params[],
                    struct error *err);
/* Several statements in one string. */
bool pg_script_now(PGconn *conn, const char *sql, struct error *err);
/* SQLSTATE of the last failed blocking call on the connection; "" when none. */
const char *pg_sqlstate_now(const PGconn *conn);

/* -- text -------------------------------------------------------------------------------------- */

/* Append "identifier" quoted, 'literal' quoted (no backslash escapes; standard_conforming_strings).
 */
void pg_add_identifier(struct strbuf *sql, const char *name);
void pg_add_literal(struct strbuf *sql, const char *text);
/* Append a statement in which the first $ stands for `name` as an identifier. */
void pg_add_naming(struct strbuf *sql, const char *statement, const char *name);

/* A column's text, or NULL for NULL; a column of that name must be there. */
const char *pg_value(const PGresult *result, int row, const char *column);
/* The same as a number: `if_null` or NAN for NULL; and whether it is true. */
int64_t pg_whole(const PGresult *result, int row, const char *column, int64_t if_null);
double pg_number(const PGresult *result, int row, const char *column);
bool pg_is_true(const PGresult *result, int row, const char *column);

#endif
