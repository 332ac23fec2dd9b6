/*
 * The server's log, as lecternd asks for it.
 */
#include "control/server_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/memory.h"

enum { QUERY_TIMEOUT_MS = 10000 };

static const char read_sql[] =
    "SELECT public.read_server_log($1::text, 0, 64) AS head,"
    " public.read_server_log($1::text, $2::bigint, $3::integer) AS bytes";

void server_log_list(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_query(pg, asset_get("assets/sql/daemon_log_list.sql")->text, 0, NULL, QUERY_TIMEOUT_MS,
             on_result, data);
}

void server_log_read(struct pg *pg, const char *file, int64_t from, int64_t at_most,
                     pg_result_cb on_result, void *data)
{
    char first[24], most[24];
    snprintf(first, sizeof(first), "%" PRId64, from);
    snprintf(most, sizeof(most), "%" PRId64, at_most);
    const char *params[] = {file, first, most};
    pg_query(pg, read_sql, 3, params, QUERY_TIMEOUT_MS, on_result, data);
}

void server_log_record(struct pg *pg, int lab_id, const char *document, pg_result_cb on_result,
                       void *data)
{
    char id[16];
    snprintf(id, sizeof(id), "%d", lab_id);
    const char *params[] = {id, document};
    pg_query(pg, asset_get("assets/sql/daemon_log_record.sql")->text, 2, params, QUERY_TIMEOUT_MS,
             on_result, data);
}

void server_log_sweep(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_query(pg, asset_get("assets/sql/daemon_log_sweep.sql")->text, 0, NULL, QUERY_TIMEOUT_MS,
             on_result, data);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10; /* the server's own writing */
}

char *server_log_bytes(const PGresult *result, int row, const char *column, size_t *ret_len)
{
    const char *text = pg_value(result, row, column);
    *ret_len = 0;
    if (text == NULL)
        return NULL;
    if (strncmp(text, "\\x", 2) == 0)
        text += 2;
    size_t len = strlen(text) / 2;
    char *bytes = mem_alloc(len + 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    *ret_len = len;
    return bytes;
}
