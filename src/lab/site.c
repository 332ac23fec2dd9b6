/*
 * The site file: one table per section, which reads and prints it.
 */
#include "lab/site.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/yaml.h"

/* clang-format off */
#define TEXT(key, member) {key, YAML_STRING, offsetof(struct site, member), false, 0, 0, "", NULL}
#define PORT(key, member) {key, YAML_INT, offsetof(struct site, member), false, 0, 65535, "0", NULL}
#define FLAG(key, member)                                                                          \
    {key, YAML_BOOL, offsetof(struct site, member), false, 0, 0, "false", NULL}
#define END          {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL}
#define SECTION(key) {key, YAML_OTHER, 0, false, 0, 0, NULL, NULL}
/* clang-format on */

static const struct yaml_field top_fields[] = {
    FLAG("embedded", embedded),
    FLAG("containers", containers),
    TEXT("project", project),
    TEXT("ca_file", ca_file),
    SECTION("postgres"),
    SECTION("room"),
    SECTION("ldap"),
    SECTION("prometheus"),
    SECTION("grafana"),
    SECTION("users"),
    END,
};
static const struct yaml_field postgres_fields[] = {TEXT("host", pg_host), PORT("port", pg_port),
                                                    TEXT("admin", pg_admin), END};
static const struct yaml_field room_fields[] = {
    TEXT("host", room_host), TEXT("hostaddr", room_hostaddr), PORT("port", room_port),
    FLAG("open", room_open), END};
static const struct yaml_field ldap_fields[] = {
    TEXT("uri", ldap_uri),           TEXT("host", ldap_host),
    PORT("port", ldap_port),         PORT("ldaps_port", ldaps_port),
    TEXT("people", ldap_people),     TEXT("groups", ldap_groups),
    TEXT("admin_dn", ldap_admin_dn), END,
};
static const struct yaml_field prometheus_fields[] = {
    TEXT("url", prometheus_url),
    PORT("port", prometheus_port),
    PORT("exporter_students_port", exporter_students_port),
    PORT("exporter_steps_port", exporter_steps_port),
    END,
};
static const struct yaml_field grafana_fields[] = {
    TEXT("url", grafana_url),
    TEXT("token_file", grafana_token_file),
    TEXT("folder", grafana_folder),
    TEXT("ca_file", grafana_ca_file),
    TEXT("prometheus_url", grafana_prometheus_url),
    END,
};
static const struct yaml_field users_fields[] = {
    TEXT("postgres", postgres_user), TEXT("slapd", slapd_user), TEXT("prometheus", prometheus_user),
    TEXT("daemon", daemon_user), END};

static const struct {
    const char *key;
    const struct yaml_field *fields;
} sections[] = {{"postgres", postgres_fields}, {"room", room_fields},
                {"ldap", ldap_fields},         {"prometheus", prometheus_fields},
                {"grafana", grafana_fields},   {"users", users_fields}};
enum { N_SECTIONS = sizeof sections / sizeof sections[0] };

bool site_parse(const char *file, const char *text, size_t len, struct site *ret_site,
                struct error *err)
{
    struct yaml_document document;
    if (!yaml_parse(file, text, len, &document, err))
        return false;
    struct site site = {.arena = ARENA_INIT};
    bool good =
        yaml_read_fields(&document, document.root, NULL, top_fields, &site, &site.arena, err);
    for (size_t i = 0; good && i < N_SECTIONS; i++)
        good = yaml_read_fields(&document, yaml_get(document.root, sections[i].key),
                                sections[i].key, sections[i].fields, &site, &site.arena, err);
    yaml_release(&document);
    if (!good) {
        arena_release(&site.arena);
        return false;
    }
    char *state = path_directory(file);
    site.state = arena_strdup(&site.arena, state);
    free(state);
    *ret_site = site;
    return true;
}

void site_print(const struct site *site, struct strbuf *out)
{
    strbuf_add_string(out, "# Where this installation's servers are.  Written by `lectern up`.\n");
    yaml_print_fields(out, 0, top_fields, site);
    for (size_t i = 0; i < N_SECTIONS; i++) {
        strbuf_printf(out, "%s:\n", sections[i].key);
        yaml_print_fields(out, 2, sections[i].fields, site);
    }
}

void site_release(struct site *site)
{
    arena_release(&site->arena);
    *site = (struct site){.arena = ARENA_INIT};
}

bool site_is_ours(const struct site *site)
{
    return site->embedded || site->containers;
}

int site_room_port(const struct site *site)
{
    return site->room_port > 0 ? site->room_port : site->pg_port;
}

const char *site_room_command(const struct site *site)
{
    return site->containers ? "LECTERN_BIND=ADDRESS docker-compose up -d"
                            : "lectern up --room NAME";
}

char *site_path(const struct site *site, const char *relative)
{
    return path_join(site->state, relative);
}

char *site_secret_path(const struct site *site, const char *name)
{
    return mem_printf("%s/secrets/%s", site->state, name);
}
