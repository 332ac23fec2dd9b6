/*
 * Needs: the class's paces and what follows from them, kept while a lab is measured.  Each look at
 * the class goes in; every student's state and why he should be looked after come out, into the
 * measured lab.  All times are the lesson's: its pauses count for nobody.  What was learnt of the
 * class is given as a document that the control database keeps, and taken from it again.
 */
#ifndef LECTERN_PROBE_NEEDS_H
#define LECTERN_PROBE_NEEDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/measured.h"
#include "probe/watch.h"

struct needs;

/* `lab` is borrowed for its life. */
struct needs *needs_new(struct measured_lab *lab);
void needs_free(struct needs *needs);

/* The lesson as lesson_plan_read() takes it; NULL: none.  Another lesson begins with a clean sheet;
 * in one that is ended only hands are needs. */
void needs_lesson(struct needs *needs, const char *text);

/* A student's hand is up since then; 0: no more.  `helped`: how often he was helped so far.  What
 * he asks is private, and a reason stands on the projector: it is not told here. */
void needs_hand(struct needs *needs, size_t student, int64_t since_us, int helped);
/* Somebody was with him: how long he is without progress is counted anew. */
void needs_helped(struct needs *needs, size_t student);

/* Judge the class; `rows` has the last look at each student. */
void needs_judge(struct needs *needs, const struct watch_row *rows, int64_t now_us);

/* An error that a student was told, disarmed; a wrong password of his, and a
 * login behind some. */
void needs_error(struct needs *needs, size_t student, const char *sqlstate, const char *message,
                 int64_t at_us);
void needs_login_failed(struct needs *needs, size_t student, int64_t at_us);
void needs_logged_in(struct needs *needs, size_t student);

/* What the class is stuck on: a row per step (new reference; assets/sql/daemon_record.sql, lacks)
 * each few seconds when that changed; NULL: not now. */
json_t *needs_lacks(struct needs *needs, int64_t now_us);

/* What was learnt (new reference; class_memory.learnt) each half minute when it moved; NULL: not
 * now.  `last`: at once.  It has at most some kilobytes per student. */
json_t *needs_memory(struct needs *needs, int64_t now_us, bool last);

#endif
