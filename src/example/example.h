/*
 * A lab's example on the server: the database lectern_example_<lab>, loaded by lectern_loader, and
 * the checks that follow from it.  Blocking: for commands.
 */
#ifndef LECTERN_EXAMPLE_EXAMPLE_H
#define LECTERN_EXAMPLE_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "example/results.h"
#include "facts/load.h"
#include "io/pg.h"
#include "lab/check.h"
#include "lab/lab.h"

struct error;

enum { EXAMPLE_DATABASE_SIZE = 64 };

#define EXAMPLE_OWNER  "lectern_owner"
#define EXAMPLE_LOADER "lectern_loader"

struct example_place {
    struct pg_address admin;  /* the administrator; the database's name is ours to choose */
    struct pg_address loader; /* lectern_loader; likewise */
};

struct example_report {
    bool loaded;             /* false: the database was there with the same text loaded */
    struct load_report load; /* empty unless loaded */
    struct results_notes notes;
};

void example_database_name(const char *lab, char ret_name[EXAMPLE_DATABASE_SIZE]);

/*
 * Load the example unless it is loaded already (its text's digest is kept in the comment on its
 * database), read it and derive the checks.  The roles exist.  A database of that name that
 * lectern_owner does not own is refused.  Statements that failed and matter are an error that lists
 * them with FILE:LINE; the rest is in the report.
 */
bool example_read(const struct example_place *place, const struct lab *lab,
                  struct check_set *ret_checks, struct example_report *ret_report,
                  struct error *err);
void example_report_release(struct example_report *report);

/* The checks that follow from the example that is loaded in database `name`, read as `reader`, and
 * notes about what is not compared; these are to be released, also after an error. */
bool example_checks(const struct pg_address *reader, const char *name, const struct lab *lab,
                    struct check_set *ret_checks, struct results_notes *ret_notes,
                    struct error *err);
/* The failures of a load that matter, as an error with FILE:LINE; false. */
bool example_report_failures(const char *file, const struct load_report *report, struct error *err);

/* Drop its database, sessions and all; fine when there is none. */
bool example_drop(const struct example_place *place, const char *lab, struct error *err);

#endif
