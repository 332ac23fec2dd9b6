/*
 * Archives of databases: pg_dump's custom format, written beside, read back by pg_restore --list,
 * and only then under its name.  Several at a time; blocking.
 */
#ifndef LECTERN_PROVISION_ARCHIVE_H
#define LECTERN_PROVISION_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/site.h"

struct error;

struct archive_item {
    const char *database; /* NULL: nothing to archive */
    const char *name;     /* of the file: NAME.dump, mode 0600 */
    char *error;          /* out: why it could not be archived, malloc'd; NULL when it was */
};

/* False when none of it can be relied on: the directory, the programs. */
bool archive_databases(const struct site *site, const char *directory, struct archive_item *items,
                       size_t n, struct error *err);

#endif
