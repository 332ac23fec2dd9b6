/*
 * The statements that evaluate views, calls of functions and the lab's own checks, and what comes
 * of their results.  Everything that judges uses this: lecternd, `apply` and `score`.
 *
 * An evaluation is, on a connection with RESULT_OPTIONS that is thrown away afterwards:
 *   BEGIN READ ONLY; RESULT_SETTINGS_SQL; RESULT_TEXT_SQL (views); result_columns_sql;
 *   result_rows_sql; ROLLBACK
 * each as an unnamed statement; facts/result_run.h does that with a deadline.  The texts hold the
 * student's own names and what the lab calls, nothing of what is expected (the code that runs in
 * them can read current_query()).
 */
#ifndef LECTERN_FACTS_RESULT_QUERY_H
#define LECTERN_FACTS_RESULT_QUERY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "facts/read.h"
#include "lab/check.h"
#include "lab/fact.h"
#include "lab/result.h"

/* Start-up options of a session that runs a student's code. */
#define RESULT_OPTIONS                                                                             \
    FACTS_OPTIONS " -c row_security=off -c idle_in_transaction_session_timeout=20000"

enum { RESULT_DEADLINE_MS = 2000 };

enum result_state {
    RESULT_READY,
    RESULT_MISSING, /* there is no such view or function: its check is at 0 */
    RESULT_LOCKED,
};

struct result_query {
    const struct check *check;
    enum result_state state;
    const char *source;        /* what stands behind FROM; NULL unless ready */
    const char *schema, *view; /* of a plain view; NULL: it is none */
    const char *search_path;   /* pg_catalog, public, further schemas, pg_temp */
    int deadline_ms;
};

struct result_plan {
    struct arena arena;
    struct result_query *queries; /* one per check of kind result, call or extra, in their order */
    size_t count;
};

bool result_is_about(const struct check *check); /* a check of these kinds */

/* `checks` and `facts` must outlive the plan. */
void result_plan_make(const struct check_set *checks, const struct fact_set *facts,
                      struct result_plan *ret_plan);
void result_plan_release(struct result_plan *plan);

/* $1: the search path, $2: the server's own limit in ms.  Both end with the transaction. */
#define RESULT_SETTINGS_SQL                                                                        \
    "SELECT pg_catalog.set_config('search_path', $1, true),"                                       \
    " pg_catalog.set_config('statement_timeout', $2, true)"
/*
 * $1, $2: a view's schema and name; gives a hash of its text.  A view whose text is the example's
 * is right without being asked: whatever it then gives instead comes from the tables and functions
 * that it reads, which have checks of their own, and one mistake is to cost once.
 */
#define RESULT_TEXT_SQL                                                                            \
    "SELECT pg_catalog.md5(pg_catalog.pg_get_viewdef(c.oid)) FROM pg_catalog.pg_class c"           \
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                    \
    " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'v'"
/* Gives no row, but the columns' names and types; malloc'd. */
char *result_columns_sql(const struct result_query *query);
/* The rows as texts, by each type's own output function; malloc'd. */
char *result_rows_sql(const struct result_query *query, const PGresult *columns);

/* What the two results show, its arrays in the arena, its texts the results'. */
void result_read(const PGresult *columns, const PGresult *rows, struct arena *arena,
                 struct result *ret_result);
/* Judge it as the check's kind asks. */
struct score result_score(const struct check *check, const struct result *found);
/* The score of a query that is missing or locked. */
struct score result_score_state(const struct result_query *query);
/* And of one that failed: unknown, with the reason; 0 where a call or an extra check names what is
 * not there.  `message`: the server's; an SQLSTATE of "" is a deadline that has passed. */
struct score result_score_failure(const struct check *check, const char *sqlstate,
                                  const char *message);

#endif
