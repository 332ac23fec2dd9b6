/*
 * lectern destroy: archive a lab's databases and take down what apply made for it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/act.h"
#include "command/commands.h"
#include "command/example.h"
#include "command/progress.h"
#include "provision/provision.h"

static bool confirm(bool yes, const char *name, struct error *err)
{
    CLEANUP(mem_free_string)
    char *consequence = mem_printf(
        "This ends all sessions, archives and drops every student's database of lab \"%s\".", name);
    return act_confirm_lab(yes, consequence, name, err);
}

/* STATE/archive/LAB-20260301T104207Z */
static char *archive_path(const struct site *site, const char *name)
{
    CLEANUP(strbuf_release)
    struct strbuf time = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf relative = STRBUF_INIT;
    clock_format_utc(clock_utc_us(), &time);
    strbuf_printf(&relative, "archive/%s-", name);
    for (const char *p = time.text; *p != '\0'; p++)
        if (*p != '-' && *p != ':')
            strbuf_add_char(&relative, *p);
    return site_path(site, relative.text);
}

static bool destroy(const char *argument, bool yes, struct progress *progress, struct error *err)
{
    struct site site;
    CLEANUP(mem_free_string)
    char *name = NULL;
    if (!command_load_site(&site, err))
        return false;
    bool ok = command_resolve_lab(&site, argument, &name, err) && confirm(yes, name, err);
    if (ok) {
        CLEANUP(mem_free_string)
        char *archive = archive_path(&site, name);
        CLEANUP(mem_free_string)
        char *text = mem_printf("archive    %s", archive);
        progress_note(progress, text);
        ok = provision_destroy(&site, name, archive, &command_example, progress_event, progress,
                               err);
        CLEANUP(mem_free_string)
        char *end =
            mem_printf("lab \"%s\" is gone; its students' databases are in the archive", name);
        if (ok)
            progress_note(progress, end);
    }
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    bool yes = false;
    int events_fd = -1;
    const struct option_spec options[] = {
        {"yes", OPTION_FLAG, &yes, NULL, "do not ask"},
        {"events-fd", OPTION_INT, &events_fd, "N", "write JSON events to this descriptor, too"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_destroy, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc != 1)
        return command_usage(&command_destroy, "name the lab");
    struct progress progress;
    if (!progress_init(&progress, events_fd))
        return command_usage(&command_destroy, "descriptor %d is not open", events_fd);
    struct error err = ERROR_INIT;
    bool ok = destroy(argv[0], yes, &progress, &err);
    progress_release(&progress);
    return ok ? EXIT_FINE : command_fail(&command_destroy, &err);
}

const struct command command_destroy = {
    .name = "destroy",
    .arguments = "LAB",
    .summary = "archive a lab's databases and take it down",
    .help = "Ends the sessions, writes each student's database into STATE/archive (pg_dump's "
            "custom\nformat, read back by pg_restore), and only then drops database, roles, LDAP "
            "entry and the\nlab's records. What cannot be archived is not dropped: it is named, "
            "and the exit status\nis 1.",
    .run = run,
};
