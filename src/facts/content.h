/*
 * Measuring the rows of tables: how many there are, and a hash of them that does not depend on
 * their order (a bag: duplicates count).  The statements are built from the student's own facts
 * (real names, real types) for the columns of the example, so they never fail on a missing table or
 * column, and contain nothing of what is expected.
 *
 * Per table: run `rows_sql`, and `hash_sql` (which gives both) when the number is the expected one.
 * Run them on a connection that is thrown away afterwards: they touch user relations (row security
 * may call functions).  Unnamed statements only.
 *
 * What a check on content expects: {"n": rows, "h": hash, "cols": [...]}; a column is its name, or,
 * for a foreign key to a surrogate key that is ignored, {"col", "ref", "key", "cols"}: it counts as
 * the row of `ref` that it refers to.  {"by": [...], "mod": k}: only the rows count whose hash over
 * the columns `by` is a multiple of k.
 *
 * The hash is the sum of hashtextextended() over the canonical text of each row: numbers without
 * trailing zeros, floats rounded to 6 digits, char(n) without padding, timestamptz and timetz at
 * UTC, json as jsonb, NULL distinct from '', other types' own output function.  Comparable on one
 * server version only.
 */
#ifndef LECTERN_FACTS_CONTENT_H
#define LECTERN_FACTS_CONTENT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/check.h"
#include "lab/fact.h"
#include "lab/score.h"

struct error;

enum content_state {
    CONTENT_READY,
    CONTENT_MISSING, /* no such table */
    CONTENT_LOCKED,  /* not to be touched now */
};

struct content_query {
    enum content_state state;
    const char *schema;                      /* as in the check */
    const char *relation;                    /* as in the check */
    const char *real_schema, *real_relation; /* in this database; NULL when missing */
    int missing_columns;                     /* of those to compare */
    int64_t expected_rows; /* -1: unknown; equal to the measured rows: hash them, too */
    const char *rows_sql;  /* one row: n; NULL unless ready */
    const char
        *hash_sql; /* one row: n, h; NULL also when columns are missing or none is compared */
};

struct content_plan {
    struct arena arena;
    struct content_query *queries; /* one per table that has a check on rows or content */
    size_t count;
};

void content_plan_make(const struct check_set *checks, const struct fact_set *facts,
                       struct content_plan *ret_plan);
void content_plan_release(struct content_plan *plan);

/* What is known before anything was run: unknown, with "locked" as the reason where it is.  The
 * strings are the query's. */
void content_measure_init(const struct content_query *query, struct table_measure *ret_measure);
/* Results of the two statements.  The hash's text is copied into `arena`. */
bool content_measure_rows(struct table_measure *measure, const PGresult *result, struct error *err);
bool content_measure_hash(struct table_measure *measure, const PGresult *result,
                          struct arena *arena, struct error *err);
/* It could not be measured: `reason` is a constant text ("locked", "timeout", "unreadable"). */
void content_measure_failed(struct table_measure *measure, const char *reason);
/* The reason for an SQLSTATE: 55P03 locked, 57014 timeout, 42501 unreadable, 42P01 gone... */
const char *content_failure(const char *sqlstate);

/* Blocking, for commands: measure all of the plan's tables; `ret_measures` has plan->count items
 * whose strings live in the plan's arena.  `hash_all`: also where the expected number is unknown
 * (the example itself), for tables of up to `max_rows`. */
bool content_measure_now(PGconn *conn, struct content_plan *plan, bool hash_all, int64_t max_rows,
                         struct table_measure *ret_measures, struct error *err);

/* The number and hash of one table, whatever its size. */
bool content_measure_one_now(PGconn *conn, struct content_plan *plan,
                             const struct content_query *query, struct table_measure *measure,
                             struct error *err);

#endif
