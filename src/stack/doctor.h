/*
 * The doctor: what is wrong with this machine and its servers, and what mends it.
 */
#ifndef LECTERN_STACK_DOCTOR_H
#define LECTERN_STACK_DOCTOR_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/site.h"

struct error;
struct strbuf;

/* What mends a server of somebody else's that does not answer. */
#define DOCTOR_MEND_ADDRESS "Start it, or say where it is: \"lectern servers\"."

struct finding {
    const char *check; /* "ports" */
    bool wrong;
    const char *text; /* what was found, a sentence's beginning without capital */
    const char *mend; /* what to do; "" when all is well */
};

struct findings {
    struct arena arena;
    struct finding *items;
    size_t n, capacity;
    size_t n_wrong;
};

/* Look at everything: the embedded servers, (`project`) the containers of that name, or servers
 * that lectern does not run.  `site` is NULL where there are no servers yet, or they can't be
 * reached. */
void doctor_examine(const char *state, const char *project, const struct site *site,
                    struct findings *ret_findings);
void doctor_release(struct findings *findings);

/* For the examinations: a finding, and an error as one (clears it). */
void doctor_add(struct findings *findings, const char *check, bool wrong, const char *mend,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
void doctor_add_error(struct findings *findings, const char *check, struct error *err);
void doctor_examine_containers(const char *project, struct findings *findings);
/* Prometheus' answer to a query (an expression that needs no encoding); false: it does not give
 * one. */
bool doctor_ask_prometheus(const struct site *site, const char *query, struct strbuf *ret_body);
/* `conn`: an administrator's; NULL: PostgreSQL does not answer, which was found already. */
void doctor_examine_others(struct findings *findings, const struct site *site, PGconn *conn);

/* The number in the first "N.M" of a version's text times 100, "psql (PostgreSQL) 15.14" being
 * 1514; 0 when there is none. */
int doctor_parse_version(const char *text);

#endif
