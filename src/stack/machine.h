/*
 * This machine's names and addresses, and what a room's name means for the servers.
 */
#ifndef LECTERN_STACK_MACHINE_H
#define LECTERN_STACK_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/site.h"

struct error;

/* What --room takes: a host name (RFC 1123) or a numeric address that is not loopback. */
bool machine_check_room(const char *room, struct error *err);

/* A numeric address that no interface of this machine has. */
bool machine_is_elsewhere(const char *room);

/* What the servers' certificate must carry: localhost and loopback, this machine's name, and with
 * an open room its name and the machine's addresses. */
const char **machine_names(const struct site *site, struct arena *arena, size_t *ret_n);

/* PostgreSQL's listen_addresses; malloc'd. */
char *machine_listen_addresses(const struct site *site);

/* The numeric addresses that a name has here, joined with ", "; NULL when it has none; malloc'd.
 * `ret_ours`: one of them is an address of this machine.  Asks the resolver: commands only. */
char *machine_resolve(const char *name, bool *ret_ours);

#endif
