/*
 * Measure: a round reads the marks of a database, its facts when the structure moved, and the rows
 * of the tables that moved; then it scores.
 *
 *   start -> facts connection -> marks -> [facts] -> ROLLBACK -> [eval connection -> tables] ->
 * done
 */
#include "probe/measure.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "facts/content.h"
#include "facts/read.h"
#include "io/pg.h"
#include "probe/reason.h"

enum {
    CONNECT_MS = 4000,
    MARKS_MS = 4000,
    FACTS_MS = 8000,
    TABLE_MS = 2500, /* the server's own limit for it is a second shorter */
    ROWS_BUDGET_MS = 4000,
    CHEAP_MS = 20,     /* a table that takes less is read again on suspicion */
    KEEP_FACTS = 3000, /* larger sets are not kept between rounds */
    RESULT_BYTES = 32 << 20,
};

#define COMMON_OPTIONS                                                                             \
    FACTS_OPTIONS " -c row_security=off -c idle_in_transaction_session_timeout=20000"
#define FACTS_CONNECTION_OPTIONS COMMON_OPTIONS " -c statement_timeout=7000"
#define EVAL_CONNECTION_OPTIONS  COMMON_OPTIONS " -c statement_timeout=1500"

/* Reasons for one table; content_failure() has those that come from SQL errors. */
static const char too_slow[] = "too slow to be read", unreadable[] = "unreadable: reading it fails";

/* What is remembered of a table's rows from round to round. */
struct memory {
    const char *schema, *relation; /* as in the checks */
    bool ready;                    /* its structure allows to read its rows */
    char *sql;                     /* what was run for it; NULL: nothing yet */
    char *mark, *next_mark;        /* when it was run; as it is in this round */
    struct table_measure measure;
    char *hash; /* owns measure.hash */
    bool full;  /* its checks are met */
    int64_t cost_ms;
    bool wanted; /* to be read in this round */
};

struct measure {
    struct loop *loop;
    const struct site *site;
    const struct check_set *checks;
    char *login, *role;
    measure_done_cb on_done;
    void *data;
    uv_timer_t later; /* reports what failed within measure_start() */
    char *names;      /* the lab's tables as an array for the marks */

    struct pg *facts, *eval;
    struct arena facts_arena, eval_arena; /* their addresses */
    char *mark;                           /* of the structure, when the facts were read */
    char *next_mark;
    struct fact_set set;
    struct content_plan plan;
    bool has_set;
    struct memory *tables;
    size_t n_tables;
    bool scored;  /* a round came to scores */
    bool settled; /* and all of them were known */

    int64_t database_id; /* the round's */
    bool running, eager;
    bool leaving;   /* the facts connection is to be closed once the feedback is written */
    size_t current; /* table that is being read */
    int64_t current_started_ms, rows_deadline_ms;
    char *failure; /* reason of MEASURE_FAILED, for `later` */
};

/* -- life -------------------------------------------------------------------------------------- */

static bool is_about_rows(const struct check *check)
{
    return check->kind == FACT_ROWS || check->kind == FACT_CONTENT;
}

static struct memory *find_table(struct measure *m, const char *schema, const char *relation)
{
    for (size_t i = 0; i < m->n_tables; i++)
        if (strcmp(m->tables[i].relation, relation) == 0 &&
            strcmp(m->tables[i].schema, schema) == 0)
            return &m->tables[i];
    return NULL;
}

static void list_tables(struct measure *m)
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
        m->tables[m->n_tables] = (struct memory){
            .schema = check->schema,
            .relation = check->relation,
            .measure = {.schema = check->schema, .relation = check->relation},
        };
        if (m->n_tables++ > 0)
            strbuf_add_char(&names, ',');
        strbuf_add_char(&names, '"');
        for (const char *c = check->relation; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                strbuf_add_char(&names, '\\');
            strbuf_add_char(&names, *c);
        }
        strbuf_add_char(&names, '"');
    }
    strbuf_add_char(&names, '}');
    m->names = strbuf_detach(&names);
}

struct measure *measure_new(struct loop *loop, const struct site *site,
                            const struct check_set *checks, const char *login,
                            measure_done_cb on_done, void *data)
{
    struct measure *m = mem_alloc(sizeof(*m));
    m->loop = loop;
    m->site = site;
    m->checks = checks;
    m->login = mem_strdup(login);
    m->role = mem_printf("probe_%s", login);
    m->on_done = on_done;
    m->data = data;
    uv_timer_init(&loop->uv, &m->later);
    m->later.data = m;
    fact_set_init(&m->set);
    list_tables(m);
    return m;
}

static void set_text(char **text, const char *value)
{
    char *copy = mem_strdup(value);
    free(*text);
    *text = copy;
}

static void forget_facts(struct measure *m)
{
    if (!m->has_set)
        return;
    content_plan_release(&m->plan);
    fact_set_release(&m->set);
    fact_set_init(&m->set);
    m->has_set = false;
}

static void close_eval(struct measure *m)
{
    pg_close(m->eval);
    m->eval = NULL;
    arena_release(&m->eval_arena);
}

static void close_facts(struct measure *m)
{
    pg_close(m->facts);
    m->facts = NULL;
    arena_release(&m->facts_arena);
}

static void on_closed(uv_handle_t *handle)
{
    struct measure *m = handle->data;
    for (size_t i = 0; i < m->n_tables; i++) {
        free(m->tables[i].sql);
        free(m->tables[i].mark);
        free(m->tables[i].next_mark);
        free(m->tables[i].hash);
    }
    free(m->tables);
    free(m->names);
    free(m->mark);
    free(m->next_mark);
    free(m->failure);
    free(m->login);
    free(m->role);
    free(m);
}

void measure_free(struct measure *m)
{
    if (m == NULL)
        return;
    close_eval(m);
    close_facts(m);
    forget_facts(m);
    fact_set_release(&m->set);
    uv_close((uv_handle_t *)&m->later, on_closed);
}

void measure_rest(struct measure *m)
{
    assert(!m->running);
    close_facts(m);
    forget_facts(m);
}

bool measure_is_busy(const struct measure *m)
{
    return m->running || (m->facts != NULL && pg_is_busy(m->facts));
}

void measure_leave(struct measure *m)
{
    assert(!m->running);
    m->leaving = measure_is_busy(m);
    if (!m->leaving)
        measure_rest(m);
}

void measure_forget(struct measure *m)
{
    measure_rest(m);
    set_text(&m->mark, NULL);
    for (size_t i = 0; i < m->n_tables; i++) {
        set_text(&m->tables[i].sql, NULL);
        set_text(&m->tables[i].mark, NULL);
    }
    m->scored = m->settled = false;
}

bool measure_is_connected(const struct measure *m)
{
    return m->facts != NULL;
}

/* -- the end of a round ------------------------------------------------------------------------ */

static void finish(struct measure *m, const struct measure_result *result)
{
    assert(m->running);
    m->running = false;
    m->on_done(result, m->data);
}

/* Nothing could be read: the facts connection is not trusted to be well any more. */
static void fail(struct measure *m, const char *reason)
{
    CLEANUP(mem_free_string)
    char *text = mem_strdup(reason);
    close_eval(m);
    close_facts(m);
    m->settled = false;
    finish(m, &(struct measure_result){.outcome = MEASURE_FAILED, .reason = text});
}

static void fail_by(struct measure *m, const struct pg *pg, const struct error *err)
{
    CLEANUP(mem_free_string)
    char *reason = reason_of_error(err, pg_sqlstate(pg));
    fail(m, reason);
}

static void on_later(uv_timer_t *timer)
{
    struct measure *m = timer->data;
    CLEANUP(mem_free_string)
    char *reason = m->failure;
    m->failure = NULL;
    fail(m, reason);
}

/* The tables' checks that are met need no second look before something moved. */
static void remember_full(struct measure *m, const struct score *scores)
{
    for (size_t i = 0; i < m->n_tables; i++)
        m->tables[i].full = true;
    for (size_t i = 0; i < m->checks->n_checks; i++) {
        const struct check *check = &m->checks->checks[i];
        if (is_about_rows(check) && !(scores[i].value >= 1 - 1e-9))
            find_table(m, check->schema, check->relation)->full = false;
    }
}

static void score(struct measure *m)
{
    struct score *scores = mem_alloc_array(m->checks->n_checks + 1, sizeof(*scores));
    struct table_measure *measures = mem_alloc_array(m->n_tables + 1, sizeof(*measures));
    for (size_t i = 0; i < m->n_tables; i++)
        measures[i] = m->tables[i].measure;
    score_checks(m->checks, &m->set, measures, m->n_tables, scores);
    remember_full(m, scores);

    bool passing = false;
    CLEANUP(mem_free_string)
    char *reason = reason_of_unknown(m->checks, scores, &m->set, measures, m->n_tables, &passing);
    m->scored = true;
    m->settled = reason[0] == '\0';
    if (m->set.count > KEEP_FACTS)
        forget_facts(m);
    finish(m,
           &(struct measure_result){
               .outcome = MEASURE_SCORED, .scores = scores, .reason = reason, .passing = passing});
    scores_release(scores, m->checks->n_checks);
    free(scores);
    free(measures);
}

/* -- eval: the rows of tables ------------------------------------------------------------------ */

static const struct content_query *query_of(const struct measure *m, const struct memory *table)
{
    for (size_t i = 0; i < m->plan.count; i++)
        if (strcmp(m->plan.queries[i].relation, table->relation) == 0 &&
            strcmp(m->plan.queries[i].schema, table->schema) == 0)
            return &m->plan.queries[i];
    return NULL;
}

/* The names are the check's: the plan's do not outlive it. */
static void clear_measure(struct memory *table, const struct content_query *query)
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
    struct memory *table = &m->tables[m->current];
    const struct content_query *query = query_of(m, table);
    CLEANUP(mem_free_string)
    char *sql = mem_printf("%s;%s", query->rows_sql, query->hash_sql ? query->hash_sql : "");
    set_text(&table->hash, table->measure.hash);
    table->measure.hash = table->hash;
    set_text(&table->sql, sql);
    set_text(&table->mark, table->next_mark);
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
    close_eval(m);
    score(m);
}

static void next_table(struct measure *m);

static void on_eval_end(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    (void)err;
    close_eval(data);
    score(data);
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
    struct memory *table = &m->tables[m->current];
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
    struct memory *table = &m->tables[m->current];
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
        struct memory *table = &m->tables[i];
        const struct content_query *query = query_of(m, table);
        table->wanted = false;
        table->ready = query != NULL && query->state == CONTENT_READY && query->rows_sql != NULL;
        if (!table->ready) {
            clear_measure(table, query);
            set_text(&table->sql, NULL);
            set_text(&table->mark, table->next_mark);
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

static void start_rows(struct measure *m)
{
    struct pg_address address;
    struct error err = ERROR_INIT;
    if (!choose_tables(m)) {
        score(m);
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
    m->eval = pg_open(m->loop, &address, CONNECT_MS, on_eval_state, m);
    pg_set_limits(m->eval, 1000, RESULT_BYTES);
}

/* -- facts: the structure ---------------------------------------------------------------------- */

static void on_unchanged(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL)
        fail_by(m, pg, err);
    else
        finish(m, &(struct measure_result){.outcome = MEASURE_UNCHANGED, .reason = ""});
}

static void on_structure_end(struct pg *pg, const PGresult *result, const struct error *err,
                             void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL)
        fail_by(m, pg, err);
    else
        start_rows(m);
}

static void on_facts(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    struct error bad = ERROR_INIT;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    forget_facts(m);
    if (!facts_from_result(result, &m->set, &bad)) {
        CLEANUP(mem_free_string)
        char *reason = mem_printf("unreadable: %s", bad.message);
        error_clear(&bad);
        fact_set_init(&m->set);
        fail(m, reason);
        return;
    }
    content_plan_make(m->checks, &m->set, &m->plan);
    m->has_set = true;
    set_text(&m->mark, m->next_mark);
    pg_query(pg, "ROLLBACK", 0, NULL, MARKS_MS, on_structure_end, m);
}

/* Take over the marks; true when a table's rows have to be looked at. */
static bool read_marks(struct measure *m, const PGresult *result)
{
    bool any = false;
    set_text(&m->next_mark, "");
    for (size_t i = 0; i < m->n_tables; i++)
        set_text(&m->tables[i].next_mark, "");
    for (int row = 0; row < PQntuples(result); row++) {
        const char *place = pg_value(result, row, "place");
        const char *mark = pg_value(result, row, "mark");
        size_t i = place != NULL ? (size_t)strtoul(place, NULL, 10) : 0;
        if (place == NULL)
            set_text(&m->next_mark, mark);
        else if (i >= 1 && i <= m->n_tables)
            set_text(&m->tables[i - 1].next_mark, mark);
    }
    for (size_t i = 0; i < m->n_tables; i++) {
        const struct memory *table = &m->tables[i];
        any |= table->mark == NULL || strcmp(table->mark, table->next_mark) != 0 ||
               (m->eager && table->ready && !table->full && table->cost_ms <= CHEAP_MS);
    }
    return any;
}

/* Between a look and the round it may have been renamed, and another have got its name. */
static bool is_the_database(const struct measure *m, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        const char *id = pg_value(result, row, "database_id");
        if (id != NULL)
            return strtoll(id, NULL, 10) == m->database_id;
    }
    return false;
}

static void on_marks(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    if (!is_the_database(m, result)) {
        fail(m, "gone: another database has its name");
        return;
    }
    bool rows_moved = read_marks(m, result);
    bool same = m->mark != NULL && strcmp(m->mark, m->next_mark) == 0;
    if (same && m->scored && m->settled && !rows_moved)
        pg_query(pg, "ROLLBACK", 0, NULL, MARKS_MS, on_unchanged, m);
    else if (same && m->has_set)
        pg_query(pg, "ROLLBACK", 0, NULL, MARKS_MS, on_structure_end, m);
    else
        pg_query_prepared(pg, "facts", 0, NULL, FACTS_MS, on_facts, m);
}

static void on_begun(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    const char *params[] = {m->names};
    pg_query_prepared(pg, "marks", 1, params, MARKS_MS, on_marks, m);
}

static void begin_round(struct measure *m)
{
    pg_query(m->facts, "BEGIN READ ONLY", 0, NULL, MARKS_MS, on_begun, m);
}

static void on_prepared(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL && m->running)
        fail_by(m, pg, err);
}

static void on_last_prepared(struct pg *pg, const PGresult *result, const struct error *err,
                             void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL && m->running)
        fail_by(m, pg, err);
    else if (m->running)
        begin_round(m);
}

static void on_facts_state(struct pg *pg, const struct error *err, void *data)
{
    struct measure *m = data;
    if (err == NULL) {
        pg_prepare(pg, "marks", asset_get("assets/sql/probe_marks.sql")->text, MARKS_MS,
                   on_prepared, m);
        pg_prepare(pg, "facts", asset_get(FACTS_SQL)->text, FACTS_MS, on_last_prepared, m);
    } else if (m->running) {
        fail_by(m, pg, err);
    } else { /* lost while it waited: the next round opens another */
        close_facts(m);
    }
}

void measure_start(struct measure *m, int64_t database_id, bool eager)
{
    struct pg_address address;
    struct error err = ERROR_INIT;
    assert(!m->running);
    m->running = true;
    m->leaving = false;
    m->database_id = database_id;
    m->eager = eager;
    if (m->facts != NULL && pg_is_open(m->facts)) {
        begin_round(m);
        return;
    }
    close_facts(m);
    if (!connect_as_role(m->site, m->role, m->login, &m->facts_arena, &address, &err)) {
        m->failure = mem_printf("unreadable: %s", err.message);
        error_clear(&err);
        uv_timer_start(&m->later, on_later, 0, 0);
        return;
    }
    address.options = FACTS_CONNECTION_OPTIONS;
    address.application_name = "lectern probe";
    m->facts = pg_open(m->loop, &address, CONNECT_MS, on_facts_state, m);
    pg_set_limits(m->facts, FACTS_MAX + 1, RESULT_BYTES);
}

/* -- feedback ---------------------------------------------------------------------------------- */

static void on_feedback(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)pg;
    (void)result;
    (void)err;
    if (m->leaving && !m->running)
        measure_rest(m);
    m->leaving = false;
}

/* What it comes to is not waited for: without the schema, or locked, the mirror stays as it was. */
void measure_feedback(struct measure *m, const char *document)
{
    const char *params[] = {document};
    if (m->facts == NULL || !pg_is_open(m->facts))
        return;
    pg_query(m->facts, "BEGIN READ WRITE", 0, NULL, MARKS_MS, on_nothing, m);
    pg_query(m->facts, asset_get("assets/sql/feedback.sql")->text, 1, params, MARKS_MS, on_nothing,
             m);
    pg_query(m->facts, "COMMIT", 0, NULL, MARKS_MS, on_feedback, m);
}
