/*
 * The statements of evaluations, and their results.
 */
#include "facts/result_query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/pg.h"
#include "lab/match.h"

enum { MESSAGE_MAX = 160 };

bool result_is_about(const struct check *check)
{
    return check->kind == FACT_RESULT || check->kind == FACT_CALL || check->kind == FACT_EXTRA;
}

/* -- planning ---------------------------------------------------------------------------------- */

static const char *text_of(const struct check *check, const char *key)
{
    const char *text = json_string_value(json_object_get(check->expected, key));
    return text != NULL ? text : "";
}

/* What the check asks for must be there; of a view the one that its other checks mean. */
static const struct fact *find_object(const struct check_set *checks, const struct fact_set *facts,
                                      const struct check *check)
{
    static const enum fact_kind homes[] = {FACT_VIEW, FACT_MATVIEW, FACT_TABLE};
    if (check->kind == FACT_CALL) {
        size_t end, i = match_range(facts, FACT_FUNCTION, check->relation, &end);
        return i < end ? &facts->items[i] : NULL;
    }
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        const struct fact *home =
            match_home(facts, checks, homes[i], check->schema, check->relation);
        if (home != NULL && homes[i] != FACT_TABLE)
            return home;
    }
    return NULL;
}

static const char *real_name(const struct fact *view)
{
    const char *id = json_string_value(json_object_get(view->def, "id"));
    return id != NULL ? id : view->relation;
}

static void add_view(struct strbuf *source, const struct fact *view)
{
    pg_add_identifier(source, view->schema);
    strbuf_add_char(source, '.');
    pg_add_identifier(source, real_name(view));
}

static void plan_query(struct result_plan *plan, const struct check_set *checks,
                       const struct fact_set *facts, struct result_query *query)
{
    CLEANUP(strbuf_release)
    struct strbuf source = STRBUF_INIT;
    const struct check *check = query->check;
    const json_t *deadline = json_object_get(check->expected, "deadline");
    query->deadline_ms =
        json_is_integer(deadline) ? (int)json_integer_value(deadline) * 1000 : RESULT_DEADLINE_MS;
    if (check->kind == FACT_EXTRA) {
        strbuf_printf(&source, "(%s\n)", text_of(check, "sql"));
    } else {
        const struct fact *object = find_object(checks, facts, check);
        if (object == NULL || object->locked) {
            query->state = object == NULL ? RESULT_MISSING : RESULT_LOCKED;
            return;
        }
        if (check->kind == FACT_CALL)
            strbuf_add_string(&source, text_of(check, "call"));
        else
            add_view(&source, object);
        if (check->kind == FACT_RESULT && object->kind == FACT_VIEW) {
            query->schema = arena_strdup(&plan->arena, object->schema);
            query->view = arena_strdup(&plan->arena, real_name(object));
        }
    }
    query->source = arena_strdup(&plan->arena, source.text);
}

/* Students may work in any schema; what they call stands there, too. */
static const char *search_path(struct arena *arena, const struct fact_set *facts)
{
    CLEANUP(strbuf_release)
    struct strbuf path = STRBUF_INIT;
    const char *last = "public";
    strbuf_add_string(&path, "pg_catalog, public");
    for (size_t i = 0; i < facts->count && path.len < 2000; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind != FACT_SCHEMA || strcmp(fact->schema, last) == 0)
            continue;
        strbuf_add_string(&path, ", ");
        pg_add_identifier(&path, last = fact->schema);
    }
    strbuf_add_string(&path, ", pg_temp");
    return arena_strdup(arena, path.text);
}

void result_plan_make(const struct check_set *checks, const struct fact_set *facts,
                      struct result_plan *ret_plan)
{
    struct result_plan plan = {.arena = ARENA_INIT};
    plan.queries = arena_alloc_array(&plan.arena, checks->n_checks + 1, sizeof *plan.queries);
    const char *path = NULL;
    for (size_t i = 0; i < checks->n_checks; i++) {
        if (!result_is_about(&checks->checks[i]))
            continue;
        if (path == NULL)
            path = search_path(&plan.arena, facts);
        struct result_query *query = &plan.queries[plan.count++];
        *query = (struct result_query){.check = &checks->checks[i], .search_path = path};
        plan_query(&plan, checks, facts, query);
    }
    *ret_plan = plan;
}

void result_plan_release(struct result_plan *plan)
{
    arena_release(&plan->arena);
    plan->queries = NULL;
    plan->count = 0;
}

/* -- statements -------------------------------------------------------------------------------- */

char *result_columns_sql(const struct result_query *query)
{
    return mem_printf("SELECT * FROM %s AS t LIMIT 0", query->source);
}

char *result_rows_sql(const struct result_query *query, const PGresult *columns)
{
    struct strbuf sql = STRBUF_INIT;
    int n = PQnfields(columns);
    strbuf_add_string(&sql, "SELECT ");
    for (int i = 0; i < n; i++)
        strbuf_printf(&sql,
                      "%sCASE WHEN t.c%d IS DISTINCT FROM NULL THEN"
                      " pg_catalog.left(pg_catalog.format('%%s', t.c%d), %d) END",
                      i > 0 ? ", " : "", i + 1, i + 1, RESULT_VALUE_MAX);
    strbuf_printf(&sql, " FROM %s AS t", query->source);
    for (int i = 0; i < n; i++)
        strbuf_printf(&sql, "%sc%d%s", i > 0 ? ", " : " (", i + 1, i + 1 == n ? ")" : "");
    /* The same for everybody: how many rows are expected must not show. */
    strbuf_printf(&sql, " LIMIT %d", RESULT_ROWS_MAX + 1);
    return strbuf_detach(&sql);
}

/* -- results ----------------------------------------------------------------------------------- */

/* Built-in types by their numbers, which never change (pg_type.dat). */
static const struct {
    Oid oid;
    const char *type, *family;
} types[] = {
    {16, "boolean", "bool"},
    {17, "bytea", "bytea"},
    {18, "\"char\"", "text"},
    {19, "name", "text"},
    {20, "bigint", "integer"},
    {21, "smallint", "integer"},
    {23, "integer", "integer"},
    {25, "text", "text"},
    {26, "oid", "integer"},
    {114, "json", "json"},
    {142, "xml", "xml"},
    {700, "real", "number"},
    {701, "double precision", "number"},
    {705, "unknown", "text"},
    {790, "money", "number"},
    {869, "inet", "inet"},
    {1000, "boolean[]", "bool[]"},
    {1005, "smallint[]", "integer[]"},
    {1007, "integer[]", "integer[]"},
    {1009, "text[]", "text[]"},
    {1014, "character[]", "text[]"},
    {1015, "character varying[]", "text[]"},
    {1016, "bigint[]", "integer[]"},
    {1021, "real[]", "number[]"},
    {1022, "double precision[]", "number[]"},
    {1042, "character", "text"},
    {1043, "character varying", "text"},
    {1082, "date", "date"},
    {1083, "time without time zone", "time"},
    {1114, "timestamp without time zone", "timestamp"},
    {1182, "date[]", "date[]"},
    {1184, "timestamp with time zone", "timestamp"},
    {1186, "interval", "interval"},
    {1231, "numeric[]", "number[]"},
    {1266, "time with time zone", "time"},
    {1700, "numeric", "number"},
    {2249, "record", "record"},
    {2950, "uuid", "uuid"},
    {3614, "tsvector", "tsvector"},
    {3802, "jsonb", "json"},
};

static struct result_column column_of(const PGresult *columns, int i)
{
    Oid oid = PQftype(columns, i);
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (types[k].oid == oid)
            return (struct result_column){PQfname(columns, i), types[k].type, types[k].family};
    return (struct result_column){PQfname(columns, i), "of another type", ""};
}

void result_read(const PGresult *columns, const PGresult *rows, struct arena *arena,
                 struct result *ret_result)
{
    int n = PQnfields(columns), n_rows = PQntuples(rows);
    struct result_column *list = arena_alloc_array(arena, (size_t)n + 1, sizeof *list);
    const char **values =
        arena_alloc_array(arena, (size_t)n * (size_t)n_rows + 1, sizeof(const char *));
    for (int i = 0; i < n; i++)
        list[i] = column_of(columns, i);
    for (int row = 0; row < n_rows; row++)
        for (int i = 0; i < n && i < PQnfields(rows); i++)
            values[(size_t)row * (size_t)n + (size_t)i] =
                PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i);
    *ret_result = (struct result){list, (size_t)n, values, (size_t)n_rows};
}

struct score result_score(const struct check *check, const struct result *found)
{
    return check->kind == FACT_EXTRA ? result_judge_value(check->expected, found)
                                     : result_judge(check->expected, found);
}

struct score result_score_state(const struct result_query *query)
{
    const struct check *check = query->check;
    const char *what = check->kind == FACT_CALL ? "function" : "view";
    if (query->state == RESULT_LOCKED)
        return (struct score){(double)NAN, mem_strdup("locked by an open transaction")};
    return (struct score){0, mem_printf("%s %s is missing", what, check->relation)};
}

/* What a call or an extra check names is not there, or of other types. */
static bool names_nothing(const char *sqlstate)
{
    static const char *const states[] = {"42P01", "42703", "42883", "42704",
                                         "42804", "42809", "3F000", "42725"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], sqlstate) == 0)
            return true;
    return false;
}

/* The message is a student's own as soon as it comes from his code. */
static char *first_line(const char *message)
{
    char *text = str_disarm(message);
    text[strcspn(text, "\n")] = '\0';
    size_t len = strlen(text), cut = MESSAGE_MAX;
    if (len > cut) {
        while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
            cut--;
        text[cut] = '\0';
    }
    return text;
}

struct score result_score_failure(const struct check *check, const char *sqlstate,
                                  const char *message)
{
    if (*sqlstate == '\0' || strcmp(sqlstate, "57014") == 0)
        return (struct score){(double)NAN, mem_strdup("too slow: it was broken off")};
    if (strcmp(sqlstate, "55P03") == 0)
        return (struct score){(double)NAN, mem_strdup("locked by an open transaction")};
    CLEANUP(mem_free_string)
    char *text = first_line(message);
    if (strcmp(sqlstate, "42501") == 0)
        return (struct score){(double)NAN, mem_printf("unreadable: %s", text)};
    if (check->kind != FACT_RESULT && names_nothing(sqlstate))
        return (struct score){0, mem_strdup(text)};
    return (struct score){(double)NAN, mem_printf("failing: %s", text)};
}
