/*
 * The hand-out of a lab in its forms: pure text, made by handout_print.c, tested without servers.
 */
#ifndef LECTERN_COMMAND_HANDOUT_H
#define LECTERN_COMMAND_HANDOUT_H

#include <jansson.h>
#include <stddef.h>

#include "base/secret.h"

struct strbuf;

enum handout_password {
    HANDOUT_INITIAL, /* the derived one holds */
    HANDOUT_CHANGED, /* by the student */
    HANDOUT_UNSURE,  /* derived, but the directory could not be asked */
    HANDOUT_BURNED,  /* the lab secret is gone */
};

struct handout_student {
    const char *login, *name, *seat, *group;
    enum handout_password state;
    char password[SECRET_PASSWORD_SIZE]; /* for HANDOUT_INITIAL and HANDOUT_UNSURE */
};

struct handout {
    const char *lab, *title;
    const char *host; /* the room's name of the server */
    int port, ldaps_port;
    const char *people;    /* "ou=people,dc=lab" */
    const char *ca_sha256; /* of the file ca.crt, 64 hexadecimal digits */
    const char *ca_file;   /* where it is on this machine */
    struct handout_student *students;
    size_t n_students;
};

void handout_add_slips(struct strbuf *out, const struct handout *handout);
void handout_add_csv(struct strbuf *out, const struct handout *handout);
json_t *handout_json(const struct handout *handout); /* new reference */
/* A pg_service.conf for the room; `ca_file` as it is called on the lab PCs. */
void handout_add_service(struct strbuf *out, const struct handout *handout, const char *ca_file);

#endif
