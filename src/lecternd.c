/*
 * lecternd: the daemon that measures.
 */
#include "command/command.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
/* The leak check stops the process by ptrace at its exit, where a daemon that changed its user may
 * hang, and the supervisor would wait for it for ever.  The unit tests look for leaks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif
#endif

int main(int argc, char **argv)
{
    return command_daemon_main(argc, argv);
}
