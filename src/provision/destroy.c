/*
 * destroy: archive, read back, drop.
 *
 * Per student the order is: nobody may enter, sessions end, the database is written to a file and
 * the file is read back; only then database, roles, entry and rows go.  Killed anywhere, another
 * destroy goes on with what is left; `apply` opens again what was only closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "control/labs.h"
#include "io/ldap.h"
#include "io/loop.h"
#include "io/pg.h"
#include "provision/archive.h"
#include "provision/given.h"
#include "provision/ground.h"
#include "provision/look.h"
#include "provision/outside.h"
#include "provision/plan.h"

enum {
    DROPPERS = 4, /* more are slower: they wait for the same checkpoints */
    CONNECT_MS = 15000,
    DROP_MS = 180000,
};

struct doomed {
    const char *login;
    const char *database; /* its present name; NULL when there is none */
    const char *file;     /* of the archive, without its ending */
    bool shared;          /* a student of another lab, too: only this lab's things go */
    bool aside;           /* a reset put it aside: it goes, the student does not go with it */
    bool kept;            /* it could not be archived or dropped */
};

struct destroy {
    const struct site *site;
    const char *lab;
    const char *archive;
    const struct provision_example *example;
    PGconn *conn;
    struct arena arena;
    int lab_id;
    struct doomed *students;
    size_t n;
    struct doomed *asides;
    size_t n_asides;
    event_cb on_event;
    void *data;
    struct event event;
    size_t kept;
};

static void report(struct destroy *d, enum event_kind kind, const char *object, const char *text)
{
    d->event.kind = kind;
    d->event.object = object;
    d->event.text = text;
    d->on_event(&d->event, d->data);
}

/* -- who and what ------------------------------------------------------------------------------ */

static bool find_lab(struct destroy *d, struct error *err)
{
    struct lab_row *rows;
    size_t n;
    if (!control_list_labs(d->conn, &d->arena, &rows, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, d->lab) == 0)
            d->lab_id = rows[i].lab_id;
    if (d->lab_id != 0)
        return true;
    error_set(err, ERROR_NOT_FOUND, "no lab \"%s\" was applied", d->lab);
    return error_hint(err, "\"lectern lab list\" shows those that were.");
}

static bool query_list(struct destroy *d, const char *sql, bool aside, struct doomed **ret_list,
                       size_t *ret_n, struct error *err)
{
    const char *params[] = {arena_printf(&d->arena, "%d", d->lab_id)};
    PGresult *result = NULL;
    if (!pg_query_now(d->conn, sql, 1, params, &result, err))
        return false;
    *ret_n = (size_t)PQntuples(result);
    *ret_list = arena_alloc_array(&d->arena, *ret_n + 1, sizeof **ret_list);
    for (int i = 0; i < PQntuples(result); i++)
        (*ret_list)[i] = (struct doomed){
            .login = arena_strdup(&d->arena, pg_value(result, i, "login")),
            .database = arena_strdup(&d->arena, pg_value(result, i, "database")),
            .file = arena_strdup(&d->arena, pg_value(result, i, "file")),
            .shared = pg_value(result, i, "shared")[0] == 't',
            .aside = aside,
        };
    PQclear(result);
    return true;
}

static bool list_students(struct destroy *d, struct error *err)
{
    static const char students[] =
        "SELECT s.login, s.login AS file,"
        "  EXISTS (SELECT FROM public.students o"
        "           WHERE o.login = s.login AND o.lab_id <> s.lab_id) AS shared,"
        "  (SELECT p.name FROM public.provisioned p"
        "     JOIN pg_catalog.pg_database d ON d.datname = p.name"
        "     JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
        "    WHERE p.kind = 'database' AND p.lab_id = s.lab_id"
        "      AND r.rolname = '" PROVISION_OWNER "'"
        "      AND pg_catalog.split_part(p.name, '~', 1) = s.login"
        "      AND pg_catalog.split_part(p.name, '~', 3) = '' LIMIT 1) AS database"
        "  FROM public.students s WHERE s.lab_id = $1::integer ORDER BY s.position, s.login";
    static const char asides[] =
        "SELECT s.login, s.login || '~' || pg_catalog.split_part(p.name, '~', 3) AS file,"
        "  false AS shared, p.name AS database"
        "  FROM public.students s"
        "  JOIN public.provisioned p ON p.kind = 'database' AND p.lab_id = s.lab_id"
        "   AND pg_catalog.split_part(p.name, '~', 1) = s.login"
        "   AND pg_catalog.split_part(p.name, '~', 3) <> ''"
        "  JOIN pg_catalog.pg_database d ON d.datname = p.name"
        "  JOIN pg_catalog.pg_roles r ON r.oid = d.datdba AND r.rolname = '" PROVISION_OWNER "'"
        " WHERE s.lab_id = $1::integer ORDER BY s.position, p.name";
    return query_list(d, students, false, &d->students, &d->n, err) &&
           query_list(d, asides, true, &d->asides, &d->n_asides, err);
}

/* -- closing ----------------------------------------------------------------------------------- */

/* Nobody but the administrator enters; who is in goes.  The archive's connection still can. */
static bool close_one(struct destroy *d, const struct doomed *student, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    if (student->database == NULL)
        return true;
    strbuf_add_string(&sql, "REVOKE ALL ON DATABASE ");
    pg_add_identifier(&sql, student->database);
    strbuf_add_string(&sql, " FROM PUBLIC, ");
    pg_add_identifier(&sql, student->login);
    strbuf_add_string(&sql, ", ");
    pg_add_identifier(&sql, plan_probe_role(&d->arena, student->login));
    strbuf_add_string(&sql, "; ALTER DATABASE ");
    pg_add_identifier(&sql, student->database);
    strbuf_add_string(&sql, " WITH ALLOW_CONNECTIONS true");
    return outside_script(d->conn, sql.text, err) &&
           pg_execute_now(d->conn,
                          "SELECT pg_catalog.pg_terminate_backend(pid)"
                          "  FROM pg_catalog.pg_stat_activity WHERE datname = $1",
                          1, &student->database, err);
}

/* -- dropping ---------------------------------------------------------------------------------- */

static bool drop_entry(struct destroy *d, struct ldap_connection *ldap,
                       const struct doomed *student, struct error *err)
{
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(d->site, student->login);
    struct ldap_change change = {.kind = LDAP_CHANGE_DELETE, .dn = dn};
    outside_call();
    if (!ldap_pipeline(ldap, &change, 1, 1, NULL, NULL, err))
        return error_wrap(err, "LDAP");
    CLEANUP(mem_free_string)
    char *message = change.message;
    if (change.result != LDAP_CODE_SUCCESS && change.result != LDAP_CODE_NO_OBJECT)
        return error_set(err, ERROR_FAILED, "LDAP entry \"%s\": %s", dn,
                         message != NULL ? message : "not deleted");
    return control_note_gone(d->conn, "ldap", student->login, err);
}

/* Roles and row together: the row is what tells the next destroy that something is left. */
static bool drop_roles_and_row(struct destroy *d, const struct doomed *student, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    const char *probe = plan_probe_role(&d->arena, student->login);
    if (!student->shared) {
        strbuf_add_string(&sql, "DROP ROLE IF EXISTS ");
        pg_add_identifier(&sql, probe);
        strbuf_add_string(&sql, ", ");
        pg_add_identifier(&sql, student->login);
        strbuf_add_string(&sql, "; DELETE FROM public.provisioned WHERE kind = 'role'"
                                " AND name IN (");
        pg_add_literal(&sql, probe);
        strbuf_add_string(&sql, ", ");
        pg_add_literal(&sql, student->login);
        strbuf_add_string(&sql, ");");
    }
    strbuf_printf(&sql, "DELETE FROM public.students WHERE lab_id = %d AND login = ", d->lab_id);
    pg_add_literal(&sql, student->login);
    return outside_script(d->conn, sql.text, err);
}

/* Once the database is gone, or where there is none. */
static bool drop_rest(struct destroy *d, struct ldap_connection *ldap, const struct doomed *student,
                      struct error *err)
{
    if (student->database != NULL &&
        !control_note_gone(d->conn, "database", student->database, err))
        return false;
    if (student->aside)
        return true;
    return (student->shared || drop_entry(d, ldap, student, err)) &&
           drop_roles_and_row(d, student, err);
}

/*
 * DROP DATABASE is nearly all of a destroy's time, so several are under way at a time; what follows
 * for the same student is done at once, one student after the other.
 */
struct dropping {
    struct destroy *d;
    struct ldap_connection *ldap;
    struct doomed *list;
    size_t n;
    const struct archive_item *items;
    size_t next;
    struct error broken; /* a connection failed: the rest is not tried */
};

struct dropper {
    struct dropping *dropping;
    struct pg *pg;
    struct doomed *student;
};

static void keep_one(struct dropping *dropping, struct doomed *student, const char *why)
{
    dropping->d->event.done++;
    dropping->d->kept += !student->aside;
    student->kept = true;
    report(dropping->d, EVENT_ERROR, student->login, why);
}

/* A student's own trouble ends with it; that of a connection ends all. */
static void fail_one(struct dropping *dropping, struct doomed *student, const struct error *err,
                     bool ends_all)
{
    keep_one(dropping, student, err->message);
    if (ends_all)
        error_set(&dropping->broken, err->code, "%s", err->message);
}

static void finish_one(struct dropping *dropping, struct doomed *student)
{
    struct destroy *d = dropping->d;
    struct error err = ERROR_INIT;
    if (drop_rest(d, dropping->ldap, student, &err)) {
        d->event.done++;
        d->event.changed++;
        report(d, EVENT_PROGRESS, student->login, "");
    } else
        fail_one(dropping, student, &err, err.code == ERROR_CONNECTION);
    error_clear(&err);
}

static void drop_next(struct dropper *dropper);

static void on_dropped(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct dropper *dropper = data;
    (void)result;
    if (err == NULL)
        finish_one(dropper->dropping, dropper->student);
    else
        fail_one(dropper->dropping, dropper->student, err, !pg_is_open(pg));
    drop_next(dropper);
}

static void drop_database(struct dropper *dropper)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_identifier(&sql, dropper->student->database);
    strbuf_add_string(&sql, " WITH (FORCE)");
    outside_call();
    pg_script(dropper->pg, sql.text, DROP_MS, on_dropped, dropper);
}

/* The next whose database is archived, or who has none. */
static void drop_next(struct dropper *dropper)
{
    struct dropping *dropping = dropper->dropping;
    while (dropping->next < dropping->n && !error_is_set(&dropping->broken)) {
        const struct archive_item *item = &dropping->items[dropping->next];
        dropper->student = &dropping->list[dropping->next++];
        if (item->error != NULL)
            keep_one(dropping, dropper->student, item->error);
        else if (dropper->student->database == NULL)
            finish_one(dropping, dropper->student);
        else {
            drop_database(dropper);
            return;
        }
    }
    pg_close(dropper->pg);
    dropper->pg = NULL;
}

static void on_connected(struct pg *pg, const struct error *err, void *data)
{
    struct dropper *dropper = data;
    (void)pg;
    if (err == NULL) {
        drop_next(dropper);
        return;
    }
    error_set(&dropper->dropping->broken, err->code, "%s", err->message);
    pg_close(dropper->pg);
    dropper->pg = NULL;
}

static bool drop_all(struct destroy *d, struct doomed *list, size_t n,
                     const struct archive_item *items, struct error *err)
{
    struct dropping dropping = {.d = d, .list = list, .n = n, .items = items, .broken = ERROR_INIT};
    struct dropper droppers[DROPPERS];
    struct pg_address address;
    struct loop loop;
    if (!look_connect_ldap(d->site, &dropping.ldap, err))
        return false;
    connect_as_admin(d->site, CONTROL_DATABASE, &d->arena, &address);
    loop_init(&loop);
    for (size_t i = 0; i < DROPPERS && i < n; i++) {
        droppers[i] = (struct dropper){.dropping = &dropping};
        droppers[i].pg = pg_open(&loop, &address, CONNECT_MS, on_connected, &droppers[i]);
    }
    loop_run(&loop);
    loop_release(&loop);
    ldap_disconnect(dropping.ldap);
    if (!error_is_set(&dropping.broken))
        return true;
    error_move(err, &dropping.broken);
    return false;
}

static bool drop_lab(struct destroy *d, struct error *err)
{
    const char *params[] = {arena_printf(&d->arena, "%d", d->lab_id)};
    outside_call();
    return given_drop(d->conn, d->lab, err) && d->example->drop(d->site, d->lab, err) &&
           pg_script_now(d->conn, "SET synchronous_commit = on", err) &&
           outside_execute(d->conn, "DELETE FROM public.labs WHERE lab_id = $1::integer", 1, params,
                           err);
}

/*
 * What a crash of the server loses of these commits, the next destroy does again: DROP DATABASE,
 * the only one that cannot be taken back, always waits for the disk, and the last one for all.
 */
static bool hurry(struct destroy *d, struct error *err)
{
    return pg_script_now(d->conn, "SET synchronous_commit = off", err);
}

/* -- all of it --------------------------------------------------------------------------------- */

/* Close, archive, drop.  Of whom an earlier database had to be kept, the student is kept, too. */
static bool destroy_list(struct destroy *d, struct doomed *list, size_t n, struct error *err)
{
    struct archive_item *items = arena_alloc_array(&d->arena, n + 1, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        if (!close_one(d, &list[i], err))
            return error_wrap(err, "database \"%s\"", list[i].database);
        items[i] = (struct archive_item){.database = list[i].database, .name = list[i].file};
    }
    if (!archive_databases(d->site, d->archive, items, n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d->n_asides && !list[i].aside && items[i].error == NULL; k++)
            if (d->asides[k].kept && strcmp(d->asides[k].login, list[i].login) == 0)
                items[i].error = mem_strdup("what a reset put aside is still there");
    bool ok = drop_all(d, list, n, items, err);
    for (size_t i = 0; i < n; i++)
        free(items[i].error);
    return ok;
}

static bool destroy_students(struct destroy *d, struct error *err)
{
    d->event = (struct event){
        .target = "databases", .object = "", .text = "", .total = d->n + d->n_asides};
    report(d, EVENT_START, "", "");
    bool ok = (d->n_asides == 0 || destroy_list(d, d->asides, d->n_asides, err)) &&
              destroy_list(d, d->students, d->n, err);
    if (ok)
        report(d, EVENT_DONE, "", "");
    return ok;
}

static bool destroy_lab(struct destroy *d, struct error *err)
{
    if (!find_lab(d, err) || !list_students(d, err) || !hurry(d, err) || !destroy_students(d, err))
        return false;
    if (d->kept == 0)
        return drop_lab(d, err);
    error_set(err, ERROR_FAILED, "%zu of %zu students of lab \"%s\" were kept", d->kept, d->n,
              d->lab);
    return error_hint(err, "Their databases are closed, not dropped: \"apply\" opens them again, "
                           "another \"destroy\" goes on.");
}

bool provision_destroy(const struct site *site, const char *lab_name, const char *archive,
                       const struct provision_example *example, event_cb on_event, void *data,
                       struct error *err)
{
    int lock = -1;
    struct destroy d = {.site = site,
                        .lab = lab_name,
                        .archive = archive,
                        .example = example,
                        .arena = ARENA_INIT,
                        .on_event = on_event,
                        .data = data};
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = ground_connect(site, CONTROL_DATABASE, &d.conn, err) && destroy_lab(&d, err);
    PQfinish(d.conn);
    arena_release(&d.arena);
    close(lock);
    return ok;
}
