/*
 * One evaluation after the other: begin, settings, columns, rows, roll back.
 */
#include "facts/result_run.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    CONNECT_MS = 4000,
    GRACE_MS = 700,   /* the server's own limit comes so much before ours */
    ENDING_MS = 1000, /* until the server has noticed (client_connection_check_interval) */
    RESULT_BYTES = 16 << 20,
};

struct result_run {
    struct loop *loop;
    struct pg_address address;
    struct result_job *jobs;
    size_t n, current;
    int64_t until_ms; /* none is begun any more */
    result_run_cb on_done;
    void *data;

    struct pg *pg;
    uv_timer_t later;              /* the end, when it comes within the start */
    int64_t began_ms, deadline_ms; /* of the current job */
    PGresult *columns;
    bool stands; /* the connection was there */
    bool paused; /* a session that was broken off is ending */
};

static void next_job(struct result_run *run);

/* -- the end ----------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void drop_columns(struct result_run *run)
{
    PQclear(run->columns);
    run->columns = NULL;
}

static void close_session(struct result_run *run)
{
    pg_close(run->pg);
    run->pg = NULL;
    run->stands = false;
}

void result_run_cancel(struct result_run *run)
{
    if (run == NULL)
        return;
    drop_columns(run);
    close_session(run);
    uv_close((uv_handle_t *)&run->later, on_closed);
}

static void finish(struct result_run *run)
{
    result_run_cb on_done = run->on_done;
    void *data = run->data;
    result_run_cancel(run);
    on_done(data);
}

static void on_later(uv_timer_t *timer)
{
    struct result_run *run = timer->data;
    run->paused = false;
    next_job(run);
}

/* -- one job ----------------------------------------------------------------------------------- */

static struct result_job *job_of(struct result_run *run)
{
    return &run->jobs[run->current];
}

static int64_t time_left(const struct result_run *run)
{
    int64_t left = run->deadline_ms - clock_monotonic_ms();
    return left > 1 ? left : 1;
}

static void end_job(struct result_run *run)
{
    struct result_job *job = job_of(run);
    drop_columns(run);
    job->done = true;
    job->took_ms = clock_monotonic_ms() - run->began_ms;
    run->current++;
    next_job(run);
}

/* The job's statement failed.  A connection that is closed by that is replaced by another one. */
static void fail_job(struct result_run *run, const struct error *err)
{
    struct result_job *job = job_of(run);
    bool open = pg_is_open(run->pg);
    const char *sqlstate = open ? pg_sqlstate(run->pg) : "";
    job->begun |= !open || strcmp(sqlstate, "57014") == 0;
    if (!open && err->code != ERROR_TIMEOUT)
        job->score = (struct score){(double)NAN, mem_strdup("failing: it ends its own session")};
    else if (open && *sqlstate == '\0')
        job->score = (struct score){
            0, mem_strdup(run->columns != NULL ? "its result is too large" : "it has no columns")};
    else
        job->score = result_score_failure(job->query->check, sqlstate, err->message);
    if (open)
        return; /* ROLLBACK is on its way */
    close_session(run);
    run->paused = true;
    end_job(run);
}

static void on_end(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct result_run *run = data;
    (void)result;
    if (err != NULL && !pg_is_open(pg)) /* it closed while it rolled back */
        close_session(run);
    end_job(run);
}

static void roll_back(struct result_run *run)
{
    pg_query(run->pg, "ROLLBACK", 0, NULL, GRACE_MS + 1000, on_end, run);
}

static void on_rows(struct pg *pg, const PGresult *rows, const struct error *err, void *data)
{
    struct result_run *run = data;
    struct result_job *job = job_of(run);
    if (err != NULL) {
        bool open = pg_is_open(pg);
        fail_job(run, err);
        if (open)
            roll_back(run);
        return;
    }
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct result result;
    result_read(run->columns, rows, &arena, &result);
    if (job->note == NULL) {
        job->score = result_score(job->query->check, &result);
    } else if (result.n_rows <= RESULT_ROWS_MAX) {
        result_note(&result, job->note);
        job->noted = true;
    } else {
        job->score = (struct score){0, mem_strdup("its result is too large")};
    }
    roll_back(run);
}

static void on_columns(struct pg *pg, const PGresult *columns, const struct error *err, void *data)
{
    struct result_run *run = data;
    if (err == NULL && PQnfields(columns) > 0) {
        job_of(run)->begun = true;
        run->columns = PQcopyResult(columns, PG_COPYRES_ATTRS);
        CLEANUP(mem_free_string)
        char *sql = result_rows_sql(job_of(run)->query, columns);
        pg_query(pg, sql, 0, NULL, time_left(run), on_rows, run);
        return;
    }
    struct error none = ERROR_INIT;
    bool open = pg_is_open(pg);
    if (err == NULL)
        error_set(&none, ERROR_FAILED, "it has no columns");
    fail_job(run, err != NULL ? err : &none);
    error_clear(&none);
    if (open)
        roll_back(run);
}

static void ask_columns(struct result_run *run)
{
    CLEANUP(mem_free_string)
    char *sql = result_columns_sql(job_of(run)->query);
    pg_query(run->pg, sql, 0, NULL, time_left(run), on_columns, run);
}

static void on_text(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct result_run *run = data;
    struct result_job *job = job_of(run);
    if (err != NULL) {
        on_columns(pg, NULL, err, data);
        return;
    }
    const char *text = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "";
    const char *wanted = json_string_value(json_object_get(job->query->check->expected, "text"));
    if (job->note != NULL) {
        json_object_set_new(job->note, "text", json_string(text));
    } else if (wanted != NULL && *text != '\0' && strcmp(text, wanted) == 0 && !job->by_rows) {
        job->score.value = 1;
        roll_back(run);
        return;
    }
    ask_columns(run);
}

/* BEGIN and the settings fail only when the connection does; then so does what follows. */
static void on_nothing(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)pg;
    (void)result;
    (void)err;
    (void)data;
}

static void begin_job(struct result_run *run)
{
    const struct result_query *query = job_of(run)->query;
    char limit[24];
    snprintf(limit, sizeof limit, "%d", query->deadline_ms);
    const char *settings[] = {query->search_path, limit};
    run->began_ms = clock_monotonic_ms();
    run->deadline_ms = run->began_ms + query->deadline_ms + GRACE_MS;
    pg_query(run->pg, "BEGIN READ ONLY", 0, NULL, time_left(run), on_nothing, run);
    pg_query(run->pg, RESULT_SETTINGS_SQL, 2, settings, time_left(run), on_nothing, run);
    const char *view[] = {query->schema, query->view};
    if (query->view != NULL)
        pg_query(run->pg, RESULT_TEXT_SQL, 2, view, time_left(run), on_text, run);
    else
        ask_columns(run);
}

static void on_state(struct pg *pg, const struct error *err, void *data)
{
    struct result_run *run = data;
    (void)pg;
    if (err == NULL) {
        run->stands = true;
        begin_job(run);
        return;
    }
    if (!run->stands) /* no connection for this one: none for the others either */
        run->until_ms = 0;
    close_session(run);
    next_job(run);
}

/* -- all of them ------------------------------------------------------------------------------- */

static void next_job(struct result_run *run)
{
    for (; run->current < run->n; run->current++) {
        struct result_job *job = job_of(run);
        if (job->query->state == RESULT_READY)
            break;
        job->score = result_score_state(job->query);
        job->done = true;
    }
    if (run->current == run->n || clock_monotonic_ms() >= run->until_ms) {
        finish(run);
        return;
    }
    if (run->pg != NULL) {
        begin_job(run);
        return;
    }
    if (run->paused) { /* never two of a student's at once */
        uv_timer_start(&run->later, on_later, ENDING_MS, 0);
        return;
    }
    run->pg = pg_open(run->loop, &run->address, CONNECT_MS, on_state, run);
    pg_set_limits(run->pg, RESULT_ROWS_MAX + 1, RESULT_BYTES);
}

struct result_run *result_run_start(struct loop *loop, const struct pg_address *address,
                                    struct result_job *jobs, size_t n, int64_t budget_ms,
                                    result_run_cb on_done, void *data)
{
    struct result_run *run = mem_alloc(sizeof *run);
    *run = (struct result_run){
        .loop = loop,
        .address = *address,
        .jobs = jobs,
        .n = n,
        .until_ms = clock_monotonic_ms() + budget_ms,
        .on_done = on_done,
        .data = data,
    };
    uv_timer_init(&loop->uv, &run->later);
    run->later.data = run;
    uv_timer_start(&run->later, on_later, 0, 0);
    return run;
}

static void on_all_done(void *data)
{
    (void)data; /* nothing is left on the loop then, and it returns */
}

void result_run_now(const struct pg_address *address, struct result_job *jobs, size_t n,
                    int64_t budget_ms)
{
    struct loop loop;
    loop_init(&loop);
    result_run_start(&loop, address, jobs, n, budget_ms, on_all_done, NULL);
    loop_run(&loop);
    loop_release(&loop);
}

void result_scores_now(const struct pg_address *address, const struct check_set *checks,
                       const struct fact_set *facts, int64_t budget_ms, struct score *scores)
{
    struct result_plan plan;
    result_plan_make(checks, facts, &plan);
    struct result_job *jobs = mem_alloc_array(plan.count + 1, sizeof *jobs);
    for (size_t i = 0; i < plan.count; i++)
        jobs[i].query = &plan.queries[i];
    if (plan.count > 0)
        result_run_now(address, jobs, plan.count, budget_ms);
    for (size_t i = 0; i < plan.count; i++) {
        if (!jobs[i].done)
            continue;
        struct score *score = &scores[jobs[i].query->check - checks->checks];
        free(score->verdict);
        *score = jobs[i].score;
    }
    free(jobs);
    result_plan_release(&plan);
}
