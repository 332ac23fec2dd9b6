/*
 * Drives facts, example and score for judge.sh, and prints what they say as JSON on one line.
 *
 *   check_judge checks LAB.YAML             the example's steps and checks, and how loading went
 *   check_judge score LAB.YAML DB ROLE      what a database, read as that role, is worth
 *   check_judge load FILE DB ROLE SECONDS MB    load a dump into a database
 *   check_judge time DB ROLE                milliseconds of the constant queries, each the best of
 * five
 *
 * JUDGE_HOST and JUDGE_PORT say where the server is.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "example/example.h"
#include "facts/content.h"
#include "facts/load.h"
#include "facts/read.h"
#include "facts/result_run.h"
#include "facts/source.h"
#include "lab/lab.h"
#include "lab/score.h"

static struct pg_address address(const char *user, const char *dbname)
{
    return (struct pg_address){.host = getenv("JUDGE_HOST"),
                               .port = getenv("JUDGE_PORT"),
                               .user = user,
                               .dbname = dbname,
                               .options = FACTS_OPTIONS " -c statement_timeout=20000"};
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static json_t *number(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static void print(json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

static json_t *report_json(const struct load_report *report)
{
    json_t *failures = json_array();
    for (size_t i = 0; i < report->n_failures; i++)
        json_array_append_new(failures, json_pack("{s:i,s:s,s:b}", "line", report->failures[i].line,
                                                  "message", report->failures[i].message, "minor",
                                                  report->failures[i].minor));
    return json_pack("{s:o,s:i,s:I}", "failures", failures, "passes", report->passes, "major",
                     (json_int_t)report->n_major);
}

static bool read_lab(const char *file, struct lab *ret_lab, struct check_set *ret_checks,
                     struct example_report *ret_report, double *ret_ms, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct example_place place = {
        .admin = {.host = getenv("JUDGE_HOST"), .port = getenv("JUDGE_PORT"), .user = "postgres"},
        .loader = {.host = getenv("JUDGE_HOST"),
                   .port = getenv("JUDGE_PORT"),
                   .user = "lectern_loader",
                   .password = "loader"}};
    if (!file_read(file, 1 << 20, &text, err) ||
        !lab_parse(file, text.text, text.len, ret_lab, err))
        return false;
    double start = now_ms();
    bool ok = example_read(&place, ret_lab, ret_checks, ret_report, err);
    *ret_ms = now_ms() - start;
    if (!ok)
        lab_release(ret_lab);
    return ok;
}

static bool run_checks(const char *file, struct error *err)
{
    struct lab lab;
    struct check_set set;
    struct example_report report;
    double ms = 0;
    if (!read_lab(file, &lab, &set, &report, &ms, err))
        return false;
    json_t *steps = json_array(), *checks = json_array(), *kinds = json_object();
    for (size_t i = 0; i < set.n_steps; i++)
        json_array_append_new(steps, json_string(set.steps[i].name));
    for (size_t i = 0; i < set.n_checks; i++) {
        const struct check *check = &set.checks[i];
        const char *kind = fact_kind_name(check->kind);
        json_array_append_new(checks, json_pack("{s:s,s:s,s:s,s:s,s:f,s:O}", "id", check->id,
                                                "step", set.steps[check->step].name, "kind", kind,
                                                "title", check->title, "weight", check->weight,
                                                "expected", check->expected));
        json_object_set_new(kinds, kind,
                            json_integer(json_integer_value(json_object_get(kinds, kind)) + 1));
    }
    print(json_pack("{s:b,s:o,s:f,s:o,s:o,s:o}", "loaded", report.loaded, "load",
                    report_json(&report.load), "ms", ms, "steps", steps, "kinds", kinds, "checks",
                    checks));
    check_set_release(&set);
    example_report_release(&report);
    lab_release(&lab);
    return true;
}

static json_t *scores_json(const struct check_set *set, const struct score *scores)
{
    json_t *steps = json_object(), *faults = json_array();
    double *step_scores = mem_alloc_array(set->n_steps + 1, sizeof *step_scores);
    for (size_t i = 0; i < set->n_steps; i++) {
        step_scores[i] = score_step(set, scores, i);
        json_object_set_new(steps, set->steps[i].name, number(step_scores[i]));
    }
    for (size_t i = 0; i < set->n_checks; i++)
        if (scores[i].value != 1)
            json_array_append_new(
                faults,
                json_pack("{s:s,s:s,s:s,s:o,s:s}", "step", set->steps[set->checks[i].step].name,
                          "kind", fact_kind_name(set->checks[i].kind), "title",
                          set->checks[i].title, "score", number(scores[i].value), "verdict",
                          scores[i].verdict != NULL ? scores[i].verdict : ""));
    json_t *json = json_pack("{s:o,s:o,s:o}", "progress", number(score_progress(set, step_scores)),
                             "steps", steps, "faults", faults);
    free(step_scores);
    return json;
}

/* -- expectations ------------------------------------------------------------------------------ */

struct outcome {
    const struct check_set *set;
    const struct score *scores;
    double progress;
    double ms;
};

static const char *step_name(const struct outcome *outcome, size_t check)
{
    return outcome->set->steps[outcome->set->checks[check].step].name;
}

static bool all_are(const struct outcome *outcome, double value)
{
    for (size_t i = 0; i < outcome->set->n_checks; i++)
        if (outcome->scores[i].value != value)
            return false;
    return true;
}

/* All faults are in this step, and there is one. */
static bool only_step(const struct outcome *outcome, const char *step)
{
    size_t faults = 0;
    for (size_t i = 0; i < outcome->set->n_checks; i++)
        if (outcome->scores[i].value != 1) {
            faults++;
            if (strcmp(step_name(outcome, i), step) != 0)
                return false;
        }
    return faults > 0;
}

static bool kind_lowered(const struct outcome *outcome, const char *kind)
{
    for (size_t i = 0; i < outcome->set->n_checks; i++)
        if (outcome->scores[i].value < 1 &&
            strcmp(fact_kind_name(outcome->set->checks[i].kind), kind) == 0)
            return true;
    return false;
}

static bool only_unknown(const struct outcome *outcome, const char *relation, bool rows_only)
{
    size_t unknown = 0;
    for (size_t i = 0; i < outcome->set->n_checks; i++) {
        enum fact_kind kind = outcome->set->checks[i].kind;
        bool on_it = strcmp(outcome->set->checks[i].relation, relation) == 0 &&
                     (!rows_only || kind == FACT_ROWS || kind == FACT_CONTENT);
        /* Asking a view for its text or rows waits for what it reads. */
        if (kind == FACT_RESULT && isnan(outcome->scores[i].value))
            continue;
        if (on_it ? !isnan(outcome->scores[i].value) : outcome->scores[i].value != 1)
            return false;
        unknown += on_it;
    }
    return unknown > 0;
}

static bool holds(const struct outcome *outcome, const char *expectation)
{
    const char *value = strchr(expectation, '=');
    value = value != NULL ? value + 1 : "";
    if (strcmp(expectation, "full") == 0)
        return all_are(outcome, 1) && outcome->progress == 1;
    if (strcmp(expectation, "none") == 0)
        return all_are(outcome, 0) && outcome->progress == 0;
    if (strncmp(expectation, "progress=", 9) == 0)
        return fabs(outcome->progress - strtod(value, NULL)) < 0.00005;
    if (strncmp(expectation, "step=", 5) == 0)
        return only_step(outcome, value);
    if (strncmp(expectation, "kind=", 5) == 0)
        return kind_lowered(outcome, value);
    if (strncmp(expectation, "unknown=", 8) == 0)
        return only_unknown(outcome, value, false);
    if (strncmp(expectation, "unread=", 7) == 0)
        return only_unknown(outcome, value, true);
    if (strncmp(expectation, "within=", 7) == 0)
        return outcome->ms <= strtod(value, NULL);
    return false;
}

static bool score(const struct check_set *set, const struct pg_address *to, PGconn *conn,
                  char **expectations, struct error *err)
{
    struct fact_set facts;
    struct content_plan plan;
    double start = now_ms();
    if (!facts_read_now(conn, &facts, err))
        return false;
    double facts_ms = now_ms() - start;
    content_plan_make(set, &facts, &plan);
    struct table_measure *measures = mem_alloc_array(plan.count + 1, sizeof *measures);
    start = now_ms();
    bool ok = content_measure_now(conn, &plan, false, 0, measures, err);
    double content_ms = now_ms() - start;
    if (ok) {
        struct score *scores = mem_alloc_array(set->n_checks + 1, sizeof *scores);
        start = now_ms();
        score_checks(set, &facts, measures, plan.count, scores);
        double score_ms = now_ms() - start;
        struct pg_address eval = *to;
        eval.options = RESULT_OPTIONS;
        start = now_ms();
        result_scores_now(&eval, set, &facts, 60000, scores);
        double results_ms = now_ms() - start;
        json_t *json = scores_json(set, scores);
        struct outcome outcome = {set, scores, json_number_value(json_object_get(json, "progress")),
                                  facts_ms + content_ms};
        json_object_set_new(json, "facts_ms", json_real(facts_ms));
        json_object_set_new(json, "content_ms", json_real(content_ms));
        json_object_set_new(json, "score_ms", json_real(score_ms));
        json_object_set_new(json, "results_ms", json_real(results_ms));
        print(json);
        for (; *expectations != NULL && ok; expectations++)
            if (!holds(&outcome, *expectations))
                ok = error_set(err, ERROR_FAILED, "not so: %s", *expectations);
        scores_release(scores, set->n_checks);
        free(scores);
    }
    free(measures);
    content_plan_release(&plan);
    fact_set_release(&facts);
    return ok;
}

static bool run_score(char **argv, struct error *err)
{
    struct lab lab;
    struct check_set set;
    struct example_report report;
    struct pg_address student = address(argv[2], argv[1]);
    double ms = 0;
    PGconn *conn = NULL;
    if (!read_lab(argv[0], &lab, &set, &report, &ms, err) ||
        !pg_connect_now(&student, 10000, &conn, err))
        return false;
    bool ok = score(&set, &student, conn, argv + 3, err);
    PQfinish(conn);
    check_set_release(&set);
    example_report_release(&report);
    lab_release(&lab);
    return ok;
}

static bool run_load(char **argv, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct script script;
    struct load_report report;
    struct pg_address watcher = address("postgres", "postgres");
    struct load_options options = {.loader = address(argv[2], argv[1]),
                                   .watcher = &watcher,
                                   .timeout_ms = atoll(argv[3]) * 1000,
                                   .max_bytes = atoll(argv[4]) << 20};
    options.loader.password = "loader";
    if (!source_read(argv[0], strncmp(argv[0], "postgresql:", 11) == 0, 0, &text, err) ||
        !script_prepare(argv[0], text.text, text.len, &script, err))
        return false;
    double start = now_ms();
    bool ok = load_script(&script, &options, &report, err);
    if (ok) {
        json_t *json = report_json(&report);
        json_object_set_new(json, "ms", json_real(now_ms() - start));
        json_object_set_new(json, "dropped", json_integer((json_int_t)script.dropped));
        print(json);
        load_report_release(&report);
    }
    script_release(&script);
    return ok;
}

static bool run_time(const char *dbname, const char *role, struct error *err)
{
    struct pg_address to = address(role, dbname);
    PGconn *conn = NULL;
    if (!pg_connect_now(&to, 10000, &conn, err))
        return false;
    json_t *json = json_object();
    bool ok = true;
    double best = (double)INFINITY;
    for (int n = 0; n < 5 && ok; n++) {
        PGresult *result = NULL;
        double start = now_ms();
        ok = pg_query_now(conn, asset_get(FACTS_SQL)->text, 0, NULL, &result, err);
        double ms = now_ms() - start;
        best = ms < best ? ms : best;
        if (ok)
            PQclear(result);
    }
    json_object_set_new(json, "facts", json_real(best));
    PQfinish(conn);
    print(json);
    return ok;
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    bool ok = false;
    if (argc == 3 && strcmp(argv[1], "checks") == 0)
        ok = run_checks(argv[2], &err);
    else if (argc >= 5 && strcmp(argv[1], "score") == 0)
        ok = run_score(argv + 2, &err);
    else if (argc == 7 && strcmp(argv[1], "load") == 0)
        ok = run_load(argv + 2, &err);
    else if (argc == 4 && strcmp(argv[1], "time") == 0)
        ok = run_time(argv[2], argv[3], &err);
    else
        error_set(&err, ERROR_USAGE, "wrong use");
    if (!ok)
        error_report(&err, stderr, "check_judge");
    error_clear(&err);
    return ok ? 0 : 1;
}
