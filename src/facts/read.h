/*
 * Reading a database's facts.  The query is one constant text without parameters, so that lecternd
 * can prepare it and the commands can run it at once; the same parser reads both results.
 *
 * It reads catalogues only (never a user's relation), does not wait for locks as long as
 * lock_timeout is set, and is to be run on a connection with FACTS_OPTIONS, in a read-only
 * transaction.
 */
#ifndef LECTERN_FACTS_READ_H
#define LECTERN_FACTS_READ_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lab/fact.h"

struct error;

/* asset_get(FACTS_SQL)->text: the one query, without parameters. */
#define FACTS_SQL "assets/sql/facts.sql"

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

/* Blocking, for commands. */
bool facts_read_now(PGconn *conn, struct fact_set *ret_facts, struct error *err);

#endif
