/*
 * Checks: the set's life, and the stable identifiers.
 */
#include "lab/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

void check_set_init(struct check_set *set)
{
    *set = (struct check_set){.arena = ARENA_INIT};
}

void check_set_release(struct check_set *set)
{
    for (size_t i = 0; i < set->n_checks; i++)
        json_decref(set->checks[i].expected);
    arena_release(&set->arena);
    check_set_init(set);
}

/* With the terminating NUL, so that the boundary between two fields counts. */
static uint64_t add_lower(uint64_t hash, const char *text)
{
    do {
        unsigned char c = (unsigned char)*text;
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + ('a' - 'A'));
        hash = digest_fnv(hash, &c, 1);
    } while (*text++ != '\0');
    return hash;
}

void check_make_id(enum fact_kind kind, const char *relation, const char *name,
                   char ret_id[CHECK_ID_SIZE])
{
    uint64_t hash = add_lower(DIGEST_FNV_START, fact_kind_name(kind));
    hash = add_lower(hash, relation);
    hash = add_lower(hash, name);
    snprintf(ret_id, CHECK_ID_SIZE, "%016" PRIx64, hash);
}
