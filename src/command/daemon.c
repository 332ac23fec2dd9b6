/*
 * lecternd's main: options, the site, and the daemon on the loop.
 */
#include "command/command.h"

int command_daemon_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_FINE;
}
