/*
 * Scratch databases: made for a moment to hold an example or a homework, each with a role of its
 * own that owns nothing else, so that what one dump does to its login (a new password, settings)
 * touches no other.  Named lectern_scratch_<run>_<n>, database and role alike.  Blocking: for
 * commands.
 *
 * Whoever makes some keeps a session open under the name scratch_session_name(): as long as it
 * stands nobody sweeps the run's databases away.
 */
#ifndef LECTERN_EXAMPLE_SCRATCH_H
#define LECTERN_EXAMPLE_SCRATCH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/secret.h"
#include "facts/load.h"
#include "facts/script.h"
#include "io/pg.h"

struct error;

enum { SCRATCH_RUN_SIZE = 17, SCRATCH_NAME_SIZE = 64 };

/* Roles in it may log in on lectern's own servers (pg_hba.conf). */
#define SCRATCH_GROUP "lectern_scratch"

struct scratch_run {
    struct pg_address admin;     /* with its database; may make databases and roles */
    char name[SCRATCH_RUN_SIZE]; /* 16 hex digits */
    struct secret secret;        /* of its roles' passwords */
    unsigned count;              /* databases made so far */
};

struct scratch {
    char name[SCRATCH_NAME_SIZE];
    char password[SECRET_ROLE_PASSWORD_SIZE];
    struct pg_address login; /* points into this struct and the run */
};

/* A new run of random name. */
bool scratch_run_init(struct scratch_run *run, const struct pg_address *admin, struct error *err);
/* The application_name of the session that guards the run. */
char *scratch_session_name(const struct scratch_run *run);

/* An empty database; what it cost is given back by scratch_drop(). */
bool scratch_make(struct scratch_run *run, PGconn *admin, struct scratch *ret_scratch,
                  struct error *err);
bool scratch_drop(PGconn *admin, const char *name, struct error *err);

/* Drop all that a run left. */
bool scratch_drop_run(PGconn *admin, const struct scratch_run *run, struct error *err);
/* Drop what runs left that nobody guards any more. */
bool scratch_sweep(PGconn *admin, struct error *err);

#endif
