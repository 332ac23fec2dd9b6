/*
 * The server's JSON log through the control database: which files have something new, their bytes,
 * and the record of what was read.  Everything here is asynchronous, for lecternd.
 */
#ifndef LECTERN_CONTROL_SERVER_LOG_H
#define LECTERN_CONTROL_SERVER_LOG_H

#include <stdint.h>

#include "io/pg.h"

enum {
    SERVER_LOG_HEAD = 64, /* first bytes of a file, by which it is known: when it was begun */
    SERVER_LOG_READ_MAX = 1 << 20 /* bytes of a file at a time */
};

/* The rows of assets/sql/daemon_log_list.sql. */
void server_log_list(struct pg *pg, pg_result_cb on_result, void *data);
/* Columns head and bytes, NULL when the file is gone. */
void server_log_read(struct pg *pg, const char *file, int64_t from, int64_t at_most,
                     pg_result_cb on_result, void *data);
/* A document as assets/sql/daemon_log_record.sql takes it. */
void server_log_record(struct pg *pg, int lab_id, const char *document, pg_result_cb on_result,
                       void *data);
/* Forget what is old: the row of assets/sql/daemon_log_sweep.sql. */
void server_log_sweep(struct pg *pg, pg_result_cb on_result, void *data);

/* A column of bytes, decoded: malloc'd; NULL for NULL. */
char *server_log_bytes(const PGresult *result, int row, const char *column, size_t *ret_len);

#endif
