/*
 * Why something is unknown: one word of locked, changed (while it was read), timeout,
 * unreadable, failing, gone, closed, unreachable, a colon, and particulars in the lab's own words.
 */
#ifndef LECTERN_PROBE_REASON_H
#define LECTERN_PROBE_REASON_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/check.h"
#include "lab/fact.h"
#include "lab/score.h"

struct error;

/* Of a connection or statement that failed; malloc'd. */
char *reason_of_error(const struct error *err, const char *sqlstate);
/* The word that a reason begins with, a constant. */
const char *reason_word(const char *reason);

/*
 * Of checks that could not be scored: "locked: album, artist"; malloc'd, "" when there is nothing
 * to give.  `ret_passing`: there is, and all of it may pass by itself: locks, changes while it was
 * read.
 */
char *reason_of_unknown(const struct check_set *set, const struct score *scores,
                        const struct fact_set *facts, const struct table_measure *measures,
                        size_t n_measures, bool *ret_passing);

#endif
