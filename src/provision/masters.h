/*
 * Lab masters: accounts in the directory that are nobody's student, members of the group "masters".
 * Grafana lets them in as administrators (config/grafana/ldap.toml); they get no role in Postgres.
 */
#ifndef LECTERN_PROVISION_MASTERS_H
#define LECTERN_PROVISION_MASTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/secret.h"
#include "lab/site.h"

struct error;

#define MASTER_MARK "made by lectern: a master" /* description of their entries */

struct master {
    const char *login, *name;
};

/* In the arena, in the directory's order. */
bool masters_list(const struct site *site, struct arena *arena, struct master **ret_masters,
                  size_t *ret_n, struct error *err);

/* Make the account and put it into the group.  A new one's password is told here and nowhere else;
 * "" when there was the account already.  A login that somebody else has is refused. */
bool masters_add(const struct site *site, const char *login, const char *name, const char *email,
                 char ret_password[SECRET_PASSWORD_SIZE], struct error *err);
bool masters_remove(const struct site *site, const char *login, struct error *err);

#endif
