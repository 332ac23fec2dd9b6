/*
 * Students' logins: closed at the end of a lesson and opened for the next one, unlocked, and their
 * sessions ended.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "io/ldap.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/ground.h"
#include "provision/look.h"
#include "provision/outside.h"
#include "provision/provision.h"
#include "provision/pupil.h"

/* -- a class's --------------------------------------------------------------------------------- */

/* Those of the roster whose logins are the other way. */
static const char logins_sql[] =
    "SELECT l.lab_id, s.login FROM public.labs l JOIN public.students s USING (lab_id)"
    "  JOIN pg_catalog.pg_roles r ON r.rolname = s.login"
    "  JOIN public.provisioned p ON p.kind = 'role' AND p.name = s.login"
    " WHERE l.name = $1 AND l.is_current AND s.is_active AND r.rolcanlogin <> $2::boolean"
    " ORDER BY s.position, s.login";

static void add_roles(const PGresult *result, bool open, struct strbuf *sql)
{
    for (int i = 0; i < PQntuples(result); i++) {
        strbuf_add_string(sql, "ALTER ROLE ");
        pg_add_identifier(sql, pg_value(result, i, "login"));
        strbuf_add_string(sql, open ? " WITH LOGIN;" : " WITH NOLOGIN;");
    }
}

/* Also those who came in the moment before their login was closed. */
static bool end_closed(PGconn *conn, const char *lab, struct error *err)
{
    return outside_execute(conn,
                           "SELECT pg_catalog.pg_terminate_backend(a.pid)"
                           "  FROM pg_catalog.pg_stat_activity a"
                           "  JOIN pg_catalog.pg_roles r ON r.rolname = a.usename"
                           "  JOIN public.students s ON s.login = r.rolname"
                           "  JOIN public.labs l USING (lab_id)"
                           " WHERE l.name = $1 AND NOT r.rolcanlogin",
                           1, &lab, err);
}

static bool turn_logins(PGconn *conn, const char *lab, bool open, const char *actor,
                        size_t *ret_changed, struct error *err)
{
    const char *params[] = {lab, open ? "true" : "false"};
    PGresult *result = NULL;
    if (!pg_query_now(conn, logins_sql, 2, params, &result, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    int n = PQntuples(result);
    add_roles(result, open, &sql);
    if (n > 0) {
        strbuf_printf(&sql,
                      "INSERT INTO public.events (lab_id, kind, actor, text) VALUES (%s, '%s', ",
                      pg_value(result, 0, "lab_id"), open ? "logins_open" : "logins_closed");
        pg_add_literal(&sql, actor);
        strbuf_printf(&sql, ", '%d')", n);
    }
    PQclear(result);
    *ret_changed = (size_t)n;
    return (n == 0 || outside_script(conn, sql.text, err)) && (open || end_closed(conn, lab, err));
}

bool provision_logins(const struct site *site, const char *lab_name, bool open, const char *actor,
                      size_t *ret_changed, struct error *err)
{
    int lock = -1;
    PGconn *conn = NULL;
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = ground_connect(site, CONTROL_DATABASE, &conn, err) &&
              turn_logins(conn, lab_name, open, actor, ret_changed, err);
    PQfinish(conn);
    close(lock);
    return ok ? true : error_wrap(err, "logins");
}

/* -- one student's ----------------------------------------------------------------------------- */

static bool add_kick(PGconn *conn, const struct pupil *pupil, const char *actor, size_t sessions,
                     struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *text = mem_printf("%zu session%s ended", sessions, sessions == 1 ? "" : "s");
    pupil_add_event(pupil, "kick", actor, text, &sql);
    return outside_script(conn, sql.text, err);
}

bool provision_kick(const struct site *site, const char *lab_name, const char *login,
                    const char *actor, size_t *ret_sessions, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pupil pupil;
    PGconn *conn = NULL;
    bool ok = ground_connect(site, CONTROL_DATABASE, &conn, err) &&
              pupil_find(conn, lab_name, login, &arena, &pupil, err) &&
              pupil_end_sessions(conn, login, ret_sessions, err) &&
              add_kick(conn, &pupil, actor, *ret_sessions, err);
    PQfinish(conn);
    return ok;
}

static bool is_locked(struct ldap_entry *entry, void *data)
{
    bool *locked = data;
    char **values = ldap_entry_values(entry, "pwdAccountLockedTime");
    *locked = *locked || (values != NULL && values[0] != NULL);
    ldap_values_free(values);
    return true;
}

/* Remove the lock from the directory's entry, whoever set it. */
static bool unlock_entry(const struct site *site, const char *login, bool *ret_was,
                         struct error *err)
{
    static const char *const wanted[] = {"pwdAccountLockedTime", NULL};
    struct ldap_connection *ldap = NULL;
    if (!look_connect_ldap(site, &ldap, err))
        return false;
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(site, login);
    CLEANUP(mem_free_string)
    char *uid = ldap_escape_filter(login);
    CLEANUP(mem_free_string)
    char *filter = mem_printf("(uid=%s)", uid);
    *ret_was = false;
    bool ok =
        ldap_search_each(ldap, site->ldap_people, true, filter, wanted, is_locked, ret_was, err);
    if (ok && *ret_was) {
        static const char *const none[] = {NULL};
        struct ldap_attribute attribute = {"pwdAccountLockedTime", none};
        struct ldap_change change = {
            .kind = LDAP_CHANGE_MODIFY, .dn = dn, .attributes = &attribute, .n_attributes = 1};
        outside_call();
        ok = ldap_pipeline(ldap, &change, 1, 1, NULL, NULL, err);
        CLEANUP(mem_free_string)
        char *message = change.message;
        if (ok && change.result != LDAP_CODE_SUCCESS)
            ok = error_set(err, ERROR_FAILED, "the entry stays locked: %s",
                           message != NULL ? message : "refused");
    }
    ldap_disconnect(ldap);
    return ok ? true : error_wrap(err, "LDAP");
}

static bool open_login(PGconn *conn, const struct pupil *pupil, const char *actor,
                       struct provision_unlocked *unlocked, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    unlocked->role = !pupil->can_login;
    unlocked->database = pupil->has_database && !pupil->is_open;
    if (unlocked->role) {
        strbuf_add_string(&sql, "ALTER ROLE ");
        pg_add_identifier(&sql, pupil->login);
        strbuf_add_string(&sql, " WITH LOGIN;");
    }
    if (unlocked->database) /* it may be one that was only begun */
        apply_add_open(pupil->login, pupil->login, pupil->grantees, pupil->settings, &sql);
    CLEANUP(mem_free_string)
    char *text = mem_printf("%s%s%s", unlocked->entry ? "account " : "",
                            unlocked->role ? "login " : "", unlocked->database ? "database" : "");
    pupil_add_event(pupil, "unlock", actor, text, &sql);
    return outside_script(conn, sql.text, err);
}

bool provision_unlock(const struct site *site, const char *lab_name, const char *login,
                      const char *actor, struct provision_unlocked *ret_unlocked, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pupil pupil;
    PGconn *conn = NULL;
    int lock = -1;
    *ret_unlocked = (struct provision_unlocked){false, false, false};
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = ground_connect(site, CONTROL_DATABASE, &conn, err) &&
              pupil_find(conn, lab_name, login, &arena, &pupil, err);
    if (ok && !pupil.is_active) {
        ok = error_set(err, ERROR_NOT_FOUND, "student \"%s\" left the roster: the login is closed",
                       login);
        error_hint(err, "Put the student into the class list again and apply.");
    }
    ok = ok && unlock_entry(site, login, &ret_unlocked->entry, err) &&
         open_login(conn, &pupil, actor, ret_unlocked, err);
    PQfinish(conn);
    close(lock);
    return ok;
}
