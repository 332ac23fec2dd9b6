/*
 * Assets: the text files of assets/ and config/ that are compiled into the program, by their path
 * in the source tree ("assets/sql/facts.sql").
 */
#ifndef LECTERN_BASE_ASSET_H
#define LECTERN_BASE_ASSET_H

#include <stddef.h>

struct asset {
    const char *name;
    const char *text; /* NUL-terminated */
    size_t len;       /* without the NUL */
};

extern const struct asset asset_table[]; /* in the order of their names */
extern const size_t asset_count;

/* The asset; asking for one that is not there is a programmer's error. */
const struct asset *asset_get(const char *name);
/* The asset or NULL. */
const struct asset *asset_find(const char *name);

#endif
