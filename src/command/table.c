/*
 * The table of commands, and the programs' mains.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/compose.h"

#include "config.h"

enum { NEAR = 2 }; /* letters: what was meant */

const struct command *const command_table[] = {
#define COMMAND(name) &command_##name,
#include "command/commands.def"
#undef COMMAND
    NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *c = command_table; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

void command_print_list(FILE *stream)
{
    fprintf(stream, "usage: lectern [--compose PROJECT] [COMMAND] [options] [arguments]\n\n"
                    "Without a command: the console on the current lab. --compose: on the "
                    "containers of\ndocker-compose.yml.\n\n");
    for (const struct command *const *c = command_table; *c != NULL; c++)
        fprintf(stream, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(stream, "\n\"lectern COMMAND --help\" tells more.\n");
}

/* In a few lines: the list of all would push them off the screen. */
static int unknown_command(const char *name)
{
    const char *nearest = NULL;
    size_t best = NEAR + 1;
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        size_t distance = str_distance(name, (*c)->name);
        if (distance < best && distance < strlen((*c)->name)) {
            best = distance;
            nearest = (*c)->name;
        }
    }
    fprintf(stderr, "lectern: there is no command \"%s\"\n  hint: ", name);
    if (nearest != NULL)
        fprintf(stderr, "Did you mean \"%s\"?  ", nearest);
    fprintf(stderr, "\"lectern help\" lists the commands.\n");
    return EXIT_WRONG_USE;
}

/* The command, and what it changed of labs to the containers. */
static int run_command(const struct command *command, int argc, char **argv)
{
    int status;
    struct error err = ERROR_INIT;
    if (compose_refuses(command, &status))
        return status;
    status = command->run(argc, argv);
    if (!compose_leave(&err)) {
        int failed = command_fail(command, &err);
        status = status == EXIT_FINE ? failed : status;
    }
    errno = 0;
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (written || errno == EPIPE) /* whoever reads has had enough */
        return status;
    fprintf(stderr, "lectern: %s: the output could not be written\n", command->name);
    return status == EXIT_FINE ? EXIT_FAILED : status;
}

int command_main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    int refused = compose_take_option(&argc, &argv);
    if (refused != 0)
        return refused;
    if (argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") != 0 &&
                     strcmp(argv[1], "-h") != 0 && strcmp(argv[1], "--version") != 0))
        return run_command(&command_console, argc, argv);
    if (strcmp(argv[1], "--version") == 0)
        return printf("lectern %s\n", PACKAGE_VERSION) < 0 ? EXIT_FAILED : EXIT_FINE;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        command_print_list(stdout);
        return EXIT_FINE;
    }
    const struct command *command = command_find(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    return run_command(command, argc - 1, argv + 1);
}
