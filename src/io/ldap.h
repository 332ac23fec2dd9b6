/*
 * LDAP through libldap, the only code that calls it.  Blocking, therefore for commands and child
 * processes only.  Connections are protected (ldapi, ldaps, or StartTLS) or refused; errors say
 * what slapd meant (invalid credentials, constraint with the policy's text, unwilling to verify the
 * old password = wrong old password).
 *
 * libldap checks "localhost" as this machine's own host name: a certificate needs that name, too,
 * or the URI an address.
 */
#ifndef LECTERN_IO_LDAP_H
#define LECTERN_IO_LDAP_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct ldap_connection;

/* The names of this header avoid those that libldap itself exports (ldap_connect, ldap_search). */

/* Result codes (RFC 4511) that callers branch on. */
enum ldap_code {
    LDAP_CODE_SUCCESS = 0,
    LDAP_CODE_NO_OBJECT = 32,
    LDAP_CODE_EXISTS = 68,
};

/*
 * Errors of all calls: ERROR_AUTH for a refused bind or a wrong old password, ERROR_NOT_FOUND for
 * an entry that is not there, ERROR_EXISTS, ERROR_TIMEOUT, ERROR_CONNECTION, else ERROR_FAILED.
 */
struct ldap_address {
    const char *uri;     /* ldapi://%2F..., ldaps://..., or ldap:// (StartTLS is then done) */
    const char *ca_file; /* demanded for everything but ldapi */
    int timeout_s;       /* per operation; 0: 5 */
};

struct ldap_attribute {
    const char *name;
    const char *const
        *values; /* NULL-terminated; an empty list removes the attribute in a modify */
};

/* From then on SIGPIPE is ignored.  `bind_dn` NULL: no bind (anonymous); with `password` NULL on
 * ldapi: SASL EXTERNAL, by our uid. An empty password is refused here, for servers take it for an
 * anonymous bind. */
bool ldap_connect_to(const struct ldap_address *address, const char *bind_dn, const char *password,
                     struct ldap_connection **ret_connection, struct error *err);
void ldap_disconnect(struct ldap_connection *connection);

/* What a pipeline does with one entry. */
enum ldap_change_kind { LDAP_CHANGE_ADD, LDAP_CHANGE_MODIFY, LDAP_CHANGE_DELETE };
struct ldap_change {
    enum ldap_change_kind kind;
    const char *dn;
    const struct ldap_attribute *attributes; /* for modify: replaced */
    size_t n_attributes;
    int result;    /* out: LDAP result code, -1 when it was never answered */
    char *message; /* out: the server's words, malloc'd or NULL */
};
/*
 * Send all changes, at most `window` unanswered, and wait for the answers; `on_done` (may be NULL)
 * is called after each.  False only when the connection broke: the changes' results tell how far.
 */
bool ldap_pipeline(struct ldap_connection *connection, struct ldap_change *changes, size_t n,
                   size_t window, void (*on_done)(const struct ldap_change *change, void *data),
                   void *data, struct error *err);

/* Search; `each` is called per entry with values by attribute name (NULL-terminated array of
 * strings, or NULL); returning false stops. */
struct ldap_entry;
const char *ldap_entry_dn(const struct ldap_entry *entry);
char **ldap_entry_values(struct ldap_entry *entry,
                         const char *attribute); /* free with ldap_values_free */
void ldap_values_free(char **values);
bool ldap_search_each(struct ldap_connection *connection, const char *base, bool subtree,
                      const char *filter, const char *const *attributes,
                      bool (*each)(struct ldap_entry *entry, void *data), void *data,
                      struct error *err);

/* Extended operation 1.3.6.1.4.1.4203.1.11.1 (RFC 3062); NULL `old` for an administrator. */
bool ldap_change_password(struct ldap_connection *connection, const char *dn, const char *old,
                          const char *new_password, struct error *err);

/* Escapes: RFC 4514 for a value in a DN, RFC 4515 for a filter; malloc'd. */
char *ldap_escape_dn(const char *value);
char *ldap_escape_filter(const char *value);

#endif
