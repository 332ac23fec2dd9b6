/*
 * Checks of io/ldap against a real slapd, for io.sh: check_ldap LDAPI LDAP LDAPS CA-FILE [hung |
 * PID]. The directory: dc=lab with cn=admin,dc=lab (password "sesame") and ou=people.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/ldap.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: not so: %s (%s: %s)\n", __FILE__, __LINE__, #condition,                 \
                   err.message != NULL ? err.message : "", err.detail != NULL ? err.detail : "");  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static const char *const admin = "cn=admin,dc=lab";
static struct error err;

static void expect_code(bool ok, enum error_code code, const char *words, int line)
{
    if (ok || err.code != code || strstr(err.message, words) == NULL) {
        printf("line %d: \"%s\" (%d, %s) instead of \"%s\"\n", line,
               err.message != NULL ? err.message : "no error", err.code,
               err.detail != NULL ? err.detail : "", words);
        exit(1);
    }
    error_clear(&err);
}
#define EXPECT_ERROR(call, code, words) expect_code(call, code, words, __LINE__)

static void check_connect(const char *ldapi, const char *ldap, const char *ldaps,
                          const char *ca_file)
{
    struct ldap_connection *c = NULL;
    const char *const uris[] = {ldapi, ldap, ldaps};
    for (int i = 0; i < 3; i++) {
        struct ldap_address address = {.uri = uris[i], .ca_file = ca_file};
        EXPECT(ldap_connect_to(&address, admin, "sesame", &c, &err));
        ldap_disconnect(c);
        EXPECT_ERROR(ldap_connect_to(&address, admin, "wrong", &c, &err), ERROR_AUTH, "wrong");
        EXPECT_ERROR(ldap_connect_to(&address, admin, "", &c, &err), ERROR_AUTH, "empty");
    }
    /* Another CA, and none. */
    struct ldap_address foreign = {.uri = ldap, .ca_file = "/etc/ssl/certs/ca-certificates.crt"};
    EXPECT_ERROR(ldap_connect_to(&foreign, admin, "sesame", &c, &err), ERROR_CONNECTION,
                 "protected");
    foreign.uri = ldaps;
    EXPECT_ERROR(ldap_connect_to(&foreign, admin, "sesame", &c, &err), ERROR_CONNECTION, "reached");
    foreign.ca_file = NULL;
    EXPECT_ERROR(ldap_connect_to(&foreign, admin, "sesame", &c, &err), ERROR_FAILED, "CA");
    struct ldap_address nobody = {.uri = "ldap://127.0.0.1:1", .ca_file = ca_file};
    EXPECT_ERROR(ldap_connect_to(&nobody, admin, "sesame", &c, &err), ERROR_CONNECTION, "reached");
}

static int answered;

static void count_answer(const struct ldap_change *change, void *data)
{
    (void)change;
    (void)data;
    answered++;
}

static void check_pipeline(struct ldap_connection *c)
{
    enum { N = 300 };
    static struct ldap_change changes[N + 2];
    static char dns[N][60];
    const struct ldap_attribute attributes[] = {
        {"objectClass", (const char *const[]){"inetOrgPerson", NULL}},
        {"cn", (const char *const[]){"A Name", NULL}},
        {"sn", (const char *const[]){"Name", NULL}},
        {"mail", (const char *const[]){NULL}},
        {"userPassword", (const char *const[]){"first password", NULL}},
    };
    for (int i = 0; i < N; i++) {
        snprintf(dns[i], sizeof(dns[i]), "uid=s%03d,ou=people,dc=lab", i);
        changes[i] = (struct ldap_change){
            .kind = LDAP_CHANGE_ADD, .dn = dns[i], .attributes = attributes, .n_attributes = 5};
    }
    changes[N] = changes[0]; /* exists then */
    changes[N + 1] = (struct ldap_change){.kind = LDAP_CHANGE_DELETE, .dn = "uid=nobody,dc=lab"};
    EXPECT(ldap_pipeline(c, changes, N + 2, 16, count_answer, NULL, &err));
    EXPECT(answered == N + 2);
    for (int i = 0; i < N; i++)
        EXPECT(changes[i].result == LDAP_CODE_SUCCESS);
    EXPECT(changes[N].result == LDAP_CODE_EXISTS);
    EXPECT(changes[N + 1].result == LDAP_CODE_NO_OBJECT);
    /* Replace, and take away. */
    const struct ldap_attribute renamed[] = {
        {"cn", (const char *const[]){"Other", "Second", NULL}},
        {"description", (const char *const[]){NULL}},
    };
    struct ldap_change change = {
        .kind = LDAP_CHANGE_MODIFY, .dn = dns[0], .attributes = renamed, .n_attributes = 2};
    EXPECT(ldap_pipeline(c, &change, 1, 1, NULL, NULL, &err) && change.result == 0);
    struct ldap_change malformed = {.kind = LDAP_CHANGE_DELETE, .dn = "not a dn"};
    EXPECT(ldap_pipeline(c, &malformed, 1, 1, NULL, NULL, &err) && malformed.result > 0);
    free(malformed.message);
    free(changes[N].message);
    free(changes[N + 1].message);
}

static bool count_entry(struct ldap_entry *entry, void *data)
{
    int *n = data;
    if (strcmp(ldap_entry_dn(entry), "uid=s000,ou=people,dc=lab") == 0) {
        char **names = ldap_entry_values(entry, "cn");
        EXPECT(names != NULL && strcmp(names[0], "Other") == 0 && strcmp(names[1], "Second") == 0);
        EXPECT(ldap_entry_values(entry, "description") == NULL);
        ldap_values_free(names);
    }
    return ++*n < 1000 && *n != -5;
}

static bool stop_at_once(struct ldap_entry *entry, void *data)
{
    (void)entry;
    ++*(int *)data;
    return false;
}

static void check_search(struct ldap_connection *c)
{
    int n = 0;
    const char *const wanted[] = {"cn", "description", NULL};
    EXPECT(ldap_search_each(c, "ou=people,dc=lab", true, "(objectClass=inetOrgPerson)", wanted,
                            count_entry, &n, &err));
    EXPECT(n == 300);
    n = 0;
    EXPECT(
        ldap_search_each(c, "ou=people,dc=lab", true, "(uid=*)", wanted, stop_at_once, &n, &err));
    EXPECT(n == 1);
    EXPECT_ERROR(
        ldap_search_each(c, "ou=none,dc=lab", true, "(uid=*)", wanted, stop_at_once, &n, &err),
        ERROR_NOT_FOUND, "no such entry");
    CLEANUP(mem_free_string)
    char *filter = ldap_escape_filter("a*(b)\\");
    EXPECT(strcmp(filter, "a\\2a\\28b\\29\\5c") == 0);
    CLEANUP(mem_free_string)
    char *dn = ldap_escape_dn(" a,b+c\"d ");
    EXPECT(strcmp(dn, "\\ a\\,b\\+c\\\"d\\ ") == 0);
}

static void check_passwords(struct ldap_connection *c, const struct ldap_address *address)
{
    const char *dn = "uid=s001,ou=people,dc=lab";
    struct ldap_connection *self = NULL;
    EXPECT(ldap_connect_to(address, dn, "first password", &self, &err));
    EXPECT_ERROR(ldap_change_password(self, dn, "wrong", "second password", &err), ERROR_AUTH,
                 "the old password is wrong");
    EXPECT_ERROR(ldap_change_password(self, dn, "first password", "short", &err), ERROR_FAILED,
                 "policy");
    EXPECT(!ldap_change_password(self, dn, "first password", "short", &err));
    EXPECT(err.detail != NULL && strstr(err.detail, "too short") != NULL);
    error_clear(&err);
    EXPECT(ldap_change_password(self, dn, "first password", "second password", &err));
    ldap_disconnect(self);
    EXPECT_ERROR(ldap_connect_to(address, dn, "first password", &self, &err), ERROR_AUTH, "wrong");
    EXPECT(ldap_connect_to(address, dn, "second password", &self, &err));
    ldap_disconnect(self);
    /* The administrator needs no old one. */
    EXPECT(ldap_change_password(c, dn, NULL, "third password", &err));
    EXPECT(ldap_connect_to(address, dn, "third password", &self, &err));
    ldap_disconnect(self);
    EXPECT_ERROR(ldap_change_password(c, "uid=x,ou=people,dc=lab", NULL, "third password", &err),
                 ERROR_NOT_FOUND, "no such entry");
}

/* The server is stopped by a signal: it takes connections and says nothing. */
static void check_hung(char *const uris[], const char *ca_file)
{
    for (int i = 0; i < 3; i++) {
        struct ldap_address address = {.uri = uris[i], .ca_file = ca_file, .timeout_s = 1};
        struct ldap_connection *c = NULL;
        int64_t start = clock_monotonic_ms();
        EXPECT(!ldap_connect_to(&address, admin, "sesame", &c, &err));
        if (err.code != ERROR_TIMEOUT && err.code != ERROR_CONNECTION)
            printf("%s: %s\n", uris[i], err.message);
        EXPECT(err.code == ERROR_TIMEOUT || err.code == ERROR_CONNECTION);
        EXPECT(clock_monotonic_ms() - start < 6000);
        error_clear(&err);
    }
}

/* The server is killed while connections stand: errors, no signal. */
static void check_killed(char *const uris[], const char *ca_file, pid_t pid)
{
    struct ldap_connection *c[3] = {NULL};
    for (int i = 0; i < 3; i++) {
        struct ldap_address address = {.uri = uris[i], .ca_file = ca_file, .timeout_s = 2};
        EXPECT(ldap_connect_to(&address, admin, "sesame", &c[i], &err));
    }
    kill(pid, SIGKILL);
    int64_t deadline = clock_monotonic_ms() + 10000;
    while (kill(pid, 0) == 0 && clock_monotonic_ms() < deadline)
        clock_sleep_ms(20);
    for (int i = 0; i < 6; i++) { /* each twice: the second write meets a closed socket */
        struct ldap_change changes[3];
        for (int j = 0; j < 3; j++)
            changes[j] = (struct ldap_change){.kind = LDAP_CHANGE_DELETE, .dn = "uid=x,dc=lab"};
        EXPECT(!ldap_pipeline(c[i / 2], changes, 3, 3, NULL, NULL, &err));
        EXPECT(err.code == ERROR_CONNECTION && changes[2].result == -1);
        error_clear(&err);
    }
    for (int i = 0; i < 3; i++)
        ldap_disconnect(c[i]);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    if (argc > 5 && strcmp(argv[5], "hung") == 0) {
        check_hung(argv + 1, argv[4]);
        return 0;
    }
    if (argc > 5) {
        check_killed(argv + 1, argv[4], atoi(argv[5]));
        return 0;
    }
    struct ldap_address address = {.uri = argv[2], .ca_file = argv[4]};
    struct ldap_connection *c = NULL;
    err = ERROR_INIT;
    check_connect(argv[1], argv[2], argv[3], argv[4]);
    EXPECT(ldap_connect_to(&address, admin, "sesame", &c, &err));
    check_pipeline(c);
    check_search(c);
    check_passwords(c, &address);
    ldap_disconnect(c);
    return 0;
}
