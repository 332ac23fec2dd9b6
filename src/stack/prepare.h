/*
 * What must be there before a server starts: directories with their owners, secrets, certificates,
 * PostgreSQL's data and configuration, slapd's database.  Each step is done again at every `up`,
 * and leaves alone what is right.
 */
#ifndef LECTERN_STACK_PREPARE_H
#define LECTERN_STACK_PREPARE_H

#include <stdbool.h>

#include "lab/site.h"
#include "stack/programs.h"

struct error;

/* Directories, secrets, certificates, PostgreSQL, slapd. */
bool prepare_all(const struct site *site, const struct programs *programs, struct error *err);

/* Write PostgreSQL's configuration with at least this many connections (0: as many as it had). */
bool prepare_postgres_configuration(const struct site *site, int connections, bool *ret_changed,
                                    struct error *err);

/* The number of connections that the written configuration has; 0 when there is none. */
int prepare_connections(const struct site *site);

/* Can the system user reach the file or directory?  "" is the caller, who can. */
bool prepare_is_reachable(const char *path, const char *user);

#endif
