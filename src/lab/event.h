/*
 * Progress events of long work (apply, destroy): shown by the command, and streamed as JSON lines
 * to --events-fd for the wizard.
 */
#ifndef LECTERN_LAB_EVENT_H
#define LECTERN_LAB_EVENT_H

#include <stddef.h>

enum event_kind {
    EVENT_START,    /* a target begins: total is known */
    EVENT_PROGRESS, /* done of total */
    EVENT_DONE,     /* the target is finished */
    EVENT_NOTE,     /* something to know, not an error */
    EVENT_ERROR,    /* one object failed; the others go on */
};

struct event {
    enum event_kind kind;
    const char *target; /* "ldap", "roles", "databases", "control", "exporter", "prometheus",
                         * "grafana" */
    const char *object; /* the login or file; "" when none */
    const char *text;   /* words; "" when none */
    size_t done, total;
    size_t changed; /* of `done`: how many were not already so */
};

/* Receives events; `data` is the receiver's. */
typedef void (*event_cb)(const struct event *event, void *data);

/* One JSON object, one line, malloc'd, without the newline:
 * {"event":"progress","target":"ldap","object":"","text":"","done":3,"total":30,"changed":3} */
char *event_json(const struct event *event);

#endif
