/*
 * plan and apply: look, compare, and do what differs, target by target.
 *
 * The order is what makes it resumable: first one transaction notes what will be made and makes the
 * roles, then entries and databases come into being, and only the last transaction says that the
 * lab stands as wanted.
 */
#include "provision/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "control/connect.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/given.h"
#include "provision/ground.h"
#include "provision/look.h"
#include "provision/outside.h"

#include "config.h"

enum { ROOM_LEFT_KB = 64 * 1024 }; /* what stays free for the write-ahead log */

/* -- events ------------------------------------------------------------------------------------ */

void work_start(struct work *work, struct event *event, const char *target, size_t total)
{
    *event = (struct event){.kind = EVENT_START, .target = target, .object = "", .text = ""};
    event->total = total;
    work->on_event(event, work->data);
}

void work_step(struct work *work, struct event *event, bool changed)
{
    event->kind = EVENT_PROGRESS;
    event->done++;
    event->changed += changed;
    work->on_event(event, work->data);
}

void work_error(struct work *work, struct event *event, const char *object, const char *text)
{
    event->kind = EVENT_ERROR;
    event->object = object;
    event->text = text;
    work->on_event(event, work->data);
    event->object = event->text = "";
    work->failed++;
}

void work_done(struct work *work, struct event *event)
{
    event->kind = EVENT_DONE;
    work->on_event(event, work->data);
}

/* -- what is wanted ---------------------------------------------------------------------------- */

struct verifier_source {
    struct arena arena;
    struct secret *daemon;
};

struct wanted {
    struct plan_wanted plan;
    struct verifier_source verifiers;
    struct secret daemon;
    char *source; /* absolute path of the lab file */
    char *lab_digest, *checks_digest, *template_stamp;
};

/* The verifier of a probe's role; data is the struct verifier_source. */
static const char *probe_verifier(const char *role, void *data)
{
    struct verifier_source *source = data;
    char password[SECRET_ROLE_PASSWORD_SIZE];
    secret_role_password(source->daemon, role, password);
    CLEANUP(mem_free_string)
    char *verifier = secret_scram_verifier(source->daemon, role, password, SECRET_SCRAM_ONE);
    explicit_bzero(password, sizeof password);
    return arena_strdup(&source->arena, verifier);
}

/* Before the ground was laid there are no roles either, so nothing compares it. */
static const char *no_verifier(const char *role, void *data)
{
    (void)role;
    (void)data;
    return "";
}

static bool hash_file(const char *path, uint64_t *hash, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    char chunk[65536];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        *hash = digest_fnv(*hash, chunk, (size_t)n);
    int saved = errno;
    close(fd);
    return n == 0 ? true : error_set_errno(err, saved, "could not read \"%s\"", path);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return digest_fnv(hash, text, strlen(text) + 1);
}

/* What the checks follow from: the example, the lab file, this program.  "" for a live database or
 * a directory, which have to be read to know. */
static bool digest_checks(const struct lab *lab, char **ret_digest, struct error *err)
{
    struct stat info;
    if (lab->example_is_uri || (stat(lab->example, &info) == 0 && S_ISDIR(info.st_mode))) {
        *ret_digest = mem_strdup("");
        return true;
    }
    if (!file_exists(lab->example)) {
        error_set(err, ERROR_NOT_FOUND, "%s: example: there is no file \"%s\"", lab->file,
                  lab->example);
        return error_hint(err, "Put the dump there, or mend the path: it begins at the lab file's "
                               "folder.");
    }
    uint64_t hash = hash_text(DIGEST_FNV_START, PACKAGE_VERSION);
    const struct asset *facts = asset_find("assets/sql/facts.sql");
    hash = facts != NULL ? digest_fnv(hash, facts->text, facts->len) : hash;
    if (!hash_file(lab->file, &hash, err) || !hash_file(lab->example, &hash, err))
        return false;
    *ret_digest = mem_printf("%016llx", (unsigned long long)hash);
    return true;
}

static bool wanted_init(struct wanted *wanted, const struct site *site, const struct lab *lab,
                        const struct roster *roster, struct error *err)
{
    *wanted = (struct wanted){.plan = {.lab = lab, .roster = roster, .verifier = no_verifier}};
    CLEANUP(mem_free_string)
    char *secret_path = site_secret_path(site, "daemon");
    if (file_exists(secret_path)) {
        if (!secret_load(secret_path, &wanted->daemon, err))
            return false;
        wanted->verifiers.daemon = &wanted->daemon;
        wanted->plan.verifier = probe_verifier;
        wanted->plan.data = &wanted->verifiers;
    }
    wanted->source = realpath(lab->file, NULL);
    if (wanted->source == NULL)
        return error_set_errno(err, errno, "could not find \"%s\"", lab->file);
    CLEANUP(mem_free_string)
    char *limits = control_limits(lab);
    uint64_t hash =
        hash_text(hash_text(hash_text(DIGEST_FNV_START, lab->title), wanted->source), limits);
    wanted->lab_digest = mem_printf("%016llx", (unsigned long long)hash);
    if (!digest_checks(lab, &wanted->checks_digest, err))
        return false;
    wanted->template_stamp = control_template_stamp();
    wanted->plan.template_stamp = wanted->template_stamp;
    wanted->plan.lab_digest = wanted->lab_digest;
    wanted->plan.checks_digest = wanted->checks_digest;
    return true;
}

static void wanted_release(struct wanted *wanted)
{
    secret_wipe(&wanted->daemon);
    arena_release(&wanted->verifiers.arena);
    free(wanted->source);
    free(wanted->lab_digest);
    free(wanted->checks_digest);
    free(wanted->template_stamp);
}

/* -- plan -------------------------------------------------------------------------------------- */

/* The control database when there is one with our schema in it, else another. */
static bool connect_for_plan(const struct site *site, PGconn **ret_conn, bool *ret_control,
                             struct error *err)
{
    PGconn *conn = NULL;
    PGresult *result = NULL;
    if (!ground_connect(site, "postgres", &conn, err))
        return false;
    bool ok = pg_query_now(conn,
                           "SELECT 1 FROM pg_catalog.pg_database"
                           " WHERE datname = 'lectern' AND datallowconn",
                           0, NULL, &result, err);
    *ret_control = ok && PQntuples(result) == 1;
    PQclear(result);
    if (!ok || !*ret_control) {
        *ret_conn = conn;
        if (!ok)
            PQfinish(conn);
        return ok;
    }
    PQfinish(conn);
    if (!ground_connect(site, CONTROL_DATABASE, ret_conn, err))
        return false;
    if (!pg_query_now(*ret_conn,
                      "SELECT 1 FROM pg_catalog.pg_class"
                      " WHERE oid = pg_catalog.to_regclass('public.provisioned')",
                      0, NULL, &result, err)) {
        PQfinish(*ret_conn);
        return false;
    }
    *ret_control = PQntuples(result) == 1;
    PQclear(result);
    return true;
}

bool provision_plan(const struct site *site, const struct lab *lab, const struct roster *roster,
                    struct plan *ret_plan, struct error *err)
{
    CLEANUP(wanted_release)
    struct wanted wanted;
    CLEANUP(found_release)
    struct found found = {.arena = ARENA_INIT};
    PGconn *conn = NULL;
    bool control = false;
    if (!wanted_init(&wanted, site, lab, roster, err) ||
        !connect_for_plan(site, &conn, &control, err))
        return false;
    bool ok = look(site, conn, control, lab, roster, &found, err);
    PQfinish(conn);
    if (ok)
        plan_compute(&wanted.plan, &found, ret_plan);
    return ok;
}

/* -- apply ------------------------------------------------------------------------------------- */

static bool report_refused(const struct plan *plan, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf names = STRBUF_INIT;
    for (size_t i = 0; i < plan->n_refusals; i++)
        strbuf_printf(&names, "%s%s \"%s\"", i > 0 ? ", " : "", plan->refusals[i].kind,
                      plan->refusals[i].name);
    error_set(err, ERROR_EXISTS, "%s \"%s\" exists and was not made by lectern",
              plan->refusals[0].kind, plan->refusals[0].name);
    error_detail(err, "Nothing was changed. Of these names there is something already: %s.",
                 names.text);
    return error_hint(err, "Give those students other logins, or rename what is there.");
}

static bool plan_touches(const struct plan *plan, const char *object)
{
    for (size_t i = 0; i < plan->n_actions; i++)
        if (plan->actions[i].target == PLAN_CONTROL && plan->actions[i].login[0] == '\0' &&
            strcmp(plan->actions[i].object, object) == 0)
            return true;
    return false;
}

/* The last transaction: checks, digests, generation, and the lab is current. */
static bool finish(struct work *work, const struct wanted *wanted, const struct check_set *checks,
                   bool *ret_checks_changed, struct error *err)
{
    bool all = work->failed == 0;
    outside_call();
    if (!pg_script_now(work->conn, "BEGIN", err))
        return false;
    bool ok = checks == NULL ||
              control_save_checks(work->conn, work->lab_id, checks, ret_checks_changed, err);
    if (ok && (plan_changes(work->plan) > 0 || *ret_checks_changed))
        ok = control_finish_lab(work->conn, work->lab_id, all ? wanted->lab_digest : NULL,
                                checks != NULL ? wanted->checks_digest : NULL, err);
    outside_call();
    struct error rollback = ERROR_INIT;
    if (ok)
        return pg_script_now(work->conn, "COMMIT", err);
    pg_script_now(work->conn, "ROLLBACK", &rollback);
    error_clear(&rollback);
    return false;
}

/* Targets that have nothing to do are told about as well. */
static void report_unchanged(struct work *work)
{
    static const enum plan_target targets[] = {PLAN_ROLES, PLAN_LDAP, PLAN_DATABASES};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct event event;
        work_start(work, &event, plan_target_name(targets[i]), work->plan->wanted[targets[i]]);
        event.done = event.total;
        work_done(work, &event);
    }
}

/* Read the example when its checks may have changed.  It comes before anything is made: a class
 * without checks is of no use, and a broken example is the most likely mistake. */
static bool read_checks(struct work *work, const struct wanted *wanted,
                        struct check_set *ret_checks, bool *ret_read, struct error *err)
{
    /* In a query lab they tell what new databases begin with. */
    *ret_read = wanted->checks_digest[0] == '\0' || plan_touches(work->plan, "checks") ||
                (work->lab->goal == GOAL_QUERY && work->plan->changes[PLAN_DATABASES] > 0);
    if (!*ret_read)
        return true;
    outside_call();
    return work->example->read(work->site, work->lab, work->on_event, work->data, ret_checks, err);
}

/* `checks`: those of the example; NULL when they were not read. */
static bool make_objects(struct work *work, const struct check_set *checks, struct error *err)
{
    if (plan_changes(work->plan) == 0) {
        report_unchanged(work);
        return true;
    }
    return (work->lab->goal != GOAL_QUERY || checks == NULL ||
            given_make(work->site, work->conn, work->lab, checks, err)) &&
           apply_rows_and_roles(work, err) && apply_entries(work, err) &&
           apply_databases(work, err) && apply_disabled(work, err);
}

static bool find_lab_id(struct work *work, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(work->conn, "SELECT lab_id FROM public.labs WHERE name = $1", 1,
                      &work->lab->name, &result, err))
        return false;
    work->lab_id =
        PQntuples(result) == 1 ? (int)strtol(pg_value(result, 0, "lab_id"), NULL, 10) : 0;
    PQclear(result);
    return true;
}

static bool carry_out(struct work *work, const struct wanted *wanted, size_t *ret_changed,
                      struct error *err)
{
    bool read = false, checks_changed = false;
    struct event event;
    struct check_set checks;
    check_set_init(&checks);
    bool ok = find_lab_id(work, err) && read_checks(work, wanted, &checks, &read, err) &&
              make_objects(work, read ? &checks : NULL, err);
    if (ok) {
        work_start(work, &event, "control", work->plan->wanted[PLAN_CONTROL]);
        ok = (!read && plan_changes(work->plan) == 0) ||
             finish(work, wanted, read ? &checks : NULL, &checks_changed, err);
    }
    check_set_release(&checks);
    *ret_changed = plan_changes(work->plan) - work->failed;
    if (!ok)
        return false;
    event.done = event.total;
    event.changed = work->plan->changes[PLAN_CONTROL];
    if (checks_changed && !plan_touches(work->plan, "checks")) { /* a live example has changed */
        event.changed++;
        (*ret_changed)++;
    }
    work_done(work, &event);
    if (work->failed == 0)
        return true;
    error_set(err, ERROR_FAILED, "%zu of %zu objects could not be made", work->failed,
              plan_changes(work->plan));
    return error_hint(err, "Mend what is named above and apply again.");
}

/*
 * PostgreSQL stops, with everybody's session, when its disk is full: what can't fit isn't begun.
 * Servers whose files are elsewhere are taken at their word.
 */
static bool check_room(const struct site *site, const struct plan *plan, struct error *err)
{
    struct statvfs info;
    uint64_t create = 0;
    for (size_t i = 0; i < plan->n_actions; i++)
        create += plan->actions[i].target == PLAN_DATABASES && plan->actions[i].verb == PLAN_CREATE;
    CLEANUP(mem_free_string)
    char *databases = path_join(site->state, "postgres/base");
    if (create == 0 || site->containers || statvfs(databases, &info) != 0)
        return true;
    uint64_t free_kb = (uint64_t)info.f_bavail * info.f_frsize / 1024;
    uint64_t needed_kb = create * SITE_STUDENT_KB + ROOM_LEFT_KB;
    if (free_kb >= needed_kb)
        return true;
    error_set(err, ERROR_FAILED,
              "no room for %" PRIu64 " databases: %" PRIu64 " MB are free for \"%s\", %" PRIu64
              " needed",
              create, free_kb / 1024, site->state, needed_kb / 1024);
    error_detail(err, "Nothing was changed.");
    return error_hint(err, "Make room on that disk, or set LECTERN_STATE to a directory on a "
                           "larger one; each student takes 7.2 MB and more.");
}

static bool look_and_do(const struct site *site, const struct wanted *wanted, PGconn *conn,
                        const struct provision_example *example, event_cb on_event, void *data,
                        size_t *ret_changed, struct error *err)
{
    CLEANUP(found_release)
    struct found found = {.arena = ARENA_INIT};
    struct plan plan;
    if (!look(site, conn, true, wanted->plan.lab, wanted->plan.roster, &found, err))
        return false;
    plan_compute(&wanted->plan, &found, &plan);
    struct work work = {
        .site = site,
        .lab = wanted->plan.lab,
        .roster = wanted->plan.roster,
        .found = &found,
        .plan = &plan,
        .wanted = &wanted->plan,
        .example = example,
        .conn = conn,
        .on_event = on_event,
        .data = data,
    };
    bool ok = plan.n_refusals > 0
                  ? report_refused(&plan, err)
                  : check_room(site, &plan, err) && carry_out(&work, wanted, ret_changed, err);
    plan_release(&plan);
    return ok;
}

bool provision_apply(const struct site *site, const struct lab *lab, const struct roster *roster,
                     const struct provision_example *example, event_cb on_event, void *data,
                     size_t *ret_changed, struct error *err)
{
    CLEANUP(wanted_release)
    struct wanted wanted;
    int lock = -1;
    PGconn *conn = NULL;
    *ret_changed = 0;
    if (!wanted_init(&wanted, site, lab, roster, err) || !outside_lock(site, &lock, err))
        return false;
    bool ok = ground_connect(site, CONTROL_DATABASE, &conn, err) &&
              look_and_do(site, &wanted, conn, example, on_event, data, ret_changed, err);
    PQfinish(conn);
    close(lock);
    return ok;
}
