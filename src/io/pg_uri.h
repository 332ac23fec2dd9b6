/*
 * postgresql:// URIs as people give them to commands: where to connect, and how to show them.
 */
#ifndef LECTERN_IO_PG_URI_H
#define LECTERN_IO_PG_URI_H

#include <stdbool.h>

#include "base/memory.h"
#include "io/pg.h"

struct error;

/*
 * The address that a URI means; what it leaves out is libpq's business (PGUSER, ~/.pgpass ...).  A
 * parameter that an address cannot carry is an error.  Blocking use only: its host may be a name.
 */
bool pg_uri_parse(const char *uri, struct arena *arena, struct pg_address *ret_address,
                  struct error *err);

/* The URI without its passwords, for people; malloc'd. */
char *pg_uri_shown(const char *uri);

#endif
