/*
 * Loading a prepared script into a database made for it, by psql as a child, as a role without
 * privileges, behind our own \restrict line: whatever psql makes of the text, it takes no backslash
 * command from it.  Statements that fail are tried again in passes, until a pass changes nothing;
 * what is then left of a transaction of the script's is tried together.
 */
#ifndef LECTERN_FACTS_LOAD_H
#define LECTERN_FACTS_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "facts/script.h"
#include "io/pg.h"

struct error;

struct load_options {
    struct pg_address loader; /* with its database; `options` is not used */
    /* May ask for the database's size; NULL: the size is not watched. */
    const struct pg_address *watcher;
    int64_t timeout_ms; /* for the whole; 0: ten minutes */
    int64_t max_bytes;  /* of the database; 0: 4 GB */
};

struct load_failure {
    int line;            /* of the script */
    const char *message; /* the server's, without line number */
    bool minor;          /* nothing hangs on it */
};

struct load_report {
    struct arena arena;
    struct load_failure *failures; /* what still failed in the last pass, in the script's order */
    size_t n_failures;
    size_t n_major; /* of them, those that are not minor */
    int passes;
};

/*
 * True when the script ran to its end, with or without failures.  An error means that the database
 * is to be dropped: the deadline or the size was exceeded (ERROR_TIMEOUT), psql is too old or is
 * missing, the connection was lost, or too many statements failed.
 */
bool load_script(const struct script *script, const struct load_options *options,
                 struct load_report *ret_report, struct error *err);
void load_report_release(struct load_report *report);

#endif
