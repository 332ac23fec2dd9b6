/*
 * The turn: one lab's class while it is measured.  Takes each look at the class, decides whose
 * database is probed, takes the rounds' results, and gives the document that records them.  Knows
 * nothing of the control connection.
 */
#ifndef LECTERN_PROBE_TURN_H
#define LECTERN_PROBE_TURN_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/measured.h"
#include "io/loop.h"
#include "lab/site.h"

struct turn;

struct turn_options {
    int probes;      /* rounds at a time */
    int connections; /* facts connections kept open, at most */
    /* A round brought something to record; may come at any time from the loop. */
    void (*on_news)(void *data);
    /* Students said something (turn_calls()); likewise. */
    void (*on_calls)(void *data);
    void *data;
};

/* Owns `lab` from now on. */
struct turn *turn_new(struct loop *loop, const struct site *site,
                      const struct turn_options *options, struct measured_lab *lab);
/* Ends all rounds at once and closes every connection to students' databases. */
void turn_free(struct turn *turn);

const struct measured_lab *turn_lab(const struct turn *turn);

/* A look at the class at `now_us` of the server's clock.  False when its students are not the
 * lab's: an apply came in between, the lab is to be loaded again. */
bool turn_watched(struct turn *turn, const PGresult *result, int64_t now_us);

/*
 * The lesson that has ended and has no results yet (0: none): everybody is measured once more.
 * Whether that is done, or has taken too long: once the turn is recorded, its results can be.
 */
void turn_ended(struct turn *turn, int lesson_id, int64_t ended_us);
bool turn_results_are_due(const struct turn *turn);

/* The server's log has an error of the student's that may be a call for help. */
void turn_heard(struct turn *turn, size_t student, const char *sqlstate, const char *text,
                int64_t at_us);
/* What students said: a JSON array for control_hands_take(); new reference, NULL: nothing. */
json_t *turn_calls(struct turn *turn);
/* How the queue of hands stands: rows of assets/sql/daemon_hands.sql.  Students are told. */
void turn_hands(struct turn *turn, const PGresult *result);
/* The announcement that holds, 0: none.  A new one is told to those who are logged in. */
void turn_announced(struct turn *turn, int announcement_id, const char *text);

/* Whether there is more to record than the heartbeat; the document, which then counts as recorded
 * (malloc'd); `last`: with what is to be known of the class after a restart. */
bool turn_is_due(const struct turn *turn);
char *turn_document(struct turn *turn, bool last);

/* The lesson, as lesson_plan_read() takes it; before each look. */
void turn_lesson(struct turn *turn, const char *text);

/* What the server's log says of a student (src/probe/listen): an error, a wrong password, a
 * login that was good after some. */
void turn_error(struct turn *turn, size_t student, const char *sqlstate, const char *message,
                int64_t at_us);
void turn_login_failed(struct turn *turn, size_t student, int64_t at_us);
void turn_logged_in(struct turn *turn, size_t student, int64_t at_us);
/* When he logged in last, by the last look at the sessions that are there; 0: none is. */
int64_t turn_logged_in_us(const struct turn *turn, size_t student);

/* Whose database's size should be asked for next: an index, or -1; and the answer. */
int turn_next_size(struct turn *turn);
void turn_sized(struct turn *turn, int student, int64_t bytes);

#endif
