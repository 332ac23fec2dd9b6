/*
 * Running evaluations one after the other, each in a transaction of its own and with a deadline
 * that the code in it cannot extend: past it the socket is closed, and the next evaluation gets
 * another connection.  The last connection is closed in the end, too.
 */
#ifndef LECTERN_FACTS_RESULT_RUN_H
#define LECTERN_FACTS_RESULT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts/result_query.h"
#include "io/loop.h"
#include "io/pg.h"

struct error;

struct result_job {
    const struct result_query *query; /* borrowed for the run */
    json_t *note;       /* the example's: its result is noted here instead of being judged */
    bool by_rows;       /* by its rows, also when a view's text is the example's */
    struct score score; /* the caller frees the verdict; value is NAN when `note` was filled */
    bool done;          /* false: no time was left for it */
    bool noted;
    bool begun; /* it could be analysed: code may have been run */
    int64_t took_ms;
};

struct result_run;
typedef void (*result_run_cb)(void *data);

/*
 * Run the jobs; `address` (whose strings are borrowed) carries RESULT_OPTIONS.  No job is begun
 * when `budget_ms` have passed.  `on_done` comes from the loop, once, then the run is gone.
 */
struct result_run *result_run_start(struct loop *loop, const struct pg_address *address,
                                    struct result_job *jobs, size_t n, int64_t budget_ms,
                                    result_run_cb on_done, void *data);
/* Close everything at once; on_done is not called.  NULL is fine. */
void result_run_cancel(struct result_run *run);

/* Blocking, for commands: on a loop of its own. */
void result_run_now(const struct pg_address *address, struct result_job *jobs, size_t n,
                    int64_t budget_ms);

/*
 * Blocking, for commands: evaluate all checks on results, calls and extra SQL of a database whose
 * facts these are, and put what they come to into `scores` (of the whole set, as score_checks()
 * left them; verdicts there are replaced).
 */
void result_scores_now(const struct pg_address *address, const struct check_set *checks,
                       const struct fact_set *facts, int64_t budget_ms, struct score *scores);

#endif
