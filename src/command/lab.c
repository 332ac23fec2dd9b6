/*
 * lectern lab: the labs that were applied, and which of them is current.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/class.h"
#include "command/commands.h"
#include "command/progress.h"
#include "control/connect.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/provision.h"

enum { CONNECT_MS = 5000 };

static void print_json(const struct lab_row *rows, size_t n)
{
    json_t *labs = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(labs,
                              json_pack("{s:s, s:s, s:s, s:b, s:i}", "lab", rows[i].name, "title",
                                        rows[i].title, "source", rows[i].source, "current",
                                        (int)rows[i].is_current, "students", rows[i].students));
    command_print_json(labs);
}

static void print_rows(const struct lab_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *title = str_disarm(rows[i].title);
        CLEANUP(mem_free_string)
        char *source = str_disarm(rows[i].source);
        printf("%c %-20s %4d students  %s  (%s)\n", rows[i].is_current ? '*' : ' ', rows[i].name,
               rows[i].students, title, source);
    }
    if (n == 0)
        printf("no lab was applied yet\n");
}

static bool list(const struct site *site, bool json, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    PGconn *conn = NULL;
    struct lab_row *rows;
    size_t n;
    if (!connect_as_role(site, "lectern_console", CONTROL_DATABASE, &arena, &address, err) ||
        !pg_connect_now(&address, CONNECT_MS, &conn, err))
        return false;
    bool ok = control_list_labs(conn, &arena, &rows, &n, err);
    PQfinish(conn);
    if (ok && json)
        print_json(rows, n);
    else if (ok)
        print_rows(rows, n);
    return ok;
}

static bool use(const struct site *site, const char *argument, bool yes, bool json,
                struct error *err)
{
    CLEANUP(mem_free_string)
    char *name = NULL;
    struct progress progress;
    bool changed = false;
    if (!command_resolve_lab(site, argument, &name, err) ||
        (!yes && !class_may_leave(site, name, err)))
        return false;
    progress_init(&progress, -1);
    bool ok = provision_use(site, name, json ? progress_ignore : progress_event, &progress,
                            &changed, err);
    progress_release(&progress);
    if (ok && json)
        printf("{\"lab\": \"%s\", \"changed\": %s}\n", name, changed ? "true" : "false");
    else if (ok)
        printf("the current lab is \"%s\"%s\n", name, changed ? "" : ", as before");
    return ok;
}

static int run(int argc, char **argv)
{
    bool json = false, yes = false;
    const struct option_spec options[] = {
        {"yes", OPTION_FLAG, &yes, NULL, "use: also in the midst of another lab's lesson"},
        {"json", OPTION_FLAG, &json, NULL, "print as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_lab, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    bool is_use = argc == 2 && strcmp(argv[0], "use") == 0;
    if (!is_use && !(argc == 1 && strcmp(argv[0], "list") == 0))
        return command_usage(&command_lab, "\"list\" or \"use NAME\" is missing");
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_load_site(&site, &err))
        return command_fail(&command_lab, &err);
    bool ok = is_use ? use(&site, argv[1], yes, json, &err) : list(&site, json, &err);
    site_release(&site);
    return ok ? EXIT_FINE : command_fail(&command_lab, &err);
}

const struct command command_lab = {
    .name = "lab",
    .arguments = "list | use NAME",
    .summary = "list the labs, or make another one current",
    .help = "\"list\" shows the labs that were applied; the current one has a star. \"use NAME\" "
            "makes\nanother one current: the students' databases of the others are set aside "
            "(renamed to\nlogin~lab and closed, their sessions ended), and this lab's come "
            "back.\nWhile a "
            "lesson of the other runs and somebody is connected it needs --yes.",
    .run = run,
};
