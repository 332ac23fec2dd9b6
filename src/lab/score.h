/*
 * Scoring: a pure function  facts x checks -> scores.  Equal is what means the same: names of
 * constraints, column order, identifier case and schema do not count; families of types, a missing
 * NOT NULL, another ON DELETE or default give partial credit.  The lab's rules change that
 * (lab/rules.h); lectern-lab(5) has the whole list.
 *
 * Checks on results, calls and the lab's own SQL are not facts: they stay unknown here.
 */
#ifndef LECTERN_LAB_SCORE_H
#define LECTERN_LAB_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/check.h"
#include "lab/fact.h"

/* What was measured of one table's rows (for the checks "rows" and "content"). */
struct table_measure {
    const char *relation; /* as in the check */
    const char *schema;   /* as in the check; NULL: any */
    bool known;           /* false: `reason` says why ("locked", "timeout", "unreadable") */
    const char *reason;
    int64_t rows;
    const char *hash;    /* NULL: not computed, because the number of rows differs */
    int missing_columns; /* of the example's; > 0: no hash */
};

struct score {
    double value;  /* 0..1; NAN: unknown */
    char *verdict; /* malloc'd words for people; NULL at 1 */
};

/* A verdict is "film.title: varchar(50), may be null; expected text, not null": the object, what
 * was found, and where that helps what was expected. */
#define SCORE_EXPECTED "; expected "
/* Length of the verdict without what was expected: what students may see. */
size_t score_verdict_found(const char *verdict);
/* Whether it only repeats `before`, that the whole table or view is missing; lists leave it out. */
bool score_verdict_repeats(const char *before, const char *verdict);

/*
 * Score every check of the set: `ret_scores` is an array of set->n_checks structs which the caller
 * provides zeroed and releases with scores_release().  A relation that is locked makes its checks
 * unknown.  A table without a measure scores 0 when the table is missing and unknown otherwise.
 */
void score_checks(const struct check_set *set, const struct fact_set *facts,
                  const struct table_measure *measures, size_t n_measures,
                  struct score *ret_scores);
void scores_release(struct score *scores, size_t n);

/* Weighted mean over the known checks of a step; NAN when none is known. */
double score_step(const struct check_set *set, const struct score *scores, size_t step);
/* Weighted mean over the known steps; NAN when none is known. */
double score_progress(const struct check_set *set, const double *step_scores);

#endif
