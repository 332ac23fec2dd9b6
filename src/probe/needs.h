/*
 * Needs: the class's paces and what follows from them, kept while a lab is measured.  Each look at
 * the class goes in; every student's state and why he should be looked after come out, into the
 * measured lab.  What was learnt of the class lasts as long as lecternd measures it.
 */
#ifndef LECTERN_PROBE_NEEDS_H
#define LECTERN_PROBE_NEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "control/measured.h"
#include "probe/watch.h"

struct needs;

/* `lab` is borrowed for its life. */
struct needs *needs_new(struct measured_lab *lab);
void needs_free(struct needs *needs);

/* A student's hand is up since then; 0: no more.  `text`: what he asks, copied; "" when nothing.
 * `helped`: how often he was helped so far. */
void needs_hand(struct needs *needs, size_t student, int64_t since_us, const char *text,
                int helped);
/* Somebody was with him: how long he is without progress is counted anew. */
void needs_helped(struct needs *needs, size_t student);

/* Judge the class; `rows` has the last look at each student. */
void needs_judge(struct needs *needs, const struct watch_row *rows, int64_t now_us);

/* An error that a student was told, disarmed; a wrong password of his. */
void needs_error(struct needs *needs, size_t student, const char *sqlstate, const char *message,
                 int64_t at_us);
void needs_login_failed(struct needs *needs, size_t student, int64_t at_us);

#endif
