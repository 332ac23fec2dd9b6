/*
 * Measure: one student's database, read through the student's own powerless probe login.
 *
 * Two kinds of connection, because a session that ran student code cannot be trusted again: `facts`
 * stays open while the student is active, has prepared statements, reads catalogues and schema
 * lectern, never a relation of the student's; `eval` is opened for a round, reads rows of tables by
 * unnamed statements, and is thrown away; views, functions and the lab's own SQL get further ones.
 * Every round is BEGIN READ ONLY ... ROLLBACK, and every statement has a deadline of ours, past
 * which the socket is closed.
 */
#ifndef LECTERN_PROBE_MEASURE_H
#define LECTERN_PROBE_MEASURE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"
#include "lab/check.h"
#include "lab/score.h"
#include "lab/site.h"

/* The kinds of what a round can come to. */
enum measure_outcome {
    MEASURE_UNCHANGED, /* nothing moved since the last round: its scores hold */
    MEASURE_SCORED,    /* scores, some of which may be unknown: then `reason` says why */
    MEASURE_FAILED,    /* nothing could be read: `reason` */
};

struct measure_result {
    enum measure_outcome outcome;
    const struct score *scores; /* of the check set; valid during the call */
    const char *reason;         /* "locked: table album"; "" when all is known */
    int64_t due_ms;             /* until views are to be evaluated, moved or not; -1: none is */
    bool passing;               /* unknown only because of what may pass by itself, as locks do */
};

struct measure; /* one student's */
typedef void (*measure_done_cb)(const struct measure_result *result, void *data);

/* Views and the like are evaluated at most every so often, in seconds of a class at speed 1. */
#define MEASURE_RESULTS_EVERY_S 30

/* `site` and `checks` are borrowed for the life of the struct, `login` is copied; `speed`: seconds
 * of the class in one of the clock. */
struct measure *measure_new(struct loop *loop, const struct site *site,
                            const struct check_set *checks, const char *login, double speed,
                            measure_done_cb on_done, void *data);
/* Closes everything at once; on_done is not called any more. */
void measure_free(struct measure *measure);

/*
 * Begin a round in the database of this oid: another one that has its name by now is not measured.
 * `eager`: the student did something, so rows may have changed that the statistics do not tell yet.
 * on_done comes from the loop, exactly once.
 */
void measure_start(struct measure *measure, int64_t database_id, bool eager);
/* A round runs, or feedback is being written. */
bool measure_is_busy(const struct measure *measure);

/*
 * Rows of lectern.hands above `known`, as assets/sql/hand_rows.sql gives them, come to `on_rows`
 * early in a round, valid during the call; it returns the last one that is known by then.
 */
typedef int64_t (*measure_hands_cb)(const PGresult *rows, void *data);
void measure_hands(struct measure *measure, measure_hands_cb on_rows, int64_t known);

/* Write the student's mirror of the grid, when the facts connection stands. */
void measure_feedback(struct measure *measure, const char *document);
/* Write how the student's hand stands (`standing`, for assets/sql/hand_standing.sql; NULL: not
 * now), and tell sessions that listen `news` (NULL: nothing).  False when it can't be done now:
 * during a round, or without a facts connection. */
bool measure_tell(struct measure *measure, const char *standing, const char *news);
/* The last telling failed; asking forgets it. */
bool measure_tell_failed(struct measure *measure);

/* Close the facts connection and forget the facts, not what they came to.  Not during a round. */
void measure_rest(struct measure *measure);
/* measure_rest() as soon as the feedback is written, unless a round begins before. */
void measure_leave(struct measure *measure);
/* As measure_rest(), and forget all: the next round measures as the first one did. */
void measure_forget(struct measure *measure);
bool measure_is_connected(const struct measure *measure);

#endif
