/*
 * The containers' volumes: what the one-shot service `setup` of docker-compose.yml makes in them
 * before anything else starts, so that a fresh clone needs no prepared file.
 *
 *     ROOT/state          the state directory: site.yaml, secrets, CA, labs (lectern, and the host)
 *     ROOT/for/SERVICE    what that service reads, and nothing else: configuration, its own secret
 *     ROOT/data/SERVICE   the service's data
 *     ROOT/run            PostgreSQL's socket
 *
 * It runs without root and without capabilities: a service gets at its files by their group, which
 * setup is a member of.  Each step is done again at every start, and leaves alone what is right.
 */
#ifndef LECTERN_STACK_VOLUMES_H
#define LECTERN_STACK_VOLUMES_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

enum { VOLUMES_LAYOUT = 1 }; /* a program refuses the volumes of a newer one */

/* Where PostgreSQL's socket is, and the ports, within the containers. */
#define VOLUMES_ROOT "/lectern"
enum {
    VOLUMES_POSTGRES_PORT = 5432,
    VOLUMES_LDAP_PORT = 1389,
    VOLUMES_LDAPS_PORT = 1636,
    VOLUMES_PROMETHEUS_PORT = 9090,
    VOLUMES_EXPORTER_PORT = 9237,
};

struct volumes_options {
    const char *root;        /* VOLUMES_ROOT, but in tests */
    bool keep_groups;        /* files stay with the caller's group: tests that are in no other */
    const char *bind;        /* address that PostgreSQL and ldaps are published on, "127.0.0.1" */
    const char *room;        /* name or address for the room; "": the bind address */
    int pg_port, ldaps_port; /* as published */
    int connections;         /* that PostgreSQL takes */
};

/* Make it so.  ERROR_EXISTS when a volume stems from another installation or a newer program. */
bool volumes_prepare(const struct volumes_options *options, struct error *err);

#endif
