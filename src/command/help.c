/*
 * lectern help: the list of commands, one command's help, or the manual page as roff.
 */
#include <stdio.h>

#include "command/commands.h"
#include "config.h"

static void print_manual(void)
{
    printf(
        ".TH LECTERN 1 \"\" \"lectern %s\"\n"
        ".SH NAME\nlectern \\- a classroom console for database labs\n"
        ".SH SYNOPSIS\n.B lectern\n.RB [ \\-\\-compose\n.IR PROJECT ]\n.RI [ COMMAND ]\n.RI [ "
        "options ]\n.RI [ arguments ]\n"
        ".SH DESCRIPTION\n"
        "A lab master hands lectern an example database and a class list. It gives each student\n"
        "an LDAP account and a PostgreSQL database, measures what each has built against the\n"
        "example, and shows on a terminal who is done, who is behind and who needs help now.\n"
        "Without a command it opens the live grid of the current lab.\n"
        ".SH COMMANDS\n",
        PACKAGE_VERSION);
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        char name[32], option[] = "--roff";
        snprintf(name, sizeof name, "%s", (*c)->name);
        char *argv[] = {name, option, NULL};
        (*c)->run(2, argv);
    }
    printf(".SH EXIT STATUS\n0 fine, 1 failed, 2 wrong use, 3 differences or checks not met.\n"
           ".SH CONTAINERS\nWith\n.B \\-\\-compose\n.I PROJECT\nbefore the command it works on the "
           "containers of docker-compose.yml that have this\nproject name. Secrets, CA and "
           "addresses are read through the container engine\ninto STATE/compose/PROJECT; labs and "
           "their secrets go both ways. Only up and down\nare compose's own.\n"
           ".SH ENVIRONMENT\n.TP\n.B LECTERN_COMPOSE\nThe project of\n.BR \\-\\-compose .\n"
           ".TP\n.B LECTERN_STATE\nThe state directory; otherwise\n"
           ".IR $XDG_STATE_HOME/lectern ,\n.I ~/.local/state/lectern\nor, for root,\n"
           ".IR /var/lib/lectern .\n");
}

static int run(int argc, char **argv)
{
    bool manual = false;
    const struct option_spec options[] = {
        {"man", OPTION_FLAG, &manual, NULL, "print the manual page (roff)"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_help, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (manual) {
        print_manual();
        return EXIT_FINE;
    }
    if (argc == 0) {
        command_print_list(stdout);
        return EXIT_FINE;
    }
    const struct command *command = command_find(argv[0]);
    if (command == NULL)
        return command_usage(&command_help, "there is no command \"%s\"", argv[0]);
    char option[] = "--help";
    char *help_argv[] = {argv[0], option, NULL};
    return command->run(2, help_argv);
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "the commands, one command, or the manual page",
    .help = "Without a command: all commands with a line each.",
    .run = run,
};
