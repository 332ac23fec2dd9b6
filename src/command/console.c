/*
 * The console: the live grid of the current lab.
 */
#include <stdio.h>

#include "command/commands.h"

static int run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_FINE;
}

const struct command command_console = {
    .name = "console",
    .arguments = "[LAB]",
    .summary = "the live grid",
    .help = "",
    .run = run,
};
