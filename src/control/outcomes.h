/*
 * Reading what came of a lesson (lab/outcome.h) from the control database.  As lectern_console, in
 * one snapshot.  Blocking.
 */
#ifndef LECTERN_CONTROL_OUTCOMES_H
#define LECTERN_CONTROL_OUTCOMES_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "lab/outcome.h"

struct error;

/* Of the lab's lesson of that number; 0: of the last one, or of all time where there was none. */
bool outcomes_read(PGconn *conn, const char *lab, int number, struct outcome *ret_outcome,
                   struct error *err);

#endif
