/*
 * The services and their directories: see service.h.
 */
#include "stack/service.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "render/render.h"

const char *const service_names[SERVICES] = {
    [SERVICE_SLAPD] = "slapd",
    [SERVICE_POSTGRES] = "postgres",
    [SERVICE_EXPORTER_STUDENTS] = "exporter-students",
    [SERVICE_EXPORTER_STEPS] = "exporter-steps",
    [SERVICE_PROMETHEUS] = "prometheus",
    [SERVICE_LECTERND] = "lecternd",
};

const char *service_user(const struct site *site, enum service service)
{
    switch (service) {
    case SERVICE_SLAPD:
        return site->slapd_user;
    case SERVICE_POSTGRES:
        return site->postgres_user;
    case SERVICE_LECTERND:
        return site->daemon_user;
    default:
        return site->prometheus_user;
    }
}

int service_port(const struct site *site, enum service service)
{
    switch (service) {
    case SERVICE_SLAPD:
        return site->ldaps_port;
    case SERVICE_POSTGRES:
        return site->pg_port;
    case SERVICE_EXPORTER_STUDENTS:
        return site->exporter_students_port;
    case SERVICE_EXPORTER_STEPS:
        return site->exporter_steps_port;
    case SERVICE_PROMETHEUS:
        return site->prometheus_port;
    default:
        return 0;
    }
}

const char *const *service_files(enum service service)
{
    static const char *const files[SERVICES][8] = {
        [SERVICE_SLAPD] = {"service/slapd/run", "config/slapd.ldif", "tls/ca.crt", "tls/server.crt",
                           "tls/slapd.key", NULL},
        [SERVICE_POSTGRES] = {"service/postgres/run", "config/postgresql.conf",
                              "config/pg_hba.conf", "config/pg_ident.conf", "config/ldap.conf",
                              "tls/server.crt", "tls/postgres.key", NULL},
        [SERVICE_EXPORTER_STUDENTS] = {"service/exporter-students/run", "exporter/students.yml",
                                       NULL},
        [SERVICE_EXPORTER_STEPS] = {"service/exporter-steps/run", "exporter/steps.yml", NULL},
        [SERVICE_PROMETHEUS] = {"service/prometheus/run", "prometheus/prometheus.yml",
                                "prometheus/rules.yml", NULL},
        [SERVICE_LECTERND] = {"service/lecternd/run", "site.yaml", NULL},
    };
    return files[service];
}

/* Append the text as one word of sh. */
static void add_word(struct strbuf *out, const char *text)
{
    strbuf_add_char(out, '\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            strbuf_add_string(out, "'\\''");
        else
            strbuf_add_char(out, *p);
    }
    strbuf_add_char(out, '\'');
}

/* " 'STATE/relative'". */
static void add_path(struct strbuf *out, const struct site *site, const char *option,
                     const char *relative)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, relative);
    strbuf_printf(out, " %s", option);
    add_word(out, path);
}

/*
 * "exec setpriv ... --": as the user, and gone with the supervisor: a server whose runsv died would
 * keep its port and its data from the server that the next runsv starts.
 */
static void add_exec(struct strbuf *out, const struct programs *programs, const char *user,
                     const char *signal_name)
{
    strbuf_add_string(out, "exec ");
    add_word(out, programs->setpriv);
    if (user[0] != '\0') {
        strbuf_add_string(out, " --reuid=");
        add_word(out, user);
        strbuf_add_string(out, " --regid=");
        add_word(out, user);
        strbuf_add_string(out, " --init-groups");
    }
    strbuf_printf(out, " --pdeathsig %s -- ", signal_name);
}

/* Whom slapd listens for: plain LDAP on loopback only, ldaps for the room where that is open. */
static void add_slapd_urls(struct strbuf *out, const struct site *site)
{
    unsigned char bytes[16];
    strbuf_printf(out, "ldap://127.0.0.1:%d/ %s", site->ldap_port, site->ldap_uri);
    if (!site->room_open)
        strbuf_printf(out, " ldaps://127.0.0.1:%d/", site->ldaps_port);
    else if (inet_pton(AF_INET, site->room_host, bytes) == 1)
        strbuf_printf(out, " ldaps://127.0.0.1:%d/ ldaps://%s:%d/", site->ldaps_port,
                      site->room_host, site->ldaps_port);
    else if (inet_pton(AF_INET6, site->room_host, bytes) == 1)
        strbuf_printf(out, " ldaps://127.0.0.1:%d/ ldaps://[%s]:%d/", site->ldaps_port,
                      site->room_host, site->ldaps_port);
    else
        strbuf_printf(out, " ldaps://*:%d/", site->ldaps_port);
}

static void add_exporter(struct strbuf *out, const struct site *site,
                         const struct programs *programs, const char *file, int port)
{
    add_word(out, programs->exporter);
    add_path(out, site, "-config.file ", file);
    strbuf_printf(out, " -web.listen-address 127.0.0.1:%d\n", port);
}

static void add_command(struct strbuf *out, const struct site *site,
                        const struct programs *programs, const char *lecternd, enum service service)
{
    CLEANUP(strbuf_release)
    struct strbuf urls = STRBUF_INIT;
    switch (service) {
    case SERVICE_SLAPD:
        add_word(out, programs->slapd);
        add_slapd_urls(&urls, site);
        strbuf_add_string(out, " -d none"); /* any -d keeps it in the foreground */
        add_path(out, site, "-F ", "slapd/config");
        strbuf_add_string(out, " -h ");
        add_word(out, urls.text);
        strbuf_add_char(out, '\n');
        return;
    case SERVICE_POSTGRES:
        add_word(out, programs->postgres);
        add_path(out, site, "-D ", "postgres");
        add_path(out, site, "-c config_file=", "config/postgresql.conf");
        strbuf_add_char(out, '\n');
        return;
    case SERVICE_EXPORTER_STUDENTS:
        add_exporter(out, site, programs, "exporter/students.yml", site->exporter_students_port);
        return;
    case SERVICE_EXPORTER_STEPS:
        add_exporter(out, site, programs, "exporter/steps.yml", site->exporter_steps_port);
        return;
    case SERVICE_PROMETHEUS:
        add_word(out, programs->prometheus);
        add_path(out, site, "--config.file=", "prometheus/prometheus.yml");
        add_path(out, site, "--storage.tsdb.path=", "prometheus/data");
        strbuf_printf(out,
                      " --storage.tsdb.retention.time=30d"
                      " --web.listen-address=127.0.0.1:%d --web.enable-lifecycle"
                      " --query.lookback-delta=30s --log.level=warn\n",
                      site->prometheus_port);
        return;
    default:
        add_word(out, lecternd);
        strbuf_add_char(out, '\n');
        return;
    }
}

/* What a server needs in its environment besides what the supervisor gives all. */
static void add_environment(struct strbuf *out, const struct site *site, enum service service)
{
    if (service == SERVICE_EXPORTER_STUDENTS || service == SERVICE_EXPORTER_STEPS)
        strbuf_add_string(out, "export LOGLEVEL=warn\n"); /* else three lines a round */
    if (service != SERVICE_POSTGRES)
        return;
    CLEANUP(mem_free_string)
    char *path = site_path(site, "config/ldap.conf");
    strbuf_add_string(out, "export LDAPCONF=");
    add_word(out, path);
    strbuf_add_char(out, '\n');
}

static bool write_script(const struct site *site, enum service service, const char *file,
                         const char *text, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/service/%s/%s", site->state, service_names[service], file);
    struct render_target target = {.path = path, .mode = 0755};
    bool changed;
    return render_write(&target, text, &changed, err);
}

static bool write_run(const struct site *site, const struct programs *programs,
                      const char *lecternd, enum service service, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, "#!/bin/sh\n# Made by lectern up.\nexec 2>&1\numask 077\n");
    add_environment(&text, site, service);
    add_exec(&text, programs, service_user(site, service),
             service == SERVICE_POSTGRES ? "INT" : "TERM");
    add_command(&text, site, programs, lecternd, service);
    return write_script(site, service, "run", text.text, err);
}

static bool write_log(const struct site *site, const struct programs *programs,
                      enum service service, struct error *err)
{
    CLEANUP(mem_free_string)
    char *name = mem_printf("log/%s", service_names[service]);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, "#!/bin/sh\n# Made by lectern up.\n");
    add_exec(&text, programs, service_user(site, service), "clear");
    add_word(&text, programs->svlogd);
    add_path(&text, site, "-tt ", name);
    strbuf_add_char(&text, '\n');
    return write_script(site, service, "log/run", text.text, err);
}

bool service_write(const struct site *site, const struct programs *programs, const char *lecternd,
                   enum service service, struct error *err)
{
    static const char *const folders[] = {"log", "control"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        CLEANUP(mem_free_string)
        char *path =
            mem_printf("%s/service/%s/%s", site->state, service_names[service], folders[i]);
        if (!file_make_directories(path, 0755, err))
            return false;
    }
    /* TERM is PostgreSQL's smart shutdown, which waits until the last student has logged out. */
    if (service == SERVICE_POSTGRES &&
        !write_script(site, service, "control/t",
                      "#!/bin/sh\n# Made by lectern up.\nexec kill -INT \"$(cat supervise/pid)\"\n",
                      err))
        return false;
    return write_script(site, service, "finish", asset_get("config/servers/finish.sh")->text,
                        err) &&
           write_log(site, programs, service, err) &&
           write_run(site, programs, lecternd, service, err);
}
