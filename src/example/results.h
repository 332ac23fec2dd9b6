/*
 * What the example's views, the calls that the lab names and its own checks give: noted in the
 * checks that derive_checks() made of them.  Blocking: for commands.
 *
 * A view's result is left out, with a note, when it cannot be compared: the view fails or is not
 * populated, is slower than RESULTS_SLOW_MS, gives more than RESULT_ROWS_MAX rows, or gives another
 * result each time or for everybody (it differs when it is asked again, or its text names the time,
 * chance or the user).  An empty result shows nothing and is left out silently.
 */
#ifndef LECTERN_EXAMPLE_RESULTS_H
#define LECTERN_EXAMPLE_RESULTS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "facts/result_query.h"
#include "io/pg.h"
#include "lab/check.h"
#include "lab/fact.h"
#include "lab/lab.h"

struct error;

enum { RESULTS_SLOW_MS = 5000 };

struct results_notes {
    struct arena arena;
    const char **items; /* "view v_now: its result is not compared: it is another one each time" */
    size_t count, capacity;
};

/*
 * `address` (with RESULT_OPTIONS) and `conn` lead to the example's database.  A call that fails and
 * a check of the lab that does not hold in the example itself are errors with FILE:LINE.
 */
bool results_fill(const struct pg_address *address, PGconn *conn, const struct fact_set *facts,
                  const struct lab *lab, struct check_set *checks, struct results_notes *ret_notes,
                  struct error *err);
void results_notes_release(struct results_notes *notes);

#endif
