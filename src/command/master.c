/*
 * lectern master: accounts for those who teach, to log in to Grafana with.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/commands.h"
#include "provision/masters.h"

static bool list(const struct site *site, bool json, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct master *masters;
    size_t n;
    if (!masters_list(site, &arena, &masters, &n, err))
        return false;
    json_t *document = json_array();
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *name = str_disarm(masters[i].name);
        json_array_append_new(
            document, json_pack("{s:s, s:s}", "login", masters[i].login, "name", masters[i].name));
        if (!json)
            printf("%-20s %s\n", masters[i].login, name);
    }
    if (!json && n == 0)
        printf("there is no master yet; \"lectern master add LOGIN\" makes one\n");
    if (json)
        command_print_json(document);
    else
        json_decref(document);
    return true;
}

static bool add(const struct site *site, const char *login, const char *name, const char *email,
                struct error *err)
{
    char password[SECRET_PASSWORD_SIZE];
    if (!masters_add(site, login, name, email, password, err))
        return false;
    if (password[0] != '\0')
        printf("%s may log in to Grafana with the password  %s\n"
               "It is shown this once; \"lectern passwd %s\" changes it.\n",
               login, password, login);
    else
        printf("%s is a master already\n", login);
    explicit_bzero(password, sizeof password);
    return true;
}

static bool carry_out(const struct site *site, int argc, char **argv, const char *name,
                      const char *email, bool json, struct error *err)
{
    if (argc == 0)
        return list(site, json, err);
    if (strcmp(argv[0], "add") == 0)
        return add(site, argv[1], name, email, err);
    if (!masters_remove(site, argv[1], err))
        return false;
    printf("%s is no master any more\n", argv[1]);
    return true;
}

static int run(int argc, char **argv)
{
    const char *name = "", *email = "";
    bool json = false;
    const struct option_spec options[] = {
        {"name", OPTION_STRING, &name, "NAME", "with add: the full name"},
        {"email", OPTION_STRING, &email, "ADDRESS", "with add: the e-mail address"},
        {"json", OPTION_FLAG, &json, NULL, "print the list as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_master, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    bool is_change = argc == 2 && (strcmp(argv[0], "add") == 0 || strcmp(argv[0], "remove") == 0);
    if (argc != 0 && !is_change)
        return command_usage(&command_master,
                             "it takes nothing, \"add LOGIN\" or \"remove LOGIN\"");
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_load_site(&site, &err))
        return command_fail(&command_master, &err);
    bool ok = carry_out(&site, argc, argv, name, email, json, &err);
    site_release(&site);
    return ok ? EXIT_FINE : command_fail(&command_master, &err);
}

const struct command command_master = {
    .name = "master",
    .arguments = "[add LOGIN | remove LOGIN]",
    .summary = "accounts of those who teach, for Grafana",
    .help = "Without arguments lists the masters. \"add\" makes an account in the directory, in "
            "the group\n\"masters\", and shows its password once; \"remove\" deletes it. A master "
            "administrates the\nGrafana that runs with STATE/grafana/grafana.ini, and has no role "
            "in PostgreSQL. Students\nneed none: they see the dashboards without a login.",
    .run = run,
};
