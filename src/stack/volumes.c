/*
 * Preparing the containers' volumes: see volumes.h.
 */
#include "stack/volumes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "lab/site.h"
#include "render/render.h"
#include "stack/certificate.h"
#include "stack/machine.h"

enum { FILE_MAX = 1 << 20, NAMES = 8, PORT_SIZE = 16, LAYOUT_SIZE = 32 };

/* The services' groups, as in docker-compose.yml. */
enum { GROUP_GRAFANA = 472, GROUP_LDAP = 911, GROUP_POSTGRES = 999, GROUP_NOBODY = 65534 };

struct work {
    const struct volumes_options *options;
    struct site site; /* as the containers see it */
    const char *root;
};

/* -- files and their groups -------------------------------------------------------------------- */

static char *place(const struct work *w, const char *relative)
{
    return path_join(w->root, relative);
}

/* The group of a service; 0: the caller's own. */
static bool give(const struct work *w, const char *path, gid_t group, struct error *err)
{
    if (group == 0 || w->options->keep_groups)
        return true;
    if (lchown(path, (uid_t)-1, group) == 0)
        return true;
    error_set_errno(err, errno, "could not give \"%s\" to group %d", path, (int)group);
    return error_hint(err, "The service \"setup\" of docker-compose.yml has the groups 472, 911, "
                           "999 and 65534 (group_add).");
}

static bool directory(const struct work *w, const char *relative, mode_t mode, gid_t group,
                      struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = place(w, relative);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "could not make the directory \"%s\"", path);
    if (!give(w, path, group, err))
        return false;
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & 07777) == mode)
        return true;
    return chmod(path, mode) == 0 ||
           error_set_errno(err, errno, "could not set up the directory \"%s\"", path);
}

static bool put(const struct work *w, const char *relative, const char *text, mode_t mode,
                gid_t group, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = place(w, relative);
    bool changed;
    return file_update(path, text, strlen(text), mode, &changed, err) && give(w, path, group, err);
}

static bool put_asset(const struct work *w, const char *asset, const struct render_value *values,
                      const char *relative, gid_t group, struct error *err)
{
    static const struct render_value none[] = {{NULL, NULL}};
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    render_text(asset_get(asset)->text, values != NULL ? values : none, &text);
    return put(w, relative, text.text, 0640, group, err);
}

static bool put_copy(const struct work *w, const char *from, const char *to, gid_t group,
                     struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = place(w, from);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool ok = file_read(path, FILE_MAX, &text, err) && put(w, to, text.text, 0640, group, err);
    explicit_bzero(text.text, text.len);
    return ok;
}

/* What a role or account of lectern's own logs in with. */
static bool role_password(const struct work *w, const char *name, const char *role,
                          char ret_password[SECRET_ROLE_PASSWORD_SIZE], struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(&w->site, name);
    struct secret secret;
    if (!secret_load(path, &secret, err))
        return false;
    secret_role_password(&secret, role, ret_password);
    secret_wipe(&secret);
    return true;
}

/* -- whose volumes they are -------------------------------------------------------------------- */

static bool read_line(const char *path, struct strbuf *out, struct error *err)
{
    if (!file_read(path, FILE_MAX, out, err))
        return false;
    strbuf_truncate(out, strcspn(out->text, "\n"));
    return true;
}

static bool check_layout(const struct work *w, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = place(w, "state/layout");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool there = read_line(path, &text, &missing);
    error_clear(&missing);
    long layout = there ? strtol(text.text, NULL, 10) : 0;
    if (layout > VOLUMES_LAYOUT) {
        error_set(err, ERROR_EXISTS, "the volumes were made by a newer lectern (layout %ld)",
                  layout);
        return error_hint(err, "Use that version's images again, or remove the volumes with what "
                               "is in them: docker-compose down -v.");
    }
    char now[LAYOUT_SIZE];
    snprintf(now, sizeof now, "%d\n", VOLUMES_LAYOUT);
    return put(w, "state/layout", now, 0644, 0, err);
}

/* A random name, made with the state volume. */
static bool installation(const struct work *w, struct strbuf *out, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = place(w, "state/installation");
    struct secret random;
    unsigned char digest[DIGEST_SHA256_BYTES];
    if (!secret_load_or_create(path, &random, err))
        return false;
    digest_sha256(random.bytes, sizeof random.bytes, digest);
    secret_wipe(&random);
    digest_add_hex(out, digest, sizeof digest / 4);
    strbuf_add_char(out, '\n');
    return true;
}

/* The data of an older run are taken up again; those of another installation are not: neither its
 * administrator's password nor its students' are known here. */
static bool claim(const struct work *w, const char *service, const char *name, gid_t group,
                  struct error *err)
{
    CLEANUP(mem_free_string)
    char *mark = mem_printf("data/%s/installation", service);
    CLEANUP(mem_free_string)
    char *path = place(w, mark);
    CLEANUP(strbuf_release)
    struct strbuf found = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool there = file_read(path, FILE_MAX, &found, &missing);
    error_clear(&missing);
    if (!there)
        return put(w, mark, name, 0640, group, err);
    if (strcmp(found.text, name) == 0)
        return true;
    error_set(err, ERROR_EXISTS, "the volume of %s's data belongs to another installation",
              service);
    return error_hint(err,
                      "Its secrets were in a volume \"state\" that is gone. Bring that back, or "
                      "remove the data, which nobody can log in to: docker volume rm "
                      "PROJECT_%s-data (\"docker-compose down -v\" removes all volumes).",
                      service);
}

static bool make_directories(const struct work *w, struct error *err)
{
    static const struct {
        const char *name;
        mode_t mode;
        gid_t group;
    } directories[] = {
        {"state", 0700, 0},
        {"state/secrets", 0700, 0},
        {"state/tls", 0700, 0},
        {"state/labs", 0700, 0},
        {"for/ldap", 0750, GROUP_LDAP},
        {"for/ldap/tls", 0750, GROUP_LDAP},
        {"for/ldap/config", 0750, GROUP_LDAP},
        {"for/ldap/slapd", 0750, GROUP_LDAP}, /* where volumes are mounted, as the next two */
        {"for/postgres", 0750, GROUP_POSTGRES},
        {"for/postgres/tls", 0750, GROUP_POSTGRES},
        {"for/postgres/config", 0750, GROUP_POSTGRES},
        {"for/postgres/data", 0750, GROUP_POSTGRES},
        {"for/postgres/run", 0750, GROUP_POSTGRES},
        {"for/exporter", 0750, GROUP_NOBODY},
        {"for/exporter/run", 0750, GROUP_NOBODY},
        {"for/prometheus", 0750, GROUP_NOBODY},
        {"for/prometheus/data", 0750, GROUP_NOBODY},
        {"for/lecternd", 0700, 0},
        {"for/lecternd/secrets", 0700, 0},
        {"for/lecternd/tls", 0700, 0},
        {"for/grafana", 0750, GROUP_GRAFANA},
        {"for/grafana/data", 0750, GROUP_GRAFANA},
        {"for/grafana/dashboards", 0750, GROUP_GRAFANA},
        {"for/grafana/provisioning", 0750, GROUP_GRAFANA},
        {"for/grafana/provisioning/dashboards", 0750, GROUP_GRAFANA},
        {"for/grafana/provisioning/datasources", 0750, GROUP_GRAFANA},
        {"data/grafana", 0770, GROUP_GRAFANA},
        {"data/ldap", 0770, GROUP_LDAP},
        {"data/postgres", 0770, GROUP_POSTGRES},
        {"data/prometheus", 0770, GROUP_NOBODY},
        {"run", 0775, GROUP_POSTGRES}, /* the socket's password is asked of everybody */
    };
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        if (!directory(w, directories[i].name, directories[i].mode, directories[i].group, err))
            return false;
    return true;
}

static bool claim_all(const struct work *w, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf name = STRBUF_INIT;
    return check_layout(w, err) && installation(w, &name, err) &&
           claim(w, "postgres", name.text, GROUP_POSTGRES, err) &&
           claim(w, "ldap", name.text, GROUP_LDAP, err) &&
           claim(w, "prometheus", name.text, GROUP_NOBODY, err) &&
           claim(w, "grafana", name.text, GROUP_GRAFANA, err);
}

/* -- secrets and certificates ------------------------------------------------------------------ */

static bool make_secrets(const struct work *w, struct error *err)
{
    static const char *const names[] = {"daemon", "console",  "loader",
                                        "ldap",   "exporter", "postgres"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = site_secret_path(&w->site, names[i]);
        struct secret secret;
        if (!secret_load_or_create(path, &secret, err))
            return false;
        secret_wipe(&secret);
    }
    return true;
}

static bool is_any_address(const char *bind)
{
    return strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
}

static bool make_certificates(const struct work *w, struct error *err)
{
    CLEANUP(mem_free_string)
    char *tls = place(w, "state/tls");
    const char *names[NAMES];
    size_t n = 0;
    bool changed;
    names[n++] = "localhost";
    names[n++] = "127.0.0.1";
    names[n++] = "::1";
    names[n++] = "ldap";
    names[n++] = "postgres";
    if (w->site.room_open) {
        names[n++] = w->site.room_host;
        if (!is_any_address(w->options->bind) && strcmp(w->options->bind, w->site.room_host) != 0)
            names[n++] = w->options->bind;
    }
    return certificate_ensure_authority(tls, &changed, err) &&
           certificate_ensure_server(tls, names, n, &changed, err) &&
           put_copy(w, "state/tls/ca.crt", "for/ldap/tls/ca.crt", GROUP_LDAP, err) &&
           put_copy(w, "state/tls/server.crt", "for/ldap/tls/server.crt", GROUP_LDAP, err) &&
           put_copy(w, "state/tls/server.key", "for/ldap/tls/slapd.key", GROUP_LDAP, err) &&
           put_copy(w, "state/tls/ca.crt", "for/postgres/tls/ca.crt", GROUP_POSTGRES, err) &&
           put_copy(w, "state/tls/server.crt", "for/postgres/tls/server.crt", GROUP_POSTGRES,
                    err) &&
           put_copy(w, "state/tls/server.key", "for/postgres/tls/postgres.key", GROUP_POSTGRES,
                    err) &&
           put_copy(w, "state/tls/ca.crt", "for/lecternd/tls/ca.crt", 0, err);
}

/* -- the site, as the containers see it -------------------------------------------------------- */

static bool is_loopback(const char *bind)
{
    return strncmp(bind, "127.", 4) == 0 || strcmp(bind, "::1") == 0 ||
           strcmp(bind, "localhost") == 0;
}

static bool check_bind(const struct volumes_options *options, struct error *err)
{
    unsigned char bytes[16];
    if (inet_pton(AF_INET, options->bind, bytes) != 1 &&
        inet_pton(AF_INET6, options->bind, bytes) != 1) {
        error_set(err, ERROR_INPUT, "LECTERN_BIND is \"%s\", not a numeric address", options->bind);
        return error_hint(err, "Give the address of this machine that lab PCs reach.");
    }
    if (options->room[0] != '\0')
        return machine_check_room(options->room, err);
    if (is_any_address(options->bind)) {
        error_set(err, ERROR_INPUT, "LECTERN_BIND is \"%s\", which is no address for lab PCs",
                  options->bind);
        return error_hint(err, "Give one of this machine's addresses, or say by LECTERN_ROOM "
                               "under which name lab PCs reach it.");
    }
    return true;
}

static bool make_site(struct work *w, struct error *err)
{
    const struct volumes_options *options = w->options;
    if (!check_bind(options, err))
        return false;
    struct site *site = &w->site;
    *site = (struct site){
        .arena = ARENA_INIT,
        .containers = true,
        .project = "",
        .pg_host = VOLUMES_ROOT "/run",
        .pg_port = VOLUMES_POSTGRES_PORT,
        .pg_admin = "postgres",
        .room_host = "localhost",
        .room_hostaddr = "postgres",
        .room_port = options->pg_port,
        .room_open = !is_loopback(options->bind),
        .ldap_host = "ldap",
        .ldap_port = VOLUMES_LDAP_PORT,
        .ldaps_port = options->ldaps_port,
        .ldap_people = "ou=people,dc=lab",
        .ldap_groups = "ou=groups,dc=lab",
        .ldap_admin_dn = "cn=prov,dc=lab",
        .prometheus_port = VOLUMES_PROMETHEUS_PORT,
        .exporter_students_port = VOLUMES_EXPORTER_PORT,
        .exporter_steps_port = VOLUMES_EXPORTER_PORT,
        .ca_file = VOLUMES_ROOT "/state/tls/ca.crt",
        .postgres_user = "",
        .slapd_user = "",
        .prometheus_user = "",
        .daemon_user = "",
    };
    if (site->room_open)
        site->room_host = options->room[0] != '\0' ? options->room : options->bind;
    site->state = arena_printf(&site->arena, "%s/state", w->root);
    site->ldap_uri = arena_printf(&site->arena, "ldaps://ldap:%d", VOLUMES_LDAPS_PORT);
    site->prometheus_url =
        arena_printf(&site->arena, "http://prometheus:%d", VOLUMES_PROMETHEUS_PORT);
    return true;
}

static bool put_site(const struct work *w, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    site_print(&w->site, &text);
    return put(w, "state/site.yaml", text.text, 0644, 0, err) &&
           put(w, "for/lecternd/site.yaml", text.text, 0640, 0, err) &&
           put_copy(w, "state/secrets/daemon", "for/lecternd/secrets/daemon", 0, err);
}

/* -- what the services read -------------------------------------------------------------------- */

/* Whose connections may be lectern's own: the containers' network, through whose gateway this
 * machine's come, too; and this machine itself where it speaks from the published address. */
static void add_near(const struct work *w, struct strbuf *out)
{
    static const char roles[] = "postgres,lectern_loader,lectern_console,+lectern_scratch";
    strbuf_printf(out, "hostssl  all        %s  samenet  scram-sha-256\n", roles);
    const char *bind = w->options->bind;
    if (w->site.room_open && !is_any_address(bind))
        strbuf_printf(out, "hostssl  all        %s  %s/%d  scram-sha-256\n", roles, bind,
                      strchr(bind, ':') != NULL ? 128 : 32);
}

static bool put_postgres(const struct work *w, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf near = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *max = mem_printf("%d", w->options->connections);
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", VOLUMES_POSTGRES_PORT);
    CLEANUP(mem_free_string)
    char *ldap_port = mem_printf("%d", VOLUMES_LDAP_PORT);
    char password[SECRET_ROLE_PASSWORD_SIZE];
    add_near(w, &near);
    const struct render_value values[] = {{"STATE", VOLUMES_ROOT},
                                          {"PORT", port},
                                          {"MAX_CONNECTIONS", max},
                                          {"LISTEN", "*"},
                                          {"LDAP_HOST", w->site.ldap_host},
                                          {"LDAP_PORT", ldap_port},
                                          {"LDAP_SUFFIX", w->site.ldap_people},
                                          {"IDENTITIES", ""},
                                          {"NEAR", near.text},
                                          {NULL, NULL}};
    static const struct {
        const char *asset, *file;
    } files[] = {
        {"config/servers/postgresql.conf", "for/postgres/config/postgresql.conf"},
        {"config/docker/pg_hba.conf", "for/postgres/config/pg_hba.conf"},
        {"config/servers/pg_ident.conf", "for/postgres/config/pg_ident.conf"},
        {"config/servers/ldap.conf", "for/postgres/config/ldap.conf"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!put_asset(w, files[i].asset, values, files[i].file, GROUP_POSTGRES, err))
            return false;
    if (!role_password(w, "postgres", "postgres", password, err))
        return false;
    bool ok = put(w, "for/postgres/password", password, 0640, GROUP_POSTGRES, err);
    explicit_bzero(password, sizeof password);
    return ok && put_asset(w, "config/docker/postgres.sh", NULL, "for/postgres/start.sh",
                           GROUP_POSTGRES, err);
}

static bool put_ldap(const struct work *w, struct error *err)
{
    CLEANUP(mem_free_string)
    char *entries = place(w, "for/ldap/config/base.ldif");
    CLEANUP(mem_free_string)
    char *id = mem_printf("%d", GROUP_LDAP);
    const struct render_value values[] = {
        {"STATE", VOLUMES_ROOT}, {"DATA", "db"}, {"UID", id}, {"GID", id}, {NULL, NULL}};
    if (!put_asset(w, "config/servers/slapd_init.ldif", values, "for/ldap/config/slapd.ldif",
                   GROUP_LDAP, err) ||
        !put_asset(w, "config/docker/ldap.sh", NULL, "for/ldap/start.sh", GROUP_LDAP, err))
        return false;
    if (file_exists(entries)) /* the hash is salted: another one each time */
        return true;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    if (!role_password(w, "ldap", "prov", password, err))
        return false;
    CLEANUP(mem_free_string)
    char *hash = secret_ssha(password);
    explicit_bzero(password, sizeof password);
    const struct render_value hashes[] = {{"HASH", hash}, {NULL, NULL}};
    return put_asset(w, "config/servers/slapd_base.ldif", hashes, "for/ldap/config/base.ldif",
                     GROUP_LDAP, err);
}

static bool put_feed(const struct work *w, struct error *err)
{
    char password[SECRET_ROLE_PASSWORD_SIZE];
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", VOLUMES_POSTGRES_PORT);
    CLEANUP(mem_free_string)
    char *students = mem_printf("exporter-students:%d", VOLUMES_EXPORTER_PORT);
    CLEANUP(mem_free_string)
    char *steps = mem_printf("exporter-steps:%d", VOLUMES_EXPORTER_PORT);
    if (!role_password(w, "exporter", "lectern_exporter", password, err))
        return false;
    const struct render_value values[] = {{"PASSWORD", password},
                                          {"HOST", "%2Flectern%2Frun"},
                                          {"PORT", port},
                                          {"SSLMODE", "disable"},
                                          {"RULES", "'" VOLUMES_ROOT "/rules.yml'"},
                                          {"STUDENTS", students},
                                          {"STEPS", steps},
                                          {NULL, NULL}};
    bool ok = put_asset(w, "config/exporter/students.yml", values, "for/exporter/students.yml",
                        GROUP_NOBODY, err) &&
              put_asset(w, "config/exporter/steps.yml", values, "for/exporter/steps.yml",
                        GROUP_NOBODY, err) &&
              put_asset(w, "config/prometheus/prometheus.yml", values,
                        "for/prometheus/prometheus.yml", GROUP_NOBODY, err) &&
              put_asset(w, "config/prometheus/rules.yml", values, "for/prometheus/rules.yml",
                        GROUP_NOBODY, err);
    explicit_bzero(password, sizeof password);
    return ok;
}

/* As they are: Grafana fills in their variables itself, from what docker-compose.yml sets. */
static bool put_grafana(const struct work *w, struct error *err)
{
    static const char *const files[] = {
        "dashboards/class.json",
        "dashboards/servers.json",
        "dashboards/student.json",
        "provisioning/dashboards/lectern.yml",
        "provisioning/datasources/lectern.yml",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        CLEANUP(mem_free_string)
        char *from = mem_printf("assets/grafana/%s", files[i]);
        CLEANUP(mem_free_string)
        char *to = mem_printf("for/grafana/%s", files[i]);
        if (!put(w, to, asset_get(from)->text, 0640, GROUP_GRAFANA, err))
            return false;
    }
    return put(w, "for/grafana/grafana.ini", asset_get("config/grafana/grafana.ini")->text, 0640,
               GROUP_GRAFANA, err) &&
           put(w, "for/grafana/ldap.toml", asset_get("config/grafana/ldap.toml")->text, 0640,
               GROUP_GRAFANA, err) &&
           put_copy(w, "state/tls/ca.crt", "for/grafana/ca.crt", GROUP_GRAFANA, err);
}

/* The engine's check of each, in a file of its own: images need a shell, and nothing else of ours.
 */
static bool put_health(const struct work *w, struct error *err)
{
    static const struct {
        const char *file;
        gid_t group;
    } files[] = {
        {"for/ldap/health.sh", GROUP_LDAP},
        {"for/postgres/health.sh", GROUP_POSTGRES},
        {"for/exporter/health.sh", GROUP_NOBODY},
        {"for/prometheus/health.sh", GROUP_NOBODY},
        {"for/lecternd/health.sh", 0},
        {"for/grafana/health.sh", GROUP_GRAFANA},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!put_asset(w, "config/docker/health.sh", NULL, files[i].file, files[i].group, err))
            return false;
    return true;
}

bool volumes_prepare(const struct volumes_options *options, struct error *err)
{
    struct work w = {.options = options, .root = options->root};
    bool ok = make_site(&w, err) && make_directories(&w, err) && claim_all(&w, err) &&
              make_secrets(&w, err) && make_certificates(&w, err) && put_site(&w, err) &&
              put_postgres(&w, err) && put_ldap(&w, err) && put_feed(&w, err) &&
              put_grafana(&w, err) && put_health(&w, err);
    site_release(&w.site);
    return ok;
}
