/*
 * The example's results.
 */
#include "example/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "facts/result_run.h"

enum {
    BUDGET_MS = 10 * 60 * 1000,
    PATIENCE = 3, /* a student's evaluation may take so many times the example's */
};

void results_notes_release(struct results_notes *notes)
{
    free(notes->items);
    arena_release(&notes->arena);
    *notes = (struct results_notes){.arena = ARENA_INIT};
}

static void add_note(struct results_notes *notes, const struct check *check, const char *why)
{
    notes->items = mem_grow(notes->items, notes->count, &notes->capacity, sizeof *notes->items);
    notes->items[notes->count++] = arena_printf(
        &notes->arena, "view %s: its result is not compared: %s", check->relation, why);
}

/* -- what is another one for everybody --------------------------------------------------------- */

/* Views whose text names the time, chance or the user, and those that read such views. */
static const char changing_sql[] =
    "WITH RECURSIVE changing (oid) AS ("
    "  SELECT c.oid FROM pg_catalog.pg_class c"
    "   WHERE c.relkind = 'v' AND c.oid >= 16384 AND pg_catalog.pg_get_viewdef(c.oid) ~*"
    "     '\\m(now|current_date|current_time|current_timestamp|localtime|localtimestamp"
    "|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|gen_random_uuid"
    "|current_user|session_user|current_role|current_catalog|current_schema"
    "|pg_backend_pid|txid_current|inet_client_addr)\\M'"
    "  UNION"
    "  SELECT w.ev_class FROM changing x"
    "    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "     AND d.refobjid = x.oid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
    "    JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid)"
    "SELECT DISTINCT n.nspname AS schema, pg_catalog.lower(c.relname) AS relation"
    "  FROM changing x JOIN pg_catalog.pg_class c ON c.oid = x.oid AND c.relkind = 'v'"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

static bool is_listed(const PGresult *changing, const struct check *check)
{
    for (int i = 0; i < PQntuples(changing); i++)
        if (strcmp(pg_value(changing, i, "schema"), check->schema) == 0 &&
            strcmp(pg_value(changing, i, "relation"), check->relation) == 0)
            return true;
    return false;
}

/* -- one result -------------------------------------------------------------------------------- */

static int line_of(const struct lab *lab, const struct check *check)
{
    for (size_t i = 0; i < lab->n_extra && check->kind == FACT_EXTRA; i++)
        if (strcmp(lab->extra[i].title, check->name) == 0)
            return lab->extra[i].line;
    for (size_t i = 0; i < lab->n_functions && check->kind == FACT_CALL; i++)
        for (size_t k = 0; lab->functions[i].calls[k] != NULL; k++)
            if (strcmp(lab->functions[i].calls[k], check->name) == 0)
                return lab->functions[i].line;
    return 0;
}

/* What the lab itself wrote must work in the example. */
static bool refuse(const struct lab *lab, const struct result_job *job, struct error *err)
{
    const struct check *check = job->query->check;
    error_set(err, ERROR_INPUT, "%s:%d: %s \"%s\" does not do in the example: %s", lab->file,
              line_of(lab, check), check->kind == FACT_CALL ? "call" : "check", check->name,
              job->score.verdict != NULL ? job->score.verdict : "there was no time for it");
    return error_hint(err, check->kind == FACT_CALL
                               ? "A call is one expression that only reads, as it stands behind "
                                 "FROM: fine_for(3)."
                               : "Its SQL is one SELECT that only reads; \"expect\" is the value "
                                 "that it gives in the example.");
}

/* Why a view's result cannot be compared; NULL: it can.  "": silently. */
static const char *obstacle(const struct result_job *job, const struct result_job *again,
                            const PGresult *changing)
{
    if (!job->noted)
        return job->score.verdict != NULL ? job->score.verdict : "there was no time for it";
    if (json_integer_value(json_object_get(job->note, "n")) == 0)
        return "";
    if (job->took_ms > RESULTS_SLOW_MS)
        return "the view is too slow";
    if (is_listed(changing, job->query->check))
        return "it depends on the time, chance or the user";
    if (again->score.value < 1) /* unknown is no change */
        return "it is another one each time";
    return NULL;
}

/* A student's evaluation gets more time where the example's needs it. */
static void set_deadline(const struct result_job *job)
{
    json_int_t seconds = (job->took_ms * PATIENCE + 999) / 1000;
    json_t *deadline = json_object_get(job->query->check->expected, "deadline");
    if (seconds > json_integer_value(deadline))
        json_integer_set(deadline, seconds);
}

/* -- all of them ------------------------------------------------------------------------------- */

struct filling {
    const struct lab *lab;
    struct check_set *checks;
    struct results_notes *notes;
    struct result_plan plan;
    struct result_job *jobs, *again;
};

static void run(struct filling *f, const struct pg_address *address)
{
    for (size_t i = 0; i < f->plan.count; i++) {
        struct result_query *query = &f->plan.queries[i];
        query->deadline_ms = RESULTS_SLOW_MS * 2;
        f->jobs[i] = f->again[i] = (struct result_job){.query = query, .by_rows = true};
        if (query->check->kind == FACT_EXTRA)
            continue;
        f->jobs[i].note = query->check->expected;
    }
    result_run_now(address, f->jobs, f->plan.count, BUDGET_MS);
    /* Judged by what was just noted. */
    result_run_now(address, f->again, f->plan.count, BUDGET_MS);
}

/* Takes the check out of the set. */
static void drop_check(struct check_set *checks, const struct check *check)
{
    size_t i = (size_t)(check - checks->checks);
    json_decref(checks->checks[i].expected);
    checks->checks[i].expected = NULL;
    checks->checks[i].kind = FACT_KINDS;
}

static void close_gaps(struct check_set *checks)
{
    size_t n = 0;
    for (size_t i = 0; i < checks->n_checks; i++)
        if (checks->checks[i].kind != FACT_KINDS)
            checks->checks[n++] = checks->checks[i];
    checks->n_checks = n;
}

static bool take(struct filling *f, const PGresult *changing, struct error *err)
{
    for (size_t i = 0; i < f->plan.count; i++) {
        const struct result_job *job = &f->jobs[i];
        const struct check *check = job->query->check;
        if (check->kind != FACT_RESULT) {
            bool good = check->kind == FACT_CALL ? job->noted : job->score.value >= 1;
            if (!job->done || !good)
                return refuse(f->lab, job, err);
            set_deadline(job);
            continue;
        }
        const char *why = obstacle(job, &f->again[i], changing);
        if (why == NULL) {
            set_deadline(job);
            continue;
        }
        if (*why != '\0')
            add_note(f->notes, check, why);
        drop_check(f->checks, check);
    }
    return true;
}

bool results_fill(const struct pg_address *address, PGconn *conn, const struct fact_set *facts,
                  const struct lab *lab, struct check_set *checks, struct results_notes *ret_notes,
                  struct error *err)
{
    struct filling f = {.lab = lab, .checks = checks, .notes = ret_notes};
    PGresult *changing = NULL;
    result_plan_make(checks, facts, &f.plan);
    f.jobs = mem_alloc_array(f.plan.count + 1, sizeof *f.jobs);
    f.again = mem_alloc_array(f.plan.count + 1, sizeof *f.again);
    bool ok = f.plan.count == 0 || pg_query_now(conn, changing_sql, 0, NULL, &changing, err);
    if (ok && f.plan.count > 0) {
        run(&f, address);
        ok = take(&f, changing, err);
        for (size_t i = 0; i < f.plan.count; i++) {
            free(f.jobs[i].score.verdict);
            free(f.again[i].score.verdict);
        }
        close_gaps(checks);
    }
    PQclear(changing);
    free(f.jobs);
    free(f.again);
    result_plan_release(&f.plan);
    return ok;
}
