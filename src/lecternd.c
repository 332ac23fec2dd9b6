/*
 * lecternd: the daemon that measures.
 */
#include "command/command.h"

int main(int argc, char **argv)
{
    return command_daemon_main(argc, argv);
}
