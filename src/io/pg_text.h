/*
 * Inside io: what the asynchronous and the blocking connection share.
 */
#ifndef LECTERN_IO_PG_TEXT_H
#define LECTERN_IO_PG_TEXT_H

#include "io/pg.h"

enum { PG_KEYWORDS_MAX = 20, PG_SQLSTATE_SIZE = 6 };

/* libpq's two arrays; the texts are borrowed from the address and `defaults`. */
struct pg_keywords {
    const char *names[PG_KEYWORDS_MAX];
    const char *values[PG_KEYWORDS_MAX];
    int n;
};
void pg_fill_keywords(const struct pg_address *address, struct pg_keywords *ret_keywords);

/* Right after PQconnectStartParams(): drop notices, and have errors tell their SQLSTATE. */
void pg_prepare_connect(PGconn *conn, PQnoticeReceiver receiver, void *data);
/* Once the connection stands: errors in the usual words again. */
void pg_finish_connect(PGconn *conn);
/* The error of a failed connect; `ret_sqlstate` becomes the server's code or "". */
bool pg_connect_error(const PGconn *conn, char ret_sqlstate[PG_SQLSTATE_SIZE], struct error *err);
/* The error of a failed result: message, detail, hint, code; a lost connection is told apart. */
bool pg_result_error(const PGconn *conn, const PGresult *result,
                     char ret_sqlstate[PG_SQLSTATE_SIZE], struct error *err);
/* What libpq says, on one line. */
bool pg_connection_error(const PGconn *conn, struct error *err);

#endif
