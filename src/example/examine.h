/*
 * Examining one database: what it is worth against an example's checks.  The same steps as
 * lecternd's: facts, rows and content, then scores.  Blocking: for commands.
 */
#ifndef LECTERN_EXAMPLE_EXAMINE_H
#define LECTERN_EXAMPLE_EXAMINE_H

#include <stdbool.h>
#include <stddef.h>

#include "facts/load.h"
#include "io/pg.h"
#include "lab/check.h"
#include "lab/lab.h"
#include "lab/score.h"

struct error;

struct examination {
    struct score *scores; /* one per check */
    double *steps;        /* one per step; NAN: unknown */
    double progress;      /* NAN: unknown */
    bool privileged;      /* the login is a superuser or holds pg_* roles */
    double ms;            /* for the whole, without connecting */
};

/*
 * Examine the database at `address` (its `options` are ours).  A login that is a superuser or holds
 * one of PostgreSQL's pg_* roles would lend its rights to what a student wrote: then views,
 * functions and extra SQL are not run and stay unknown, unless `trust`.
 */
bool examine_database(const struct pg_address *address, const struct check_set *checks, bool trust,
                      struct examination *ret_examination, struct error *err);
void examination_release(struct examination *examination, size_t n_checks);

/* The checks that follow from the example that is loaded at `address`. */
bool examine_example(const struct pg_address *address, const struct lab *lab,
                     struct check_set *ret_checks, struct error *err);

/* Read a dump, an archive or, with `is_uri`, a live database, and load it there.  Statements that
 * fail are in the report; nothing at all that could be loaded is an error, too. */
bool examine_load(const char *source, bool is_uri, const struct load_options *options,
                  struct load_report *ret_report, struct error *err);

#endif
