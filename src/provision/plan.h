/*
 * The plan: a pure comparison of what a lab wants and what was found, into a list of actions.
 * No I/O; src/provision/look.c finds, apply.c acts.
 */
#ifndef LECTERN_PROVISION_PLAN_H
#define LECTERN_PROVISION_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/lab.h"
#include "lab/roster.h"

enum plan_target {
    PLAN_CONTROL,
    PLAN_ROLES,
    PLAN_LDAP,
    PLAN_DATABASES,
    PLAN_EXPORTER,
    PLAN_PROMETHEUS,
    PLAN_GRAFANA,
    PLAN_TARGETS
};

enum plan_verb {
    PLAN_CREATE,
    PLAN_FINISH,     /* a database that was begun: privileges, settings, open it */
    PLAN_UPDATE,     /* something about it differs */
    PLAN_ENABLE,     /* the student came back */
    PLAN_DISABLE,    /* the student left the roster */
    PLAN_SET_ASIDE,  /* another lab's database of that name: rename it, close it */
    PLAN_BRING_BACK, /* this lab's, set aside earlier */
    PLAN_VERBS
};

const char *plan_target_name(enum plan_target target); /* "ldap" */
const char *plan_verb_name(enum plan_verb verb);       /* "set aside" */

struct plan_action {
    enum plan_target target;
    enum plan_verb verb;
    const char *object; /* role, database, login, file, or "lab", "checks" */
    const char *login;  /* the student it is about; "" when none */
    const char *to;     /* set aside: the new name; bring back: the old one; else "" */
};

/* An object of a wanted name that lectern did not make. */
struct plan_refusal {
    const char *kind; /* "role", "database", "LDAP entry" */
    const char *name;
};

/* Something to know about a target that hinders nobody else. */
struct plan_note {
    enum plan_target target;
    const char *text;
};

struct plan {
    struct arena arena;
    const char *lab;
    struct plan_action *actions; /* by target, in the order in which they are done */
    size_t n_actions, actions_capacity;
    struct plan_refusal *refusals;
    size_t n_refusals, refusals_capacity;
    struct plan_note *notes;
    size_t n_notes, notes_capacity;
    size_t wanted[PLAN_TARGETS];  /* objects that there should be */
    size_t changes[PLAN_TARGETS]; /* actions */
    int connections_needed;       /* PostgreSQL's max_connections */
};

/* -- what was found ---------------------------------------------------------------------------- */

struct found_role {
    const char *name;
    bool ours, can_login;
    int connection_limit;
    const char *member_of; /* names, by strcmp, joined by "," */
    const char *verifier;  /* "" when none */
};

struct found_database {
    const char *name;
    bool ours, open;
    const char *grants;   /* "role PRIVILEGE" joined by ",", ordered by strcmp */
    const char *settings; /* "name=value" joined by ",", ordered by strcmp */
    const char *lab;      /* whose it is; "" when that was not recorded */
    const char *stamp;    /* of the template that it was last brought up to; "" when not said */
    const char *grantees; /* all roles of `grants` but PUBLIC, quoted for SQL; "" when none */
};

struct found_entry { /* of LDAP */
    const char *login;
    bool ours, disabled;
    const char *name, *email; /* cn, mail; "" when not set */
};

struct found_student { /* of this lab, in the control database */
    struct student student;
    int position;
    bool is_active;
    unsigned password_generation;
};

/* All arrays are ordered by name (strcmp). */
struct found {
    struct arena arena;
    struct found_role *roles;
    size_t n_roles;
    struct found_database *databases;
    size_t n_databases;
    struct found_entry *entries;
    size_t n_entries;
    struct found_student *students;
    size_t n_students;
    bool lab_exists, lab_is_current;
    const char *lab_digest; /* of what its rows were made from (plan_wanted.lab_digest) */
    const char *checks_digest;
    bool exporter_files_differ, prometheus_files_differ, grafana_files_differ;
};

void found_release(struct found *found);

/* What is wanted beyond lab and roster. */
struct plan_wanted {
    const struct lab *lab;
    const struct roster *roster;
    const char *lab_digest; /* of title, source and limits */
    const char
        *checks_digest; /* of the example and how it is compared; "" when it has to be read */
    const char *template_stamp; /* of the template as it is now; NULL: not compared */
    /* The verifier of a probe's role; the result is the caller's arena's. */
    const char *(*verifier)(const char *role, void *data);
    void *data;
};

void plan_compute(const struct plan_wanted *wanted, const struct found *found,
                  struct plan *ret_plan);
/* What others than plan_compute() find: an object that is wanted and has to be changed, a note. */
void plan_add(struct plan *plan, enum plan_target target, enum plan_verb verb, const char *object);
void plan_add_note(struct plan *plan, enum plan_target target, const char *text);
void plan_release(struct plan *plan);
size_t plan_changes(const struct plan *plan); /* over all targets */

/* For people, and as JSON (new reference). */
void plan_print(const struct plan *plan, struct strbuf *out);
json_t *plan_json(const struct plan *plan);

/* Schema lectern in it is an older template's. */
bool plan_lags(const struct plan_wanted *wanted, const struct found_database *database);

/* Names that plan and apply share; in the arena. */
const char *plan_probe_role(struct arena *arena, const char *login);
/* What an LDAP entry says: a name is required there, and an address takes ASCII only. */
const char *plan_entry_name(const struct student *student);
const char *plan_entry_email(const struct student *student);
const char *plan_grants(struct arena *arena, const char *login);
const char *plan_settings(struct arena *arena, const struct lab *lab);
/* "login~lab", or "login~" and five hexadecimal digits where that would exceed an identifier. */
const char *plan_aside_name(struct arena *arena, const char *login, const char *lab);
/* "login~lab~n", what a reset puts aside; of a long login fewer digits than that.  `n` is the
 * login's, so that no two have the same name. */
const char *plan_reset_name(struct arena *arena, const char *login, const char *lab, int n);

#endif
