/*
 * The control database's rows and the roles, in one transaction: roles are the cluster's, so they
 * can be made from there, and either all of it stands or nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/ground.h"
#include "provision/outside.h"

enum { PROBE_LIMIT = 3 };

static void add_attributes(const struct work *work, const struct plan_action *action, bool probe,
                           struct strbuf *sql)
{
    strbuf_printf(sql, " WITH LOGIN CONNECTION LIMIT %d",
                  probe ? PROBE_LIMIT : work->lab->connections);
    if (probe) {
        strbuf_add_string(sql, " PASSWORD ");
        pg_add_literal(sql, work->wanted->verifier(action->object, work->wanted->data));
    }
}

/* Append what the action asks for.  Everything in it can be said twice. */
static void add_role(const struct work *work, const struct plan_action *action, bool probe,
                     struct strbuf *sql)
{
    strbuf_add_string(sql, action->verb == PLAN_CREATE ? "CREATE ROLE " : "ALTER ROLE ");
    pg_add_identifier(sql, action->object);
    if (action->verb == PLAN_DISABLE) {
        strbuf_add_string(sql, " WITH NOLOGIN;\n");
        return;
    }
    add_attributes(work, action, probe, sql);
    strbuf_printf(sql, ";\nGRANT %s", probe ? "lectern_probe, " : "lectern_student");
    if (probe)
        pg_add_identifier(sql, action->login);
    strbuf_add_string(sql, " TO ");
    pg_add_identifier(sql, action->object);
    strbuf_add_string(sql, ";\nCOMMENT ON ROLE ");
    pg_add_identifier(sql, action->object);
    strbuf_printf(sql, " IS '" PROVISION_MARK "%s';\n", probe ? "probe" : "student");
}

/* Students first: each probe is a member of its student. */
static void add_roles(const struct work *work, struct strbuf *sql)
{
    for (int probes = 0; probes < 2; probes++)
        for (size_t i = 0; i < work->plan->n_actions; i++) {
            const struct plan_action *action = &work->plan->actions[i];
            bool probe = strcmp(action->object, action->login) != 0;
            if (action->target == PLAN_ROLES && probe == (probes == 1))
                add_role(work, action, probe, sql);
        }
}

/* The objects of a target that the actions will make, or take over from another lab. */
static bool note_made(const struct work *work, enum plan_target target, const char *kind,
                      struct error *err)
{
    const struct plan *plan = work->plan;
    const char **names = mem_alloc_array(plan->n_actions + 1, sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < plan->n_actions; i++) {
        const struct plan_action *action = &plan->actions[i];
        if (action->target == target &&
            (action->verb == PLAN_CREATE ||
             (target == PLAN_DATABASES &&
              (action->verb == PLAN_FINISH || action->verb == PLAN_UPDATE))))
            names[n++] = action->object;
    }
    bool ok = n == 0 || control_note_made(work->conn, work->lab_id, kind, names, n, err);
    free(names);
    return ok;
}

static bool save_rows(struct work *work, struct error *err)
{
    char *source = realpath(work->lab->file, NULL);
    bool ok = control_save_lab(work->conn, work->lab, source != NULL ? source : work->lab->file,
                               &work->lab_id, err) &&
              control_save_roster(work->conn, work->lab_id, work->roster, err) &&
              note_made(work, PLAN_ROLES, "role", err) && note_made(work, PLAN_LDAP, "ldap", err);
    free(source);
    return ok;
}

/* Databases of another lab are set aside before this lab's take their names. */
static bool set_aside(struct work *work, struct error *err)
{
    for (size_t i = 0; i < work->plan->n_actions; i++) {
        const struct plan_action *action = &work->plan->actions[i];
        if (action->target == PLAN_DATABASES && action->verb == PLAN_SET_ASIDE &&
            !apply_set_aside(work->conn, action->object, action->to, err))
            return error_wrap(err, "database \"%s\" of another lab", action->object);
    }
    return note_made(work, PLAN_DATABASES, "database", err);
}

bool apply_rows_and_roles(struct work *work, struct error *err)
{
    struct event event;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    work_start(work, &event, "roles", work->plan->wanted[PLAN_ROLES]);
    add_roles(work, &sql);
    outside_call();
    if (!pg_script_now(work->conn, "BEGIN", err))
        return false;
    bool ok = save_rows(work, err) && (sql.len == 0 || pg_script_now(work->conn, sql.text, err));
    outside_call();
    struct error rollback = ERROR_INIT;
    if (!ok) {
        pg_script_now(work->conn, "ROLLBACK", &rollback);
        error_clear(&rollback);
        return error_wrap(err, "roles");
    }
    if (!pg_script_now(work->conn, "COMMIT", err))
        return error_wrap(err, "roles");
    event.done = event.total;
    event.changed = work->plan->changes[PLAN_ROLES];
    work_done(work, &event);
    return set_aside(work, err);
}

bool apply_disabled(struct work *work, struct error *err)
{
    for (size_t i = 0; i < work->plan->n_actions; i++) {
        const struct plan_action *action = &work->plan->actions[i];
        if (action->target != PLAN_ROLES || action->verb != PLAN_DISABLE)
            continue;
        if (!outside_execute(work->conn,
                             "SELECT pg_catalog.pg_terminate_backend(pid)"
                             "  FROM pg_catalog.pg_stat_activity WHERE usename = $1",
                             1, &action->object, err))
            return false;
    }
    return true;
}
