/*
 * Ending the embedded servers: first asked, then told, last by the kernel; and nothing stays.
 */
#include "stack/down.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "io/child.h"
#include "stack/process.h"
#include "stack/service.h"
#include "stack/stack.h"
#include "stack/supervise.h"

/* `down` ends within 10 s: first lecternd alone, then all, whose phases count from there. */
enum {
    DAEMON_MS = 1500,    /* lecternd ends first, so that it doesn't report what is meant */
    IMMEDIATE_MS = 4500, /* PostgreSQL gives up its shutdown checkpoint; recovery makes up for it */
    KILL_MS = 6500,
    GIVE_UP_MS = 8000,
    POLL_MS = 30,
};

/* -- processes --------------------------------------------------------------------------------- */

static bool is_postmaster(const struct process *process, const struct process *all, size_t n)
{
    if (strcmp(process->name, "postgres") != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (all[i].pid == process->parent && strcmp(all[i].name, "postgres") == 0)
            return false;
    return true;
}

/* A process is looked at again right before it gets a signal: its pid may be another's by now. */
static void send_signal(const struct process *process, int signum)
{
    if (process_is_alive(process))
        kill(process->pid, signum);
}

/* Ask everything that is left, the way each understands. */
static void ask(const struct process *all, size_t n, bool immediate)
{
    for (size_t i = 0; i < n; i++) {
        if (is_postmaster(&all[i], all, n))
            send_signal(&all[i], immediate ? SIGQUIT : SIGINT);
        else if (strcmp(all[i].name, "postgres") != 0 && strcmp(all[i].name, "svlogd") != 0)
            send_signal(&all[i], SIGTERM); /* svlogd ends with what it reads from */
    }
}

static bool wait_until_gone(const char *state, int64_t deadline_ms, struct error *err)
{
    int64_t begin = clock_monotonic_ms();
    bool asked = false, quit = false;
    for (;;) {
        struct process *all;
        size_t n = process_list_ours(state, &all);
        int64_t passed = clock_monotonic_ms() - begin;
        if (n > 0 && (!asked || (!quit && passed > IMMEDIATE_MS))) {
            quit = asked;
            asked = true;
            ask(all, n, quit);
        }
        for (size_t i = 0; passed > KILL_MS && i < n; i++)
            send_signal(&all[i], SIGKILL);
        int last = n > 0 ? (int)all[0].pid : 0;
        free(all);
        if (n == 0)
            return true;
        if (passed > deadline_ms)
            return error_set(err, ERROR_TIMEOUT, "%zu processes do not end, one of them process %d",
                             n, last);
        clock_sleep_ms(POLL_MS);
    }
}

/* -- files ------------------------------------------------------------------------------------- */

static void remove_file(const char *state, const char *name)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, name);
    unlink(path);
}

/* The socket and its lock file carry the port in their names. */
static void remove_sockets(const char *state)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "run");
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strncmp(entry->d_name, ".s.PGSQL.", 9) == 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

/* After a crash these name pids that other programs may have by now.  Nothing of ours runs. */
static void remove_traces(const char *state)
{
    remove_sockets(state);
    remove_file(state, "runsvdir.pid");
    remove_file(state, "postgres/postmaster.pid");
    remove_file(state, "slapd/slapd.pid");
    remove_file(state, "slapd/slapd.args");
    remove_file(state, "run/ldap/ldapi");
    remove_file(state, "prometheus/data/lock");
    for (int i = 0; i < SERVICES; i++) {
        CLEANUP(mem_free_string)
        char *lock = mem_printf("log/%s/lock", service_names[i]);
        remove_file(state, lock);
    }
}

/* The service directories are made anew at each start. */
static bool remove_services(const char *state, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "service");
    const char *const argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    struct child_spec spec = {.argv = argv, .timeout_ms = GIVE_UP_MS};
    int status;
    if (!child_run(&spec, &status, NULL, NULL, err))
        return false;
    return status == 0 || error_set(err, ERROR_FAILED, "could not remove \"%s\"", path);
}

bool down_end_leftovers(const char *state, size_t *ret_n, struct error *err)
{
    struct process *all;
    size_t n = process_list_ours(state, &all);
    free(all);
    if (n > 0 && !wait_until_gone(state, GIVE_UP_MS, err))
        return false;
    remove_traces(state);
    *ret_n = n;
    return true;
}

/* -- down -------------------------------------------------------------------------------------- */

static void stop_daemon_first(const char *state)
{
    int64_t deadline = clock_monotonic_ms() + DAEMON_MS;
    struct supervise_status status;
    const char *name = service_names[SERVICE_LECTERND];
    if (!supervise_command(state, name, 'd'))
        return;
    do {
        clock_sleep_ms(POLL_MS);
        supervise_read(state, name, &status);
    } while (status.running && clock_monotonic_ms() < deadline);
}

bool stack_down(const char *state, size_t *ret_stopped, struct error *err)
{
    struct process *all;
    size_t n = process_list_ours(state, &all);
    free(all);
    stop_daemon_first(state);
    /* HUP: runsvdir tells every runsv to end its service and itself, and then ends, too. */
    pid_t supervisor = supervise_find(state);
    if (supervisor != 0)
        kill(supervisor, SIGHUP);
    size_t left;
    if (!down_end_leftovers(state, &left, err) || !remove_services(state, err))
        return false;
    *ret_stopped = n;
    return true;
}
