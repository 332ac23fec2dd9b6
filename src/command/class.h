/*
 * The logins of a lab and the secret of their initial passwords, for commands about students.
 */
#ifndef LECTERN_COMMAND_CLASS_H
#define LECTERN_COMMAND_CLASS_H

#include "base/secret.h"
#include "control/credentials.h"
#include "lab/site.h"

struct error;

/* Connect to the control database as the console's role; errors say what to do.  The caller ends it
 * with PQfinish(). */
bool class_connect(const struct site *site, PGconn **ret_conn, struct error *err);

/* Read them from the control database, as the console's role. */
bool class_read(const struct site *site, const char *lab, struct credentials *ret_credentials,
                struct error *err);

/* The secret of the lab's initial passwords, for secret_wipe(); ERROR_NOT_FOUND, with this hint,
 * when `lectern handout --burn` deleted it. */
bool class_load_secret(const struct site *site, const char *lab, const char *hint,
                       struct secret *ret_secret, struct error *err);

/* Whether the lab has that login: else an error that names the nearest ones. */
bool class_knows(const struct site *site, const char *lab, const char *login, struct error *err);

/* Whether another lab may become the current one: false, with an error, while somebody is connected
 * in a running lesson of the one that is, whose sessions that would end. */
bool class_may_leave(const struct site *site, const char *for_lab, struct error *err);

#endif
