/*
 * Where the servers' programs are, and which Debian package has one that is missing.
 */
#ifndef LECTERN_STACK_PROGRAMS_H
#define LECTERN_STACK_PROGRAMS_H

#include <stdbool.h>

struct error;

enum { PROGRAMS_POSTGRES_OLDEST = 15, PROGRAMS_POSTGRES_NEWEST = 18 };

struct programs {
    char *runsvdir, *svlogd, *setpriv;
    char *slapd, *slapadd;
    char *initdb, *postgres;
    char *exporter, *prometheus;
    int postgres_version; /* the major one */
};

/*
 * Find all of them.  PostgreSQL is of the version that STATE/postgres was made with, or the newest
 * that is installed.  The error names every missing package at once.
 */
bool programs_find(const char *state, struct programs *ret_programs, struct error *err);
void programs_release(struct programs *programs);

#endif
