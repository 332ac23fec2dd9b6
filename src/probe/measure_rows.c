/*
 * Measuring the rows of a student's tables, on the eval connection.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "probe/measure_inside.h"
#include "probe/reason.h"

enum {
    TABLE_MS = 2500, /* the server's own limit for it is a second shorter */
    ROWS_BUDGET_MS = 4000,
    CHEAP_MS = 20, /* a table that takes less is read again on suspicion */
};

#define EVAL_CONNECTION_OPTIONS MEASURE_OPTIONS " -c statement_timeout=1500"

/* Reasons for one table; content_failure() has those that come from SQL errors. */
static const char too_slow[] = "too slow to be read", unreadable[] = "unreadable: reading it fails";

/* -- what is remembered ------------------------------------------------------------------------ */

static bool is_about_rows(const struct check *check)
{
    return check->kind == FACT_ROWS || check->kind == FACT_CONTENT;
}

static struct table_memory *find_table(struct measure *m, const char *schema, const char *relation)
{
    for (size_t i = 0; i < m->n_tables; i++)
        if (strcmp(m->tables[i].relation, relation) == 0 &&
            strcmp(m->tables[i].schema, schema) == 0)
            return &m->tables[i];
    return NULL;
}

void measure_rows_init(struct measure *m)
{
    CLEANUP(strbuf_release)
    struct strbuf names = STRBUF_INIT;
    size_t capacity = 0;
    strbuf_add_char(&names, '{');
    for (size_t i = 0; i < m->checks->n_checks; i++) {
        const struct check *check = &m->checks->checks[i];
        if (!is_about_rows(check) || find_table(m, check->schema, check->relation) != NULL)
            continue;
        m->tables = mem_grow(m->tables, m->n_tables, &capacity, sizeof(*m->tables));
        m->tables[m->n_tables] = (struct table_memory){
            .schema = check->schema,
            .relation = check->relation,
            .measure = {.schema = check->schema, .relation = check->relation},
        };
        m->n_tables++;
        measure_add_name(&names, check->relation);
    }
    strbuf_add_char(&names, '}');
    m->names = strbuf_detach(&names);
}

void measure_rows_forget(struct measure *m)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        measure_set_text(&m->tables[i].sql, NULL);
        measure_set_text(&m->tables[i].mark, NULL);
    }
}

void measure_rows_release(struct measure *m)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        free(m->tables[i].sql);
        free(m->tables[i].mark);
        free(m->tables[i].next_mark);
        free(m->tables[i].hash);
    }
    free(m->tables);
    free(m->names);
}

void measure_rows_mark(struct measure *m, size_t place, const char *mark)
{
    if (place >= 1 && place <= m->n_tables)
        measure_set_text(&m->tables[place - 1].next_mark, mark);
}

bool measure_rows_moved(const struct measure *m)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        const struct table_memory *table = &m->tables[i];
        if (table->mark == NULL || strcmp(table->mark, table->next_mark) != 0 ||
            (m->eager && table->ready && !table->full && table->cost_ms <= CHEAP_MS))
            return true;
    }
    return false;
}

/* The tables' checks that are met need no second look before something moved. */
void measure_rows_full(struct measure *m, const struct score *scores)
{
    for (size_t i = 0; i < m->n_tables; i++)
        m->tables[i].full = true;
    for (size_t i = 0; i < m->checks->n_checks; i++) {
        const struct check *check = &m->checks->checks[i];
        if (is_about_rows(check) && !(scores[i].value >= 1 - 1e-9))
            find_table(m, check->schema, check->relation)->full = false;
    }
}

void measure_rows_close(struct measure *m)
{
    pg_close(m->eval);
    m->eval = NULL;
    arena_release(&m->eval_arena);
}

/* -- eval: the rows of tables ------------------------------------------------------------------ */

static const struct content_query *query_of(const struct measure *m,
                                            const struct table_memory *table)
{
    for (size_t i = 0; i < m->plan.count; i++)
        if (strcmp(m->plan.queries[i].relation, table->relation) == 0 &&
            strcmp(m->plan.queries[i].schema, table->schema) == 0)
            return &m->plan.queries[i];
    return NULL;
}

/* The names are the check's: the plan's do not outlive it. */
static void clear_measure(struct table_memory *table, const struct content_query *query)
{
    table->measure = (struct table_measure){0};
    if (query != NULL)
        content_measure_init(query, &table->measure);
    table->measure.schema = table->schema;
    table->measure.relation = table->relation;
}

/* The present table was read, or could not be: what was found holds for its mark. */
static void table_done(struct measure *m)
{
    struct table_memory *table = &m->tables[m->current];
    const struct content_query *query = query_of(m, table);
    CLEANUP(mem_free_string)
    char *sql = mem_printf("%s;%s", query->rows_sql, query->hash_sql ? query->hash_sql : "");
    measure_set_text(&table->hash, table->measure.hash);
    table->measure.hash = table->hash;
    measure_set_text(&table->sql, sql);
    measure_set_text(&table->mark, table->next_mark);
    table->cost_ms = clock_monotonic_ms() - m->current_started_ms;
    table->wanted = false;
}

static void table_failed(struct measure *m, const char *reason)
{
    content_measure_failed(&m->tables[m->current].measure, reason);
    table_done(m);
}

/* The rest of the round's tables: no time for them. */
static void give_up_rows(struct measure *m, const char *reason)
{
    for (; m->current < m->n_tables; m->current++)
        if (m->tables[m->current].wanted)
            table_failed(m, reason);
    measure_rows_close(m);
    measure_results_start(m);
}

static void next_table(struct measure *m);

static void on_eval_end(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    (void)err;
    measure_rows_close(data);
    measure_results_start(data);
}

static void on_again(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL && !pg_is_open(pg))
        give_up_rows(m, too_slow);
    else if (err != NULL)
        give_up_rows(m, unreadable);
    else
        next_table(m);
}

static void on_nothing(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    (void)err;
    (void)data;
}

/* A statement failed: its transaction is over, the next table gets a new one. */
static void eval_failed(struct measure *m, const struct error *err)
{
    if (!pg_is_open(m->eval)) {
        table_failed(m, err->code == ERROR_TIMEOUT ? too_slow : unreadable);
        m->current++;
        give_up_rows(m, too_slow);
        return;
    }
    table_failed(m, content_failure(pg_sqlstate(m->eval)));
    m->current++;
    pg_query(m->eval, "ROLLBACK", 0, NULL, TABLE_MS, on_nothing, m);
    pg_query(m->eval, "BEGIN READ ONLY", 0, NULL, TABLE_MS, on_again, m);
}

static void on_hash(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    struct error bad = ERROR_INIT;
    (void)pg;
    if (err != NULL) {
        eval_failed(m, err);
        return;
    }
    struct table_measure *measure = &m->tables[m->current].measure;
    if (!content_measure_hash(measure, result, &m->eval_arena, &bad)) {
        content_measure_failed(measure, content_failure(""));
        error_clear(&bad);
    }
    table_done(m);
    m->current++;
    next_table(m);
}

static void on_rows(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    struct error bad = ERROR_INIT;
    if (err != NULL) {
        eval_failed(m, err);
        return;
    }
    struct table_memory *table = &m->tables[m->current];
    const struct content_query *query = query_of(m, table);
    if (!content_measure_rows(&table->measure, result, &bad)) {
        content_measure_failed(&table->measure, content_failure(""));
        error_clear(&bad);
    } else if (query->hash_sql != NULL && table->measure.rows == query->expected_rows) {
        pg_query(pg, query->hash_sql, 0, NULL, TABLE_MS, on_hash, m);
        return;
    }
    table_done(m);
    m->current++;
    next_table(m);
}

static void next_table(struct measure *m)
{
    while (m->current < m->n_tables && !m->tables[m->current].wanted)
        m->current++;
    if (m->current == m->n_tables) {
        pg_query(m->eval, "ROLLBACK", 0, NULL, TABLE_MS, on_eval_end, m);
        return;
    }
    m->current_started_ms = clock_monotonic_ms();
    if (m->current_started_ms >= m->rows_deadline_ms) {
        give_up_rows(m, too_slow);
        return;
    }
    struct table_memory *table = &m->tables[m->current];
    const struct content_query *query = query_of(m, table);
    clear_measure(table, query);
    pg_query(m->eval, query->rows_sql, 0, NULL, TABLE_MS, on_rows, m);
}

static void on_eval_state(struct pg *pg, const struct error *err, void *data)
{
    struct measure *m = data;
    if (err != NULL) {
        CLEANUP(mem_free_string)
        char *reason = reason_of_error(err, pg_sqlstate(pg));
        give_up_rows(m, reason_word(reason));
        return;
    }
    /* Servers before 15.8 do not know it: an error that changes nothing.  It keeps a view that took
     * the table's place from being read. */
    pg_query(pg,
             "SELECT pg_catalog.set_config('restrict_nonsystem_relation_kind',"
             " 'view,foreign-table', false)",
             0, NULL, TABLE_MS, on_nothing, m);
    pg_query(pg, "BEGIN READ ONLY", 0, NULL, TABLE_MS, on_again, m);
}

/* Which tables have to be read: those that moved, those that were never read as they are now, and
 * on suspicion the cheap ones that are not finished. */
static bool choose_tables(struct measure *m)
{
    bool any = false;
    for (size_t i = 0; i < m->n_tables; i++) {
        struct table_memory *table = &m->tables[i];
        const struct content_query *query = query_of(m, table);
        table->wanted = false;
        table->ready = query != NULL && query->state == CONTENT_READY && query->rows_sql != NULL;
        if (!table->ready) {
            clear_measure(table, query);
            measure_set_text(&table->sql, NULL);
            measure_set_text(&table->mark, table->next_mark);
            continue;
        }
        CLEANUP(mem_free_string)
        char *sql = mem_printf("%s;%s", query->rows_sql, query->hash_sql ? query->hash_sql : "");
        table->measure.missing_columns = query->missing_columns;
        table->wanted = table->sql == NULL || strcmp(table->sql, sql) != 0 ||
                        !table->measure.known || strcmp(table->mark, table->next_mark) != 0 ||
                        (m->eager && !table->full && table->cost_ms <= CHEAP_MS);
        any |= table->wanted;
    }
    return any;
}

void measure_rows_start(struct measure *m)
{
    struct pg_address address;
    struct error err = ERROR_INIT;
    if (!choose_tables(m)) {
        measure_results_start(m);
        return;
    }
    m->current = 0;
    m->rows_deadline_ms = clock_monotonic_ms() + ROWS_BUDGET_MS;
    if (!connect_as_role(m->site, m->role, m->login, &m->eval_arena, &address, &err)) {
        error_clear(&err);
        give_up_rows(m, unreadable);
        return;
    }
    address.options = EVAL_CONNECTION_OPTIONS;
    address.application_name = "lectern probe";
    m->eval = pg_open(m->loop, &address, MEASURE_CONNECT_MS, on_eval_state, m);
    pg_set_limits(m->eval, 1000, MEASURE_RESULT_BYTES);
}
