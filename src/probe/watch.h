/*
 * Watch: what the cluster's statistics say about each student, and what follows from two looks.
 * Pure; the looks are rows of assets/sql/daemon_watch.sql.
 */
#ifndef LECTERN_PROBE_WATCH_H
#define LECTERN_PROBE_WATCH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct strbuf;

enum watch_absence {
    WATCH_PRESENT,
    WATCH_GONE,   /* there is no database of the student's name */
    WATCH_CLOSED, /* there is, but nobody may connect: it is being made or put aside */
    WATCH_ASIDE,  /* it has another name because another lab becomes the current one, and what has
                     the student's name is that lab's */
};

enum { WATCH_NAME_MAX = 63, WATCH_NAMES_MAX = 159 };

/* Who holds the lock that a student waits for. */
struct watch_holder {
    char who[WATCH_NAME_MAX + 1];  /* a login, or what else it is; "": nobody is known */
    bool own;                      /* another session of his own login */
    char from[WATCH_NAME_MAX + 1]; /* its address when it is not the waiting one's; "" */
    int64_t open_us;               /* since when its transaction is open and it does nothing; 0 */
};

struct watch_row {
    int student_id;
    enum watch_absence absence;
    int64_t database_id; /* its oid: a database that was made anew is another one */
    int sessions;        /* the student's own */
    int waiting;         /* of these, for a lock */
    int64_t moved_us;    /* the latest change of state of any session but the probe's; 0: none */
    int64_t active_us;   /* of the student's own; 0: none */
    int64_t began_us;    /* when he logged in last, of the sessions that are there; 0: none */
    int64_t open_us;     /* the oldest transaction that sits idle; 0: none */
    int64_t failed_us;   /* the last error in one that was aborted; 0: none */
    struct watch_holder holder;      /* while he waits */
    char keeps[WATCH_NAMES_MAX + 1]; /* who waits for a lock of his; "": nobody */
    int64_t counters;                /* row changes, catalogues included */
};

/* Why a database may have changed. */
enum {
    WATCH_SESSION = 1,  /* a session did something */
    WATCH_COUNTERS = 2, /* rows or catalogue rows were reported as written */
    WATCH_PLACE = 4,    /* the database came, went, or is another one */
};

void watch_read(const PGresult *result, int row, struct watch_row *ret_row);

/* The holder in words: "another session of this login at 10.0.0.7, transaction open since 10:42".
 */
void watch_add_holder(struct strbuf *out, const struct watch_holder *holder);

/* A transaction that an error aborted is still open: since when, the look before it knows. */
void watch_keep_open(const struct watch_row *before, struct watch_row *now);

/* What moved from one look at a student to the next; 0: nothing. */
unsigned watch_moved(const struct watch_row *before, const struct watch_row *now);

#endif
