/*
 * Hands and announcements in the control database: what lecternd writes and reads of them
 * (asynchronous), and what `lectern hands` and `lectern announce` do (blocking, as
 * lectern_console). The rules are functions of the database
 * (assets/sql/migrations/0002_lesson.sql), so that two helpers, or a helper and lecternd, cannot
 * get in each other's way.
 */
#ifndef LECTERN_CONTROL_HANDS_H
#define LECTERN_CONTROL_HANDS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "io/pg.h"

struct error;

/* -- lecternd ---------------------------------------------------------------------------------- */

/* Prepare the statements of the calls below, once per connection: `on_result` is called for each of
 * the CONTROL_HANDS_STATEMENTS. */
enum { CONTROL_HANDS_STATEMENTS = 3 };
void control_hands_prepare(struct pg *pg, pg_result_cb on_result, void *data);

/* Take the calls of students, a JSON array as public.take_hand_calls() takes it, the oldest first.
 * What is known already changes nothing. */
void control_hands_take(struct pg *pg, const char *calls, pg_result_cb on_result, void *data);
/* How the hands of lab `lab_id` stand: a row of assets/sql/daemon_hands.sql for each student who
 * ever said something, in the order of the watch. */
void control_hands_look(struct pg *pg, int lab_id, pg_result_cb on_result, void *data);
/* End what is over, and publish what students' databases show.  One row: announcement_id and text
 * of the latest announcement that holds, NULL when there is none. */
void control_hands_publish(struct pg *pg, pg_result_cb on_result, void *data);

/* -- helpers ----------------------------------------------------------------------------------- */

struct hand_row {
    const char *login, *name, *seat, *message;
    const char *state;   /* "waiting", "claimed", "paused", "resolved" */
    const char *helper;  /* "" when none */
    const char *outcome; /* of a resolved one: "helped", "thanks", "not_found", "withdrawn" */
    const char *note;
    int place;                                  /* 0: none, somebody comes or it is resolved */
    int64_t raised_us, claimed_us, resolved_us; /* 0: not yet */
    int64_t waiting_s;                          /* until now, or until it was resolved */
    int not_found, helped_today;                /* the latter of the student */
};

/* Hands of a lab: those that are up in the order in which to help, then, with `resolved`, those
 * that were resolved today, the latest first.  All in the arena. */
bool control_list_hands(PGconn *conn, struct arena *arena, const char *lab, bool resolved,
                        struct hand_row **ret_rows, size_t *ret_n, struct error *err);

enum hand_act {
    HAND_CLAIM,     /* `who` comes */
    HAND_PAUSE,     /* put off; its place is kept */
    HAND_RESUME,    /* back to the queue */
    HAND_NOT_FOUND, /* somebody came and nobody sat there: put off; the second time it is over */
    HAND_RESOLVE,   /* helped */
    HAND_WITHDRAW,
    HAND_ACTS
};
const char *hand_act_name(enum hand_act act); /* "not-found" */
bool hand_act_parse(const char *name, enum hand_act *ret_act);

/*
 * Do it: `who` is the helper's name, `note` "" or what to keep.  A hand that somebody else claimed
 * first is an ERROR_EXISTS that says who; no hand that is up an ERROR_NOT_FOUND, when lecternd has
 * heard what the student said until now (some seconds at most are waited for it).  `ret_hand` has
 * login, state, helper, outcome afterwards, in the arena.
 */
bool control_act_on_hand(PGconn *conn, struct arena *arena, const char *lab, const char *login,
                         enum hand_act act, const char *who, const char *note,
                         struct hand_row *ret_hand, struct error *err);

/* -- announcements ----------------------------------------------------------------------------- */

enum { ANNOUNCEMENT_MAX = 500 }; /* characters */

struct announcement_row {
    int id;
    const char *text, *actor;
    int64_t made_us, until_us; /* until 0: until it is ended, or the lesson is */
};

/* Those of a lab that hold, the latest first. */
bool control_list_announcements(PGconn *conn, struct arena *arena, const char *lab,
                                struct announcement_row **ret_rows, size_t *ret_n,
                                struct error *err);
/* `until_us` 0: none.  The text is kept disarmed, on one line. */
bool control_announce(PGconn *conn, const char *lab, const char *text, int64_t until_us,
                      const char *who, struct error *err);
/* End all of the lab's; how many that were. */
bool control_end_announcements(PGconn *conn, const char *lab, const char *who, size_t *ret_ended,
                               struct error *err);

#endif
