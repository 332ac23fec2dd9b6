/*
 * A dump made fit for a role without privileges: what only a superuser or another cluster could do
 * is left out (owners, privileges, roles, databases, \connect, plpgsql itself, settings that this
 * server may not know), DISABLE TRIGGER ALL becomes USER, transactions are taken apart so that
 * statements can be retried one by one, and what they roll back is left out.  Any other backslash
 * command is refused.  Pure.
 */
#ifndef LECTERN_FACTS_SCRIPT_H
#define LECTERN_FACTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

struct script_item {
    const char *text; /* one statement with its semicolon; perhaps rewritten */
    size_t len;
    const char *data; /* COPY's rows, without "\."; NULL when it is no COPY */
    size_t data_len;
    int line;
    int block;     /* the transaction in which the script has it, 1-based; 0: none */
    bool session;  /* sets something for the session: to be said again in a new one */
    bool minor;    /* its failing does not matter: comments, extensions, DROP ... */
    bool no_retry; /* must not run late: DROP */
};

/* Texts point into the script that was prepared, or into the arena. */
struct script {
    struct arena arena;
    const char *file;
    struct script_item *items;
    size_t count;
    size_t dropped; /* statements that were left out */
};

/* `file` is for messages. */
bool script_prepare(const char *file, const char *text, size_t len, struct script *ret_script,
                    struct error *err);
void script_release(struct script *script);

#endif
