/*
 * Reading a database's facts.  The queries are constant texts without parameters, so that lecternd
 * can prepare them and the commands can run them at once; the same parser reads both results.
 *
 * They read catalogues only (never a user's relation), do not wait for locks as long as
 * lock_timeout is set, and are to be run on a connection with FACTS_OPTIONS, in a read-only
 * transaction.
 */
#ifndef LECTERN_FACTS_READ_H
#define LECTERN_FACTS_READ_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lab/fact.h"

struct error;

/* Asset names: asset_get(FACTS_SQL)->text. */
#define FACTS_SQL "assets/sql/facts.sql"
/* One row, one text: equal to the last one when nothing was created, changed, filled or dropped.
 * 1-5 ms.  Statistics of a session that stays open lag up to 10 s. */
#define FACTS_FINGERPRINT_SQL "assets/sql/fingerprint.sql"
/* Rows (schema, relation, mark): `mark` differs when rows of that table may have changed.  Real
 * names, as in struct content_query; the same lag. */
#define FACTS_COUNTERS_SQL "assets/sql/counters.sql"

/* Start-up options for every connection that reads facts or measures rows: they beat ALTER DATABASE
 * and ALTER ROLE ... SET, and make equal values equal texts.  Add your own statement_timeout. */
#define FACTS_OPTIONS                                                                              \
    "-c search_path=pg_catalog,pg_temp -c default_transaction_read_only=on -c lock_timeout=200 "   \
    "-c jit=off -c max_parallel_workers_per_gather=0 -c TimeZone=UTC -c DateStyle=ISO,YMD "        \
    "-c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex "                       \
    "-c quote_all_identifiers=off -c standard_conforming_strings=on "                              \
    "-c client_min_messages=error -c local_preload_libraries= "                                    \
    "-c client_connection_check_interval=500"

/* A database with more facts than this is refused ("too many objects"): nobody's homework. */
enum { FACTS_MAX = 20000 };

/* A result of FACTS_SQL; the set is sealed.  An unexpected result is an error. */
bool facts_from_result(const PGresult *result, struct fact_set *ret_facts, struct error *err);
/* The text of a result of FACTS_FINGERPRINT_SQL, borrowed from it. */
const char *facts_fingerprint(const PGresult *result);

/* Blocking, for commands. */
bool facts_read_now(PGconn *conn, struct fact_set *ret_facts, struct error *err);

#endif
