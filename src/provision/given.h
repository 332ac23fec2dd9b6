/*
 * Query labs: the template that their students' databases are copied from, made of the example
 * without what the students are to write.
 *
 * The given tables belong to lectern_given, which cannot log in; students hold SELECT and
 * REFERENCES on them, and INSERT, UPDATE and DELETE where the lab says "dml".
 */
#ifndef LECTERN_PROVISION_GIVEN_H
#define LECTERN_PROVISION_GIVEN_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "lab/check.h"
#include "lab/lab.h"
#include "lab/site.h"

struct error;

enum { GIVEN_NAME_SIZE = 64 };

void given_name(const char *lab, char ret_name[GIVEN_NAME_SIZE]);

/*
 * Make the lab's template, unless it stands already.  The example is loaded, and nobody is in its
 * database; `checks` tell what the students write.  What cannot be taken out of the example because
 * a given object needs it is an error that names both.
 */
bool given_make(const struct site *site, PGconn *conn, const struct lab *lab,
                const struct check_set *checks, struct error *err);

/* Drop it; fine when there is none. */
bool given_drop(PGconn *conn, const char *lab, struct error *err);

#endif
