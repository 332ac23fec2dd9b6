/*
 * lectern down: ends the embedded servers.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/commands.h"
#include "stack/stack.h"

static int run(int argc, char **argv)
{
    const struct option_spec options[] = {{NULL, OPTION_FLAG, NULL, NULL, NULL}};
    int status = options_parse(&command_down, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_down, "there is nothing to name");
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    struct error err = ERROR_INIT;
    size_t stopped = 0;
    int lock;
    if (!file_exists(state)) {
        printf("nothing runs: there is no state directory\n");
        return EXIT_FINE;
    }
    if (!stack_lock(state, &lock, &err))
        return command_fail(&command_down, &err);
    bool ok = stack_down(state, &stopped, &err);
    close(lock);
    if (!ok)
        return command_fail(&command_down, &err);
    printf(stopped > 0 ? "stopped\n" : "nothing was running\n");
    return EXIT_FINE;
}

const struct command command_down = {
    .name = "down",
    .arguments = "",
    .summary = "stop the servers on this machine",
    .help = "Ends every server of the state directory within ten seconds, also with students' "
            "sessions\nopen, and whatever an earlier crash left running. All data stays; "
            "\"lectern up\" brings it back.",
    .run = run,
};
