/*
 * How long lecternd's round over one student's database takes on connections that stand, as while
 * a student works: nothing moved; a row changed; the structure changed.
 *
 *   round LOGIN N      bench lines; the servers of LECTERN_STATE without their lecternd
 *
 * Each is the median of N rounds, from the start of the round to the scores, connecting for the
 * tables' rows included.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/command.h"
#include "control/connect.h"
#include "control/measured.h"
#include "io/loop.h"
#include "io/pg.h"
#include "probe/measure.h"

enum { ROUNDS_MAX = 1000, ROUND_MS = 30000 };

struct bench {
    struct loop loop;
    struct site site;
    struct pg *control;
    struct measured_lab *lab;
    struct measure *measure;
    PGconn *admin; /* in the student's database */
    int64_t database_id;
    bool done;
    enum measure_outcome outcome;
    int unknown;
    double lost; /* scores below 1 */
};

static _Noreturn void fail(const char *what, const struct error *err)
{
    fprintf(stderr, "round: %s", what);
    if (err != NULL)
        error_report(err, stderr, "");
    fputc('\n', stderr);
    exit(1);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_load(struct measured_lab *lab, const struct error *err, void *data)
{
    struct bench *bench = data;
    if (lab == NULL)
        fail("no lab is current", err);
    bench->lab = lab;
    bench->done = true;
}

static void on_control(struct pg *pg, const struct error *err, void *data)
{
    if (err != NULL)
        fail("the control database", err);
    measured_load(pg, on_load, data);
}

static void on_round(const struct measure_result *result, void *data)
{
    struct bench *bench = data;
    bench->outcome = result->outcome;
    if (result->outcome == MEASURE_FAILED)
        fail(result->reason, NULL);
    bench->unknown = 0;
    bench->lost = 0;
    for (size_t i = 0; i < bench->lab->checks.n_checks && result->outcome == MEASURE_SCORED; i++) {
        if (isnan(result->scores[i].value))
            bench->unknown++;
        else
            bench->lost += 1 - result->scores[i].value;
    }
    bench->done = true;
}

static void wait_for(struct bench *bench)
{
    if (!loop_run_until(&bench->loop, &bench->done, ROUND_MS))
        fail("nothing came in time", NULL);
    bench->done = false;
}

static void execute(struct bench *bench, const char *sql)
{
    struct error err = ERROR_INIT;
    if (sql != NULL && !pg_script_now(bench->admin, sql, &err))
        fail(sql, &err);
}

static int64_t database_id(struct bench *bench)
{
    PGresult *result = NULL;
    struct error err = ERROR_INIT;
    if (!pg_query_now(bench->admin,
                      "SELECT oid FROM pg_catalog.pg_database"
                      " WHERE datname = pg_catalog.current_database()",
                      0, NULL, &result, &err))
        fail("the student's database", &err);
    int64_t id = strtoll(pg_value(result, 0, "oid"), NULL, 10);
    PQclear(result);
    return id;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `odd` and `even`: what changes before each round, in turn. */
static void run(struct bench *bench, const char *name, int n, const char *odd, const char *even)
{
    static double took[ROUNDS_MAX];
    for (int i = 0; i < n; i++) {
        execute(bench, i % 2 == 0 ? odd : even);
        double begin = now_ms();
        measure_start(bench->measure, bench->database_id, odd != NULL);
        wait_for(bench);
        took[i] = now_ms() - begin;
        if (odd != NULL && bench->outcome != MEASURE_SCORED)
            fail("a change was not seen", NULL);
        if (bench->unknown > 0)
            fail("something could not be measured", NULL);
    }
    qsort(took, (size_t)n, sizeof *took, compare);
    printf("bench round_%s %.1f ms\n", name, took[n / 2]);
    printf("bench round_%s_p95 %.1f ms\n", name, took[(n * 95 - 1) / 100]);
}

/* The first table of the task that has rows, as "schema"."table". */
static char *some_table(const struct bench *bench)
{
    for (size_t i = 0; i < bench->lab->checks.n_checks; i++) {
        const struct check *check = &bench->lab->checks.checks[i];
        if (check->kind != FACT_CONTENT)
            continue;
        CLEANUP(strbuf_release)
        struct strbuf name = STRBUF_INIT;
        pg_add_identifier(&name, check->schema);
        strbuf_add_char(&name, '.');
        pg_add_identifier(&name, check->relation);
        return mem_strdup(name.text);
    }
    fail("no table of the lab has rows", NULL);
}

static void open_all(struct bench *bench, const char *login)
{
    struct error err = ERROR_INIT;
    struct arena arena = ARENA_INIT; /* lives as long as the program */
    struct pg_address address;
    loop_init(&bench->loop);
    if (!command_load_site(&bench->site, &err) ||
        !connect_as_role(&bench->site, "lectern_daemon", CONTROL_DATABASE, &arena, &address, &err))
        fail("no servers", &err);
    bench->control = pg_open(&bench->loop, &address, ROUND_MS, on_control, bench);
    wait_for(bench);
    connect_as_admin(&bench->site, login, &arena, &address);
    if (!pg_connect_now(&address, ROUND_MS, &bench->admin, &err))
        fail("the administrator", &err);
    bench->database_id = database_id(bench);
    bench->measure =
        measure_new(&bench->loop, &bench->site, &bench->lab->checks, login, 1, on_round, bench);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    int n = argc == 3 ? atoi(argv[2]) : 0;
    if (n < 1 || n > ROUNDS_MAX)
        fail("usage: round LOGIN N", NULL);
    open_all(&bench, argv[1]);
    CLEANUP(mem_free_string)
    char *table = some_table(&bench);
    CLEANUP(mem_free_string)
    char *row = mem_printf("DO $$ DECLARE c name; BEGIN"
                           " SELECT attname INTO c FROM pg_attribute"
                           "  WHERE attrelid = '%s'::regclass AND attnum > 0 LIMIT 1;"
                           " EXECUTE format('UPDATE %s SET %%1$I = %%1$I WHERE ctid ="
                           "  (SELECT min(ctid) FROM %s)', c); END $$;"
                           " SELECT pg_stat_force_next_flush()",
                           table, table, table);
    CLEANUP(mem_free_string)
    char *add = mem_printf("ALTER TABLE %s ADD COLUMN lectern_bench integer", table);
    CLEANUP(mem_free_string)
    char *drop = mem_printf("ALTER TABLE %s DROP COLUMN lectern_bench", table);
    measure_start(bench.measure, bench.database_id, true);
    wait_for(&bench);
    printf("bench round_lost %.1f checks\n", bench.lost);
    run(&bench, "unchanged", n, NULL, NULL);
    run(&bench, "row_changed", n, row, row);
    run(&bench, "structure_changed", n, add, drop);
    measure_free(bench.measure);
    PQfinish(bench.admin);
    pg_close(bench.control);
    measured_lab_free(bench.lab);
    site_release(&bench.site);
    loop_release(&bench.loop);
    return 0;
}
