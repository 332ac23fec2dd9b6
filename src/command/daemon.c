/*
 * lecternd's main: options, the site, and the daemon on the loop.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "config.h"
#include "io/loop.h"
#include "probe/daemon.h"

enum { ALIVE_MS = 1000 };

static const struct command lecternd = {
    .program = "lecternd",
    .name = "",
    .arguments = "",
    .summary = "measure the current lab's students, until told to stop",
    .help = "Reads where the servers are from site.yaml in the state directory, measures the\n"
            "databases of the current lab through the probes' logins, and writes what it finds\n"
            "into the control database. Reads students' errors and failed logins from the\n"
            "server's JSON log: of each statement 80 characters without passwords, kept for a\n"
            "day at most. Waits for whatever is not there yet. SIGTERM ends it\n"
            "within a second. \"lectern up\" starts it under supervision.",
};

/* For a supervisor that only sees from outside whether the loop still turns. */
static void touch(uv_timer_t *timer)
{
    const char *path = timer->data;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return;
    futimens(fd, NULL);
    close(fd);
}

static void keep_alive_file(struct loop *loop, uv_timer_t *timer, const char *path)
{
    uv_timer_init(&loop->uv, timer);
    timer->data = (void *)(uintptr_t)path;
    uv_timer_start(timer, touch, 0, ALIVE_MS);
    uv_unref((uv_handle_t *)timer);
}

static int measure(const struct daemon_options *options, const char *alive)
{
    uv_timer_t timer;
    struct error err = ERROR_INIT;
    struct site site;
    struct loop loop;
    if (!command_read_site(&site, &err))
        return command_fail(&lecternd, &err);
    loop_init(&loop);
    if (alive != NULL)
        keep_alive_file(&loop, &timer, alive);
    log_line(LOG_LEVEL_INFO, "lecternd %s: state directory %s", PACKAGE_VERSION, site.state);
    bool fine = daemon_run(&loop, &site, options, &err);
    loop_release(&loop);
    site_release(&site);
    if (!fine)
        return command_fail(&lecternd, &err);
    log_line(LOG_LEVEL_INFO, "ended as asked");
    return EXIT_FINE;
}

int command_daemon_main(int argc, char **argv)
{
    struct daemon_options options = DAEMON_OPTIONS_DEFAULT;
    const char *state = NULL, *alive = NULL;
    bool version = false, verbose = false;
    const struct option_spec specs[] = {
        {"state", OPTION_STRING, &state, "DIR", "the state directory (default: LECTERN_STATE)"},
        {"probes", OPTION_INT, &options.probes, "N", "databases measured at a time (4)"},
        {"connections", OPTION_INT, &options.connections, "N",
         "connections to students' databases kept open at most (250)"},
        {"alive", OPTION_STRING, &alive, "FILE", "touch this file while all is well, each second"},
        {"verbose", OPTION_FLAG, &verbose, NULL, "log more"},
        {"version", OPTION_FLAG, &version, NULL, "print the version"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    int status = options_parse(&lecternd, specs, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&lecternd, "unexpected argument \"%s\"", argv[0]);
    if (options.probes < 1 || options.probes > 64)
        return command_usage(&lecternd, "--probes takes 1 to 64");
    if (options.connections < 0 || options.connections > 10000)
        return command_usage(&lecternd, "--connections takes 0 to 10000");
    if (version)
        return printf("lecternd %s\n", PACKAGE_VERSION) < 0 ? EXIT_FAILED : EXIT_FINE;
    if (verbose)
        log_set_level(LOG_LEVEL_DEBUG);
    if (state != NULL)
        setenv("LECTERN_STATE", state, 1);
    return measure(&options, alive);
}
