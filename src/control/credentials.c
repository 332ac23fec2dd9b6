/*
 * The logins of a lab, from the control database.
 */
#include "control/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/pg.h"

static const char title_sql[] = "SELECT l.title FROM public.labs l WHERE l.name = $1::text";

static const char students_sql[] =
    "SELECT s.login, s.name, s.seat, s.group_name, s.password_generation, s.is_active"
    "  FROM public.labs l JOIN public.students s USING (lab_id)"
    " WHERE l.name = $1::text"
    " ORDER BY s.position, s.login";

static void read_rows(const PGresult *result, struct credentials *credentials)
{
    struct arena *arena = &credentials->arena;
    credentials->count = (size_t)PQntuples(result);
    credentials->items =
        arena_alloc_array(arena, credentials->count + 1, sizeof(struct credential));
    for (size_t i = 0; i < credentials->count; i++) {
        int row = (int)i;
        credentials->items[i] = (struct credential){
            .login = arena_strdup(arena, pg_value(result, row, "login")),
            .name = arena_strdup(arena, pg_value(result, row, "name")),
            .seat = arena_strdup(arena, pg_value(result, row, "seat")),
            .group = arena_strdup(arena, pg_value(result, row, "group_name")),
            .generation = (unsigned)strtoul(pg_value(result, row, "password_generation"), NULL, 10),
            .is_active = pg_value(result, row, "is_active")[0] == 't',
        };
    }
}

bool credentials_read(PGconn *conn, const char *lab, struct credentials *ret_credentials,
                      struct error *err)
{
    const char *const params[] = {lab};
    PGresult *title, *students;
    if (!pg_query_now(conn, title_sql, 1, params, &title, err))
        return false;
    if (PQntuples(title) == 0) {
        PQclear(title);
        error_set(err, ERROR_NOT_FOUND, "there is no lab \"%s\"", lab);
        return error_hint(err, "\"lectern lab list\" shows the labs, \"lectern apply\" makes one.");
    }
    bool good = pg_query_now(conn, students_sql, 1, params, &students, err);
    if (good) {
        struct credentials credentials = {.arena = ARENA_INIT};
        credentials.title = arena_strdup(&credentials.arena, PQgetvalue(title, 0, 0));
        read_rows(students, &credentials);
        PQclear(students);
        *ret_credentials = credentials;
    }
    PQclear(title);
    return good;
}

void credentials_release(struct credentials *credentials)
{
    arena_release(&credentials->arena);
    *credentials = (struct credentials){.arena = ARENA_INIT};
}

const struct credential *credentials_find(const struct credentials *credentials, const char *login)
{
    for (size_t i = 0; i < credentials->count; i++)
        if (strcmp(credentials->items[i].login, login) == 0)
            return &credentials->items[i];
    return NULL;
}

/* -- who is not there -------------------------------------------------------------------------- */

/* "Did you mean ...?", by the logins and the names of the lab. */
static void suggest(PGconn *conn, const char *lab, const char *login, struct error *err)
{
    enum { NEAR = 3 };
    PGresult *result = NULL;
    struct error ignored = ERROR_INIT;
    if (!pg_query_now(conn,
                      "SELECT s.login, s.name FROM public.students s JOIN public.labs l"
                      " USING (lab_id) WHERE l.name = $1 AND s.is_active ORDER BY s.login",
                      1, &lab, &result, &ignored)) {
        error_clear(&ignored);
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf hint = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *folded = str_fold(login);
    int shown = 0;
    for (size_t d = 0; d < NEAR && shown == 0; d++)
        for (int i = 0; i < PQntuples(result) && shown < NEAR; i++) {
            const char *other = PQgetvalue(result, i, 0);
            CLEANUP(mem_free_string)
            char *name = str_fold(PQgetvalue(result, i, 1));
            if (str_distance(login, other) != d && (d != 0 || strstr(name, folded) == NULL))
                continue;
            strbuf_printf(&hint, "%s\"%s\"", shown++ == 0 ? "Did you mean " : " or ", other);
        }
    PQclear(result);
    if (shown > 0)
        error_hint(err, "%s?", hint.text);
    else
        error_hint(err, "\"lectern status %s\" shows the logins.", lab);
}

bool credentials_not_found(PGconn *conn, const char *lab, const char *login, struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "there is no student \"%s\" in lab \"%s\"", login, lab);
    suggest(conn, lab, login, err);
    return false;
}
