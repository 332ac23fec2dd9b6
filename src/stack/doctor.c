/*
 * The doctor's examinations: see doctor.h.
 */
#include "stack/doctor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "io/child.h"
#include "io/http.h"
#include "io/pg.h"
#include "stack/certificate.h"
#include "stack/machine.h"
#include "stack/port.h"
#include "stack/programs.h"
#include "stack/ready.h"
#include "stack/service.h"
#include "stack/supervise.h"

enum {
    TIMEOUT_MS = 5000,
    CLOCK_TOLERANCE_MS = 2000,
    EXPIRY_DAYS = 30,
    DAY_SECONDS = 86400,
    RESERVE_KB = 500 * 1024, /* write-ahead log, metrics, logs */
    STUDENTS_EXPECTED = 30,  /* while none is provisioned */
};

void doctor_add(struct findings *findings, const char *check, bool wrong, const char *mend,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_string)
    char *text = mem_vprintf(format, args);
    va_end(args);
    findings->items =
        mem_grow(findings->items, findings->n, &findings->capacity, sizeof *findings->items);
    findings->items[findings->n++] = (struct finding){
        .check = check,
        .wrong = wrong,
        .text = arena_strdup(&findings->arena, text),
        .mend = wrong ? arena_strdup(&findings->arena, mend) : "",
    };
    findings->n_wrong += wrong;
}

/* An error as a finding; clears it. */
void doctor_add_error(struct findings *findings, const char *check, struct error *err)
{
    doctor_add(findings, check, true, err->hint != NULL ? err->hint : "See \"lectern logs\".", "%s",
               err->message);
    error_clear(err);
}

/* -- programs and versions --------------------------------------------------------------------- */

int doctor_parse_version(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        int major, minor;
        bool begins = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '.');
        if (begins && isdigit((unsigned char)*p) && sscanf(p, "%d.%d", &major, &minor) == 2)
            return major * 100 + minor;
    }
    return 0;
}

/* psql has \restrict since these minor releases. */
static bool has_restrict(int version)
{
    int major = version / 100, minor = version % 100;
    return major >= 18 || (major == 17 && minor >= 6) || (major == 16 && minor >= 10) ||
           (major == 15 && minor >= 14);
}

static void examine_psql(struct findings *findings)
{
    const char *const argv[] = {"psql", "--version", NULL};
    struct child_spec spec = {.argv = argv, .timeout_ms = TIMEOUT_MS};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct error err = ERROR_INIT;
    int status;
    if (!child_run(&spec, &status, &out, NULL, &err) || status != 0) {
        error_clear(&err);
        doctor_add(findings, "versions", true, "Install Debian's package postgresql-client.",
                   "psql is not there");
        return;
    }
    int version = doctor_parse_version(out.text);
    doctor_add(
        findings, "versions", !has_restrict(version),
        "Update the package postgresql-client: dumps are loaded behind \\restrict, which psql has "
        "since 15.14, 16.10 and 17.6.",
        "psql is version %d.%d", version / 100, version % 100);
}

static void examine_programs(struct findings *findings, const char *state)
{
    struct programs programs;
    struct error err = ERROR_INIT;
    if (!programs_find(state, &programs, &err)) {
        doctor_add_error(findings, "programs", &err);
        return;
    }
    doctor_add(findings, "programs", false, "", "all servers' programs are there, PostgreSQL %d",
               programs.postgres_version);
    programs_release(&programs);
}

/* -- services and ports ------------------------------------------------------------------------ */

static void examine_service(struct findings *findings, const struct site *site,
                            enum service service)
{
    struct supervise_status status;
    const char *name = service_names[service];
    supervise_read(site->state, name, &status);
    int port = service_port(site, service);
    struct error err = ERROR_INIT;
    if (status.running && ready_is(site, service)) {
        doctor_add(findings, "services", false, "", "%s runs", name);
        return;
    }
    CLEANUP(mem_free_string)
    char *mend = status.supervised && status.wanted
                     ? mem_printf("Read \"lectern logs %s\".", name)
                     : mem_strdup("Start the servers with \"lectern up\".");
    doctor_add(findings, "services", true, mend, "%s %s", name,
               status.running ? "runs and does not answer yet" : "does not run");
    if (!status.running && port != 0 && !port_check(port, name, &err))
        doctor_add_error(findings, "ports", &err);
}

/* -- the clock --------------------------------------------------------------------------------- */

static void judge_clock(struct findings *findings, const char *whose, int64_t difference_ms)
{
    int64_t size = difference_ms < 0 ? -difference_ms : difference_ms;
    doctor_add(
        findings, "clocks", size > CLOCK_TOLERANCE_MS,
        "Let both machines follow the same time servers (systemd-timesyncd or chrony); ages on the "
        "screen are wrong by as much.",
        "%s's clock differs from this one by %" PRId64 " ms", whose, difference_ms);
}

static void examine_server(struct findings *findings, PGconn *conn)
{
    static const char sql[] =
        "SELECT pg_catalog.current_setting('server_version_num') AS version,"
        " (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8 AS now_ms";
    PGresult *result;
    struct error err = ERROR_INIT;
    int64_t before = clock_utc_us() / 1000;
    if (!pg_query_now(conn, sql, 0, NULL, &result, &err)) {
        doctor_add_error(findings, "clocks", &err);
        return;
    }
    int64_t now = (before + clock_utc_us() / 1000) / 2;
    int major = atoi(pg_value(result, 0, "version")) / 10000;
    judge_clock(findings, "PostgreSQL", strtoll(pg_value(result, 0, "now_ms"), NULL, 10) - now);
    doctor_add(
        findings, "versions", major < PROGRAMS_POSTGRES_OLDEST || major > PROGRAMS_POSTGRES_NEWEST,
        "lectern knows PostgreSQL 15 to 18: use one of those.", "PostgreSQL is version %d", major);
    PQclear(result);
}

bool doctor_ask_prometheus(const struct site *site, const char *query, struct strbuf *ret_body)
{
    CLEANUP(mem_free_string)
    char *url = mem_printf("%s/api/v1/query?query=%s", site->prometheus_url, query);
    const struct http_call call = {.url = url, .ca_file = site->ca_file, .timeout_ms = TIMEOUT_MS};
    struct error err = ERROR_INIT;
    int status = 0;
    bool ok = http_call_now(&call, &status, ret_body, &err) && status == 200;
    error_clear(&err); /* the finding is that it does not answer */
    return ok;
}

/* Prometheus says its time with every answer. */
static void examine_prometheus_clock(struct findings *findings, const struct site *site)
{
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    const char *at = NULL;
    int64_t before = clock_utc_us() / 1000;
    if (doctor_ask_prometheus(site, "time()", &body))
        at = strstr(body.text, "\"result\":[");
    if (at == NULL) /* which is another finding */
        return;
    int64_t now = (before + clock_utc_us() / 1000) / 2;
    judge_clock(findings, "Prometheus",
                (int64_t)(strtod(at + strlen("\"result\":["), NULL) * 1000) - now);
}

/* -- the disk ---------------------------------------------------------------------------------- */

/* How many students the server has; what was never provisioned counts as a usual class. */
static int64_t count_students(PGconn *conn)
{
    static const char sql[] =
        "SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_auth_members m"
        " JOIN pg_catalog.pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'lectern_student'";
    PGresult *result;
    struct error err = ERROR_INIT;
    if (conn == NULL || !pg_query_now(conn, sql, 0, NULL, &result, &err)) {
        error_clear(&err);
        return STUDENTS_EXPECTED;
    }
    int64_t n = strtoll(pg_value(result, 0, "n"), NULL, 10);
    PQclear(result);
    return n > 0 ? n : STUDENTS_EXPECTED;
}

static void examine_disk(struct findings *findings, const char *state, PGconn *conn)
{
    struct statvfs info;
    CLEANUP(mem_free_string)
    char *parent = path_directory(state);
    if (statvfs(state, &info) != 0 && statvfs(parent, &info) != 0)
        return; /* whoever makes the directory will see */
    int64_t free_kb = (int64_t)((uint64_t)info.f_bavail * info.f_frsize / 1024);
    int64_t students = count_students(conn);
    int64_t needed_kb = students * SITE_STUDENT_KB + RESERVE_KB;
    doctor_add(findings, "disk", free_kb < needed_kb,
               "Make room on that disk, or set LECTERN_STATE to a directory on a larger one.",
               "%" PRId64 " MB are free for the state directory; %" PRId64
               " students (7.2 MB each) and a "
               "reserve take %" PRId64 " MB",
               free_kb / 1024, students, needed_kb / 1024);
}

/* -- names and certificates -------------------------------------------------------------------- */

static void examine_room(struct findings *findings, const struct site *site)
{
    bool ours;
    CLEANUP(mem_free_string)
    char *room = machine_resolve(site->room_host, &ours);
    CLEANUP(mem_free_string)
    char *mend = mem_printf("Have it mean this machine in the room's DNS or in the lab PCs' "
                            "/etc/hosts, or open the room by an address: \"%s\".",
                            site_room_command(site));
    if (room == NULL)
        doctor_add(findings, "names", true, mend, "the room's name \"%s\" has no address here",
                   site->room_host);
    else
        doctor_add(findings, "names", !ours, mend, "the room's name \"%s\" means %s, which is %s",
                   site->room_host, room, ours ? "this machine" : "not this machine");
}

static void examine_names(struct findings *findings, const struct site *site)
{
    bool ours;
    CLEANUP(mem_free_string)
    char *local = machine_resolve("localhost", &ours);
    doctor_add(findings, "names", local == NULL || !ours,
               "Put \"127.0.0.1 localhost\" into /etc/hosts: PostgreSQL asks LDAP at that name.",
               "localhost is %s", local != NULL ? local : "unknown");
    if (site != NULL && site_is_ours(site) && site->room_open)
        examine_room(findings, site);
}

static void examine_expiry(struct findings *findings, const struct site *site, const char *file,
                           const char *mend)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, file);
    struct error err = ERROR_INIT;
    int64_t left;
    if (!certificate_seconds_left(path, &left, &err)) {
        doctor_add_error(findings, "certificates", &err);
        return;
    }
    doctor_add(findings, "certificates", left < (int64_t)EXPIRY_DAYS * DAY_SECONDS, mend,
               "%s ends in %" PRId64 " days", file, left / DAY_SECONDS);
}

static void examine_certificates(struct findings *findings, const struct site *site)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "tls/server.crt");
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    size_t n;
    const char **names = machine_names(site, &arena, &n);
    examine_expiry(findings, site, "tls/server.crt", "\"lectern up\" makes a new one.");
    examine_expiry(findings, site, "tls/ca.crt",
                   "Remove tls/ca.crt and tls/ca.key, run \"lectern up\", and give the lab PCs "
                   "the new ca.crt.");
    for (size_t i = 0; i < n; i++) {
        struct error err = ERROR_INIT;
        bool has = false;
        if (!certificate_has_name(path, names[i], &has, &err))
            error_clear(&err); /* said above */
        else if (!has)
            doctor_add(findings, "certificates", true, "\"lectern up\" makes one that does.",
                       "the servers' certificate does not carry \"%s\"", names[i]);
    }
}

/* -- all --------------------------------------------------------------------------------------- */

static void examine_site(struct findings *findings, const struct site *site)
{
    struct pg_address address;
    PGconn *conn = NULL;
    struct error err = ERROR_INIT;
    if (site->embedded) {
        for (int i = 0; i < SERVICES; i++)
            examine_service(findings, site, (enum service)i);
        examine_certificates(findings, site);
    }
    connect_as_admin(site, "postgres", &findings->arena, &address);
    if (pg_connect_now(&address, TIMEOUT_MS, &conn, &err)) {
        examine_server(findings, conn);
    } else if (site->embedded) {
        error_clear(&err); /* that it does not run was found already */
    } else {
        if (!site_is_ours(site) && err.hint == NULL)
            error_hint(&err, DOCTOR_MEND_ADDRESS);
        doctor_add_error(findings, "services", &err);
    }
    examine_prometheus_clock(findings, site);
    if (site_is_ours(site))
        examine_disk(findings, site->state, conn);
    else
        doctor_examine_others(findings, site, conn);
    PQfinish(conn);
}

static void examine_project(const char *project, const struct site *site, struct findings *findings)
{
    examine_psql(findings);
    doctor_examine_containers(project, findings);
    if (site == NULL)
        return;
    if (site->room_open)
        examine_room(findings, site);
    examine_site(findings, site);
}

void doctor_examine(const char *state, const char *project, const struct site *site,
                    struct findings *ret_findings)
{
    *ret_findings = (struct findings){.arena = ARENA_INIT};
    if (project != NULL) {
        examine_project(project, site, ret_findings);
        return;
    }
    if (site == NULL || site_is_ours(site))
        examine_programs(ret_findings, state);
    examine_psql(ret_findings);
    examine_names(ret_findings, site);
    if (site != NULL) {
        examine_site(ret_findings, site);
        return;
    }
    doctor_add(ret_findings, "services", true, "Start the servers with \"lectern up\".",
               "there are no servers in \"%s\" yet", state);
    examine_disk(ret_findings, state, NULL);
}

void doctor_release(struct findings *findings)
{
    arena_release(&findings->arena);
    free(findings->items);
    *findings = (struct findings){.arena = ARENA_INIT};
}
