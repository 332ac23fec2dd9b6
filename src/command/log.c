/*
 * lectern log: what lecternd and people did, from the control database.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/class.h"
#include "command/commands.h"
#include "control/words.h"
#include "io/pg.h"
#include "lab/snapshot.h"

enum { DEFAULT_LINES = 40 };

static void print_event(const struct snapshot_event *event)
{
    CLEANUP(strbuf_release)
    struct strbuf at = STRBUF_INIT;
    clock_format_utc(event->at_us, &at);
    CLEANUP(mem_free_string)
    char *login = str_disarm(event->login);
    CLEANUP(mem_free_string)
    char *kind = str_disarm(event->kind);
    CLEANUP(mem_free_string)
    char *actor = str_disarm(event->actor);
    CLEANUP(mem_free_string)
    char *text = str_disarm(event->text);
    printf("%s  %-14s %-12s %s%s%s%s\n", at.text, kind, *login != '\0' ? login : "-", text,
           *actor != '\0' ? " (" : "", actor, *actor != '\0' ? ")" : "");
}

static bool read_events(const struct site *site, const char *lab, const char *login, int lines,
                        struct arena *arena, struct snapshot_event **ret_events, size_t *ret_n,
                        struct error *err)
{
    PGconn *conn;
    PGresult *result;
    if (!class_connect(site, &conn, err))
        return false;
    CLEANUP(mem_free_string)
    char *limit = mem_printf("%d", lines);
    const char *params[] = {lab, login != NULL ? login : "", limit};
    bool good = pg_query_now(conn, words_events_sql, 3, params, &result, err);
    if (good) {
        good = words_read_events(arena, result, ret_events, ret_n, err);
        PQclear(result);
    }
    PQfinish(conn);
    return good;
}

static bool show(const char *argument, const char *login, int lines, bool json, struct error *err)
{
    struct site site;
    struct arena arena = ARENA_INIT;
    struct snapshot_event *events;
    size_t n = 0;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!command_load_site(&site, err))
        return false;
    bool good = command_resolve_lab(&site, argument, &lab, err) &&
                (login == NULL || class_knows(&site, lab, login, err)) &&
                read_events(&site, lab, login, lines, &arena, &events, &n, err);
    if (good && json)
        command_print_json(snapshot_events_json(events, n));
    for (size_t i = n; good && !json && i-- > 0;) /* the latest last, as logs are */
        print_event(&events[i]);
    arena_release(&arena);
    site_release(&site);
    return good;
}

static int run(int argc, char **argv)
{
    static char lines_option[] = "--lines";
    bool json = false;
    int lines = DEFAULT_LINES;
    const char *login = NULL;
    const struct option_spec options[] = {
        {"lines", OPTION_INT, &lines, "N", "how many of the latest (40; -n N)"},
        {"about", OPTION_STRING, &login, "LOGIN", "only of this student"},
        {"json", OPTION_FLAG, &json, NULL, "print JSON, the latest first"},
        {.name = NULL},
    };
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-n") == 0)
            argv[i] = lines_option;
    int status = options_parse(&command_log, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1 || lines < 1 || lines > WORDS_EVENTS_MAX)
        return command_usage(&command_log, "one lab at most, and 1 to %d lines", WORDS_EVENTS_MAX);
    struct error err = ERROR_INIT;
    if (!show(argc == 1 ? argv[0] : NULL, login, lines, json, &err))
        return command_fail(&command_log, &err);
    return EXIT_FINE;
}

const struct command command_log = {
    .name = "log",
    .arguments = "[LAB]",
    .summary = "what happened in a lab, and who did it",
    .help = "Prints the lab's events: steps completed and lost, lessons, resets, hands, what was\n"
            "ended by the guard; each with its time (UTC) and who did it.  The log pane (F9) of\n"
            "the console has the same.  What the servers write is \"lectern logs\".",
    .run = run,
};
