/*
 * The example's database: made, loaded once, read each time.
 */
#include "example/example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "example/derive.h"
#include "example/results.h"
#include "facts/content.h"
#include "facts/read.h"
#include "facts/script.h"
#include "facts/source.h"

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    LOCKED_TRIES = 50, /* of LOCKED_PAUSE_MS: autovacuum takes such locks for moments */
    LOCKED_PAUSE_MS = 100,
    FAILURES_SHOWN = 10,
};

/* Raise the number when loading comes to mean something else: every example is loaded anew. */
#define COMMENT_PREFIX "lectern example 1 "

#define READ_OPTIONS FACTS_OPTIONS " -c statement_timeout=300000"

void example_database_name(const char *lab, char ret_name[EXAMPLE_DATABASE_SIZE])
{
    snprintf(ret_name, EXAMPLE_DATABASE_SIZE, "lectern_example_%s", lab);
}

static bool connect_to(const struct pg_address *address, const char *dbname, const char *options,
                       PGconn **ret_conn, struct error *err)
{
    struct pg_address to = *address;
    to.dbname = dbname;
    if (options != NULL)
        to.options = options;
    return pg_connect_now(&to, CONNECT_TIMEOUT_MS, ret_conn, err);
}

/* -- what is there ----------------------------------------------------------------------------- */

/* The comment that says what is loaded; malloc'd. */
static char *comment_of(const struct script *script)
{
    CLEANUP(strbuf_release)
    struct strbuf all = STRBUF_INIT;
    for (size_t i = 0; i < script->count; i++) {
        const struct script_item *item = &script->items[i];
        strbuf_add(&all, item->text, item->len);
        strbuf_add_char(&all, '\n');
        strbuf_add(&all, item->data != NULL ? item->data : "", item->data_len);
    }
    unsigned char digest[DIGEST_SHA256_BYTES];
    digest_sha256(all.text, all.len, digest);
    struct strbuf comment = STRBUF_INIT;
    strbuf_add_string(&comment, COMMENT_PREFIX);
    digest_add_hex(&comment, digest, sizeof digest);
    return strbuf_detach(&comment);
}

/* Whether the database exists, and with that comment; one that is not ours is an error. */
static bool look(PGconn *admin, const char *name, const char *comment, bool *ret_exists,
                 bool *ret_loaded, struct error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_get_userbyid(d.datdba) = '" EXAMPLE_OWNER "' AS ours,"
        " coalesce(pg_catalog.shobj_description(d.oid, 'pg_database') = $2, false) AS loaded"
        " FROM pg_catalog.pg_database d WHERE d.datname = $1";
    const char *const params[] = {name, comment};
    PGresult *result = NULL;
    if (!pg_query_now(admin, sql, 2, params, &result, err))
        return false;
    bool exists = PQntuples(result) == 1;
    bool ours = exists && *PQgetvalue(result, 0, 0) == 't';
    bool loaded = ours && *PQgetvalue(result, 0, 1) == 't';
    PQclear(result);
    if (exists && !ours) {
        error_set(err, ERROR_EXISTS, "database \"%s\" exists and is not lectern's", name);
        return error_hint(err, "Rename or drop it, or give the lab another name.");
    }
    *ret_exists = exists;
    *ret_loaded = loaded;
    return true;
}

/* -- making it --------------------------------------------------------------------------------- */

/* Run a statement in which $ stands for the database's name. */
static bool run_for(PGconn *conn, const char *statement, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    pg_add_naming(&sql, statement, name);
    return pg_execute_now(conn, sql.text, 0, NULL, err);
}

/* Nobody may connect before the privileges stand. */
static bool create(const struct example_place *place, PGconn *admin, const char *name,
                   struct error *err)
{
    static const char *const statements[] = {
        ("CREATE DATABASE $ TEMPLATE template0 OWNER " EXAMPLE_OWNER " ALLOW_CONNECTIONS false"),
        "REVOKE ALL ON DATABASE $ FROM PUBLIC",
        ("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE $ TO " EXAMPLE_LOADER),
        "ALTER DATABASE $ ALLOW_CONNECTIONS true",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (!run_for(admin, statements[i], name, err))
            return error_wrap(err, "database \"%s\"", name);
    PGconn *inside = NULL;
    if (!connect_to(&place->admin, name, NULL, &inside, err))
        return false;
    bool ok =
        pg_execute_now(inside, "ALTER SCHEMA public OWNER TO " EXAMPLE_LOADER, 0, NULL, err) &&
        pg_execute_now(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC", 0, NULL, err);
    PQfinish(inside);
    return ok;
}

static bool drop(PGconn *admin, const char *name, struct error *err)
{
    return run_for(admin, "DROP DATABASE IF EXISTS $ WITH (FORCE)", name, err);
}

/* What to do about a statement that failed; the message begins with its SQLSTATE. */
static const char *find_remedy(const char *message)
{
    static const char *const remedies[][2] = {
        {"42601", "Mend the statement; a dump of another database system has to be translated to "
                  "PostgreSQL's SQL first."},
        {"22021", "The file is not UTF-8: convert it, or put SET client_encoding = '...' first."},
        {"42501", "The example is loaded by a role without privileges: leave the statement out, "
                  "or give a dump made with pg_dump --no-owner --no-privileges."},
    };
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
        if (strncmp(message, remedies[i][0], 5) == 0)
            return remedies[i][1];
    return "Mend the statement or leave it out; it failed also when it was tried again after all "
           "others.";
}

/* The failures that matter, as an error with FILE:LINE. */
bool example_report_failures(const char *file, const struct load_report *report, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf list = STRBUF_INIT;
    const char *remedy = "";
    size_t shown = 0;
    for (size_t i = 0; i < report->n_failures; i++) {
        const struct load_failure *failure = &report->failures[i];
        if (failure->minor)
            continue;
        CLEANUP(mem_free_string)
        char *message = str_disarm(failure->message);
        if (shown++ == 0) {
            error_set(err, ERROR_INPUT, "%s:%d: %s", file, failure->line, message);
            remedy = find_remedy(message);
        } else if (shown <= FAILURES_SHOWN)
            strbuf_printf(&list, "%sline %d: %s", list.len > 0 ? "; " : "Also ", failure->line,
                          message);
    }
    if (shown > FAILURES_SHOWN)
        strbuf_printf(&list, "; and %zu more", shown - FAILURES_SHOWN);
    if (list.len > 0)
        error_detail(err, "%s.", list.text);
    return error_hint(err, "%s", remedy);
}

static bool load(const struct example_place *place, PGconn *admin, const char *name,
                 const struct script *script, const char *comment, struct load_report *ret_report,
                 struct error *err)
{
    struct pg_address watcher = place->admin;
    watcher.dbname = "postgres";
    struct load_options options = {.loader = place->loader, .watcher = &watcher};
    options.loader.dbname = name;
    if (!load_script(script, &options, ret_report, err))
        return false;
    bool ok = ret_report->n_major == 0 || example_report_failures(script->file, ret_report, err);
    if (ok) {
        CLEANUP(strbuf_release)
        struct strbuf sql = STRBUF_INIT;
        strbuf_add_string(&sql, "COMMENT ON DATABASE $ IS ");
        pg_add_literal(&sql, comment);
        ok = run_for(admin, sql.text, name, err);
    }
    if (!ok)
        load_report_release(ret_report);
    return ok;
}

/* The database as it is to be: with this script loaded. */
static bool prepare(const struct example_place *place, const char *name,
                    const struct script *script, struct example_report *report, struct error *err)
{
    PGconn *admin = NULL;
    if (!connect_to(&place->admin, "postgres", NULL, &admin, err))
        return false;
    CLEANUP(mem_free_string)
    char *comment = comment_of(script);
    bool exists = false, loaded = false;
    bool ok = look(admin, name, comment, &exists, &loaded, err);
    if (ok && !loaded) {
        ok = (!exists || drop(admin, name, err)) && create(place, admin, name, err) &&
             load(place, admin, name, script, comment, &report->load, err);
        report->loaded = ok;
        if (!ok) { /* whatever is in it is not the example */
            struct error ignored = ERROR_INIT;
            drop(admin, name, &ignored);
            error_clear(&ignored);
        }
    }
    PQfinish(admin);
    return ok;
}

/* -- reading it -------------------------------------------------------------------------------- */

static bool is_locked(const struct fact_set *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].locked)
            return true;
    return false;
}

static bool read_facts(PGconn *conn, const char *name, struct fact_set *ret_facts,
                       struct error *err)
{
    for (int i = 0; i < LOCKED_TRIES; i++) {
        struct fact_set facts;
        if (!facts_read_now(conn, &facts, err))
            return false;
        if (!is_locked(&facts)) {
            *ret_facts = facts;
            return true;
        }
        fact_set_release(&facts);
        clock_sleep_ms(LOCKED_PAUSE_MS);
    }
    return error_set(err, ERROR_TIMEOUT, "a table of database \"%s\" stays locked", name);
}

/* The hashes of samples, of the tables that are too large to be compared whole. */
static bool measure_samples(PGconn *conn, const struct fact_set *facts, const struct lab *lab,
                            struct check_set *wanted, struct table_measure *measures, size_t n,
                            struct content_plan *ret_plan, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (measures[i].known)
            derive_sample(wanted, lab, &measures[i]);
    content_plan_make(wanted, facts, ret_plan);
    if (lab->content_beyond != BEYOND_SAMPLE)
        return true;
    for (size_t i = 0; i < n; i++) {
        struct content_query *query = &ret_plan->queries[i]; /* as the first plan has it */
        if (measures[i].known && measures[i].rows > lab->content_max_rows &&
            !content_measure_one_now(conn, ret_plan, query, &measures[i], err))
            return false;
    }
    return true;
}

static bool derive(PGconn *conn, const struct fact_set *facts, const struct lab *lab,
                   struct check_set *ret_checks, struct error *err)
{
    struct check_set wanted;
    struct content_plan plan, samples = {ARENA_INIT, NULL, 0};
    derive_measures(facts, lab, &wanted);
    content_plan_make(&wanted, facts, &plan);
    struct table_measure *measures = mem_alloc_array(plan.count + 1, sizeof *measures);
    bool ok = content_measure_now(conn, &plan, true, lab->content_max_rows, measures, err) &&
              measure_samples(conn, facts, lab, &wanted, measures, plan.count, &samples, err) &&
              derive_checks(facts, measures, plan.count, lab, ret_checks, err);
    free(measures);
    content_plan_release(&samples);
    content_plan_release(&plan);
    check_set_release(&wanted);
    return ok;
}

bool example_checks(const struct pg_address *reader, const char *name, const struct lab *lab,
                    struct check_set *ret_checks, struct results_notes *ret_notes,
                    struct error *err)
{
    struct pg_address address = *reader;
    address.dbname = name;
    address.options = RESULT_OPTIONS;
    PGconn *conn = NULL;
    struct fact_set facts;
    if (!connect_to(reader, name, READ_OPTIONS, &conn, err))
        return false;
    bool ok = read_facts(conn, name, &facts, err);
    if (ok) {
        ok = derive(conn, &facts, lab, ret_checks, err);
        if (ok && !results_fill(&address, conn, &facts, lab, ret_checks, ret_notes, err)) {
            check_set_release(ret_checks);
            ok = false;
        }
        fact_set_release(&facts);
    }
    PQfinish(conn);
    return ok;
}

/* -- the whole --------------------------------------------------------------------------------- */

bool example_read(const struct example_place *place, const struct lab *lab,
                  struct check_set *ret_checks, struct example_report *ret_report,
                  struct error *err)
{
    char name[EXAMPLE_DATABASE_SIZE];
    example_database_name(lab->name, name);
    const char *shown = lab->example_is_uri ? "the live database" : lab->example;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct script script;
    struct example_report report = {false, {.arena = ARENA_INIT}, {.arena = ARENA_INIT}};
    if (!source_read(lab->example, lab->example_is_uri, 0, &text, err) ||
        !script_prepare(shown, text.text, text.len, &script, err))
        return false;
    bool ok = prepare(place, name, &script, &report, err) &&
              example_checks(&place->loader, name, lab, ret_checks, &report.notes, err);
    script_release(&script);
    if (!ok) {
        example_report_release(&report);
        return false;
    }
    *ret_report = report;
    return true;
}

void example_report_release(struct example_report *report)
{
    load_report_release(&report->load);
    results_notes_release(&report->notes);
    report->loaded = false;
}

bool example_drop(const struct example_place *place, const char *lab, struct error *err)
{
    char name[EXAMPLE_DATABASE_SIZE];
    example_database_name(lab, name);
    PGconn *admin = NULL;
    if (!connect_to(&place->admin, "postgres", NULL, &admin, err))
        return false;
    bool exists = false, loaded = false;
    bool ok = look(admin, name, "", &exists, &loaded, err) && (!exists || drop(admin, name, err));
    PQfinish(admin);
    return ok;
}
