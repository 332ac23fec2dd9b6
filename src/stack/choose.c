/*
 * Choosing the site: see choose.h.
 */
#include "stack/choose.h"

#include <pwd.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/http.h"
#include "stack/machine.h"
#include "stack/port.h"

enum {
    SITE_MAX = 65536,
    FIRST_POSTGRES = 15432,
    FIRST_LDAP = 15389,
    FIRST_LDAPS = 15636,
    FIRST_PROMETHEUS = 19090,
    FIRST_EXPORTER_STUDENTS = 19237,
    FIRST_EXPORTER_STEPS = 19238,
};

/* The longest name of a socket below the state directory, with the widest port. */
#define LONGEST_SOCKET "/run/.s.PGSQL.32767"

/* Read STATE/site.yaml; ERROR_NOT_FOUND when there is none. */
static bool choose_load(const char *state, struct site *ret_site, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "site.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct site site;
    if (!file_read(path, SITE_MAX, &text, err) ||
        !site_parse(path, text.text, text.len, &site, err))
        return false;
    site.state = arena_strdup(&site.arena, state);
    *ret_site = site;
    return true;
}

bool choose_check_path(const char *state, struct error *err)
{
    size_t max = sizeof((struct sockaddr_un *)NULL)->sun_path - sizeof LONGEST_SOCKET;
    if (strlen(state) > max) {
        error_set(err, ERROR_FAILED, "the path of the state directory \"%s\" is too long", state);
        return error_hint(err,
                          "Unix sockets lie in it, whose paths the kernel limits: set "
                          "LECTERN_STATE to a path of at most %zu bytes.",
                          max);
    }
    if (strpbrk(state, " ,@'\"\\\t\r\n") == NULL)
        return true;
    error_set(err, ERROR_FAILED,
              "the path of the state directory \"%s\" has a space or a special character", state);
    return error_hint(err, "The servers' configurations can't quote them all: set LECTERN_STATE "
                           "to a plain path.");
}

static bool choose_ports(struct site *site, bool spread, struct error *err)
{
    return port_choose(FIRST_POSTGRES, spread, &site->pg_port, err) &&
           port_choose(FIRST_LDAP, spread, &site->ldap_port, err) &&
           port_choose(FIRST_LDAPS, spread, &site->ldaps_port, err) &&
           port_choose(FIRST_PROMETHEUS, spread, &site->prometheus_port, err) &&
           port_choose(FIRST_EXPORTER_STUDENTS, spread, &site->exporter_students_port, err) &&
           port_choose(FIRST_EXPORTER_STEPS, spread, &site->exporter_steps_port, err);
}

static bool choose_users(struct site *site, struct error *err)
{
    struct {
        const char **user;
        const char *name, *package;
    } users[] = {{&site->postgres_user, "postgres", "postgresql"},
                 {&site->slapd_user, "openldap", "slapd"},
                 {&site->prometheus_user, "prometheus", "prometheus"},
                 {&site->daemon_user, "daemon", "base-passwd"}};
    bool root = geteuid() == 0;
    if (getpwuid(geteuid()) == NULL) {
        error_set(err, ERROR_NOT_FOUND, "user id %d has no name", (int)geteuid());
        return error_hint(err, "PostgreSQL does not run without one: give the user a line in "
                               "/etc/passwd.");
    }
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        if (root && getpwnam(users[i].name) == NULL) {
            error_set(err, ERROR_NOT_FOUND, "there is no system user \"%s\"", users[i].name);
            return error_hint(err,
                              "Debian's package %s makes it: run \"./bootstrap deps\" where "
                              "lectern's sources are, or run lectern as an ordinary user.",
                              users[i].package);
        }
        *users[i].user = root ? users[i].name : "";
    }
    return true;
}

/* All that follows from the state directory and the ports. */
static void fill(struct site *site, const char *state)
{
    CLEANUP(strbuf_release)
    struct strbuf uri = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *socket = mem_printf("%s/run/ldap/ldapi", state);
    strbuf_add_string(&uri, "ldapi://");
    http_add_encoded(&uri, socket);
    site->state = arena_strdup(&site->arena, state);
    site->embedded = true;
    site->pg_host = arena_printf(&site->arena, "%s/run", state);
    site->pg_admin = "postgres";
    site->room_hostaddr = "127.0.0.1";
    site->ldap_uri = arena_strdup(&site->arena, uri.text);
    site->ldap_host = "localhost";
    site->ldap_people = "ou=people,dc=lab";
    site->ldap_groups = "ou=groups,dc=lab";
    site->ldap_admin_dn = "cn=prov,dc=lab";
    site->prometheus_url = arena_printf(&site->arena, "http://127.0.0.1:%d", site->prometheus_port);
    site->ca_file = arena_printf(&site->arena, "%s/tls/ca.crt", state);
}

static void choose_room(const struct stack_options *options, struct site *site)
{
    if (options->room != NULL) {
        site->room_host = arena_strdup(&site->arena, options->room);
        site->room_open = true;
    } else if (options->loopback || !site->room_open) {
        site->room_host = "localhost";
        site->room_open = false;
    } else if (options->on_note != NULL) {
        CLEANUP(mem_free_string)
        char *note = mem_printf("still open to the room as \"%s\" (\"lectern up --loopback\" "
                                "closes it)",
                                site->room_host);
        options->on_note(note, options->data);
    }
}

static bool is_good_port(int port)
{
    return port >= PORT_LOWEST && port <= PORT_HIGHEST;
}

static bool check_ports(const struct site *site, struct error *err)
{
    const int ports[] = {site->pg_port,
                         site->ldap_port,
                         site->ldaps_port,
                         site->prometheus_port,
                         site->exporter_students_port,
                         site->exporter_steps_port};
    enum { N = sizeof ports / sizeof ports[0] };
    for (int i = 0; i < N; i++) {
        if (!is_good_port(ports[i]))
            return error_set(err, ERROR_INPUT, "site.yaml: port %d is not between %d and %d",
                             ports[i], PORT_LOWEST, PORT_HIGHEST);
        for (int j = 0; j < i; j++)
            if (ports[i] == ports[j])
                return error_set(err, ERROR_INPUT, "site.yaml: port %d stands there twice",
                                 ports[i]);
    }
    return true;
}

static bool save(const struct site *site, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "site.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool changed;
    site_print(site, &text);
    return file_update(path, text.text, text.len, 0644, &changed, err);
}

static bool load_or_choose(const struct stack_options *options, struct site *ret_site,
                           struct error *err)
{
    struct site site = {.arena = ARENA_INIT};
    if (choose_load(options->state, ret_site, err))
        return true;
    if (err->code != ERROR_NOT_FOUND)
        return false;
    error_clear(err);
    if (!choose_ports(&site, options->spread_ports, err))
        return false;
    site.embedded = true;
    *ret_site = site;
    return true;
}

bool choose_site(const struct stack_options *options, struct site *ret_site, struct error *err)
{
    struct site site;
    if ((options->room != NULL && !machine_check_room(options->room, err)) ||
        !load_or_choose(options, &site, err))
        return false;
    bool ok = true;
    if (!site.embedded) {
        ok = error_set(err, ERROR_EXISTS, "\"%s/site.yaml\" names servers that are not lectern's",
                       options->state);
        error_hint(err, "Nothing is to be started for it; for servers of lectern's own set "
                        "LECTERN_STATE to another directory.");
    }
    ok = ok && check_ports(&site, err) && choose_users(&site, err);
    if (ok) {
        fill(&site, options->state);
        choose_room(options, &site);
        ok = save(&site, err);
    }
    if (!ok) {
        site_release(&site);
        return false;
    }
    *ret_site = site;
    return true;
}
