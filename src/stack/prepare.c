/*
 * Preparing the state directory: see prepare.h.
 */
#include "stack/prepare.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "io/child.h"
#include "render/render.h"
#include "stack/certificate.h"
#include "stack/machine.h"
#include "stack/service.h"

enum {
    CONNECTIONS_FEWEST = 500, /* a class of 30: no restart at its first apply */
    CONNECTIONS_RESERVED = 5, /* superuser_reserved_connections */
    TOOL_TIMEOUT_MS = 120000,
    REMOVE_MS = 5000,
    CONFIG_MAX = 1 << 20,
};

/* -- directories ------------------------------------------------------------------------------- */

/*
 * Make the directory with this mode and owner.  Some of them lie in directories of a server's user,
 * so nothing is done through a symbolic link that such a user might have put there.
 */
static bool make_directory(const char *path, mode_t mode, const char *user, struct error *err)
{
    uid_t uid;
    gid_t gid;
    struct stat info;
    if (!render_find_user(user, &uid, &gid, err))
        return false;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "could not make the directory \"%s\"", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open the directory \"%s\"", path);
    bool ok = fstat(fd, &info) == 0 && (info.st_uid == uid || fchown(fd, uid, gid) == 0) &&
              ((info.st_mode & 07777) == mode || fchmod(fd, mode) == 0);
    int saved = errno;
    close(fd);
    return ok || error_set_errno(err, saved, "could not set up the directory \"%s\"", path);
}

/* svlogd's directory and its rules; these are written while the directory is still the caller's.
 * Nobody else reads logs: students' statements may stand in them. */
static bool make_log_directory(const struct site *site, enum service service, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/log/%s", site->state, service_names[service]);
    CLEANUP(mem_free_string)
    char *config = path_join(path, "config");
    static const char rules[] = "s1000000\nn5\n"; /* six files of a megabyte at most */
    if (!file_exists(config) && (!make_directory(path, 0755, "", err) ||
                                 !file_write(config, rules, sizeof rules - 1, 0644, err)))
        return false;
    return make_directory(path, 0700, service_user(site, service), err);
}

static bool make_directories(const struct site *site, struct error *err)
{
    bool root = geteuid() == 0;
    const struct {
        const char *name;
        mode_t mode;
        const char *user;
    } directories[] = {
        {"secrets", root ? 0711 : 0700, ""}, /* each file belongs to the server that reads it */
        {"tls", 0755, ""},
        {"config", 0755, ""},
        {"service", 0755, ""},
        {"log", 0755, ""},
        {"exporter", 0755, ""},
        {"prometheus", 0755, ""},
        {"prometheus/data", 0700, site->prometheus_user},
        {"labs", 0700, ""},
        {"archive", 0700, ""},
        {"postgres", 0700, site->postgres_user},
        {"slapd", 0700, site->slapd_user},
        {"run", 0711, site->postgres_user},
        {"run/ldap", 0711, site->slapd_user},
    };
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = site_path(site, directories[i].name);
        if (!make_directory(path, directories[i].mode, directories[i].user, err))
            return false;
    }
    for (int i = 0; i < SERVICES; i++)
        if (!make_log_directory(site, (enum service)i, err))
            return false;
    return true;
}

bool prepare_is_reachable(const char *path, const char *user)
{
    if (user[0] == '\0')
        return true;
    struct error err = ERROR_INIT;
    const char *const argv[] = {"/usr/bin/test", "-x", path, NULL};
    struct child_spec spec = {.argv = argv, .change_user = true, .timeout_ms = TOOL_TIMEOUT_MS};
    int status = 1;
    bool ok = render_find_user(user, &spec.uid, &spec.gid, &err) &&
              child_run(&spec, &status, NULL, NULL, &err) && status == 0;
    error_clear(&err);
    return ok;
}

static bool check_reachable(const struct site *site, struct error *err)
{
    for (int i = 0; i < SERVICES; i++) {
        const char *user = service_user(site, (enum service)i);
        if (prepare_is_reachable(site->state, user))
            continue;
        error_set(err, ERROR_FAILED, "user \"%s\" can't reach the state directory \"%s\"", user,
                  site->state);
        return error_hint(err, "Started by root, the servers run as users of their own. Let them "
                               "pass (chmod o+x) in every directory above it, or set "
                               "LECTERN_STATE to a directory such as /var/lib/lectern.");
    }
    return true;
}

/* -- secrets and certificates ------------------------------------------------------------------ */

static bool make_secrets(const struct site *site, struct error *err)
{
    const struct {
        const char *name;
        const char *user;
    } secrets[] = {{"daemon", site->daemon_user},
                   {"console", ""},
                   {"loader", ""},
                   {"ldap", ""},
                   {"exporter", site->prometheus_user}};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = site_secret_path(site, secrets[i].name);
        struct secret secret;
        uid_t uid;
        gid_t gid;
        if (!secret_load_or_create(path, &secret, err) ||
            !render_find_user(secrets[i].user, &uid, &gid, err))
            return false;
        secret_wipe(&secret);
        if (uid != geteuid() && lchown(path, uid, gid) != 0)
            return error_set_errno(err, errno, "could not give \"%s\" to user \"%s\"", path,
                                   secrets[i].user);
    }
    return true;
}

/* A server's own copy of the key: PostgreSQL and slapd each want to own theirs. */
static bool copy_key(const struct site *site, const char *name, const char *user, struct error *err)
{
    CLEANUP(mem_free_string)
    char *from = site_path(site, "tls/server.key");
    CLEANUP(mem_free_string)
    char *to = site_path(site, name);
    CLEANUP(strbuf_release)
    struct strbuf key = STRBUF_INIT;
    struct render_target target = {.path = to, .mode = 0600, .user = user};
    bool changed;
    return file_read(from, CONFIG_MAX, &key, err) && render_write(&target, key.text, &changed, err);
}

static bool make_certificates(const struct site *site, struct error *err)
{
    CLEANUP(mem_free_string)
    char *directory = site_path(site, "tls");
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    size_t n;
    const char **names = machine_names(site, &arena, &n);
    bool changed;
    return certificate_ensure_authority(directory, &changed, err) &&
           certificate_ensure_server(directory, names, n, &changed, err) &&
           copy_key(site, "tls/postgres.key", site->postgres_user, err) &&
           copy_key(site, "tls/slapd.key", site->slapd_user, err);
}

/* -- tools that servers bring ------------------------------------------------------------------ */

/* Run a server's tool as the server's user; its words become the error's detail. */
static bool run_tool(const char *const *argv, const char *user, const char *input,
                     struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    struct child_spec spec = {.argv = argv,
                              .input = input,
                              .input_len = input != NULL ? strlen(input) : 0,
                              .change_user = user[0] != '\0',
                              .timeout_ms = TOOL_TIMEOUT_MS};
    int status;
    if (!render_find_user(user, &spec.uid, &spec.gid, err) ||
        !child_run(&spec, &status, &out, &errors, err))
        return false;
    if (status == 0)
        return true;
    error_set(err, ERROR_FAILED, "%s failed with exit status %d", path_base(argv[0]), status);
    return error_detail(err, "%s", errors.len > 0 ? errors.text : out.text);
}

/* A tool of a start that was killed may still write for a moment into what is removed. */
static bool remove_tree(const char *path, const char *user, struct error *err)
{
    const char *const argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    int64_t deadline = clock_monotonic_ms() + REMOVE_MS;
    while (!run_tool(argv, user, NULL, err)) {
        if (clock_monotonic_ms() > deadline)
            return false;
        error_clear(err);
        clock_sleep_ms(100);
    }
    return true;
}

/* What a tool wrote without syncing is brought to the disk before anything relies on it. */
static void sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    syncfs(fd);
    close(fd);
}

/* -- PostgreSQL -------------------------------------------------------------------------------- */

int prepare_connections(const struct site *site)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "config/postgresql.conf");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    int n = 0;
    const char *at = NULL;
    if (file_read(path, CONFIG_MAX, &text, &missing))
        at = strstr(text.text, "\nmax_connections = ");
    error_clear(&missing);
    if (at == NULL || sscanf(at, "\nmax_connections = %d", &n) != 1)
        return 0;
    return n - CONNECTIONS_RESERVED;
}

/* The administrator may come from the caller's account, and from the server's own. */
static char *identity_lines(const struct site *site)
{
    CLEANUP(strbuf_release)
    struct strbuf lines = STRBUF_INIT;
    const struct passwd *entry = getpwuid(geteuid());
    if (entry != NULL)
        strbuf_printf(&lines, "owner \"%s\" postgres\n", entry->pw_name);
    if (site->postgres_user[0] != '\0')
        strbuf_printf(&lines, "owner \"%s\" postgres\n", site->postgres_user);
    return strbuf_detach(&lines);
}

bool prepare_postgres_configuration(const struct site *site, int connections, bool *ret_changed,
                                    struct error *err)
{
    int had = prepare_connections(site);
    int fewest = had > CONNECTIONS_FEWEST ? had : CONNECTIONS_FEWEST;
    int n = (connections > fewest ? connections : fewest) + CONNECTIONS_RESERVED;
    CLEANUP(mem_free_string)
    char *max = mem_printf("%d", n);
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", site->pg_port);
    CLEANUP(mem_free_string)
    char *ldap_port = mem_printf("%d", site->ldap_port);
    CLEANUP(mem_free_string)
    char *identities = identity_lines(site);
    CLEANUP(mem_free_string)
    char *listen = machine_listen_addresses(site);
    const struct render_value values[] = {{"STATE", site->state},
                                          {"PORT", port},
                                          {"MAX_CONNECTIONS", max},
                                          {"LISTEN", listen},
                                          {"LDAP_HOST", site->ldap_host},
                                          {"LDAP_PORT", ldap_port},
                                          {"LDAP_SUFFIX", site->ldap_people},
                                          {"IDENTITIES", identities},
                                          {NULL, NULL}};
    static const char *const names[] = {"postgresql.conf", "pg_hba.conf", "pg_ident.conf",
                                        "ldap.conf"};
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLEANUP(mem_free_string)
        char *from = mem_printf("config/servers/%s", names[i]);
        CLEANUP(mem_free_string)
        char *to = mem_printf("%s/config/%s", site->state, names[i]);
        struct render_target target = {.path = to, .mode = 0644};
        bool changed;
        if (!render_file(from, values, &target, &changed, err))
            return false;
        any = any || changed;
    }
    *ret_changed = any;
    return true;
}

/* A cluster that a broken-off initdb left has no PG_VERSION, for that is moved in at the end. */
static bool make_cluster(const struct site *site, const struct programs *programs,
                         struct error *err)
{
    CLEANUP(mem_free_string)
    char *data = site_path(site, "postgres");
    CLEANUP(mem_free_string)
    char *version = site_path(site, "postgres/PG_VERSION");
    CLEANUP(mem_free_string)
    char *fresh = site_path(site, "postgres.new");
    if (file_exists(version))
        return true;
    const char *const argv[] = {
        programs->initdb,   "-D", fresh, "-U", site->pg_admin, "-A", "peer", "-k", "-E", "UTF8",
        "--locale=C.UTF-8", "-N", NULL};
    if (!remove_tree(fresh, "", err) || !make_directory(fresh, 0700, site->postgres_user, err) ||
        !run_tool(argv, site->postgres_user, NULL, err))
        return error_wrap(err, "could not make the PostgreSQL cluster");
    sync_directory(fresh);
    if (rename(fresh, data) != 0)
        return error_set_errno(err, errno, "could not rename \"%s\"", fresh);
    return true;
}

/* -- slapd ------------------------------------------------------------------------------------- */

/* The provisioner's password as slapd keeps it. */
static bool hash_password(const struct site *site, char **ret_hash, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, "ldap");
    struct secret secret;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    if (!secret_load(path, &secret, err))
        return false;
    secret_role_password(&secret, "prov", password);
    secret_wipe(&secret);
    *ret_hash = secret_ssha(password);
    explicit_bzero(password, sizeof password);
    return true;
}

/* slapd's configuration for a database directory of this name, as LDIF. */
static void render_init(const struct site *site, const char *data, struct strbuf *out)
{
    CLEANUP(mem_free_string)
    char *uid = mem_printf("%d", (int)geteuid());
    CLEANUP(mem_free_string)
    char *gid = mem_printf("%d", (int)getegid());
    const struct render_value values[] = {
        {"STATE", site->state}, {"DATA", data}, {"UID", uid}, {"GID", gid}, {NULL, NULL}};
    render_text(asset_get("config/servers/slapd_init.ldif")->text, values, out);
}

/*
 * A directory of slapd's is filled beside and gets its name when it is complete.  It lies in a
 * directory of the server's user, so all of it is done as that user.
 */
static bool make_fresh(const char *fresh, const char *user, struct error *err)
{
    const char *const argv[] = {"/bin/mkdir", "-m", "700", "--", fresh, NULL};
    return remove_tree(fresh, user, err) && run_tool(argv, user, NULL, err);
}

static bool name_fresh(const char *fresh, const char *path, const char *user, struct error *err)
{
    const char *const argv[] = {"/bin/mv", "-T", "--", fresh, path, NULL};
    return run_tool(argv, user, NULL, err);
}

/* Load LDIF into a fresh directory of slapd's: its configuration. */
static bool load_configuration(const struct site *site, const struct programs *programs,
                               const char *directory, const char *ldif, struct error *err)
{
    const char *const load[] = {programs->slapadd, "-n", "0", "-F", directory, NULL};
    return make_fresh(directory, site->slapd_user, err) &&
           run_tool(load, site->slapd_user, ldif, err);
}

/* The base entries, in a database that gets its name when it is complete. */
static bool make_entries(const struct site *site, const struct programs *programs,
                         struct error *err)
{
    CLEANUP(mem_free_string)
    char *data = site_path(site, "slapd/db");
    CLEANUP(mem_free_string)
    char *fresh = site_path(site, "slapd/db.new");
    CLEANUP(mem_free_string)
    char *config = site_path(site, "slapd/config.new");
    CLEANUP(mem_free_string)
    char *hash = NULL;
    CLEANUP(strbuf_release)
    struct strbuf init = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf base = STRBUF_INIT;
    const char *user = site->slapd_user;
    if (file_exists(data))
        return true;
    if (!hash_password(site, &hash, err))
        return false;
    const struct render_value values[] = {{"HASH", hash}, {NULL, NULL}};
    render_init(site, "db.new", &init);
    render_text(asset_get("config/servers/slapd_base.ldif")->text, values, &base);
    const char *const load[] = {programs->slapadd, "-q", "-n", "1", "-F", config, NULL};
    if (!make_fresh(fresh, user, err) ||
        !load_configuration(site, programs, config, init.text, err) ||
        !run_tool(load, user, base.text, err))
        return error_wrap(err, "could not make the LDAP directory");
    sync_directory(site->state);
    return name_fresh(fresh, data, user, err);
}

/* The configuration holds nothing that isn't in its template: it is made anew when that differs,
 * as after the state directory was moved. */
static bool make_slapd(const struct site *site, const struct programs *programs, struct error *err)
{
    CLEANUP(mem_free_string)
    char *config = site_path(site, "slapd/config");
    CLEANUP(mem_free_string)
    char *fresh = site_path(site, "slapd/config.new");
    CLEANUP(mem_free_string)
    char *source = site_path(site, "config/slapd.ldif");
    CLEANUP(strbuf_release)
    struct strbuf init = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf made = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool changed;
    if (!make_entries(site, programs, err))
        return false;
    render_init(site, "db", &init);
    bool same = file_read(source, CONFIG_MAX, &made, &missing) &&
                strcmp(made.text, init.text) == 0 && file_exists(config);
    error_clear(&missing);
    if (same)
        return true;
    struct render_target target = {.path = source, .mode = 0644};
    if (!load_configuration(site, programs, fresh, init.text, err) ||
        !remove_tree(config, site->slapd_user, err) ||
        !name_fresh(fresh, config, site->slapd_user, err))
        return error_wrap(err, "could not configure slapd");
    return render_write(&target, init.text, &changed, err);
}

bool prepare_all(const struct site *site, const struct programs *programs, struct error *err)
{
    bool changed;
    return check_reachable(site, err) && make_directories(site, err) && make_secrets(site, err) &&
           make_certificates(site, err) && make_cluster(site, programs, err) &&
           prepare_postgres_configuration(site, 0, &changed, err) &&
           make_slapd(site, programs, err);
}
