/*
 * LDAP entries: pipelined, with hashes made on this side, for slapd takes 30 ms for each of its
 * own.  A password that is there is never overwritten.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "control/labs.h"
#include "io/ldap.h"
#include "lab/roster.h"
#include "provision/apply.h"
#include "provision/look.h"
#include "provision/outside.h"

enum { WINDOW = 32, SECRET_FILE_MAX = 4096, ATTRIBUTES = 6 /* of one entry, at most */ };

/* One entry's change with everything that it points to. */
struct entry_change {
    char *dn, *hash;
    const char *values[ATTRIBUTES][2];
    struct ldap_attribute attributes[ATTRIBUTES];
};

static void add_value(struct entry_change *entry, struct ldap_change *change, const char *name,
                      const char *value)
{
    size_t i = change->n_attributes++;
    entry->values[i][0] = value; /* NULL: the attribute is removed */
    entry->attributes[i] = (struct ldap_attribute){name, entry->values[i]};
}

static const struct student *find_student(const struct work *work, const char *login)
{
    for (size_t i = 0; i < work->roster->count; i++)
        if (strcmp(work->roster->students[i].login, login) == 0)
            return &work->roster->students[i];
    return NULL;
}

static unsigned password_generation(const struct work *work, const char *login)
{
    for (size_t i = 0; i < work->found->n_students; i++)
        if (strcmp(work->found->students[i].student.login, login) == 0)
            return work->found->students[i].password_generation;
    return 0;
}

static void describe_person(const struct student *student, bool add, struct entry_change *entry,
                            struct ldap_change *change)
{
    const char *name = plan_entry_name(student), *email = plan_entry_email(student);
    add_value(entry, change, "cn", name);
    add_value(entry, change, "sn", name);
    if (email[0] != '\0' || !add)
        add_value(entry, change, "mail", email[0] != '\0' ? email : NULL);
}

static void make_change(const struct work *work, const struct plan_action *action,
                        const struct secret *secret, struct entry_change *entry,
                        struct ldap_change *change)
{
    const struct student *student = find_student(work, action->login);
    entry->dn = look_entry_dn(work->site, action->login);
    *change = (struct ldap_change){
        .kind = LDAP_CHANGE_MODIFY, .dn = entry->dn, .attributes = entry->attributes};
    if (action->verb == PLAN_DISABLE) {
        add_value(entry, change, "pwdAccountLockedTime", LOOK_LOCKED);
        return;
    }
    describe_person(student, action->verb == PLAN_CREATE, entry, change);
    if (action->verb == PLAN_ENABLE)
        add_value(entry, change, "pwdAccountLockedTime", NULL);
    if (action->verb != PLAN_CREATE)
        return;
    char password[SECRET_PASSWORD_SIZE];
    secret_student_password(secret, student->login, password_generation(work, student->login),
                            password);
    entry->hash = secret_ssha(password);
    explicit_bzero(password, sizeof password);
    change->kind = LDAP_CHANGE_ADD;
    add_value(entry, change, "objectClass", "inetOrgPerson");
    add_value(entry, change, "description", LOOK_ENTRY_MARK);
    add_value(entry, change, "userPassword", entry->hash);
}

struct ldap_work {
    struct work *work;
    struct event event;
};

static void on_done(const struct ldap_change *change, void *data)
{
    struct ldap_work *l = data;
    if (change->result == LDAP_CODE_SUCCESS) {
        work_step(l->work, &l->event, true);
        outside_call();
        return;
    }
    l->event.done++;
    work_error(l->work, &l->event, change->dn,
               change->message != NULL ? change->message : "refused by the LDAP server");
}

static char *lab_secret_path(const struct work *work, const char *lab)
{
    CLEANUP(mem_free_string)
    char *relative = mem_printf("labs/%s/secret", lab);
    return site_path(work->site, relative);
}

/*
 * Students who have their account from an earlier lab keep the password: this lab's secret is then
 * a copy of that lab's, so that its slips say the same.
 */
static bool copy_earlier_secret(const struct work *work, const char *path, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    const char *earlier = NULL;
    if (!control_account_lab(work->conn, work->lab_id, &arena, &earlier, err))
        return false;
    if (earlier == NULL)
        return true;
    CLEANUP(mem_free_string)
    char *from = lab_secret_path(work, earlier);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (!file_exists(from))
        return true;
    return file_read(from, SECRET_FILE_MAX, &text, err) &&
           file_write(path, text.text, text.len, 0600, err);
}

static bool load_lab_secret(const struct work *work, struct secret *ret_secret, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = lab_secret_path(work, work->lab->name);
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    if (!file_make_directories(directory, 0755, err))
        return false;
    if (!file_exists(path)) {
        outside_call();
        if (!copy_earlier_secret(work, path, err))
            return false;
    }
    return secret_load_or_create(path, ret_secret, err);
}

static bool send_changes(struct work *work, struct ldap_change *changes, size_t n,
                         struct error *err)
{
    struct ldap_work l = {.work = work};
    struct ldap_connection *ldap = NULL;
    work_start(work, &l.event, "ldap", work->plan->wanted[PLAN_LDAP]);
    l.event.done = l.event.total - work->plan->changes[PLAN_LDAP];
    if (n > 0) {
        outside_call();
        if (!look_connect_ldap(work->site, &ldap, err))
            return false;
        bool ok = ldap_pipeline(ldap, changes, n, WINDOW, on_done, &l, err);
        ldap_disconnect(ldap);
        if (!ok) {
            error_hint(err, "Start the LDAP server and apply again; that completes it.");
            return error_wrap(err, "LDAP");
        }
    }
    work_done(work, &l.event);
    return true;
}

/* Only for new entries and a new lab, or a secret that was deleted on purpose would come back. */
static bool needs_secret(const struct work *work)
{
    for (size_t i = 0; i < work->plan->n_actions; i++)
        if (work->plan->actions[i].target == PLAN_LDAP &&
            work->plan->actions[i].verb == PLAN_CREATE)
            return true;
    return !work->found->lab_exists;
}

bool apply_entries(struct work *work, struct error *err)
{
    const struct plan *plan = work->plan;
    size_t total = plan->changes[PLAN_LDAP], n = 0;
    struct secret secret = {{0}};
    if (needs_secret(work) && !load_lab_secret(work, &secret, err))
        return false;
    struct ldap_change *changes = mem_alloc_array(total + 1, sizeof *changes);
    struct entry_change *entries = mem_alloc_array(total + 1, sizeof *entries);
    for (size_t i = 0; i < plan->n_actions; i++)
        if (plan->actions[i].target == PLAN_LDAP) {
            make_change(work, &plan->actions[i], &secret, &entries[n], &changes[n]);
            n++;
        }
    secret_wipe(&secret);
    bool ok = send_changes(work, changes, n, err);
    for (size_t i = 0; i < n; i++) {
        free(entries[i].dn);
        free(entries[i].hash);
        free(changes[i].message);
    }
    free(entries);
    free(changes);
    return ok;
}
