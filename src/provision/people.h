/*
 * People of the directory, whoever made them there: a class list for those who keep none elsewhere.
 * Nothing is changed.
 */
#ifndef LECTERN_PROVISION_PEOPLE_H
#define LECTERN_PROVISION_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/site.h"

struct error;

enum { PEOPLE_MAX = 2000 };

struct person {
    const char *login; /* in small letters */
    const char *name, *email;
};

/* Somebody who can be no student of a lab. */
struct passed_over {
    const char *who, *why; /* a login or a DN; "it is reserved" */
};

struct people {
    struct arena arena;
    struct person *found; /* by login; malloc'd, as is the next */
    size_t n, capacity;
    struct passed_over *passed;
    size_t n_passed, passed_capacity;
};

/* Search below `base`, as the provisioner; more than PEOPLE_MAX people are an error.  Texts are as
 * the directory has them: disarm them. */
bool people_search(const struct site *site, const char *base, const char *filter,
                   struct people *ret_people, struct error *err);
void people_release(struct people *people);

#endif
