/*
 * The files below STATE/grafana, from assets/grafana and config/grafana.  The variables in them are
 * written as Grafana itself would take them from its environment, so containers mount the same
 * files as they stand; here they are filled in.
 */
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "provision/grafana.h"
#include "provision/outside.h"
#include "render/render.h"

const char *const grafana_dashboards[] = {
    "assets/grafana/dashboards/class.json",
    "assets/grafana/dashboards/student.json",
    "assets/grafana/dashboards/servers.json",
    NULL,
};

struct grafana_file {
    const char *asset, *path;
    enum grafana_quoting quoting;
};

static const struct grafana_file grafana_file_table[] = {
    {"assets/grafana/dashboards/class.json", "grafana/dashboards/class.json", GRAFANA_PLAIN},
    {"assets/grafana/dashboards/student.json", "grafana/dashboards/student.json", GRAFANA_PLAIN},
    {"assets/grafana/dashboards/servers.json", "grafana/dashboards/servers.json", GRAFANA_PLAIN},
    {"assets/grafana/provisioning/datasources/lectern.yml",
     "grafana/provisioning/datasources/lectern.yml", GRAFANA_YAML},
    {"assets/grafana/provisioning/dashboards/lectern.yml",
     "grafana/provisioning/dashboards/lectern.yml", GRAFANA_YAML},
    {"config/grafana/grafana.ini", "grafana/grafana.ini", GRAFANA_PLAIN},
    {"config/grafana/ldap.toml", "grafana/ldap.toml", GRAFANA_TOML},
};

const char *grafana_prometheus_url(const struct site *site)
{
    const char *url = site->grafana_prometheus_url;
    return url != NULL && url[0] != '\0' ? url : site->prometheus_url;
}

/* -- filling in -------------------------------------------------------------------------------- */

static void add_quoted(const char *value, enum grafana_quoting quoting, struct strbuf *out)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (quoting == GRAFANA_YAML && *p == '\'')
            strbuf_add_char(out, '\'');
        if (quoting == GRAFANA_TOML && (*p == '"' || *p == '\\'))
            strbuf_add_char(out, '\\');
        strbuf_add_char(out, *p);
    }
}

static const struct grafana_variable *find(const struct grafana_variable *variables,
                                           const char *name, size_t len)
{
    for (; variables->name != NULL; variables++)
        if (strlen(variables->name) == len && memcmp(variables->name, name, len) == 0)
            return variables;
    return NULL;
}

void grafana_fill_in(const char *text, const struct grafana_variable *variables,
                     enum grafana_quoting quoting, struct strbuf *out)
{
    for (const char *at = text; *at != '\0';) {
        size_t len = strncmp(at, "${", 2) == 0 ? strcspn(at + 2, "}\n") : 0;
        const struct grafana_variable *variable =
            len > 0 && at[2 + len] == '}' ? find(variables, at + 2, len) : NULL;
        if (variable != NULL) {
            add_quoted(variable->value, quoting, out);
            at += len + 3;
        } else {
            strbuf_add_char(out, *at++);
        }
    }
}

/* -- files ------------------------------------------------------------------------------------- */

static bool one_file(const struct site *site, const struct grafana_file *file,
                     const struct grafana_variable *variables, bool write, bool *changed,
                     struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf wanted = STRBUF_INIT;
    grafana_fill_in(asset_get(file->asset)->text, variables, file->quoting, &wanted);
    return outside_file(site, file->path, wanted.text, 0644, "", write, changed, err);
}

static const char *given(const char *text)
{
    return text != NULL ? text : "";
}

bool grafana_files(const struct site *site, bool write, bool *ret_changed, struct error *err)
{
    if (site->containers) /* `lectern setup` puts them into Grafana's volume */
        return true;
    CLEANUP(mem_free_string)
    char *directory = site_path(site, "grafana");
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", site->ldaps_port);
    const struct grafana_variable variables[] = {
        {"LECTERN_GRAFANA", directory},
        {"LECTERN_PROMETHEUS_URL", given(grafana_prometheus_url(site))},
        {"LECTERN_LDAP_HOST", given(site->ldap_host)},
        {"LECTERN_LDAP_PORT", port},
        {"LECTERN_LDAP_PEOPLE", given(site->ldap_people)},
        {"LECTERN_LDAP_GROUPS", given(site->ldap_groups)},
        {"LECTERN_CA_FILE", given(site->ca_file)},
        {NULL, NULL},
    };
    for (size_t i = 0; i < sizeof grafana_file_table / sizeof *grafana_file_table; i++)
        if (!one_file(site, &grafana_file_table[i], variables, write, ret_changed, err))
            return error_wrap(err, "Grafana's files");
    return true;
}
