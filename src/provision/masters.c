/*
 * Lab masters' accounts: see masters.h.
 *
 * A group of names may not be empty, so the provisioner is always a member of it.
 */
#include "provision/masters.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "io/ldap.h"
#include "lab/roster.h"
#include "provision/look.h"
#include "provision/outside.h"

#define MASTERS "cn=masters"

struct members {
    char **dns; /* NULL-terminated */
    size_t n;
    bool exists; /* the group */
};

static void members_release(struct members *members)
{
    for (size_t i = 0; i < members->n; i++)
        free(members->dns[i]);
    free(members->dns);
}

static void add_member(struct members *members, const char *dn)
{
    members->dns = mem_realloc_array(members->dns, members->n + 2, sizeof *members->dns);
    members->dns[members->n++] = mem_strdup(dn);
    members->dns[members->n] = NULL;
}

static bool each_group(struct ldap_entry *entry, void *data)
{
    struct members *members = data;
    char **values = ldap_entry_values(entry, "member");
    members->exists = true;
    for (char **v = values; v != NULL && *v != NULL; v++)
        add_member(members, *v);
    ldap_values_free(values);
    return false;
}

static bool read_members(const struct site *site, struct ldap_connection *ldap,
                         struct members *ret_members, struct error *err)
{
    static const char *const attributes[] = {"member", NULL};
    return ldap_search_each(ldap, site->ldap_groups, true, "(" MASTERS ")", attributes, each_group,
                            ret_members, err);
}

static bool change_now(struct ldap_connection *ldap, struct ldap_change *change, struct error *err)
{
    outside_call();
    if (!ldap_pipeline(ldap, change, 1, 1, NULL, NULL, err))
        return false;
    if (change->result != LDAP_CODE_SUCCESS)
        error_set(err, ERROR_FAILED, "the directory refused \"%s\": %s", change->dn,
                  change->message != NULL && change->message[0] != '\0' ? change->message
                                                                        : "no reason given");
    bool ok = change->result == LDAP_CODE_SUCCESS;
    free(change->message);
    return ok;
}

/* The group with exactly these members. */
static bool write_members(const struct site *site, struct ldap_connection *ldap,
                          const struct members *members, struct error *err)
{
    static const char *const classes[] = {"groupOfNames", NULL};
    static const char *const names[] = {"masters", NULL};
    CLEANUP(mem_free_string)
    char *dn = mem_printf(MASTERS ",%s", site->ldap_groups);
    const struct ldap_attribute attributes[] = {
        {"member", (const char *const *)members->dns},
        {"objectClass", classes},
        {"cn", names},
    };
    struct ldap_change change = {
        .kind = members->exists ? LDAP_CHANGE_MODIFY : LDAP_CHANGE_ADD,
        .dn = dn,
        .attributes = attributes,
        .n_attributes = members->exists ? 1 : sizeof attributes / sizeof *attributes,
    };
    return change_now(ldap, &change, err);
}

static bool set_member(const struct site *site, struct ldap_connection *ldap, const char *dn,
                       bool wanted, struct error *err)
{
    CLEANUP(members_release)
    struct members is = {NULL, 0, false}, should = {NULL, 0, false};
    bool was = false;
    if (!read_members(site, ldap, &is, err))
        return false;
    should.exists = is.exists;
    if (!is.exists)
        add_member(&should, site->ldap_admin_dn);
    for (size_t i = 0; i < is.n; i++) {
        bool this_one = strcasecmp(is.dns[i], dn) == 0;
        was = was || this_one;
        if (!this_one || wanted)
            add_member(&should, is.dns[i]);
    }
    if (wanted && !was)
        add_member(&should, dn);
    return was == wanted || write_members(site, ldap, &should, err);
}

/* -- accounts ---------------------------------------------------------------------------------- */

struct account {
    bool exists, is_master;
};

static bool each_account(struct ldap_entry *entry, void *data)
{
    struct account *account = data;
    char **values = ldap_entry_values(entry, "description");
    account->exists = true;
    for (char **v = values; v != NULL && *v != NULL; v++)
        account->is_master = account->is_master || strcmp(*v, MASTER_MARK) == 0;
    ldap_values_free(values);
    return false;
}

static bool look_account(const struct site *site, struct ldap_connection *ldap, const char *login,
                         struct account *ret_account, struct error *err)
{
    static const char *const attributes[] = {"description", NULL};
    CLEANUP(mem_free_string)
    char *uid = ldap_escape_filter(login);
    CLEANUP(mem_free_string)
    char *filter = mem_printf("(uid=%s)", uid);
    *ret_account = (struct account){false, false};
    return ldap_search_each(ldap, site->ldap_people, true, filter, attributes, each_account,
                            ret_account, err);
}

/* Derived from the provisioner's secret and the time: nobody else can, and it is kept nowhere. */
static bool choose_password(const struct site *site, const char *login,
                            char ret_password[SECRET_PASSWORD_SIZE], struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_secret_path(site, "ldap");
    struct secret secret;
    if (!secret_load_or_create(path, &secret, err)) /* others' servers have none of ours */
        return false;
    secret_student_password(&secret, login, (unsigned)time(NULL), ret_password);
    secret_wipe(&secret);
    return true;
}

static bool make_account(const struct site *site, struct ldap_connection *ldap, const char *login,
                         const char *name, const char *email,
                         char ret_password[SECRET_PASSWORD_SIZE], struct error *err)
{
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(site, login);
    if (!choose_password(site, login, ret_password, err))
        return false;
    CLEANUP(mem_free_string)
    char *hash = secret_ssha(ret_password);
    const char *const values[][2] = {{"inetOrgPerson"}, {name}, {MASTER_MARK}, {hash}, {email}};
    const struct ldap_attribute attributes[] = {
        {"objectClass", values[0]}, {"cn", values[1]},           {"sn", values[1]},
        {"description", values[2]}, {"userPassword", values[3]}, {"mail", values[4]},
    };
    struct ldap_change change = {
        .kind = LDAP_CHANGE_ADD,
        .dn = dn,
        .attributes = attributes,
        .n_attributes = email[0] != '\0' ? 6 : 5,
    };
    return change_now(ldap, &change, err);
}

static bool add(const struct site *site, struct ldap_connection *ldap, const char *login,
                const char *name, const char *email, char ret_password[SECRET_PASSWORD_SIZE],
                struct error *err)
{
    struct account account;
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(site, login);
    if (!look_account(site, ldap, login, &account, err))
        return false;
    if (account.exists && !account.is_master) {
        error_set(err, ERROR_EXISTS, "the login \"%s\" is somebody else's in the directory", login);
        return error_hint(err, "A master's account is for mastering only: choose another login.");
    }
    return (account.exists || make_account(site, ldap, login, name, email, ret_password, err)) &&
           set_member(site, ldap, dn, true, err);
}

bool masters_add(const struct site *site, const char *login, const char *name, const char *email,
                 char ret_password[SECRET_PASSWORD_SIZE], struct error *err)
{
    struct ldap_connection *ldap;
    int lock = -1;
    const char *fault = roster_login_fault(login);
    ret_password[0] = '\0';
    if (fault != NULL)
        return error_set(err, ERROR_INPUT, "the login \"%s\" %s", login, fault);
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = look_connect_ldap(site, &ldap, err);
    if (ok) {
        ok = add(site, ldap, login, name[0] != '\0' ? name : login, email, ret_password, err);
        ldap_disconnect(ldap);
    }
    close(lock);
    return ok;
}

static bool remove_one(const struct site *site, struct ldap_connection *ldap, const char *login,
                       struct error *err)
{
    struct account account;
    CLEANUP(mem_free_string)
    char *dn = look_entry_dn(site, login);
    if (!look_account(site, ldap, login, &account, err))
        return false;
    if (!account.is_master) {
        error_set(err, ERROR_NOT_FOUND, "there is no master \"%s\"", login);
        return error_hint(err, "\"lectern master\" lists them.");
    }
    struct ldap_change change = {.kind = LDAP_CHANGE_DELETE, .dn = dn};
    return set_member(site, ldap, dn, false, err) && change_now(ldap, &change, err);
}

bool masters_remove(const struct site *site, const char *login, struct error *err)
{
    struct ldap_connection *ldap;
    int lock = -1;
    if (!outside_lock(site, &lock, err))
        return false;
    bool ok = look_connect_ldap(site, &ldap, err);
    if (ok) {
        ok = remove_one(site, ldap, login, err);
        ldap_disconnect(ldap);
    }
    close(lock);
    return ok;
}

/* -- the list ---------------------------------------------------------------------------------- */

struct listing {
    struct arena *arena;
    struct master *masters;
    size_t n, capacity;
};

static const char *keep_first(struct listing *listing, struct ldap_entry *entry, const char *name)
{
    char **values = ldap_entry_values(entry, name);
    const char *kept =
        arena_strdup(listing->arena, values != NULL && values[0] != NULL ? values[0] : "");
    ldap_values_free(values);
    return kept;
}

static bool each_master(struct ldap_entry *entry, void *data)
{
    struct listing *listing = data;
    listing->masters =
        mem_grow(listing->masters, listing->n, &listing->capacity, sizeof *listing->masters);
    listing->masters[listing->n++] = (struct master){
        .login = keep_first(listing, entry, "uid"),
        .name = keep_first(listing, entry, "cn"),
    };
    return true;
}

bool masters_list(const struct site *site, struct arena *arena, struct master **ret_masters,
                  size_t *ret_n, struct error *err)
{
    static const char *const attributes[] = {"uid", "cn", NULL};
    struct ldap_connection *ldap;
    struct listing listing = {.arena = arena};
    if (!look_connect_ldap(site, &ldap, err))
        return false;
    bool ok = ldap_search_each(ldap, site->ldap_people, true, "(description=" MASTER_MARK ")",
                               attributes, each_master, &listing, err);
    ldap_disconnect(ldap);
    *ret_masters = arena_alloc_array(arena, listing.n + 1, sizeof *listing.masters);
    if (listing.n > 0)
        memcpy(*ret_masters, listing.masters, listing.n * sizeof *listing.masters);
    *ret_n = listing.n;
    free(listing.masters);
    return ok;
}
