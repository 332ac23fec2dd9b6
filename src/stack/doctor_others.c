/*
 * The doctor on servers that lectern does not run: whether what lectern needs of them, and what
 * has to run beside them, is there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/pg.h"
#include "stack/doctor.h"

enum { FEEDS = 2 /* of the two exporters */ };

static bool is_true(const PGresult *result, const char *column)
{
    return strcmp(pg_value(result, 0, column), "t") == 0;
}

static void judge_log(struct findings *findings, const PGresult *result)
{
    doctor_add(findings, "log", !is_true(result, "json"),
               "As superuser: ALTER SYSTEM SET logging_collector = on; ALTER SYSTEM SET "
               "log_destination = 'stderr,jsonlog'; then start PostgreSQL again.",
               is_true(result, "json")
                   ? "PostgreSQL writes its log as JSON"
                   : "PostgreSQL does not write its log as JSON: students' errors and failed "
                     "logins are not seen");
    if (!is_true(result, "disconnections"))
        doctor_add(findings, "log", true,
                   "As superuser: ALTER SYSTEM SET log_disconnections = on; SELECT "
                   "pg_reload_conf();",
                   "PostgreSQL does not log the ends of sessions: short ones are not seen");
}

static void judge_logins(struct findings *findings, const struct site *site, const PGresult *result)
{
    CLEANUP(mem_free_string)
    char *lines = site_path(site, "others/pg_hba.conf");
    CLEANUP(mem_free_string)
    char *mend = mem_printf("\"lectern apply\" writes %s: put its lines before the others of %s, "
                            "then SELECT pg_reload_conf().",
                            lines, pg_value(result, 0, "hba_file"));
    if (is_true(result, "hba_bad"))
        doctor_add(findings, "logins", true,
                   "SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL tells which.",
                   "PostgreSQL cannot read each line of its pg_hba.conf");
    doctor_add(findings, "logins", !is_true(result, "ldap"), mend,
               is_true(result, "ldap") ? "pg_hba.conf lets students in by LDAP"
                                       : "pg_hba.conf does not let students in by LDAP");
    doctor_add(findings, "services", !is_true(result, "measures"),
               "Run \"lecternd\" on this machine, with the same LECTERN_STATE, as a service.",
               is_true(result, "measures") ? "lecternd is connected" : "lecternd does not run");
}

static void examine_postgres(struct findings *findings, const struct site *site, PGconn *conn)
{
    static const char sql[] =
        "WITH rule AS (SELECT r.*, r.type LIKE 'host%' AND 'all' = ANY (r.user_name)"
        " AND 'all' = ANY (r.database) AS everybody, r.auth_method = 'ldap'"
        " AND '+lectern_student' = ANY (r.user_name) AS student"
        " FROM pg_catalog.pg_hba_file_rules r) "
        "SELECT pg_catalog.current_setting('hba_file') AS hba_file,"
        " pg_catalog.current_setting('logging_collector') = 'on'"
        " AND pg_catalog.current_setting('log_destination') LIKE '%jsonlog%' AS json,"
        " pg_catalog.current_setting('log_disconnections') = 'on' AS disconnections,"
        " EXISTS (SELECT FROM rule WHERE error IS NOT NULL) AS hba_bad,"
        " EXISTS (SELECT FROM rule s WHERE s.student AND NOT EXISTS"
        " (SELECT FROM rule a WHERE a.everybody AND a.line_number < s.line_number)) AS ldap,"
        " EXISTS (SELECT FROM pg_catalog.pg_stat_activity a"
        " WHERE a.usename = 'lectern_daemon' AND a.application_name = 'lecternd') AS measures";
    PGresult *result;
    struct error err = ERROR_INIT;
    if (!pg_query_now(conn, sql, 0, NULL, &result, &err)) {
        doctor_add_error(findings, "logins", &err);
        return;
    }
    judge_log(findings, result);
    judge_logins(findings, site, result);
    PQclear(result);
}

/* How many exporters Prometheus reads, whose last query went well; -1: it does not answer. */
static int count_feeds(const struct site *site)
{
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    if (!doctor_ask_prometheus(site, "count(lectern_feed_failed==0)", &body))
        return -1;
    const char *value = strstr(body.text, "\"value\":[");
    const char *count = value != NULL ? strstr(value, ",\"") : NULL;
    return count != NULL ? atoi(count + 2) : 0;
}

static void examine_feeds(struct findings *findings, const struct site *site)
{
    int feeds = count_feeds(site);
    CLEANUP(mem_free_string)
    char *mend = mem_printf(
        "Run \"prometheus-sql-exporter -config.file %s/exporter/students.yml "
        "-web.listen-address 127.0.0.1:%d\" and another one with steps.yml on port %d, "
        "and give Prometheus the jobs and rules of %s/prometheus/prometheus.yml.",
        site->state, site->exporter_students_port, site->exporter_steps_port, site->state);
    if (feeds < 0)
        doctor_add(findings, "services", true, DOCTOR_MEND_ADDRESS,
                   "Prometheus does not answer at \"%s\"", site->prometheus_url);
    else
        doctor_add(findings, "services", feeds < FEEDS, mend,
                   "Prometheus reads %d of lectern's %d exporters", feeds, FEEDS);
}

void doctor_examine_others(struct findings *findings, const struct site *site, PGconn *conn)
{
    if (conn != NULL)
        examine_postgres(findings, site, conn);
    examine_feeds(findings, site);
}
