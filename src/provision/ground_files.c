/*
 * The exporters' and Prometheus' files, from the templates of config/exporter and
 * config/prometheus.
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

struct ground_file {
    const char *template_name, *path;
    mode_t mode;
    bool exporter; /* else Prometheus' */
};

static const struct ground_file ground_file_table[] = {
    /* the exporter's login stands in the first two */
    {"config/exporter/students.yml", "exporter/students.yml", 0600, true},
    {"config/exporter/steps.yml", "exporter/steps.yml", 0600, true},
    {"config/prometheus/rules.yml", "prometheus/rules.yml", 0644, false},
    {"config/prometheus/prometheus.yml", "prometheus/prometheus.yml", 0644, false},
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
    const struct render_value values[] = {
        {"PASSWORD", password}, {"HOST", host},         {"PORT", port},   {"SSLMODE", ssl},
        {"RULES", rules},       {"STUDENTS", students}, {"STEPS", steps}, {NULL, NULL},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof ground_file_table / sizeof *ground_file_table; i++) {
        const struct ground_file *file = &ground_file_table[i];
        ok = one_file(site, file, values, write,
                      file->exporter ? &ret_changes->exporters : &ret_changes->prometheus, err);
    }
    explicit_bzero(password, sizeof password);
    return ok ? true : error_wrap(err, "configuration files");
}
