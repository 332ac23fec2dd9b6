/*
 * lectern up: starts the embedded servers and lays the ground for labs on them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/commands.h"
#include "provision/provision.h"
#include "stack/stack.h"

static void print_note(const char *text, void *data)
{
    (void)data;
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    printf("%s\n", safe);
    fflush(stdout);
}

static void print_event(const struct event *event, void *data)
{
    if (event->kind == EVENT_NOTE || event->kind == EVENT_ERROR)
        print_note(event->text, data);
}

/* Also when both files were there before: a running server is told what changed under it. */
static bool start(const struct stack_options *options, struct site *site, struct error *err)
{
    struct provision_changes changes = {0};
    return stack_up_ground(options, site, err) &&
           provision_ground(site, print_event, NULL, &changes, err) &&
           stack_up_rest(options, site, err);
}

static void print_site(const struct site *site)
{
    if (site->room_open)
        printf("PostgreSQL: %s port %d; LDAP for passwords: ldaps://%s:%d (open to the room)\n",
               site->room_host, site->pg_port, site->room_host, site->ldaps_port);
    else
        printf("PostgreSQL: localhost port %d (this machine only; \"lectern up --room NAME\" opens "
               "it to the room)\n",
               site->pg_port);
    printf("Prometheus: %s\nstate: %s\n", site->prometheus_url, site->state);
}

static int run(int argc, char **argv)
{
    bool loopback = false;
    const char *room = NULL;
    const struct option_spec options[] = {
        {"room", OPTION_STRING, &room, "NAME",
         "open PostgreSQL and ldaps to the room, under this host name or address"},
        {"loopback", OPTION_FLAG, &loopback, NULL, "close them to the room again"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_up, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_up, "there is nothing to name");
    if (room != NULL && loopback)
        return command_usage(&command_up, "--room and --loopback exclude each other");
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    CLEANUP(mem_free_string)
    char *lecternd = command_sibling("lecternd");
    struct stack_options up = {.state = state,
                               .room = room,
                               .loopback = loopback,
                               .spread_ports = getenv("LECTERN_STATE") != NULL,
                               .lecternd = lecternd,
                               .on_note = print_note};
    struct error err = ERROR_INIT;
    struct site site = {.arena = ARENA_INIT};
    int lock;
    if (!stack_lock(state, &lock, &err))
        return command_fail(&command_up, &err);
    bool ok = start(&up, &site, &err);
    close(lock);
    if (ok)
        print_site(&site);
    site_release(&site);
    return ok ? EXIT_FINE : command_fail(&command_up, &err);
}

const struct command command_up = {
    .name = "up",
    .arguments = "",
    .summary = "start the servers on this machine",
    .help = "Starts slapd, PostgreSQL, the exporters, Prometheus and lecternd in the state "
            "directory\n(LECTERN_STATE, else $XDG_STATE_HOME/lectern or ~/.local/state/lectern; "
            "for root\n/var/lib/lectern), unprivileged and supervised by runit. A server that dies "
            "is started\nagain. What runs already stays as it is; after a reboot the same state "
            "comes back.\n\nThe servers listen on this machine only. --room opens PostgreSQL and "
            "ldaps, and nothing\nelse, to the room; the certificate then carries the name and this "
            "machine's addresses.\nThe choice is kept until --loopback closes the room again. "
            "Ports are chosen once and\nkept in site.yaml.",
    .run = run,
};
