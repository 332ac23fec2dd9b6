/*
 * From the site to connections: who connects as what.
 *
 * Every one of lectern's own sessions names its schemas in full and starts with a search_path that
 * holds nothing of a student's; start-up options beat whatever was set on a role or database.
 */
#include "control/connect.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"

#define OWN_OPTIONS                                                                                \
    "-c search_path=pg_catalog,pg_temp -c TimeZone=UTC -c jit=off -c client_min_messages=warning"

static void fill_server(const struct site *site, const char *dbname, struct arena *arena,
                        struct pg_address *address)
{
    *address = (struct pg_address){
        .host = arena_strdup(arena, site->pg_host),
        .port = arena_printf(arena, "%d", site->pg_port),
        .dbname = arena_strdup(arena, dbname),
        .sslrootcert = arena_strdup(arena, site->ca_file),
        .options = OWN_OPTIONS,
    };
}

static bool derived_password(const char *path, const char *role, char **ret_password,
                             struct error *err)
{
    struct secret secret;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    if (!secret_load(path, &secret, err))
        return false;
    secret_role_password(&secret, role, password);
    secret_wipe(&secret);
    *ret_password = mem_strdup(password);
    explicit_bzero(password, sizeof password);
    return true;
}

bool connect_admin_password(const struct site *site, const char *server, const char *role,
                            char **ret_password, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, server);
    CLEANUP(mem_free_string)
    char *given = mem_printf("%s.password", path);
    if (!site_is_ours(site) && file_exists(given))
        return secret_load_line(given, ret_password, err);
    return derived_password(path, role, ret_password, err);
}

/* NULL where the administrator is known by the account; a file that can't be read is the same, and
 * the server then says what it misses. */
static const char *admin_password(const struct site *site, struct arena *arena)
{
    CLEANUP(secret_free_line)
    char *password = NULL;
    struct error unread = ERROR_INIT;
    if (!connect_admin_password(site, "postgres", site->pg_admin, &password, &unread)) {
        error_clear(&unread);
        return NULL;
    }
    return arena_strdup(arena, password);
}

void connect_as_admin(const struct site *site, const char *dbname, struct arena *arena,
                      struct pg_address *ret_address)
{
    fill_server(site, dbname, arena, ret_address);
    ret_address->user = arena_strdup(arena, site->pg_admin);
    ret_address->password = admin_password(site, arena);
    ret_address->options = OWN_OPTIONS " -c statement_timeout=0"
                                       " -c idle_in_transaction_session_timeout=0";
}

const char *connect_secret_name(const char *role)
{
    if (strcmp(role, "lectern_console") == 0)
        return "console";
    if (strcmp(role, "lectern_exporter") == 0)
        return "exporter";
    if (strcmp(role, "lectern_loader") == 0)
        return "loader";
    return "daemon";
}

bool connect_as_role(const struct site *site, const char *role, const char *dbname,
                     struct arena *arena, struct pg_address *ret_address, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, connect_secret_name(role));
    CLEANUP(secret_free_line)
    char *password = NULL;
    if (!derived_password(path, role, &password, err)) {
        if (err->code == ERROR_NOT_FOUND)
            error_hint(err, "\"lectern up\" makes it.");
        return error_wrap(err, "password of role \"%s\"", role);
    }
    fill_server(site, dbname, arena, ret_address);
    ret_address->user = arena_strdup(arena, role);
    ret_address->password = arena_strdup(arena, password);
    return true;
}

void connect_as_student(const struct site *site, const char *login, const char *password,
                        struct arena *arena, struct pg_address *ret_address)
{
    *ret_address = (struct pg_address){
        .host = arena_strdup(arena, site->room_host),
        .hostaddr = arena_strdup(arena, site->room_hostaddr),
        .port = arena_printf(arena, "%d", site->pg_port),
        .dbname = arena_strdup(arena, login),
        .user = arena_strdup(arena, login),
        .password = arena_strdup(arena, password),
        .sslmode = "verify-full",
        .sslrootcert = arena_strdup(arena, site->ca_file),
    };
}
