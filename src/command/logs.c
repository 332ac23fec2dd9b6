/*
 * lectern logs: what the servers write.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/compose.h"
#include "stack/logs.h"
#include "stack/stack.h"

enum { POLL_MS = 200, DEFAULT_LINES = 40 };

static void print_entry(const struct log_entry *entry)
{
    CLEANUP(mem_free_string)
    char *text = str_disarm(entry->text);
    CLEANUP(mem_free_string)
    char *when = str_disarm(entry->when);
    printf("%-23.23s %-17s %s\n", when, entry->service, text);
}

static int show(const char *state, const char *service, int lines, bool follow)
{
    struct logs *logs = logs_open(state, service);
    const struct log_entry *entries;
    size_t n = logs_read(logs, &entries);
    size_t from = n > (size_t)lines ? n - (size_t)lines : 0;
    for (size_t i = from; i < n; i++)
        print_entry(&entries[i]);
    while (follow && fflush(stdout) == 0) { /* until interrupted, or nobody reads on */
        clock_sleep_ms(POLL_MS);
        n = logs_read(logs, &entries);
        for (size_t i = 0; i < n; i++)
            print_entry(&entries[i]);
    }
    logs_close(logs);
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    static char follow_option[] = "--follow";
    bool follow = false;
    int lines = DEFAULT_LINES;
    const struct option_spec options[] = {
        {"follow", OPTION_FLAG, &follow, NULL, "go on with what comes, until interrupted (-f)"},
        {"lines", OPTION_INT, &lines, "N", "how many of the last lines to begin with (40)"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-f") == 0)
            argv[i] = follow_option;
    int status = options_parse(&command_logs, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1 || lines < 0)
        return command_usage(&command_logs, "name one service at most, and no negative number");
    if (compose_project() != NULL)
        return follow ? command_usage(&command_logs, "docker logs -f follows a container")
                      : compose_logs(&command_logs, argc == 1 ? argv[0] : NULL, lines);
    if (argc == 1 && stack_find_service(argv[0]) < 0)
        return command_usage(&command_logs,
                             "there is no service \"%s\" (slapd, postgres, exporter-students, "
                             "exporter-steps, prometheus, lecternd)",
                             argv[0]);
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_load_own_site(&site, &err))
        return command_fail(&command_logs, &err);
    status = show(site.state, argc == 1 ? argv[0] : NULL, lines, follow);
    site_release(&site);
    return status;
}

const struct command command_logs = {
    .name = "logs",
    .arguments = "[SERVICE]",
    .summary = "what the servers write",
    .help = "Shows the last lines of one server's log, or of all in the order of their times "
            "(UTC):\nslapd, postgres, exporter-students, exporter-steps, prometheus, lecternd. "
            "The logs rotate\nby size.",
    .run = run,
};
