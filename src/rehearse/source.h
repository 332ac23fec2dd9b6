/*
 * What the robots type: the example's own dump, split into statements whose order was proved by
 * running them in a database made for it, as a role without privileges.  Blocking: for commands.
 */
#ifndef LECTERN_REHEARSE_SOURCE_H
#define LECTERN_REHEARSE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "facts/split.h"
#include "io/pg.h"

struct error;

struct robot_source {
    struct split split;      /* in the order that was proved */
    size_t left_out;         /* statements that failed in every pass */
    const char *first_fault; /* the server's words for the first of them; NULL: none.  In the
                                split's arena. */
};

/* `loader`: lectern_loader with the example's database; `admin` makes and drops the scratch
 * database.  `steps`: the lab's, in the order of its task sheet, which a class follows. */
bool robot_source_read(const struct pg_address *admin, const struct pg_address *loader,
                       const char *const steps[], size_t n_steps, struct robot_source *ret_source,
                       struct error *err);

void robot_source_release(struct robot_source *source);

#endif
