/*
 * lectern setup: what the containers' one-shot services run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/commands.h"
#include "provision/provision.h"
#include "stack/volumes.h"

enum { PORT_MAX = 65535, CONNECTIONS_LEAST = 20, CONNECTIONS_MOST = 20000 };

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

static bool number(const char *name, int otherwise, int least, int most, int *ret_number,
                   struct error *err)
{
    const char *text = variable(name, NULL);
    char *end = NULL;
    long value = text != NULL ? strtol(text, &end, 10) : otherwise;
    if (text != NULL && (end == text || *end != '\0' || value < least || value > most))
        return error_set(err, ERROR_INPUT, "%s is \"%s\", not a number from %d to %d", name, text,
                         least, most);
    *ret_number = (int)value;
    return true;
}

static bool prepare_volumes(const char *root, bool keep_groups, struct error *err)
{
    struct volumes_options options = {.root = root,
                                      .keep_groups = keep_groups,
                                      .bind = variable("LECTERN_BIND", "127.0.0.1"),
                                      .room = variable("LECTERN_ROOM", "")};
    return number("LECTERN_PG_PORT", VOLUMES_POSTGRES_PORT, 1, PORT_MAX, &options.pg_port, err) &&
           number("LECTERN_LDAPS_PORT", VOLUMES_LDAPS_PORT, 1, PORT_MAX, &options.ldaps_port,
                  err) &&
           number("LECTERN_CONNECTIONS", 1000, CONNECTIONS_LEAST, CONNECTIONS_MOST,
                  &options.connections, err) &&
           volumes_prepare(&options, err);
}

static void print_event(const struct event *event, void *data)
{
    (void)data;
    if (event->kind != EVENT_NOTE && event->kind != EVENT_ERROR)
        return;
    CLEANUP(mem_free_string)
    char *safe = str_disarm(event->text);
    printf("%s\n", safe);
}

static bool lay_ground(struct error *err)
{
    struct site site;
    struct provision_changes changes;
    if (!command_load_site(&site, err))
        return false;
    bool ok = provision_ground(&site, print_event, NULL, &changes, err);
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    const char *root = VOLUMES_ROOT;
    bool keep_groups = false;
    const struct option_spec options[] = {
        {"root", OPTION_STRING, &root, "DIR", "where the volumes are mounted (" VOLUMES_ROOT ")"},
        {"keep-groups", OPTION_FLAG, &keep_groups, NULL, "give no file to a service's group"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_setup, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc != 1 || (strcmp(argv[0], "volumes") != 0 && strcmp(argv[0], "ground") != 0))
        return command_usage(&command_setup, "say \"volumes\" or \"ground\"");
    struct error err = ERROR_INIT;
    bool ok = strcmp(argv[0], "volumes") == 0 ? prepare_volumes(root, keep_groups, &err)
                                              : lay_ground(&err);
    return ok ? EXIT_FINE : command_fail(&command_setup, &err);
}

const struct command command_setup = {
    .name = "setup",
    .arguments = "volumes|ground",
    .summary = "what docker-compose.yml's one-shot services run",
    .help = "\"volumes\" makes the CA, certificates, secrets and configurations in the containers' "
            "volumes,\n\"ground\" roles, template and control database once PostgreSQL answers. "
            "Both leave alone\nwhat is right. Not for the command line: \"lectern up\" starts the "
            "servers on this\nmachine. Reads LECTERN_BIND, LECTERN_ROOM, LECTERN_PG_PORT, "
            "LECTERN_LDAPS_PORT and\nLECTERN_CONNECTIONS.",
    .run = run,
};
