/*
 * The table of commands, and the programs' mains.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/commands.h"

#include "config.h"

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
    fprintf(stream, "usage: lectern [COMMAND] [options] [arguments]\n\n"
                    "Without a command: the console on the current lab.\n\n");
    for (const struct command *const *c = command_table; *c != NULL; c++)
        fprintf(stream, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(stream, "\n\"lectern COMMAND --help\" tells more.\n");
}

int command_main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") != 0 &&
                     strcmp(argv[1], "-h") != 0 && strcmp(argv[1], "--version") != 0))
        return command_console.run(argc, argv);
    if (strcmp(argv[1], "--version") == 0)
        return printf("lectern %s\n", PACKAGE_VERSION) < 0 ? EXIT_FAILED : EXIT_FINE;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        command_print_list(stdout);
        return EXIT_FINE;
    }
    const struct command *command = command_find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "lectern: there is no command \"%s\"\n", argv[1]);
        command_print_list(stderr);
        return EXIT_WRONG_USE;
    }
    int status = command->run(argc - 1, argv + 1);
    errno = 0;
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (written || errno == EPIPE) /* whoever reads has had enough */
        return status;
    fprintf(stderr, "lectern: %s: the output could not be written\n", command->name);
    return status == EXIT_FINE ? EXIT_FAILED : status;
}
