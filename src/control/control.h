/*
 * The control database: its migrations, and loading a lab from it.  All SQL on it is in this
 * folder.
 */
#ifndef LECTERN_CONTROL_CONTROL_H
#define LECTERN_CONTROL_CONTROL_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/memory.h"
#include "lab/check.h"

struct error;

/*
 * Bring the database to this program's newest migration, each in a transaction of its own
 * (assets/sql/migrations/NNNN_name.sql), recorded in schema_migrations.  A newer schema is refused.
 * Connect as the administrator.  `ret_changed`: something was applied.
 */
bool control_migrate(PGconn *conn, bool *ret_changed, struct error *err);

#endif
