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
/* Bring schema lectern up to date in those that an older template made. */
bool apply_templates(struct work *work, struct event *event, struct error *err);
/* End the sessions of those who were disabled. */
bool apply_disabled(struct work *work, struct error *err);

/* Append statements that rename a database and the note of it. */
void apply_add_rename(const char *from, const char *to, struct strbuf *sql);

/* Append CREATE DATABASE: closed, a copy of what the lab's students begin with. */
void apply_add_create(const char *name, bool query_lab, const char *lab, struct strbuf *sql);

/*
 * Append the transaction that gives a student's database its privileges and settings and opens it:
 * one script, which the simple protocol rolls back as a whole when a part fails.  `grantees`: who
 * has privileges on it, quoted for SQL and joined by ", "; settings as in struct found_database.
 */
void apply_add_open(const char *name, const char *login, const char *grantees, const char *settings,
                    struct strbuf *sql);

/* Close a database and end its sessions; when that is done, nobody is in it. */
bool apply_close(PGconn *conn, const char *name, struct error *err);

/*
 * Set a student's database aside: end its sessions, rename it, and note it so.  It stays closed.
 * `login` and `aside` are its old and new name.
 */
bool apply_set_aside(PGconn *conn, const char *login, const char *aside, struct error *err);

#endif
