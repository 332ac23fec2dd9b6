/*
 * Provisioning: what lectern makes on the servers, and how it is undone.
 *
 * Everything here is idempotent and can be killed at any point: calling it again completes it.
 * What lectern makes is marked (COMMENT ON ROLE, the owner lectern_owner, rows of `provisioned`
 * that are written before the object); an object of a wanted name without the marks is refused,
 * never adopted, never dropped.  All of it blocks: for commands only.
 */
#ifndef LECTERN_PROVISION_PROVISION_H
#define LECTERN_PROVISION_PROVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/check.h"
#include "lab/event.h"
#include "lab/lab.h"
#include "lab/roster.h"
#include "lab/site.h"
#include "provision/plan.h"

struct error;
struct secret;

/* What else has to be done when files changed; the caller knows the servers (src/stack). */
struct provision_changes {
    bool exporters;  /* the exporters' files: restart both exporters */
    bool prometheus; /* prometheus.yml or rules.yml: reload Prometheus */
    bool grafana;    /* the files below STATE/grafana: a Grafana polls them */
};

/*
 * The ground that every lab stands on: the secrets in STATE/secrets, the cluster's roles, the
 * template database, the control database with its migrations, the exporters', Prometheus' and
 * Grafana's files.  `lectern up` calls it once PostgreSQL answers, `apply` each time.  Changes
 * nothing when all of it stands.  `ret_changes` is filled also when it fails later on.
 */
bool provision_ground(const struct site *site, event_cb on_event, void *data,
                      struct provision_changes *ret_changes, struct error *err);

/* What `provision_apply` would do.  Reads only; the ground may be missing.  Nothing is refused
 * here: look at plan->n_refused. */
bool provision_plan(const struct site *site, const struct lab *lab, const struct roster *roster,
                    struct plan *ret_plan, struct error *err);

/*
 * Grafana, the secondary view.  A site that names one (site.h: grafana_url) has folder, data source
 * and dashboards brought there through its HTTP API, every other one has only the files.  What
 * somebody else made is left alone and said.
 *
 * The first adds to a plan what would change there, and as a note what hinders it.  The second does
 * it and reports the target "grafana", files included; it fails when an object could not be made,
 * and by then everything else stands.
 */
void provision_plan_grafana(const struct site *site, struct plan *plan);
/* For the doctor: does the site name a Grafana, and has that what it should have? */
bool provision_has_grafana(const struct site *site);
bool provision_check_grafana(const struct site *site, struct error *err);
bool provision_grafana(const struct site *site, bool files_changed, event_cb on_event, void *data,
                       size_t *ret_changed, struct error *err);

/* The lab's example: src/example's work, handed in because these folders do not know each other. */
struct provision_example {
    /* Load and read it, and derive the checks; notes about it are events of target "control". */
    bool (*read)(const struct site *site, const struct lab *lab, event_cb on_event, void *data,
                 struct check_set *ret_checks, struct error *err);
    bool (*drop)(const struct site *site, const char *lab_name, struct error *err);
};

/*
 * Make it so: look, plan, refuse or do.  The ground stands already (provision_ground).
 * `ret_changed` counts what was changed.  An error of one object is an EVENT_ERROR; the others go
 * on, and the whole fails in the end.
 */
bool provision_apply(const struct site *site, const struct lab *lab, const struct roster *roster,
                     const struct provision_example *example, event_cb on_event, void *data,
                     size_t *ret_changed, struct error *err);

/* Make an applied lab the current one: the students' databases of the other lab are set aside
 * (renamed to login~lab, closed), this lab's are brought back.  `ret_changed`: it was not current.
 */
bool provision_use(const struct site *site, const char *lab_name, event_cb on_event, void *data,
                   bool *ret_changed, struct error *err);

/*
 * Archive each student's database of the lab into `archive` (a directory, made here), read it back,
 * then drop database, roles, LDAP entry and rows.  What cannot be archived is not dropped: each is
 * an EVENT_ERROR, and the whole fails in the end, naming how many were kept.
 */
bool provision_destroy(const struct site *site, const char *lab_name, const char *archive,
                       const struct provision_example *example, event_cb on_event, void *data,
                       struct error *err);

/* The next generation of the student's initial password, in the directory and in every lab that
 * the student is in; `secret` is the lab's.  Sessions go on. */
bool provision_new_password(const struct site *site, const struct secret *secret, const char *login,
                            struct error *err);

/* -- looking after students ---------------------------------------------------------------------
 */

/* These act on students of the current lab, as administrator, and write an event with `actor`.  An
 * unknown login is ERROR_NOT_FOUND with the nearest ones as a hint. */

/*
 * Close the logins of the lab's students and end their sessions, or open them again (those of the
 * roster).  *ret_changed counts the logins; 0: they were so already, and nothing is written.
 */
bool provision_logins(const struct site *site, const char *lab_name, bool open, const char *actor,
                      size_t *ret_changed, struct error *err);

/* End the student's sessions, wherever they are; the login stays open. */
bool provision_kick(const struct site *site, const char *lab_name, const char *login,
                    const char *actor, size_t *ret_sessions, struct error *err);

/* What hindered a login and no longer does. */
struct provision_unlocked {
    bool entry;    /* the LDAP entry was locked */
    bool role;     /* the role could not log in */
    bool database; /* the database took no connections */
};
/* Open the student's login, whatever hinders it, but not that of one who left the roster. */
bool provision_unlock(const struct site *site, const char *lab_name, const char *login,
                      const char *actor, struct provision_unlocked *ret_unlocked,
                      struct error *err);

/* A student's database that was put aside, "login~lab~n". */
struct provision_aside {
    const char *database;
    int number;
    const char *why; /* "put aside by reset at 2026-03-01T10:42:07Z by ann" */
    int64_t bytes;
};

/* What a reset or an undo came to.  Strings are the arena's. */
struct provision_swap {
    const char
        *aside;       /* where the database that was the student's is now; "" when there was none */
    const char *from; /* undo: what it was called that is the student's now; reset: "" */
    size_t sessions;  /* that were ended */
    int64_t took_ms;
};

/*
 * reset: the student's database is put aside, closed, as "login~lab~n", and one that is new takes
 * its place, as `apply` would make it.  undo: the latest that was put aside comes back, and what
 * the student has now is put aside in turn, so that an undo can be undone.  The exchange is one
 * transaction: before it everything is as it was; killed anywhere, another call completes it.
 * Nothing is ever dropped by these; `destroy` archives all of it.
 */
bool provision_reset(const struct site *site, const char *lab_name, const char *login,
                     const char *actor, struct arena *arena, struct provision_swap *ret_swap,
                     struct error *err);
bool provision_undo(const struct site *site, const char *lab_name, const char *login,
                    const char *actor, struct arena *arena, struct provision_swap *ret_swap,
                    struct error *err);
/* What was put aside, the latest first; in the arena. */
bool provision_asides(const struct site *site, const char *lab_name, const char *login,
                      struct arena *arena, struct provision_aside **ret_asides, size_t *ret_n,
                      struct error *err);

#endif
