/*
 * Which object of a student's database a check means.  The schema does not matter, unless the
 * example itself has the same name in several; the example's own schema is preferred, then public.
 * Pure.
 */
#ifndef LECTERN_LAB_MATCH_H
#define LECTERN_LAB_MATCH_H

#include <stddef.h>

#include "lab/check.h"
#include "lab/fact.h"

/* The index of the first fact of that kind and relation in the sealed set; *ret_end is the index
 * behind the last. */
size_t match_range(const struct fact_set *facts, enum fact_kind kind, const char *relation,
                   size_t *ret_end);

/* The relation (kind FACT_TABLE, FACT_VIEW or FACT_MATVIEW), type or function of that name, or
 * NULL.  `checks` may be NULL: then no home is another check's. */
const struct fact *match_home(const struct fact_set *facts, const struct check_set *checks,
                              enum fact_kind kind, const char *schema, const char *relation);

/* The fact of that name in that schema, or NULL. */
const struct fact *match_fact(const struct fact_set *facts, enum fact_kind kind, const char *schema,
                              const char *relation, const char *name);

#endif
