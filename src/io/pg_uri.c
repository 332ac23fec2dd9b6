/*
 * libpq takes a URI apart; we keep what an address can hold.
 */
#include "io/pg_uri.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"

static bool take(const PQconninfoOption *option, struct arena *arena, struct pg_address *address,
                 struct error *err)
{
    const struct {
        const char *keyword;
        const char **field;
    } fields[] = {
        {"host", &address->host},       {"hostaddr", &address->hostaddr},
        {"port", &address->port},       {"dbname", &address->dbname},
        {"user", &address->user},       {"password", &address->password},
        {"sslmode", &address->sslmode}, {"sslrootcert", &address->sslrootcert},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(option->keyword, fields[i].keyword) == 0) {
            *fields[i].field = arena_strdup(arena, option->val);
            return true;
        }
    error_set(err, ERROR_INPUT, "parameter \"%s\" of the URI cannot be used here", option->keyword);
    return error_hint(err, "Leave it out of the URI.");
}

bool pg_uri_parse(const char *uri, struct arena *arena, struct pg_address *ret_address,
                  struct error *err)
{
    PQconninfoOption *options = PQconninfoParse(uri, NULL);
    if (options == NULL) {
        /* libpq's message may quote the URI, password and all. */
        error_set(err, ERROR_INPUT, "the URI cannot be read");
        return error_hint(err, "Write it as postgresql://USER@HOST:PORT/DATABASE.");
    }
    struct pg_address address = {0};
    bool ok = true;
    for (const PQconninfoOption *o = options; ok && o->keyword != NULL; o++)
        if (o->val != NULL && *o->val != '\0')
            ok = take(o, arena, &address, err);
    PQconninfoFree(options);
    if (!ok)
        return false;
    if (address.sslmode == NULL) {
        const char *mode = getenv("PGSSLMODE");
        address.sslmode = arena_strdup(arena, mode != NULL && *mode != '\0' ? mode : "prefer");
    }
    *ret_address = address;
    return true;
}

/* Append the query part without its passwords. */
static void add_query(struct strbuf *out, const char *query)
{
    char mark = '?';
    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        if (strncmp(query, "password=", 9) != 0 && strncmp(query, "sslpassword=", 12) != 0) {
            strbuf_add_char(out, mark);
            strbuf_add(out, query, len);
            mark = '&';
        }
        query += len + (query[len] == '&');
    }
}

char *pg_uri_shown(const char *uri)
{
    struct strbuf out = STRBUF_INIT;
    const char *rest = strstr(uri, "://");
    rest = rest != NULL ? rest + 3 : uri;
    strbuf_add(&out, uri, (size_t)(rest - uri));
    size_t authority = strcspn(rest, "/?");
    const char *at = memrchr(rest, '@', authority);
    if (at != NULL) {
        const char *colon = memchr(rest, ':', (size_t)(at - rest));
        strbuf_add(&out, rest, (size_t)((colon != NULL ? colon : at) - rest));
        authority -= (size_t)(at - rest);
        rest = at;
    }
    strbuf_add(&out, rest, authority);
    rest += authority;
    size_t path = strcspn(rest, "?");
    strbuf_add(&out, rest, path);
    if (rest[path] == '?')
        add_query(&out, rest + path + 1);
    return strbuf_detach(&out);
}
