/*
 * Feedback: what a student is told of the judgement in his own psql, as the lab's setting says.
 * Pure.
 */
#ifndef LECTERN_PROBE_FEEDBACK_H
#define LECTERN_PROBE_FEEDBACK_H

#include <stddef.h>

#include "control/measured.h"

/*
 * The student's mirror of the grid: malloc'd JSON for assets/sql/feedback.sql.  A row per step with
 * how many of its checks are met; from "checks" on a row per check that names the object it is
 * about ("column film.title", "index of film"), with "verdicts" also what was found there.  Never
 * what is expected: neither titles of checks nor the keys of constraints and indexes.
 */
char *feedback_document(const struct measured_lab *lab, size_t student);

#endif
