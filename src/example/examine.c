/*
 * One connection per database: its facts first, then what touches its tables; it is closed at the
 * end, for a session that ran a student's code is not to be used again.
 */
#include "example/examine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "example/example.h"
#include "facts/content.h"
#include "facts/read.h"
#include "facts/result_run.h"
#include "facts/script.h"
#include "facts/source.h"

enum { CONNECT_TIMEOUT_MS = 10 * 1000, RESULTS_BUDGET_MS = 10 * 60 * 1000 };

#define EXAMINE_OPTIONS FACTS_OPTIONS " -c statement_timeout=60000"

static bool find_privileges(PGconn *conn, bool *ret_privileged, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT coalesce(pg_catalog.bool_or(r.rolsuper"
                      " OR (r.rolname ~ '^pg_' AND r.rolname <> 'pg_database_owner')), false)"
                      " FROM pg_catalog.pg_roles r"
                      " WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')"
                      " AND (r.rolname = session_user OR r.rolsuper OR r.rolname ~ '^pg_')",
                      0, NULL, &result, err))
        return false;
    *ret_privileged = *PQgetvalue(result, 0, 0) == 't';
    PQclear(result);
    return true;
}

/* Rows and content of its tables, then the scores. */
static bool examine_tables(PGconn *conn, const struct check_set *checks,
                           const struct fact_set *facts, struct examination *examination,
                           struct error *err)
{
    struct content_plan plan;
    content_plan_make(checks, facts, &plan);
    struct table_measure *measures = mem_alloc_array(plan.count + 1, sizeof *measures);
    bool ok = content_measure_now(conn, &plan, false, 0, measures, err);
    if (ok)
        score_checks(checks, facts, measures, plan.count, examination->scores);
    free(measures);
    content_plan_release(&plan);
    return ok;
}

/* Views, calls and the lab's own SQL, on connections of their own. */
static void examine_results(const struct pg_address *address, const struct check_set *checks,
                            const struct fact_set *facts, struct examination *examination)
{
    struct pg_address to = *address;
    to.options = RESULT_OPTIONS;
    result_scores_now(&to, checks, facts, RESULTS_BUDGET_MS, examination->scores);
}

/* Why what a student wrote is unknown. */
static void say_unrun(const struct check_set *checks, struct score *scores)
{
    for (size_t i = 0; i < checks->n_checks; i++) {
        if (!result_is_about(&checks->checks[i]) || !isnan(scores[i].value))
            continue;
        free(scores[i].verdict);
        scores[i].verdict = mem_strdup("not run: the login has more rights than a student's");
    }
}

static bool examine_connected(const struct pg_address *address, PGconn *conn,
                              const struct check_set *checks, bool trust,
                              struct examination *examination, struct error *err)
{
    struct fact_set facts;
    if (!find_privileges(conn, &examination->privileged, err) ||
        !pg_execute_now(conn, "BEGIN READ ONLY", 0, NULL, err) ||
        !facts_read_now(conn, &facts, err))
        return false;
    bool ok = examine_tables(conn, checks, &facts, examination, err);
    if (ok && (trust || !examination->privileged))
        examine_results(address, checks, &facts, examination);
    else if (ok)
        say_unrun(checks, examination->scores);
    fact_set_release(&facts);
    return ok;
}

bool examine_database(const struct pg_address *address, const struct check_set *checks, bool trust,
                      struct examination *ret_examination, struct error *err)
{
    struct pg_address to = *address;
    PGconn *conn = NULL;
    to.options = EXAMINE_OPTIONS;
    if (!pg_connect_now(&to, CONNECT_TIMEOUT_MS, &conn, err))
        return false;
    int64_t start = clock_utc_us();
    struct examination examination = {
        .scores = mem_alloc_array(checks->n_checks + 1, sizeof *examination.scores),
        .steps = mem_alloc_array(checks->n_steps + 1, sizeof *examination.steps),
    };
    bool ok = examine_connected(address, conn, checks, trust, &examination, err);
    PQfinish(conn);
    if (!ok) {
        examination_release(&examination, checks->n_checks);
        return false;
    }
    for (size_t i = 0; i < checks->n_steps; i++)
        examination.steps[i] = score_step(checks, examination.scores, i);
    examination.progress = score_progress(checks, examination.steps);
    examination.ms = (double)(clock_utc_us() - start) / 1000;
    *ret_examination = examination;
    return true;
}

void examination_release(struct examination *examination, size_t n_checks)
{
    if (examination->scores != NULL)
        scores_release(examination->scores, n_checks);
    free(examination->scores);
    free(examination->steps);
    *examination = (struct examination){0};
}

bool examine_example(const struct pg_address *address, const struct lab *lab,
                     struct check_set *ret_checks, struct error *err)
{
    struct results_notes notes = {.arena = ARENA_INIT};
    bool ok = example_checks(address, address->dbname, lab, ret_checks, &notes, err);
    results_notes_release(&notes);
    return ok;
}

bool examine_load(const char *source, bool is_uri, const struct load_options *options,
                  struct load_report *ret_report, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct script script;
    const char *shown = is_uri ? "the live database" : source;
    if (!source_read(source, is_uri, 0, &text, err) ||
        !script_prepare(shown, text.text, text.len, &script, err))
        return false;
    bool ok = load_script(&script, options, ret_report, err);
    if (ok && script.count > 0 && ret_report->n_failures >= script.count) {
        ok = error_set(err, ERROR_INPUT, "%s:%d: none of its statements could be run: %s", shown,
                       ret_report->failures[0].line, ret_report->failures[0].message);
        load_report_release(ret_report);
    }
    script_release(&script);
    return ok;
}
