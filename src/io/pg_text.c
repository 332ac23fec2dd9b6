/*
 * PostgreSQL: addresses to libpq's keywords, libpq's and the server's errors to ours, quoting.
 */
#include "io/pg_text.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"

static void add_keyword(struct pg_keywords *keywords, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    assert(keywords->n < PG_KEYWORDS_MAX - 1);
    keywords->names[keywords->n] = name;
    keywords->values[keywords->n++] = value;
    keywords->names[keywords->n] = keywords->values[keywords->n] = NULL;
}

void pg_fill_keywords(const struct pg_address *address, struct pg_keywords *ret_keywords)
{
    bool on_socket = address->host == NULL || address->host[0] == '/';
    const char *sslmode = address->sslmode != NULL ? address->sslmode
                          : on_socket              ? "disable"
                                                   : "verify-full";
    ret_keywords->n = 0;
    add_keyword(ret_keywords, "host", address->host);
    add_keyword(ret_keywords, "hostaddr", address->hostaddr);
    add_keyword(ret_keywords, "port", address->port);
    add_keyword(ret_keywords, "dbname", address->dbname);
    add_keyword(ret_keywords, "user", address->user);
    add_keyword(ret_keywords, "password", address->password);
    add_keyword(ret_keywords, "sslmode", sslmode);
    add_keyword(ret_keywords, "sslrootcert", address->sslrootcert);
    add_keyword(ret_keywords, "options", address->options);
    add_keyword(ret_keywords, "application_name",
                address->application_name != NULL ? address->application_name : "lectern");
    add_keyword(ret_keywords, "client_encoding", "UTF8");
    /* Never Kerberos (it asks name servers), never somebody's ~/.pgpass or certificate. */
    add_keyword(ret_keywords, "gssencmode", "disable");
    add_keyword(ret_keywords, "passfile", "/nonexistent/pgpass");
    add_keyword(ret_keywords, "sslcert", "/nonexistent/postgresql.crt");
    add_keyword(ret_keywords, "keepalives_idle", "30");
}

const char *const *pg_environment(const struct pg_address *address, struct arena *arena)
{
    static const struct {
        const char *keyword, *variable;
    } known[] = {
        {"host", "PGHOST"},
        {"hostaddr", "PGHOSTADDR"},
        {"port", "PGPORT"},
        {"dbname", "PGDATABASE"},
        {"user", "PGUSER"},
        {"password", "PGPASSWORD"},
        {"sslmode", "PGSSLMODE"},
        {"sslrootcert", "PGSSLROOTCERT"},
        {"sslcert", "PGSSLCERT"},
        {"options", "PGOPTIONS"},
        {"application_name", "PGAPPNAME"},
        {"passfile", "PGPASSFILE"},
        {"client_encoding", "PGCLIENTENCODING"},
    };
    struct pg_keywords keywords;
    pg_fill_keywords(address, &keywords);
    const char **list = arena_alloc_array(arena, PG_KEYWORDS_MAX, sizeof *list);
    size_t n = 0;
    for (int i = 0; i < keywords.n; i++)
        for (size_t j = 0; j < sizeof known / sizeof *known; j++)
            if (strcmp(keywords.names[i], known[j].keyword) == 0)
                list[n++] = arena_printf(arena, "%s=%s", known[j].variable, keywords.values[i]);
    return list;
}

char *pg_own_program(const char *name)
{
    const char *directory = getenv("LECTERN_PG_PROGRAMS");
    if (directory == NULL || *directory == '\0')
        return NULL;
    char *path = mem_printf("%s/%s", directory, name);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

void pg_prepare_connect(PGconn *conn, PQnoticeReceiver receiver, void *data)
{
    PQsetNoticeReceiver(conn, receiver, data);
    /* The only way to learn the SQLSTATE of a refused login: it is part of the verbose message. */
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
}

void pg_finish_connect(PGconn *conn)
{
    PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
}

static bool is_sqlstate(const char *text)
{
    for (int i = 0; i < 5; i++)
        if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'A' && text[i] <= 'Z'))
            return false;
    return text[5] == ':' && text[6] == ' ';
}

/*
 * "... failed: FATAL:  28P01: password ..." is made "... failed: password ...".  The severity may
 * be in any language; a code of five between ":  " and ": " is what stays the same.
 */
static void take_sqlstate(struct strbuf *text, char ret_sqlstate[PG_SQLSTATE_SIZE])
{
    ret_sqlstate[0] = '\0';
    const char *at = strstr(text->text, ":  ");
    for (; at != NULL; at = strstr(at + 1, ":  "))
        if (strlen(at) > 10 && is_sqlstate(at + 3))
            break;
    if (at == NULL)
        return;
    memcpy(ret_sqlstate, at + 3, 5);
    ret_sqlstate[5] = '\0';
    size_t end = (size_t)(at - text->text) + 10;
    size_t begin = (size_t)(at - text->text);
    while (begin > 0 && text->text[begin - 1] != ' ' && text->text[begin - 1] != '\n')
        begin--;
    CLEANUP(strbuf_release)
    struct strbuf shorter = STRBUF_INIT;
    strbuf_add(&shorter, text->text, begin);
    strbuf_add(&shorter, text->text + end, text->len - end);
    strbuf_reset(text);
    strbuf_add(text, shorter.text, shorter.len);
}

static enum error_code connect_code(const PGconn *conn, const char *sqlstate)
{
    if (strncmp(sqlstate, "28", 2) == 0 || strcmp(sqlstate, "42501") == 0)
        return ERROR_AUTH;
    if (strcmp(sqlstate, "3D000") == 0)
        return ERROR_NOT_FOUND;
    return PQconnectionNeedsPassword(conn) ? ERROR_AUTH : ERROR_CONNECTION;
}

/* The first line is the message; of the rest everything but the server's source is the detail. */
static bool set_lines(struct error *err, enum error_code code, const char *text)
{
    size_t len = strcspn(text, "\n");
    error_set(err, code, "%.*s", (int)len, text);
    CLEANUP(strbuf_release)
    struct strbuf detail = STRBUF_INIT;
    for (text += len; *text != '\0'; text += len) {
        text += strspn(text, " \t\n");
        len = strcspn(text, "\n");
        if (len == 0 || strncmp(text, "LOCATION:", 9) == 0)
            continue;
        strbuf_printf(&detail, "%s%.*s", detail.len > 0 ? " " : "", (int)len, text);
    }
    if (detail.len > 0)
        error_detail(err, "%s", detail.text);
    return false;
}

bool pg_connect_error(const PGconn *conn, char ret_sqlstate[PG_SQLSTATE_SIZE], struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, PQerrorMessage(conn));
    if (text.len == 0)
        strbuf_add_string(&text, "the server closed the connection");
    take_sqlstate(&text, ret_sqlstate);
    return set_lines(err, connect_code(conn, ret_sqlstate), text.text);
}

bool pg_connection_error(const PGconn *conn, struct error *err)
{
    const char *text = PQerrorMessage(conn);
    return set_lines(err, ERROR_CONNECTION,
                     *text != '\0' ? text : "the server closed the connection");
}

bool pg_result_error(const PGconn *conn, const PGresult *result,
                     char ret_sqlstate[PG_SQLSTATE_SIZE], struct error *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    strncpy(ret_sqlstate, sqlstate != NULL ? sqlstate : "", PG_SQLSTATE_SIZE - 1);
    ret_sqlstate[PG_SQLSTATE_SIZE - 1] = '\0';
    if (message == NULL)
        return pg_connection_error(conn, err);
    error_set(err, PQstatus(conn) == CONNECTION_BAD ? ERROR_CONNECTION : ERROR_FAILED, "%s",
              message);
    if (detail != NULL)
        error_detail(err, "%s", detail);
    if (hint != NULL)
        error_hint(err, "%s", hint);
    return false;
}

void pg_add_identifier(struct strbuf *sql, const char *name)
{
    strbuf_add_char(sql, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            strbuf_add_char(sql, '"');
        strbuf_add_char(sql, *name);
    }
    strbuf_add_char(sql, '"');
}

void pg_add_literal(struct strbuf *sql, const char *text)
{
    strbuf_add_char(sql, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            strbuf_add_char(sql, '\'');
        strbuf_add_char(sql, *text);
    }
    strbuf_add_char(sql, '\'');
}

void pg_add_naming(struct strbuf *sql, const char *statement, const char *name)
{
    const char *mark = strchr(statement, '$');
    assert(mark != NULL);
    strbuf_add(sql, statement, (size_t)(mark - statement));
    pg_add_identifier(sql, name);
    strbuf_add_string(sql, mark + 1);
}

const char *pg_value(const PGresult *result, int row, const char *column)
{
    /* PQfnumber() folds case and reads quotes: compare ourselves. */
    for (int i = 0; i < PQnfields(result); i++)
        if (strcmp(PQfname(result, i), column) == 0)
            return PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
    assert(false); /* the query has no such column */
    return NULL;
}

int64_t pg_whole(const PGresult *result, int row, const char *column, int64_t if_null)
{
    const char *text = pg_value(result, row, column);
    return text != NULL ? strtoll(text, NULL, 10) : if_null;
}

double pg_number(const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return text != NULL ? strtod(text, NULL) : (double)NAN;
}

bool pg_is_true(const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return text != NULL && text[0] == 't';
}
