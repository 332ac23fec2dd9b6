/*
 * From the site to connections: who connects as what.
 *
 * Every one of lectern's own sessions names its schemas in full and starts with a search_path that
 * holds nothing of a student's; start-up options beat whatever was set on a role or database.
 */
#include "control/connect.h"

#include <string.h>

#include "base/error.h"
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

/* NULL where the administrator is known by the account; a file that can't be read is the same, and
 * the server then says what it misses. */
static const char *admin_password(const struct site *site, struct arena *arena)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, "postgres");
    struct secret secret;
    struct error unread = ERROR_INIT;
    if (!secret_load(path, &secret, &unread)) {
        error_clear(&unread);
        return NULL;
    }
    char password[SECRET_ROLE_PASSWORD_SIZE];
    secret_role_password(&secret, site->pg_admin, password);
    secret_wipe(&secret);
    const char *kept = arena_strdup(arena, password);
    explicit_bzero(password, sizeof password);
    return kept;
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
    struct secret secret;
    if (!secret_load(path, &secret, err)) {
        if (err->code == ERROR_NOT_FOUND)
            error_hint(err, "\"lectern up\" makes it.");
        return error_wrap(err, "password of role \"%s\"", role);
    }
    char password[SECRET_ROLE_PASSWORD_SIZE];
    secret_role_password(&secret, role, password);
    secret_wipe(&secret);
    fill_server(site, dbname, arena, ret_address);
    ret_address->user = arena_strdup(arena, role);
    ret_address->password = arena_strdup(arena, password);
    explicit_bzero(password, sizeof password);
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
