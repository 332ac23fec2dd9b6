/*
 * lectern servers: try servers that exist already, each at its address, and write down where they
 * are.  The wizard's first page runs it; nothing is changed on them.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/commands.h"
#include "control/connect.h"
#include "io/http.h"
#include "io/ldap.h"
#include "provision/grafana_api.h"

enum { TRY_MS = 8000, TRY_S = 8 };

struct request {
    const char *host, *admin, *ldap, *ldap_base, *ldap_admin, *prometheus, *grafana, *ca_file;
    int port, exporter;
    bool save, json;
};

struct trial {
    struct site site;
    json_t *servers;
    size_t failed;
};

/* -- the site ---------------------------------------------------------------------------------- */

/* The host and the port of "scheme://host:port/..."; `port` holds the default on entry. */
static const char *split_address(struct arena *arena, const char *address, int *port)
{
    const char *host = strstr(address, "://");
    host = host != NULL ? host + 3 : address;
    size_t bracket = *host == '[' ? strcspn(host, "]") : 0;
    size_t len = bracket + strcspn(host + bracket, ":/");
    if (host[len] == ':')
        *port = (int)strtol(host + len + 1, NULL, 10);
    return arena_strndup(arena, host, len);
}

/* A numeric address; the name itself when it is not known. */
static const char *resolve(struct arena *arena, const char *host)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char address[NI_MAXHOST] = "";
    if (*host == '/')
        return "127.0.0.1";
    if (getaddrinfo(host, NULL, &wanted, &found) == 0 &&
        getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST) != 0)
        address[0] = '\0';
    if (found != NULL)
        freeaddrinfo(found);
    return arena_strdup(arena, address[0] != '\0' ? address : host);
}

/* A browser's address ends in a slash, to which no path can be added. */
static const char *without_slash(struct arena *arena, const char *url)
{
    char *text = arena_strdup(arena, url);
    for (size_t len = strlen(text); len > 0 && text[len - 1] == '/'; len--)
        text[len - 1] = '\0';
    return text;
}

static void fill_site(const struct request *request, const char *state, struct site *site)
{
    struct arena *arena = &site->arena;
    bool plain = strncmp(request->ldap, "ldap://", 7) == 0;
    int ldap_port = plain ? 389 : 636, prometheus_port = 9090;
    site->state = state;
    site->project = "";
    site->pg_host = request->host;
    site->pg_port = request->port;
    site->pg_admin = request->admin;
    site->room_host = *request->host == '/' ? "localhost" : request->host;
    site->room_hostaddr = resolve(arena, request->host);
    site->room_open = true;
    site->ldap_uri = request->ldap;
    site->ldap_host = split_address(arena, request->ldap, &ldap_port);
    site->ldap_port = plain ? ldap_port : 389;
    site->ldaps_port = plain ? 636 : ldap_port;
    site->ldap_people = arena_printf(arena, "ou=people,%s", request->ldap_base);
    site->ldap_groups = arena_printf(arena, "ou=groups,%s", request->ldap_base);
    site->ldap_admin_dn = request->ldap_admin != NULL
                              ? request->ldap_admin
                              : arena_printf(arena, "cn=prov,%s", request->ldap_base);
    split_address(arena, request->prometheus, &prometheus_port);
    site->prometheus_url = without_slash(arena, request->prometheus);
    site->prometheus_port = prometheus_port;
    site->exporter_students_port = request->exporter;
    site->exporter_steps_port = request->exporter + 1;
    site->ca_file = request->ca_file;
    site->grafana_url = request->grafana;
    site->grafana_token_file = site->grafana_folder = "";
    site->grafana_ca_file = site->grafana_prometheus_url = "";
    site->postgres_user = site->slapd_user = site->prometheus_user = site->daemon_user = "";
}

/* -- trials ------------------------------------------------------------------------------------ */

static void add(struct trial *trial, const char *name, const char *text, struct error *err)
{
    bool ok = !error_is_set(err);
    CLEANUP(mem_free_string)
    char *safe = str_disarm(ok ? text : err->message);
    CLEANUP(mem_free_string)
    char *hint = err->hint != NULL ? str_disarm(err->hint) : NULL;
    json_array_append_new(trial->servers, json_pack("{s:s, s:b, s:s, s:s?}", "name", name, "ok", ok,
                                                    "text", safe, "hint", hint));
    trial->failed += !ok;
    error_clear(err);
}

static void try_postgres(struct trial *trial)
{
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    struct error err = ERROR_INIT;
    PGconn *conn = NULL;
    PGresult *result = NULL;
    CLEANUP(mem_free_string)
    char *text = NULL;
    connect_as_admin(&trial->site, "postgres", &arena, &address);
    if (!pg_connect_now(&address, TRY_MS, &conn, &err)) {
        if (err.hint == NULL)
            error_hint(&err, "Is it the right host and port? The superuser comes in by peer on a "
                             "socket, or by the password in secrets/postgres.password.");
    } else if (pg_query_now(conn,
                            "SELECT pg_catalog.current_setting('server_version') AS version, "
                            "rolsuper::pg_catalog.text AS super FROM pg_catalog.pg_roles "
                            "WHERE rolname = CURRENT_USER",
                            0, NULL, &result, &err)) {
        if (PQntuples(result) != 1 || strcmp(pg_value(result, 0, "super"), "true") != 0) {
            error_set(&err, ERROR_AUTH, "role \"%s\" is no superuser", trial->site.pg_admin);
            error_hint(&err, "Name one: it makes roles and databases.");
        } else {
            text = mem_printf("version %s, as superuser \"%s\"", pg_value(result, 0, "version"),
                              trial->site.pg_admin);
        }
    }
    PQclear(result);
    PQfinish(conn);
    add(trial, "PostgreSQL", text != NULL ? text : "", &err);
    arena_release(&arena);
}

static bool is_there(struct ldap_entry *entry, void *data)
{
    (void)entry;
    *(bool *)data = true;
    return false;
}

static void try_ldap(struct trial *trial)
{
    const struct site *site = &trial->site;
    const struct ldap_address address = {
        .uri = site->ldap_uri, .ca_file = site->ca_file, .timeout_s = TRY_S};
    static const char *const nothing[] = {"1.1", NULL};
    CLEANUP(secret_free_line)
    char *password = NULL;
    struct error err = ERROR_INIT;
    struct ldap_connection *ldap = NULL;
    bool people = false;
    if (connect_admin_password(site, "ldap", "prov", &password, &err))
        ldap_connect_to(&address, site->ldap_admin_dn, password, &ldap, &err);
    if (err.code == ERROR_CONNECTION && err.hint == NULL)
        error_hint(&err, "Is it the right address, and does --ca-file fit its certificate?");
    else if (error_is_set(&err) && err.hint == NULL)
        error_hint(&err, "%s gets in by the password in %s/secrets/ldap.password.",
                   site->ldap_admin_dn, site->state);
    if (ldap != NULL &&
        ldap_search_each(ldap, site->ldap_people, false, "(objectClass=*)", nothing, is_there,
                         &people, &err) &&
        !people)
        error_set(&err, ERROR_NOT_FOUND, "there is no \"%s\"", site->ldap_people);
    if (ldap != NULL && error_is_set(&err) && err.hint == NULL)
        error_hint(&err, "Accounts are made there: is the base right, and may %s see it?",
                   site->ldap_admin_dn);
    if (ldap != NULL)
        ldap_disconnect(ldap);
    add(trial, "LDAP", "answers, and lets lectern in", &err);
}

static void try_prometheus(struct trial *trial)
{
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *url = mem_printf("%s/-/ready", trial->site.prometheus_url);
    const struct http_call call = {
        .url = url, .ca_file = trial->site.ca_file, .timeout_ms = TRY_MS};
    struct error err = ERROR_INIT;
    int status = 0;
    if (http_call_now(&call, &status, &body, &err) && status != 200)
        error_set(&err, ERROR_FAILED, "answers %d for \"%s\"", status, url);
    if (error_is_set(&err) && err.hint == NULL)
        error_hint(&err, "Is it Prometheus' own address, as a browser opens it?");
    add(trial, "Prometheus", "is ready", &err);
}

/* Only where there is one. */
static void try_grafana(struct trial *trial)
{
    struct grafana grafana;
    struct error err = ERROR_INIT;
    if (*trial->site.grafana_url == '\0')
        return;
    grafana_open(&grafana, &trial->site, &err);
    grafana_close(&grafana);
    add(trial, "Grafana", "answers, and lets lectern in", &err);
}

/* -- the command ------------------------------------------------------------------------------- */

static bool save(const struct site *site, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "site.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT, old = STRBUF_INIT;
    struct error unread = ERROR_INIT;
    struct site before;
    if (file_read(path, 65536, &old, &unread) &&
        site_parse(path, old.text, old.len, &before, &unread)) {
        bool embedded = before.embedded;
        site_release(&before);
        if (embedded) {
            error_set(err, ERROR_EXISTS, "\"%s\" is about servers of lectern's own", path);
            return error_hint(err, "Give the others a state directory of their own: "
                                   "LECTERN_STATE=/some/directory lectern");
        }
    }
    error_clear(&unread);
    site_print(site, &text);
    return file_make_directories(site->state, 0755, err) &&
           file_write(path, text.text, text.len, 0644, err);
}

static void print_text(const struct trial *trial)
{
    for (size_t i = 0; i < json_array_size(trial->servers); i++) {
        const json_t *server = json_array_get(trial->servers, i);
        const char *hint = json_string_value(json_object_get(server, "hint"));
        printf("%-6s %-11s %s\n", json_is_true(json_object_get(server, "ok")) ? "ok" : "WRONG",
               json_string_value(json_object_get(server, "name")),
               json_string_value(json_object_get(server, "text")));
        if (hint != NULL)
            printf("%-18s %s\n", "", hint);
    }
}

static bool try_all(const struct request *request, const char *state, struct trial *trial,
                    struct error *err)
{
    fill_site(request, state, &trial->site);
    try_postgres(trial);
    try_ldap(trial);
    try_prometheus(trial);
    try_grafana(trial);
    bool good = trial->failed > 0 || !request->save || save(&trial->site, err);
    if (good && request->json)
        command_print_json(json_pack("{s:O}", "servers", trial->servers));
    else if (good)
        print_text(trial);
    return good;
}

static int run(int argc, char **argv)
{
    struct request request = {.host = "localhost",
                              .port = 5432,
                              .admin = "postgres",
                              .ldap = "ldaps://localhost:636",
                              .ldap_base = "dc=lab",
                              .prometheus = "http://localhost:9090",
                              .exporter = 9237,
                              .grafana = ""};
    const struct option_spec options[] = {
        {"host", OPTION_STRING, &request.host, "HOST", "PostgreSQL's host or socket directory"},
        {"port", OPTION_INT, &request.port, "PORT", "PostgreSQL's port; default 5432"},
        {"admin", OPTION_STRING, &request.admin, "ROLE", "its superuser; default postgres"},
        {"ldap", OPTION_STRING, &request.ldap, "URI", "the directory"},
        {"ldap-base", OPTION_STRING, &request.ldap_base, "DN", "above ou=people; default dc=lab"},
        {"ldap-admin", OPTION_STRING, &request.ldap_admin, "DN",
         "who makes accounts; cn=prov there"},
        {"prometheus", OPTION_STRING, &request.prometheus, "URL", "Prometheus"},
        {"exporter", OPTION_INT, &request.exporter, "PORT", "students' metrics; steps': one more"},
        {"grafana", OPTION_STRING, &request.grafana, "URL", "Grafana, if there is one"},
        {"ca-file", OPTION_STRING, &request.ca_file, "FILE", "who signed their certificates"},
        {"save", OPTION_FLAG, &request.save, NULL, "use them from now on, if all is well"},
        {"json", OPTION_FLAG, &request.json, NULL, "print JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_servers, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_servers, "there is nothing to name");
    if (request.ca_file == NULL)
        return command_usage(&command_servers, "--ca-file is missing");
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    struct trial trial = {.site = {.arena = ARENA_INIT}, .servers = json_array()};
    struct error err = ERROR_INIT;
    bool good = try_all(&request, state, &trial, &err);
    status = trial.failed > 0 ? EXIT_FAILED : EXIT_FINE;
    json_decref(trial.servers);
    site_release(&trial.site);
    return good ? status : command_fail(&command_servers, &err);
}

const struct command command_servers = {
    .name = "servers",
    .arguments = "",
    .summary = "try servers that exist already, and use them",
    .help = "Connects to PostgreSQL, the directory, Prometheus and Grafana at their addresses and\n"
            "says what is wrong with each. Changes nothing on them. --save writes site.yaml when\n"
            "all is well. Passwords and the token are no options: files of mode 0600 in the\n"
            "directory secrets of the state directory hold them, a line each: postgres.password\n"
            "(none: the superuser comes in by peer on a socket), ldap.password, grafana.\n"
            "\"lectern doctor\" then tells what else they need for a class.",
    .run = run,
};
