/*
 * Hands: what the students of a class said, from the rows of their databases and from statements
 * in open transactions, and what each is to be told of the queue.  Kept while a lab is measured;
 * the truth is in the control database (control/hands.h), which takes no call twice.  Pure.
 */
#ifndef LECTERN_PROBE_HANDS_H
#define LECTERN_PROBE_HANDS_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/measured.h"

struct hands;

/* Of a student, by the last look. */
struct hand_standing {
    bool is_up;
    int64_t raised_us;
    const char *message; /* "" when none */
    int helped;          /* times today */
};

/* `lab` is borrowed for its life. */
struct hands *hands_new(const struct measured_lab *lab);
void hands_free(struct hands *hands);

/* The calls that came and were not taken away yet, a JSON array for control_hands_take(); new
 * reference, NULL when there is none. */
json_t *hands_take_calls(struct hands *hands);

/* A statement of the student's in an open or failed transaction that began at `at_us`; NULL: there
 * is none.  True when it is a call that is not known yet. */
bool hands_seen(struct hands *hands, size_t student, const char *query, int64_t at_us);

/* The same of an error that the server's log tells of, `at_us` by its clock: in a failed
 * transaction a call is not run (25P02), and a script may be far beyond it at the next look. */
bool hands_heard(struct hands *hands, size_t student, const char *sqlstate, const char *text,
                 int64_t at_us);

/* The last row of lectern.hands that is known, in the database of this oid. */
int64_t hands_known_row(const struct hands *hands, size_t student, int64_t database_id);
/* Rows of assets/sql/hand_rows.sql from there.  True when there are calls among them. */
bool hands_rows(struct hands *hands, size_t student, int64_t database_id, const PGresult *rows);

/* How the queue stands: rows of assets/sql/daemon_hands.sql.  `on_change` is called for each
 * student of whom something changed. */
void hands_look(struct hands *hands, const PGresult *rows,
                void (*on_change)(size_t student, const struct hand_standing *before,
                                  const struct hand_standing *now, void *data),
                void *data);
/* What the student's database should say: the document for assets/sql/hand_standing.sql; NULL when
 * he never said anything. */
const char *hands_document(const struct hands *hands, size_t student);

#endif
