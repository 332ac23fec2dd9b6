/*
 * LDAP through libldap: protected connections, pipelined changes, searches, password changes, and
 * its errors in words.
 */
#include "io/ldap.h"

#include <lber.h>
#include <ldap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"

enum { TIMEOUT_S = 5, SEARCH_MAX = 100000 };

struct ldap_connection {
    LDAP *ld;
    char *uri;
    struct timeval timeout;
};

struct ldap_entry {
    LDAP *ld;
    LDAPMessage *message;
    char *dn;
};

/* -- errors ---------------------------------------------------------------------------------- */

static enum error_code error_code_of(int code)
{
    switch (code) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_CONFIDENTIALITY_REQUIRED:
        return ERROR_AUTH;
    case LDAP_NO_SUCH_OBJECT:
        return ERROR_NOT_FOUND;
    case LDAP_ALREADY_EXISTS:
        return ERROR_EXISTS;
    case LDAP_TIMEOUT:
    case LDAP_TIMELIMIT_EXCEEDED:
        return ERROR_TIMEOUT;
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
    case LDAP_UNAVAILABLE:
    case LDAP_BUSY:
        return ERROR_CONNECTION;
    default:
        return ERROR_FAILED;
    }
}

static const char *words_of(int code)
{
    switch (code) {
    case LDAP_INVALID_CREDENTIALS:
        return "the login or the password is wrong";
    case LDAP_INSUFFICIENT_ACCESS:
        return "the LDAP server does not allow this to that login";
    case LDAP_CONFIDENTIALITY_REQUIRED:
        return "the LDAP server demands an encrypted connection";
    case LDAP_NO_SUCH_OBJECT:
        return "there is no such entry in the directory";
    case LDAP_ALREADY_EXISTS:
        return "the entry exists already";
    case LDAP_CONSTRAINT_VIOLATION:
        return "the LDAP server's password policy refuses it";
    case LDAP_SERVER_DOWN:
        return "the LDAP server cannot be reached";
    case LDAP_CONNECT_ERROR:
        return "no protected connection to the LDAP server could be made";
    case LDAP_TIMEOUT:
        return "the LDAP server did not answer in time";
    default:
        return ldap_err2string(code);
    }
}

/* `said`: the server's own words or NULL.  Returns false. */
static bool fail(struct error *err, int code, const char *said)
{
    error_set(err, error_code_of(code), "%s", words_of(code));
    if (said != NULL && *said != '\0')
        error_detail(err, "The server said: %s (%d).", said, code);
    return false;
}

/* As fail(), with the words that libldap keeps (for TLS: why the certificate was refused). */
static bool fail_here(struct ldap_connection *connection, struct error *err, int code)
{
    char *said = NULL;
    ldap_get_option(connection->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    fail(err, code, said);
    ldap_memfree(said);
    return false;
}

/* -- the watchdog ---------------------------------------------------------------------------- */

/*
 * libldap 2.5 with GnuTLS spins for ever in the handshake of ldaps:// when the server takes the
 * connection and says nothing, whatever timeouts are set.  So an alarm shuts the socket down, which
 * ends the handshake.  A signal handler can only reach what is static.
 */
static volatile sig_atomic_t watched_fd = -1;
static volatile sig_atomic_t watch_expired;

static void on_alarm(int signum)
{
    (void)signum;
    watch_expired = 1;
    if (watched_fd >= 0)
        shutdown(watched_fd, SHUT_RDWR);
}

static int watch_socket(LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *address,
                        struct ldap_conncb *callbacks)
{
    (void)ld;
    (void)url;
    (void)address;
    (void)callbacks;
    ber_socket_t fd = -1;
    ber_sockbuf_ctrl(sb, LBER_SB_OPT_GET_FD, &fd);
    watched_fd = fd;
    return 0;
}

static void unwatch_socket(LDAP *ld, Sockbuf *sb, struct ldap_conncb *callbacks)
{
    (void)ld;
    (void)sb;
    (void)callbacks;
    watched_fd = -1;
}

struct watch {
    struct sigaction handler;
    struct itimerval timer;
};

static void start_watch(struct watch *watch, time_t seconds)
{
    struct sigaction action = {.sa_handler = on_alarm};
    /* Again each second: a socket may be opened just after the first. */
    struct itimerval timer = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = seconds}};
    watched_fd = -1;
    watch_expired = 0;
    sigaction(SIGALRM, &action, &watch->handler);
    setitimer(ITIMER_REAL, &timer, &watch->timer);
}

static void end_watch(const struct watch *watch)
{
    setitimer(ITIMER_REAL, &watch->timer, NULL);
    sigaction(SIGALRM, &watch->handler, NULL);
    watched_fd = -1;
}

/* -- connecting ------------------------------------------------------------------------------ */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int set_options(LDAP *ld, const struct ldap_address *address, const struct timeval *timeout)
{
    static struct ldap_conncb callbacks = {watch_socket, unwatch_socket, NULL};
    int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
    int code = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, timeout);
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_TIMEOUT, timeout);
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &callbacks);
    if (starts_with(address->uri, "ldapi://"))
        return code;
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (code == 0)
        code = ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, address->ca_file);
    if (code == 0) /* last: takes the others over */
        code = ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
    return code;
}

static bool bind_as(struct ldap_connection *connection, const char *bind_dn, const char *password,
                    struct error *err)
{
    bool external = bind_dn == NULL && starts_with(connection->uri, "ldapi://");
    if (bind_dn == NULL && !external)
        return true;
    if (bind_dn != NULL && (password == NULL || *password == '\0'))
        return error_set(err, ERROR_AUTH, "the password is empty");
    struct berval credentials = {0, NULL};
    CLEANUP(mem_free_string)
    char *copy = mem_strdup(password); /* libldap wants it writable */
    if (!external)
        credentials = (struct berval){strlen(copy), copy};
    int code =
        ldap_sasl_bind_s(connection->ld, external ? "" : bind_dn,
                         external ? "EXTERNAL" : LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
    if (copy != NULL)
        explicit_bzero(copy, strlen(copy));
    return code == LDAP_SUCCESS || fail_here(connection, err, code);
}

static bool prepare(struct ldap_connection *connection, const struct ldap_address *address,
                    struct error *err)
{
    if (!starts_with(address->uri, "ldapi://") && address->ca_file == NULL)
        return error_set(err, ERROR_FAILED, "no CA file is given for \"%s\"", address->uri);
    int code = ldap_initialize(&connection->ld, address->uri);
    if (code != LDAP_SUCCESS)
        return fail(err, code, NULL);
    code = set_options(connection->ld, address, &connection->timeout);
    if (code != LDAP_SUCCESS) {
        error_set(err, ERROR_FAILED, "could not prepare TLS");
        return address->ca_file != NULL
                   ? error_hint(err, "Look at the CA file \"%s\".", address->ca_file)
                   : false;
    }
    if (!starts_with(address->uri, "ldap://"))
        return true;
    code = ldap_start_tls_s(connection->ld, NULL, NULL);
    return code == LDAP_SUCCESS || fail_here(connection, err, code);
}

bool ldap_connect_to(const struct ldap_address *address, const char *bind_dn, const char *password,
                     struct ldap_connection **ret_connection, struct error *err)
{
    struct ldap_connection *connection = mem_alloc(sizeof(*connection));
    connection->uri = mem_strdup(address->uri);
    connection->timeout.tv_sec = address->timeout_s > 0 ? address->timeout_s : TIMEOUT_S;
    struct watch watch;
    signal(SIGPIPE, SIG_IGN); /* libldap writes to a server that is gone */
    start_watch(&watch, 2 * connection->timeout.tv_sec);
    bool ok = prepare(connection, address, err) && bind_as(connection, bind_dn, password, err);
    end_watch(&watch);
    if (!ok) {
        if (watch_expired) {
            error_clear(err);
            fail(err, LDAP_TIMEOUT, NULL);
        }
        ldap_disconnect(connection);
        return error_wrap(err, "%s", address->uri);
    }
    *ret_connection = connection;
    return true;
}

void ldap_disconnect(struct ldap_connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->ld != NULL)
        ldap_unbind_ext(connection->ld, NULL, NULL);
    free(connection->uri);
    free(connection);
}

/* -- changes --------------------------------------------------------------------------------- */

static char *writable(const char *text)
{
    return (char *)(uintptr_t)text; /* libldap's structs are older than const; it only reads */
}

/* The entry's attributes as libldap takes them: one array of structs, one of pointers. */
struct mods {
    LDAPMod *mods;
    LDAPMod **list;
};

static struct mods make_mods(const struct ldap_change *change, int operation)
{
    struct mods made = {mem_alloc_array(change->n_attributes + 1, sizeof(LDAPMod)),
                        mem_alloc_array(change->n_attributes + 1, sizeof(LDAPMod *))};
    size_t n = 0;
    for (size_t i = 0; i < change->n_attributes; i++) {
        const struct ldap_attribute *attribute = &change->attributes[i];
        bool empty = attribute->values == NULL || attribute->values[0] == NULL;
        if (empty && operation == LDAP_MOD_ADD)
            continue;
        made.mods[n].mod_op = operation;
        made.mods[n].mod_type = writable(attribute->name);
        made.mods[n].mod_values = empty ? NULL : (char **)(uintptr_t)attribute->values;
        made.list[n] = &made.mods[n];
        n++;
    }
    return made;
}

static int send_change(struct ldap_connection *connection, const struct ldap_change *change,
                       int *ret_id)
{
    if (change->kind == LDAP_CHANGE_DELETE)
        return ldap_delete_ext(connection->ld, change->dn, NULL, NULL, ret_id);
    bool add = change->kind == LDAP_CHANGE_ADD;
    struct mods made = make_mods(change, add ? LDAP_MOD_ADD : LDAP_MOD_REPLACE);
    int code = add ? ldap_add_ext(connection->ld, change->dn, made.list, NULL, NULL, ret_id)
                   : ldap_modify_ext(connection->ld, change->dn, made.list, NULL, NULL, ret_id);
    free(made.list);
    free(made.mods);
    return code;
}

struct pending {
    int id; /* 0: free */
    struct ldap_change *change;
};

static struct pending *find_pending(struct pending *pending, size_t window, int id)
{
    for (size_t i = 0; i < window; i++)
        if (pending[i].id == id)
            return &pending[i];
    return NULL;
}

/* Wait for one answer and store it with its change. */
static bool take_answer(struct ldap_connection *connection, struct pending *pending, size_t window,
                        struct ldap_change **ret_change, struct error *err)
{
    LDAPMessage *message = NULL;
    struct timeval timeout = connection->timeout;
    int kind = ldap_result(connection->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &timeout, &message);
    if (kind == 0)
        return fail(err, LDAP_TIMEOUT, NULL);
    if (kind < 0)
        return fail_here(connection, err, LDAP_SERVER_DOWN);
    int code = LDAP_OTHER;
    char *said = NULL;
    struct pending *answered = find_pending(pending, window, ldap_msgid(message));
    ldap_parse_result(connection->ld, message, &code, NULL, &said, NULL, NULL, 1);
    *ret_change = NULL;
    if (answered != NULL) {
        answered->id = 0;
        *ret_change = answered->change;
        (*ret_change)->result = code;
        (*ret_change)->message = said != NULL && *said != '\0' ? mem_strdup(said) : NULL;
    }
    ldap_memfree(said);
    return true;
}

bool ldap_pipeline(struct ldap_connection *connection, struct ldap_change *changes, size_t n,
                   size_t window, void (*on_done)(const struct ldap_change *change, void *data),
                   void *data, struct error *err)
{
    window = window == 0 ? 1 : window;
    struct pending *pending = mem_alloc_array(window, sizeof(*pending));
    size_t sent = 0, flying = 0;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        changes[i].result = -1;
        changes[i].message = NULL;
    }
    while (ok && (sent < n || flying > 0)) {
        struct pending *free_place = find_pending(pending, window, 0);
        if (sent < n && free_place != NULL) {
            int code = send_change(connection, &changes[sent], &free_place->id);
            free_place->change = &changes[sent];
            if (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT) {
                ok = fail_here(connection, err, code);
            } else if (code != LDAP_SUCCESS) { /* libldap itself refuses it: a malformed DN */
                free_place->id = 0;
                changes[sent].result = code;
                changes[sent].message = mem_strdup(ldap_err2string(code));
                if (on_done != NULL)
                    on_done(&changes[sent], data);
            } else {
                flying++;
            }
            sent++;
            continue;
        }
        struct ldap_change *change = NULL;
        ok = take_answer(connection, pending, window, &change, err);
        if (ok && change != NULL) {
            flying--;
            if (on_done != NULL)
                on_done(change, data);
        }
    }
    free(pending);
    return ok;
}

/* -- searching ------------------------------------------------------------------------------- */

const char *ldap_entry_dn(const struct ldap_entry *entry)
{
    return entry->dn;
}

char **ldap_entry_values(struct ldap_entry *entry, const char *attribute)
{
    struct berval **found = ldap_get_values_len(entry->ld, entry->message, attribute);
    if (found == NULL)
        return NULL;
    int n = ldap_count_values_len(found);
    char **values = mem_alloc_array((size_t)n + 1, sizeof(*values));
    for (int i = 0; i < n; i++)
        values[i] = mem_strndup(found[i]->bv_val, found[i]->bv_len);
    ldap_value_free_len(found);
    return values;
}

void ldap_values_free(char **values)
{
    for (size_t i = 0; values != NULL && values[i] != NULL; i++)
        free(values[i]);
    free(values);
}

static bool end_search(struct ldap_connection *connection, LDAPMessage *message, struct error *err)
{
    int code = LDAP_OTHER;
    char *said = NULL;
    ldap_parse_result(connection->ld, message, &code, NULL, &said, NULL, NULL, 0);
    bool ok = code == LDAP_SUCCESS || fail(err, code, said);
    ldap_memfree(said);
    return ok;
}

bool ldap_search_each(struct ldap_connection *connection, const char *base, bool subtree,
                      const char *filter, const char *const *attributes,
                      bool (*each)(struct ldap_entry *entry, void *data), void *data,
                      struct error *err)
{
    int id = 0;
    struct timeval timeout = connection->timeout;
    int code = ldap_search_ext(connection->ld, base, subtree ? LDAP_SCOPE_SUBTREE : LDAP_SCOPE_BASE,
                               filter, (char **)(uintptr_t)attributes, 0, NULL, NULL, &timeout,
                               SEARCH_MAX, &id);
    if (code != LDAP_SUCCESS)
        return fail_here(connection, err, code);
    for (;;) {
        LDAPMessage *message = NULL;
        int kind = ldap_result(connection->ld, id, LDAP_MSG_ONE, &timeout, &message);
        if (kind == 0) {
            ldap_abandon_ext(connection->ld, id, NULL, NULL);
            return fail(err, LDAP_TIMEOUT, NULL);
        }
        if (kind < 0)
            return fail_here(connection, err, LDAP_SERVER_DOWN);
        bool go_on = kind != LDAP_RES_SEARCH_RESULT;
        bool ok = go_on || end_search(connection, message, err);
        if (kind == LDAP_RES_SEARCH_ENTRY) {
            struct ldap_entry entry = {connection->ld, message,
                                       ldap_get_dn(connection->ld, message)};
            go_on = each(&entry, data);
            ldap_memfree(entry.dn);
            if (!go_on)
                ldap_abandon_ext(connection->ld, id, NULL, NULL);
        }
        ldap_msgfree(message);
        if (!go_on)
            return ok;
    }
}

/* -- passwords ------------------------------------------------------------------------------- */

/* PasswdModifyRequestValue of RFC 3062: a sequence of [0] identity, [1] old, [2] new. */
static struct berval *encode_change(const char *dn, const char *old, const char *new_password)
{
    struct berval *value = NULL;
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    ber_printf(ber, "{" /*}*/);
    ber_printf(ber, "ts", LDAP_TAG_EXOP_MODIFY_PASSWD_ID, dn);
    if (old != NULL)
        ber_printf(ber, "ts", LDAP_TAG_EXOP_MODIFY_PASSWD_OLD, old);
    ber_printf(ber, "ts", LDAP_TAG_EXOP_MODIFY_PASSWD_NEW, new_password);
    ber_printf(ber, /*{*/ "N}");
    ber_flatten(ber, &value);
    ber_free(ber, 1);
    return value;
}

/* Send the request and wait for its answer, which must be freed. */
static bool exchange(struct ldap_connection *connection, struct berval *value,
                     LDAPMessage **ret_answer, struct error *err)
{
    /* Asks the server to say which rule of its policy was broken. */
    LDAPControl policy = {.ldctl_oid = writable(LDAP_CONTROL_PASSWORDPOLICYREQUEST)};
    LDAPControl *controls[] = {&policy, NULL};
    int id = 0;
    int code = ldap_extended_operation(connection->ld, LDAP_EXOP_MODIFY_PASSWD, value, controls,
                                       NULL, &id);
    if (code != LDAP_SUCCESS)
        return fail_here(connection, err, code);
    struct timeval timeout = connection->timeout;
    int kind = ldap_result(connection->ld, id, LDAP_MSG_ALL, &timeout, ret_answer);
    if (kind == 0)
        return fail(err, LDAP_TIMEOUT, NULL);
    return kind > 0 || fail_here(connection, err, LDAP_SERVER_DOWN);
}

/* The policy's words ("Password is too short"), or NULL when it said nothing. */
static const char *policy_words(struct ldap_connection *connection, LDAPControl **controls)
{
    LDAPControl *control =
        controls != NULL ? ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL)
                         : NULL;
    ber_int_t expires = -1, grace = -1;
    LDAPPasswordPolicyError broken = PP_noError;
    if (control == NULL ||
        ldap_parse_passwordpolicy_control(connection->ld, control, &expires, &grace, &broken) !=
            LDAP_SUCCESS ||
        broken == PP_noError)
        return NULL;
    return ldap_passwordpolicy_err2txt(broken);
}

bool ldap_change_password(struct ldap_connection *connection, const char *dn, const char *old,
                          const char *new_password, struct error *err)
{
    if (*new_password == '\0')
        return error_set(err, ERROR_INPUT, "the new password is empty");
    struct berval *value = encode_change(dn, old, new_password);
    LDAPMessage *answer = NULL;
    bool ok = exchange(connection, value, &answer, err);
    explicit_bzero(value->bv_val, value->bv_len);
    ber_bvfree(value);
    if (!ok)
        return false;
    int code = LDAP_OTHER;
    char *said = NULL;
    LDAPControl **controls = NULL;
    ldap_parse_result(connection->ld, answer, &code, NULL, &said, NULL, &controls, 1);
    const char *rule = policy_words(connection, controls);
    /* slapd's words for a wrong old password: "unwilling to verify old password". */
    if (code == LDAP_UNWILLING_TO_PERFORM && old != NULL)
        error_set(err, ERROR_AUTH, "the old password is wrong");
    else if (code != LDAP_SUCCESS)
        fail(err, code, rule != NULL ? rule : said);
    ldap_memfree(said);
    ldap_controls_free(controls);
    return code == LDAP_SUCCESS;
}

/* -- escapes --------------------------------------------------------------------------------- */

char *ldap_escape_dn(const char *value)
{
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        bool edge = (i == 0 && (c == ' ' || c == '#')) || (i == len - 1 && c == ' ');
        if (c < 0x20 || c == 0x7f)
            strbuf_printf(&out, "\\%02x", c);
        else if (edge || strchr("\"+,;<>\\=", c) != NULL)
            strbuf_printf(&out, "\\%c", c);
        else
            strbuf_add_char(&out, value[i]);
    }
    return strbuf_detach(&out);
}

char *ldap_escape_filter(const char *value)
{
    struct strbuf out = STRBUF_INIT;
    for (const char *p = value; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (strchr("*()\\", c) != NULL || c < 0x20 || c == 0x7f)
            strbuf_printf(&out, "\\%02x", c);
        else
            strbuf_add_char(&out, *p);
    }
    return strbuf_detach(&out);
}
