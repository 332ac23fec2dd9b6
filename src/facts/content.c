/*
 * The statements that measure a table's rows, and their results.
 */
#include "facts/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "io/pg.h"
#include "lab/match.h"

/* Numbers in a text of numbers, without the zeros behind. */
#define WITHOUT_ZEROS                                                                              \
    "pg_catalog.regexp_replace(",                                                                  \
        "::pg_catalog.text, '([.][0-9]*[1-9])0+(?![0-9])|[.]0+(?![0-9])', E'\\\\1', 'g')"

/* A column's value as canonical text.  A type that is not built in goes through format(), which
 * calls its output function; a cast could be the student's own function. */
static void add_value(struct strbuf *sql, const char *base, const char *alias, const char *column)
{
    static const struct {
        const char *base, *before, *after;
    } forms[] = {
        {"numeric", "pg_catalog.trim_scale(", ")::pg_catalog.text"},
        {"money", "pg_catalog.trim_scale(", "::pg_catalog.numeric)::pg_catalog.text"},
        /* By their texts: a cast to numeric cuts real to 6 digits, double precision to 15. */
        {"float4", "pg_catalog.trim_scale(pg_catalog.round(",
         "::pg_catalog.text::pg_catalog.numeric, 6))::pg_catalog.text"},
        {"float8", "pg_catalog.trim_scale(pg_catalog.round(",
         "::pg_catalog.text::pg_catalog.numeric, 6))::pg_catalog.text"},
        {"_numeric", WITHOUT_ZEROS},
        {"numrange", WITHOUT_ZEROS},
        {"timestamptz", "pg_catalog.timezone('UTC', ", ")::pg_catalog.text"},
        {"timetz", "pg_catalog.timezone('UTC', ", ")::pg_catalog.time::pg_catalog.text"},
        {"json", "", "::pg_catalog.jsonb::pg_catalog.text"},
        {"bpchar", "pg_catalog.rtrim(", "::pg_catalog.text)"},
    };
    struct strbuf name = STRBUF_INIT;
    strbuf_printf(&name, "%s.", alias);
    pg_add_identifier(&name, column);
    const char *before = "", *after = "::pg_catalog.text";
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].base, base) == 0) {
            before = forms[i].before;
            after = forms[i].after;
        }
    if (*base == '\0')
        strbuf_printf(sql,
                      "CASE WHEN %s IS DISTINCT FROM NULL THEN pg_catalog.format('%%s', %s) END",
                      name.text, name.text);
    else
        strbuf_printf(sql, "%s%s%s", before, name.text, after);
    strbuf_release(&name);
}

static const char *real_name(const struct fact *fact)
{
    const char *id = json_string_value(json_object_get(fact->def, "id"));
    return id != NULL ? id : fact->name;
}

static void add_table(struct strbuf *sql, const struct content_query *query)
{
    strbuf_add_string(sql, " FROM ");
    pg_add_identifier(sql, query->real_schema);
    strbuf_add_char(sql, '.');
    pg_add_identifier(sql, query->real_relation);
    strbuf_add_string(sql, " AS t");
}

/* -- rows as texts ----------------------------------------------------------------------------- */

enum { REFERENCES_MAX = 60 }; /* joins in one statement */

struct row_text {
    const struct fact_set *facts;
    struct strbuf joins; /* to the rows that foreign keys to ignored keys refer to */
    int n_joins;
    int missing; /* columns of the example's that are not there */
};

static void add_column(struct row_text *row, struct strbuf *sql, const char *alias,
                       const struct fact *table, const char *column)
{
    const struct fact *fact =
        table != NULL ? match_fact(row->facts, FACT_COLUMN, table->schema, table->relation, column)
                      : NULL;
    if (fact == NULL) {
        row->missing++;
        strbuf_add_string(sql, "NULL");
        return;
    }
    const char *base = json_string_value(json_object_get(fact->def, "base"));
    add_value(sql, base != NULL ? base : "", alias, real_name(fact));
}

static void add_row(struct row_text *row, struct strbuf *sql, struct strbuf *joins,
                    const char *alias, const struct fact *table, const json_t *columns);

/* The value of a foreign key to an ignored key: the row that it refers to, as a text. */
static void add_reference(struct row_text *row, struct strbuf *sql, struct strbuf *joins,
                          const char *alias, const struct fact *table, const json_t *reference)
{
    const char *column = json_string_value(json_object_get(reference, "col"));
    const char *ref = json_string_value(json_object_get(reference, "ref"));
    const char *key = json_string_value(json_object_get(reference, "key"));
    const json_t *columns = json_object_get(reference, "cols");
    const struct fact *target = NULL;
    if (table != NULL && ref != NULL && row->n_joins < REFERENCES_MAX) {
        target = match_fact(row->facts, FACT_TABLE, table->schema, ref, ref);
        if (target == NULL)
            target = match_home(row->facts, NULL, FACT_TABLE, "public", ref);
    }
    if (target == NULL || column == NULL || key == NULL) {
        row->missing++;
        strbuf_add_string(sql, "NULL");
        return;
    }
    int number = ++row->n_joins;
    char inner[16];
    snprintf(inner, sizeof inner, "t%d", number);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf inner_joins = STRBUF_INIT;
    add_row(row, &text, &inner_joins, inner, target, columns);
    strbuf_add_string(joins, " LEFT JOIN (SELECT ");
    add_column(row, joins, inner, target, key);
    strbuf_printf(joins, " AS k, pg_catalog.max(%s) AS v FROM ", text.text);
    pg_add_identifier(joins, target->schema);
    strbuf_add_char(joins, '.');
    pg_add_identifier(joins, real_name(target));
    strbuf_printf(joins, " AS %s%s GROUP BY 1) AS j%d ON j%d.k OPERATOR(pg_catalog.=) ", inner,
                  inner_joins.text, number, number);
    add_column(row, joins, alias, table, column);
    strbuf_printf(sql, "j%d.v", number);
}

/* The row as one text, of these columns: names, or references. */
static void add_row(struct row_text *row, struct strbuf *sql, struct strbuf *joins,
                    const char *alias, const struct fact *table, const json_t *columns)
{
    strbuf_add_string(sql, "pg_catalog.array_to_string(ARRAY[");
    size_t i;
    const json_t *column;
    json_array_foreach(columns, i, column) {
        if (i > 0)
            strbuf_add_string(sql, ", ");
        if (json_is_object(column))
            add_reference(row, sql, joins, alias, table, column);
        else
            add_column(row, sql, alias, table, json_string_value(column));
    }
    strbuf_add_string(sql, "]::pg_catalog.text[], pg_catalog.chr(31), pg_catalog.chr(30))");
}

/* Of a table beyond content.max_rows: the rows whose key's hash is a multiple of `mod`. */
static void add_sample(struct row_text *row, struct strbuf *sql, const struct fact *table,
                       const json_t *expected)
{
    json_int_t mod = json_integer_value(json_object_get(expected, "mod"));
    if (mod <= 1)
        return;
    strbuf_add_string(sql, " FILTER (WHERE pg_catalog.hashtextextended(");
    add_row(row, sql, &row->joins, "t", table, json_object_get(expected, "by"));
    strbuf_printf(sql, ", 0) %% %" JSON_INTEGER_FORMAT " = 0)", mod);
}

static void make_texts(struct content_plan *plan, struct content_query *query,
                       const struct fact_set *facts, const struct fact *table,
                       const json_t *expected)
{
    const json_t *columns = json_object_get(expected, "cols");
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "SELECT pg_catalog.count(*) AS n");
    add_table(&sql, query);
    query->rows_sql = arena_strdup(&plan->arena, sql.text);
    if (json_array_size(columns) == 0)
        return;
    struct row_text row = {facts, STRBUF_INIT, 0, 0};
    strbuf_reset(&sql);
    strbuf_add_string(&sql, "SELECT pg_catalog.count(*) AS n, "
                            "pg_catalog.sum(pg_catalog.hashtextextended(");
    add_row(&row, &sql, &row.joins, "t", table, columns);
    strbuf_add_string(&sql, ", 0))");
    add_sample(&row, &sql, table, expected);
    strbuf_add_string(&sql, " AS h");
    add_table(&sql, query);
    strbuf_add_string(&sql, row.joins.text);
    query->missing_columns = row.missing;
    if (query->missing_columns == 0)
        query->hash_sql = arena_strdup(&plan->arena, sql.text);
    strbuf_release(&row.joins);
}

static struct content_query *query_of(struct content_plan *plan, const struct check *check)
{
    for (size_t i = plan->count; i-- > 0;)
        if (strcmp(plan->queries[i].relation, check->relation) == 0 &&
            strcmp(plan->queries[i].schema, check->schema) == 0)
            return &plan->queries[i];
    struct content_query *query = &plan->queries[plan->count++];
    *query = (struct content_query){
        .schema = arena_strdup(&plan->arena, check->schema),
        .relation = arena_strdup(&plan->arena, check->relation),
        .expected_rows = -1,
    };
    return query;
}

static void plan_check(struct content_plan *plan, const struct check_set *checks,
                       const struct fact_set *facts, const struct check *check)
{
    struct content_query *query = query_of(plan, check);
    const json_t *rows = json_object_get(check->expected, "n");
    if (json_is_integer(rows))
        query->expected_rows = json_integer_value(rows);
    const struct fact *table =
        match_home(facts, checks, FACT_TABLE, check->schema, check->relation);
    if (table == NULL) {
        query->state = CONTENT_MISSING;
        return;
    }
    query->real_schema = arena_strdup(&plan->arena, table->schema);
    query->real_relation = arena_strdup(&plan->arena, real_name(table));
    if (table->locked) {
        query->state = CONTENT_LOCKED;
        return;
    }
    /* A table has both checks or only the one on rows; the one on content knows the columns. */
    if (query->rows_sql == NULL || check->kind == FACT_CONTENT)
        make_texts(plan, query, facts, table, check->expected);
}

void content_plan_make(const struct check_set *checks, const struct fact_set *facts,
                       struct content_plan *ret_plan)
{
    struct content_plan plan = {ARENA_INIT, NULL, 0};
    plan.queries = arena_alloc_array(&plan.arena, checks->n_checks + 1, sizeof *plan.queries);
    for (size_t i = 0; i < checks->n_checks; i++) {
        const struct check *check = &checks->checks[i];
        if (check->kind == FACT_ROWS || check->kind == FACT_CONTENT)
            plan_check(&plan, checks, facts, check);
    }
    *ret_plan = plan;
}

void content_plan_release(struct content_plan *plan)
{
    arena_release(&plan->arena);
    plan->queries = NULL;
    plan->count = 0;
}

/* -- results ----------------------------------------------------------------------------------- */

void content_measure_init(const struct content_query *query, struct table_measure *ret_measure)
{
    *ret_measure = (struct table_measure){
        .schema = query->schema,
        .relation = query->relation,
        .reason = query->state == CONTENT_LOCKED ? "locked by an open transaction" : "not measured",
        .missing_columns = query->missing_columns,
    };
}

bool content_measure_rows(struct table_measure *measure, const PGresult *result, struct error *err)
{
    if (PQntuples(result) != 1 || PQnfields(result) < 1)
        return error_set(err, ERROR_FAILED, "counting the rows gave no number");
    measure->rows = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    measure->hash = NULL;
    measure->known = true;
    return true;
}

bool content_measure_hash(struct table_measure *measure, const PGresult *result,
                          struct arena *arena, struct error *err)
{
    if (PQnfields(result) != 2)
        return error_set(err, ERROR_FAILED, "measuring the rows gave no hash");
    if (!content_measure_rows(measure, result, err))
        return false;
    measure->hash = PQgetisnull(result, 0, 1) ? "" : arena_strdup(arena, PQgetvalue(result, 0, 1));
    return true;
}

void content_measure_failed(struct table_measure *measure, const char *reason)
{
    measure->known = false;
    measure->hash = NULL;
    measure->reason = reason;
}

const char *content_failure(const char *sqlstate)
{
    static const struct {
        const char *sqlstate, *reason;
    } reasons[] = {
        {"55P03", "locked by an open transaction"}, {"57014", "too slow to be read"},
        {"42501", "unreadable: permission denied"}, {"42P01", "changed while it was read"},
        {"42703", "changed while it was read"},     {"42883", "changed while it was read"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i].sqlstate, sqlstate) == 0)
            return reasons[i].reason;
    return "reading it fails";
}

/* Run one of the statements; a failing one makes the measure unknown, a lost connection is an
 * error. */
static bool run(PGconn *conn, const char *sql, struct table_measure *measure, struct arena *arena,
                bool hash, struct error *err)
{
    PGresult *result = NULL;
    struct error failed = ERROR_INIT;
    if (!pg_query_now(conn, sql, 0, NULL, &result, &failed)) {
        if (PQstatus(conn) != CONNECTION_OK) {
            error_move(err, &failed);
            return false;
        }
        content_measure_failed(measure, content_failure(pg_sqlstate_now(conn)));
        error_clear(&failed);
        return true;
    }
    bool ok = hash ? content_measure_hash(measure, result, arena, err)
                   : content_measure_rows(measure, result, err);
    PQclear(result);
    return ok;
}

bool content_measure_one_now(PGconn *conn, struct content_plan *plan,
                             const struct content_query *query, struct table_measure *measure,
                             struct error *err)
{
    if (query->hash_sql == NULL)
        return true;
    return run(conn, query->hash_sql, measure, &plan->arena, true, err) ||
           error_wrap(err, "measuring table \"%s\"", query->relation);
}

bool content_measure_now(PGconn *conn, struct content_plan *plan, bool hash_all, int64_t max_rows,
                         struct table_measure *ret_measures, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct content_query *query = &plan->queries[i];
        struct table_measure *measure = &ret_measures[i];
        content_measure_init(query, measure);
        if (query->rows_sql == NULL)
            continue;
        if (!run(conn, query->rows_sql, measure, &plan->arena, false, err))
            return error_wrap(err, "measuring table \"%s\"", query->relation);
        bool wanted = hash_all ? measure->rows <= max_rows : measure->rows == query->expected_rows;
        if (measure->known && query->hash_sql != NULL && wanted &&
            !run(conn, query->hash_sql, measure, &plan->arena, true, err))
            return error_wrap(err, "measuring table \"%s\"", query->relation);
    }
    return true;
}
