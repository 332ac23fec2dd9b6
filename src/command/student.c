/*
 * lectern student LAB LOGIN try: logs in as a lab PC would, over TLS with the certificate checked
 * and the password asked for by LDAP, and says what that gave.  LAB LOGIN passwd: a new initial
 * password for who forgot the own one.  The other verbs are student_act.c's.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "command/act.h"
#include "command/class.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/prompt.h"
#include "command/student_act.h"
#include "command/student_show.h"
#include "control/connect.h"
#include "control/lesson.h"
#include "io/ldap.h"
#include "io/pg.h"
#include "provision/provision.h"

enum { CONNECT_MS = 20000, PASSWORD_FILE_MAX = 4096 };

#define STUDENT_VERBS                                                                              \
    "\"show\", \"psql\", \"try\", \"reset\", \"undo\", \"passwd\", \"kick\", \"unlock\", "         \
    "\"extra-time\" and \"note\""

struct request {
    const char *lab, *login;
    const char *password_file;
    bool prompt, json, yes, list;
    bool derived; /* the password is the initial one */
};

/* What the login gave. */
struct result {
    char *database, *user, *server, *tls, *cipher;
    bool may_create;
    int64_t took_ms;
};

static const char facts_sql[] =
    "SELECT pg_catalog.current_database() AS database, current_user::pg_catalog.text AS login,"
    "       pg_catalog.current_setting('server_version') AS server,"
    "       s.version AS tls, s.cipher,"
    "       pg_catalog.has_schema_privilege('public', 'CREATE') AS may_create"
    "  FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_catalog.pg_backend_pid()";

static void result_release(struct result *result)
{
    free(result->database);
    free(result->user);
    free(result->server);
    free(result->tls);
    free(result->cipher);
}

/* -- the password ------------------------------------------------------------------------------ */

static bool find_generation(const struct site *site, const struct request *request,
                            unsigned *ret_generation, struct error *err)
{
    struct credentials credentials;
    if (!class_knows(site, request->lab, request->login, err) ||
        !class_read(site, request->lab, &credentials, err))
        return false;
    const struct credential *found = credentials_find(&credentials, request->login);
    if (found == NULL)
        error_set(err, ERROR_NOT_FOUND, "student \"%s\" left just now", request->login);
    else if (!found->is_active)
        error_set(err, ERROR_NOT_FOUND, "student \"%s\" left the roster: the login is closed",
                  request->login);
    else
        *ret_generation = found->generation;
    credentials_release(&credentials);
    return !error_is_set(err);
}

static bool derive_password(const struct site *site, const struct request *request,
                            unsigned generation, char **ret_password, struct error *err)
{
    struct secret secret;
    if (!class_load_secret(site, request->lab,
                           "Without it initial passwords are unknown: use --prompt or "
                           "--password-file.",
                           &secret, err))
        return false;
    char password[SECRET_PASSWORD_SIZE];
    secret_student_password(&secret, request->login, generation, password);
    secret_wipe(&secret);
    *ret_password = mem_strdup(password);
    explicit_bzero(password, sizeof password);
    return true;
}

static bool read_password_file(const char *path, char **ret_password, struct error *err)
{
    struct strbuf text = STRBUF_INIT;
    if (!file_read(path, PASSWORD_FILE_MAX, &text, err))
        return false;
    *ret_password = mem_strndup(text.text, strcspn(text.text, "\r\n"));
    explicit_bzero(text.text, text.len);
    strbuf_release(&text);
    return true;
}

static bool get_password(const struct site *site, struct request *request, char **ret_password,
                         struct error *err)
{
    unsigned generation = 0;
    if (!find_generation(site, request, &generation, err))
        return false;
    if (request->password_file != NULL)
        return read_password_file(request->password_file, ret_password, err);
    if (request->prompt)
        return prompt_line("Password", true, ret_password, err);
    request->derived = true;
    return derive_password(site, request, generation, ret_password, err);
}

/* -- the login --------------------------------------------------------------------------------- */

static bool slapd_answers(const struct site *site)
{
    struct error err = ERROR_INIT;
    struct ldap_connection *connection;
    struct ldap_address address = {.uri = site->ldap_uri, .ca_file = site->ca_file};
    bool good = ldap_connect_to(&address, NULL, NULL, &connection, &err);
    if (good)
        ldap_disconnect(connection);
    bool answered = good || (err.code != ERROR_CONNECTION && err.code != ERROR_TIMEOUT);
    error_clear(&err);
    return answered;
}

/*
 * The servers' words about a refused login, in the words of who has to mend it; theirs become the
 * detail.
 */
static void translate(const struct site *site, const struct request *request, struct error *err)
{
    CLEANUP(mem_free_string)
    char *said = mem_strdup(err->message);
    struct error better = ERROR_INIT;
    enum error_code code = err->code;
    if (strstr(said, "LDAP authentication failed") != NULL && !slapd_answers(site)) {
        error_set(&better, ERROR_CONNECTION, "nobody can log in: slapd does not answer");
        error_hint(&better, "\"lectern doctor\" tells why.");
    } else if (strstr(said, "authentication failed") != NULL) {
        error_set(&better, ERROR_AUTH, "the password of \"%s\" was refused", request->login);
        error_hint(&better, request->derived
                                ? "The student changed the initial password; try with --prompt."
                                : "The password is wrong.");
    } else if (strstr(said, "server certificate for") != NULL ||
               strstr(said, "does not match host name") != NULL) {
        error_set(&better, code, "the server's certificate is not for \"%s\"", site->room_host);
        error_hint(&better, "Start the servers with the name that lab PCs use: \"%s\".",
                   site_room_command(site));
    } else if (strstr(said, "certificate verify failed") != NULL) {
        error_set(&better, code, "the server's certificate is not from the lab's CA");
        error_hint(&better, "Hand out the CA file \"%s\" again.", site->ca_file);
    } else if (strstr(said, "pg_hba.conf") != NULL) {
        error_set(&better, ERROR_AUTH, "the server does not let \"%s\" in from there",
                  request->login);
        error_hint(&better, "\"lectern apply\" makes the login a student's.");
    } else if (code == ERROR_NOT_FOUND) {
        error_set(&better, code, "the database of \"%s\" is gone", request->login);
        error_hint(&better, "\"lectern apply\" makes it again, empty.");
    } else if (strstr(said, "not currently accepting connections") != NULL ||
               strstr(said, "not permitted to log in") != NULL) {
        error_set(&better, ERROR_AUTH, "the login of \"%s\" is closed", request->login);
        error_hint(&better,
                   "\"lectern student %s %s unlock\" opens it; the start of a lesson and \"apply\" "
                   "open all.",
                   request->lab, request->login);
    } else if (strstr(said, "too many connections") != NULL) {
        error_set(&better, code, "\"%s\" has too many connections already", request->login);
        error_hint(&better, "Close some, or raise limits.connections in the lab file.");
    } else if (code == ERROR_CONNECTION || code == ERROR_TIMEOUT) {
        error_set(&better, code, "PostgreSQL does not answer on \"%s\", port %d", site->room_host,
                  site->pg_port);
        error_hint(&better, "\"lectern doctor\" tells why.");
    } else {
        return;
    }
    error_detail(&better, "PostgreSQL's client said: %s", said);
    error_clear(err);
    error_move(err, &better);
}

static bool log_in(const struct site *site, const struct request *request, const char *password,
                   struct result *result, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    PGconn *conn;
    PGresult *facts = NULL;
    int64_t start = clock_monotonic_ms();
    connect_as_student(site, request->login, password, &arena, &address);
    bool good = pg_connect_now(&address, CONNECT_MS, &conn, err);
    arena_release(&arena);
    if (!good) {
        translate(site, request, err);
        return false;
    }
    result->took_ms = clock_monotonic_ms() - start;
    good = pg_query_now(conn, facts_sql, 0, NULL, &facts, err);
    if (good && (PQntuples(facts) != 1 || pg_value(facts, 0, "tls") == NULL))
        good = error_set(err, ERROR_FAILED, "the login came in without TLS");
    else if (good) {
        result->database = mem_strdup(pg_value(facts, 0, "database"));
        result->user = mem_strdup(pg_value(facts, 0, "login"));
        result->server = mem_strdup(pg_value(facts, 0, "server"));
        result->tls = mem_strdup(pg_value(facts, 0, "tls"));
        result->cipher = mem_strdup(pg_value(facts, 0, "cipher"));
        result->may_create = strcmp(pg_value(facts, 0, "may_create"), "t") == 0;
    }
    PQclear(facts);
    PQfinish(conn);
    return good;
}

/* -- what is said ------------------------------------------------------------------------------ */

static void print_text(const struct site *site, const struct request *request,
                       const struct result *result)
{
    printf("\"%s\" logged in to %s, port %d, with the %s password, in %d ms\n", result->user,
           site->room_host, site->pg_port, request->derived ? "initial" : "given",
           (int)result->took_ms);
    printf("  database  %s%s\n", result->database,
           result->may_create ? "" : " (may NOT create tables in schema public)");
    printf("  server    PostgreSQL %s\n", result->server);
    printf("  TLS       %s, %s, certificate checked\n", result->tls, result->cipher);
}

static void print_json(const struct site *site, const struct request *request,
                       const struct result *result, const struct error *err)
{
    json_t *object = json_object();
    json_object_set_new(object, "ok", json_boolean(!error_is_set(err)));
    json_object_set_new(object, "lab", json_string(request->lab));
    json_object_set_new(object, "login", json_string(request->login));
    json_object_set_new(object, "host", json_string(site->room_host));
    json_object_set_new(object, "port", json_integer(site->pg_port));
    json_object_set_new(object, "initial_password", json_boolean(request->derived));
    if (error_is_set(err)) {
        json_object_set_new(object, "message", json_string(err->message));
        json_object_set_new(object, "detail",
                            err->detail != NULL ? json_string(err->detail) : json_null());
        json_object_set_new(object, "hint",
                            err->hint != NULL ? json_string(err->hint) : json_null());
    } else {
        json_object_set_new(object, "database", json_string(result->database));
        json_object_set_new(object, "server_version", json_string(result->server));
        json_object_set_new(object, "tls", json_string(result->tls));
        json_object_set_new(object, "cipher", json_string(result->cipher));
        json_object_set_new(object, "may_create", json_boolean(result->may_create));
        json_object_set_new(object, "milliseconds", json_integer(result->took_ms));
    }
    command_print_json(object);
}

static int try_login(struct request *request)
{
    struct error err = ERROR_INIT;
    struct site site;
    struct result result = {0};
    CLEANUP(mem_free_string)
    char *lab = NULL;
    CLEANUP(prompt_free)
    char *password = NULL;
    if (!command_load_site(&site, &err))
        return command_fail(&command_student, &err);
    bool good = command_resolve_lab(&site, request->lab, &lab, &err);
    request->lab = lab;
    bool asked = good && get_password(&site, request, &password, &err);
    good = asked && log_in(&site, request, password, &result, &err);
    if (request->json && asked)
        print_json(&site, request, &result, &err);
    else if (good)
        print_text(&site, request, &result);
    result_release(&result);
    site_release(&site);
    if (good)
        return EXIT_FINE;
    if (request->json && asked) {
        error_clear(&err);
        return EXIT_FAILED;
    }
    return command_fail(&command_student, &err);
}

/* -- a new password -----------------------------------------------------------------------------
 */

static bool renew(const struct site *site, const char *lab, const struct request *request,
                  struct error *err)
{
    struct request of_lab = {.lab = lab, .login = request->login};
    struct secret secret;
    unsigned generation;
    if (!find_generation(site, &of_lab, &generation, err) ||
        !class_load_secret(site, lab,
                           "It was burned; \"lectern apply\" makes a new one, then try again.",
                           &secret, err))
        return false;
    bool good = provision_new_password(site, &secret, request->login, err);
    secret_wipe(&secret);
    return good;
}

/* Who gave it and when, beside the other events of the student. */
static bool note_passwd(const struct site *site, const char *lab, const struct request *request,
                        const char *actor, struct error *err)
{
    PGconn *conn;
    if (!class_connect(site, &conn, err))
        return false;
    bool good = lessons_event(conn, lab, request->login, "passwd", "", actor, err);
    PQfinish(conn);
    return good;
}

static int new_password(const struct request *request)
{
    struct error err = ERROR_INIT;
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    CLEANUP(mem_free_string)
    char *actor = act_actor();
    json_t *answer = NULL;
    if (!command_load_site(&site, &err))
        return act_answer(&command_student, request->json, NULL, &err);
    bool good = command_resolve_lab(&site, request->lab, &lab, &err) &&
                renew(&site, lab, request, &err) && note_passwd(&site, lab, request, actor, &err);
    site_release(&site);
    if (good) {
        answer = json_pack("{s:s, s:s, s:s, s:s, s:o}", "lab", lab, "login", request->login,
                           "action", "passwd", "actor", actor, "at", act_moment(clock_utc_us()));
        if (!request->json)
            printf("\"%s\" has a new initial password; the slip: lectern handout %s %s\n",
                   request->login, lab, request->login);
    }
    return act_answer(&command_student, request->json, answer, &err);
}

/* -- the command ------------------------------------------------------------------------------- */

/* Options that are not for that verb: a usage error, else -1. */
static int check_options(const struct request *request, const char *verb)
{
    bool is_try = strcmp(verb, "try") == 0;
    if (!is_try && (request->prompt || request->password_file != NULL))
        return command_usage(&command_student,
                             "--prompt and --password-file are options for \"try\"");
    if (request->prompt && request->password_file != NULL)
        return command_usage(&command_student, "choose one of --prompt and --password-file");
    if (request->list && strcmp(verb, "undo") != 0 && strcmp(verb, "reset") != 0)
        return command_usage(&command_student, "--list is an option for \"reset\" and \"undo\"");
    return -1;
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    const struct option_spec options[] = {
        {"password-file", OPTION_STRING, &request.password_file, "FILE",
         "the password is the file's first line"},
        {"prompt", OPTION_FLAG, &request.prompt, NULL, "ask for the password"},
        {"list", OPTION_FLAG, &request.list, NULL, "reset, undo: only show what was put aside"},
        {"yes", OPTION_FLAG, &request.yes, NULL, "do not ask"},
        {"json", OPTION_FLAG, &request.json, NULL, "for programs"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int n;
    char **rest;
    int status = options_parse(&command_student, options, argc, argv, &n, &rest);
    if (status >= 0)
        return status;
    if (n < 3)
        return command_usage(&command_student, "it takes a lab, a login and what to do");
    status = check_options(&request, rest[2]);
    if (status >= 0)
        return status;
    request.lab = rest[0];
    request.login = rest[1];
    if (student_act_is_verb(rest[2])) {
        struct student_act act = {.lab = rest[0],
                                  .login = rest[1],
                                  .verb = rest[2],
                                  .words = rest + 3,
                                  .n_words = (size_t)n - 3,
                                  .list = request.list,
                                  .yes = request.yes,
                                  .json = request.json};
        return student_act(&act);
    }
    if (n > 3)
        return command_usage(&command_student, "unexpected argument \"%s\"", rest[3]);
    if (strcmp(rest[2], "show") == 0)
        return student_show(request.lab, request.login, request.json);
    if (strcmp(rest[2], "psql") == 0)
        return student_psql(request.lab, request.login);
    if (strcmp(rest[2], "try") == 0)
        return try_login(&request);
    if (strcmp(rest[2], "passwd") == 0)
        return new_password(&request);
    return command_usage(&command_student, "there is no \"%s\"; there are " STUDENT_VERBS, rest[2]);
}

const struct command command_student = {
    .name = "student",
    .arguments = "LAB LOGIN show|psql|try|reset|undo|passwd|kick|unlock|extra-time MIN|note TEXT",
    .summary = "look after one student",
    .help =
        "show    all that the console shows of the student: steps with their checks, errors,\n"
        "        sessions, hands, history.  It has what is private.\n"
        "psql    look into the database: psql as the student's powerless probe login, read only.\n"
        "try     log in as a lab PC would, over TLS and LDAP, and say what that gave.  The\n"
        "        password is the initial one unless --prompt or --password-file give another.\n"
        "reset   end the student's sessions and give a new database, as \"apply\" made the first;\n"
        "        what was there is kept, closed, as LOGIN~LAB~N.\n"
        "undo    bring back what was put aside last; what is there now is kept in turn, so an "
        "undo\n"
        "        can be undone.  --list shows what is kept; \"destroy\" archives all of it.\n"
        "passwd  give a new initial password to a student who forgot the own one; a new slip\n"
        "        shows it.\n"
        "kick    end the student's sessions; the login stays open.\n"
        "unlock  open the login: a locked account, a role that was closed at the end of a lesson,\n"
        "        a database that takes no connections.\n"
        "extra-time  give the student so many minutes more in this lesson, or less (-5).\n"
        "note    write something down about the student; the console shows it to those who teach.\n"
        "Each from \"reset\" on is an event with who and when.  What ends sessions asks before; "
        "without\n"
        "a terminal it needs --yes.",
    .run = run,
};
