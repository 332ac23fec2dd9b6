/*
 * What the control database knows about the logins of a lab: for hand-outs and for looking after
 * one student.  Passwords are not in it; they are derived (base/secret.h) by the generation.
 */
#ifndef LECTERN_CONTROL_CREDENTIALS_H
#define LECTERN_CONTROL_CREDENTIALS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

struct credential {
    const char *login, *name, *seat, *group;
    unsigned generation;
    bool is_active; /* false: left the roster, the login is closed */
};

struct credentials {
    struct arena arena;
    const char *title;        /* of the lab */
    struct credential *items; /* in the roster's order */
    size_t count;
};

/* Read the lab's logins; ERROR_NOT_FOUND when there is no such lab.  As lectern_console. */
bool credentials_read(PGconn *conn, const char *lab, struct credentials *ret_credentials,
                      struct error *err);
void credentials_release(struct credentials *credentials);
const struct credential *credentials_find(const struct credentials *credentials,
                                          const char *login); /* or NULL */

/* The error of a login that the lab does not have, with the nearest ones as its hint; false. */
bool credentials_not_found(PGconn *conn, const char *lab, const char *login, struct error *err);

#endif
