/*
 * Needs: the class's paces and what follows from them, kept while a lab is measured.  Each look at
 * the class goes in; every student's state and why he should be looked after come out, into the
 * measured lab.  What was learnt of the class lasts as long as lecternd measures it.
 */
#ifndef LECTERN_PROBE_NEEDS_H
#define LECTERN_PROBE_NEEDS_H

#include <stdint.h>

#include "control/measured.h"
#include "probe/watch.h"

struct needs;

/* `lab` is borrowed for its life. */
struct needs *needs_new(struct measured_lab *lab);
void needs_free(struct needs *needs);

/* Judge the class; `rows` has the last look at each student. */
void needs_judge(struct needs *needs, const struct watch_row *rows, int64_t now_us);

#endif
