/*
 * Looking: what of a lab is there already, in the control database, PostgreSQL, LDAP and files.
 */
#ifndef LECTERN_PROVISION_LOOK_H
#define LECTERN_PROVISION_LOOK_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "io/ldap.h"
#include "lab/site.h"
#include "provision/plan.h"

struct error;

/* How our entries are marked (attribute description), and what a disabled one has in
 * pwdAccountLockedTime: locked until an administrator unlocks it. */
#define LOOK_ENTRY_MARK "made by lectern"
#define LOOK_LOCKED     "000001010000Z"

/* `conn`: the control database, or with `control` false another of the server's (then there is no
 * lab yet). */
bool look(const struct site *site, PGconn *conn, bool control, const struct lab *lab,
          const struct roster *roster, struct found *ret_found, struct error *err);

/* LDAP as the administrator. */
bool look_connect_ldap(const struct site *site, struct ldap_connection **ret_ldap,
                       struct error *err);
/* "uid=LOGIN,ou=people,..."; malloc'd. */
char *look_entry_dn(const struct site *site, const char *login);

#endif
