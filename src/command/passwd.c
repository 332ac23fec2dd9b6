/*
 * lectern passwd: a student changes the own password at the master's machine.  Nothing that is
 * typed is shown, and only the directory ever sees it.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/prompt.h"
#include "io/ldap.h"
#include "lab/roster.h"

static bool ask_new(char **ret_new, struct error *err)
{
    CLEANUP(prompt_free)
    char *again = NULL;
    if (!prompt_line("New password", true, ret_new, err))
        return false;
    if ((*ret_new)[0] == '\0')
        return error_set(err, ERROR_INPUT, "the new password is empty");
    if (!utf8_valid(*ret_new, strlen(*ret_new)))
        return error_set(err, ERROR_INPUT, "the new password is not UTF-8");
    if (!prompt_line("New password, again", true, &again, err))
        return false;
    return strcmp(*ret_new, again) == 0 ||
           error_set(err, ERROR_INPUT, "the two new passwords differ");
}

static bool change(const struct site *site, const char *login, struct error *err)
{
    CLEANUP(prompt_free)
    char *old = NULL, *new_password = NULL;
    CLEANUP(mem_free_string)
    char *uid = ldap_escape_dn(login);
    CLEANUP(mem_free_string)
    char *dn = mem_printf("uid=%s,%s", uid, site->ldap_people);
    struct ldap_address address = {.uri = site->ldap_uri, .ca_file = site->ca_file};
    struct ldap_connection *connection;
    if (!prompt_line("Old password", true, &old, err))
        return false;
    if (!ldap_connect_to(&address, dn, old, &connection, err)) {
        if (err->code == ERROR_AUTH) {
            error_clear(err);
            error_set(err, ERROR_AUTH, "the login or the old password is wrong");
            error_hint(
                err,
                "Try again; who forgot it gets a new one by \"lectern student LAB LOGIN passwd\".");
        } else if (err->code == ERROR_CONNECTION)
            error_hint(err, "\"lectern ps\" shows whether slapd runs.");
        return false;
    }
    bool good = ask_new(&new_password, err);
    if (good && strcmp(old, new_password) == 0)
        good = error_set(err, ERROR_INPUT, "the new password is the old one");
    if (good && !ldap_change_password(connection, dn, old, new_password, err)) {
        good = false;
        if (err->detail != NULL && strstr(err->detail, "too short") != NULL)
            error_hint(err, "Choose a longer one.");
    }
    ldap_disconnect(connection);
    return good;
}

static int run(int argc, char **argv)
{
    const struct option_spec options[] = {{NULL, OPTION_FLAG, NULL, NULL, NULL}};
    int n;
    char **rest;
    int status = options_parse(&command_passwd, options, argc, argv, &n, &rest);
    if (status >= 0)
        return status;
    if (n > 1)
        return command_usage(&command_passwd, "unexpected argument \"%s\"", rest[1]);
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_read_site(&site, &err))
        return command_fail(&command_passwd, &err);
    CLEANUP(mem_free_string)
    char *login = n > 0 ? mem_strdup(rest[0]) : NULL;
    bool good = login != NULL || prompt_line("Login", false, &login, &err);
    if (good && roster_login_fault(login) != NULL)
        good = error_set(&err, ERROR_INPUT, "login \"%s\" %s", login, roster_login_fault(login));
    good = good && change(&site, login, &err);
    site_release(&site);
    if (!good)
        return command_fail(&command_passwd, &err);
    printf("The password of \"%s\" is changed; the new one holds from now on.\n", login);
    return EXIT_FINE;
}

const struct command command_passwd = {
    .name = "passwd",
    .arguments = "[LOGIN]",
    .summary = "a student changes the own password",
    .help = "Asks for the old password and twice for the new one; nothing is shown.  From a lab\n"
            "PC the line on the slip does the same.",
    .run = run,
};
