/*
 * A place where commands load dumps for a moment: the server named by the user, or the embedded one
 * when it runs, or else one that is thrown away afterwards.
 *
 * The work runs in a child process; its parent keeps watch, and gives back whatever was made when
 * the work ends, fails, crashes, or is broken off by a signal.
 */
#ifndef LECTERN_COMMAND_WORKSHOP_H
#define LECTERN_COMMAND_WORKSHOP_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "example/scratch.h"
#include "facts/load.h"
#include "lab/check.h"
#include "lab/lab.h"

struct error;

struct workshop {
    struct scratch_run run;
    PGconn *admin; /* the work's own */
};

/* Returns an exit status.  Runs in a process of its own: what it leaves behind is cleaned up. */
typedef int (*workshop_fn)(struct workshop *shop, void *data);

/*
 * Run `work`; `server` is a URI whose login may make roles and databases, or NULL.  False: it was
 * never begun, or broken off (ERROR_INTERRUPTED).
 */
bool workshop_run(const char *server, workshop_fn work, void *data, int *ret_status,
                  struct error *err);

/* -- for the work ------------------------------------------------------------------------------ */

struct workshop_example {
    struct check_set checks;
    struct load_report load;
    int64_t rows;  /* of all its tables */
    double load_s; /* seconds */
    double derive_s;
};

/* Load an example and derive its checks.  What failed and matters is an error. */
bool workshop_example(struct workshop *shop, const struct lab *lab,
                      struct workshop_example *ret_example, struct error *err);
void workshop_example_release(struct workshop_example *example);

/* A new database with the dump loaded; the caller drops it with workshop_drop(). */
bool workshop_load(struct workshop *shop, const char *source, bool is_uri, int64_t timeout_ms,
                   struct scratch *ret_scratch, struct load_report *ret_report, struct error *err);
void workshop_drop(struct workshop *shop, const struct scratch *scratch);

/*
 * The lab that says how to compare: `lab` is a lab file's path or a lab's name, NULL for lectern's
 * defaults; its example is replaced by `example` unless that is NULL.
 */
bool workshop_lab(const char *lab, const char *example, struct lab *ret_lab, struct error *err);

#endif
