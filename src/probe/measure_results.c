/*
 * Evaluating views, calls and the lab's own checks in a student's database: those that depend on
 * what changed, each at most every MEASURE_RESULTS_EVERY_S, one after the other.
 *
 * A view depends on what it reads, however deep, and on all functions; calls and SQL of the lab on
 * everything.  What an evaluation came to holds until it is evaluated again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "probe/measure_inside.h"
#include "probe/reason.h"

enum {
    AGAIN_MS = 60000,  /* what was too slow is tried again then, changed or not */
    LOCKED_MS = 3000,  /* a lock passes */
    UNBEGUN_MS = 1000, /* what names things that are not there has cost nothing */
    BUDGET_MS = 6000,  /* of a round: no evaluation is begun later; it waits for the next round */
    WAITING_MS = 1000, /* when that is */
};

/* -- what is remembered ------------------------------------------------------------------------ */

void measure_results_init(struct measure *m)
{
    CLEANUP(strbuf_release)
    struct strbuf names = STRBUF_INIT;
    size_t capacity = 0;
    long views = 0;
    strbuf_add_char(&names, '{');
    for (size_t i = 0; i < m->checks->n_checks; i++) {
        const struct check *check = &m->checks->checks[i];
        if (!result_is_about(check))
            continue;
        m->results = mem_grow(m->results, m->n_results, &capacity, sizeof(*m->results));
        m->results[m->n_results++] = (struct result_memory){
            .check = i, .place = check->kind == FACT_RESULT ? ++views : 0, .wanted = true};
        if (check->kind == FACT_RESULT)
            measure_add_name(&names, check->relation);
    }
    strbuf_add_char(&names, '}');
    m->result_names = strbuf_detach(&names);
}

static void set_score(struct result_memory *result, struct score score, bool known)
{
    free(result->score.verdict);
    result->score = score;
    result->known = known;
}

void measure_results_forget(struct measure *m)
{
    measure_set_text(&m->all_mark, NULL);
    for (size_t i = 0; i < m->n_results; i++) {
        struct result_memory *result = &m->results[i];
        set_score(result, (struct score){0}, false);
        measure_set_text(&result->mark, NULL);
        result->wanted = true;
        result->missing = false;
        result->at_ms = 0;
    }
}

void measure_results_release(struct measure *m)
{
    for (size_t i = 0; i < m->n_results; i++) {
        free(m->results[i].score.verdict);
        free(m->results[i].mark);
        free(m->results[i].next_mark);
    }
    free(m->results);
    free(m->result_names);
    free(m->all_mark);
    free(m->next_all_mark);
}

/* -- marks ------------------------------------------------------------------------------------- */

/* Of everything: the structure's and all rows'. */
static char *whole_mark(const struct measure *m)
{
    return mem_printf("%s %s", m->next_mark, m->next_all_mark);
}

bool measure_results_moved(const struct measure *m)
{
    CLEANUP(mem_free_string)
    char *mark = whole_mark(m);
    return m->n_results > 0 && (m->all_mark == NULL || strcmp(m->all_mark, mark) != 0);
}

static const char *view_mark(const PGresult *marks, long place)
{
    for (int row = 0; row < PQntuples(marks); row++)
        if (strtol(pg_value(marks, row, "place"), NULL, 10) == place)
            return pg_value(marks, row, "mark");
    return "";
}

void measure_results_marks(struct measure *m, const PGresult *marks)
{
    char *whole = whole_mark(m);
    free(m->all_mark);
    m->all_mark = whole;
    for (size_t i = 0; i < m->n_results; i++) {
        struct result_memory *result = &m->results[i];
        const char *mark = result->place > 0 ? view_mark(marks, result->place) : whole;
        measure_set_text(&result->next_mark, mark);
        if (result->mark != NULL && strcmp(result->mark, mark) == 0)
            continue;
        result->wanted = true;
        if (result->tried_ms != 0 && result->at_ms > result->tried_ms + m->every_ms)
            result->at_ms = result->tried_ms + m->every_ms;
    }
}

int64_t measure_results_due(const struct measure *m)
{
    int64_t least = -1, now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < m->n_results; i++) {
        const struct result_memory *result = &m->results[i];
        if (!result->wanted || result->missing)
            continue;
        int64_t wait = result->at_ms > now_ms ? result->at_ms - now_ms : 0;
        if (least < 0 || wait < least)
            least = wait;
    }
    return least;
}

/* -- evaluating -------------------------------------------------------------------------------- */

void measure_results_close(struct measure *m)
{
    result_run_cancel(m->run);
    m->run = NULL;
    for (size_t i = 0; i < m->n_jobs; i++)
        free(m->jobs[i].score.verdict);
    free(m->jobs);
    free(m->job_results);
    m->jobs = NULL;
    m->job_results = NULL;
    m->n_jobs = 0;
    arena_release(&m->eval_arena);
}

static bool is_locked(const struct score *score)
{
    return isnan(score->value) && score->verdict != NULL &&
           strcmp(reason_word(score->verdict), "locked") == 0;
}

/* An evaluation came to something: it holds for the marks of this round. */
static void take(struct result_memory *result, struct result_job *job, int64_t now_ms,
                 int64_t every_ms)
{
    bool slow = isnan(job->score.value) && job->score.verdict != NULL &&
                strcmp(reason_word(job->score.verdict), "timeout") == 0;
    set_score(result, job->score, true);
    job->score = (struct score){0};
    measure_set_text(&result->mark, result->next_mark);
    result->tried_ms = now_ms;
    result->wanted = slow || is_locked(&result->score);
    result->at_ms = now_ms + (is_locked(&result->score) ? LOCKED_MS
                              : slow                    ? AGAIN_MS
                              : job->begun              ? every_ms
                                                        : UNBEGUN_MS);
}

static void on_run_done(void *data)
{
    struct measure *m = data;
    int64_t now_ms = clock_monotonic_ms();
    m->run = NULL;
    for (size_t i = 0; i < m->n_jobs; i++) {
        struct result_memory *result = &m->results[m->job_results[i]];
        if (m->jobs[i].done)
            take(result, &m->jobs[i], now_ms, m->every_ms);
        else
            result->at_ms = now_ms + WAITING_MS;
    }
    measure_results_close(m);
    measure_score(m);
}

/* Those that are not there, or not to be touched, need no evaluation. */
static bool settle(struct result_memory *result, const struct result_query *query, int64_t now_ms)
{
    result->missing = query->state == RESULT_MISSING;
    if (query->state == RESULT_READY)
        return false;
    set_score(result, result_score_state(query), true);
    result->wanted = true;
    if (!result->missing && result->at_ms < now_ms + LOCKED_MS)
        result->at_ms = now_ms + LOCKED_MS;
    return true;
}

/* The longest untried first, so that slow ones never keep others from their turn. */
static int by_turn(const void *a, const void *b, void *data)
{
    const struct measure *m = data;
    const struct result_memory *x = &m->results[*(const size_t *)a];
    const struct result_memory *y = &m->results[*(const size_t *)b];
    if (x->tried_ms != y->tried_ms)
        return x->tried_ms < y->tried_ms ? -1 : 1;
    return x->check < y->check ? -1 : 1;
}

/* The plan has a query for each result, in the same order. */
static void choose(struct measure *m)
{
    int64_t now_ms = clock_monotonic_ms();
    m->jobs = mem_alloc_array(m->n_results + 1, sizeof(*m->jobs));
    m->job_results = mem_alloc_array(m->n_results + 1, sizeof(*m->job_results));
    for (size_t i = 0; i < m->n_results; i++) {
        struct result_memory *result = &m->results[i];
        if (!settle(result, &m->results_plan.queries[i], now_ms) && result->wanted &&
            result->at_ms <= now_ms)
            m->job_results[m->n_jobs++] = i;
    }
    qsort_r(m->job_results, m->n_jobs, sizeof(*m->job_results), by_turn, m);
    for (size_t i = 0; i < m->n_jobs; i++)
        m->jobs[i] = (struct result_job){.query = &m->results_plan.queries[m->job_results[i]]};
}

void measure_results_start(struct measure *m)
{
    struct pg_address address;
    struct error err = ERROR_INIT;
    if (m->n_results == 0) {
        measure_score(m);
        return;
    }
    choose(m);
    if (m->n_jobs == 0 ||
        !connect_as_role(m->site, m->role, m->login, &m->eval_arena, &address, &err)) {
        error_clear(&err);
        measure_results_close(m);
        measure_score(m);
        return;
    }
    address.options = RESULT_OPTIONS;
    address.application_name = "lectern probe";
    m->run = result_run_start(m->loop, &address, m->jobs, m->n_jobs, BUDGET_MS, on_run_done, m);
}

void measure_results_put(const struct measure *m, struct score *scores)
{
    for (size_t i = 0; i < m->n_results; i++) {
        const struct result_memory *result = &m->results[i];
        if (!result->known)
            continue;
        struct score *score = &scores[result->check];
        free(score->verdict);
        score->value = result->score.value;
        score->verdict = result->score.verdict != NULL ? mem_strdup(result->score.verdict) : NULL;
    }
}
