/*
 * lectern ps: the embedded servers and how they are.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/commands.h"
#include "command/compose.h"
#include "stack/stack.h"

static json_t *number_or_null(int64_t value, int64_t unknown)
{
    return value == unknown ? json_null() : json_integer(value);
}

static void print_json(const struct site *site, const struct stack_service *services)
{
    json_t *list = json_array();
    for (int i = 0; i < STACK_SERVICES; i++) {
        const struct stack_service *s = &services[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "service", json_string(s->name));
        json_object_set_new(entry, "state", json_string(s->state));
        json_object_set_new(entry, "pid", number_or_null(s->pid, 0));
        json_object_set_new(entry, "uptime_seconds", number_or_null(s->uptime_s, -1));
        json_object_set_new(entry, "memory_kb", number_or_null(s->memory_kb, -1));
        json_object_set_new(entry, "port", number_or_null(s->port, 0));
        json_object_set_new(entry, "last_exit",
                            s->last_exit[0] != '\0' ? json_string(s->last_exit) : json_null());
        json_array_append_new(list, entry);
    }
    json_t *root = json_object();
    json_object_set_new(root, "state_directory", json_string(site->state));
    json_object_set_new(root, "room", site->room_open ? json_string(site->room_host) : json_null());
    json_object_set_new(root, "services", list);
    command_print_json(root);
}

static void print_number(int64_t value, int64_t unknown, int width, const char *unit)
{
    CLEANUP(mem_free_string)
    char *text = value == unknown ? mem_strdup("-") : mem_printf("%" PRId64 "%s", value, unit);
    printf(" %*s", width, text);
}

static void print_table(const struct stack_service *services)
{
    bool running = false;
    printf("%-18s %-9s %8s %12s %8s %6s  %s\n", "SERVICE", "STATE", "PID", "SINCE", "MEMORY",
           "PORT", "LAST EXIT");
    for (int i = 0; i < STACK_SERVICES; i++) {
        const struct stack_service *s = &services[i];
        CLEANUP(strbuf_release)
        struct strbuf since = STRBUF_INIT;
        if (s->uptime_s >= 0)
            clock_format_span(s->uptime_s, &since);
        else
            strbuf_add_char(&since, '-');
        printf("%-18s %-9s", s->name, s->state);
        print_number(s->pid, 0, 8, "");
        printf(" %12s", since.text);
        print_number(s->memory_kb < 0 ? -1 : s->memory_kb / 1024, -1, 8, " MB");
        print_number(s->port, 0, 6, "");
        printf("  %s\n", s->last_exit);
        running = running || strcmp(s->state, "stopped") != 0;
    }
    if (!running)
        printf("nothing runs: \"lectern up\" starts it\n");
}

static int run(int argc, char **argv)
{
    bool json = false;
    const struct option_spec options[] = {
        {"json", OPTION_FLAG, &json, NULL, "print JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_ps, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_ps, "there is nothing to name");
    if (compose_project() != NULL)
        return compose_ps(&command_ps, json);
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_load_own_site(&site, &err))
        return command_fail(&command_ps, &err);
    struct stack_service services[STACK_SERVICES];
    stack_list(&site, services);
    if (json)
        print_json(&site, services);
    else
        print_table(services);
    site_release(&site);
    return EXIT_FINE;
}

const struct command command_ps = {
    .name = "ps",
    .arguments = "",
    .summary = "the servers on this machine",
    .help = "Shows each server's state, process, age, memory (with its children), port, and how it "
            "ended\nthe last time.",
    .run = run,
};
