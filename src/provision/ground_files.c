/*
 * The exporters' and Prometheus' files, from the templates of config/exporter and
 * config/prometheus; and for servers that lectern does not run, what their files need.
 */
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "io/http.h"
#include "provision/ground.h"
#include "provision/outside.h"
#include "render/render.h"

enum whose { EXPORTERS, PROMETHEUS, OTHERS };

struct ground_file {
    const char *template_name, *path;
    mode_t mode;
    enum whose whose;
};

static const struct ground_file ground_file_table[] = {
    /* the exporter's login stands in the first two */
    {"config/exporter/students.yml", "exporter/students.yml", 0600, EXPORTERS},
    {"config/exporter/steps.yml", "exporter/steps.yml", 0600, EXPORTERS},
    {"config/prometheus/rules.yml", "prometheus/rules.yml", 0644, PROMETHEUS},
    {"config/prometheus/prometheus.yml", "prometheus/prometheus.yml", 0644, PROMETHEUS},
    {"config/servers/others_pg_hba.conf", "others/pg_hba.conf", 0644, OTHERS},
    {"config/servers/others_postgresql.conf", "others/postgresql.conf", 0644, OTHERS},
};

/* 'text' for YAML: a quote is doubled, nothing else is special. */
static char *yaml_quote(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    strbuf_add_char(&out, '\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            strbuf_add_char(&out, '\'');
        strbuf_add_char(&out, *p);
    }
    strbuf_add_char(&out, '\'');
    return strbuf_detach(&out);
}

static char *url_encode(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    http_add_encoded(&out, text);
    return strbuf_detach(&out);
}

/* The driver knows no default that is safe for both ways to the server. */
static char *ssl_parameters(const struct site *site)
{
    if (site->pg_host[0] == '/')
        return mem_strdup("disable");
    CLEANUP(mem_free_string)
    char *ca = url_encode(site->ca_file);
    return mem_printf("verify-full&sslrootcert=%s", ca);
}

static bool one_file(const struct site *site, const struct ground_file *file,
                     const struct render_value *values, bool write, bool *changed,
                     struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf wanted = STRBUF_INIT;
    render_text(asset_get(file->template_name)->text, values, &wanted);
    return outside_file(site, file->path, wanted.text, file->mode, site->prometheus_user, write,
                        changed, err);
}

/* How PostgreSQL reaches the directory, as pg_hba.conf says it. */
static char *ldap_access(const struct site *site)
{
    return strncmp(site->ldap_uri, "ldaps://", 8) == 0
               ? mem_printf("ldapport=%d ldapscheme=ldaps", site->ldaps_port)
               : mem_printf("ldapport=%d ldaptls=1", site->ldap_port);
}

bool ground_files(const struct site *site, bool write, struct provision_changes *ret_changes,
                  struct error *err)
{
    if (site->containers) /* theirs lie in their volumes, where `lectern setup` writes them */
        return true;
    CLEANUP(mem_free_string)
    char *secret_path = site_secret_path(site, "exporter");
    struct secret secret;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    if (!secret_load(secret_path, &secret, err))
        return false;
    secret_role_password(&secret, "lectern_exporter", password);
    secret_wipe(&secret);
    CLEANUP(mem_free_string)
    char *host = url_encode(site->pg_host);
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", site->pg_port);
    CLEANUP(mem_free_string)
    char *ssl = ssl_parameters(site);
    CLEANUP(mem_free_string)
    char *rules_path = site_path(site, "prometheus/rules.yml");
    CLEANUP(mem_free_string)
    char *rules = yaml_quote(rules_path);
    CLEANUP(mem_free_string)
    char *students = mem_printf("127.0.0.1:%d", site->exporter_students_port);
    CLEANUP(mem_free_string)
    char *steps = mem_printf("127.0.0.1:%d", site->exporter_steps_port);
    CLEANUP(mem_free_string)
    char *access = ldap_access(site);
    bool is_local = site->pg_host[0] == '/', advice = false;
    const struct render_value values[] = {
        {"PASSWORD", password},
        {"HOST", host},
        {"PORT", port},
        {"SSLMODE", ssl},
        {"RULES", rules},
        {"STUDENTS", students},
        {"STEPS", steps},
        {"OWN", is_local ? "local  " : "hostssl"},
        {"FROM", is_local ? "   " : "all"},
        {"LDAP_HOST", site->ldap_host},
        {"LDAP_ACCESS", access},
        {"LDAP_SUFFIX", site->ldap_people},
        {NULL, NULL},
    };
    bool *const changed[] = {&ret_changes->exporters, &ret_changes->prometheus, &advice};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof ground_file_table / sizeof *ground_file_table; i++) {
        const struct ground_file *file = &ground_file_table[i];
        if (file->whose != OTHERS || !site_is_ours(site))
            ok = one_file(site, file, values, write, changed[file->whose], err);
    }
    explicit_bzero(password, sizeof password);
    return ok ? true : error_wrap(err, "configuration files");
}
