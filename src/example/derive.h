/*
 * From an example's facts to steps and checks.  Pure.
 *
 * Steps: "types" (enums, domains, ...), "table X" (the table, its columns, keys, constraints,
 * indexes, rows) in the order of foreign keys, "view X" in the order of views on views, "function
 * X", "triggers".  Each check's id is a stable hash of kind, relation and name.
 *
 * The lab file's say:
 * - leave_out: globs (fnmatch) over "film", "film.title", and over the kind and the name, "index
 *   film", "trigger *", "view v_*".  A foreign key to a table that is left out is left out, too.
 * - steps: title, hint, weight, skip.  Listed steps stand in the order of the list, in the places
 *   that listed steps have; the others stay where they are.
 * - content: compare, max_rows, beyond, volatile columns.  Columns whose default is a time, a
 * random number or a uuid are left out of content on their own.
 * - ignore_keys: surrogate keys are not compared; a foreign key (of one column) to one counts as
 * the row it refers to, that row's own references one level deeper likewise, and nothing beyond.
 * - compare: the rules that differ from the default are noted in what each check expects; comments
 *   are checks unless ignored.  weights: per kind, and per kind within a step.
 */
#ifndef LECTERN_EXAMPLE_DERIVE_H
#define LECTERN_EXAMPLE_DERIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/check.h"
#include "lab/fact.h"
#include "lab/lab.h"
#include "lab/score.h"

struct error;

/* What has to be measured of the example: checks "rows" and "content" only, the number unknown.
 * For content_plan_make(). */
void derive_measures(const struct fact_set *facts, const struct lab *lab,
                     struct check_set *ret_checks);

/* For a table beyond content.max_rows whose number of rows is measured: that only a sample of it is
 * compared, if the lab wants that. */
void derive_sample(struct check_set *checks, const struct lab *lab,
                   const struct table_measure *measure);

/* The whole.  A step in the lab file that does not follow from the example is an error with its
 * line and the steps that there are.  An example without any check is an error. */
bool derive_checks(const struct fact_set *facts, const struct table_measure *measures,
                   size_t n_measures, const struct lab *lab, struct check_set *ret_checks,
                   struct error *err);

#endif
