/*
 * Searching the directory for people.
 */
#include "provision/people.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "io/ldap.h"
#include "lab/roster.h"
#include "provision/look.h"
#include "provision/masters.h"

static const char *const attributes[] = {"uid",  "sAMAccountName", "cn", "displayName",
                                         "mail", "description",    NULL};

/* The first value of the first attribute that has one, in the arena; "" for what is no text. */
static const char *value_of(struct people *people, struct ldap_entry *entry, const char *first,
                            const char *second)
{
    char **values = ldap_entry_values(entry, first);
    if ((values == NULL || values[0] == NULL) && second != NULL) {
        ldap_values_free(values);
        values = ldap_entry_values(entry, second);
    }
    bool fits = values != NULL && values[0] != NULL && utf8_valid(values[0], strlen(values[0]));
    const char *value = arena_strdup(&people->arena, fits ? values[0] : "");
    ldap_values_free(values);
    return value;
}

static bool is_master(struct ldap_entry *entry)
{
    char **values = ldap_entry_values(entry, "description");
    bool is = false;
    for (char **v = values; v != NULL && *v != NULL; v++)
        is = is || strcmp(*v, MASTER_MARK) == 0;
    ldap_values_free(values);
    return is;
}

static void pass_over(struct people *people, const char *who, const char *why)
{
    people->passed = mem_grow(people->passed, people->n_passed, &people->passed_capacity,
                              sizeof *people->passed);
    people->passed[people->n_passed++] = (struct passed_over){
        arena_strdup(&people->arena, who), arena_printf(&people->arena, "it %s", why)};
}

static bool each_entry(struct ldap_entry *entry, void *data)
{
    struct people *people = data;
    const char *given = value_of(people, entry, "uid", "sAMAccountName");
    char *login = arena_strdup(&people->arena, given);
    for (char *p = login; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    const char *fault = *login == '\0'     ? "has no login"
                        : is_master(entry) ? "teaches"
                                           : roster_login_fault(login);
    if (fault != NULL)
        pass_over(people, *login != '\0' ? given : ldap_entry_dn(entry), fault);
    else {
        people->found =
            mem_grow(people->found, people->n, &people->capacity, sizeof *people->found);
        people->found[people->n++] =
            (struct person){login, value_of(people, entry, "displayName", "cn"),
                            value_of(people, entry, "mail", NULL)};
    }
    return people->n + people->n_passed <= PEOPLE_MAX;
}

static int compare(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    return strcmp(x->login, y->login);
}

/* One login below two branches: only one of them can be meant. */
static void drop_doubles(struct people *people)
{
    size_t kept = 0;
    if (people->n > 0)
        qsort(people->found, people->n, sizeof *people->found, compare);
    for (size_t i = 0; i < people->n; i++) {
        if (kept > 0 && strcmp(people->found[kept - 1].login, people->found[i].login) == 0)
            pass_over(people, people->found[i].login, "is there twice");
        else
            people->found[kept++] = people->found[i];
    }
    people->n = kept;
}

static bool search(const struct site *site, const char *base, const char *filter,
                   struct people *people, struct error *err)
{
    struct ldap_connection *ldap = NULL;
    if (!look_connect_ldap(site, &ldap, err))
        return false;
    bool good = ldap_search_each(ldap, base, true, filter, attributes, each_entry, people, err);
    ldap_disconnect(ldap);
    if (good && people->n + people->n_passed > PEOPLE_MAX) {
        good = error_set(err, ERROR_INPUT, "more than %d people fit", PEOPLE_MAX);
        error_hint(err, "Narrow the filter, as (&(objectClass=person)(ou=11b)).");
    } else if (!good && err->hint == NULL)
        error_hint(err,
                   "Look at the base (\"%s\" on lectern's own server) and at the filter, as "
                   "(objectClass=person).",
                   site->ldap_people);
    return good || error_wrap(err, "LDAP, \"%s\"", base);
}

bool people_search(const struct site *site, const char *base, const char *filter,
                   struct people *ret_people, struct error *err)
{
    struct people people = {.arena = ARENA_INIT};
    if (!search(site, base, filter, &people, err)) {
        people_release(&people);
        return false;
    }
    drop_doubles(&people);
    *ret_people = people;
    return true;
}

void people_release(struct people *people)
{
    arena_release(&people->arena);
    free(people->found);
    free(people->passed);
    *people = (struct people){.arena = ARENA_INIT};
}
