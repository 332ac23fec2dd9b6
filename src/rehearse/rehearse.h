/*
 * The rehearsal: robots that play a class, each a real session of a student: LDAP login over TLS,
 * statements typed at a person's pace, mistakes and all.
 *
 *     struct rehearsal_spec spec = {...};
 *     struct rehearsal *r = rehearsal_start(&loop, &spec);
 *     loop_run(&loop);            -- until all scripts are over, or rehearsal_stop()
 *     rehearsal_free(r);
 */
#ifndef LECTERN_REHEARSE_REHEARSE_H
#define LECTERN_REHEARSE_REHEARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts/split.h"
#include "io/loop.h"
#include "io/pg.h"
#include "rehearse/script.h"

enum robot_event_kind {
    ROBOT_LOGIN,   /* the session stands */
    ROBOT_REFUSED, /* the login was refused; it tries again a few times */
    ROBOT_LOST,    /* no connection, or it broke; it reconnects with back-off */
    ROBOT_DID,     /* a statement went well */
    ROBOT_ERROR,   /* the server answered with an error, as it should to a typo */
    ROBOT_THERE,   /* what it wanted to make was there already */
    ROBOT_DONE,    /* its script is over; it stays, idle */
    ROBOT_GONE,    /* its login was refused too often: it gave up */
};

struct robot_event {
    enum robot_event_kind kind;
    double at_s; /* since the start, in real seconds */
    const char *login;
    enum profile profile;
    enum move_kind move;
    const char *step; /* "" when it belongs to none */
    const char *text; /* the statement or the error; "" when none; a student's words */
};
typedef void (*robot_event_cb)(const struct robot_event *event, void *data);

/*
 * What is true of a robot, told before it does what anybody could see of it.  Times are seconds of
 * the class since the start.  A robot whose clock was put back meanwhile (it does not catch up)
 * tells the same need once more when it ends: the last word holds.
 */
struct robot_truth {
    const char *login;
    enum profile profile;
    size_t number;                 /* of this robot's needs, from 1 */
    const struct robot_need *need; /* NULL: who it is, told of everybody at the start */
};
typedef void (*robot_truth_cb)(const struct robot_truth *truth, void *data);

/* "login", "refused", "lost", "did", "error", "there", "done", "gone". */
const char *robot_event_name(enum robot_event_kind kind);

struct robot_spec {
    struct pg_address address; /* as from a lab PC; borrowed */
    const char *login;
};

struct rehearsal_spec {
    const struct robot_spec *robots;
    size_t n_robots;
    const struct split *split; /* borrowed until rehearsal_free() */
    uint64_t seed;
    const enum profile *profiles; /* of each robot */
    double lesson_s;              /* how long the lesson is, in the class's time */
    double speed;                 /* the class's seconds per real second; > 0 */
    int64_t duration_ms;          /* then all go home; 0: when the last script is over */
    robot_event_cb on_event;
    robot_truth_cb on_truth; /* NULL: nobody wants to know */
    void *data;
};

struct rehearsal;
struct rehearsal *rehearsal_start(struct loop *loop, const struct rehearsal_spec *spec);
/* Everybody goes home at once: sessions are ended, nothing is left on the loop. */
void rehearsal_stop(struct rehearsal *rehearsal);

struct rehearsal_sums {
    size_t robots, came, finished, gave_up;
    size_t statements, errors, lost;
};
struct rehearsal_sums rehearsal_sum(const struct rehearsal *rehearsal);
void rehearsal_free(struct rehearsal *rehearsal); /* after the loop ended */

#endif
