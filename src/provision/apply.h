/*
 * Doing: one function per target, each on the actions of a plan that are its own.
 */
#ifndef LECTERN_PROVISION_APPLY_H
#define LECTERN_PROVISION_APPLY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab/event.h"
#include "provision/plan.h"
#include "provision/provision.h"

struct error;
struct strbuf;

struct work {
    const struct site *site;
    const struct lab *lab;
    const struct roster *roster;
    const struct found *found;
    const struct plan *plan;
    const struct plan_wanted *wanted;
    const struct provision_example *example;
    PGconn *conn; /* the control database, as administrator */
    int lab_id;
    event_cb on_event;
    void *data;
    size_t failed; /* objects that got an EVENT_ERROR */
};

/* Events of a target; `event` carries done, total, changed from one to the next. */
void work_start(struct work *work, struct event *event, const char *target, size_t total);
void work_step(struct work *work, struct event *event, bool changed);
void work_error(struct work *work, struct event *event, const char *object, const char *text);
void work_done(struct work *work, struct event *event);

/* The lab's and the students' rows, what will be made, and the roles: one transaction. */
bool apply_rows_and_roles(struct work *work, struct error *err);
bool apply_entries(struct work *work, struct error *err);
bool apply_databases(struct work *work, struct error *err);
/* End the sessions of those who were disabled. */
bool apply_disabled(struct work *work, struct error *err);

/* Append statements that rename a database and the note of it. */
void apply_add_rename(const char *from, const char *to, struct strbuf *sql);

/*
 * Set a student's database aside: end its sessions, rename it, and note it so.  It stays closed.
 * `login` and `aside` are its old and new name.
 */
bool apply_set_aside(PGconn *conn, const char *login, const char *aside, struct error *err);

#endif
