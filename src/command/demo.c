/*
 * lectern demo: the whole chain on this machine.  It unpacks the shipped lab and runs this
 * program's own commands on it, as a lab master would: up, apply, rehearse beside, and the console
 * in front.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/commands.h"
#include "command/demo_lab.h"
#include "io/child.h"

/* Once the link is followed in the child it is still this program: even one that was replaced. */
#define SELF "/proc/self/exe"

enum {
    POLL_MS = 250,
    STATUS_TIMEOUT_MS = 10000,
    STATUS_MAX = 16 << 20,
    FIRST_DATA_MS = 60000, /* from the first robot to the first picture, at worst */
    GOODBYE_MS = 5000,
};

struct demo {
    int students;
    double speed;
    bool headless;
    double seconds;
    const char *state;
    const char *lab_file;
    const char *robots_log;
    pid_t robots; /* 0: none */
    int64_t started_ms;
};

static void tell(const struct demo *demo, const char *text)
{
    fprintf(stderr, "demo: %5.1f s  %s\n", (double)(clock_monotonic_ms() - demo->started_ms) / 1000,
            text);
}

/* Where a child's words go: the answer itself to our output, all else beside it or into a file. */
enum voice { VOICE_OUTPUT, VOICE_PROGRESS, VOICE_LOG };

/* With a log the child is a group of its own, so that keys pressed in the console do not reach it.
 */
static bool turn_output(enum voice voice, const char *log)
{
    if (voice == VOICE_OUTPUT)
        return true;
    if (voice == VOICE_PROGRESS)
        return dup2(2, 1) == 1;
    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return nothing >= 0 && file >= 0 && dup2(nothing, 0) == 0 && dup2(file, 1) == 1 &&
           dup2(file, 2) == 2;
}

static bool start_self(const struct demo *demo, const char *const *argv, enum voice voice,
                       pid_t *ret_pid, struct error *err)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return error_set_errno(err, errno, "could not start \"lectern %s\"", argv[1]);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (turn_output(voice, demo->robots_log))
            execv(SELF, (char *const *)(uintptr_t)argv);
        _exit(EXIT_FAILED);
    }
    *ret_pid = pid;
    return true;
}

/* Run one of our commands to its end; its own words say what went wrong. */
static bool run_self(const struct demo *demo, const char *const *argv, enum voice voice,
                     struct error *err)
{
    pid_t pid;
    if (!start_self(demo, argv, voice, &pid, err))
        return false;
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_set_errno(err, errno, "could not wait for \"lectern %s\"", argv[1]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FINE)
        return true;
    return error_set(err, ERROR_FAILED, "\"lectern %s\" failed", argv[1]);
}

/* A demo must not take the place of somebody's lesson. */
static bool check_current_lab(struct error *err)
{
    struct site site;
    if (!command_load_site(&site, err))
        return false;
    struct error none = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *name = NULL;
    bool found = command_resolve_lab(&site, NULL, &name, &none);
    bool fine = found ? strcmp(name, DEMO_LAB) == 0 : none.code == ERROR_NOT_FOUND;
    if (!found && !fine)
        error_move(err, &none);
    else if (!fine) {
        error_set(err, ERROR_EXISTS, "these servers are in use for the lab \"%s\"", name);
        error_hint(err, "Give the demo servers of its own: LECTERN_STATE=/some/directory lectern "
                        "demo.");
    }
    error_clear(&none);
    site_release(&site);
    return fine;
}

/* -- the robots -------------------------------------------------------------------------------- */

static bool start_robots(struct demo *demo, struct error *err)
{
    CLEANUP(mem_free_string)
    char *speed = mem_printf("%g", demo->speed);
    const char *const argv[] = {"lectern", "rehearse", "--speed", speed, demo->lab_file, NULL};
    tell(demo, "the robots come in");
    return start_self(demo, argv, VOICE_LOG, &demo->robots, err);
}

/* Still there, or went home with everything done; an error when they failed. */
static bool check_robots(struct demo *demo, struct error *err)
{
    int status;
    if (demo->robots == 0 || waitpid(demo->robots, &status, WNOHANG) != demo->robots)
        return true;
    demo->robots = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FINE)
        return true;
    error_set(err, ERROR_FAILED, "the robots broke off");
    return error_hint(err, "What they said is in \"%s\".", demo->robots_log);
}

static void end_robots(struct demo *demo)
{
    if (demo->robots == 0)
        return;
    kill(-demo->robots, SIGTERM);
    int64_t deadline = clock_monotonic_ms() + GOODBYE_MS;
    while (waitpid(demo->robots, NULL, WNOHANG) == 0) {
        if (clock_monotonic_ms() > deadline)
            kill(-demo->robots, SIGKILL);
        clock_sleep_ms(20);
    }
    demo->robots = 0;
}

/* -- without a screen -------------------------------------------------------------------------- */

/* Somebody's progress is known, and it is news. */
static bool shows_progress(const char *text)
{
    json_t *status = json_loads(text, 0, NULL);
    const char *freshness = json_string_value(json_object_get(status, "freshness"));
    bool shows = false;
    size_t i;
    json_t *student;
    if (freshness != NULL && strcmp(freshness, "fresh") == 0)
        json_array_foreach(json_object_get(status, "students"), i, student)
            if (json_is_number(json_object_get(student, "progress")))
                shows = true;
    json_decref(status);
    return shows;
}

static bool wait_for_grid(struct demo *demo, struct error *err)
{
    const char *const argv[] = {SELF, "status", "--json", NULL};
    const struct child_spec spec = {
        .argv = argv, .timeout_ms = STATUS_TIMEOUT_MS, .max_output = STATUS_MAX};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    int64_t deadline = clock_monotonic_ms() + FIRST_DATA_MS;
    for (;;) {
        int status;
        strbuf_reset(&out);
        if (!check_robots(demo, err) || !child_run(&spec, &status, &out, NULL, err))
            return false;
        if (status == EXIT_FINE && shows_progress(out.text))
            break;
        if (clock_monotonic_ms() > deadline) {
            error_set(err, ERROR_TIMEOUT, "nothing was measured for %d s", FIRST_DATA_MS / 1000);
            return error_hint(err, "\"lectern doctor\" and \"lectern logs\" tell why.");
        }
        clock_sleep_ms(POLL_MS);
    }
    tell(demo, "the grid shows the class");
    return true;
}

static bool show_headless(struct demo *demo, int64_t robots_ms, struct error *err)
{
    if (!wait_for_grid(demo, err))
        return false;
    int64_t end = robots_ms + (int64_t)(demo->seconds * 1000);
    while (clock_monotonic_ms() < end) {
        if (!check_robots(demo, err))
            return false;
        clock_sleep_ms(POLL_MS);
    }
    const char *const argv[] = {"lectern", "status", "--json", NULL};
    return run_self(demo, argv, VOICE_OUTPUT, err);
}

static bool show_console(struct demo *demo, struct error *err)
{
    const char *const argv[] = {"lectern", "console", NULL};
    signal(SIGINT, SIG_IGN); /* the console's key */
    bool fine = run_self(demo, argv, VOICE_OUTPUT, err);
    signal(SIGINT, SIG_DFL);
    return fine;
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool run_demo(struct demo *demo, struct error *err)
{
    const char *const up[] = {"lectern", "up", NULL};
    tell(demo, "starting the servers");
    if (!run_self(demo, up, VOICE_PROGRESS, err) || !check_current_lab(err))
        return false;
    CLEANUP(mem_free_string)
    char *directory = path_directory(demo->lab_file);
    if (!demo_lab_unpack(directory, demo->students, demo->speed, err))
        return false;
    const char *const apply[] = {"lectern", "apply", demo->lab_file, NULL};
    tell(demo, "an account and a database for everybody");
    if (!run_self(demo, apply, VOICE_PROGRESS, err))
        return false;
    int64_t robots_ms = clock_monotonic_ms();
    bool fine = start_robots(demo, err) &&
                (demo->headless ? show_headless(demo, robots_ms, err) : show_console(demo, err));
    end_robots(demo);
    return fine;
}

static int run(int argc, char **argv)
{
    struct demo demo = {.speed = 15, .seconds = 60, .started_ms = clock_monotonic_ms()};
    const struct option_spec options[] = {
        {"students", OPTION_INT, &demo.students, "N", "how many robots (24, or as last time)"},
        {"speed", OPTION_DOUBLE, &demo.speed, "X",
         "times the speed of people (15: a lesson in four minutes)"},
        {"headless", OPTION_FLAG, &demo.headless, NULL,
         "no screen; print `lectern status --json` at the end"},
        {"for", OPTION_DOUBLE, &demo.seconds, "SECONDS", "with --headless: how long (60)"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_demo, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_demo, "unexpected argument \"%s\"", argv[0]);
    if (demo.students < 0 || demo.students > DEMO_STUDENTS_MAX)
        return command_usage(&command_demo, "--students is a number from 1 to %d",
                             DEMO_STUDENTS_MAX);
    if (!(demo.speed >= 0.1 && demo.speed <= 1000))
        return command_usage(&command_demo, "--speed is a number from 0.1 to 1000");
    if (!(demo.seconds >= 1 && demo.seconds <= 86400))
        return command_usage(&command_demo, "--for is a number of seconds from 1 to 86400");

    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    CLEANUP(mem_free_string)
    char *lab_file = path_join(state, "labs/" DEMO_LAB "/lab.yaml");
    CLEANUP(mem_free_string)
    char *robots_log = path_join(state, "log/rehearse.log");
    demo.state = state;
    demo.lab_file = lab_file;
    demo.robots_log = robots_log;
    struct error err = ERROR_INIT;
    bool fine = run_demo(&demo, &err);
    int result = fine ? EXIT_FINE : command_fail(&command_demo, &err);
    fputs("demo: the servers go on; \"lectern demo\" continues, \"lectern down\" ends them\n",
          stderr);
    return result;
}

const struct command command_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "the whole thing on this machine, with a class of robots",
    .help = "Starts the embedded servers, gives the students of the shipped lab (a town library)\n"
            "accounts and databases, lets robots work on it and opens the console.  The lab's\n"
            "files are in STATE/labs/library.  The robots end with the demo; the servers go on\n"
            "until \"lectern down\", and another \"lectern demo\" continues with what is there.",
    .run = run,
};
