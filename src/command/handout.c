/*
 * lectern handout: who logs in where with which password.  Passwords are derived, and the directory
 * is asked whether each still holds.
 */
#include "command/handout.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/act.h"
#include "command/class.h"
#include "command/command.h"
#include "command/commands.h"
#include "io/child.h"
#include "io/ldap.h"

enum { CA_MAX = 1 << 20, PRINT_MS = 30000 };

enum form { FORM_SLIPS, FORM_CSV, FORM_JSON };

struct request {
    bool csv, json, slips, burn, yes, print;
    const char *output;
    enum form form;
};

static char *lab_file(const struct site *site, const char *lab, const char *name)
{
    CLEANUP(mem_free_string)
    char *relative = mem_printf("labs/%s/%s", lab, name);
    return site_path(site, relative);
}

struct passwords {
    const struct site *site;
    const struct secret *secret; /* of the lab; NULL: gone */
    bool burned;                 /* once: who was there before may have a password of then */
    bool asking;                 /* the directory; ends when nobody answers there */
};

/* Does the derived password still open the directory? */
static enum handout_password ask_directory(struct passwords *passwords, const char *login,
                                           const char *password)
{
    if (!passwords->asking)
        return HANDOUT_UNSURE;
    const struct site *site = passwords->site;
    struct error err = ERROR_INIT;
    struct ldap_connection *connection;
    struct ldap_address address = {.uri = site->ldap_uri, .ca_file = site->ca_file};
    CLEANUP(mem_free_string)
    char *uid = ldap_escape_dn(login);
    CLEANUP(mem_free_string)
    char *dn = mem_printf("uid=%s,%s", uid, site->ldap_people);
    if (ldap_connect_to(&address, dn, password, &connection, &err)) {
        ldap_disconnect(connection);
        return HANDOUT_INITIAL;
    }
    bool refused = err.code == ERROR_AUTH;
    if (!refused) {
        error_wrap(&err, "could not ask the directory who changed the password");
        error_report(&err, stderr, "lectern");
        passwords->asking = false;
    }
    error_clear(&err);
    return !refused ? HANDOUT_UNSURE : passwords->burned ? HANDOUT_BURNED : HANDOUT_CHANGED;
}

static void fill_student(struct passwords *passwords, const struct credential *credential,
                         struct handout *handout)
{
    struct handout_student *student = &handout->students[handout->n_students++];
    *student = (struct handout_student){.login = credential->login,
                                        .name = credential->name,
                                        .seat = credential->seat,
                                        .group = credential->group,
                                        .state = HANDOUT_BURNED};
    if (passwords->secret == NULL)
        return;
    secret_student_password(passwords->secret, credential->login, credential->generation,
                            student->password);
    student->state = ask_directory(passwords, credential->login, student->password);
}

static bool fill_students(struct passwords *passwords, const struct credentials *credentials, int n,
                          char **logins, struct handout *handout, struct error *err)
{
    size_t most = n > 0 ? (size_t)n : credentials->count;
    handout->students = mem_alloc_array(most + 1, sizeof *handout->students);
    for (int i = 0; i < n; i++) {
        const struct credential *credential = credentials_find(credentials, logins[i]);
        if (credential == NULL || !credential->is_active) {
            error_set(err, ERROR_NOT_FOUND, "there is no student \"%s\" in lab \"%s\"", logins[i],
                      handout->lab);
            return error_hint(err, credential != NULL ? "The login left the roster and is closed."
                                                      : "Logins are those of the roster.");
        }
        fill_student(passwords, credential, handout);
    }
    for (size_t i = 0; n == 0 && i < credentials->count; i++)
        if (credentials->items[i].is_active)
            fill_student(passwords, &credentials->items[i], handout);
    return true;
}

static void add_form(enum form form, const struct handout *handout, struct strbuf *out)
{
    if (form == FORM_SLIPS) {
        handout_add_slips(out, handout);
    } else if (form == FORM_CSV) {
        handout_add_csv(out, handout);
    } else {
        json_t *json = handout_json(handout);
        char *text = json_dumps(json, JSON_INDENT(2));
        strbuf_add_string(out, text);
        strbuf_add_char(out, '\n');
        explicit_bzero(text, strlen(text));
        free(text);
        json_decref(json);
    }
}

static bool write_part(const char *directory, const char *name, const struct strbuf *text,
                       mode_t mode, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, name);
    return file_write(path, text->text, text->len, mode, err);
}

/* The hand-out with the files for the room; only those with passwords are private. */
static bool write_directory(const struct request *request, const struct handout *handout,
                            const struct strbuf *text, const struct strbuf *ca, struct error *err)
{
    static const char *const names[] = {"handout.txt", "handout.csv", "handout.json"};
    CLEANUP(strbuf_release)
    struct strbuf service = STRBUF_INIT, rc = STRBUF_INIT;
    if (!file_make_directories(request->output, 0700, err))
        return false;
    char *directory = realpath(request->output, NULL);
    if (directory == NULL)
        return error_set_errno(err, errno, "could not open \"%s\"", request->output);
    CLEANUP(mem_free_string)
    char *ca_file = path_join(directory, "ca.crt");
    free(directory);
    handout_add_service(&service, handout, ca_file);
    const struct asset *psqlrc = asset_get("assets/psql/psqlrc");
    strbuf_add(&rc, psqlrc->text, psqlrc->len);
    if (!write_part(request->output, names[request->form], text, 0600, err) ||
        !write_part(request->output, "ca.crt", ca, 0644, err) ||
        !write_part(request->output, "pg_service.conf", &service, 0644, err) ||
        !write_part(request->output, "psqlrc", &rc, 0644, err))
        return false;
    printf("wrote %s/%s for %zu student%s, ca.crt, pg_service.conf and psqlrc\n", request->output,
           names[request->form], handout->n_students, handout->n_students == 1 ? "" : "s");
    return true;
}

/* Slips through lp, which knows the default printer; its own word says how the job is called. */
static bool print_slips(const struct strbuf *text, const char *lab, struct error *err)
{
    CLEANUP(mem_free_string)
    char *title = mem_printf("lectern %s", lab);
    const struct child_spec spec = {.argv = (const char *const[]){"lp", "-t", title, NULL},
                                    .input = text->text,
                                    .input_len = text->len,
                                    .timeout_ms = PRINT_MS};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT, errors = STRBUF_INIT;
    int status;
    bool ran = child_run(&spec, &status, &out, &errors, err);
    if (ran && status == 0) {
        out.text[strcspn(out.text, "\n")] = '\0';
        printf("printing: %s\n", out.text);
        return true;
    }
    if (!ran && err->code == ERROR_NOT_FOUND) {
        error_clear(err);
        error_set(err, ERROR_NOT_FOUND, "there is no program \"lp\" here to print with");
    } else if (ran) {
        CLEANUP(mem_free_string)
        char *words = str_disarm_text(errors.text);
        error_set(err, ERROR_FAILED, "lp failed");
        if (*words != '\0')
            error_detail(err, "%s", words);
    }
    return error_hint(
        err, "\"lectern handout %s --output DIRECTORY\" writes the slips into a file.", lab);
}

static bool put_out(const struct request *request, const struct handout *handout,
                    const struct strbuf *ca, struct error *err)
{
    struct strbuf text = STRBUF_INIT;
    bool good = true;
    add_form(request->form, handout, &text);
    if (request->print)
        good = print_slips(&text, handout->lab, err);
    else if (request->output != NULL)
        good = write_directory(request, handout, &text, ca, err);
    else if (fwrite(text.text, 1, text.len, stdout) != text.len || fflush(stdout) != 0)
        good = error_set_errno(err, errno, "could not print");
    strbuf_wipe(&text);
    return good;
}

static bool load_lab_secret(const struct site *site, const char *lab, struct secret *secret,
                            bool *ret_there, struct error *err)
{
    *ret_there = class_load_secret(site, lab, "", secret, err);
    if (*ret_there || err->code != ERROR_NOT_FOUND)
        return *ret_there;
    error_clear(err);
    fprintf(stderr,
            "lectern: handout: the secret of lab \"%s\" is gone (handout --burn): initial "
            "passwords cannot be shown\n",
            lab);
    return true;
}

static bool hand_out(const struct site *site, const char *lab, const struct request *request, int n,
                     char **logins, struct error *err)
{
    struct credentials credentials;
    if (!class_read(site, lab, &credentials, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf ca = STRBUF_INIT, hex = STRBUF_INIT;
    struct handout handout = {.lab = lab,
                              .title = credentials.title,
                              .host = site->room_host,
                              .port = site_room_port(site),
                              .ldaps_port = site->ldaps_port,
                              .people = site->ldap_people,
                              .ca_file = site->ca_file};
    CLEANUP(mem_free_string)
    char *burned = lab_file(site, lab, "burned");
    struct passwords passwords = {.site = site, .burned = file_exists(burned), .asking = true};
    struct secret secret;
    bool there = false;
    bool good = file_read(site->ca_file, CA_MAX, &ca, err) &&
                load_lab_secret(site, lab, &secret, &there, err);
    if (good) {
        unsigned char digest[DIGEST_SHA256_BYTES];
        digest_sha256(ca.text, ca.len, digest);
        digest_add_hex(&hex, digest, sizeof digest);
        handout.ca_sha256 = hex.text;
        passwords.secret = there ? &secret : NULL;
        good = fill_students(&passwords, &credentials, n, logins, &handout, err) &&
               put_out(request, &handout, &ca, err);
    }
    if (there)
        secret_wipe(&secret);
    if (handout.students != NULL)
        explicit_bzero(handout.students, handout.n_students * sizeof *handout.students);
    free(handout.students);
    credentials_release(&credentials);
    if (good && !site->room_open)
        fprintf(stderr,
                "lectern: handout: the servers answer on this machine only; open them to the room "
                "with \"%s\"\n",
                site_room_command(site));
    return good;
}

/* Remove one lab's secret, after leaving word for later hand-outs. */
static bool burn_file(const char *path, struct error *err)
{
    static const char word[] = "The secret of this lab was burned: initial passwords from before "
                               "are not stored.\n";
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    CLEANUP(mem_free_string)
    char *marker = path_join(directory, "burned");
    if (!file_write(marker, word, sizeof word - 1, 0644, err))
        return false;
    if (unlink(path) != 0)
        return error_set_errno(err, errno, "could not remove \"%s\"", path);
    printf("the secret of lab \"%s\" is gone\n", path_base(directory));
    return true;
}

/* Labs whose students are the same share one secret (apply copies it): every copy goes. */
static bool burn_copies(const struct site *site, const struct secret *secret, struct error *err)
{
    glob_t found;
    CLEANUP(mem_free_string)
    char *pattern = site_path(site, "labs/*/secret");
    bool good = glob(pattern, 0, NULL, &found) == 0 ||
                error_set(err, ERROR_FAILED, "could not look for \"%s\"", pattern);
    for (size_t i = 0; good && i < found.gl_pathc; i++) {
        struct error ignored = ERROR_INIT;
        struct secret other;
        if (secret_load(found.gl_pathv[i], &other, &ignored)) {
            if (memcmp(other.bytes, secret->bytes, sizeof other.bytes) == 0)
                good = burn_file(found.gl_pathv[i], err);
            secret_wipe(&other);
        }
        error_clear(&ignored);
    }
    globfree(&found);
    return good;
}

/* Delete the lab secret: initial passwords can then never be shown again. */
static bool burn(const struct site *site, const char *lab, bool yes, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = lab_file(site, lab, "secret");
    struct secret secret;
    if (!file_exists(path))
        return error_set(err, ERROR_NOT_FOUND, "the secret of lab \"%s\" is gone already", lab);
    CLEANUP(mem_free_string)
    char *consequence =
        mem_printf("Initial passwords of \"%s\" can then never be shown again.", lab);
    if (!act_confirm_lab(yes, consequence, lab, err) || !secret_load(path, &secret, err))
        return false;
    bool good = burn_copies(site, &secret, err);
    secret_wipe(&secret);
    if (good)
        printf("every password goes on working\n");
    return good;
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    const struct option_spec options[] = {
        {"slips", OPTION_FLAG, &request.slips, NULL, "slips of paper to cut apart (the default)"},
        {"csv", OPTION_FLAG, &request.csv, NULL, "one line per student, for a spreadsheet"},
        {"json", OPTION_FLAG, &request.json, NULL, "for programs"},
        {"output", OPTION_STRING, &request.output, "DIRECTORY",
         "write it there, with ca.crt, pg_service.conf and psqlrc for the lab PCs"},
        {"print", OPTION_FLAG, &request.print, NULL, "send the slips to the default printer (lp)"},
        {"burn", OPTION_FLAG, &request.burn, NULL, "delete the secret behind initial passwords"},
        {"yes", OPTION_FLAG, &request.yes, NULL, "burn without asking"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int n;
    char **rest;
    int status = options_parse(&command_handout, options, argc, argv, &n, &rest);
    if (status >= 0)
        return status;
    if (request.slips + request.csv + request.json > 1)
        return command_usage(&command_handout, "choose one of --slips, --csv and --json");
    if (request.print && (request.csv || request.json || request.output != NULL))
        return command_usage(&command_handout, "--print is for slips, on paper");
    if (request.burn && n > 1)
        return command_usage(&command_handout, "--burn is for the whole lab");
    request.form = request.csv ? FORM_CSV : request.json ? FORM_JSON : FORM_SLIPS;
    struct error err = ERROR_INIT;
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!command_load_site(&site, &err))
        return command_fail(&command_handout, &err);
    bool good = command_resolve_lab(&site, n > 0 ? rest[0] : NULL, &lab, &err) &&
                (request.burn ? burn(&site, lab, request.yes, &err)
                              : hand_out(&site, lab, &request, n > 0 ? n - 1 : 0, rest + 1, &err));
    site_release(&site);
    return good ? EXIT_FINE : command_fail(&command_handout, &err);
}

const struct command command_handout = {
    .name = "handout",
    .arguments = "[LAB [LOGIN...]]",
    .summary = "credentials of a lab's students, to hand out",
    .help = "Prints for each student where to log in, with which password, and ready lines for\n"
            "psql, DBeaver and for changing the password.  A password that the student changed\n"
            "is not known to anybody; the slip then says so.  Files with passwords are private.\n\n"
            "--burn deletes the secret that initial passwords are derived from: they go on\n"
            "working, but can never be shown again.",
    .run = run,
};
