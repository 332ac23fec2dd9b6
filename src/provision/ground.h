/*
 * The parts of the ground (provision.h: provision_ground), and what the lab's objects share with
 * it.
 */
#ifndef LECTERN_PROVISION_GROUND_H
#define LECTERN_PROVISION_GROUND_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab/site.h"
#include "provision/provision.h"

struct error;

#define PROVISION_MARK     "lectern: " /* how the comment of each of our roles begins */
#define PROVISION_OWNER    "lectern_owner"
#define PROVISION_TEMPLATE "lectern_template"

/* Brings lectern's own roles to the wanted state and adds to *changed what it had to change. */
bool ground_roles(const struct site *site, PGconn *conn, size_t *changed, struct error *err);

/* The exporters' and Prometheus' files; with `write` false only tells which differ. */
bool ground_files(const struct site *site, bool write, struct provision_changes *ret_changes,
                  struct error *err);

/* Connect as administrator. */
bool ground_connect(const struct site *site, const char *dbname, PGconn **ret_conn,
                    struct error *err);

#endif
