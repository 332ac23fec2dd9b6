/*
 * From the site to connections: who connects to PostgreSQL as what, with which start-up options.
 */
#ifndef LECTERN_CONTROL_CONNECT_H
#define LECTERN_CONTROL_CONNECT_H

#include <stdbool.h>

#include "base/memory.h"
#include "io/pg.h"
#include "lab/site.h"

#define CONTROL_DATABASE "lectern"

/*
 * What lectern administers a server by, malloc'd, to be given to secret_free_line(): on servers of
 * others the line of STATE/secrets/SERVER.password where there is such a file; else what follows
 * from STATE/secrets/SERVER for the role.
 */
bool connect_admin_password(const struct site *site, const char *server, const char *role,
                            char **ret_password, struct error *err);

/* The administrator: by peer on the socket, by password where there is one for "postgres". */
void connect_as_admin(const struct site *site, const char *dbname, struct arena *arena,
                      struct pg_address *ret_address);

/*
 * A role of lectern's own: lectern_daemon and probe_* (secret "daemon"), lectern_console (secret
 * "console"), lectern_exporter ("exporter"), lectern_loader ("loader"): SCRAM with the role
 * password of that secret, search_path pg_catalog,pg_temp, UTC, jit off.
 */
bool connect_as_role(const struct site *site, const char *role, const char *dbname,
                     struct arena *arena, struct pg_address *ret_address, struct error *err);

/* The name of the secret file of a role. */
const char *connect_secret_name(const char *role);

/* A student as from a lab PC: TLS to the room's name, sslmode=verify-full, LDAP password. */
void connect_as_student(const struct site *site, const char *login, const char *password,
                        struct arena *arena, struct pg_address *ret_address);

#endif
