/*
 * Readiness: see ready.h.
 */
#include "stack/ready.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/http.h"
#include "io/ldap.h"
#include "stack/stack.h"
#include "stack/supervise.h"

enum {
    ASK_TIMEOUT_MS = 2000,
    POLL_MS = 50,
    EXITS_TOO_MANY = 4,
    STEADY_US = 1000000, /* lecternd has no port to ask: a second without ending is well */
    LOG_LINES = 5,
    SMALL_FILE_MAX = 4096,
    LOG_MAX = 4 << 20,
};

/* The postmaster's first line is its pid, and its last line becomes "ready". */
static bool postgres_is_ready(const struct site *site, pid_t pid)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "postgres/postmaster.pid");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool ok = file_read(path, SMALL_FILE_MAX, &text, &missing) &&
              strtol(text.text, NULL, 10) == pid && strstr(text.text, "\nready") != NULL;
    error_clear(&missing);
    return ok;
}

/* The provisioner's login: it shows that the base entries are there, too. */
static bool slapd_is_ready(const struct site *site)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, "ldap");
    struct error refused = ERROR_INIT;
    struct secret secret;
    struct ldap_connection *connection = NULL;
    struct ldap_address address = {.uri = site->ldap_uri, .ca_file = site->ca_file};
    char password[SECRET_ROLE_PASSWORD_SIZE];
    if (!secret_load(path, &secret, &refused)) {
        error_clear(&refused);
        return false;
    }
    secret_role_password(&secret, "prov", password);
    secret_wipe(&secret);
    bool ok = ldap_connect_to(&address, site->ldap_admin_dn, password, &connection, &refused);
    explicit_bzero(password, sizeof password);
    if (ok)
        ldap_disconnect(connection);
    error_clear(&refused);
    return ok;
}

static bool http_is_ready(int port, const char *path)
{
    CLEANUP(mem_free_string)
    char *url = mem_printf("http://127.0.0.1:%d%s", port, path);
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    struct error refused = ERROR_INIT;
    int status = 0;
    const struct http_call call = {.url = url, .timeout_ms = ASK_TIMEOUT_MS};
    bool ok = http_call_now(&call, &status, &body, &refused) && status == 200;
    error_clear(&refused);
    return ok;
}

bool ready_is(const struct site *site, enum service service)
{
    struct supervise_status status;
    supervise_read(site->state, service_names[service], &status);
    if (!status.running)
        return false;
    switch (service) {
    case SERVICE_POSTGRES:
        return postgres_is_ready(site, status.pid);
    case SERVICE_SLAPD:
        return slapd_is_ready(site);
    case SERVICE_EXPORTER_STUDENTS:
    case SERVICE_EXPORTER_STEPS:
        return http_is_ready(service_port(site, service), "/healthz");
    case SERVICE_PROMETHEUS:
        return http_is_ready(site->prometheus_port, "/-/ready");
    default:
        return clock_utc_us() - status.since_us > STEADY_US;
    }
}

/* The last lines of the log that the server has written since `from`. */
static void add_log(const struct site *site, enum service service, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = stack_log_path(site->state, service_names[service]);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool ok = file_read(path, LOG_MAX, &text, &missing);
    error_clear(&missing);
    if (!ok || text.len == 0)
        return;
    if (text.text[text.len - 1] == '\n')
        strbuf_truncate(&text, text.len - 1);
    const char *at = text.text + text.len;
    for (int lines = 0; at > text.text; at--)
        if (at[-1] == '\n' && ++lines == LOG_LINES)
            break;
    error_detail(err, "The last lines of its log:\n%s", at);
    error_hint(err, "\"lectern logs %s\" shows more.", service_names[service]);
}

bool ready_wait(const struct site *site, enum service service, int64_t timeout_ms,
                struct error *err)
{
    const char *name = service_names[service];
    struct supervise_status first, now;
    supervise_read(site->state, name, &first);
    int64_t deadline = clock_monotonic_ms() + timeout_ms;
    while (!ready_is(site, service)) {
        supervise_read(site->state, name, &now);
        bool failing = now.exits - first.exits >= EXITS_TOO_MANY;
        if (failing || clock_monotonic_ms() > deadline) {
            if (failing)
                error_set(err, ERROR_FAILED, "%s ends as soon as it is started", name);
            else
                error_set(err, ERROR_TIMEOUT, "%s was not ready within %d s", name,
                          (int)(timeout_ms / 1000));
            add_log(site, service, err);
            return false;
        }
        clock_sleep_ms(POLL_MS);
    }
    return true;
}
