/*
 * Measure: a round reads the marks of a database, its facts when the structure moved, the rows of
 * the tables that moved, and the results of what depends on what moved; then it scores.
 *
 *   start -> facts connection -> marks -> [facts] -> [marks of views] -> ROLLBACK
 *         -> [eval connection: tables] -> [eval connections: results] -> done
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "probe/measure_inside.h"
#include "probe/reason.h"

enum {
    FACTS_MS = 8000,
    KEEP_FACTS = 3000, /* larger sets are not kept between rounds */
};

#define FACTS_CONNECTION_OPTIONS MEASURE_OPTIONS " -c statement_timeout=7000"

/* -- life -------------------------------------------------------------------------------------- */

void measure_add_name(struct strbuf *array, const char *name)
{
    strbuf_add_string(array, array->len > 1 ? ",\"" : "\"");
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            strbuf_add_char(array, '\\');
        strbuf_add_char(array, *c);
    }
    strbuf_add_char(array, '"');
}

struct measure *measure_new(struct loop *loop, const struct site *site,
                            const struct check_set *checks, const char *login, double speed,
                            measure_done_cb on_done, void *data)
{
    struct measure *m = mem_alloc(sizeof(*m));
    m->loop = loop;
    m->site = site;
    m->checks = checks;
    m->login = mem_strdup(login);
    m->role = mem_printf("probe_%s", login);
    m->every_ms = (int64_t)(MEASURE_RESULTS_EVERY_S * 1e3 / (speed > 1 ? speed : 1));
    m->on_done = on_done;
    m->data = data;
    uv_timer_init(&loop->uv, &m->later);
    m->later.data = m;
    fact_set_init(&m->set);
    measure_rows_init(m);
    measure_results_init(m);
    return m;
}

void measure_set_text(char **text, const char *value)
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
    result_plan_release(&m->results_plan);
    fact_set_release(&m->set);
    fact_set_init(&m->set);
    m->has_set = false;
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
    measure_rows_release(m);
    measure_results_release(m);
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
    measure_results_close(m);
    measure_rows_close(m);
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
    measure_set_text(&m->mark, NULL);
    measure_rows_forget(m);
    measure_results_forget(m);
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
    measure_results_close(m);
    measure_rows_close(m);
    close_facts(m);
    m->settled = false;
    finish(m, &(struct measure_result){.outcome = MEASURE_FAILED, .reason = text, .due_ms = -1});
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

void measure_score(struct measure *m)
{
    struct score *scores = mem_alloc_array(m->checks->n_checks + 1, sizeof(*scores));
    struct table_measure *measures = mem_alloc_array(m->n_tables + 1, sizeof(*measures));
    for (size_t i = 0; i < m->n_tables; i++)
        measures[i] = m->tables[i].measure;
    score_checks(m->checks, &m->set, measures, m->n_tables, scores);
    measure_rows_full(m, scores);
    measure_results_put(m, scores);

    bool passing = false;
    CLEANUP(mem_free_string)
    char *reason = reason_of_unknown(m->checks, scores, &m->set, measures, m->n_tables, &passing);
    m->scored = true;
    m->settled = reason[0] == '\0';
    if (m->set.count > KEEP_FACTS)
        forget_facts(m);
    finish(m, &(struct measure_result){.outcome = MEASURE_SCORED,
                                       .scores = scores,
                                       .reason = reason,
                                       .passing = passing,
                                       .due_ms = measure_results_due(m)});
    scores_release(scores, m->checks->n_checks);
    free(scores);
    free(measures);
}

/* -- facts: the structure ---------------------------------------------------------------------- */

static void on_unchanged(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL)
        fail_by(m, pg, err);
    else
        finish(m, &(struct measure_result){.outcome = MEASURE_UNCHANGED,
                                           .reason = "",
                                           .due_ms = measure_results_due(m)});
}

static void on_structure_end(struct pg *pg, const PGresult *result, const struct error *err,
                             void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL)
        fail_by(m, pg, err);
    else
        measure_rows_start(m);
}

static void on_result_marks(struct pg *pg, const PGresult *result, const struct error *err,
                            void *data)
{
    struct measure *m = data;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    measure_results_marks(m, result);
    pg_query(pg, "ROLLBACK", 0, NULL, MEASURE_MARKS_MS, on_structure_end, m);
}

/* The facts are as they are now. */
static void end_structure(struct measure *m)
{
    const char *params[] = {m->result_names};
    if (measure_results_moved(m))
        pg_query_prepared(m->facts, "result_marks", 1, params, MEASURE_MARKS_MS, on_result_marks,
                          m);
    else
        pg_query(m->facts, "ROLLBACK", 0, NULL, MEASURE_MARKS_MS, on_structure_end, m);
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
    result_plan_make(m->checks, &m->set, &m->results_plan);
    m->has_set = true;
    measure_set_text(&m->mark, m->next_mark);
    end_structure(m);
}

/* Rows have to be looked at or results evaluated. */
static bool marks_moved(const struct measure *m)
{
    return measure_rows_moved(m) || measure_results_moved(m) || measure_results_due(m) == 0;
}

static void read_marks(struct measure *m, const PGresult *result)
{
    measure_set_text(&m->next_mark, "");
    measure_set_text(&m->next_all_mark, "");
    m->next_hand = 0;
    for (size_t i = 0; i < m->n_tables; i++)
        measure_rows_mark(m, i + 1, "");
    for (int row = 0; row < PQntuples(result); row++) {
        const char *place = pg_value(result, row, "place");
        const char *mark = pg_value(result, row, "mark");
        size_t i = place != NULL ? (size_t)strtoul(place, NULL, 10) : 0;
        if (place == NULL)
            measure_set_text(&m->next_mark, mark);
        else if (*place == '-')
            m->next_hand = mark != NULL ? strtoll(mark, NULL, 10) : 0;
        else if (i == 0)
            measure_set_text(&m->next_all_mark, mark);
        else
            measure_rows_mark(m, i, mark);
    }
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

/* By the marks: is there more to do in this round? */
static void go_on(struct measure *m, bool moved)
{
    struct pg *pg = m->facts;
    bool same = m->mark != NULL && strcmp(m->mark, m->next_mark) == 0;
    if (same && m->scored && m->settled && !moved)
        pg_query(pg, "ROLLBACK", 0, NULL, MEASURE_MARKS_MS, on_unchanged, m);
    else if (same && m->has_set)
        end_structure(m);
    else
        pg_query_prepared(pg, "facts", 0, NULL, FACTS_MS, on_facts, m);
}

static void on_hands(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    m->known_hand = m->on_hands(result, m->data);
    go_on(m, marks_moved(m));
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
    read_marks(m, result);
    /* Numbers that begin anew: a crash took some back, or the schema was made again. */
    if (m->next_hand < m->known_hand)
        m->known_hand = 0;
    if (m->on_hands == NULL || m->next_hand == m->known_hand) {
        go_on(m, marks_moved(m));
        return;
    }
    CLEANUP(mem_free_string)
    char *known = mem_printf("%lld", (long long)m->known_hand);
    const char *params[] = {known};
    pg_query(pg, asset_get("assets/sql/hand_rows.sql")->text, 1, params, MEASURE_MARKS_MS, on_hands,
             m);
}

static void on_begun(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    if (err != NULL) {
        fail_by(m, pg, err);
        return;
    }
    const char *params[] = {m->names, m->n_results > 0 ? "true" : "false"};
    pg_query_prepared(pg, "marks", 2, params, MEASURE_MARKS_MS, on_marks, m);
}

static void begin_round(struct measure *m)
{
    pg_query(m->facts, "BEGIN READ ONLY", 0, NULL, MEASURE_MARKS_MS, on_begun, m);
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
        pg_prepare(pg, "marks", asset_get("assets/sql/probe_marks.sql")->text, MEASURE_MARKS_MS,
                   on_prepared, m);
        pg_prepare(pg, "result_marks", asset_get("assets/sql/probe_result_marks.sql")->text,
                   MEASURE_MARKS_MS, on_prepared, m);
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
    m->facts = pg_open(m->loop, &address, MEASURE_CONNECT_MS, on_facts_state, m);
    pg_set_limits(m->facts, FACTS_MAX + 1, MEASURE_RESULT_BYTES);
}

/* -- feedback ---------------------------------------------------------------------------------- */

static void on_nothing(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    (void)err;
    (void)data;
}

static void on_feedback(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)result;
    (void)err;
    if (m->running || pg_is_busy(pg)) /* the next to be written ends it */
        return;
    if (m->leaving)
        measure_rest(m);
    m->leaving = false;
}

/* What it comes to is not waited for: without the schema, or locked, the mirror stays as it was. */
void measure_feedback(struct measure *m, const char *document)
{
    const char *params[] = {document};
    if (m->facts == NULL || !pg_is_open(m->facts))
        return;
    pg_query(m->facts, "BEGIN READ WRITE", 0, NULL, MEASURE_MARKS_MS, on_nothing, m);
    pg_query(m->facts, asset_get("assets/sql/feedback.sql")->text, 1, params, MEASURE_MARKS_MS,
             on_nothing, m);
    pg_query(m->facts, "COMMIT", 0, NULL, MEASURE_MARKS_MS, on_feedback, m);
}

/* -- hands ------------------------------------------------------------------------------------- */

void measure_hands(struct measure *m, measure_hands_cb on_rows, int64_t known)
{
    m->on_hands = on_rows;
    m->known_hand = known;
}

static void on_told(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct measure *m = data;
    (void)pg;
    (void)result;
    m->tell_failed |= err != NULL;
}

bool measure_tell(struct measure *m, const char *standing, const char *news)
{
    const char *standing_params[] = {standing}, *news_params[] = {news};
    if (m->running || m->facts == NULL || !pg_is_open(m->facts))
        return false;
    pg_query(m->facts, "BEGIN READ WRITE", 0, NULL, MEASURE_MARKS_MS, on_told, m);
    if (standing != NULL)
        pg_query(m->facts, asset_get("assets/sql/hand_standing.sql")->text, 1, standing_params,
                 MEASURE_MARKS_MS, on_told, m);
    if (news != NULL)
        pg_query(m->facts, "SELECT pg_catalog.pg_notify('lectern', $1)", 1, news_params,
                 MEASURE_MARKS_MS, on_told, m);
    pg_query(m->facts, "COMMIT", 0, NULL, MEASURE_MARKS_MS, on_feedback, m);
    return true;
}

bool measure_tell_failed(struct measure *m)
{
    bool failed = m->tell_failed;
    m->tell_failed = false;
    return failed;
}
