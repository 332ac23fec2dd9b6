/*
 * One student of the current lab, for what is done to one at a time (logins.c, reset.c).
 */
#ifndef LECTERN_PROVISION_PUPIL_H
#define LECTERN_PROVISION_PUPIL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct strbuf;

struct pupil {
    int lab_id, student_id;
    const char *login, *lab;
    bool is_active;       /* in the roster */
    bool is_query;        /* of a query lab: databases begin with the given tables */
    bool can_login;       /* the role */
    bool has_database;    /* of the student's name, and lectern's */
    bool is_open;         /* which takes connections */
    const char *settings; /* of the database, "name=value" joined by ","; else the lab's others' */
    const char *grantees; /* roles with privileges on it, quoted for SQL; "" when none */
};

/* Look for the student of the current lab; strings are the arena's. */
bool pupil_find(PGconn *conn, const char *lab, const char *login, struct arena *arena,
                struct pupil *ret_pupil, struct error *err);

/* Append an event's INSERT to a script. */
void pupil_add_event(const struct pupil *pupil, const char *kind, const char *actor,
                     const char *text, struct strbuf *sql);

/* End the sessions of a role; *ret_sessions counts them. */
bool pupil_end_sessions(PGconn *conn, const char *role, size_t *ret_sessions, struct error *err);

#endif
